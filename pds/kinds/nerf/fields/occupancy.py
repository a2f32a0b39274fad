"""A coarse picture of where a field has matter: what may be skipped, where samples belong."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from pds.kinds.nerf.fields.field import Field

SIDE = 128
SEEN_OPACITY = 1e-3  # of a cell, below which it counts as empty


class Occupancy:
    """Densities at the nodes of a grid over the field's cube, and which are near matter.

    It is a copy of the field at one time: after the field has moved, `update` it. Rendering with
    it skips empty space, so matter cannot grow there; an edit renders without.

    Args:
        field: the field looked at.
        resolution: nodes along a side; 0 takes the field's own, at most SIDE if it is unbounded.
    """

    def __init__(self, field: Field, resolution: int = 0):
        own = field.resolution if field.bounded else min(field.resolution, SIDE)
        self.resolution = resolution or own
        self.update(field)

    @torch.no_grad()
    def update(self, field: Field) -> None:
        """Looks at the field again."""
        self.values = field.grid_density(self.resolution).contiguous()
        largest = F.max_pool3d(self.values[None, None], 3, stride=1, padding=1)[0, 0]
        self.occupied = (1 - torch.exp(-largest * 2 / self.resolution) > SEEN_OPACITY).contiguous()

    def at(self, cube_points: Float[Tensor, "points 3"]) -> Bool[Tensor, "points"]:
        """Whether there may be matter at points of the field's cube."""
        return self.occupied.view(-1)[self._rows(cube_points)]

    def density(self, cube_points: Float[Tensor, "points 3"]) -> Float[Tensor, "points"]:
        """The density noted for the cells of points of the field's cube."""
        return self.values.view(-1)[self._rows(cube_points)]

    def share(self) -> float:
        """Share of cells with matter, 0 to 1."""
        return float(self.occupied.float().mean())

    def _rows(self, points: Float[Tensor, "points 3"]) -> Tensor:
        steps = self.resolution - 1
        place = ((points + 1) * (0.5 * steps)).round().clamp(0, steps)
        strides = torch.tensor([self.resolution**2, self.resolution, 1.0]).to(place)
        return (place @ strides).long()
