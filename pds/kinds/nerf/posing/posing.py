"""Poses for photos that have none: structure from motion with pycolmap, on the CPU.

pycolmap is an optional extra (`posing`), imported only here, when asked.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image
from torch import Tensor

from pds.base.errors import CaptureError, ImageError
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.normalising import normalised
from pds.kinds.nerf.capture.photos import Photos, PreparedPhoto, prepare, shrink
from pds.kinds.nerf.posing.structure import Structure, pair_blocks

OLDEST = (4, 0)  # which has all that is called here
MIN_PHOTOS = 8
MAX_PHOTOS = 300
MIN_SHARE = 0.3  # of the photos given must find a place
FEATURE_SIDE_PX = 1600
STORED_SIDE_PX = 1080
NAMED_AT_MOST = 5

ADVICE = (
    "Take 20 to 60 sharp photos in good light while walking around something with texture, "
    "so that each shows most of what the one before shows."
)


@dataclass(frozen=True, kw_only=True)
class PosingStep:
    """A report from the work.

    Attributes:
        index: from 0, always rising; it leaps where less is to do than was foreseen.
        total: the last index is `total - 1`.
        message: what is going on, for a user.
        registered: photos placed so far.
        seconds: since the start.
    """

    index: int
    total: int
    message: str
    registered: int
    seconds: float

    @property
    def curve_value(self) -> float:
        """Photos placed so far."""
        return float(self.registered)


def import_pycolmap() -> ModuleType:
    """The library, told to keep its log to itself.

    Raises:
        ImportError, RuntimeError: not installed, or not working on this machine.
    """
    import pycolmap

    pycolmap.logging.minloglevel = pycolmap.logging.FATAL.value
    return pycolmap


class Posing:
    """Finds out where each photo was taken from.

    Args:
        photos: 8 to 300 photos of one scene.
        work: a folder for intermediate files, which are removed in the end.
        seed: of the library's chance.
        load_pycolmap: gives the library, or raises ImportError or RuntimeError.

    Attributes:
        capture: the posed photos, unbounded and without a front; None until the last step.

    Raises:
        CaptureError: too few or too many photos, or no pycolmap, or too old a one.
    """

    def __init__(
        self,
        photos: Photos,
        *,
        work: Path,
        seed: int = 0,
        load_pycolmap: Callable[[], ModuleType] = import_pycolmap,
    ):
        if len(photos) < MIN_PHOTOS:
            raise _too_few(len(photos))
        if len(photos) > MAX_PHOTOS:
            raise CaptureError(
                f"These are {len(photos)} photos; choose at most {MAX_PHOTOS} of them "
                "(60 to 100 from all sides are plenty)."
            )
        self._library = _loaded(load_pycolmap)
        self.photos = photos
        self.capture: Capture | None = None
        self._files = tuple(f"{number:04d}.png" for number in range(1, len(photos) + 1))
        self._work = work
        self._seed = seed
        self._threads = torch.get_num_threads()
        self._blocks = pair_blocks(self._files, self._threads)

    def steps(self) -> Iterator[PosingStep]:
        """Does the work; closing the iterator stops it between two steps.

        Raises:
            CaptureError: too few photos can be read, or too few found a place.
        """
        count = len(self.photos)
        # Reading, finding features, comparing, placing, and the end.
        spans = (count, count, len(self._blocks), count, 1)
        began = time.monotonic()
        self._work.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="posing-", dir=self._work))
        try:
            for stage, done, message, registered in self._stages(folder):
                yield PosingStep(
                    index=sum(spans[:stage]) + done - 1,
                    total=sum(spans),
                    message=message,
                    registered=registered,
                    seconds=time.monotonic() - began,
                )
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _stages(self, folder: Path) -> Iterator[tuple[int, int, str, int]]:
        """Yields stage, how much of it is done (from 1), message, and photos placed."""
        count = len(self.photos)
        pictures: list[PreparedPhoto] = []
        warnings: list[str] = []
        photos = zip(self.photos.names, self.photos.paths, self._files, strict=True)
        for done, (name, path, file) in enumerate(photos, 1):
            try:
                picture = prepare(name, path, folder / file, longer_side_px=FEATURE_SIDE_PX)
                pictures.append(picture)
            except ImageError as error:
                warnings.append(f"{name} is left out: {error}")
            yield 0, done, f"Reading photos: {done} of {count}.", 0
        if len(pictures) < MIN_PHOTOS:
            raise _too_few(len(pictures), unreadable=warnings)

        search = Structure(self._library, folder, pictures, threads=self._threads, seed=self._seed)
        for done in search.extract():
            yield 1, done, f"Finding details in photos: {done} of {len(pictures)}.", 0
        for done in search.match(self._blocks):
            share = 100 * done // len(self._blocks)
            yield 2, done, f"Comparing photos with each other: {share} %.", 0
        most = 0
        for done, found in enumerate(search.map(), 1):
            most = max(most, found)
            if done <= count:  # more only where a second model repeats photos of the first
                yield 3, done, f"Placing cameras: {most} of {len(pictures)} so far.", most

        placed = [p for p in pictures if p.path.name in search.cameras]
        _check_enough(len(placed), count)
        warnings += _left_out([p.name for p in pictures if p not in placed], count)
        self.capture = _capture(placed, search, tuple(warnings))
        yield 4, 1, f"{len(placed)} of {_photos(count)} found their place.", len(placed)


def _loaded(load_pycolmap: Callable[[], ModuleType]) -> ModuleType:
    """Raises CaptureError if the library is not there, does not work, or is too old."""
    advice = "pip install 'pycolmap>=4.0,<5', or bring a capture with poses."
    try:
        library = load_pycolmap()
    except (ImportError, RuntimeError) as error:
        raise CaptureError(f"Posing photos needs pycolmap: {advice}") from error
    version = library.__version__
    if tuple(map(int, version.split(".")[:2])) < OLDEST:
        raise CaptureError(f"Posing photos needs a newer pycolmap than {version}: {advice}")
    return library


def _capture(placed: list[PreparedPhoto], search: Structure, warnings: tuple[str, ...]) -> Capture:
    images = [_stored(picture.path) for picture in placed]
    resized = [
        search.cameras[picture.path.name].resized(image.shape[1], image.shape[0])
        for picture, image in zip(placed, images, strict=True)
    ]
    turned, world_from_scene = normalised(resized, bounded=False, focus_distance=search.depth)
    return Capture(
        cameras=turned,
        images=tuple(images),
        alphas=None,
        names=tuple(picture.name for picture in placed),
        bounded=False,
        has_front=False,
        world_from_scene=world_from_scene,
        warnings=warnings,
    )


def _stored(path: Path) -> UInt8[Tensor, "height width 3"]:
    with Image.open(path) as picture:
        return torch.from_numpy(np.array(shrink(picture.convert("RGB"), STORED_SIDE_PX)))


def _check_enough(placed: int, count: int) -> None:
    """Raises CaptureError if too few photos found their place."""
    if placed == 0:
        raise CaptureError(
            f"None of {_photos(count)} found its place: they have too little in common, too "
            f"little texture to recognise, or were all taken from one spot. {ADVICE}"
        )
    if placed < MIN_PHOTOS or placed < MIN_SHARE * count:
        raise CaptureError(
            f"Only {placed} of {_photos(count)} found their place, too few for a scene: "
            f"the others overlap too little or have too little texture. {ADVICE}"
        )


def _left_out(names: list[str], count: int) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - NAMED_AT_MOST} more" if len(names) > NAMED_AT_MOST else ""
    return [
        f"{len(names)} of {_photos(count)} found no place and are left out: "
        f"{', '.join(names[:NAMED_AT_MOST])}{more}."
    ]


def _too_few(count: int, unreadable: list[str] | None = None) -> CaptureError:
    why = f" {unreadable[0]}" if unreadable else ""
    return CaptureError(
        f"{_photos(count)} cannot show how deep a scene is; at least {MIN_PHOTOS} are needed."
        f"{why} {ADVICE}"
    )


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"
