"""LLFF's `poses_bounds.npy`: 17 numbers a picture, in the order of the pictures' names.

Fifteen are a 3 x 5 matrix: camera axes down, right and backwards, position, then height, width and
focal length in pixels; two are the nearest and farthest depth.
"""

import io
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pds.errors import CaptureError
from pds.nerf.assembling import PosedPicture, assemble
from pds.nerf.cameras import Camera
from pds.nerf.capture import Capture
from pds.nerf.paths import MAX_PICTURES, below, is_picture
from pds.nerf.poses import rigid

FILE_NAME = "poses_bounds.npy"
COLUMNS = 17
MAX_BYTES = 1000 + 8 * COLUMNS * 10 * MAX_PICTURES
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
        CaptureError: not a NumPy file, objects instead of numbers, or another shape.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CaptureError(f"{FILE_NAME} cannot be read: {error.strerror}.") from error
    try:
        shape, kind, size = _header(data)
        fits = len(shape) == 2 and shape[1] == COLUMNS and 1 <= shape[0] <= 10 * MAX_PICTURES
        if not fits or kind.kind not in "fiu":
            raise CaptureError(
                f"{FILE_NAME} must be a table of numbers with {COLUMNS} columns, one row a picture."
            )
        if len(data) - size < shape[0] * shape[1] * kind.itemsize:
            raise CaptureError(f"{FILE_NAME} is incomplete; copy it again.")
        table = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, SyntaxError) as error:
        raise CaptureError(f"{FILE_NAME} is not a NumPy file, or is damaged.") from error
    return torch.from_numpy(np.ascontiguousarray(table, dtype=np.float64))


def _header(data: bytes) -> tuple[tuple[int, ...], np.dtype, int]:
    """Shape, kind of numbers, and where they begin."""
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, kind = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, _, kind = np.lib.format.read_array_header_2_0(file)
    else:
        raise ValueError(f"version {version}")
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
