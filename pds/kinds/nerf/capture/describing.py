"""What is brought to be fitted, in words: nothing is fitted, no cameras are looked for."""

from pathlib import Path

from pds.base.errors import CaptureError
from pds.kinds.kind import Brought
from pds.kinds.nerf.capture.bringing import VIDEO_ENDINGS, check_files
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.reading import open_source
from pds.kinds.nerf.capture.video import check_video


def describe_pictures(path: Path, *, work: Path) -> Brought:
    """Says what a folder, a zip, a `transforms.json` or a video is.

    Args:
        path: where it lies.
        work: for unpacked files.

    Raises:
        CaptureError: nothing can be fitted to it; says why.
    """
    check_files((path,))
    if path.suffix.lower() in VIDEO_ENDINGS and path.is_file():
        check_video(path)
        return Brought(about="a video; sharp frames of it become photos, whose cameras are found")
    opened = open_source(path, work=work)
    if not isinstance(opened, Capture):
        return Brought(about=f"{len(opened)} photos, whose cameras have yet to be found")
    return Brought(about=_about(opened), warnings=opened.warnings)


def _about(capture: Capture) -> str:
    sizes = {(camera.width, camera.height) for camera in capture.cameras}
    if not sizes:
        raise CaptureError("The capture has no cameras.")
    width, height = max(sizes)
    size = f"{width} × {height} px" if len(sizes) == 1 else f"up to {width} × {height} px"
    what = "an object" if capture.bounded else "a place"
    front = ", with a front" if capture.has_front else ""
    return f"a capture of {what}{front}: {len(capture)} pictures with poses, {size}"
