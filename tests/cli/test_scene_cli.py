"""`scene edit` and `scene refine`: edits of scenes without a browser."""

import dataclasses
import json

import pytest
from PIL import Image

from pds.base.errors import NonFiniteGradient
from pds.cli.options import NERF_OPTIONS, REFINE_OPTIONS
from pds.kinds.nerf.checkpoint import load_scene
from pds.settings.scene_config import NeRFConfig, RefineConfig
from pds.work.scene_recipe import SceneRecipe, digest
from tests.doubles.cli_doubles import FakePrior
from tests.doubles.scene_cli_doubles import (
    FILES,
    PICTURE_FILES,
    QUIET,
    SceneStage,
    all_differ_from_the_defaults,
    options_of,
    write_ball,
)
from tests.work.test_scene_presets import make as make_preset

WORDS = ["--source", "a cat", "--target", "a dog", "--steps", "3", *QUIET]


@pytest.fixture
def stage(tmp_path):
    make_preset(tmp_path / "presets")
    return SceneStage(tmp_path / "presets")


@pytest.fixture
def scene(tmp_path):
    return write_ball(tmp_path / "Mein Ball.safetensors", name="Mein Ball")


def test_an_edit_writes_all_files_and_prints_their_paths(stage, scene, tmp_path, capsys):
    out = tmp_path / "new" / "out"
    argv = [word for word in WORDS if word != "--no-mesh"]
    names = [*FILES, *PICTURE_FILES, "mesh.glb"]
    stage.export_really()
    assert stage("scene", "edit", scene, *argv, "-o", out) == 0
    printed, said = capsys.readouterr()
    assert printed.split("\n")[:-1] == [str(out / name) for name in names]
    assert said == ""
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    with Image.open(out / "view_1.png") as picture:
        assert picture.size == (32, 32)
    recipe = SceneRecipe.from_json((out / "recipe.json").read_bytes())
    assert recipe == stage.recipe
    assert (recipe.name, recipe.prior_fingerprint) == ("Mein Ball", "abc123")
    assert recipe.scene_sha256 == digest(scene.read_bytes())
    assert (out / "source.safetensors").read_bytes() == scene.read_bytes()
    assert load_scene(out / "edited.safetensors").cameras


def test_every_setting_of_a_scene_has_an_option_that_sets_it(stage, scene, tmp_path):
    values = {
        "resolution_px": 96, "samples": 32, "move": ("color",), "density_rate": 2.0,
        "color_rate": 3.0, "box": (-1.0, -0.5, -1e-1, 1.0, 0.5, 0.9), "view_words": False,
        "sparsity_weight": 0.5, "smoothness_weight": 0.25, "distortion_weight": 0.125,
        "patch_px": 32,
    }  # fmt: skip
    assert all_differ_from_the_defaults(values, NeRFConfig)
    argv = [*options_of(NERF_OPTIONS, values), "-o", tmp_path / "out"]
    assert stage("scene", "edit", scene, *WORDS, *argv) == 0
    assert stage.recipe.nerf == NeRFConfig(**values)


def test_a_preset_brings_its_scene_and_options_go_before_it(stage, tmp_path):
    argv = ["--seed", 5, "--view-words", *QUIET, "-o", tmp_path / "out"]
    assert stage("scene", "edit", "--preset", "cactus-tulips", *argv, "--no-refine") == 0
    recipe = stage.recipe
    assert (recipe.name, recipe.edit.steps, recipe.edit.seed) == ("cactus-tulips", 5, 5)
    assert recipe.edit.target_prompt == "a 3D model of tulips"
    assert recipe.nerf.move == ("color",)
    assert stage.edits[-1].source.name == "ball"
    assert stage.refinements == []


def test_a_preset_can_be_used_on_another_scene(stage, scene, tmp_path, capsys):
    argv = ["--preset", "cactus-tulips", "--no-refine", *QUIET, "-o", tmp_path / "out"]
    assert stage("scene", "edit", scene, *argv) == 0
    assert stage.edits[-1].source.name == "Mein Ball"
    assert stage.recipe.scene_sha256 == digest(scene.read_bytes())
    assert (stage.recipe.name, stage.recipe.edit.steps) == ("Mein Ball", 5)
    assert capsys.readouterr().err == ""


