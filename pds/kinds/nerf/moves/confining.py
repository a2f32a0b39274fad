"""An edit of a grid confined to a box: nodes outside are put back after every step.

Fields without nodes of their own in a box are confined by `pds.kinds.nerf.fields.confined_field`.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from pds.base.errors import ConfigError
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.grid_field import GridField


@dataclass(frozen=True, kw_only=True, eq=False)
class Confinement:
    """Which parameters of a field may not change.

    Attributes:
        pairs: parameter that moves, its original, and a mask of where it must stay.
    """

    pairs: tuple[tuple[Tensor, Tensor, Tensor], ...]

    @classmethod
    def of(cls, field: Field, original: Field, box: tuple[float, ...]) -> "Confinement":
        """Of a box in scene coordinates; of nothing for fields that are no grids.

        Args:
            field: the field that moves.
            original: a field of the same shapes.
            box: low x, y, z, high x, y, z; empty = everywhere.

        Raises:
            ConfigError: no parameter lies in the box.
        """
        if not box or not isinstance(field, GridField):
            return cls(pairs=())
        low, high = torch.tensor(box, dtype=torch.float32).split(3)
        inside = field.inside(low.to(field.device()), high.to(field.device()))
        if not any(bool(mask.any()) for mask in inside):
            raise ConfigError("The box holds nothing of the scene; make it larger or move it.")
        moving, fixed = tuple(field.parameters()), tuple(original.parameters())
        outside = (~mask for mask in inside)
        return cls(pairs=tuple(zip(moving, fixed, outside, strict=True)))

    @torch.no_grad()
    def restore(self) -> None:
        """Puts back what lies outside."""
        for moving, fixed, outside in self.pairs:
            moving.copy_(torch.where(outside, fixed, moving))
