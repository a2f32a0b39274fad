"""The command line of scenes when things go wrong: a sentence, an exit code, and what is kept."""

import json

import pytest

from pds.base.errors import CaptureError, CheckpointError
from pds.cli.scene_files import read_checkpoint
from pds.kinds.nerf.fields.grid_field import RAW_EMPTY
from pds.settings.config import EditConfig
from pds.work.recipe import Recipe
from pds.work.scene_recipe import SceneRecipe, digest
from tests.doubles.cli_doubles import refused
from tests.doubles.job_doubles import SVG
from tests.doubles.scene_cli_doubles import QUIET, SceneStage, ball, save_scene, write_ball
from tests.work.test_presets import make as make_drawing
from tests.work.test_scene_presets import make as make_preset

WORDS = ["--source", "a cat", "--target", "a dog", "--steps", "3", *QUIET]


@pytest.fixture
def stage(tmp_path):
    make_preset(tmp_path / "presets")
    make_drawing(tmp_path / "presets", "cat-dog")
    return SceneStage(tmp_path / "presets")


@pytest.fixture
def scene(tmp_path):
    return write_ball(tmp_path / "ball.safetensors")


@pytest.fixture
def capture(tmp_path):
    (tmp_path / "fox").mkdir()
    return tmp_path / "fox"