def test_a_recipe_repeats_its_run_with_the_scene_beside_it(stage, scene, tmp_path, capsys):
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    assert stage("scene", "edit", scene, *WORDS, "--no-view-words", "-o", one) == 0
    first = stage.recipe
    assert stage("scene", "edit", "--recipe", one / "recipe.json", *QUIET, "-o", two) == 0
    assert stage.recipe == first
    for name in FILES:
        assert (one / name).read_bytes() == (two / name).read_bytes()
    argv = ["--recipe", one / "recipe.json", *QUIET, "-o", three]
    assert stage("scene", "edit", one / "source.safetensors", *argv) == 0
    assert stage.recipe == first
    assert capsys.readouterr().err == ""


def test_a_recipe_of_a_preset_finds_its_scene_among_the_presets(stage, tmp_path):
    argv = ["--no-refine", *QUIET, "-o", tmp_path / "out"]
    assert stage("scene", "edit", "--preset", "cactus-tulips", *argv) == 0
    (tmp_path / "out" / "source.safetensors").unlink()
    assert stage("scene", "edit", "--recipe", tmp_path / "out" / "recipe.json", *argv) == 0
    assert stage.edits[0].recipe == stage.edits[1].recipe


def test_a_recipe_on_another_scene_is_warned_of(stage, scene, tmp_path, capsys):
    assert stage("scene", "edit", scene, *WORDS, "-o", tmp_path / "one") == 0
    other = write_ball(tmp_path / "other.safetensors", color=(0.2, 0.9, 0.2), name="")
    argv = ["--recipe", tmp_path / "one" / "recipe.json", *QUIET, "-o", tmp_path / "two"]
    assert stage("scene", "edit", other, *argv) == 0
    assert "made with another scene; it is used on this one" in capsys.readouterr().err
    assert stage.recipe.name == "other"
    assert stage.recipe.scene_sha256 == digest(other.read_bytes())


def test_a_refinement_follows_where_the_preset_or_the_option_says_so(stage, scene, tmp_path):
    argv = ["--preset", "cactus-tulips", *QUIET, "-o", tmp_path / "one"]
    assert stage("scene", "edit", *argv) == 0
    (refinement,) = stage.refinements
    assert stage.edits[-1].recipe.refine is None
    assert refinement.recipe.refine == RefineConfig(steps=4)
    assert (refinement.source.name, refinement.edited.name) == ("ball", "cactus-tulips")
    assert refinement.taken == 4
    written = SceneRecipe.from_json((tmp_path / "one" / "recipe.json").read_bytes())
    assert written == refinement.recipe

    argv = ["--recipe", tmp_path / "one" / "recipe.json", *QUIET, "-o", tmp_path / "two"]
    assert stage("scene", "edit", *argv) == 0
    assert len(stage.refinements) == 2
    assert (tmp_path / "two" / "recipe.json").read_text() == written.to_json()

    assert stage("scene", "edit", scene, *WORDS, "--refine", "-o", tmp_path / "three") == 0
    assert stage.refinements[-1].recipe.refine == RefineConfig()
    assert stage("scene", "edit", scene, *WORDS, "-o", tmp_path / "four") == 0
    assert len(stage.refinements) == 3


def test_an_edit_whose_refinement_fails_at_once_is_kept(stage, tmp_path, capsys):
    def before_step(index: int) -> None:
        if stage.refinements:
            raise NonFiniteGradient("NaN at step 1.", step=0)

    stage.before_step = before_step
    out = tmp_path / "out"
    assert stage("scene", "edit", "--preset", "cactus-tulips", *QUIET, "-o", out) == 1
    assert "NaN at step 1." in capsys.readouterr().err
    written = SceneRecipe.from_json((out / "recipe.json").read_bytes())
    assert written == stage.edits[-1].recipe
    assert written.refine is None


