"""The process as a film: H.264 in MP4, and animated WebP.

ffmpeg comes with imageio-ffmpeg and runs as a process of its own: its end, its words and its memory
are its own, and nothing of it need be compiled here.
"""

import itertools
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import imageio_ffmpeg
from PIL import Image, ImageOps

from pds.base.checks import check_range, check_whole
from pds.base.errors import ExportError
from pds.base.files import atomic_path

FPS = 12.0
HOLD_LAST_S = 1.5
WEBP_QUALITY = 80
MAX_FILM_S = 3600.0


def write_mp4(
    path: str | Path,
    frames: Iterable[Image.Image],
    *,
    fps: float = FPS,
    hold_last_s: float = HOLD_LAST_S,
    durations_s: Sequence[float] | None = None,
    find_ffmpeg: Callable[[], str] = imageio_ffmpeg.get_ffmpeg_exe,
) -> Path:
    """Writes H.264, yuv420p, playable while it loads; plays in every browser.

    An odd width or height gains one white line, as the format needs even sides; nothing is
    rescaled. One frame at a time is in memory.

    Args:
        path: where to, ending in `.mp4`.
        frames: pictures of one size.
        fps: frames a second, 1 to 60.
        hold_last_s: how much longer the last frame stands, 0 to 30.
        durations_s: how long each frame stands, 0 or more, an hour together, to the nearest
            1 / `fps` of its place in the film: rounding does not add up, and a frame too short for
            a place is left out. None: 1 / `fps` each.
        find_ffmpeg: gives the encoder's path, or raises RuntimeError.

    Raises:
        ConfigError: `fps`, `hold_last_s` or a duration out of range, or too few durations.
        ExportError: no frames, different sizes, no working ffmpeg, or an unwritable file.
    """
    _check(fps, hold_last_s, durations_s)
    pictures = _alike(frames)
    shown = _held(_repeated(pictures, durations_s, fps), round(hold_last_s * fps))
    first = _even(next(shown))
    try:
        ffmpeg = find_ffmpeg()
    except RuntimeError as error:
        raise ExportError(
            "No working ffmpeg was found for the MP4; reinstall the package imageio-ffmpeg."
        ) from error
    with atomic_path(path) as unfinished:
        _encode(ffmpeg, unfinished, itertools.chain([first], map(_even, shown)), first.size, fps)
    return Path(path)


def _encode(
    ffmpeg: str, path: Path, pictures: Iterable[Image.Image], size: tuple[int, int], fps: float
) -> None:
    """Raises OSError with ffmpeg's own last words if it fails."""
    raw = f"-f rawvideo -pix_fmt rgb24 -s {size[0]}x{size[1]} -r {fps:g} -i -"
    film = "-an -c:v libx264 -pix_fmt yuv420p -crf 18 -movflags +faststart"
    command = [ffmpeg, "-y", "-v", "error", *raw.split(), *film.split(), str(path)]
    with (
        tempfile.TemporaryFile() as words,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=words
        ) as process,
    ):
        assert process.stdin is not None
        try:
            for picture in pictures:
                process.stdin.write(picture.tobytes())
            process.stdin.close()
            process.wait()
        except BrokenPipeError:  # it ended early, and says why below
            process.wait()
        finally:
            process.kill()  # where a frame could not be had; nothing if it has ended
        if process.returncode != 0:
            words.seek(0)
            said = words.read(100_000).decode(errors="replace").strip().splitlines()
            raise OSError(f"ffmpeg: {said[-1] if said else process.returncode}")


def write_webp(
    path: str | Path,
    frames: Iterable[Image.Image],
    *,
    fps: float = FPS,
    hold_last_s: float = HOLD_LAST_S,
    durations_s: Sequence[float] | None = None,
) -> Path:
    """Writes an animated WebP that repeats for ever; arguments and errors as for the MP4.

    Durations are kept to the nearest thousandth of a second of a frame's place in the film.
    """
    _check(fps, hold_last_s, durations_s)
    pictures = same_size(frames)
    durations_ms = [round(1000 / fps)] * len(pictures)
    if durations_s is not None:
        durations_ms = _places(durations_s, 1000)[: len(pictures)]
        _check_count(len(pictures), durations_s)
        pictures, durations_ms = _without_gaps(pictures, durations_ms)
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
    return list(_alike(frames))


def _alike(frames: Iterable[Image.Image]) -> Iterator[Image.Image]:
    """Frames as RGB pictures, one at a time; errors as `same_size`."""
    size = None
    for frame in frames:
        size = size or frame.size
        if frame.size != size:
            raise ExportError("The frames differ in size; draw them all at one size.")
        yield frame.convert("RGB")
    if size is None:
        raise ExportError("There are no frames to write; take at least one step first.")


def _repeated(
    pictures: Iterator[Image.Image], durations_s: Sequence[float] | None, fps: float
) -> Iterator[Image.Image]:
    """Each picture as often as its duration says; the last one at least once."""
    if durations_s is None:
        yield from pictures
        return
    count, unseen = 0, []
    # Durations first: the shorter of both must not swallow a picture of the other.
    for times, picture in zip(_places(durations_s, fps), pictures, strict=False):
        count, unseen = count + 1, [] if times > 0 else [picture]
        yield from itertools.repeat(picture, times)
    count += sum(1 for _ in pictures)
    _check_count(count, durations_s)
    yield from unseen


def _held(pictures: Iterator[Image.Image], times: int) -> Iterator[Image.Image]:
    """All pictures, the last one so many times more."""
    for picture in pictures:
        yield picture
    yield from itertools.repeat(picture, times)


def _places(durations_s: Sequence[float], rate: float) -> list[int]:
    """How many places of 1 / `rate` seconds each duration takes; their sum is rounded once."""
    ends = [round(end * rate) for end in itertools.accumulate(durations_s)]
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]


def _without_gaps(
    pictures: list[Image.Image], durations_ms: list[int]
) -> tuple[list[Image.Image], list[int]]:
    """Without the pictures that stand for no time; the last one is kept."""
    last = len(pictures) - 1
    both = zip(pictures, durations_ms, strict=True)
    kept = [each for index, each in enumerate(both) if each[1] > 0 or index == last]
    return [picture for picture, _ in kept], [duration for _, duration in kept]


def _check(fps: float, hold_last_s: float, durations_s: Sequence[float] | None) -> None:
    check_range("fps", fps, 1, 60)
    check_range("hold_last_s", hold_last_s, 0, 30)
    for duration in durations_s or ():
        check_range("durations_s", duration, 0, MAX_FILM_S)
    if durations_s is not None:
        check_range("durations_s together", sum(durations_s), 0, MAX_FILM_S)


def _check_count(frames: int, durations_s: Sequence[float]) -> None:
    check_whole("The number of durations_s", len(durations_s), frames, frames)


def _even(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    return ImageOps.expand(picture, (0, 0, width % 2, height % 2), fill="white")
