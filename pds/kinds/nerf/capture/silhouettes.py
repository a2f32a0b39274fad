"""Where an object can be, told by its outlines: the box around its visual hull."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from pds.base.errors import CaptureError
from pds.kinds.nerf.cameras import Camera, distort, undistort

CELLS = 28  # along a side of the box that is carved
ROUNDS = 2  # the second in the box that the first left
MAX_VIEWS = 60  # more tell nothing new of the size
MASK_PX = 128  # longer side of the outlines
MIN_ALPHA = 26  # of 255
TOLERATED_MISSES = 0.03  # of the cameras, for slightly wrong masks
REACH = 1.2  # half the side of the first box, as a share of what the pictures show


def project(
    camera: Camera, points: Float[Tensor, "points 3"]
) -> tuple[Float[Tensor, "points 2"], Bool[Tensor, "points"]]:
    """Where points are in the picture, in pixels from the upper left corner, and whether in front.

    Points behind the camera, or so far aside that the lens model would fold them back into the
    picture, count as not in front and get some place.
    """
    matrix = camera.camera_to_world.to(points)
    local = (points - matrix[:, 3]) @ matrix[:, :3]
    depth = -local[:, 2]
    ideal = local[:, :2] / depth.clamp_min(1e-9)[:, None] * torch.tensor([1.0, -1.0]).to(points)
    focal = torch.tensor([camera.fl_x, camera.fl_y]).to(points)
    offset = torch.tensor([camera.cx, camera.cy]).to(points)
    corners = torch.cartesian_prod(
        torch.tensor([0.0, camera.width]), torch.tensor([0.0, camera.height])
    ).to(points)
    reach = undistort((corners - offset) / focal, camera.distortion).norm(dim=1).max()
    in_front = (depth > 1e-9) & (ideal.norm(dim=1) <= 1.01 * reach)
    return distort(ideal, camera.distortion) * focal + offset, in_front


def outline_box(
    cameras: Sequence[Camera], alphas: Sequence[UInt8[Tensor, "_ _"]]
) -> tuple[Float[Tensor, "3"], Float[Tensor, "3"]]:
    """The lowest and highest corner of the box around what all outlines allow.

    Args:
        cameras: around the origin, which is what they look at.
        alphas: opacity of the pictures, of the cameras' sizes.

    Raises:
        CaptureError: no place is inside the outlines of (nearly) all pictures.
    """
    half = REACH * min(3.0, max(_seen_radius(camera) for camera in cameras))
    low, high = torch.full((3,), -half), torch.full((3,), half)
    step = math.ceil(len(cameras) / MAX_VIEWS)
    cameras, masks = cameras[::step], [_mask(alpha) for alpha in alphas[::step]]
    for _ in range(ROUNDS):
        kept = _carved(_grid(low, high), cameras, masks)
        if not len(kept):
            raise CaptureError(
                "The transparent parts of the pictures contradict the camera poses: no place is "
                "inside all the outlines. Check that the poses belong to these pictures."
            )
        margin = (high - low) / CELLS  # an end may lie between two points
        low, high = kept.amin(0) - margin, kept.amax(0) + margin
    return low.double(), high.double()


def _carved(points: Tensor, cameras: Sequence[Camera], masks: Sequence[Tensor]) -> Tensor:
    """The points that some camera sees, and that (nearly) all that see them have in the outline."""
    tolerated = int(TOLERATED_MISSES * len(cameras))
    misses = torch.zeros(len(points), dtype=torch.int64)
    seen = torch.zeros(len(points), dtype=torch.bool)
    for camera, mask in zip(cameras, masks, strict=True):
        visible, hit = _look_up(camera, mask, points)
        misses = misses + (visible & ~hit)
        left = misses <= tolerated
        points, misses, seen = points[left], misses[left], (seen | visible)[left]
    return points[seen]


def _seen_radius(camera: Camera) -> float:
    """Half the longer side of what the picture shows at the origin's distance."""
    widest = max(camera.width / camera.fl_x, camera.height / camera.fl_y) / 2
    return widest * float(camera.position.norm())


def _grid(low: Tensor, high: Tensor) -> Tensor:
    steps = (torch.arange(CELLS) + 0.5) / CELLS
    x, y, z = (low[i] + steps * (high[i] - low[i]) for i in range(3))
    return torch.cartesian_prod(x, y, z)


def _mask(alpha: Tensor) -> Tensor:
    """The outline, small and one pixel wider, so that no thin part falls between grid points."""
    height, width = alpha.shape
    scale = min(1.0, MASK_PX / max(height, width))
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    solid = (alpha >= MIN_ALPHA).float()[None, None]
    small = F.adaptive_max_pool2d(solid, size)
    return F.max_pool2d(small, 3, stride=1, padding=1)[0, 0] > 0


def _look_up(camera: Camera, mask: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Which points are in the picture, and which of these in the outline."""
    pixels, in_front = project(camera, points)
    height, width = mask.shape
    shares = pixels / torch.tensor([camera.width, camera.height]).to(pixels)
    visible = in_front & ((shares >= 0) & (shares < 1)).all(1)
    size = torch.tensor([width, height])
    columns, rows = (shares.clamp(0, 1) * size).long().minimum(size - 1).unbind(1)
    return visible, visible & mask[rows, columns]
