"""Fields that are formulas: coloured shapes whose every number is known."""

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn

from pds.kinds.nerf.cameras import Camera, look_at, orbit
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fitted_scene import FittedScene

# Far above any level of a surface, and falling to nothing within a hundredth of the cube across it,
# so that the surface is where the distance is 0.
DENSITY = 100.0
SHARPNESS = 250.0

Shape = Callable[[Tensor], Tensor]


class ShapeField(Field):
    """Dense where a signed distance is below 0, coloured by a formula.

    Args:
        distance: signed distance [n] of points [n, 3], negative inside.
        color: colour [n, 3] of points and ray directions.
        bounded: whether nothing is outside the cube.
    """

    kind: ClassVar[str] = "shape"
    bounded: ClassVar[bool] = True

    def __init__(self, distance: Shape, color: Callable[[Tensor, Tensor], Tensor]):
        super().__init__()
        self.resolution = 64
        self.unused = nn.Parameter(torch.zeros(1))
        self._distance, self._color = distance, color

    @property
    def default_samples(self) -> int:
        return 64

    def density(self, points):
        return DENSITY * torch.sigmoid(-SHARPNESS * self._distance(points))

    def color(self, points, directions):
        return self._color(points, directions)

    def query(self, points, directions):
        return self.density(points), self.color(points, directions)

    def grid_density(self, resolution: int):
        side = torch.linspace(-1, 1, resolution)
        points = torch.stack(torch.meshgrid(side, side, side, indexing="ij"), -1)
        return self.density(points.view(-1, 3)).view(resolution, resolution, resolution)

    def groups(self):
        return {"density": (self.unused,), "color": ()}

    def settings(self):
        return {}

    def upsample(self, resolution: int):
        self.resolution = resolution

    def smoothness(self, name: str):
        return self.unused.square().mean()

    def project(self):
        """Nothing has a range."""


class OpenShapeField(ShapeField):
    """The same in a scene that goes on to all sides."""

    bounded: ClassVar[bool] = False


def ball(center=(0.0, 0.0, 0.0), radius: float = 0.5) -> Shape:
    def distance(points: Tensor) -> Tensor:
        return (points - points.new_tensor(center)).norm(dim=1) - radius

    return distance


def box(low, high) -> Shape:
    def distance(points: Tensor) -> Tensor:
        a, b = points.new_tensor(low), points.new_tensor(high)
        return torch.maximum(a - points, points - b).amax(1)

    return distance


def torus(radius: float = 0.55, thickness: float = 0.2) -> Shape:
    def distance(points: Tensor) -> Tensor:
        ring = points[:, :2].norm(dim=1) - radius
        return torch.hypot(ring, points[:, 2]) - thickness

    return distance


def nothing() -> Shape:
    return lambda points: torch.ones(len(points))


def union(*shapes: Shape) -> Shape:
    return lambda points: torch.stack([shape(points) for shape in shapes]).amin(0)


def without(shape: Shape, hole: Shape) -> Shape:
    return lambda points: torch.maximum(shape(points), -hole(points))


def plain(*rgb: float) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda points, directions: points.new_tensor(rgb).expand(len(points), 3)


def split(first, second, *, axis: int = 0) -> Callable[[Tensor, Tensor], Tensor]:
    """`first` where the coordinate is negative, `second` where it is positive."""

    def color(points: Tensor, directions: Tensor) -> Tensor:
        positive = points[:, axis : axis + 1] > 0
        return torch.where(positive, points.new_tensor(second), points.new_tensor(first))

    return color


def ring(count: int = 8, *, size_px: int = 24, elevation_deg: float = 15.0) -> tuple[Camera, ...]:
    """Cameras around an object."""
    return tuple(
        orbit(360 * i / count, elevation_deg, distance=4.0, fov_deg=40.0, size_px=size_px)
        for i in range(count)
    )


def arc(
    azimuths=range(-40, 41, 10), elevations=(0.0, 10.0, 20.0), *, width: int = 20, height: int = 30
) -> tuple[Camera, ...]:
    """Cameras in front of a scene that goes on to all sides, all looking at the origin."""
    cameras = []
    for azimuth in azimuths:
        for elevation in elevations:
            one = orbit(azimuth, elevation, distance=0.9, fov_deg=60.0, size_px=height)
            cameras.append(
                Camera(
                    camera_to_world=look_at(one.position, torch.zeros(3)),
                    width=width,
                    height=height,
                    fl_x=25.0,
                    fl_y=26.0,
                    cx=width / 2 + 1,
                    cy=height / 2 - 1,
                    distortion=(0.02, -0.01, 0.001, 0.002),
                )
            )
    return tuple(cameras)


def shape_scene(
    distance: Shape,
    color: Callable[[Tensor, Tensor], Tensor] | None = None,
    *,
    cameras: tuple[Camera, ...] | None = None,
    bounded: bool = True,
    **more,
) -> FittedScene:
    """A scene of a formula; red if no colour is given."""
    kind = ShapeField if bounded else OpenShapeField
    cameras = cameras or (ring() if bounded else arc())
    return FittedScene(
        field=kind(distance, color or plain(0.9, 0.2, 0.1)),
        cameras=cameras,
        names=tuple(f"{index}.png" for index in range(len(cameras))),
        bounded=bounded,
        has_front=more.pop("has_front", bounded),
        name="shape",
        **more,
    )
