"""Pictures without poses: what a folder of photos or the frames of a video are at first."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from pds.base.errors import CaptureError, ImageError
from pds.base.images import open_image

MAX_PIXELS = 64_000_000
MIN_SIDE_PX = 64

EXIF_IFD = 0x8769
FOCAL_LENGTH_35MM = 0xA405


@dataclass(frozen=True)
class Photos:
    """Pictures whose cameras are still unknown.

    Attributes:
        names: what each picture is called, for names and messages; all different.
        paths: where each picture's file is.

    Raises:
        CaptureError: no picture at all, another number of names than of files, a name twice.
    """

    names: tuple[str, ...]
    paths: tuple[Path, ...]

    def __post_init__(self):
        if not self.paths:
            raise CaptureError(
                "There is no photo here; give a folder or a zip of JPEG or PNG files."
            )
        if len(self.names) != len(self.paths):
            raise CaptureError(
                f"Each photo needs a name: {len(self.paths)} photos, {len(self.names)} names."
            )
        if len(set(self.names)) != len(self.names):
            raise CaptureError("Two photos have the same name; rename one of them.")

    def __len__(self) -> int:
        return len(self.paths)


def different_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names that differ, in the same order: two folders or two phones call their photos alike.

    >>> different_names(["a.jpg", "b.jpg", "a.jpg", "a (2).jpg"])
    ('a.jpg', 'b.jpg', 'a (3).jpg', 'a (2).jpg')
    """
    given, taken = set(names), set()
    different = []
    for name in names:
        stem, dot, ending = name.rpartition(".")
        free, number = name, 1
        # A name that another photo was given is that one's.
        while free in taken or (number > 1 and free in given):
            number += 1
            free = f"{stem} ({number}){dot}{ending}" if stem else f"{name} ({number})"
        taken.add(free)
        different.append(free)
    return tuple(different)


@dataclass(frozen=True, kw_only=True)
class PreparedPhoto:
    """A photo as the search for poses reads it: upright, RGB, not too large, a lossless PNG.

    Attributes:
        name: what the user calls it.
        path: the PNG.
        width, height: of the PNG, in pixels.
        focal_35mm: the lens's focal length as on 35-mm film, from the camera's own notes in the
            file; 0 if they say nothing.
    """

    name: str
    path: Path
    width: int
    height: int
    focal_35mm: float


def prepare(name: str, source: Path, target: Path, *, longer_side_px: int) -> PreparedPhoto:
    """Writes the photo at `source` to the PNG `target`, its longer side at most as given.

    Raises:
        ImageError: not a picture, damaged, above 64 megapixels, or below 64 pixels across.
    """
    picture = open_image(source, max_pixels=MAX_PIXELS)
    if min(picture.size) < MIN_SIDE_PX:
        raise ImageError(f"The picture is smaller than {MIN_SIDE_PX} pixels.")
    shrunk = shrink(picture, longer_side_px)
    shrunk.save(target, compress_level=1)
    return PreparedPhoto(
        name=name,
        path=target,
        width=shrunk.width,
        height=shrunk.height,
        focal_35mm=_focal_35mm(picture),
    )


def shrink(picture: Image.Image, longer_side_px: int) -> Image.Image:
    """The picture with its longer side at most as given; a smaller one is left as it is."""
    scale = longer_side_px / max(picture.size)
    if scale >= 1:
        return picture
    width, height = (max(1, round(side * scale)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _focal_35mm(picture: Image.Image) -> float:
    """What the file's EXIF block says, if it says something possible."""
    try:
        value = picture.getexif().get_ifd(EXIF_IFD).get(FOCAL_LENGTH_35MM, 0)
    except (OSError, SyntaxError, ValueError, struct.error):  # damaged notes on a sound picture
        return 0.0
    return float(value) if isinstance(value, int) and 5 <= value <= 2000 else 0.0
