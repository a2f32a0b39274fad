"""What a radiance field is: density and colour at every point of a scene."""

from abc import ABC, abstractmethod
from copy import deepcopy
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Field(nn.Module, ABC):
    """Density and colour in a scene's own coordinates, from parameters that an edit moves.

    The parameters are scaled so that an Adam step of 0.05 is a sensible one for an edit, and are
    kept by `project` where a gradient still moves them: empty space can always grow matter.

    Attributes:
        kind: its name in checkpoints and configs.
        bounded: True for an object inside the cube [-1, 1]^3 with nothing outside it; False for a
            scene that goes on to all sides.
        resolution: cells along a side.
        default_samples: points a ray that show its detail.
    """

    kind: ClassVar[str]
    bounded: ClassVar[bool]
    resolution: int

    @property
    @abstractmethod
    def default_samples(self) -> int:
        """Points a ray that show its detail."""

    @abstractmethod
    def density(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points"]:
        """Density, 0 or above, per scene unit."""

    def color(
        self, points: Float[Tensor, "points 3"], directions: Float[Tensor, "points 3"]
    ) -> Float[Tensor, "points 3"]:
        """sRGB in [0, 1]; `directions` are those of the rays, of unit length."""
        return self.query(points, directions)[1]

    @abstractmethod
    def query(
        self, points: Float[Tensor, "points 3"], directions: Float[Tensor, "points 3"]
    ) -> tuple[Float[Tensor, "points"], Float[Tensor, "points 3"]]:
        """Density and colour at once, which shares work."""

    def to_cube(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points 3"]:
        """Scene coordinates to those of the cube [-1, 1]^3 that the field's grid spans."""
        return points

    @abstractmethod
    def grid_density(self, resolution: int) -> Float[Tensor, "x y z"]:
        """Densities at the nodes of an even grid over the field's cube, without gradient."""

    @abstractmethod
    def groups(self) -> dict[str, tuple[nn.Parameter, ...]]:
        """All parameters: `density` moves the shape only, `color` the colours only."""

    @abstractmethod
    def settings(self) -> dict[str, int]:
        """What `build_field` needs, beside the kind, to make a field of the same shapes."""

    @abstractmethod
    def upsample(self, resolution: int) -> None:
        """Replaces the parameters by interpolated ones of a finer grid, in place."""

    @abstractmethod
    def smoothness(self, name: str) -> Float[Tensor, ""]:
        """Mean squared difference of neighbouring cells of the group `name`, differentiable."""

    @abstractmethod
    def project(self) -> None:
        """Brings the parameters back into their range, in place, after an optimiser step."""

    def sink(self, amount: float) -> None:
        """Lets thin matter fade by so much raw density, in place, where a field has such values.

        A fit calls it after each step: what no picture holds up disappears instead of staying as
        haze.
        """

    def copy(self) -> "Field":
        """A field of its own with equal parameters."""
        return deepcopy(self)

    def device(self) -> torch.device:
        """Where the parameters are."""
        return next(self.parameters()).device
