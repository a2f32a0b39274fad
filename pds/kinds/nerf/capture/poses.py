"""Poses from files: any numbers, made into a rotation and a position or refused."""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import CaptureError

MAX_DISTANCE = 1e9
EXACT = 1e-5  # rotations as good as this are left as they are, to the last bit
MAX_STRETCH = 1.05


def rigid(matrix: Float[Tensor, "rows 4"], *, of: str) -> Float[Tensor, "3 4"]:
    """The rotation and position in a camera-to-world matrix, float64.

    A scale that is the same in all directions is dropped, small errors of the rotation are put
    right.

    Args:
        matrix: 3 x 4, or 4 x 4 with a last row of 0 0 0 1.
        of: what the pose belongs to, for the message.

    Raises:
        CaptureError: not finite, of another shape, singular, mirrored, sheared, or beyond 1e9.
    """
    pose = matrix.double()
    if len(pose) not in (3, 4):
        raise CaptureError(f"The pose of {of} has {len(pose)} rows; a pose has 3 or 4.")
    if not bool(pose.isfinite().all()):
        raise CaptureError(f"The pose of {of} holds a number that is not finite.")
    last = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64)
    if len(pose) == 4 and not torch.allclose(pose[3], last, atol=1e-6):
        raise CaptureError(f"The last row of the pose of {of} must be 0 0 0 1.")
    rotation, position = pose[:3, :3], pose[:3, 3:]
    if float(position.abs().max()) > MAX_DISTANCE:
        raise CaptureError(f"The camera of {of} stands farther than {MAX_DISTANCE:g} from 0.")
    left, sizes, right = torch.linalg.svd(rotation)
    if float(sizes[2]) <= 1e-9 * float(sizes[0]) or float(sizes[0]) < 1e-30:
        raise CaptureError(f"The pose of {of} is singular: it has no orientation.")
    if float(sizes[0]) > MAX_STRETCH * float(sizes[2]):
        raise CaptureError(f"The pose of {of} is not a rotation: it shears or stretches.")
    if float(torch.linalg.det(left) * torch.linalg.det(right)) < 0:
        raise CaptureError(f"The pose of {of} is not a rotation: it mirrors.")
    error = (rotation @ rotation.T - torch.eye(3, dtype=torch.float64)).abs().max()
    return torch.cat([rotation if error < EXACT else left @ right, position], 1)


def number(value: Any, what: str) -> float:
    """A finite number.

    Raises:
        CaptureError: anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CaptureError(f"{what} must be a number.")
    if not abs(value) <= 1e300 or not math.isfinite(value):
        raise CaptureError(f"{what} is not a finite number.")
    return float(value)
