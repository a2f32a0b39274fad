"""What can be taken away of a scene, by what it shows; that it opens is held by the contract."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import trimesh
from PIL import Image

from pds.base.errors import ConfigError, ExportError
from pds.kinds.nerf.fields.grid_field import RAW_EMPTY
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.kind import NERF
from pds.kinds.nerf.scene_asset import scene_asset
from pds.kinds.output import Made
from pds.settings import Prompts
from tests.doubles.film_reading import film
from tests.doubles.scene_doubles import ball_scene, logit

RED, BLUE = (0.9, 0.1, 0.1), (0.1, 0.1, 0.9)


def ball(colour=RED) -> FittedScene:
    scene = ball_scene(has_front=False, resolution=24)
    with torch.no_grad():
        raw = scene.field.color_raw.view(*scene.field.color_raw.shape)
        channels = [logit(value) for value in colour]
        shape = [-1 if size == 3 else 1 for size in raw.shape]
        raw.copy_(torch.tensor(channels).view(shape).expand_as(raw))
    return scene


def made(*, source=True, edited: FittedScene | None = None) -> Made:
    return Made(
        source=scene_asset(ball(RED), name="red") if source else None,
        edited=scene_asset(edited or ball(BLUE), name="blue"),
    )


def write(folder: Path, key: str, of: Made, **settings) -> dict[str, Path]:
    output = NERF.output(key)
    list(output.steps(of, output.Settings(**settings), folder))
    return output.paths(folder)


def frames(path: Path, width: int, height: int) -> list[Image.Image]:
    _, pictures = film(path)
    assert pictures.shape[1:3] == (height, width)
    return [Image.fromarray(picture) for picture in pictures]


def is_red(pixel) -> bool:
    return pixel[0] > 150 > 80 > pixel[2]


def is_blue(pixel) -> bool:
    return pixel[2] > 150 > 80 > pixel[0]


def test_four_views_show_the_edited_scene(tmp_path):
    for path in write(tmp_path, "views", made(), size_px=38).values():
        with Image.open(path) as picture:
            assert picture.size == (38, 38)
            assert is_blue(picture.getpixel((19, 19)))


def test_the_turntable_shows_the_result_and_beside_the_source_both(tmp_path):
    paths = write(tmp_path, "turntable", made(), film_px=34, frames=3)
    assert is_blue(frames(paths["turntable"], 34, 34)[0].getpixel((17, 17)))
    with Image.open(paths["turntable-webp"]) as picture:
        assert (picture.n_frames, picture.info["loop"]) == (3, 0)
    for frame in frames(paths["before-after"], 68, 34):
        assert is_red(frame.getpixel((17, 17)))
        assert is_blue(frame.getpixel((51, 17)))


def test_a_scene_made_of_photos_has_no_before_and_after(tmp_path):
    paths = write(tmp_path, "turntable", made(source=False), film_px=32, frames=2)
    assert set(paths) == {"turntable", "turntable-webp"}


def test_the_depth_is_a_film_of_greys(tmp_path):
    first = frames(write(tmp_path, "depth", made(), film_px=32, frames=2)["depth"], 32, 32)[0]
    red, green, blue = first.getpixel((16, 16))
    assert max(red, green, blue) - min(red, green, blue) <= 3
    assert red > 100
    assert max(first.getpixel((0, 0))) < 10


def test_a_mesh_is_closed_and_has_the_colours(tmp_path):
    mesh = trimesh.load(write(tmp_path, "mesh", made(), mesh_resolution=24)["glb"], force="mesh")
    assert mesh.is_watertight
    assert mesh.volume > 0
    assert is_blue(mesh.visual.vertex_colors[0])


def test_without_a_surface_there_is_no_mesh_and_the_reason_is_told(tmp_path):
    empty = ball()
    empty.field.density_raw.data.fill_(RAW_EMPTY)
    with pytest.raises(ExportError) as caught:
        write(tmp_path, "mesh", made(edited=empty), mesh_resolution=24)
    assert str(caught.value).endswith(".")
    assert list(tmp_path.iterdir()) == []


def test_a_capture_is_a_folder_of_pictures_with_their_cameras(tmp_path):
    path = write(tmp_path, "capture", made(), capture_px=32)["capture"]
    with zipfile.ZipFile(path) as archive:
        assert "transforms.json" in archive.namelist()


@pytest.mark.parametrize(
    ("key", "changes", "message"),
    [
        ("views", {"size_px": 31}, "size_px is 31"),
        ("views", {"size_px": 1025}, "size_px is 1025"),
        ("turntable", {"film_px": 2000}, "film_px is 2000"),
        ("turntable", {"frames": 1}, "frames is 1"),
        ("turntable", {"elevation_deg": 91}, "elevation_deg is 91"),
        ("mesh", {"faces": 99}, "faces is 99"),
        ("mesh", {"mesh_resolution": 15}, "mesh_resolution is 15"),
        ("capture", {"capture_px": 31}, "capture_px is 31"),
    ],
)
def test_a_choice_out_of_range_is_refused(key, changes, message):
    with pytest.raises(ConfigError, match=message):
        NERF.output(key).Settings(**changes)


def test_two_exports_of_one_scene_are_equal(tmp_path):
    small = {"turntable": {"film_px": 32, "frames": 2}, "mesh": {"mesh_resolution": 24}}
    for key, settings in small.items():
        one, two = (write(tmp_path / name, key, made(), **settings) for name in ("one", "two"))
        assert [p.read_bytes() for p in one.values()] == [p.read_bytes() for p in two.values()]


def test_a_folder_that_cannot_be_written_is_an_export_error(tmp_path):
    (tmp_path / "file").write_text("")
    for key in ("scene", "views", "mesh", "capture"):
        settings = {"views": {"size_px": 32}, "mesh": {"mesh_resolution": 16}}.get(key, {})
        with pytest.raises(ExportError, match="cannot be written"):
            write(tmp_path / "file", key, made(), **settings)


def test_what_an_edit_did_is_remembered_and_its_history_stays_short():
    scene = replace(ball(), history=tuple(f"step {i}" for i in range(30)))
    asset = scene_asset(scene, name="x")
    options = {"size_px": 16, "device": "cpu", "generator": torch.Generator()}
    moving = NERF.parametric(asset, NERF.Settings(samples=16), **options)
    told = Prompts(source="a ball", target="a cube")
    reached = NERF.snapshot(moving, name="result", prompts=told).content
    assert reached.history[-1] == "a ball → a cube"
    assert len(reached.history) == 20
    assert reached.prompt == "a cube"
