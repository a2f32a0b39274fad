"""Films as files: even, exact, playable anywhere; complete or not there."""

import numpy as np
import pytest
from PIL import Image

from pds.base.errors import ConfigError, ExportError
from pds.base.video import same_size, write_mp4, write_webp
from tests.doubles.film_reading import film
from tests.doubles.work_doubles import blocked


def frames(count: int = 4, size: tuple[int, int] = (32, 24)) -> list[Image.Image]:
    return [Image.new("RGB", size, (60 * index, 200, 40)) for index in range(count)]


@pytest.mark.parametrize("size", [(32, 24), (33, 25)])
def test_the_mp4_has_even_exact_size_and_the_wanted_length(tmp_path, size):
    path = write_mp4(tmp_path / "a.mp4", frames(6, size), fps=12, hold_last_s=0.5)
    facts, pictures = film(path)
    width, height = (side + side % 2 for side in size)
    assert pictures.shape == (6 + 6, height, width, 3)
    assert "yuv420p" in facts
    assert " 12 fps" in facts
    assert np.abs(pictures[0, :20, :20].astype(int) - (0, 200, 40)).max() < 20


def test_the_mp4_can_be_played_while_it_loads(tmp_path):
    data = write_mp4(tmp_path / "a.mp4", frames()).read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_an_odd_frame_gains_a_white_line_and_is_not_rescaled(tmp_path):
    black = [Image.new("RGB", (31, 31), "black")] * 2
    picture = film(write_mp4(tmp_path / "a.mp4", black))[1][0]
    assert picture[:, 31].mean() > 150
    assert picture[:30, :30].mean() < 10


def test_the_webp_is_animated_and_holds_its_last_frame(tmp_path):
    path = write_webp(tmp_path / "a.webp", frames(5), fps=10, hold_last_s=2)
    durations = []
    with Image.open(path) as picture:
        assert picture.n_frames == 5
        assert picture.size == (32, 24)
        assert picture.info["loop"] == 0
        for index in range(5):
            picture.seek(index)
            picture.load()
            durations.append(picture.info["duration"])
    assert durations == [100, 100, 100, 100, 2100]


def test_a_film_of_one_frame_is_possible(tmp_path):
    assert write_mp4(tmp_path / "a.mp4", frames(1)).stat().st_size > 0
    assert write_webp(tmp_path / "a.webp", frames(1)).stat().st_size > 0


@pytest.mark.parametrize("write", [write_mp4, write_webp])
def test_films_without_frames_or_of_many_sizes_or_speeds_are_refused(tmp_path, write):
    path = tmp_path / "a.film"
    with pytest.raises(ExportError, match="no frames"):
        write(path, [])
    with pytest.raises(ExportError, match="differ in size"):
        write(path, [*frames(1), *frames(1, (8, 8))])
    with pytest.raises(ConfigError, match="fps"):
        write(path, frames(), fps=0)
    with pytest.raises(ConfigError, match="hold_last_s"):
        write(path, frames(), hold_last_s=-1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [write_mp4, write_webp])
def test_a_film_into_an_unwritable_folder_is_an_export_error(tmp_path, write):
    with pytest.raises(ExportError, match="cannot be written"):
        write(blocked(tmp_path) / "a.mp4", frames())


def test_an_encoder_that_fails_leaves_no_film(tmp_path):
    # libx264 writes no such container, so ffmpeg ends with an error.
    with pytest.raises(ExportError, match="cannot be written"):
        write_mp4(tmp_path / "a.unknown", frames())
    assert list(tmp_path.iterdir()) == []


def test_a_missing_ffmpeg_is_an_export_error(tmp_path):
    def nowhere():
        raise RuntimeError("No ffmpeg exe could be found.")

    with pytest.raises(ExportError, match="reinstall the package imageio-ffmpeg"):
        write_mp4(tmp_path / "a.mp4", frames(), find_ffmpeg=nowhere)
    with pytest.raises(ExportError, match="cannot be written"):
        write_mp4(tmp_path / "a.mp4", frames(), find_ffmpeg=lambda: str(tmp_path / "none"))
    assert list(tmp_path.iterdir()) == []


def test_frames_become_rgb():
    assert [picture.mode for picture in same_size([Image.new("RGBA", (4, 4))])] == ["RGB"]
