"""How samples of rays are looked up in a field: weights, colours, which way surfaces face."""

from dataclasses import dataclass

import nerfacc
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.render.packed import VISIBLE

WALL = 1e10  # density of what is behind an unbounded scene


@dataclass(frozen=True)
class Look:
    """How the samples of rays are looked up: everything, or only what may be seen.

    Attributes:
        field: what is looked at.
        occupancy: where to skip empty space of a bounded field; None looks everywhere.
        color_above: colour is looked up for samples of at least this weight.
    """

    field: Field
    occupancy: Occupancy | None
    color_above: float

    def __call__(
        self,
        points: Float[Tensor, "points 3"],
        directions: Float[Tensor, "points 3"],
        starts: Float[Tensor, "rays samples"],
        ends: Float[Tensor, "rays samples"],
    ) -> tuple[Float[Tensor, "rays samples"], Float[Tensor, "points 3"]]:
        """Weight and colour of each sample."""
        if self.occupancy is None or not self.field.bounded:
            density, color = self._all(points, directions)
        else:
            density, color = self._occupied(self.occupancy, points, directions)
        density = density.view_as(starts)
        if not self.field.bounded:  # the last sample is the wall behind everything
            density = torch.cat([density[:, :-1], torch.full_like(density[:, -1:], WALL)], 1)
        weights, _, _ = nerfacc.render_weight_from_density(starts, ends, density)
        if color is None:
            kept = (weights.detach().reshape(-1) >= self.color_above).nonzero().squeeze(1)
            seen = self.field.color(points[kept], directions[kept])
            color = torch.zeros_like(points).index_put((kept,), seen)
        return weights, color

    def _all(self, points, directions):
        if self.color_above > 0:
            return self.field.density(points), None
        return self.field.query(points, directions)

    def _occupied(self, occupancy, points, directions):
        """Zeros where the occupancy says that nothing is."""
        kept = occupancy.at(self.field.to_cube(points)).nonzero().squeeze(1)
        density, color = self._all(points[kept], directions[kept])
        spread = points.new_zeros(len(points)).index_put((kept,), density)
        if color is None:
            return spread, None
        return spread, torch.zeros_like(points).index_put((kept,), color)


def normals_at(
    field: Field, points: Float[Tensor, "points 3"], weights: Float[Tensor, "rays samples"]
) -> Float[Tensor, "rays 3"]:
    """Against the gradient of the density, by central differences of one cell."""
    with torch.no_grad():
        kept = (weights.reshape(-1) > VISIBLE).nonzero().squeeze(1)
        near, reach = points[kept], 1 / field.resolution
        slopes = [
            field.density(near + reach * axis) - field.density(near - reach * axis)
            for axis in torch.eye(3).to(near)
        ]
        outward = -F.normalize(torch.stack(slopes, 1), dim=1)
        every = torch.zeros_like(points).index_put((kept,), outward)
        return F.normalize((weights[..., None] * every.view(*weights.shape, 3)).sum(1), dim=1)
