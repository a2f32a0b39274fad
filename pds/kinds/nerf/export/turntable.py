"""Films around a scene: one, or source and edited side by side on the same path."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from pds.base.checks import check_choice
from pds.base.images import to_pil
from pds.base.video import write_mp4, write_webp
from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.render.pictures import bright, draw, nearness, nearness_range
from pds.kinds.nerf.render.viewing import ELEVATION_DEG, path_cameras

FRAMES = 48
SIZE_PX = 256
FILMS = ("color", "depth")


def turntable_frames(
    scene: FittedScene,
    *,
    frames: int = FRAMES,
    size_px: int = SIZE_PX,
    elevation_deg: float = ELEVATION_DEG,
    what: str = "color",
) -> Iterator[Image.Image]:
    """Frames of a film that closes: after the last comes the first again.

    Args:
        scene: what is shown.
        frames: how many, 1 to 2000.
        size_px: longer side, 16 to 2048; made even, as films need it.
        elevation_deg: above the horizon, -90 to 90 (see `path_cameras`).
        what: `color`, or `depth`: nearer is brighter, by one measure for the whole film, so the
            first frame comes when all are drawn.

    Yields:
        RGB pictures of one size with even sides.

    Raises:
        ConfigError: a number out of range or an unknown `what`; before the first frame.
    """
    cameras = _cameras(scene, frames, size_px, elevation_deg, what)
    return (row[0] for row in _rows([scene], cameras, what))


def before_after_frames(
    source: FittedScene,
    edited: FittedScene,
    *,
    frames: int = FRAMES,
    size_px: int = SIZE_PX,
    elevation_deg: float = ELEVATION_DEG,
    what: str = "color",
) -> Iterator[Image.Image]:
    """The source at the left, the edited scene at the right, both from the same camera.

    Arguments, frames and errors are those of `turntable_frames`; the path is the source's, and a
    frame is twice as wide.
    """
    cameras = _cameras(source, frames, size_px, elevation_deg, what)
    return (_side_by_side(row) for row in _rows([source, edited], cameras, what))


def write_film(path: str | Path, frames: Iterator[Image.Image]) -> Path:
    """Writes a film that repeats without a pause: animated WebP if the path says so, else MP4.

    Raises:
        ExportError: it cannot be written.
    """
    write = write_webp if Path(path).suffix.lower() == ".webp" else write_mp4
    return write(path, frames, hold_last_s=0)


def _cameras(
    scene: FittedScene, frames: int, size_px: int, elevation_deg: float, what: str
) -> tuple[Camera, ...]:
    check_choice("what", what, FILMS)
    cameras = path_cameras(scene, frames, size_px=size_px, elevation_deg=elevation_deg)
    return tuple(
        camera.resized(camera.width + camera.width % 2, camera.height + camera.height % 2)
        for camera in cameras
    )


def _rows(
    scenes: Sequence[FittedScene], cameras: Sequence[Camera], what: str
) -> Iterator[list[Image.Image]]:
    """What every camera sees of all scenes."""
    empty = [Occupancy(scene.field) for scene in scenes]
    views = (
        [draw(s, camera, occupancy=o) for s, o in zip(scenes, empty, strict=True)]
        for camera in cameras
    )
    if what == "color":
        yield from ([to_pil(view.image) for view in row] for row in views)
        return
    rows = [[nearness(view) for view in row] for row in views]
    low, high = nearness_range([view for row in rows for view in row])
    yield from ([to_pil(bright(view, low, high)) for view in row] for row in rows)


def _side_by_side(pictures: Sequence[Image.Image]) -> Image.Image:
    sheet = Image.new("RGB", (sum(p.width for p in pictures), pictures[0].height), "white")
    left = 0
    for one in pictures:
        sheet.paste(one, (left, 0))
        left += one.width
    return sheet
