"""Small fitted scenes for the tests of editing, refining and running scenes."""

import math

import torch

from pds.kinds.nerf.cameras import orbit
from pds.kinds.nerf.fields.grid_field import GridField
from pds.kinds.nerf.fitted_scene import FittedScene

EMPTY, SOLID = -5.0, 4.0


def logit(value: float) -> float:
    return math.log(value / (1 - value))


def ball_field(*, resolution: int = 12, color: float = 0.3, radius: float = 0.6) -> GridField:
    """A grey ball in the middle of an empty cube."""
    field = GridField(resolution=resolution)
    ticks = torch.linspace(-1, 1, resolution)
    x, y, z = torch.meshgrid(ticks, ticks, ticks, indexing="ij")
    inside = (x * x + y * y + z * z).sqrt() < radius
    with torch.no_grad():
        field.density_raw.copy_(torch.where(inside, SOLID, EMPTY))
        field.color_raw.fill_(logit(color))
    return field.requires_grad_(False)


def ball_scene(
    *, views: int = 4, size_px: int = 16, has_front: bool = True, **field
) -> FittedScene:
    """A grey ball and a ring of cameras around it."""
    cameras = tuple(
        orbit(360 * i / views, 15.0, distance=4.0, fov_deg=40.0, size_px=size_px)
        for i in range(views)
    )
    return FittedScene(
        field=ball_field(**field),
        cameras=cameras,
        names=tuple(f"{i}.png" for i in range(views)),
        bounded=True,
        has_front=has_front,
        name="ball",
    )
