"""Two plane fields in one: the edited one inside a box, the original everywhere else.

A factorised field has no cells of its own inside a box, so an edit that is confined to one keeps
the original beside it.
"""

from typing import ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from pds.base.errors import ConfigError
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.plane_field import PlaneField, placed


class ConfinedField(Field):
    """The edited field inside a box in scene coordinates, the original outside.

    Args:
        settings: of both fields, see `PlaneField`.

    Attributes:
        edited: the field whose parameters move.
        original: the field outside; its values are buffers.
        box: low corner, high corner.
    """

    kind: ClassVar[str] = "confined"
    bounded: ClassVar[bool] = False
    LIMITS: ClassVar[dict[str, tuple[int, int]]] = PlaneField.LIMITS

    def __init__(self, **settings: int):
        super().__init__()
        self.edited = PlaneField(**settings)
        self.original = PlaneField(**settings).requires_grad_(False)
        self.register_buffer("box", placed(torch.tensor([[-1.0] * 3, [1.0] * 3])))

    @classmethod
    def of(cls, edited: Field, original: Field, box: tuple[float, ...]) -> "ConfinedField":
        """Of two plane fields of the same shapes.

        Args:
            edited: inside.
            original: outside.
            box: low x, y, z, high x, y, z in scene coordinates.

        Raises:
            ConfigError: the scene was confined to a box before.
        """
        if not isinstance(edited, PlaneField) or not isinstance(original, PlaneField):
            raise ConfigError(
                "This scene was edited within a box before, which still holds; edit it without a "
                "new box, or begin with the unedited scene."
            )
        field = cls(**original.settings())
        field.edited.load_state_dict(edited.state_dict())
        field.original.load_state_dict(original.state_dict())
        field.box.copy_(torch.tensor(box).view(2, 3))
        return field.to(original.device())

    @property
    def resolution(self) -> int:
        """Nodes along a side."""
        return self.edited.resolution

    @property
    def default_samples(self) -> int:
        """Those of its parts."""
        return self.edited.default_samples

    def density(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points"]:
        """Density, 0 or above, per scene unit."""
        here = self._inside(points)
        density = self.original.density(points)
        return density.index_put((here,), self.edited.density(points[here]))

    def query(
        self, points: Float[Tensor, "points 3"], directions: Float[Tensor, "points 3"]
    ) -> tuple[Float[Tensor, "points"], Float[Tensor, "points 3"]]:
        """Density and colour."""
        here = self._inside(points)
        density, color = self.original.query(points, directions)
        new_density, new_color = self.edited.query(points[here], directions[here])
        return density.index_put((here,), new_density), color.index_put((here,), new_color)

    def to_cube(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points 3"]:
        """Contracted coordinates, halved."""
        return self.original.to_cube(points)

    @torch.no_grad()
    def grid_density(self, resolution: int) -> Float[Tensor, "x y z"]:
        """The larger of both densities: what skips empty space must miss neither."""
        both = self.edited.grid_density(resolution), self.original.grid_density(resolution)
        return torch.maximum(*both)

    def groups(self) -> dict[str, tuple[nn.Parameter, ...]]:
        """Those of the edited field."""
        return self.edited.groups()

    def settings(self) -> dict[str, int]:
        """Those of both fields."""
        return self.edited.settings()

    def upsample(self, resolution: int) -> None:
        """Both fields."""
        self.edited.upsample(resolution)
        self.original.upsample(resolution)

    def smoothness(self, name: str) -> Float[Tensor, ""]:
        """Of the edited field."""
        return self.edited.smoothness(name)

    def project(self) -> None:
        """The edited field."""
        self.edited.project()

    def requires_grad_(self, requires_grad: bool = True) -> "ConfinedField":
        """Of the edited field only: the original never moves."""
        self.edited.requires_grad_(requires_grad)
        return self

    def _inside(self, points: Float[Tensor, "points 3"]) -> Bool[Tensor, "points"]:
        return ((points >= self.box[0]) & (points <= self.box[1])).all(1)