def test_warnings_of_a_run_are_said_once_for_edit_and_refinement(tmp_path, capsys):
    make_preset(tmp_path / "presets")
    stage = SceneStage(tmp_path / "presets", warnings=("“tulipp” is not known.",))
    argv = ["--preset", "cactus-tulips", *QUIET, "-o", tmp_path / "out"]
    assert stage("scene", "edit", *argv) == 0
    assert capsys.readouterr().err == "Warning: “tulipp” is not known.\n"


def test_prior_device_and_dtype_are_handed_on(stage, scene, tmp_path):
    options = ["--prior", "some/folder", "--device", "cuda:1", "--dtype", "float16"]
    assert stage("scene", "edit", scene, *WORDS, *options, "-o", tmp_path / "out") == 0
    assert stage.loaded == [("some/folder", "cuda:1", "float16")]
    assert stage.recipe.prior == "some/folder"
    argv = [tmp_path / "out", "--prior", "built-in", *QUIET]
    assert stage("scene", "refine", *argv) == 0
    assert stage.loaded[-1] == ("built-in", "auto", "auto")
    assert stage.refinements[-1].recipe.prior == "built-in"


def test_other_weights_are_the_runs_to_warn_of(stage, scene, tmp_path):
    assert stage("scene", "edit", scene, *WORDS, "-o", tmp_path / "one") == 0
    stage.prior = FakePrior(fingerprint="fff")
    argv = ["--recipe", tmp_path / "one" / "recipe.json", *QUIET, "-o", tmp_path / "two"]
    assert stage("scene", "edit", *argv) == 0
    values = json.loads((tmp_path / "two" / "recipe.json").read_text())
    assert values["prior_fingerprint"] == "fff"


def test_a_folder_written_by_edit_is_refined_into_a_folder_in_it(stage, scene, tmp_path, capsys):
    out = tmp_path / "out"
    assert stage("scene", "edit", scene, *WORDS, "-o", out) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    capsys.readouterr()
    assert stage("scene", "refine", out, "--steps", 2, *QUIET) == 0
    printed, said = capsys.readouterr()
    assert printed.split("\n")[:-1] == [str(out / "refined" / name) for name in FILES]
    assert said == ""
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before
    run = stage.refinements[-1]
    assert (run.taken, run.source.name) == (2, "Mein Ball")
    assert run.recipe == dataclasses.replace(stage.recipe, refine=RefineConfig(steps=2))
    assert (out / "refined" / "source.safetensors").read_bytes() == scene.read_bytes()
    # The folder it wrote can be refined again, with the settings it was refined with.
    assert stage("scene", "refine", out / "refined", "--seed", 3, *QUIET) == 0
    assert stage.refinements[-1].recipe.refine == RefineConfig(steps=2, seed=3)


def test_files_that_lie_elsewhere_are_refined(stage, scene, tmp_path):
    out = tmp_path / "out"
    assert stage("scene", "edit", scene, *WORDS, "-o", out) == 0
    edited = write_ball(tmp_path / "elsewhere" / "edited.safetensors", name="another")
    argv = ["--edited", edited, "--original", scene, "--recipe", out / "recipe.json", *QUIET]
    assert stage("scene", "refine", *argv) == 0
    assert stage.refinements[-1].edited.name == "another"
    assert (tmp_path / "elsewhere" / "refined" / "recipe.json").is_file()
    assert stage("scene", "refine", out, "--edited", edited, *QUIET, "-o", tmp_path / "o") == 0
    assert (tmp_path / "o" / "recipe.json").is_file()


def test_every_setting_of_a_refinement_has_an_option_that_sets_it(stage, scene, tmp_path):
    values = {
        "steps": 2, "refresh_every": 3, "noise_low": 0.2, "noise_high": 0.3, "sdedit_steps": 4,
        "guidance_scale": 5.0, "seed": 6,
    }  # fmt: skip
    assert all_differ_from_the_defaults(values, RefineConfig)
    assert stage("scene", "edit", scene, *WORDS, "-o", tmp_path / "out") == 0
    argv = [tmp_path / "out", *options_of(REFINE_OPTIONS, values), *QUIET]
    assert stage("scene", "refine", *argv) == 0
    assert stage.refinements[-1].recipe.refine == RefineConfig(**values)
