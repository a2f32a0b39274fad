"""Delta Denoising Score (Hertz, Aberman, Cohen-Or, ICCV 2023)."""

from typing import ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from pds.diffusion.prior import Prior
from pds.engine.methods.method import Method
from pds.engine.methods.pair import Gradient, Pair, noise_difference


class DDS(Method):
    """Eq. 3 with weight 1: eps_tgt - eps_src. Nothing holds the asset but that difference."""

    key: ClassVar[str] = "dds"
    label: ClassVar[str] = "DDS · changes freely"
    paper: ClassVar[str] = "Hertz, Aberman, Cohen-Or, ICCV 2023"

    def gradient(
        self,
        prior: Prior,
        pair: Pair,
        timestep: Int[Tensor, " batch"],
        noise: Float[Tensor, "batch channels height width"],
        *,
        guidance_scale: float | None = None,
    ) -> Gradient:
        scale = self.guidance_scale if guidance_scale is None else guidance_scale
        return noise_difference(prior, pair, timestep, noise, scale)
