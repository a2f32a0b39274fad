"""`pds edit`: edits of drawings, scenes and pictures without a browser."""

from pathlib import Path

import pytest
from PIL import Image

from pds.engine.distil import DistilSettings
from pds.engine.methods import DDS, METHODS, PDS
from pds.kinds import KINDS
from pds.kinds.nerf.checkpoint import load_scene
from pds.kinds.nerf.settings import NeRFSettings
from pds.kinds.svg.document import Document
from pds.work.recipe import Recipe
from tests.doubles.cli_doubles import (
    DRAWING_FILES,
    PICTURE_FILES,
    QUICK,
    QUICK_SCENE,
    SCENE_FILES,
    SVG,
    WORDS,
    StagedPrior,
    all_differ_from_the_defaults,
    names_in,
    options_of,
    write_ball,
    written_recipe,
)

GOLDEN = Path(__file__).parents[1] / "golden"


def test_an_edit_of_a_drawing_writes_all_files_and_prints_their_paths(stage, drawing, out, capsys):
    assert stage("edit", drawing, *WORDS, "-o", out, "--png-size", 64) == 0
    printed, said = capsys.readouterr()
    assert printed.split("\n")[:-1] == [str(out / name) for name in DRAWING_FILES]
    assert said == ""
    assert names_in(out) == sorted(DRAWING_FILES)
    with Image.open(out / "edited.png") as picture:
        assert picture.size == (64, 64)
    recipe = written_recipe(out)
    assert (recipe.kind, recipe.name, recipe.embedded) == ("svg", "Meine Katze", SVG)
    assert recipe.prior_fingerprint == "abc123"
    assert (out / "source.svg").read_text() == SVG
    assert (out / "edited.svg").read_text() != SVG


def test_an_edit_of_a_scene_writes_all_files_and_prints_their_paths(stage, scene, out, capsys):
    small = ["--size", 32, "--film-size", 32, "--frames", 2, "--mesh-resolution", 24]
    assert stage("edit", scene, *WORDS, *small, "-o", out) == 0
    names = [
        "edited.safetensors", "recipe.json", "source.safetensors", "view_1.png", "view_2.png",
        "view_3.png", "view_4.png", "process.mp4", "process.webp", "turntable.mp4",
        "turntable.webp", "before_after.mp4", "mesh.glb", "mesh.ply",
    ]  # fmt: skip
    printed, said = capsys.readouterr()
    assert printed.split("\n")[:-1] == [str(out / name) for name in names]
    assert said == ""
    with Image.open(out / "view_1.png") as picture:
        assert picture.size == (32, 32)
    assert (out / "source.safetensors").read_bytes() == scene.read_bytes()
    edited = load_scene((out / "edited.safetensors").read_bytes())
    assert (edited.name, edited.prompt) == ("Mein Ball", "a dog")


def test_an_edit_of_a_picture_writes_all_files_and_prints_their_paths(stage, picture, out, capsys):
    assert stage("edit", picture, *WORDS, "-o", out) == 0
    printed, said = capsys.readouterr()
    assert printed.split("\n")[:-1] == [str(out / name) for name in PICTURE_FILES]
    assert said == ""
    assert written_recipe(out).kind == "image"
    with Image.open(out / "edited.png") as edited, Image.open(picture) as source:
        assert edited.size == source.size
        assert edited.convert("RGB").tobytes() != source.convert("RGB").tobytes()


