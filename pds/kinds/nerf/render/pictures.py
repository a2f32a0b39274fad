"""Views of a scene as pictures: colour, depth or normals."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from pds.base.checks import check_choice
from pds.base.images import to_pil
from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.render.rendering import Rendering, render

PICTURES = ("color", "depth", "normals")
# Depth and normals are shown where more than this is seen of something.
SEEN = 0.5
# The farthest thing is this bright, so that it stands out from the black of nothing.
FARTHEST = 0.15
# Nearest and farthest leave out this share of the pixels at each end.
OUTLIERS = 0.01
MAX_QUANTILE_VALUES = 1_000_000


def picture(
    scene: FittedScene,
    camera: Camera,
    what: str = "color",
    *,
    occupancy: Occupancy | None = None,
) -> Image.Image:
    """A view as an RGB picture of the camera's size.

    Args:
        scene: what is shown.
        camera: from where.
        what: `color`; `depth`, nearer is brighter, black where nothing is; or `normals`, the
            outward directions x, y, z as red, green, blue, white where nothing is.
        occupancy: of the scene's field, to spare empty space if many pictures are made.

    Raises:
        ConfigError: `what` is none of these.
    """
    check_choice("what", what, PICTURES)
    view = draw(scene, camera, normals=what == "normals", occupancy=occupancy)
    if what == "depth":
        near = nearness(view)
        return to_pil(bright(near, *nearness_range([near])))
    if what == "normals":
        seen = (view.opacity > SEEN).to(view.normals)
        return to_pil(seen * (0.5 + 0.5 * view.normals) + 1 - seen)
    return to_pil(view.image)


@torch.no_grad()
def draw(
    scene: FittedScene,
    camera: Camera,
    *,
    normals: bool = False,
    background: float = 1.0,
    occupancy: Occupancy | None = None,
) -> Rendering:
    """A rendering without gradient, on the CPU."""
    view = render(scene.field, camera, background=background, normals=normals, occupancy=occupancy)
    return Rendering(
        image=view.image.cpu(),
        depth=view.depth.cpu(),
        opacity=view.opacity.cpu(),
        normals=None if view.normals is None else view.normals.cpu(),
    )


def nearness(view: Rendering) -> Float[Tensor, "1 1 height width"]:
    """1 / distance of what is seen, 0 where nothing is."""
    return (view.opacity > SEEN) / view.depth.clamp(min=1e-3)


def nearness_range(views: Sequence[Float[Tensor, "1 1 height width"]]) -> tuple[float, float]:
    """That of the farthest and of the nearest thing in some views.

    One range for all frames of a film keeps a thing as bright as it is near; single stray pixels do
    not set it.
    """
    values = torch.cat([view[view > 0] for view in views])
    if not len(values):
        return 0.0, 1.0
    values = values[:: 1 + len(values) // MAX_QUANTILE_VALUES]
    low, high = values.quantile(torch.tensor([OUTLIERS, 1 - OUTLIERS])).tolist()
    return low, high


def bright(
    near: Float[Tensor, "1 1 height width"], low: float, high: float
) -> Float[Tensor, "1 3 height width"]:
    """Nearness as grey: `high` is 1, `low` is FARTHEST, nothing is 0."""
    share = ((near - low) / max(high - low, 1e-6)).clamp(0, 1)
    return ((FARTHEST + (1 - FARTHEST) * share) * (near > 0)).expand(-1, 3, -1, -1)
