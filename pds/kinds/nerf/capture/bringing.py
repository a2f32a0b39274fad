"""What was brought to be fitted, read whatever it is."""

from pathlib import Path

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.capture.reading import open_source
from pds.kinds.nerf.capture.video import read_video

VIDEO_ENDINGS = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi")
PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
POSES_ENDINGS = (".json", ".npy")  # of a capture that lies unpacked around them
CAPTURE_ENDINGS = (".zip", *VIDEO_ENDINGS, *PHOTO_ENDINGS)
# Finding the cameras wants more pixels than most fits do.
POSING_PX = 960


def check_files(paths: tuple[Path, ...]) -> None:
    """Refuses, before any work, what cannot be one capture.

    Raises:
        CaptureError: nothing, an unknown ending, or several files that are not all photos.
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
        if path.is_dir() or (len(paths) == 1 and path.suffix.lower() in POSES_ENDINGS):
            continue
        if path.suffix.lower() not in CAPTURE_ENDINGS:
            raise CaptureError(
                f"{path.name} is nothing that a scene is fitted to; bring photos (JPEG, PNG, "
                "WebP), a video (MP4, MOV, WebM, MKV, AVI), or a zip or folder."
            )
    if len(paths) > 1 and any(path.suffix.lower() not in PHOTO_ENDINGS for path in paths):
        raise CaptureError("Bring one zip or one video alone, or several photos.")


def read_pictures(
    paths: tuple[Path, ...], *, longer_side_px: int, work: Path, frames: int = 60
) -> Capture | Photos:
    """Reads what was brought, whatever it is.

    Args:
        paths: one zip, folder, `transforms.json` or video, or photos.
        longer_side_px: of the pictures that the fit will use.
        work: for unpacked files and frames; must outlive the result.
        frames: how many sharp ones are picked from a video.

    Raises:
        CaptureError: it cannot be read, or makes no scene.
    """
    check_files(paths)
    first = paths[0]
    if first.suffix.lower() in VIDEO_ENDINGS and first.is_file():
        side = max(POSING_PX, longer_side_px)
        return read_video(first, frames=frames, longer_side_px=side, folder=work / "frames")
    if first.suffix.lower() in PHOTO_ENDINGS and first.is_file():
        return Photos(names=tuple(_different([path.name for path in paths])), paths=paths)
    return open_source(first, work=work)


def _different(names: list[str]) -> list[str]:
    """Names that differ: two phones call their photos alike."""
    taken: dict[str, int] = {}
    different = []
    for name in names:
        taken[name] = taken.get(name, 0) + 1
        stem, dot, ending = name.rpartition(".")
        number = "" if taken[name] == 1 else f" ({taken[name]})"
        different.append(f"{stem}{number}{dot}{ending}")
    return different
