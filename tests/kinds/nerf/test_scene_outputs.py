"""Everything that can be taken away of a scene, each file as other programs read it."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from PIL import Image

from pds.base.errors import ConfigError, ExportError
from pds.base.film import Film
from pds.kinds.nerf.checkpoint import load_scene, save_scene
from pds.kinds.nerf.fields.grid_field import RAW_EMPTY
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.outputs import OUTPUTS
from pds.kinds.nerf.scene_asset import scene_asset
from pds.kinds.output import Made
from tests.doubles.film_reading import film
from tests.doubles.scene_doubles import ball_scene

RED, BLUE = (0.9, 0.1, 0.1), (0.1, 0.1, 0.9)
BY_KEY = {output.key: output for output in OUTPUTS}
SMALL = {
    "views": {"size_px": 38},
    "turntable": {"film_px": 34, "frames": 3},
    "depth": {"film_px": 34, "frames": 3},
    "mesh": {"mesh_resolution": 24},
    "capture": {"capture_px": 32},
}


def ball(paint=RED) -> FittedScene:
    """A ball of one colour."""
    scene = ball_scene()
    logits = [float(np.log(value / (1 - value))) for value in paint]
    scene.field.color_raw.data.copy_(scene.field.color_raw.new_tensor(logits).expand(12, 12, 12, 3))
    return scene


def made(*, source: bool = True, edited: FittedScene | None = None, **facts) -> Made:
    before = scene_asset(ball(RED), name="ball") if source else None
    return Made(edited=scene_asset(edited or ball(BLUE), name="ball"), source=before, **facts)


def write(key: str, what: Made, folder, **settings) -> dict[str, bytes]:
    """Writes an output; returns what it wrote, by the files' names."""
    output = BY_KEY[key]
    chosen = output.Settings(**(SMALL.get(key, {}) | settings))
    steps = list(output.steps(what, chosen, folder))
    assert [step.index for step in steps] == list(range(steps[0].total))
    return {path.name: path.read_bytes() for path in output.paths(folder).values()}


def is_red(pixel) -> bool:
    return bool(pixel[0] > 150 > 80 > pixel[2])


def is_blue(pixel) -> bool:
    return bool(pixel[2] > 150 > 80 > pixel[0])


def test_the_scene_file_opens_again_and_the_source_is_as_it_was(tmp_path):
    what = made(recipe='{"version": 2}')
    (data,) = write("scene", what, tmp_path).values()
    assert save_scene(load_scene(data)) == data == save_scene(what.edited.content)
    assert write("source", what, tmp_path) == {"source.safetensors": what.source.data}
    assert write("recipe", what, tmp_path) == {"recipe.json": b'{"version": 2}'}


def test_what_a_run_does_not_have_is_not_offered():
    offered = {key for key, output in BY_KEY.items() if output.offered(made(source=False))}
    assert not offered & {"source", "recipe", "film"}
    assert offered >= {"scene", "views", "turntable", "depth", "mesh", "capture"}


def test_four_views_show_the_edited_scene(tmp_path):
    files = write("views", made(), tmp_path)
    assert list(files) == [f"view_{number}.png" for number in range(1, 5)]
    for data in files.values():
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.size == (38, 38)
            assert is_blue(picture.getpixel((19, 19)))


def test_the_film_of_the_process_is_as_sharp_as_it_was_recorded(tmp_path):
    recorded = Film(8)
    for step in range(5):
        recorded.add(step, Image.new("RGB", (64, 48), (50 * step, 0, 0)))
    write("film", made(film=recorded), tmp_path)
    facts, frames = film(tmp_path / "process.mp4")
    assert "64x48" in facts
    assert [round(float(frame[..., 0].mean()) / 50) for frame in frames[:5]] == [0, 1, 2, 3, 4]


