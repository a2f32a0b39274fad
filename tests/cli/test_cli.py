"""The command line: the same edits without a browser."""

import dataclasses

import pytest
from PIL import Image

from pds.base.errors import NonFiniteGradient
from pds.cli.main import build_parser, main
from pds.cli.options import EDIT_OPTIONS, SVG_OPTIONS
from pds.settings.config import EditConfig, SVGConfig
from pds.work.recipe import Recipe
from tests.doubles.cli_doubles import FILES, WORDS, FakePrior, Stage
from tests.doubles.job_doubles import SVG
from tests.work.test_presets import make as make_preset


@pytest.fixture
def stage(tmp_path):
    make_preset(tmp_path / "presets", "cat-dog")
    return Stage(tmp_path / "presets")


@pytest.fixture
def drawing(tmp_path):
    path = tmp_path / "Meine Katze.svg"
    path.write_text(SVG)
    return path


def test_an_edit_writes_all_files_and_prints_their_paths(stage, drawing, tmp_path, capsys):
    out = tmp_path / "new" / "out"
    assert stage("edit", drawing, *WORDS, "-o", out, "--png-size", 64) == 0
    printed, said = capsys.readouterr()
    assert printed.split("\n")[:-1] == [str(out / name) for name in FILES]
    assert said == ""
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    with Image.open(out / "edited.png") as picture:
        assert picture.size == (64, 64)
    recipe = Recipe.from_json((out / "recipe.json").read_bytes())
    assert recipe == stage.recipe
    assert (recipe.name, recipe.source, recipe.prior_fingerprint) == ("Meine Katze", SVG, "abc123")


def test_every_setting_has_an_option_that_sets_it(stage, drawing, tmp_path):
    assert set(EDIT_OPTIONS) == {f.name for f in dataclasses.fields(EditConfig)}
    assert set(SVG_OPTIONS) == {f.name for f in dataclasses.fields(SVGConfig)}
    edit = {
        "source_prompt": "a red cat", "target_prompt": "a red dog", "method": "dds", "steps": 2,
        "guidance_scale": 7.5, "guidance_end": 2.5, "identity_weight": 0.6, "stride": 4,
        "timestep_low": 0.1,
        "timestep_high": 0.9, "timestep_order": "uniform", "views_per_step": 2, "strength": 2.0,
        "cooldown": 0.25, "seed": 7,
    }  # fmt: skip
    svg = {
        "resolution_px": 96, "move": ("points", "fill"), "locked_ids": ("eye", "nose"),
        "points_rate": 1.0, "color_rate": 2.0, "opacity_rate": 3.0, "width_rate": 4.0,
        "subdivide": 1, "extra_paths": 2, "crossing_weight": 0.5, "smoothness_weight": 0.25,
        "coherence": 3, "supersample": 2,
    }  # fmt: skip
    options = []
    for table, values in ((EDIT_OPTIONS, edit), (SVG_OPTIONS, svg)):
        for name, value in values.items():
            text = ",".join(value) if isinstance(value, tuple) else str(value)
            options += [table[name][0], text]
    assert stage("edit", drawing, *options, "-o", tmp_path / "out") == 0
    assert stage.recipe.edit == EditConfig(**edit)
    assert stage.recipe.svg == SVGConfig(**svg)
    for values, cls in ((edit, EditConfig), (svg, SVGConfig)):
        fields = {f.name: f.default for f in dataclasses.fields(cls)}
        assert [name for name, value in values.items() if value == fields[name]] == []


def test_a_preset_brings_its_drawing_and_options_go_before_it(stage, tmp_path):
    assert stage("edit", "--preset", "cat-dog", "--seed", 5, "-o", tmp_path / "out") == 0
    recipe = stage.recipe
    assert (recipe.name, recipe.source, recipe.edit.steps) == ("cat-dog", SVG, 5)
    assert recipe.edit.target_prompt == "a drawing of a dog"
    assert recipe.edit.seed == 5
    assert recipe.svg.move == ("fill",)


def test_a_preset_can_be_used_on_another_drawing(stage, drawing, tmp_path):
    drawing.write_text(SVG.replace("corner", "mine"))
    assert stage("edit", drawing, "--preset", "cat-dog", "-o", tmp_path / "out") == 0
    assert 'id="mine"' in stage.recipe.source
    assert stage.recipe.edit.steps == 5


def test_a_recipe_repeats_its_run(stage, drawing, tmp_path):
    assert stage("edit", drawing, *WORDS, "--lock", "corner", "-o", tmp_path / "one") == 0
    first = stage.recipe
    assert stage("edit", "--recipe", tmp_path / "one" / "recipe.json", "-o", tmp_path / "two") == 0
    assert stage.recipe == first
    names = ("edited.svg", "recipe.json")
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_recipe_of_other_weights_is_warned_of_and_then_carries_the_present_ones(
    stage, drawing, tmp_path, capsys
):
    edit = EditConfig(source_prompt="a cat", target_prompt="a dog", steps=1)
    path = tmp_path / "recipe.json"
    path.write_text(Recipe(source=SVG, edit=edit, prior_fingerprint="fff").to_json())
    assert stage("edit", "--recipe", path, "-o", tmp_path / "out") == 0
    assert "Warning: The recipe was made with other weights" in capsys.readouterr().err
    assert stage.recipe.prior_fingerprint == "abc123"


