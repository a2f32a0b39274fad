"""`transforms.json` of nerfstudio, instant-ngp, Blender's synthetic scenes and this project.

Poses are camera-to-world in the OpenGL convention, intrinsics in pixels, for all frames or each.
"""

import math
from pathlib import Path
from typing import Any

import torch

from pds.base.errors import CaptureError, ImageError
from pds.base.files import read_bounded
from pds.base.images import stored_size
from pds.base.strict_json import read_json_object
from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.capture.assembling import MAX_PIXELS, PosedPicture, assemble
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.own_block import read_own_block
from pds.kinds.nerf.capture.paths import MAX_PICTURES, find_picture, listed, shown
from pds.kinds.nerf.capture.poses import number, rigid

MAX_BYTES = 20_000_000
MAX_DIGITS = 400
LENSES = ("OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL", "PERSPECTIVE")
FOCAL_KEYS = ("fl_x", "fl_y", "camera_angle_x", "camera_angle_y")
# What instant-ngp and nerfstudio call lenses that are not this one.
OTHER_LENSES = ("is_fisheye", "ftheta_p0", "latlong", "k4")

Values = dict[str, Any]


def read_transforms(path: Path) -> Capture:
    """The capture that a `transforms.json` describes; pictures lie in or below its folder.

    Raises:
        CaptureError: saying which entry is wrong.
    """
    values = _read(path)
    frames = values.get("frames")
    if not isinstance(frames, list) or not frames:
        raise CaptureError(f'{path.name} lists no pictures: "frames" is missing or empty.')
    if len(frames) > 10 * MAX_PICTURES:
        raise CaptureError(f"{path.name} lists {len(frames)} pictures, which is too many.")
    pictures: dict[str, PosedPicture] = {}
    missing: list[str] = []
    twice: list[str] = []
    for index, frame in enumerate(frames):
        name = _name(frame, index)
        found = find_picture(path.parent, name)
        if name in pictures:
            twice.append(name)
        elif found is None:
            missing.append(name)
        else:
            pictures[name] = _posed(name, found, _merged(values, frame))
    return assemble(
        list(pictures.values()),
        source=path.name,
        missing=missing,
        warnings=_warnings(frames, twice),
        own=read_own_block(values, path.name),
    )


def _read(path: Path) -> Values:
    """The file's values; NaN and Infinity as such, so that `number` can say where they are."""
    return read_json_object(
        read_bounded(path, MAX_BYTES, what=path.name, error=CaptureError),
        what=path.name,
        max_bytes=MAX_BYTES,
        max_digits=MAX_DIGITS,
        finite=False,
        error=CaptureError,
    )


def _name(frame: Any, index: int) -> str:
    name = frame.get("file_path") if isinstance(frame, dict) else None
    if not isinstance(name, str) or not name:
        raise CaptureError(f"Frame {index} has no file_path, the name of its picture.")
    return name


def _merged(values: Values, frame: Values) -> Values:
    """What holds for a frame: its own entries before the file's; null is as good as absent."""
    own = {key: value for key, value in frame.items() if value is not None}
    shared = {key: value for key, value in values.items() if value is not None}
    if any(key in own for key in FOCAL_KEYS):
        shared = {key: value for key, value in shared.items() if key not in FOCAL_KEYS}
    return {**shared, **own}


def _posed(name: str, path: Path, values: Values) -> PosedPicture:
    short = shown(name)
    _check_lens_kind(values, short)
    width, height = _size(values, path, short)
    fl_x, fl_y = _focal(values, width, height, short)
    bent = {key: number(values.get(key, 0), f"{key} of {short}") for key in _BENDING}
    k1, k2, p1, p2, k3 = bent.values()
    coefficients = (k1, k2, p1, p2, k3) if k3 else (k1, k2, p1, p2)
    pose = rigid(_matrix(values.get("transform_matrix"), short), of=short)
    try:
        camera = Camera(
            camera_to_world=pose,
            width=width,
            height=height,
            fl_x=fl_x,
            fl_y=fl_y,
            cx=number(values.get("cx", width / 2), f"cx of {short}"),
            cy=number(values.get("cy", height / 2), f"cy of {short}"),
            distortion=coefficients if any(coefficients) else (),
        )
    except CaptureError as error:
        raise CaptureError(f"{short}: {error}") from error
    return PosedPicture(name=name, path=path, camera=camera)


_BENDING = ("k1", "k2", "p1", "p2", "k3")


def _check_lens_kind(values: Values, name: str) -> None:
    kind = values.get("camera_model", "OPENCV")
    if kind not in LENSES:
        raise CaptureError(
            f"The lens {kind!r} of {name} is not supported; undistort the pictures first "
            f"(supported: {', '.join(LENSES)})."
        )
    other = [key for key in OTHER_LENSES if values.get(key)]
    if other:
        raise CaptureError(
            f"The lens of {name} is described by {other[0]}, which is not supported; "
            "undistort the pictures first."
        )


def _size(values: Values, path: Path, name: str) -> tuple[int, int]:
    """Width and height that the intrinsics belong to; by default the picture's own."""
    if "w" not in values or "h" not in values:
        try:
            return stored_size(path, max_pixels=MAX_PIXELS)
        except ImageError as error:
            raise CaptureError(f"{name}: {error}") from error
    sides = [number(values[key], f"{key} of {name}") for key in ("w", "h")]
    if any(side != round(side) for side in sides):
        raise CaptureError(f"The size of {name} must be whole numbers: w, h = {sides}.")
    return round(sides[0]), round(sides[1])


def _focal(values: Values, width: int, height: int, name: str) -> tuple[float, float]:
    lengths = {}
    for axis, side in (("x", width), ("y", height)):
        if f"fl_{axis}" in values:
            lengths[axis] = number(values[f"fl_{axis}"], f"fl_{axis} of {name}")
        elif f"camera_angle_{axis}" in values:
            angle = number(values[f"camera_angle_{axis}"], f"camera_angle_{axis} of {name}")
            if not 0 < angle < math.pi:
                raise CaptureError(
                    f"camera_angle_{axis} of {name} must lie between 0 and pi, not {angle:g}."
                )
            lengths[axis] = side / 2 / math.tan(angle / 2)
    if not lengths:
        raise CaptureError(
            f"Nothing is said of the lens of {name}: camera_angle_x or fl_x is needed."
        )
    return lengths.get("x", lengths.get("y")), lengths.get("y", lengths.get("x"))


def _matrix(value: Any, name: str) -> torch.Tensor:
    rows = value if isinstance(value, list) else []
    if not rows or not all(isinstance(row, list) and len(row) == 4 for row in rows):
        raise CaptureError(f"{name} has no transform_matrix of 4 rows of 4 numbers.")
    what = f"Each entry of the transform_matrix of {name}"
    return torch.tensor([[number(v, what) for v in row] for row in rows], dtype=torch.float64)


def _warnings(frames: list[Values], twice: list[str]) -> list[str]:
    masked = sum(1 for frame in frames if frame.get("mask_path"))
    notes = [f"Masks are not used ({masked} are listed)."] if masked else []
    return notes + ([f"Listed twice, the first entry counts: {listed(twice)}."] if twice else [])
