"""LLFF's `poses_bounds.npy`: 17 numbers a picture, in the order of the pictures' names.

Fifteen are a 3 x 5 matrix: camera axes down, right and backwards, position, then height, width and
focal length in pixels; two are the nearest and farthest depth.
"""

import io
import tokenize
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy.lib import format as npy
from torch import Tensor

from pds.base.errors import CaptureError
from pds.base.files import read_bounded
from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.capture.assembling import PosedPicture, assemble
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.paths import MAX_PICTURES, below, is_picture
from pds.kinds.nerf.capture.poses import rigid

FILE_NAME = "poses_bounds.npy"
COLUMNS = 17
MAX_ROWS = 10 * MAX_PICTURES
MAX_HEADER = 10_000
MAX_BYTES = MAX_HEADER + 100 + 8 * COLUMNS * MAX_ROWS
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
# What numpy raises for bytes that are no header, which it reads as a Python literal.
NO_HEADER = (
    ValueError,
    TypeError,
    SyntaxError,
    tokenize.TokenError,
    RecursionError,
    MemoryError,
)
PICTURE_FOLDERS = ("images", "images_2", "images_4", "images_8")


def read_llff(path: Path) -> Capture:
    """The capture of a `poses_bounds.npy`; pictures lie in `images` (or `images_4` …) beside it.

    Raises:
        CaptureError: saying what is wrong with the file or its pictures.
    """
    table = read_table(path)
    folder = path.parent
    pictures = next((found for n in PICTURE_FOLDERS if (found := _pictures(folder / n))), [])
    if len(pictures) != len(table):
        raise CaptureError(
            f"{FILE_NAME} has poses for {len(table)} pictures, but there are {len(pictures)} in "
            "images; both must be complete, since only their order tells which belongs to which."
        )
    posed = [
        PosedPicture(
            name=picture.relative_to(folder).as_posix(),
            path=below(folder, picture.relative_to(folder).as_posix()),
            camera=_camera(row, picture.name),
        )
        for picture, row in zip(pictures, table, strict=True)
    ]
    near, far = (float(table[:, column].median()) for column in (15, 16))
    usable = 0 < near < far < float("inf")
    # The depth halfway in 1/depth, where half of what a picture shows is nearer.
    focus = 2 / (1 / near + 1 / far) if usable else None
    return assemble(posed, source=FILE_NAME, focus_distance=focus)


def read_table(path: Path) -> Float[Tensor, "pictures 17"]:
    """The numbers of the file; its header is checked before anything is allocated.

    Raises:
        CaptureError: not a NumPy file, objects (pickles) instead of numbers, or another shape.
    """
    data = read_bounded(path, MAX_BYTES, what=FILE_NAME, error=CaptureError)
    shape, kind, begin = _header(data)
    numbers = kind.kind in "fiu" and kind.itemsize <= 8
    if not numbers or len(shape) != 2 or shape[1] != COLUMNS or not 1 <= shape[0] <= MAX_ROWS:
        raise CaptureError(
            f"{FILE_NAME} must be a table of numbers with {COLUMNS} columns, one row a picture."
        )
    if len(data) - begin < shape[0] * COLUMNS * kind.itemsize:
        raise CaptureError(f"{FILE_NAME} is incomplete; copy it again.")
    table = np.load(io.BytesIO(data), allow_pickle=False, max_header_size=MAX_HEADER)
    return torch.from_numpy(np.ascontiguousarray(table, dtype=np.float64))


def _header(data: bytes) -> tuple[tuple[int, ...], np.dtype, int]:
    """Shape, kind of numbers, and where the numbers begin; nothing of them is looked at."""
    file = io.BytesIO(data)
    try:
        version = npy.read_magic(file)
        shape, _, kind = HEADERS[version](file, max_header_size=MAX_HEADER)
    except (*NO_HEADER, KeyError) as error:
        raise CaptureError(f"{FILE_NAME} is not a NumPy file, or is damaged.") from error
    return shape, kind, file.tell()


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    found = (p for p in folder.iterdir() if is_picture(p.name))
    # Plain order, not natural: it is the order in which LLFF's own script wrote the poses.
    return sorted(found, key=lambda picture: picture.name)


def _camera(row: Tensor, name: str) -> Camera:
    matrix = row[:15].reshape(3, 5)
    pose = torch.stack([matrix[:, 1], -matrix[:, 0], matrix[:, 2], matrix[:, 3]], 1)
    height, width, focal = matrix[:, 4].tolist()
    if not (0 < height < 1e5 and 0 < width < 1e5):
        raise CaptureError(f"{FILE_NAME} gives {name} an impossible size.")
    try:
        return Camera(
            camera_to_world=rigid(pose, of=name),
            width=round(width),
            height=round(height),
            fl_x=focal,
            fl_y=focal,
            cx=width / 2,
            cy=height / 2,
        )
    except CaptureError as error:
        raise CaptureError(f"{name}: {error}") from error
