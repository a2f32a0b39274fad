"""What `scene fit` is given: a capture with poses, or photos or a video without."""

from collections.abc import Sequence
from pathlib import Path

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.capture.reading import open_source
from pds.kinds.nerf.capture.video import read_video

VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi")
# Posing wants more pixels than most fits do.
POSING_PX = 960


def read_capture(
    paths: Sequence[Path], *, frames: int, longer_side_px: int, work: Path
) -> Capture | Photos:
    """Reads what lies at the paths, whatever it is.

    Args:
        paths: one folder, zip, `transforms.json` or video; or several photos.
        frames: how many sharp ones are picked from a video.
        longer_side_px: of the pictures a fit will use; a video's are taken larger for posing.
        work: an existing folder for unpacked files and frames, which must outlive the result.

    Raises:
        CaptureError: it cannot be read, or makes no scene.
    """
    for path in paths:
        if "\0" in str(path) or not path.exists():
            raise CaptureError(f"There is no file or folder {str(path)!r}; check the name.")
    if len(paths) > 1:
        return _photos(paths)
    (path,) = paths
    if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file():
        side = max(POSING_PX, longer_side_px)
        return read_video(path, frames=frames, longer_side_px=side, folder=work / "frames")
    return open_source(path, work=work)


def _photos(paths: Sequence[Path]) -> Photos:
    folders = [path for path in paths if not path.is_file()]
    if folders:
        raise CaptureError(
            f"{str(folders[0])!r} is not a photo; give one folder alone, or photo files only."
        )
    return Photos(names=tuple(path.name for path in paths), paths=tuple(paths))
