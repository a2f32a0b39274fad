"""A prior by name."""

from pds.base.errors import PriorNotFound
from pds.base.resources import prior_folder
from pds.diffusion.prior import Prior

BUILT_IN = "built-in"
BUILT_IN_FOLDER = prior_folder()


def load_prior(name: str = BUILT_IN, *, device: str = "auto", dtype: str = "auto") -> Prior:
    """Loads `built-in`, a folder in diffusers format, or a model of the hub.

    Args:
        name: which.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        dtype: `auto`, `float32`, `float16` or `bfloat16`.

    Raises:
        PriorNotFound, DeviceUnavailable, OutOfMemory, PriorError: see `load_diffusion_prior`.
    """
    from pds.diffusion.pretrained import load_diffusion_prior  # takes seconds to import

    if name != BUILT_IN:
        return load_diffusion_prior(name, device=device, dtype=dtype)
    if not (BUILT_IN_FOLDER / "unet").is_dir():
        raise PriorNotFound(
            "The built-in prior's weights are missing from presets/prior; fetch the project again."
        )
    return load_diffusion_prior(BUILT_IN_FOLDER, name=BUILT_IN, device=device, dtype=dtype)