def test_a_turntable_goes_around_both_scenes_at_once(tmp_path):
    files = write("turntable", made(), tmp_path)
    assert list(files) == ["turntable.mp4", "turntable.webp", "before_after.mp4"]
    facts, around = film(tmp_path / "turntable.mp4")
    assert around.shape == (3, 34, 34, 3)
    assert is_blue(around[0][17, 17])
    assert "yuv420p" in facts
    with Image.open(tmp_path / "turntable.webp") as webp:
        assert (webp.n_frames, webp.info["loop"]) == (3, 0)
    both = film(tmp_path / "before_after.mp4")[1]
    assert both.shape == (3, 34, 68, 3)
    assert all(is_red(frame[17, 17]) and is_blue(frame[17, 51]) for frame in both)
    data = files["turntable.mp4"]
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_scene_alone_has_no_before_and_after(tmp_path):
    files = write("turntable", made(source=False), tmp_path)
    assert list(files) == ["turntable.mp4", "turntable.webp"]


def test_the_film_of_depth_is_grey(tmp_path):
    write("depth", made(), tmp_path)
    frames = film(tmp_path / "depth.mp4")[1].astype(int)
    assert len(frames) == 3
    assert np.ptp(frames, axis=3).max() <= 4
    assert frames[0][17, 17].min() > 100
    assert frames[0][0, 0].max() < 20


def test_a_mesh_is_closed_and_coloured(tmp_path):
    files = write("mesh", made(), tmp_path)
    for name, data in files.items():
        mesh = trimesh.load(io.BytesIO(data), file_type=name.rpartition(".")[2], force="mesh")
        assert mesh.is_watertight
        assert mesh.volume > 0
        assert is_blue(mesh.visual.vertex_colors[0])


def test_a_scene_of_nothing_has_no_mesh_and_says_why(tmp_path):
    empty = ball()
    empty.field.density_raw.data.fill_(RAW_EMPTY)
    with pytest.raises(ExportError):
        write("mesh", made(edited=empty), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_capture_has_the_size_the_number_and_the_credit_wanted(tmp_path):
    told = replace(ball(), credit="A. Maker, CC-BY 4.0")
    (data,) = write("capture", made(edited=told), tmp_path, capture_views=6).values()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        values = json.loads(archive.read("transforms.json"))
        pictures = [name for name in archive.namelist() if name.endswith(".png")]
        with Image.open(archive.open(pictures[-1])) as picture:
            assert picture.size == (32, 32)
    assert len(values["frames"]) == len(pictures) == 6
    assert values["pds"]["credit"] == "A. Maker, CC-BY 4.0"


@pytest.mark.parametrize(
    ("key", "settings", "words"),
    [
        ("views", {"size_px": 31}, "size_px is 31"),
        ("views", {"size_px": 1025}, "size_px is 1025"),
        ("turntable", {"film_px": 2000}, "film_px is 2000"),
        ("turntable", {"frames": 1}, "frames is 1"),
        ("turntable", {"elevation_deg": 91}, "elevation_deg is 91"),
        ("turntable", {"elevation_deg": float("nan")}, "elevation_deg is nan"),
        ("mesh", {"faces": 99}, "faces is 99"),
        ("mesh", {"mesh_resolution": 15}, "mesh_resolution is 15"),
        ("capture", {"capture_px": 31}, "capture_px is 31"),
        ("capture", {"capture_views": 2001}, "capture_views is 2001"),
    ],
)
def test_a_setting_out_of_range_is_refused(key, settings, words):
    with pytest.raises(ConfigError, match=words):
        BY_KEY[key].Settings(**settings)


@pytest.mark.parametrize("key", ["scene", "views", "turntable", "mesh", "capture"])
def test_a_place_that_cannot_be_written_is_said_to_be_so(tmp_path, key):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="choose another folder"):
        write(key, made(), tmp_path / "file")


@pytest.mark.parametrize("key", ["turntable", "mesh", "capture"])
def test_two_exports_of_one_scene_are_equal(tmp_path, key):
    assert write(key, made(), tmp_path / "a") == write(key, made(), tmp_path / "b")
