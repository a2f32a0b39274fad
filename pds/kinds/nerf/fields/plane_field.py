"""A scene that goes on to all sides: contracted space, factorised into planes and lines.

Space is contracted as in Mip-NeRF 360 (Barron et al., CVPR 2022), by the largest coordinate, so
that all of it fits the cube [-2, 2]^3. In it, raw density and colour features are sums of products
of a plane's and a line's value, as in TensoRF (Chen et al., ECCV 2022).
"""

import math
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.interpolation import gather, line_corners, plane_corners

AXES = ((0, 1, 2), (0, 2, 1), (1, 2, 0))  # of each plane, then of its line
# Parameters are SCALE times as large as what they stand for: an Adam step of 0.05 moves a factor
# by 0.005 and a colour weight by 0.0005, about as much as a step of 0.05 moves a grid's value.
FACTOR_SCALE = 10.0
WEIGHT_SCALE = 100.0
DENSITY_SCALE = 10.0
RAW_START = -4.0  # of a new field
RAW_EMPTY = -12.0
FACTOR_LIMIT = 100.0
INNER = 0.5  # half the side of the cube that is not contracted, scene units
FEATURES = 12  # three colours, and their slope along three directions


class PlaneField(Field):
    """Planes and lines in contracted space; colours change linearly with the direction of sight.

    density = 10 softplus(raw), raw = -4 + sum of products: 0.18 a unit in a new field.

    Args:
        resolution: nodes along a side of the contracted cube.
        density_channels, color_channels: products of each of the three orientations.
    """

    kind: ClassVar[str] = "planes"
    bounded: ClassVar[bool] = False
    LIMITS: ClassVar[dict[str, tuple[int, int]]] = {
        "resolution": (4, 512),
        "density_channels": (1, 64),
        "color_channels": (1, 128),
    }

    def __init__(self, resolution: int = 128, density_channels: int = 16, color_channels: int = 24):
        super().__init__()
        self.resolution = resolution
        chance = torch.Generator().manual_seed(0)
        self.density_planes = self._factors(resolution**2, density_channels, chance)
        self.density_lines = self._factors(resolution, density_channels, chance)
        self.color_planes = self._factors(resolution**2, color_channels, chance)
        self.color_lines = self._factors(resolution, color_channels, chance)
        weights = torch.randn(3 * color_channels, FEATURES, generator=chance, device="cpu")
        scale = WEIGHT_SCALE / math.sqrt(3 * color_channels)
        self.color_weights = nn.Parameter(placed(weights * scale))

    @staticmethod
    def _factors(nodes: int, channels: int, chance: torch.Generator) -> nn.Parameter:
        values = torch.randn(3, nodes, channels, generator=chance, device="cpu")
        return nn.Parameter(placed(values * 0.1 * FACTOR_SCALE))

    @property
    def default_samples(self) -> int:
        """They gather where matter is."""
        return 48

    def to_cube(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points 3"]:
        """Contracted coordinates, halved."""
        return 0.5 * contract(points / INNER)

    def density(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points"]:
        """Density, 0 or above, per scene unit."""
        return self._density(self._places(points))

    def color(
        self, points: Float[Tensor, "points 3"], directions: Float[Tensor, "points 3"]
    ) -> Float[Tensor, "points 3"]:
        """sRGB in [0, 1]."""
        return self._color(self._places(points), directions)

    def query(
        self, points: Float[Tensor, "points 3"], directions: Float[Tensor, "points 3"]
    ) -> tuple[Float[Tensor, "points"], Float[Tensor, "points 3"]]:
        """Density and colour."""
        places = self._places(points)
        return self._density(places), self._color(places, directions)

    def _color(self, places, directions) -> Float[Tensor, "points 3"]:
        weights = self.color_weights / (FACTOR_SCALE**2 * WEIGHT_SCALE)
        features = sum(
            (gather(plane, *on_plane) * gather(line, *on_line)) @ weight
            for plane, line, (on_plane, on_line), weight in zip(
                self.color_planes, self.color_lines, places, weights.chunk(3)
            )
        )
        slopes = features[:, 3:].view(-1, 3, 3)
        return (features[:, :3] + (slopes * directions[:, None]).sum(2)).sigmoid()

    def _places(self, points):
        cube = self.to_cube(points.detach())
        return [
            (
                plane_corners(cube[:, [a, b]], self.resolution),
                line_corners(cube[:, c], self.resolution),
            )
            for a, b, c in AXES
        ]

    def _density(self, places) -> Float[Tensor, "points"]:
        raw = sum(
            (gather(plane, *on_plane) * gather(line, *on_line)).sum(1)
            for plane, line, (on_plane, on_line) in zip(
                self.density_planes, self.density_lines, places
            )
        )
        return density_of(raw / FACTOR_SCALE**2 + RAW_START)

    @torch.no_grad()
    def grid_density(self, resolution: int) -> Float[Tensor, "x y z"]:
        """Densities at the nodes of an even grid over the contracted cube."""
        planes = [_plane_to(one, resolution) for one in self.density_planes]
        lines = [_line_to(one, resolution) for one in self.density_lines]
        raw = torch.einsum("cxy,cz->xyz", planes[0], lines[0])
        raw += torch.einsum("cxz,cy->xyz", planes[1], lines[1])
        raw += torch.einsum("cyz,cx->xyz", planes[2], lines[2])
        return density_of(raw / FACTOR_SCALE**2 + RAW_START)

    def groups(self) -> dict[str, tuple[nn.Parameter, ...]]:
        """Planes and lines of each, and the weights of the colour features."""
        return {
            "density": (self.density_planes, self.density_lines),
            "color": (self.color_planes, self.color_lines, self.color_weights),
        }

    def settings(self) -> dict[str, int]:
        """Resolution and channels."""
        return {
            "resolution": self.resolution,
            "density_channels": self.density_planes.shape[2],
            "color_channels": self.color_planes.shape[2],
        }

    @torch.no_grad()
    def upsample(self, resolution: int) -> None:
        """Interpolates planes and lines to another resolution."""
        for name in ("density", "color"):
            planes, lines = getattr(self, f"{name}_planes"), getattr(self, f"{name}_lines")
            finer = torch.stack([_plane_to(one, resolution) for one in planes])
            setattr(self, f"{name}_planes", nn.Parameter(finer.flatten(2).mT.contiguous()))
            finer = torch.stack([_line_to(one, resolution) for one in lines])
            setattr(self, f"{name}_lines", nn.Parameter(finer.mT.contiguous()))
        self.resolution = resolution

    def smoothness(self, name: str) -> Float[Tensor, ""]:
        """Mean squared difference of neighbours on planes and lines."""
        planes, lines = self.groups()[name][:2]
        square = planes.view(3, self.resolution, self.resolution, -1)
        parts = (square.diff(dim=1), square.diff(dim=2), lines.diff(dim=1))
        return sum(part.square().mean() for part in parts) / FACTOR_SCALE**2

    @torch.no_grad()
    def project(self) -> None:
        """Clamps the factors."""
        for parameter in self.parameters():
            parameter.clamp_(-FACTOR_LIMIT, FACTOR_LIMIT)


def contract(points: Float[Tensor, "points 3"]) -> Float[Tensor, "points 3"]:
    """All of space into [-2, 2]^3: unchanged within [-1, 1]^3, far away near the border."""
    size = points.abs().amax(1, keepdim=True).clamp(min=1)
    return (2 - 1 / size) * points / size


def density_of(raw: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Density per scene unit of raw values: 10 softplus(raw).

    Below RAW_EMPTY the raw value counts a hundredth, so that the way back stays short.
    """
    return DENSITY_SCALE * F.softplus(torch.maximum(raw, RAW_EMPTY + 0.01 * (raw - RAW_EMPTY)))


def placed(values: Tensor) -> Tensor:
    """On the device that is the default now (a checkpoint is looked at on the meta device)."""
    return values.to(torch.get_default_device())


def _plane_to(plane: Float[Tensor, "nodes channels"], resolution: int) -> Tensor:
    """Returns [channels resolution resolution]."""
    side = math.isqrt(len(plane))
    square = plane.T.reshape(1, -1, side, side)
    size = (resolution, resolution)
    return F.interpolate(square, size=size, mode="bilinear", align_corners=True)[0]


def _line_to(line: Float[Tensor, "nodes channels"], resolution: int) -> Tensor:
    """Returns [channels resolution]."""
    return F.interpolate(line.T[None], size=resolution, mode="linear", align_corners=True)[0]
