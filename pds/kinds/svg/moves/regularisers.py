"""Penalties that keep outlines sound: only what is worse than in the source counts.

All are sums, so that the pull on one point does not depend on how many others there are, and all
are free of units: lengths are compared with lengths of the same outline.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.kinds.svg.shapes import Drawing, Outline

_REACH = 0.03  # canvas sides; neighbours closer than this are treated as this far apart
_TINY = 1e-12


def crossing(
    points: Float[Tensor, "points 2"], cubics: Int[Tensor, "cubics 4"]
) -> Float[Tensor, " cubics"]:
    """How far the control polygon of each cubic crosses itself, 0 to 1 (LIVE's Xing loss).

    With control points A, B, C, D: D1 = [AB x BC > 0], D2 = sin of the angle from AB to CD; the
    value is D1 relu(-D2) + (1 - D1) relu(D2) (Ma et al., CVPR 2022, Eq. 5).

    Args:
        points: in any unit.
        cubics: rows of the control points.
    """
    a, b, c, d = points[cubics].unbind(dim=1)
    turns = (_cross(b - a, c - b) > 0).to(points.dtype)
    lengths = (((b - a) ** 2).sum(-1) + _TINY).sqrt() * (((d - c) ** 2).sum(-1) + _TINY).sqrt()
    sine = _cross(b - a, d - c) / lengths
    return turns * torch.relu(-sine) + (1 - turns) * torch.relu(sine)


def _cross(a: Float[Tensor, "n 2"], b: Float[Tensor, "n 2"]) -> Float[Tensor, " n"]:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def strain(
    displacement: Float[Tensor, "points 2"],
    pairs: Int[Tensor, "pairs 2"],
    distances: Float[Tensor, " pairs"],
) -> Float[Tensor, " pairs"]:
    """How differently neighbours move, squared, against how far apart they were.

    Args:
        displacement: of every point, in canvas sides.
        pairs: rows of neighbouring control points.
        distances: between them in the source, in canvas sides.
    """
    difference = displacement[pairs[:, 0]] - displacement[pairs[:, 1]]
    return (difference**2).sum(-1) / (distances**2 + _REACH**2)


def outlines_of(drawing: Drawing) -> list[Outline]:
    """Every drawn outline once."""
    return list({id(layer.outline): layer.outline for layer in drawing.layers()}.values())


def cubics_of(drawing: Drawing) -> Int[Tensor, "cubics 4"]:
    """Control points of every drawn cubic."""
    found = [outline.indices[outline.orders == 3] for outline in outlines_of(drawing)]
    return torch.cat([torch.zeros(0, 4, dtype=torch.int64), *found])


def neighbours_of(drawing: Drawing) -> Int[Tensor, "pairs 2"]:
    """Pairs of control points that follow each other in a drawn segment."""
    found = [torch.zeros(0, 2, dtype=torch.int64)]
    for outline in outlines_of(drawing):
        for k in range(3):
            found.append(outline.indices[outline.orders > k][:, k : k + 2])
    pairs = torch.cat(found)
    return pairs[pairs[:, 0] != pairs[:, 1]]


@dataclass(frozen=True, kw_only=True)
class Regulariser:
    """Both penalties of one drawing, weighted. Make one with :meth:`of`.

    Attributes:
        base: points of the source in canvas sides.
        cubics: rows of cubics.
        crossed: value of :func:`crossing` in the source.
        pairs: rows of neighbours.
        distances: between them in the source.
        crossing_weight: factor on the increase of crossings.
        smoothness_weight: factor on the strain.
    """

    base: Float[Tensor, "points 2"]
    cubics: Int[Tensor, "cubics 4"]
    crossed: Float[Tensor, " cubics"]
    pairs: Int[Tensor, "pairs 2"]
    distances: Float[Tensor, " pairs"]
    crossing_weight: float
    smoothness_weight: float

    @classmethod
    def of(
        cls,
        drawing: Drawing,
        base: Float[Tensor, "points 2"],
        *,
        crossing_weight: float,
        smoothness_weight: float,
    ) -> "Regulariser":
        """Tabulates what follows from the source.

        Args:
            drawing: whose outlines count.
            base: its points in canvas sides; decides dtype and device.
            crossing_weight, smoothness_weight: factors, 0 = off.
        """
        cubics = cubics_of(drawing).to(base.device)
        pairs = neighbours_of(drawing).to(base.device)
        gap = base[pairs[:, 0]] - base[pairs[:, 1]]
        return cls(
            base=base,
            cubics=cubics,
            crossed=crossing(base, cubics),
            pairs=pairs,
            distances=(gap**2).sum(-1).sqrt(),
            crossing_weight=crossing_weight,
            smoothness_weight=smoothness_weight,
        )

    def __call__(self, displacement: Float[Tensor, "points 2"]) -> Float[Tensor, ""]:
        """The penalty; exactly 0, with zero gradient, where nothing has moved.

        Args:
            displacement: of every point, in canvas sides.
        """
        total = displacement.new_zeros(())
        if self.crossing_weight > 0:
            now = crossing(self.base + displacement, self.cubics)
            total = total + self.crossing_weight * torch.relu(now - self.crossed).sum()
        if self.smoothness_weight > 0:
            moved = strain(displacement, self.pairs, self.distances)
            total = total + self.smoothness_weight * moved.sum()
        return total
