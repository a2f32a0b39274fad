"""Cameras: where they stand, the rays of their pixels, and rings of them around a scene.

One convention everywhere, OpenGL's as in `transforms.json`: a camera's x axis points right, y up,
and it looks along -z. In a scene's own coordinates z is up, the object or the region of interest is
centred on the origin, and the front of a thing that has one faces -y.
"""

import math
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import CaptureError

UNDISTORT_STEPS = 6
MAX_SIDE_PX = 8192


@dataclass(frozen=True, kw_only=True, eq=False)
class Camera:
    """A pinhole camera with OpenCV's radial and tangential lens distortion.

    Attributes:
        camera_to_world: rotation and position, OpenGL convention; float32 on the CPU.
        width, height: of the picture, in pixels.
        fl_x, fl_y: focal lengths in pixels.
        cx, cy: principal point in pixels from the upper left corner.
        distortion: k1, k2, p1, p2 and maybe k3; empty without distortion.

    Raises:
        CaptureError: numbers that are not finite, a rotation that is none, an impossible size.
    """

    camera_to_world: Float[Tensor, "3 4"]
    width: int
    height: int
    fl_x: float
    fl_y: float
    cx: float
    cy: float
    distortion: tuple[float, ...] = ()

    def __post_init__(self):
        numbers = (self.fl_x, self.fl_y, self.cx, self.cy, *self.distortion)
        if not all(map(math.isfinite, numbers)) or not bool(self.camera_to_world.isfinite().all()):
            raise CaptureError("A camera holds a number that is not finite.")
        if min(self.fl_x, self.fl_y) <= 0:
            raise CaptureError("A camera's focal length must be above zero.")
        if not (1 <= self.width <= MAX_SIDE_PX and 1 <= self.height <= MAX_SIDE_PX):
            raise CaptureError(
                f"A camera's picture is {self.width} x {self.height} px; "
                f"sides from 1 to {MAX_SIDE_PX} are accepted."
            )
        rotation = self.camera_to_world[:, :3].double()
        error = (rotation @ rotation.T - torch.eye(3, dtype=torch.float64)).abs().max()
        if error > 1e-2 or torch.linalg.det(rotation) < 0:
            raise CaptureError("A camera's pose is not a rotation and a position.")

    @property
    def position(self) -> Float[Tensor, "3"]:
        """Where it stands."""
        return self.camera_to_world[:, 3]

    def resized(self, width: int, height: int) -> "Camera":
        """The same view as a picture of another size."""
        x, y = width / self.width, height / self.height
        return replace(
            self,
            width=width,
            height=height,
            fl_x=self.fl_x * x,
            fl_y=self.fl_y * y,
            cx=self.cx * x,
            cy=self.cy * y,
        )

    def fitted(self, longer_side_px: int) -> "Camera":
        """The same view, its longer side as given."""
        scale = longer_side_px / max(self.width, self.height)
        return self.resized(max(1, round(self.width * scale)), max(1, round(self.height * scale)))

    def pixels(self) -> Float[Tensor, "pixels 2"]:
        """Centres of all pixels, x and y, row by row."""
        y, x = torch.meshgrid(
            torch.arange(self.height) + 0.5, torch.arange(self.width) + 0.5, indexing="ij"
        )
        return torch.stack([x.flatten(), y.flatten()], 1)

    def rays(
        self, pixels: Float[Tensor, "rays 2"] | None = None
    ) -> tuple[Float[Tensor, "rays 3"], Float[Tensor, "rays 3"]]:
        """Origins and unit directions, in world coordinates, of the rays through `pixels`.

        Args:
            pixels: x and y in pixels from the upper left corner; by default all centres, row by
                row.
        """
        points = self.pixels() if pixels is None else pixels
        matrix = self.camera_to_world.to(points)
        offset = torch.tensor([self.cx, self.cy]).to(points)
        plane = (points - offset) / torch.tensor([self.fl_x, self.fl_y]).to(points)
        plane = undistort(plane, self.distortion)
        local = torch.cat([plane[:, :1], -plane[:, 1:], -torch.ones_like(plane[:, :1])], 1)
        directions = F.normalize(local @ matrix[:, :3].T, dim=1)
        return matrix[:, 3].expand_as(directions).contiguous(), directions