FIT = ["scene", "fit", "{capture}"]
EDIT = ["scene", "edit", "{scene}", *WORDS]
REFINE = ["scene", "refine", "{edited}", *QUIET]
EXPORT = ["scene", "export", "{scene}", "--frames", "2"]
REFUSED = [
    ([*FIT[:2], "nowhere"], "no file or folder 'nowhere'"),
    ([*FIT, "-o", "{folder}"], "is a folder; name a file in it"),
    ([*FIT, "-o", "{html}/a.safetensors"], "choose another folder"),
    ([*FIT, "-o", "nul\0/a.safetensors"], "not a possible name"),
    ([*FIT, "--field", "hash"], "known are: auto, grid, planes"),
    ([*FIT, "--steps", "-1"], "steps is -1"),
    ([*FIT, "--minutes", "nan"], "minutes is nan"),
    ([*FIT, "--holdout", "1"], "holdout is 1"),
    ([*FIT, "--frames", "7"], "frames is 7"),
    ([*FIT, "--prompt", " "], "prompt is empty"),
    ([*FIT, "--device", "abacus"], "no device “abacus”"),
    ([*FIT, "--resume", "none.safetensors"], "'none.safetensors' cannot be read"),
    ([*FIT, "--resume", "{html}"], "not a scene"),
    ([*FIT, "--work", "{html}"], "choose another folder"),
    (["scene", "edit", *WORDS], "No scene given"),
    (["scene", "edit", "{scene}", "--source", "a cat"], "--target missing"),
    (["scene", "edit", "{scene}"], "--source and --target missing"),
    (["scene", "edit", "none.safetensors", *WORDS], "'none.safetensors' cannot be read: No such"),
    (["scene", "edit", "nul\0.safetensors", *WORDS], "no possible name"),
    (["scene", "edit", "{folder}", *WORDS], "cannot be read: Is a directory"),
    (["scene", "edit", "{html}", *WORDS], "not a scene"),
    (["scene", "edit", "{empty}", *WORDS], "not a scene"),
    (["scene", "edit", "{truncated}", *WORDS], "damaged or incomplete"),
    (["scene", "edit", "{nextversion}", *WORDS], "newer version"),
    ([*EDIT, "--target", "  "], "target prompt is empty"),
    ([*EDIT, "--source", "a \udcff"], "half a character"),
    ([*EDIT, "--steps", "0"], "steps is 0"),
    ([*EDIT, "--guidance", "nan"], "guidance_scale is nan"),
    ([*EDIT, "--move", "points"], "known are: density, color"),
    ([*EDIT, "--move", ","], "Nothing may move"),
    ([*EDIT, "--box", "0", "0", "0", "1", "1", "0"], "box is empty"),
    ([*EDIT, "--box", "0", "0", "0", "1", "1", "nan"], "box is nan"),
    ([*EDIT, "--samples", "3"], "samples is 3"),
    ([*EDIT, "--size", "9"], "size is 9"),
    ([*EDIT, "-o", "{html}"], "choose another folder"),
    ([*EDIT, "--prior", "nowhere"], "no prior 'nowhere'"),
    (["scene", "edit", "--preset", "zebra"], "no preset 'zebra'; known are: cactus-tulips"),
    (["scene", "edit", "--preset", "cat-dog"], "no preset 'cat-dog'; known are: cactus-tulips"),
    (["edit", "--preset", "cactus-tulips"], "no preset 'cactus-tulips'; known are: cat-dog"),
    (["scene", "edit", "--recipe", "{html}"], "not valid JSON"),
    (["scene", "edit", "--recipe", "none.json"], "cannot be read"),
    (["scene", "edit", "--recipe", "{newer}"], "newer program"),
    (["scene", "edit", "--recipe", "{strange}"], "unknown keys: colour"),
    (["scene", "edit", "--recipe", "{drawing}"], "for 'svg', not for a scene"),
    (["edit", "--recipe", "{orphan}"], "for 'nerf'"),
    (["scene", "edit", "--recipe", "{orphan}"], "for another scene"),
    (["scene", "refine", *QUIET], "--edited is missing; name a folder written by scene edit"),
    (["scene", "refine", "--edited", "{scene}", *QUIET], "--original is missing"),
    (["scene", "refine", "{folder}", *QUIET], "recipe.json' cannot be read"),
    ([*REFINE, "--steps", "0"], "steps is 0"),
    ([*REFINE, "--noise-low", "0.9"], "noise_low is above"),
    ([*REFINE, "--film-size", "9"], "film-size is 9"),
    ([*REFINE, "-o", "{html}"], "choose another folder"),
    ([*REFINE, "--prior", "nowhere"], "no prior 'nowhere'"),
    ([*REFINE, "--original", "{scene}"], "for another scene"),
    ([*REFINE, "--edited", "{html}"], "not a scene"),
    ([*REFINE, "--recipe", "{drawing}"], "for 'svg', not for a scene"),
    (["scene", "export", "{html}"], "not a scene"),
    (["scene", "export", "none.safetensors"], "cannot be read"),
    ([*EXPORT, "--size", "5000"], "size is 5000"),
    ([*EXPORT, "--film-size", "1"], "film size is 1"),
    ([*EXPORT, "--frames", "1"], "frames is 1"),
    ([*EXPORT, "--faces", "3"], "faces is 3"),
    ([*EXPORT, "--mesh-resolution", "3"], "mesh resolution is 3"),
    ([*EXPORT, "--elevation", "91"], "elevation is 91"),
    ([*EXPORT, "--png", "0,91"], "elevation is 91"),
    ([*EXPORT, "--png", "nan,0"], "azimuth is nan"),
    ([*EXPORT, "-o", "{html}"], "choose another folder"),
    (["contact-sheet", "--scenes", "-o", "{out}/a.png", "--presets", "cat-dog"], "no preset"),
    (["contact-sheet", "--scenes", "-o", "{out}/a.png", "--methods", "magic"], "method is 'magic'"),
    (["contact-sheet", "--scenes", "-o", "{out}/a.png", "--cell-px", "5"], "cell-px is 5"),
    (["contact-sheet", "--scenes", "-o", "{html}/a.png"], "choose another folder"),
]


