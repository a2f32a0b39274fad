"""`scene export`, lists of presets, help, and the contact sheet of scenes."""

import pytest
from PIL import Image

from pds.cli.main import main
from pds.cli.options import FIT_OPTIONS, NERF_OPTIONS, REFINE_OPTIONS
from tests.doubles.scene_cli_doubles import (
    SceneStage,
    write_ball,
)
from tests.work.test_presets import make as make_drawing
from tests.work.test_scene_presets import make as make_preset


@pytest.fixture
def stage(tmp_path):
    make_preset(tmp_path / "presets")
    return SceneStage(tmp_path / "presets")


@pytest.fixture
def scene(tmp_path):
    return write_ball(tmp_path / "Mein Ball.safetensors", name="Mein Ball")


def test_what_is_asked_for_is_exported(stage, scene, tmp_path, capsys):
    out = tmp_path / "out"
    argv = ["--turntable", "--depth", "--ply", "--transforms", "--png", "0,15", "--png=-90,-5.5"]
    small = ["--size", 32, "--film-size", 32, "--frames", 2, "--mesh-resolution", 24]
    assert stage("scene", "export", scene, *argv, *small, "-o", out) == 0
    names = [
        "view_0_15.png", "view_0_15_depth.png", "view_-90_-5.5.png", "view_-90_-5.5_depth.png",
        "turntable.mp4", "turntable.webp", "depth.mp4", "capture.zip", "mesh.ply",
    ]  # fmt: skip
    assert capsys.readouterr().out.split("\n")[:-1] == [str(out / name) for name in names]
    assert sorted(path.name for path in out.iterdir()) == sorted(names)


def test_a_turntable_and_a_mesh_are_exported_if_nothing_is_asked_for(stage, scene, tmp_path):
    small = ["--size", 32, "--film-size", 32, "--frames", 2, "--mesh-resolution", 24]
    assert stage("scene", "export", scene, *small, "-o", tmp_path / "out") == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["mesh.glb", "turntable.mp4", "turntable.webp"]


def test_presets_of_both_kinds_are_listed(stage, tmp_path, capsys):
    make_drawing(tmp_path / "presets", "cat-dog")
    for argv in (["presets"], ["--list-presets"], ["scene", "edit", "--list-presets"]):
        assert stage(*argv) == 0
        printed = capsys.readouterr().out
        drawings, scenes = printed.split("\n\n")
        assert drawings.startswith("Drawings (python -m pds edit --preset KEY):")
        assert scenes.startswith("Scenes (python -m pds scene edit --preset KEY):")
        assert "cat-dog" in drawings
        assert "cactus-tulips  “a 3D model of a cactus” to “a 3D model of tulips”" in scenes
        assert "A cactus grows flowers." in scenes


def test_the_help_names_every_option(capsys):
    tables = {"fit": FIT_OPTIONS, "edit": NERF_OPTIONS, "refine": REFINE_OPTIONS, "export": {}}
    for command, table in tables.items():
        with pytest.raises(SystemExit) as caught:
            main(["scene", command, "--help"])
        assert caught.value.code == 0
        printed = capsys.readouterr().out
        for option, *_ in table.values():
            assert f"{option} " in printed or f"{option}," in printed
        assert "default: yes) (default" not in printed
    with pytest.raises(SystemExit):
        main(["scene", "--help"])
    printed = capsys.readouterr().out
    assert all(command in printed for command in tables)


def test_a_contact_sheet_of_scenes_shows_three_views_of_source_and_methods(stage, tmp_path, capsys):
    make_preset(tmp_path / "presets", "second", order=3)
    path = tmp_path / "sheets" / "sheet.png"
    argv = ["-o", path, "--scenes", "--steps", 2, "--seed", 9, "--cell-px", 40]
    assert stage("contact-sheet", *argv) == 0
    assert capsys.readouterr().out == f"{path}\n"
    settings = [(run.recipe.edit.method, run.recipe.edit.seed, run.taken) for run in stage.edits]
    assert settings == [(method, 9, 2) for method in ("pds", "dds", "sds")] * 2
    assert [run.recipe.refine for run in stage.edits] == [None] * 6
    assert [run.recipe.name for run in stage.edits] == ["cactus-tulips"] * 3 + ["second"] * 3
    assert stage.refinements == []
    assert len(stage.loaded) == 1
    with Image.open(path) as picture:
        sheet = picture.convert("RGB")
    assert sheet.width == 12 * 40 + 8 * 2 + 5 * 10
    lefts = [10 + group * (3 * 40 + 2 * 2 + 10) + 42 * n for group in range(4) for n in range(3)]
    top = next(y for y in range(10, sheet.height) if sheet.getpixel((30, y)) == (255, 74, 0))
    cells = [sheet.getpixel((left + 20, top + 5)) for left in lefts]
    assert [cell[0] for cell in cells] == [255] * 3 + [80] * 9
    assert len({cell[1] for cell in cells[:3]}) == 3
    assert [cell[1] for cell in cells[3:6]] == [cell[1] for cell in cells[:3]]


def test_a_contact_sheet_of_chosen_scenes_and_methods(stage, tmp_path):
    options = ["--scenes", "--presets", "cactus-tulips", "--methods", "sds, pds"]
    assert stage("contact-sheet", "-o", tmp_path / "a.png", *options, "--cell-px", 32) == 0
    assert [run.recipe.edit.method for run in stage.edits] == ["sds", "pds"]
    assert [run.taken for run in stage.edits] == [5, 5]
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width == 9 * 32 + 6 * 2 + 4 * 10