def test_every_setting_of_the_loop_and_of_a_drawing_has_an_option_that_sets_it(stage, drawing, out):
    method = {
        "guidance_scale": 7.5, "guidance_end": 2.5, "identity_weight": 0.6, "stride": 4,
    }  # fmt: skip
    run = {
        "steps": 2, "timestep_low": 0.1, "timestep_high": 0.9, "timestep_order": "uniform",
        "views_per_step": 2, "strength": 2.0, "cooldown": 0.25, "seed": 7,
    }  # fmt: skip
    own = {
        "resolution_px": 96, "move": ("points", "fill"), "locked_ids": ("corner",),
        "points_rate": 1.0, "color_rate": 2.0, "opacity_rate": 3.0, "width_rate": 4.0,
        "subdivide": 1, "extra_paths": 2, "crossing_weight": 0.5, "smoothness_weight": 0.25,
        "coherence": 3, "supersample": 2,
    }  # fmt: skip
    svg = KINDS["svg"].Settings
    for cls, values in ((PDS, method), (DistilSettings, run), (svg, own)):
        assert all_differ_from_the_defaults(cls, values)
    argv = [*options_of(PDS, method), *options_of(DistilSettings, run), *options_of(svg, own)]
    words = ["--source", "a cat", "--target", "a dog"]
    assert stage("edit", drawing, *words, *argv, *QUICK, "-o", out) == 0
    recipe = written_recipe(out)
    assert recipe.method == PDS(**method)
    assert recipe.run == DistilSettings(**run)
    assert recipe.settings == svg(**own)


def test_every_setting_of_a_scene_has_an_option_that_sets_it(stage, scene, out):
    values = {
        "resolution_px": 24, "samples": 32, "move": ("color",), "density_rate": 2.0,
        "color_rate": 3.0, "box": (-1.0, -0.5, -1e-1, 1.0, 0.5, 0.9), "view_words": False,
        "sparsity_weight": 0.5, "smoothness_weight": 0.25, "distortion_weight": 0.125,
        "patch_px": 16,
    }  # fmt: skip
    assert all_differ_from_the_defaults(NeRFSettings, values)
    argv = options_of(NeRFSettings, values)
    assert stage("edit", scene, *WORDS, *argv, *QUICK_SCENE, "-o", out) == 0
    assert written_recipe(out).settings == NeRFSettings(**values)


def test_every_setting_of_a_picture_has_an_option_that_sets_it(stage, picture, out):
    values = {"size_px": 24, "color_rate": 3.0, "smoothness_weight": 0.5}
    cls = KINDS["image"].Settings
    assert all_differ_from_the_defaults(cls, values)
    assert stage("edit", picture, *WORDS, *options_of(cls, values), "--no-film", "-o", out) == 0
    assert written_recipe(out).settings == cls(**values)


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_preset_brings_what_is_edited_and_options_go_before_it(stage, out, kind):
    quick = QUICK_SCENE if kind == "nerf" else ["--no-film", "--quiet"]
    argv = ["--preset", f"cat-dog-{kind}", "--seed", 5, *quick, "-o", out]
    assert stage("edit", *argv) == 0
    recipe = written_recipe(out)
    assert (recipe.kind, recipe.name) == (kind, f"cat-dog-{kind}")
    assert (recipe.run.steps, recipe.run.seed) == (4, 5)
    assert recipe.method.guidance_scale == 7
    assert recipe.prompts.target == "a dog"


def test_a_preset_can_be_used_on_another_drawing_with_other_words(stage, drawing, out, capsys):
    drawing.write_text(SVG.replace("corner", "mine"))
    argv = ["--preset", "cat-dog-svg", "--target", "a red dog", *QUICK, "-o", out]
    assert stage("edit", drawing, *argv) == 0
    assert 'id="mine"' in (out / "edited.svg").read_text()
    recipe = written_recipe(out)
    assert (recipe.name, recipe.run.steps, recipe.prompts.target) == ("Meine Katze", 4, "a red dog")
    assert recipe.settings.move == ("fill",)
    assert capsys.readouterr().err == ""


def test_another_method_takes_over_the_settings_that_it_shares(stage, out):
    argv = ["--preset", "cat-dog-svg", "--method", "dds", *QUICK, "-o", out]
    assert stage("edit", *argv) == 0
    assert written_recipe(out).method == DDS(guidance_scale=7)


