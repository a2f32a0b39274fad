"""Pictures of a field: all rays of a camera, a chunk at a time.

On CUDA a picture with an occupancy takes nerfacc's packed form where that loads.

Memory: without gradient at most `max_points` points are held at a time, about 300 bytes each; with
it all points of the view, about 400 bytes each. See `pds.kinds.nerf.render.two_pass` for less.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.render.packed import PackedResult, kernels_load, packed_rays
from pds.kinds.nerf.render.rays import RayResult, render_rays

MAX_POINTS = 2**17  # 40 MB


@dataclass(frozen=True, kw_only=True, eq=False)
class Rendering:
    """A view of a field; image in sRGB [0, 1], the rest as in `RayResult`."""

    image: Float[Tensor, "1 3 height width"]
    depth: Float[Tensor, "1 1 height width"]
    opacity: Float[Tensor, "1 1 height width"]
    normals: Float[Tensor, "1 3 height width"] | None = None


def render(
    field: Field,
    camera: Camera,
    *,
    samples: int = 0,
    background: float = 1.0,
    generator: torch.Generator | None = None,
    normals: bool = False,
    occupancy: Occupancy | None = None,
    color_above: float = 0.0,
    max_points: int = MAX_POINTS,
) -> Rendering:
    """Draws a view; differentiable in the field's parameters, and pure.

    Args:
        field: what is drawn.
        camera: from where; its width and height are those of the picture.
        samples: points a ray; 0 takes the field's own number.
        background: grey in [0, 1] behind a bounded field.
        generator: jitters the points within their intervals; None takes the middles.
        normals: whether to compute them (seven times the density look-ups, no gradient).
        occupancy: where to skip empty space; None looks everywhere.
        color_above: as in `render_rays`; 3e-5 saves much and loses nothing that is seen.
        max_points: points of one chunk, which bounds the memory where no gradient is kept.
    """
    origins, directions = rays_of(field, camera)
    count = samples or field.default_samples
    step = max(1, max_points // count)
    plain = field.bounded and not normals and generator is None
    packed = plain and occupancy is not None and origins.is_cuda and kernels_load()

    def drawn(start: int) -> RayResult | PackedResult:
        rays = origins[start : start + step], directions[start : start + step]
        if packed:
            return packed_rays(field, *rays, occupancy, step=2 / count, background=background)
        return render_rays(
            field,
            *rays,
            samples=count,
            background=background,
            generator=generator,
            normals=normals,
            occupancy=occupancy,
            color_above=color_above,
        )

    parts = [drawn(start) for start in range(0, len(origins), step)]

    def picture(name: str) -> Float[Tensor, "1 channels height width"]:
        values = torch.cat([getattr(part, name) for part in parts])
        return values.view(camera.height, camera.width, -1).permute(2, 0, 1)[None]

    return Rendering(
        image=picture("color"),
        depth=picture("depth"),
        opacity=picture("opacity"),
        normals=picture("normals") if normals else None,
    )


def rays_of(
    field: Field, camera: Camera
) -> tuple[Float[Tensor, "rays 3"], Float[Tensor, "rays 3"]]:
    """Origins and directions of all pixels, on the device and in the precision of the field."""
    like = next(field.parameters())
    origins, directions = camera.rays()
    return origins.to(like), directions.to(like)
