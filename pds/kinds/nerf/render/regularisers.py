"""What is held against haze, roughness and spread while a field is edited."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from pds.engine.parametric import View
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.render.rays import render_rays
from pds.kinds.nerf.settings import NeRFSettings

POINTS = 16_384
RAYS = 256
# Below this opacity over a cell, matter that was not there before counts as haze.
HAZE = 0.3
# So that a weight of 1 is as strong as the gradient of an edit; found by eye.
SPARSITY_SCALE = 1000.0


class Regulariser:
    """Weighted penalties on a field that moves.

    * sparsity: the opacity of cells that were empty and hold little now, so that thin haze goes
      and solid new matter stays;
    * smoothness: the field's own mean squared difference of neighbouring cells, beyond the
      original's;
    * distortion: matter spread along a ray (Barron et al. 2022, Eq. 15).

    Args:
        field: the field that moves.
        original: the field before the edit.
        config: holds the weights; 0 is off.
        generator: of the points and rays looked at, on the CPU.
    """

    def __init__(
        self, field: Field, original: Field, config: NeRFSettings, generator: torch.Generator
    ):
        self.field, self.original, self.config = field, original, config
        self.generator = generator
        self._cell = 2 / field.resolution
        with torch.no_grad():
            self._rough = {name: original.smoothness(name) for name in original.groups()}

    def __call__(self, views: Sequence[View]) -> Tensor | None:
        """The sum of the penalties now, a scalar; None if all are off."""
        config = self.config
        terms = []
        if config.sparsity_weight and "density" in config.move:
            terms.append(config.sparsity_weight * self.sparsity())
        if config.smoothness_weight:
            rough = [(self.field.smoothness(n) - self._rough[n]).clamp(min=0) for n in config.move]
            terms.append(config.smoothness_weight * sum(rough))
        if config.distortion_weight and "density" in config.move:
            terms.append(config.distortion_weight * self.distortion(views))
        return sum(terms) if terms else None

    def sparsity(self) -> Float[Tensor, ""]:
        """A thousand times the mean opacity over a cell of what was empty and is nearly so."""
        points = torch.rand(POINTS, 3, generator=self.generator).to(self.field.device()) * 2 - 1
        opacity = 1 - torch.exp(-self._cell * self.field.density(points))
        with torch.no_grad():
            before = 1 - torch.exp(-self._cell * self.original.density(points))
            haze = (before < HAZE) & (opacity < HAZE)
        return SPARSITY_SCALE * (opacity * haze).mean()

    def distortion(self, views: Sequence[View]) -> Float[Tensor, ""]:
        """Of random rays of a random view."""
        view = views[int(torch.randint(len(views), (1,), generator=self.generator))]
        origins, directions = (part.to(self.field.device()) for part in view.camera.rays())
        chosen = torch.randint(len(origins), (RAYS,), generator=self.generator)
        seen = render_rays(self.field, origins[chosen], directions[chosen])
        return distortion_loss(seen.weights, seen.edges)


def distortion_loss(
    weights: Float[Tensor, "rays samples"], edges: Float[Tensor, "rays edges"]
) -> Float[Tensor, ""]:
    """Mean over rays of Barron et al. 2022, Eq. 15: how far the weights of a ray lie apart.

    Args:
        weights: of each sample.
        edges: of the samples' intervals, rising, one more than samples.
    """
    middles = 0.5 * (edges[:, 1:] + edges[:, :-1])
    widths = edges[:, 1:] - edges[:, :-1]
    # Sum over pairs i < j of w_i w_j (m_j - m_i), by running sums.
    before = weights.cumsum(1) - weights
    moment = (weights * middles).cumsum(1) - weights * middles
    between = 2 * (weights * (middles * before - moment)).sum(1)
    within = (weights.square() * widths).sum(1) / 3
    return (between + within).mean()
