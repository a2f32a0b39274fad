"""What a user brings to be made into a scene: one place that tells what it is and reads it."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.paths import PICTURE_SUFFIXES
from pds.kinds.nerf.capture.photos import Photos, different_names
from pds.kinds.nerf.capture.reading import open_source
from pds.kinds.nerf.capture.video import read_video

VIDEO_ENDINGS = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi")
PHOTO_ENDINGS = PICTURE_SUFFIXES
# What can be sent as a file; the others below lie beside their pictures, in a folder.
CAPTURE_ENDINGS = (".zip", *VIDEO_ENDINGS, *PHOTO_ENDINGS)
LISTING_ENDINGS = (".json", ".npy")
# Finding the cameras wants more pixels than most fits do.
POSING_PX = 960
FRAMES = 60


def check_files(paths: Sequence[Path]) -> None:
    """Refuses, before any work, what cannot be one capture.

    Args:
        paths: one folder, zip, video, `transforms.json` or `poses_bounds.npy`; or photos.

    Raises:
        CaptureError: nothing, nothing there, an unknown kind of file, or several that are not all
            photos.
    """
    if not paths:
        raise CaptureError("Bring a capture first: photos, a video, or a zip of them.")
    for path in paths:
        if "\0" in str(path) or not path.exists():
            raise CaptureError(f"There is no file or folder {str(path)!r}; check the name.")
        if len(paths) > 1 and path.is_dir():
            raise CaptureError(
                f"{str(path)!r} is not a photo; give one folder alone, or photo files only."
            )
        if not _possible(path):
            raise CaptureError(
                f"{path.name} is nothing that a scene is fitted to; bring photos (JPEG, PNG, "
                "WebP), a video (MP4, MOV, WebM, MKV, AVI), or a zip or folder."
            )
    others = [path for path in paths if not _is(path, PHOTO_ENDINGS)]
    if len(paths) > 1 and others:
        raise CaptureError(
            f"{others[0].name} is not a photo. Bring one folder, zip or video alone, or several "
            "photos."
        )


def read_pictures(
    paths: Sequence[Path], *, longer_side_px: int, work: Path, frames: int = FRAMES
) -> Capture | Photos:
    """Reads what was brought, whatever it is.

    Args:
        paths: see `check_files`. Photos may have the same name in different folders.
        longer_side_px: of the pictures that the fit will use; a video's are taken larger, at least
            960 px, for finding its cameras.
        work: a folder for unpacked files and frames; it must outlive the result.
        frames: how many sharp ones are picked from a video, 8 to 300.

    Raises:
        CaptureError: it is not there, cannot be read, or makes no scene.
        ConfigError: a number out of range.
    """
    check_files(paths)
    first = paths[0]
    if _is(first, PHOTO_ENDINGS):
        names = different_names([path.name for path in paths])
        return Photos(names=names, paths=tuple(paths))
    if _is(first, VIDEO_ENDINGS):
        side = max(POSING_PX, longer_side_px)
        return read_video(first, frames=frames, longer_side_px=side, folder=work / "frames")
    return open_source(first, work=work)


def _possible(path: Path) -> bool:
    known = _is(path, (*CAPTURE_ENDINGS, *LISTING_ENDINGS))
    return known or path.is_dir() or zipfile.is_zipfile(path)


def _is(path: Path, endings: Sequence[str]) -> bool:
    """Whether the name has one of these endings; a folder has none, whatever its name."""
    return path.suffix.lower() in endings and not path.is_dir()
