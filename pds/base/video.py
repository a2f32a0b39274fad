"""The process as a film: H.264 in MP4, and animated WebP."""

import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import imageio_ffmpeg
from PIL import Image, ImageOps

from pds.base.checks import check_range
from pds.base.errors import ExportError
from pds.base.files import atomic_path

FPS = 12.0
HOLD_LAST_S = 1.5
WEBP_QUALITY = 80


def write_mp4(
    path: str | Path,
    frames: Iterable[Image.Image],
    *,
    fps: float = FPS,
    hold_last_s: float = HOLD_LAST_S,
    find_ffmpeg: Callable[[], str] = imageio_ffmpeg.get_ffmpeg_exe,
) -> Path:
    """Writes H.264, yuv420p, playable while it loads; plays in every browser.

    An odd width or height gains one white line, as the format needs even sides; nothing is
    rescaled.

    Args:
        path: where to, ending in `.mp4`.
        frames: pictures of one size.
        fps: frames a second, 1 to 60.
        hold_last_s: how long the last frame stands, 0 to 30.
        find_ffmpeg: gives the encoder's path, or raises RuntimeError.

    Raises:
        ConfigError: `fps` or `hold_last_s` out of range.
        ExportError: no frames, different sizes, no working ffmpeg, or an unwritable file.
    """
    _check(fps, hold_last_s)
    pictures = [_even(picture) for picture in same_size(frames)]
    pictures += [pictures[-1]] * round(hold_last_s * fps)
    try:
        ffmpeg = find_ffmpeg()
    except RuntimeError as error:
        raise ExportError(
            "No working ffmpeg was found for the MP4; reinstall the package imageio-ffmpeg."
        ) from error
    with atomic_path(path) as unfinished:
        _encode(ffmpeg, unfinished, pictures, fps)
    return Path(path)


def _encode(ffmpeg: str, path: Path, pictures: Sequence[Image.Image], fps: float) -> None:
    """Raises OSError with ffmpeg's own last words if it fails."""
    width, height = pictures[0].size
    raw = f"-f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {fps:g} -i -"
    film = "-an -c:v libx264 -pix_fmt yuv420p -crf 18 -movflags +faststart"
    command = [ffmpeg, "-y", "-v", "error", *raw.split(), *film.split(), str(path)]
    data = b"".join(picture.tobytes() for picture in pictures)
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise OSError(f"ffmpeg: {words[-1] if words else done.returncode}")


def write_webp(
    path: str | Path,
    frames: Iterable[Image.Image],
    *,
    fps: float = FPS,
    hold_last_s: float = HOLD_LAST_S,
) -> Path:
    """Writes an animated WebP that repeats for ever; arguments and errors as for the MP4."""
    _check(fps, hold_last_s)
    pictures = same_size(frames)
    durations_ms = [round(1000 / fps)] * len(pictures)
    durations_ms[-1] += round(1000 * hold_last_s)
    with atomic_path(path) as unfinished:
        pictures[0].save(
            unfinished,
            format="WEBP",
            save_all=True,
            append_images=pictures[1:],
            duration=durations_ms,
            loop=0,
            quality=WEBP_QUALITY,
            method=3,
        )
    return Path(path)


def same_size(frames: Iterable[Image.Image]) -> list[Image.Image]:
    """Frames as a list of RGB pictures.

    Raises:
        ExportError: there are none, or they differ in size.
    """
    pictures = [frame.convert("RGB") for frame in frames]
    if not pictures:
        raise ExportError("There are no frames to write; take at least one step first.")
    if len({picture.size for picture in pictures}) > 1:
        raise ExportError("The frames differ in size; draw them all at one size.")
    return pictures


def _check(fps: float, hold_last_s: float) -> None:
    check_range("fps", fps, 1, 60)
    check_range("hold_last_s", hold_last_s, 0, 30)


def _even(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    return ImageOps.expand(picture, (0, 0, width % 2, height % 2), fill="white")
