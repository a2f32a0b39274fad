"""The sharp frames of a video, as photos without poses."""

import contextlib
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from jaxtyping import UInt8

from pds.base.checks import check_whole
from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.photos import Photos

JUDGED_SIDE_PX = 640  # frames are squeezed into a square of this side to compare their sharpness
JPEG_QUALITY = 2  # ffmpeg's scale: 2 is its best useful one

# No playlists, no drawings: nothing that would make ffmpeg open further files or addresses.
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf"

# Frames a tenth of a second apart or more; a time-lapse gives all of its own.
CANDIDATES = "select='isnan(prev_selected_t)+gte(t-prev_selected_t,0.0999)'"


@dataclass(frozen=True, kw_only=True)
class VideoLimits:
    """What is still accepted; a video is untrusted until it has been read within these.

    Attributes:
        candidates: frames that are looked at, ten a second: 3000 are five minutes.
        pixels: width times height of its frames.
        file_bytes: size of the file.
        seconds: that reading it may take, each of two times.
    """

    candidates: int = 3000
    pixels: int = 8192 * 4320
    file_bytes: int = 4_000_000_000
    seconds: float = 900.0


def read_video(
    path: Path,
    *,
    frames: int = 60,
    longer_side_px: int = 960,
    folder: Path,
    limits: VideoLimits | None = None,
    find_ffmpeg: Callable[[], str] = imageio_ffmpeg.get_ffmpeg_exe,
) -> Photos:
    """Picks sharp frames, evenly spread, and writes them to `folder` as JPEG files.

    The film is cut into as many intervals as frames are wanted, and of each the frame with the
    largest variance of the Laplacian is taken: the one with the least motion blur.

    Args:
        path: MP4, MOV, WebM, MKV, AVI and the like.
        frames: how many at most, 8 to 300; a short film has fewer.
        longer_side_px: of the pictures written, 64 to 4096; nothing is enlarged.
        folder: is made if it is not there.
        limits: see `VideoLimits`.
        find_ffmpeg: gives the decoder's path, or raises RuntimeError.

    Raises:
        ConfigError: `frames` or `longer_side_px` out of range.
        CaptureError: not a video, too long, too large, damaged, or no working ffmpeg.
    """
    check_whole("frames", frames, 8, 300)
    check_whole("longer_side_px", longer_side_px, 64, 4096)
    limits = limits or VideoLimits()
    command = _command(path, limits, find_ffmpeg)
    sharp = [_sharpness(frame) for frame in _candidates(command, limits)]
    chosen = sharpest_of_intervals(sharp, frames)
    folder.mkdir(parents=True, exist_ok=True)
    paths = _write(command, chosen, longer_side_px, folder, limits.seconds)
    return Photos(names=tuple(p.name for p in paths), paths=tuple(paths))


def check_video(
    path: Path,
    *,
    limits: VideoLimits | None = None,
    find_ffmpeg: Callable[[], str] = imageio_ffmpeg.get_ffmpeg_exe,
) -> None:
    """Decodes the first frame, which is quick.

    Raises:
        CaptureError: not a video, too large, damaged at once, or no working ffmpeg.
    """
    limits = limits or VideoLimits()
    with contextlib.closing(_candidates(_command(path, limits, find_ffmpeg), limits)) as frames:
        next(frames)


def sharpest_of_intervals(sharpness: Sequence[float], count: int) -> list[int]:
    """The index of the sharpest of each of `count` equal intervals; all indices if they are few."""
    intervals = np.array_split(np.arange(len(sharpness)), min(count, len(sharpness)))
    return [int(max(interval, key=lambda index: sharpness[index])) for interval in intervals]


def _sharpness(grey: UInt8[np.ndarray, "height width"]) -> float:
    """Variance of the Laplacian."""
    levels = grey.astype(np.int16)
    middle = 4 * levels[1:-1, 1:-1]
    around = levels[:-2, 1:-1] + levels[2:, 1:-1] + levels[1:-1, :-2] + levels[1:-1, 2:]
    return float((middle - around).var(dtype=np.float64))


def _command(path: Path, limits: VideoLimits, find_ffmpeg: Callable[[], str]) -> list[str]:
    """The first half of a command that reads the film, whose size has been checked."""
    try:
        ffmpeg = find_ffmpeg()
    except RuntimeError as error:
        raise CaptureError(
            "No working ffmpeg was found to read the video; reinstall the package imageio-ffmpeg."
        ) from error
    _check_file(path, limits)
    return _reading(ffmpeg, path, limits)


