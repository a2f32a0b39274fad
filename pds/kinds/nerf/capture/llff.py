"""LLFF's `poses_bounds.npy`: 17 numbers a picture, in the order of the pictures' names.

Fifteen are a 3 x 5 matrix: camera axes down, right and backwards, position, then height, width and
focal length in pixels; two are the nearest and farthest depth.
"""

import re
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import CaptureError
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
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CaptureError(f"{FILE_NAME} cannot be read: {error.strerror}.") from error
    kind, fortran, shape, begin = _header(data)
    if kind is None or len(shape) != 2 or shape[1] != COLUMNS or not 1 <= shape[0] <= MAX_ROWS:
        raise CaptureError(
            f"{FILE_NAME} must be a table of numbers with {COLUMNS} columns, one row a picture."
        )
    count = shape[0] * COLUMNS
    if len(data) - begin < count * kind.itemsize:
        raise CaptureError(f"{FILE_NAME} is incomplete; copy it again.")
    numbers = np.frombuffer(data, kind, count, begin).astype(np.float64)
    return torch.from_numpy(numbers.reshape(shape, order="F" if fortran else "C").copy())


def _header(data: bytes) -> tuple[np.dtype | None, bool, tuple[int, ...], int]:
    """Kind of numbers (None for all else), order, shape, and where the numbers begin.

    `numpy.load` would evaluate the header as Python and may unpickle; here it is only looked at.
    """
    parts = re.match(rb"\x93NUMPY(?:\x01.(..)|[\x02\x03].(....))\{", data, re.DOTALL)
    length = int.from_bytes(parts[1] or parts[2], "little") if parts else 0
    begin = parts.end() - 1 + length if parts else 0
    text = data[:begin][-length:].decode("latin-1") if length else ""
    order = re.search(r"'fortran_order': (True|False)", text)
    shape = re.search(r"'shape': \(([\d, L]*)\)", text)
    if not (parts and order and shape) or length > MAX_HEADER or begin > len(data):
        raise CaptureError(f"{FILE_NAME} is not a NumPy file, or is damaged.")
    kind = re.search(r"'descr': '([<>|=]?(?:f[248]|[iu][1248]))'", text)
    sides = tuple(int(side[:18]) for side in re.findall(r"\d+", shape[1]))
    return np.dtype(kind[1]) if kind else None, order[1] == "True", sides, begin


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