def test_unknown_words_are_warned_of_with_the_nearest_known(stage, drawing, tmp_path, capsys):
    words = ["--source", "a cat", "--target", "a dogg", "--steps", "1"]
    assert stage("edit", drawing, *words, "-o", tmp_path / "out") == 0
    said = capsys.readouterr().err
    assert "Warning: The prior does not know “dogg”; the nearest it knows: dog" in said


def test_prior_device_and_dtype_are_handed_on(stage, drawing, tmp_path):
    options = ["--prior", "some/folder", "--device", "cuda:1", "--dtype", "float16"]
    assert stage("edit", drawing, *WORDS, *options, "-o", tmp_path / "out") == 0
    assert stage.loaded == [("some/folder", "cuda:1", "float16")]
    assert stage.recipe.prior == "some/folder"
    assert stage("edit", drawing, *WORDS, "-o", tmp_path / "out") == 0
    assert stage.loaded[-1] == ("built-in", "auto", "auto")


@pytest.mark.parametrize("flag", [["--list-presets"], ["edit", "--list-presets"], ["presets"]])
def test_presets_are_listed(stage, capsys, flag):
    assert stage(*flag) == 0
    printed = capsys.readouterr().out
    assert "cat-dog" in printed
    assert "“a drawing of a cat” to “a drawing of a dog”" in printed
    assert "A cat becomes a dog." in printed


def test_an_empty_list_of_presets_says_so(tmp_path, capsys):
    assert Stage(tmp_path)("presets") == 0
    assert capsys.readouterr().out == "There are no presets.\n"


def test_a_prior_is_described(stage, capsys):
    assert stage("prior") == 0
    printed = capsys.readouterr().out
    for part in (
        "built-in",
        "64 x 64 px",
        "cpu, float32",
        "abc123",
        "2 things, 4 words",
        "animals:",
    ):
        assert part in printed
    assert "red" not in printed
    assert stage("prior", "--words") == 0
    assert "red" in capsys.readouterr().out


def test_a_prior_without_vocabulary_takes_any_text(tmp_path, capsys):
    stage = Stage(tmp_path, prior=FakePrior(vocabulary=None, fingerprint=""))
    assert stage("prior") == 0
    assert "any text" in capsys.readouterr().out


def test_a_contact_sheet_has_a_row_per_preset_and_the_same_seed_and_steps(stage, tmp_path, capsys):
    make_preset(tmp_path / "presets", "second", order=3)
    path = tmp_path / "sheets" / "sheet.png"
    assert stage("contact-sheet", "-o", path, "--steps", 2, "--seed", 9, "--cell-px", 64) == 0
    assert capsys.readouterr().out == f"{path}\n"
    settings = [(run.recipe.edit.method, run.recipe.edit.seed, run.taken) for run in stage.runs]
    assert settings == [(method, 9, 2) for method in ("pds", "dds", "sds")] * 2
    assert [run.recipe.name for run in stage.runs] == ["cat-dog"] * 3 + ["second"] * 3
    with Image.open(path) as picture:
        assert picture.width == 4 * 64 + 5 * 10
    assert len(stage.loaded) == 1


def test_a_contact_sheet_of_chosen_presets_and_methods(stage, tmp_path):
    options = ["--presets", "cat-dog", "--methods", "sds, pds"]
    assert stage("contact-sheet", "-o", tmp_path / "a.png", *options) == 0
    assert [run.recipe.edit.method for run in stage.runs] == ["sds", "pds"]
    assert [run.taken for run in stage.runs] == [5, 5]


def test_a_method_that_fails_still_has_its_place_in_the_sheet(tmp_path, capsys):
    def before_step(index: int) -> None:
        if index == 2:
            raise NonFiniteGradient("NaN at step 3.", step=2)

    make_preset(tmp_path / "presets", "cat-dog")
    stage = Stage(tmp_path / "presets", before_step=before_step)
    assert stage("contact-sheet", "-o", tmp_path / "a.png", "--methods", "sds") == 0
    assert "cat-dog sds: NaN at step 3." in capsys.readouterr().err
    assert (tmp_path / "a.png").is_file()


def test_the_help_names_every_option(capsys):
    for command in ("edit", "presets", "contact-sheet", "prior"):
        with pytest.raises(SystemExit) as caught:
            main([command, "--help"])
        assert caught.value.code == 0
        printed = capsys.readouterr().out
        if command == "edit":
            for option, *_ in (*EDIT_OPTIONS.values(), *SVG_OPTIONS.values()):
                assert f"{option} " in printed
    assert "130" in build_parser().format_help()
