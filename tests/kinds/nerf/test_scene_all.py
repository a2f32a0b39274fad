"""Everything an edit of a scene leaves behind, and what can be written of a scene alone."""

import dataclasses
import subprocess
import zipfile

import imageio_ffmpeg
import pytest
import trimesh
from PIL import Image

from pds.base.errors import ConfigError, ExportError
from pds.kinds.nerf.checkpoint import load_scene
from pds.kinds.nerf.export.exports import Choice, export_scene, export_scene_run
from pds.kinds.nerf.fields.grid_field import RAW_EMPTY
from pds.settings.config import EditConfig
from pds.work.scene_recipe import SceneRecipe, digest
from tests.doubles.scene_cli_doubles import FILES, PICTURE_FILES, FakeSceneRun, ball, save_scene

RED, BLUE = (0.9, 0.1, 0.1), (0.1, 0.1, 0.9)
SMALL = {"size_px": 38, "film_px": 34, "frames": 3, "mesh_resolution": 24}


def finished_run(source=None, steps: int = 4) -> FakeSceneRun:
    edit = EditConfig(source_prompt="a red ball", target_prompt="a blue ball", steps=steps)
    run = FakeSceneRun(steps, "ball", before_step=lambda index: None, source=source)
    run.recipe = SceneRecipe(scene_sha256="ab" * 32, edit=edit)
    for _ in run.steps():
        pass
    run.scene = lambda: ball(BLUE)
    return run