def write_files(folder, scene) -> dict:
    """Everything bad that a command may be given, by name."""
    edit = EditConfig(source_prompt="a", target_prompt="b")
    recipe = SceneRecipe(scene_sha256="0" * 64, edit=edit)
    values = json.loads(recipe.to_json())
    checkpoint = scene.read_bytes()
    files = {
        "html": b"<html></html>",
        "empty": b"",
        "truncated": checkpoint[: len(checkpoint) // 2],
        "nextversion": checkpoint.replace(b'\\"version\\": 1', b'\\"version\\": 9', 1),
        "newer": json.dumps({**values, "version": 99}).encode(),
        "strange": json.dumps({**values, "colour": 1}).encode(),
        "orphan": recipe.to_json().encode(),
        "drawing": Recipe(source=SVG, edit=edit).to_json().encode(),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    edited = folder / "edited"
    source = write_ball(edited / "source.safetensors", radius=0.5)
    write_ball(edited / "edited.safetensors")
    named = SceneRecipe(scene_sha256=digest(source.read_bytes()), edit=edit)
    (edited / "recipe.json").write_text(named.to_json())
    return {name: folder / name for name in (*files, "edited", "out")}


@pytest.mark.parametrize(("argv", "part"), REFUSED)
def test_bad_input_is_refused_with_one_sentence(
    stage, scene, capture, tmp_path, capsys, argv, part
):
    names = write_files(tmp_path, scene)
    names |= {"scene": scene, "capture": capture, "folder": tmp_path / "folder"}
    names["folder"].mkdir()
    words = [word.format(**names) for word in argv]
    if "-o" not in argv:
        words += ["-o", str(names["out"] / "a" if "fit" in argv else names["out"])]
    assert stage(*words) == 2
    refused(capsys, part)
    assert stage.fits + stage.edits + stage.refinements == []
    assert not names["out"].exists() or list(names["out"].iterdir()) == []


@pytest.mark.parametrize(
    "argv",
    [
        ["scene"],
        ["scene", "paint"],
        ["scene", "fit"],
        ["scene", "fit", "a", "--steps", "many"],
        ["scene", "edit", "a", "--colour", "red"],
        ["scene", "edit", "a", "--box", "0", "0", "0", "1", "1"],
        ["scene", "edit", "a", "--box", "0", "0", "0", "1", "1", "one"],
        ["scene", "edit", "--preset", "a", "--recipe", "b"],
        ["scene", "refine", "a", "b"],
        ["scene", "export"],
        ["scene", "export", "a", "--png", "30"],
        ["scene", "export", "a", "--png", "front"],
    ],
)
def test_a_wrong_option_is_refused_with_one_line_that_names_the_help(stage, capsys, argv):
    with pytest.raises(SystemExit) as caught:
        stage(*argv)
    assert caught.value.code == 2
    refused(capsys, "--help")


def test_a_capture_that_makes_no_scene_writes_nothing(stage, capture, tmp_path, capsys):
    def before_step(index: int) -> None:
        raise CaptureError("Only 3 of 20 photos were placed; take more.")

    stage.before_step = before_step
    assert stage("scene", "fit", capture, "-o", tmp_path / "o" / "a.safetensors", "-q") == 2
    refused(capsys, "Only 3 of 20 photos")
    assert list((tmp_path / "o").iterdir()) == []


def test_a_scene_without_a_surface_has_no_mesh_and_says_so(stage, tmp_path, capsys):
    empty = ball()
    empty.field.density_raw.data.fill_(RAW_EMPTY)
    path = tmp_path / "empty.safetensors"
    path.write_bytes(save_scene(empty))
    argv = ["--mesh", "--png", "0,0", "--size", 32, "--mesh-resolution", 24]
    assert stage("scene", "export", path, *argv, "-o", tmp_path / "out") == 1
    printed, said = capsys.readouterr()
    assert printed == f"{tmp_path / 'out' / 'view_0_0.png'}\n"
    assert "The scene is empty" in said
    assert said.endswith("No mesh was written.\n")


def test_a_file_too_large_for_a_scene_is_refused(scene):
    with pytest.raises(CheckpointError, match="larger than 0 MB"):
        read_checkpoint(scene, max_bytes=1000)
    assert read_checkpoint(scene) == scene.read_bytes()
