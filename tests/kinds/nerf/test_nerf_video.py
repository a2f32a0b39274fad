"""Videos: the sharp frames of real ones, and a clear sentence about everything else."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image, ImageFilter

from pds.base.errors import CaptureError, ConfigError
from pds.base.images import open_image
from pds.kinds.nerf.capture.video import VideoLimits, read_video, sharpest_of_intervals

SIZE = (160, 90)
NO_VIDEO = "not a video that can be opened"


def drawing() -> Image.Image:
    levels = np.random.default_rng(0).integers(0, 256, (15, 26, 3), dtype=np.uint8)
    return Image.fromarray(levels).resize(SIZE, Image.Resampling.NEAREST)


def encode(path: Path, frames: list[Image.Image], *options: str, fps: int = 10) -> Path:
    """A film of these frames; options come before its name."""
    width, height = frames[0].size
    source = f"-f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {fps} -i -"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *source.split(), *options]
    data = b"".join(frame.tobytes() for frame in frames)
    subprocess.run([*command, str(path)], input=data, check=True)
    return path


def moving(count: int) -> list[Image.Image]:
    """A band that grows from the left tells which frame this is."""
    frames = []
    for index in range(count):
        frame = drawing()
        frame.paste("black", (0, 0, SIZE[0], 30))
        frame.paste("white", (0, 0, round(SIZE[0] * index / count), 30))
        frames.append(frame)
    return frames


def shown_time(path: Path) -> float:
    """How far the band of `moving` has come, 0 to 1."""
    return float((np.asarray(Image.open(path).convert("L"))[5:25] > 128).mean())


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    """Four seconds, ten frames a second."""
    return encode(tmp_path_factory.mktemp("film") / "film.mp4", moving(40))


def test_frames_are_spread_over_the_whole_film_in_order(film, tmp_path):
    photos = read_video(film, frames=10, folder=tmp_path / "new" / "100%d")
    assert photos.names == tuple(path.name for path in photos.paths)
    times = [shown_time(path) for path in photos.paths]
    assert len(times) == 10
    for interval, time in enumerate(times):
        assert interval / 10 - 0.02 <= time <= (interval + 1) / 10 + 0.02


def test_of_each_interval_the_frame_that_is_not_blurred_is_taken(tmp_path):
    frames = moving(32)
    sharp = [1, 6, 8, 15, 17, 20, 26, 31]
    for index in set(range(32)) - set(sharp):
        frames[index] = frames[index].filter(ImageFilter.BoxBlur(3))
    film = encode(tmp_path / "shaky.mp4", frames)
    photos = read_video(film, frames=8, folder=tmp_path)
    times = [shown_time(path) for path in photos.paths]
    assert times == pytest.approx([index / 32 for index in sharp], abs=0.02)


def test_the_sharpest_of_equal_intervals():
    assert sharpest_of_intervals([1, 5, 2, 9, 9, 3], 3) == [1, 3, 4]
    assert sharpest_of_intervals([3, 1, 2], 8) == [0, 1, 2]


def test_a_fast_film_gives_ten_frames_a_second_and_a_slow_one_all_of_its_own(tmp_path):
    fast = encode(tmp_path / "fast.mp4", moving(60), fps=60)
    assert len(read_video(fast, folder=tmp_path / "fast")) == 10
    slow = encode(tmp_path / "slow.mp4", moving(9), fps=1)
    assert len(read_video(slow, folder=tmp_path / "slow")) == 9


def test_hundreds_of_frames_can_be_chosen(tmp_path):
    film = encode(tmp_path / "long.mp4", moving(310))
    assert len(read_video(film, frames=300, folder=tmp_path)) == 300


@pytest.mark.parametrize(
    ("size", "written"), [((160, 90), (100, 56)), ((90, 160), (56, 100)), ((64, 48), (64, 48))]
)
def test_frames_are_made_smaller_but_never_larger(tmp_path, size, written):
    film = encode(tmp_path / "film.mp4", [drawing().resize(size)] * 3)
    photos = read_video(film, longer_side_px=100, folder=tmp_path)
    assert open_image(photos.paths[0]).size == written


def test_a_film_taken_on_its_side_is_turned_upright(tmp_path):
    flat = encode(tmp_path / "flat.mp4", [drawing()] * 3)
    turned = tmp_path / "turned.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-display_rotation", "90"]
    subprocess.run([*command, "-i", str(flat), "-c", "copy", str(turned)], check=True)
    photos = read_video(turned, folder=tmp_path)
    assert open_image(photos.paths[0]).size == (90, 160)


@pytest.mark.parametrize("ending", ["webm", "avi", "mkv", "mov"])
def test_other_containers_are_read(tmp_path, ending):
    film = encode(tmp_path / f"film.{ending}", moving(10))
    assert len(read_video(film, folder=tmp_path)) == 10


def test_frames_of_an_earlier_film_are_not_mixed_in(film, tmp_path):
    read_video(film, frames=20, folder=tmp_path)
    assert len(read_video(film, frames=10, folder=tmp_path)) == 10


def test_half_a_film_gives_the_frames_it_has(tmp_path):
    film = encode(tmp_path / "film.mkv", moving(100), "-c:v", "mjpeg")
    data = film.read_bytes()
    film.write_bytes(data[: len(data) // 2])
    photos = read_video(film, folder=tmp_path, frames=300)
    assert 30 < len(photos) < 60


@pytest.mark.parametrize(
    "data",
    [b"", b"hello\n", b"\0\0\0\x18ftypmp42" + bytes(200), np.random.default_rng(1).bytes(9999)],
)
def test_what_is_no_video_is_refused(tmp_path, data):
    path = tmp_path / "film.mp4"
    path.write_bytes(data)
    with pytest.raises(CaptureError, match=NO_VIDEO):
        read_video(path, folder=tmp_path)


def test_a_film_cut_off_before_its_index_is_refused(film, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(film.read_bytes()[:3000])
    with pytest.raises(CaptureError, match=NO_VIDEO):
        read_video(path, folder=tmp_path)


def test_a_picture_and_a_sound_are_no_video(tmp_path):
    picture, sound = tmp_path / "picture.mp4", tmp_path / "sound.m4a"
    drawing().save(picture, format="PNG")
    tone = ["-f", "lavfi", "-i", "sine=d=0.2"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *tone, str(sound)]
    subprocess.run(command, check=True)
    for path in (picture, sound):
        with pytest.raises(CaptureError, match=NO_VIDEO):
            read_video(path, folder=tmp_path)


@pytest.mark.parametrize(
    "text", ["ffconcat version 1.0\nfile {}\n", "#EXTM3U\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"]
)
def test_a_list_cannot_make_another_file_be_read(film, tmp_path, text):
    beside = tmp_path / "film.mp4"
    beside.write_bytes(film.read_bytes())
    for ending in ("mp4", "m3u8", "ffconcat"):
        path = tmp_path / f"list.{ending}"
        path.write_text(text.format("film.mp4"), encoding="utf-8")
        with pytest.raises(CaptureError, match=NO_VIDEO):
            read_video(path, folder=tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CaptureError, match=r"holiday\.mp4 cannot be read: No such file"):
        read_video(tmp_path / "holiday.mp4", folder=tmp_path)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (VideoLimits(candidates=20), "The video is too long"),
        (VideoLimits(pixels=10_000), "more than 0 megapixels"),
        (VideoLimits(file_bytes=1000), "the most accepted is"),
        (VideoLimits(seconds=0.001), "took longer than"),
    ],
)
def test_what_goes_beyond_the_limits_is_refused(film, tmp_path, limits, sentence):
    with pytest.raises(CaptureError, match=sentence):
        read_video(film, folder=tmp_path, limits=limits)


def test_a_missing_ffmpeg_is_told(film, tmp_path):
    def missing() -> str:
        raise RuntimeError("no ffmpeg exe could be found")

    with pytest.raises(CaptureError, match="reinstall the package imageio-ffmpeg"):
        read_video(film, folder=tmp_path, find_ffmpeg=missing)


@pytest.mark.parametrize("wrong", [{"frames": 7}, {"frames": 301}, {"longer_side_px": 63}])
def test_settings_out_of_range_are_refused(film, tmp_path, wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        read_video(film, folder=tmp_path, **wrong)
