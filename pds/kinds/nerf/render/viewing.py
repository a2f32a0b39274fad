"""From where a fitted scene is looked at: any view, a closed path around it, a few fixed cameras.

An object is looked at from all around, as its own cameras did. A scene that goes on to all sides
was seen from some places only, and looks like nothing from elsewhere: there a view is put together
from the captured cameras near the wanted direction, so it stays among them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from pds.base.checks import check_range, check_whole
from pds.kinds.nerf.cameras import Camera, look_at, orbit
from pds.kinds.nerf.fitted_scene import FittedScene

MIN_SIZE_PX = 16
MAX_SIZE_PX = 2048
MAX_VIEWS = 2000
ELEVATION_DEG = 15.0
PREVIEW_AZIMUTHS_DEG = (30.0, 120.0, 210.0, 300.0)
GOLDEN_ANGLE_DEG = 180 * (3 - 5**0.5)
PREVIEW_ARC = (-0.9, -0.3, 0.3, 0.9)

# Cameras that leave no larger gap than this go all around.
LARGEST_GAP_DEG = 60.0
# How much of the captured range a path uses: its very border was seen by few cameras.
PATH_SHARE = 0.8
# Cameras along an oval are picked from so many times as many.
OVERSAMPLING = 8
# Neighbouring cameras are blended over this share of the captured range.
BLENDING_SHARE = 0.12
# Cameras nearer than about this share of that stand in each other's place.
CROWD_SHARE = 0.25


def orbit_camera(
    scene: FittedScene, azimuth_deg: float, elevation_deg: float, size_px: int
) -> Camera:
    """The camera of an orbit control.

    Args:
        scene: what is looked at.
        azimuth_deg: of an object, from where: 0 is the front, 90 its +x side. Of a scene that is
            not bounded, how far to the side of the middle one of its cameras (positive is
            anticlockwise seen from above), as far as was captured.
        elevation_deg: of an object, -90 to 90 above the horizon; else how far above the middle
            camera, as far as was captured.
        size_px: longer side, 16 to 2048. Objects get squares, other scenes their cameras' shape.

    Raises:
        ConfigError: a number out of range.
    """
    check_range("azimuth_deg", azimuth_deg, -1e6, 1e6)
    check_range("elevation_deg", elevation_deg, -90, 90)
    check_whole("size_px", size_px, MIN_SIZE_PX, MAX_SIZE_PX)
    if not scene.bounded:
        return _Captured.of(scene.cameras).camera(azimuth_deg, elevation_deg, size_px)
    return orbit(
        azimuth_deg,
        elevation_deg,
        distance=median(float(camera.position.norm()) for camera in scene.cameras),
        fov_deg=median(_fov_deg(camera) for camera in scene.cameras),
        size_px=size_px,
    )


def path_cameras(
    scene: FittedScene, count: int, *, size_px: int, elevation_deg: float = ELEVATION_DEG
) -> tuple[Camera, ...]:
    """Cameras of a closed path: the one after the last would be the first again.

    Args:
        scene: what is looked at.
        count: of cameras, 1 to 2000.
        size_px: longer side, 16 to 2048.
        elevation_deg: above the horizon, for objects. Other scenes are looked at from the height of
            the middle camera if they were captured from all around, else along an oval within the
            captured arc.

    Raises:
        ConfigError: a number out of range.
    """
    check_whole("count", count, 1, MAX_VIEWS)
    turns = [index / count for index in range(count)]
    if scene.bounded:
        return tuple(orbit_camera(scene, 360 * t, elevation_deg, size_px) for t in turns)
    captured = _Captured.of(scene.cameras)
    if captured.closed:
        return tuple(orbit_camera(scene, 360 * t, 0.0, size_px) for t in turns)
    check_whole("size_px", size_px, MIN_SIZE_PX, MAX_SIZE_PX)
    oval = [math.tau * index / (OVERSAMPLING * count) for index in range(OVERSAMPLING * count)]
    points = [captured.inside(math.sin(angle), math.cos(angle)) for angle in oval]
    return _evenly([captured.camera(*point, size_px) for point in points], count)


def _evenly(path: Sequence[Camera], count: int) -> tuple[Camera, ...]:
    """`count` of the cameras of a closed path, about equally far from each other."""
    places = torch.stack([camera.position for camera in [*path, path[0]]])
    passed = (places.diff(dim=0).norm(dim=1) + 1e-9).cumsum(0)
    wanted = torch.arange(count) * (passed[-1] / count)
    return tuple(path[index] for index in torch.searchsorted(passed, wanted, right=True).tolist())


def preview_cameras(scene: FittedScene, size_px: int) -> tuple[Camera, ...]:
    """Four fixed cameras that show a scene from all the sides it was seen from.

    Raises:
        ConfigError: a size out of range.
    """
    if scene.bounded:
        points = [(azimuth, ELEVATION_DEG) for azimuth in PREVIEW_AZIMUTHS_DEG]
    else:
        captured = _Captured.of(scene.cameras)
        around = [(azimuth, 0.0) for azimuth in PREVIEW_AZIMUTHS_DEG]
        along = [captured.inside(share, 0.0) for share in PREVIEW_ARC]
        points = around if captured.closed else along
    return tuple(orbit_camera(scene, *point, size_px) for point in points)


def spread_cameras(scene: FittedScene, count: int) -> tuple[Camera, ...]:
    """So many cameras that show what the scene's own do.

    Fewer than the scene has are picked evenly from its own. Of more, its own come first; the others
    stand around an object, evenly between the lowest and the highest of its own, or on a path
    within the captured range of another scene. Their longer side is that of the largest of its own.

    Args:
        scene: what is looked at.
        count: of cameras, 1 to 2000.

    Raises:
        ConfigError: a number out of range.
    """
    check_whole("count", count, 1, MAX_VIEWS)
    own = scene.cameras
    if count <= len(own):
        return tuple(own[index * len(own) // count] for index in range(count))
    further = count - len(own)
    size_px = max(max(camera.width, camera.height) for camera in own)
    size_px = min(max(size_px, MIN_SIZE_PX), MAX_SIZE_PX)
    if not scene.bounded:
        return (*own, *path_cameras(scene, further, size_px=size_px))
    heights = [float(F.normalize(camera.position, dim=0)[2]) for camera in own]
    low, high = max(-1.0, min(heights)), min(1.0, max(heights))
    # Equal steps of height and golden angles share a zone of the sphere evenly.
    steps = [low + (high - low) * (index + 0.5) / further for index in range(further)]
    places = [
        (GOLDEN_ANGLE_DEG * index % 360, math.degrees(math.asin(height)))
        for index, height in enumerate(steps)
    ]
    return (*own, *(orbit_camera(scene, *place, size_px) for place in places))


def _fov_deg(camera: Camera) -> float:
    """Angle of view across the wider side: what the camera saw fits a square of that angle."""
    tangent = max(camera.width / camera.fl_x, camera.height / camera.fl_y) / 2
    return 2 * math.degrees(math.atan(tangent))


@dataclass(frozen=True)
class _Captured:
    """From where a scene that is not bounded was seen.

    Attributes:
        cameras: those of the capture.
        away: unit directions from the origin to them.
        middle: index of the most central one.
        azimuths: of all, in degrees anticlockwise from the middle one, -180 to 180.
        elevations: of all, in degrees above the horizon.
        closed: whether they go all around.
        blending_deg: standard deviation of the blend of cameras, as an angle at the origin.
    """

    cameras: tuple[Camera, ...]
    away: Float[Tensor, "n 3"]
    middle: int
    azimuths: Float[Tensor, "n"]
    elevations: Float[Tensor, "n"]
    closed: bool
    blending_deg: float

    @classmethod
    def of(cls, cameras: tuple[Camera, ...]) -> "_Captured":
        away = F.normalize(torch.stack([camera.position for camera in cameras]).double(), dim=1)
        middle = int((away @ away.T).sum(1).argmax())
        azimuths = torch.rad2deg(torch.atan2(away[:, 0], -away[:, 1]))
        azimuths = (azimuths - azimuths[middle] + 180) % 360 - 180
        elevations = torch.rad2deg(torch.asin(away[:, 2].clamp(-1, 1)))
        ordered = azimuths.sort().values
        gap = float(torch.cat([ordered.diff(), 360 + ordered[:1] - ordered[-1:]]).max())
        ranges = (float(ordered[-1] - ordered[0]), float(elevations.max() - elevations.min()))
        closed = gap < LARGEST_GAP_DEG
        return cls(
            cameras=cameras,
            away=away,
            middle=middle,
            azimuths=azimuths,
            elevations=elevations,
            closed=closed,
            blending_deg=gap / 2 if closed else max(BLENDING_SHARE * max(ranges), 0.1),
        )

    def inside(self, across: float, upwards: float) -> tuple[float, float]:
        """Azimuth and elevation from the middle camera's, of a place within the captured range.

        Args:
            across, upwards: where within it, -1 to 1.
        """
        place = []
        for angles, share in ((self.azimuths, across), (self.elevations, upwards)):
            low, high = float(angles.min()), float(angles.max())
            place.append((low + high) / 2 + PATH_SHARE * share * (high - low) / 2)
        return place[0], place[1] - float(self.elevations[self.middle])

    def camera(self, azimuth_deg: float, elevation_deg: float, size_px: int) -> Camera:
        """A view from about that direction, blended from the cameras that stood near it.

        The weights fall with the squared angle like a Gaussian's, so the blend moves smoothly and
        can neither leave the captured places nor look where nobody looked.
        """
        azimuth = math.remainder(azimuth_deg, 360)
        if not self.closed:
            azimuth = _within(azimuth, self.azimuths)
        elevation = _within(elevation_deg + float(self.elevations[self.middle]), self.elevations)
        x, y, _ = self.away[self.middle].tolist()
        a, e = math.radians(azimuth) + math.atan2(x, -y), math.radians(elevation)
        wanted = (math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e), math.sin(e))
        # A crowd of cameras in one place would pull every view there: its members count for less.
        crowd = self._nearness(self.away, CROWD_SHARE * self.blending_deg).logsumexp(1)
        near = self._nearness(self.away.new_tensor([wanted]), self.blending_deg)[0]
        weights = (near - crowd).softmax(0)
        poses = torch.stack([camera.camera_to_world for camera in self.cameras])
        _, up, back, eye = torch.einsum("n,nij->ji", weights.to(poses), poses)
        return self._made(look_at(eye, eye - back, up), size_px)

    def _nearness(self, directions: Float[Tensor, "m 3"], width_deg: float) -> Float[Tensor, "m n"]:
        """Logarithm of a Gaussian of the angles between directions and the cameras'."""
        angles = torch.rad2deg(torch.acos((directions @ self.away.T).clamp(-1, 1)))
        return -0.5 * (angles / width_deg).square()

    def _made(self, camera_to_world: Float[Tensor, "3 4"], size_px: int) -> Camera:
        """Without distortion and with even sides, as films need them."""
        size = self.cameras[self.middle].fitted(size_px)
        width, height = (max(2, 2 * round(side / 2)) for side in (size.width, size.height))
        return Camera(
            camera_to_world=camera_to_world,
            width=width,
            height=height,
            fl_x=size.fl_x,
            fl_y=size.fl_y,
            cx=width / 2,
            cy=height / 2,
        )


def _within(angle: float, captured: Float[Tensor, "n"]) -> float:
    return min(max(angle, float(captured.min())), float(captured.max()))