def _check_file(path: Path, limits: VideoLimits) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise CaptureError(f"The video {path.name} cannot be read: {error.strerror}.") from error
    if size > limits.file_bytes:
        raise CaptureError(
            f"The video has {size / 1e9:.1f} GB; "
            f"the most accepted is {limits.file_bytes / 1e9:.1f} GB. Cut or compress it."
        )


def _reading(ffmpeg: str, path: Path, limits: VideoLimits) -> list[str]:
    """The first half of a command: what to read, and that it may read nothing else."""
    gate = f"-protocol_whitelist file -format_whitelist {FORMATS} -max_pixels {limits.pixels}"
    source = ["-i", f"file:{path.resolve()}", "-map", "0:v:0", "-an", "-sn", "-dn"]
    return [ffmpeg, "-nostdin", "-y", "-v", "error", *gate.split(), *source]


def _candidates(
    command: Sequence[str], limits: VideoLimits
) -> Iterator[UInt8[np.ndarray, "height width"]]:
    """Decodes the film once, to small grey squares.

    Raises:
        CaptureError: nothing could be decoded, or more than the limits allow.
    """
    side = JUDGED_SIDE_PX
    filters = f"{CANDIDATES},scale={side}:{side}:flags=area,format=gray"
    output = f"-fps_mode passthrough -frames:v {limits.candidates + 1} -f rawvideo -"
    count = 0
    with tempfile.TemporaryFile() as words:
        with (
            subprocess.Popen(
                [*command, "-vf", filters, *output.split()], stdout=subprocess.PIPE, stderr=words
            ) as process,
            _killed_after(process, limits.seconds),
        ):
            while len(data := process.stdout.read(side * side)) == side * side:
                count += 1
                if count > limits.candidates:
                    raise CaptureError(
                        f"The video is too long: {limits.candidates / 600:.0f} minutes are the "
                        "most. Cut it, or take photos out of it."
                    )
                yield np.frombuffer(data, np.uint8).reshape(side, side)
        words.seek(0)
        if count == 0:
            raise _nothing_read(words.read(100_000), limits)


@contextlib.contextmanager
def _killed_after(process: subprocess.Popen, seconds: float) -> Iterator[None]:
    """Ends the process with the block, or in the middle of it when the time is up.

    Raises:
        CaptureError: the time was up.
    """
    alarm = threading.Timer(seconds, process.kill)
    alarm.start()
    try:
        yield
        if not alarm.is_alive():
            raise CaptureError(
                f"Reading the video took longer than {seconds / 60:.0f} minutes; "
                "cut it, or save it smaller."
            )
    finally:
        alarm.cancel()
        process.kill()


def _nothing_read(words: bytes, limits: VideoLimits) -> CaptureError:
    if b"max pixel count" in words:
        return CaptureError(
            f"The video's frames have more than {limits.pixels / 1e6:.0f} megapixels; "
            "save it smaller."
        )
    return CaptureError(
        "This is not a video that can be opened, it is damaged, or it has no picture; "
        "use MP4, MOV, WebM, MKV or AVI."
    )


def _write(
    command: Sequence[str], chosen: Sequence[int], longer_side_px: int, folder: Path, seconds: float
) -> list[Path]:
    """Decodes the film again and writes the chosen candidates.

    Raises:
        CaptureError: it took too long.
    """
    side = longer_side_px
    size = f"scale='if(gte(iw,ih),min({side},iw),-2)':'if(gte(iw,ih),-2,min({side},ih))'"
    filters = f"{CANDIDATES},select='{_any_of(chosen)}',{size}"
    names = [f"frame_{index + 1:04d}.jpg" for index in range(len(chosen))]
    output = f"-fps_mode passthrough -q:v {JPEG_QUALITY} -frames:v {len(chosen)}".split()
    for name in names:
        (folder / name).unlink(missing_ok=True)  # of an earlier film
    with (
        subprocess.Popen(
            [*command, "-vf", filters, *output, "frame_%04d.jpg"],
            cwd=folder,  # not in the pattern: its name may have a % sign
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process,
        _killed_after(process, seconds),
    ):
        process.wait()
    # Fewer are there if a damaged film decodes to less this time.
    return [path for name in names if (path := folder / name).is_file()]


def _any_of(indices: Sequence[int]) -> str:
    """An expression true for these frames, as a balanced tree: ffmpeg allows no deep ones."""
    terms = [f"eq(n,{index})" for index in indices]
    while len(terms) > 1:
        terms = [f"({'+'.join(terms[at : at + 2])})" for at in range(0, len(terms), 2)]
    return terms[0]