def film(path, width: int, height: int) -> list[Image.Image]:
    """The frames of an MP4 of that size."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path)]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    data = subprocess.run([*command, *raw], capture_output=True, check=True).stdout
    size = width * height * 3
    assert len(data) % size == 0
    starts = range(0, len(data), size)
    return [Image.frombytes("RGB", (width, height), data[s : s + size]) for s in starts]


def is_red(pixel) -> bool:
    return pixel[0] > 150 > 80 > pixel[2]


def is_blue(pixel) -> bool:
    return pixel[2] > 150 > 80 > pixel[0]


def test_all_that_an_edit_leaves_is_written_and_can_be_opened(tmp_path):
    data = save_scene(ball(RED))
    run = finished_run(load_scene(data))
    paths = export_scene_run(tmp_path / "out", run, source=data, **SMALL)
    names = [*FILES, *PICTURE_FILES, "mesh.glb"]
    assert [path.name for path in paths] == names
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(names)
    out = {path.name: path for path in paths}
    assert out["source.safetensors"].read_bytes() == data
    assert SceneRecipe.from_json(out["recipe.json"].read_bytes()) == run.recipe
    assert save_scene(load_scene(out["edited.safetensors"])) == save_scene(run.scene())
    for number in range(1, 5):
        with Image.open(out[f"view_{number}.png"]) as picture:
            assert picture.size == (38, 38)
            assert is_blue(picture.getpixel((19, 19)))
    assert len(film(out["process.mp4"], 256, 256)) >= run.taken
    around = film(out["turntable.mp4"], 34, 34)
    assert len(around) == 3
    assert is_blue(around[0].getpixel((17, 17)))
    with Image.open(out["turntable.webp"]) as picture:
        assert (picture.n_frames, picture.info["loop"]) == (3, 0)
    both = film(out["before_after.mp4"], 68, 34)
    assert len(both) == 3
    for frame in both:
        assert is_red(frame.getpixel((17, 17)))
        assert is_blue(frame.getpixel((51, 17)))
    mesh = trimesh.load(out["mesh.glb"], force="mesh")
    assert mesh.is_watertight
    assert mesh.volume > 0
    assert is_blue(mesh.visual.vertex_colors[0])


def test_a_source_whose_file_is_not_known_is_saved_anew(tmp_path):
    run = finished_run(ball(RED))
    export_scene_run(tmp_path, run, mesh=False, **SMALL)
    assert (tmp_path / "source.safetensors").read_bytes() == save_scene(ball(RED))
    assert not (tmp_path / "mesh.glb").exists()


def test_a_run_without_a_source_has_no_before_and_after(tmp_path):
    paths = export_scene_run(tmp_path, finished_run(), mesh=False, **SMALL)
    left_out = ("source.safetensors", "before_after.mp4")
    names = [name for name in [*FILES, *PICTURE_FILES] if name not in left_out]
    assert [path.name for path in paths] == names


def test_without_a_surface_the_rest_is_written_and_the_reason_is_told(tmp_path):
    run = finished_run()
    empty = ball()
    empty.field.density_raw.data.fill_(RAW_EMPTY)
    run.scene = lambda: empty
    said = []
    paths = export_scene_run(tmp_path, run, say=said.append, **SMALL)
    assert "mesh.glb" not in [path.name for path in paths]
    assert (tmp_path / "turntable.mp4").is_file()
    assert len(said) == 1
    assert said[0].endswith("No mesh was written.")


def test_older_files_are_replaced_and_others_stay(tmp_path):
    for name in ("recipe.json", "notes.txt"):
        (tmp_path / name).write_text("old")
    export_scene_run(tmp_path, finished_run(), mesh=False, **SMALL)
    assert (tmp_path / "notes.txt").read_text() == "old"
    assert (tmp_path / "recipe.json").read_text() != "old"


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_drawn(tmp_path):
    (tmp_path / "file").write_text("")
    run = finished_run()
    run.scene = lambda: pytest.fail("drawn")
    for write in (
        lambda: export_scene_run(tmp_path / "file", run),
        lambda: export_scene(tmp_path / "file", ball(), Choice(mesh=True)),
    ):
        with pytest.raises(ExportError, match="choose another folder"):
            write()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"turntable": False}, "nothing to write"),
        ({"turntable": False, "depth": True}, "nothing to write"),
        ({"size_px": 31}, "size is 31"),
        ({"size_px": 1025}, "size is 1025"),
        ({"film_px": 2000}, "film size is 2000"),
        ({"frames": 1}, "frames is 1"),
        ({"elevation_deg": 91}, "elevation is 91"),
        ({"faces": 99}, "faces is 99"),
        ({"resolution": 15}, "mesh resolution is 15"),
        ({"views": ((361.0, 0.0),)}, "azimuth is 361"),
        ({"views": ((0.0, float("nan")),)}, "elevation is nan"),
    ],
)
def test_a_choice_out_of_range_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        Choice(**{"turntable": True, **changes})
    numbers = {k: v for k, v in changes.items() if k in ("size_px", "film_px", "frames")}
    if numbers:
        with pytest.raises(ConfigError, match=message):
            export_scene_run("nowhere", finished_run(), **numbers)


def test_only_what_was_chosen_of_a_scene_is_written(tmp_path):
    small = {"size_px": 32, "film_px": 32, "frames": 2, "resolution": 24}
    chosen = {
        "checkpoint": ["scene.safetensors"],
        "transforms": ["capture.zip"],
        "mesh": ["mesh.glb"],
        "ply": ["mesh.ply"],
        "turntable": ["turntable.mp4", "turntable.webp"],
    }
    for part, names in chosen.items():
        paths = export_scene(tmp_path / part, ball(), Choice(**{part: True}, **small))
        assert [path.name for path in paths] == names
        assert sorted(path.name for path in (tmp_path / part).iterdir()) == names
    assert digest((tmp_path / "checkpoint" / "scene.safetensors").read_bytes()) == digest(
        save_scene(ball())
    )
    with zipfile.ZipFile(tmp_path / "transforms" / "capture.zip") as archive:
        assert "transforms.json" in archive.namelist()


def test_depth_goes_with_views_and_turntable(tmp_path):
    choice = Choice(
        depth=True, turntable=True, views=((90.0, -5.5),), size_px=32, film_px=32, frames=2
    )
    paths = export_scene(tmp_path, ball(RED), choice)
    assert [path.name for path in paths] == [
        "view_90_-5.5.png", "view_90_-5.5_depth.png", "turntable.mp4", "turntable.webp",
        "depth.mp4",
    ]  # fmt: skip
    with Image.open(paths[0]) as picture, Image.open(paths[1]) as depth:
        assert is_red(picture.getpixel((16, 16)))
        red, green, blue = depth.getpixel((16, 16))
        assert red == green == blue > 100
        assert depth.getpixel((0, 0)) == (0, 0, 0)


def test_the_films_play_everywhere(tmp_path):
    export_scene(tmp_path, ball(), Choice(turntable=True, film_px=33, frames=2))
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    path = tmp_path / "turntable.mp4"
    told = subprocess.run([ffmpeg, "-i", path], capture_output=True, text=True, check=False).stderr
    assert "h264" in told
    assert "yuv420p" in told
    assert "34x34" in told
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_two_exports_of_one_scene_are_equal(tmp_path):
    choice = Choice(turntable=True, ply=True, film_px=32, frames=2, resolution=24)
    one = export_scene(tmp_path / "one", ball(), choice)
    two = export_scene(tmp_path / "two", ball(), dataclasses.replace(choice))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