def distort(
    plane: Float[Tensor, "points 2"], coefficients: tuple[float, ...]
) -> Float[Tensor, "points 2"]:
    """OpenCV's lens model: ideal to distorted coordinates on the plane at distance 1."""
    k1, k2, p1, p2, k3 = (*coefficients, 0.0, 0.0, 0.0, 0.0, 0.0)[:5]
    x, y = plane.unbind(1)
    square = x * x + y * y
    radial = 1 + square * (k1 + square * (k2 + square * k3))
    moved_x = x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x)
    moved_y = y * radial + p1 * (square + 2 * y * y) + 2 * p2 * x * y
    return torch.stack([moved_x, moved_y], 1)


def undistort(
    plane: Float[Tensor, "points 2"], coefficients: tuple[float, ...]
) -> Float[Tensor, "points 2"]:
    """The inverse of `distort`, by Newton's method.

    Only as far out as the lens model itself goes on rising; `assembling` refuses lenses that do
    not reach to the corners of their pictures.
    """
    if not any(coefficients):
        return plane
    k1, k2, p1, p2, k3 = (*coefficients, 0.0, 0.0, 0.0, 0.0, 0.0)[:5]
    ideal = plane
    for _ in range(UNDISTORT_STEPS):
        x, y = ideal.unbind(1)
        square = x * x + y * y
        radial = 1 + square * (k1 + square * (k2 + square * k3))
        slope = 2 * (k1 + square * (2 * k2 + square * 3 * k3))
        xx = radial + slope * x * x + 2 * p1 * y + 6 * p2 * x
        yy = radial + slope * y * y + 6 * p1 * y + 2 * p2 * x
        xy = slope * x * y + 2 * p1 * x + 2 * p2 * y
        off_x, off_y = (distort(ideal, coefficients) - plane).unbind(1)
        determinant = (xx * yy - xy * xy).clamp_min(1e-3)  # at a fold: a short step, not a leap
        step = torch.stack([yy * off_x - xy * off_y, xx * off_y - xy * off_x], 1)
        ideal = ideal - step / determinant[:, None]
    return ideal


def look_at(
    eye: Float[Tensor, "3"], target: Float[Tensor, "3"], up: Float[Tensor, "3"] | None = None
) -> Float[Tensor, "3 4"]:
    """Camera-to-world matrix of a camera at `eye` that looks at `target`; `up` is z by default."""
    up = torch.tensor([0.0, 0.0, 1.0]).to(eye) if up is None else up
    back = F.normalize(eye - target, dim=0)
    right = torch.linalg.cross(up, back)
    if right.norm() < 1e-6:  # straight from above or below
        right = torch.linalg.cross(torch.tensor([0.0, 1.0, 0.0]).to(eye), back)
    right = F.normalize(right, dim=0)
    return torch.stack([right, torch.linalg.cross(back, right), back, eye], 1)


def orbit(
    azimuth_deg: float,
    elevation_deg: float,
    *,
    distance: float,
    fov_deg: float,
    size_px: int,
    target: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Camera:
    """A square picture of `target` from an orbit around it.

    Args:
        azimuth_deg: 0 is the front (from -y), 90 from +x, 180 the back.
        elevation_deg: above the horizon, -90 to 90.
        distance: from the target, in scene units.
        fov_deg: angle of view across the picture.
        size_px: side of the picture.
        target: the point looked at.
    """
    a, e = math.radians(azimuth_deg), math.radians(elevation_deg)
    away = (math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e), math.sin(e))
    middle = torch.tensor(target)
    focal = 0.5 * size_px / math.tan(math.radians(fov_deg) / 2)
    return Camera(
        camera_to_world=look_at(middle + distance * torch.tensor(away), middle),
        width=size_px,
        height=size_px,
        fl_x=focal,
        fl_y=focal,
        cx=size_px / 2,
        cy=size_px / 2,
    )


def azimuth_of(camera: Camera) -> float:
    """From where the camera looks at the origin, in degrees within [0, 360): 0 is the front."""
    x, y, _ = camera.position.tolist()
    return math.degrees(math.atan2(x, -y)) % 360


def view_words(azimuth_deg: float) -> str:
    """How a prompt names a view of a thing that has a front."""
    turned = abs((azimuth_deg + 180) % 360 - 180)
    if turned <= 37.5:
        return "front view"
    return "back view" if turned >= 142.5 else "side view"
