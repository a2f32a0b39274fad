"""An object in a cube: density and colour at the nodes of a grid, read between them trilinearly."""

import math
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.interpolation import corners, gather

# density = SCALE * (softplus(SHARPNESS * raw) - that of RAW_EMPTY), interpolated before the
# softplus, which makes sharp surfaces.
DENSITY_SCALE = 25.0
DENSITY_SHARPNESS = 2.0
RAW_EMPTY, RAW_FULL = -5.0, 6.0
# A thousandth less, so that rounding makes no density negative.
SOFTPLUS_EMPTY = 0.999 * math.log1p(math.exp(DENSITY_SHARPNESS * RAW_EMPTY))
RAW_THIN = -0.3  # density 11, a quarter opaque over a cell of a 64^3 grid
RAW_COLOR = 6.0


class GridField(Field):
    """A grid over the cube [-1, 1]^3; nothing is outside. Colour does not depend on direction.

    Raw values of density: at RAW_EMPTY = -5 the density is nothing (1e-6), and yet it has a
    gradient that grows matter; at -3 it is 0.06 a unit, which through the whole cube just shows; at
    -1.4 it is 1.5; at 0 it is 17, half opaque over a cell of a 64^3 grid; RAW_FULL = 6 is 300. So
    an Adam step of 0.05 takes about a hundred steps from nothing to solid. Colour is the logistic
    function of its raw value, kept in [-6, 6].

    Args:
        resolution: nodes along a side.
    """

    kind: ClassVar[str] = "grid"
    bounded: ClassVar[bool] = True
    LIMITS: ClassVar[dict[str, tuple[int, int]]] = {"resolution": (4, 256)}

    def __init__(self, resolution: int = 64):
        super().__init__()
        self.resolution = resolution
        shape = (resolution, resolution, resolution)
        self.density_raw = nn.Parameter(torch.full(shape, RAW_EMPTY))
        self.color_raw = nn.Parameter(torch.zeros(*shape, 3))

    @property
    def default_samples(self) -> int:
        """About one a cell along a ray straight through the cube."""
        return self.resolution

    def density(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points"]:
        """Density, 0 or above, per scene unit."""
        return self._density(points, *corners(points, self.resolution))

    def color(
        self, points: Float[Tensor, "points 3"], directions: Float[Tensor, "points 3"]
    ) -> Float[Tensor, "points 3"]:
        """sRGB in [0, 1], the same from all directions."""
        return self._color(*corners(points, self.resolution))

    def query(
        self, points: Float[Tensor, "points 3"], directions: Float[Tensor, "points 3"]
    ) -> tuple[Float[Tensor, "points"], Float[Tensor, "points 3"]]:
        """Density and colour."""
        rows, weights = corners(points, self.resolution)
        return self._density(points, rows, weights), self._color(rows, weights)

    def _color(
        self, rows: Int[Tensor, "points 8"], weights: Float[Tensor, "points 8"]
    ) -> Float[Tensor, "points 3"]:
        return gather(self.color_raw.view(-1, 3), rows, weights).sigmoid()

    @torch.no_grad()
    def grid_density(self, resolution: int) -> Float[Tensor, "x y z"]:
        """Densities at the nodes of an even grid over the cube."""
        raw = self.density_raw
        if resolution != self.resolution:
            raw = F.interpolate(
                raw[None, None], size=(resolution,) * 3, mode="trilinear", align_corners=True
            )[0, 0]
        return density_of(raw)

    def _density(
        self,
        points: Float[Tensor, "points 3"],
        rows: Int[Tensor, "points 8"],
        weights: Float[Tensor, "points 8"],
    ) -> Float[Tensor, "points"]:
        raw = gather(self.density_raw.view(-1, 1), rows, weights).squeeze(1)
        inside = points.detach().abs().amax(1) <= 1 + 1e-5
        return density_of(raw) * inside

    def groups(self) -> dict[str, tuple[nn.Parameter, ...]]:
        """Density and colour of the nodes."""
        return {"density": (self.density_raw,), "color": (self.color_raw,)}

    def settings(self) -> dict[str, int]:
        """The resolution."""
        return {"resolution": self.resolution}

    @torch.no_grad()
    def upsample(self, resolution: int) -> None:
        """Interpolates the raw values to a grid of another resolution."""
        size = (resolution,) * 3
        raw = torch.cat([self.density_raw[..., None], self.color_raw], 3).permute(3, 0, 1, 2)
        finer = F.interpolate(raw[None], size=size, mode="trilinear", align_corners=True)[0]
        density, color = finer[0], finer[1:]
        self.density_raw = nn.Parameter(density.contiguous())
        self.color_raw = nn.Parameter(color.permute(1, 2, 3, 0).contiguous())
        self.resolution = resolution

    def smoothness(self, name: str) -> Float[Tensor, ""]:
        """Mean squared difference of neighbours: of a cell's opacity, or of colour."""
        if name == "density":
            cell = 2 / (self.resolution - 1)
            values = 1 - torch.exp(-cell * density_of(self.density_raw))
        else:
            values = self.color_raw.sigmoid()
        return sum(values.diff(dim=axis).square().mean() for axis in range(3))

    def inside(
        self, low: Float[Tensor, "3"], high: Float[Tensor, "3"]
    ) -> tuple[Bool[Tensor, "..."], ...]:
        """Which nodes lie in a box, for each parameter."""
        ticks = torch.linspace(-1, 1, self.resolution).to(low)
        x, y, z = ((ticks >= low[i]) & (ticks <= high[i]) for i in range(3))
        mask = x[:, None, None] & y[None, :, None] & z[None, None, :]
        return mask, mask[..., None].expand(*mask.shape, 3)

    @torch.no_grad()
    def sink(self, amount: float) -> None:
        """Lowers the raw density of nodes that are thin."""
        self.density_raw.sub_(amount * (self.density_raw < RAW_THIN))

    @torch.no_grad()
    def empty(self, nodes: Bool[Tensor, "x y z"]) -> None:
        """Takes all matter from some nodes."""
        self.density_raw.masked_fill_(nodes, RAW_EMPTY)

    @torch.no_grad()
    def project(self) -> None:
        """Clamps the raw values."""
        self.density_raw.clamp_(RAW_EMPTY, RAW_FULL)
        self.color_raw.clamp_(-RAW_COLOR, RAW_COLOR)


def density_of(raw: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Density per scene unit of raw values from RAW_EMPTY up, where it is nothing."""
    return DENSITY_SCALE * (F.softplus(DENSITY_SHARPNESS * raw) - SOFTPLUS_EMPTY)


def raw_density(density: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The inverse of `density_of`, within its range."""
    grown = torch.expm1(density.clamp(min=0) / DENSITY_SCALE + SOFTPLUS_EMPTY)
    return (grown.log() / DENSITY_SHARPNESS).clamp(RAW_EMPTY, RAW_FULL)
