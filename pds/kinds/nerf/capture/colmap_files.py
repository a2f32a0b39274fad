"""COLMAP's models: `cameras`, `images` and `points3D`, as text or binary, by our own small readers.

Poses there are world-to-camera in the OpenCV convention, rotations as quaternions w x y z.
"""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import CaptureError

# Number, name and parameters of the lens models, in COLMAP's order.
MODELS = {
    0: ("SIMPLE_PINHOLE", ("f", "cx", "cy")),
    1: ("PINHOLE", ("fx", "fy", "cx", "cy")),
    2: ("SIMPLE_RADIAL", ("f", "cx", "cy", "k1")),
    3: ("RADIAL", ("f", "cx", "cy", "k1", "k2")),
    4: ("OPENCV", ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2")),
}
OTHER_MODELS = {
    5: "OPENCV_FISHEYE",
    6: "FULL_OPENCV",
    7: "FOV",
    8: "SIMPLE_RADIAL_FISHEYE",
    9: "RADIAL_FISHEYE",
    10: "THIN_PRISM_FISHEYE",
    11: "RAD_TAN_THIN_PRISM_FISHEYE",
}
MAX_LINE = 32_000_000
MAX_NAME = 1000
MAX_POINTS = 20_000  # as many tell how far away a scene is as millions do


@dataclass(frozen=True, kw_only=True)
class ColmapCamera:
    """A lens: size in pixels, and the parameters by name (f or fx and fy, cx, cy, k1 …)."""

    width: int
    height: int
    parameters: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class ColmapImage:
    """A picture: its file, its camera's number, and world-to-camera (OpenCV)."""

    name: str
    camera_id: int
    quaternion: tuple[float, float, float, float]
    translation: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class ColmapModel:
    """What a model folder holds.

    Attributes:
        cameras: by number.
        images: in the file's order.
        points: some of the reconstructed points, in COLMAP's world; maybe none.
    """

    cameras: dict[int, ColmapCamera]
    images: tuple[ColmapImage, ...]
    points: Float[Tensor, "points 3"]


def model_ending(folder: Path) -> str | None:
    """`.bin` or `.txt` if the folder holds a model, else None; binary files come first."""
    for ending in (".bin", ".txt"):
        if all((folder / f"{name}{ending}").is_file() for name in ("cameras", "images")):
            return ending
    return None


def read_model(folder: Path) -> ColmapModel:
    """Reads the model in `folder`.

    Raises:
        CaptureError: no model, a damaged or incomplete file, or a lens model that is not supported.
    """
    ending = model_ending(folder)
    if ending is None:
        raise CaptureError(f"{folder.name} holds no COLMAP model: cameras and images are needed.")
    readers = _BINARY if ending == ".bin" else _TEXT
    paths = {name: folder / f"{name}{ending}" for name in ("cameras", "images", "points3D")}
    with _damage(paths["cameras"]):
        cameras = dict(readers["cameras"](paths["cameras"]))
    with _damage(paths["images"]):
        images = tuple(readers["images"](paths["images"]))
    points: list[tuple[float, float, float]] = []
    if paths["points3D"].is_file():
        with _damage(paths["points3D"]):
            points = list(islice(readers["points3D"](paths["points3D"]), MAX_POINTS))
    return ColmapModel(
        cameras=cameras,
        images=images,
        points=torch.tensor(points, dtype=torch.float64).reshape(-1, 3),
    )


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """Turns what reading a broken file raises into one sentence."""
    try:
        yield
    except OSError as error:
        raise CaptureError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (ValueError, IndexError, struct.error) as error:
        raise CaptureError(
            f"{path.name} is damaged or incomplete; export the model from COLMAP again."
        ) from error


def _camera(model: str, width: int, height: int, numbers: list[float]) -> ColmapCamera:
    names = next((names for name, names in MODELS.values() if name == model), None)
    if names is None:
        raise CaptureError(
            f"COLMAP's lens model {model[:40]!a} is not supported; undistort the pictures with "
            "`colmap image_undistorter` first. Supported: "
            f"{', '.join(name for name, _ in MODELS.values())}."
        )
    if len(numbers) != len(names):
        raise ValueError(model)
    return ColmapCamera(width=width, height=height, parameters=dict(zip(names, numbers)))


# ------------------------------------------------------------------------------------------ text


def _lines(path: Path) -> Iterator[str]:
    with open(path, encoding="utf-8") as file:
        while line := file.readline(MAX_LINE):
            if not line.startswith("#"):
                yield line.strip()


def _text_cameras(path: Path) -> Iterator[tuple[int, ColmapCamera]]:
    for line in filter(None, _lines(path)):
        number, model, width, height, *rest = line.split()
        yield int(number), _camera(model, int(width), int(height), [float(v) for v in rest])


def _text_images(path: Path) -> Iterator[ColmapImage]:
    """Two lines each; the second, the picture's points, may be empty."""
    lines = _lines(path)
    for line in filter(None, lines):
        _, *numbers, camera, name = line.split(maxsplit=9)
        w, x, y, z, *translation = (float(v) for v in numbers)
        points = next(lines, "").split()
        if len(points) % 3:
            raise ValueError("points of a picture")
        if points:
            float(points[-1])
        yield ColmapImage(
            name=name,
            camera_id=int(camera),
            quaternion=(w, x, y, z),
            translation=_three(translation),
        )


def _text_points(path: Path) -> Iterator[tuple[float, float, float]]:
    for line in filter(None, _lines(path)):
        yield _three([float(v) for v in line.split(maxsplit=4)[1:4]])


def _three(numbers: list[float]) -> tuple[float, float, float]:
    x, y, z = numbers
    return x, y, z


# ---------------------------------------------------------------------------------------- binary


class _Bytes:
    """A binary file, little endian; reading past its end is a ValueError."""

    def __init__(self, path: Path):
        self._file = open(path, "rb")  # noqa: SIM115 - closed by __exit__
        self._left = path.stat().st_size

    def __enter__(self) -> "_Bytes":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def take(self, form: str) -> tuple:
        return struct.unpack(f"<{form}", self._read(struct.calcsize(f"<{form}")))

    def count(self, item_size: int) -> int:
        """A number of items of at least `item_size` bytes, as many as can still follow."""
        (count,) = self.take("Q")
        if count * item_size > self._left:
            raise ValueError("count")
        return count

    def skip(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise ValueError("end")
        self._file.seek(size, 1)

    def name(self) -> str:
        letters = bytearray()
        while (letter := self._read(1)) != b"\0":
            letters += letter
            if len(letters) > MAX_NAME:
                raise ValueError("name")
        return letters.decode("utf-8")

    def _read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._left -= size
        if len(data) < size:
            raise ValueError("end")
        return data


def _binary_cameras(path: Path) -> Iterator[tuple[int, ColmapCamera]]:
    with _Bytes(path) as file:
        for _ in range(file.count(24)):
            number, model, width, height = file.take("IiQQ")
            name, names = MODELS.get(model, (OTHER_MODELS.get(model, f"number {model}"), ()))
            yield number, _camera(name, width, height, list(file.take("d" * len(names))))


def _binary_images(path: Path) -> Iterator[ColmapImage]:
    with _Bytes(path) as file:
        for _ in range(file.count(73)):
            _, w, x, y, z, *translation, camera = file.take("I7dI")
            name = file.name()
            file.skip(24 * file.count(24))
            yield ColmapImage(
                name=name,
                camera_id=camera,
                quaternion=(w, x, y, z),
                translation=_three(translation),
            )


def _binary_points(path: Path) -> Iterator[tuple[float, float, float]]:
    with _Bytes(path) as file:
        for _ in range(file.count(51)):
            _, x, y, z, *_ = file.take("Q3d3Bd")
            file.skip(8 * file.count(8))
            yield x, y, z


_TEXT: dict[str, Callable] = {
    "cameras": _text_cameras,
    "images": _text_images,
    "points3D": _text_points,
}
_BINARY: dict[str, Callable] = {
    "cameras": _binary_cameras,
    "images": _binary_images,
    "points3D": _binary_points,
}