@pytest.mark.parametrize("method", list(METHODS))
def test_every_method_edits(stage, picture, out, method):
    assert stage("edit", picture, *WORDS, "--method", method, "--no-film", "-o", out) == 0
    assert written_recipe(out).method.key == method


def test_a_recipe_of_a_drawing_repeats_its_run(stage, drawing, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    assert stage("edit", drawing, *WORDS, *QUICK, "-o", one) == 0
    assert stage("edit", "--recipe", one / "recipe.json", *QUICK, "-o", two) == 0
    for name in ("edited.svg", "recipe.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_a_recipe_of_a_scene_repeats_its_run_with_the_scene_beside_it(
    stage, scene, tmp_path, capsys
):
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    argv = [*WORDS, "--no-view-words", *QUICK_SCENE]
    assert stage("edit", scene, *argv, "-o", one) == 0
    recipe = ["--recipe", one / "recipe.json", *QUICK_SCENE]
    assert stage("edit", *recipe, "-o", two) == 0
    assert stage("edit", one / "source.safetensors", *recipe, "-o", three) == 0
    for folder in (two, three):
        assert (one / "edited.safetensors").read_bytes() == (
            folder / "edited.safetensors"
        ).read_bytes()
    assert capsys.readouterr().err == ""


def test_a_recipe_of_a_preset_finds_its_scene_among_the_presets(stage, tmp_path):
    argv = [*QUICK_SCENE, "--steps", 1]
    one, two = tmp_path / "one", tmp_path / "two"
    assert stage("edit", "--preset", "cat-dog-nerf", *argv, "-o", one) == 0
    (one / "source.safetensors").unlink()
    assert stage("edit", "--recipe", one / "recipe.json", *argv, "-o", two) == 0
    assert written_recipe(one) == written_recipe(two)


def test_a_recipe_on_another_scene_is_warned_of(stage, scene, tmp_path, capsys):
    argv = [*WORDS, *QUICK_SCENE]
    assert stage("edit", scene, *argv, "-o", tmp_path / "one") == 0
    other = write_ball(tmp_path / "other.safetensors", color=(0.2, 0.9, 0.2), name="")
    recipe = ["--recipe", tmp_path / "one" / "recipe.json", *QUICK_SCENE]
    assert stage("edit", other, *recipe, "-o", tmp_path / "two") == 0
    assert "made with another scene; it is used on this one" in capsys.readouterr().err
    assert written_recipe(tmp_path / "two").name == "other"


def test_a_recipe_of_other_weights_is_warned_of_and_then_carries_the_present_ones(
    stage, drawing, tmp_path, capsys
):
    assert stage("edit", drawing, *WORDS, *QUICK, "-o", tmp_path / "one") == 0
    stage.prior = StagedPrior(fingerprint="fff")
    recipe = ["--recipe", tmp_path / "one" / "recipe.json", *QUICK]
    assert stage("edit", *recipe, "-o", tmp_path / "two") == 0
    assert "Warning: The recipe was made with other weights" in capsys.readouterr().err
    assert written_recipe(tmp_path / "two").prior_fingerprint == "fff"


def test_a_recipe_of_version_1_is_still_run(stage, out, tmp_path):
    old = tmp_path / "old.json"
    old.write_bytes((GOLDEN / "recipe_v1_svg_short.json").read_bytes())
    stage.prior.vocabulary = None
    argv = ["--steps", 1, "--prior", "built-in", *QUICK, "-o", out]
    assert stage("edit", "--recipe", old, *argv) == 0
    assert Recipe.from_json(old.read_bytes()).prompts == written_recipe(out).prompts


def test_unknown_words_are_warned_of_once_with_the_nearest_known(stage, drawing, out, capsys):
    words = ["--source", "a cat", "--target", "a red dogg", "--steps", "2", "--refine"]
    assert stage("edit", drawing, *words, *QUICK, "-o", out) == 0
    said = capsys.readouterr().err
    assert said == "Warning: The prior does not know “dogg”; the nearest it knows: dog.\n"


def test_what_a_drawing_lacks_is_warned_of(stage, drawing, out, capsys):
    drawing.write_text(SVG.replace("</svg>", "<text>words</text></svg>"))
    assert stage("edit", drawing, *WORDS, *QUICK, "-o", out) == 0
    assert "Warning: " in capsys.readouterr().err


def test_prior_device_and_dtype_are_handed_on(stage, drawing, out):
    options = ["--prior", "some/folder", "--device", "cuda:1", "--dtype", "float16"]
    assert stage("edit", drawing, *WORDS, *QUICK, *options, "-o", out) == 0
    assert stage.loaded == [("some/folder", "cuda:1", "float16")]
    assert written_recipe(out).prior == "some/folder"
    assert stage("edit", drawing, *WORDS, *QUICK, "-o", out) == 0
    assert stage.loaded[-1] == ("built-in", "auto", "auto")


def test_what_a_scene_says_it_shows_stands_in_for_the_source_prompt(stage, tmp_path, out):
    scene = write_ball(tmp_path / "ball.safetensors", prompt="a red cat")
    argv = ["--target", "a dog", "--steps", 1, *QUICK_SCENE, "-o", out]
    assert stage("edit", scene, *argv) == 0
    assert written_recipe(out).prompts.source == "a red cat"
    assert stage("edit", scene, "--source", "a cat", *argv) == 0
    assert written_recipe(out).prompts.source == "a cat"


def test_a_refinement_follows_where_the_preset_or_the_option_says_so(stage, drawing, out, capsys):
    argv = [*WORDS[:-1], "--no-film", "--no-png", "-o", out]
    assert stage("edit", drawing, *argv, "--refine") == 0
    assert capsys.readouterr().err.splitlines()[:2] == [
        "Meine Katze: Editing, 3 steps.",
        "Meine Katze: Refining, 200 steps.",
    ]
    assert written_recipe(out).after is not None
    recipe = ["--recipe", out / "recipe.json", "--no-film", "--no-png"]
    assert stage("edit", *recipe, "--no-refine", "-o", out / "again") == 0
    assert "Refining" not in capsys.readouterr().err
    assert written_recipe(out / "again").after is None


def test_a_locked_element_stays_as_it_was(stage, drawing, out):
    drawing.write_text(SVG.replace("/></svg>", '/><path id="b" d="M0 0H2V2Z"/></svg>'))
    argv = ["--move", "points,fill", "--lock", "corner", *QUICK, "-o", out]
    assert stage("edit", drawing, *WORDS, *argv) == 0
    source = Document.read(drawing.read_bytes())
    edited = Document.read((out / "edited.svg").read_bytes())
    moved = (source.parameters.points - edited.parameters.points).abs().sum(1) > 1e-6
    owners = [source.drawing.elements[i].id for i in source.drawing.point_element[moved].tolist()]
    assert set(owners) == {"b"}


def test_another_seed_gives_another_result(stage, picture, tmp_path):
    argv = [*WORDS, "--timestep-order", "uniform", "--no-film"]
    for seed in ("0", "1"):
        assert stage("edit", picture, *argv, "--seed", seed, "-o", tmp_path / seed) == 0
    one, two = ((tmp_path / seed / "edited.png").read_bytes() for seed in ("0", "1"))
    assert one != two


def test_outputs_can_be_left_out_and_asked_for(stage, scene, out):
    small = ["--film-size", 32, "--frames", 2]
    assert stage("edit", scene, *WORDS, *QUICK_SCENE, *small, "--depth", "-o", out) == 0
    assert names_in(out) == sorted([*SCENE_FILES, "depth.mp4"])


def test_the_old_names_of_commands_for_scenes_still_work(stage, scene, out):
    assert stage("scene", "edit", scene, *WORDS, *QUICK_SCENE, "-o", out) == 0
    assert names_in(out) == sorted(SCENE_FILES)
