"""Captures made from nothing but formulas: coloured spheres and boxes, cast ray by ray."""

from dataclasses import dataclass

import numpy as np
import torch

from pds.kinds.nerf.cameras import Camera, orbit
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.grid_field import GridField


@dataclass(frozen=True)
class Ball:
    """A sphere with two colours in stripes along z; `stripes` a unit, 0 = one colour."""

    centre: tuple[float, float, float]
    radius: float
    color: tuple[float, float, float]
    other: tuple[float, float, float] = (1.0, 1.0, 1.0)
    stripes: float = 0.0

    def hit(self, origins, directions):
        """Distance (inf where missed), outward normal, colour."""
        to = origins - np.array(self.centre)
        half = (to * directions).sum(1)
        inner = half**2 - ((to**2).sum(1) - self.radius**2)
        distance = np.where(inner > 0, -half - np.sqrt(np.maximum(inner, 0)), np.inf)
        places = origins + np.where(np.isfinite(distance), distance, 0)[:, None] * directions
        normal = (places - np.array(self.centre)) / self.radius
        odd = np.floor(places[:, 2:] * self.stripes) % 2 == 1
        return distance, normal, np.where(odd, self.other, self.color)


@dataclass(frozen=True)
class Box:
    """An upright box."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    color: tuple[float, float, float]

    def hit(self, origins, directions):
        """Distance (inf where missed), outward normal, colour."""
        safe = np.where(np.abs(directions) < 1e-9, 1e-9, directions)
        one, two = (np.array(self.low) - origins) / safe, (np.array(self.high) - origins) / safe
        near = np.minimum(one, two)
        enter, leave = near.max(1), np.maximum(one, two).min(1)
        axis = np.eye(3)[near.argmax(1)]
        distance = np.where((enter < leave) & (enter > 0), enter, np.inf)
        return distance, -axis * np.sign(safe), np.broadcast_to(self.color, origins.shape)


FIGURE = (
    Ball((0.0, 0.0, -0.25), 0.45, (0.85, 0.25, 0.15), (0.95, 0.85, 0.3), 7.0),
    Ball((0.0, -0.15, 0.4), 0.28, (0.2, 0.45, 0.8)),
    Ball((0.12, -0.4, 0.48), 0.06, (0.05, 0.05, 0.05)),
    Ball((-0.12, -0.4, 0.48), 0.06, (0.05, 0.05, 0.05)),
    Box((-0.7, -0.5, -0.85), (0.7, 0.5, -0.68), (0.35, 0.65, 0.3)),
    Box((0.42, -0.06, -0.7), (0.52, 0.06, 0.6), (0.5, 0.35, 0.2)),
)


def cast(shapes, camera: Camera, *, fine: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colour on white [h w 3], alpha [h w], distance [h w] (0 where nothing); lit from the eye."""
    large = camera.resized(camera.width * fine, camera.height * fine)
    origins, directions = (part.double().numpy() for part in large.rays())
    best = np.full(len(origins), np.inf)
    color = np.ones_like(origins)
    for shape in shapes:
        distance, normal, paint = shape.hit(origins, directions)
        nearer = distance < best
        light = 0.35 + 0.65 * np.abs((normal * directions).sum(1, keepdims=True))
        color = np.where(nearer[:, None], paint * light, color)
        best = np.minimum(best, distance)
    alpha = np.isfinite(best).astype(float)

    def small(values):
        blocks = values.reshape(camera.height, fine, camera.width, fine, -1)
        return blocks.mean((1, 3)).squeeze()

    return small(color), small(alpha), small(np.where(np.isfinite(best), best, 0))


def object_capture(views: int = 36, size_px: int = 96, shapes=FIGURE) -> Capture:
    """An object seen from three rings of cameras, with alpha."""
    cameras, images, alphas = [], [], []
    for index in range(views):
        elevation = (-10.0, 20.0, 50.0)[index % 3]
        camera = orbit(360 * index / views, elevation, distance=4.0, fov_deg=36.0, size_px=size_px)
        color, alpha, _ = cast(shapes, camera)
        cameras.append(camera)
        images.append(torch.from_numpy((color * 255).round().astype(np.uint8)))
        alphas.append(torch.from_numpy((alpha * 255).round().astype(np.uint8)))
    return Capture(
        cameras=tuple(cameras),
        images=tuple(images),
        alphas=tuple(alphas),
        names=tuple(f"{index:03d}.png" for index in range(views)),
        bounded=True,
        has_front=True,
        world_from_scene=torch.eye(4),
    )


class AnalyticField(Field):
    """A ball of constant density and colour in a cube, or in all of space: known in closed form.

    Args:
        radius: of the ball around the origin.
        value: its density.
        paint: its colour.
        bounded: whether it claims to lie in the cube.

    Attributes:
        looked: points looked at so far.
    """

    kind = "analytic"
    bounded = True

    def __init__(self, *, radius: float, value: float, paint=(0.2, 0.4, 0.6), bounded: bool = True):
        super().__init__()
        self.bounded = bounded
        self.radius, self.paint, self.resolution = radius, paint, 32
        self.value = torch.nn.Parameter(torch.tensor(value))
        self.looked = 0

    @property
    def default_samples(self) -> int:
        return 64

    def density(self, points):
        self.looked += len(points)
        return self.value * (points.norm(dim=1) < self.radius)

    def color(self, points, directions):
        return torch.tensor(self.paint).expand_as(points)

    def query(self, points, directions):
        return self.density(points), self.color(points, directions)

    def grid_density(self, resolution):
        line = torch.linspace(-1, 1, resolution)
        nodes = torch.cartesian_prod(line, line, line)
        return self.density(nodes).detach().view(resolution, resolution, resolution)

    def groups(self):
        return {"density": (self.value,), "color": ()}

    def settings(self):
        return {}

    def upsample(self, resolution):
        self.resolution = resolution

    def smoothness(self, name):
        return torch.zeros(())

    def project(self):
        pass


def soft_ball(resolution: int = 32, radius: float = 0.6) -> GridField:
    """A grid field that holds a ball, its colour its place."""
    field = GridField(resolution)
    line = torch.linspace(-1, 1, resolution)
    places = torch.stack(torch.meshgrid(line, line, line, indexing="ij"), -1)
    with torch.no_grad():
        field.density_raw.copy_(((radius - places.norm(dim=-1)) * 20).clamp(-5, 3))
        field.color_raw.copy_(places * 3)
    return field
