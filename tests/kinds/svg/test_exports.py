"""Exports: complete files or none, and what is in them."""

import json
import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from pds.base.errors import ConfigError, ExportError
from pds.base.files import atomic_path, check_folder, write_bytes
from pds.base.video import same_size, write_mp4, write_webp
from pds.kinds.svg.document import Document
from pds.kinds.svg.exports import export_run
from pds.kinds.svg.write.png import TILE_PX, draw, write_image, write_png
from pds.kinds.svg.write.svg_file import write_svg
from pds.settings.config import EditConfig
from pds.work.recipe import Recipe
from pds.work.recipe_file import write_recipe
from tests.doubles.job_doubles import SVG, FakeRun


def frames(count: int = 4, size: tuple[int, int] = (32, 24)) -> list[Image.Image]:
    return [Image.new("RGB", size, (60 * index, 200, 40)) for index in range(count)]


def film(path: Path) -> tuple[str, np.ndarray]:
    """What ffmpeg says of the stream, and all its frames `[frames, height, width, 3]`."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path)]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    facts = next(line for line in done.stderr.decode().splitlines() if "Video: h264" in line)
    width, height = (int(side) for side in re.search(r", (\d+)x(\d+)", facts).groups())
    return facts, np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3)


def recipe() -> Recipe:
    return Recipe(source=SVG, edit=EditConfig(source_prompt="a cat", target_prompt="a dog"))


def blocked(tmp_path: Path) -> Path:
    """A file where a folder should be: not even root can write below it."""
    path = tmp_path / "file"
    path.write_text("in the way")
    return path


def test_an_atomic_file_appears_only_when_the_block_ends(tmp_path):
    path = tmp_path / "new" / "folder" / "picture.png"
    with atomic_path(path) as unfinished:
        unfinished.write_text("whole")
        assert unfinished.parent == path.parent
        assert unfinished.suffix == ".png"
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_a_failure_keeps_the_older_file_and_leaves_nothing_else(tmp_path, error):
    path = tmp_path / "a.svg"
    path.write_text("old")

    def write_half():
        with atomic_path(path) as unfinished:
            unfinished.write_text("half")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_fails_before_it_writes_leaves_nothing(tmp_path):
    with pytest.raises(ExportError, match="disk is full"), atomic_path(tmp_path / "a.svg"):
        raise OSError("the disk is full")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.svg", "deeper/a.svg"])
def test_a_file_in_place_of_the_folder_is_an_export_error(tmp_path, name):
    path = blocked(tmp_path) / name
    with pytest.raises(ExportError, match=r"cannot be written .*choose another folder"):
        write_bytes(path, b"x")


def test_a_folder_in_place_of_the_file_is_an_export_error(tmp_path):
    (tmp_path / "a.svg").mkdir()
    with pytest.raises(ExportError, match="cannot be written"):
        write_bytes(tmp_path / "a.svg", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]


@pytest.mark.parametrize(("name", "why"), [("nul\0", "not a possible"), ("x" * 300, "too long")])
def test_an_impossible_name_is_an_export_error(tmp_path, name, why):
    with pytest.raises(ExportError, match=why):
        write_bytes(tmp_path / name / "a.svg", b"x")


def test_a_folder_is_checked_without_a_trace(tmp_path):
    folder = check_folder(tmp_path / "a" / "b")
    assert folder.is_dir()
    assert list(folder.iterdir()) == []
    with pytest.raises(ExportError, match="cannot be written"):
        check_folder(blocked(tmp_path))
    with pytest.raises(ExportError, match="not a possible name"):
        check_folder(tmp_path / "nul\0")


def test_svg_and_recipe_are_written_byte_for_byte(tmp_path):
    assert write_svg(tmp_path / "a.svg", SVG.encode()).read_bytes() == SVG.encode()
    path = write_recipe(tmp_path / "recipe.json", recipe())
    assert Recipe.from_json(path.read_bytes()) == recipe()


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


def test_a_picture_survives_writing(tmp_path):
    path = write_image(tmp_path / "a.png", frames()[1])
    assert np.array_equal(np.array(Image.open(path)), np.array(frames()[1]))


WIDE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 5 40 20">'
    '<rect x="-10" y="5" width="20" height="10" fill="#ff0000"/>'
    '<circle cx="20" cy="15" r="7.3" fill="#0000ff" fill-opacity="0.5"/></svg>'
)


def test_a_png_has_the_canvas_shape_and_its_longer_side_as_asked(tmp_path):
    document = Document.read(WIDE.encode())
    path = write_png(tmp_path / "a.png", document.drawing, document.parameters, 100)
    with Image.open(path) as picture:
        assert (picture.size, picture.mode) == ((100, 50), "RGB")
        assert picture.getpixel((10, 10)) == (255, 0, 0)
        assert picture.getpixel((40, 40)) == (255, 255, 255)
        assert picture.getpixel((75, 25)) == (128, 128, 255)


def test_a_transparent_png_has_straight_colours_and_no_background():
    document = Document.read(WIDE.encode())
    picture = draw(document.drawing, document.parameters, 100, transparent=True)
    assert picture.mode == "RGBA"
    assert picture.getpixel((40, 40))[3] == 0
    red, blue = picture.getpixel((10, 10)), picture.getpixel((75, 25))
    assert red == (255, 0, 0, 255)
    assert np.abs(np.subtract(blue, (0, 0, 255, 128))).max() <= 1


def test_a_large_png_is_put_together_without_seams():
    document = Document.read(WIDE.encode())
    large = TILE_PX + 400
    whole = draw(document.drawing, document.parameters, TILE_PX)
    tiled = draw(document.drawing, document.parameters, large)
    assert tiled.size == (large, large // 2)
    small = np.asarray(tiled.resize(whole.size, Image.Resampling.BOX)).astype(int)
    assert np.abs(small - np.asarray(whole)).mean() < 0.1
    blue = np.asarray(tiled)[large // 4, :, 0]
    assert len(set(blue[TILE_PX - 5 : TILE_PX + 5])) == 1


@pytest.mark.parametrize("size", [0, 15, 4097, True])
def test_a_png_size_out_of_range_is_refused(tmp_path, size):
    document = Document.read(WIDE.encode())
    with pytest.raises(ConfigError, match="from 16 to 4096"):
        write_png(tmp_path / "a.png", document.drawing, document.parameters, size)


def test_a_run_is_exported_whole(tmp_path):
    run = FakeRun(recipe=recipe())
    for _ in run.steps():
        pass
    paths = export_run(tmp_path / "out", run, png_px=32)
    names = ["edited.svg", "edited.png", "process.mp4", "process.webp", "recipe.json", "source.svg"]
    assert [path.name for path in paths] == names
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(names)
    assert paths[0].read_bytes() == run.svg()
    assert paths[5].read_bytes() == SVG.encode()
    assert json.loads(paths[4].read_text())["edit"]["target_prompt"] == "a dog"
    with Image.open(paths[1]) as picture:
        assert picture.size == (32, 32)
        assert picture.getpixel((25, 10)) == (0, 0, 255)


def test_a_run_is_not_exported_into_a_file(tmp_path):
    with pytest.raises(ExportError, match="cannot be written"):
        export_run(blocked(tmp_path), FakeRun(recipe=recipe()))
