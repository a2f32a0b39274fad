"""The command line of scenes when things go wrong: a sentence, an exit code, and what is kept."""

import json
import signal

import pytest

from pds.config import EditConfig
from pds.errors import CaptureError, NonFiniteGradient, OutOfMemory
from pds.nerf.checkpoint import load_scene
from pds.nerf.grid_field import RAW_EMPTY
from pds.recipe import Recipe
from pds.scene_recipe import SceneRecipe, digest
from tests.cli_doubles import refused
from tests.job_doubles import SVG
from tests.scene_cli_doubles import FILES, QUIET, SceneStage, ball, save_scene, write_ball
from tests.test_presets import make as make_drawing
from tests.test_scene_presets import make as make_preset

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


ENDINGS = [
    (NonFiniteGradient("NaN at step 3.", step=2), "NaN at step 3."),
    (OutOfMemory("Too little memory."), "Too little memory."),
]


@pytest.mark.parametrize(("error", "sentence"), ENDINGS)
def test_a_run_that_fails_on_its_way_writes_what_it_had(
    stage, scene, capture, tmp_path, capsys, error, sentence
):
    def before_step(index: int) -> None:
        if index == 2:
            raise error

    stage.before_step = before_step
    assert stage("scene", "fit", capture, "-o", tmp_path / "a.safetensors", "-q") == 1
    assert sentence in capsys.readouterr().err
    assert load_scene(tmp_path / "a.safetensors").name == "fox"
    assert stage("scene", "edit", scene, *WORDS, "-o", tmp_path / "out") == 1
    printed, said = capsys.readouterr()
    assert sentence in said
    assert printed.count("\n") == len(FILES)
    assert stage("scene", "refine", tmp_path / "out", *QUIET) == 1
    printed, said = capsys.readouterr()
    assert sentence in said
    assert printed.count("\n") == len(FILES)


def test_a_run_that_fails_at_once_writes_nothing(stage, scene, capture, tmp_path, capsys):
    def before_step(index: int) -> None:
        raise OutOfMemory("Too little memory.")

    assert stage("scene", "edit", scene, *WORDS, "-o", tmp_path / "out") == 0
    capsys.readouterr()
    stage.before_step = before_step
    for argv in (
        ["fit", capture, "-o", tmp_path / "a" / "a.safetensors", "-q"],
        ["edit", scene, *WORDS, "-o", tmp_path / "b"],
        ["refine", tmp_path / "out", *QUIET, "-o", tmp_path / "c"],
    ):
        assert stage("scene", *argv) == 1
        assert capsys.readouterr() == ("", "Too little memory.\n")
    assert [list((tmp_path / name).iterdir()) for name in "abc"] == [[], [], []]


def interrupt_at(step: int, times: int = 1):
    def before_step(index: int) -> None:
        if index == step:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    return before_step


def test_ctrl_c_during_a_fit_keeps_the_scene_so_far(stage, capture, tmp_path, capsys):
    stage.before_step = interrupt_at(1)
    out = tmp_path / "a.safetensors"
    assert stage("scene", "fit", capture, "-o", out, "-q") == 130
    printed, said = capsys.readouterr()
    assert printed == f"{out}\n"
    assert said.endswith("Interrupted after step 2; the scene so far is written.\n")
    assert load_scene(out).name == "fox"
    assert (stage.fits[0].taken, stage.fits[0].closed) == (2, True)


def test_ctrl_c_while_photos_are_posed_says_that_there_is_no_scene(
    stage, capture, tmp_path, capsys
):
    def no_scene(run):
        raise CaptureError("The cameras of the photos are not known yet; wait for them.")

    stage.scene_of_fit, stage.before_step = no_scene, interrupt_at(0)
    assert stage("scene", "fit", capture, "-o", tmp_path / "o" / "a.safetensors", "-q") == 130
    printed, said = capsys.readouterr()
    assert printed == ""
    assert said.endswith("not known yet; wait for them. Nothing was written.\n")
    assert list((tmp_path / "o").iterdir()) == []
    # A fit that ended by itself has no excuse.
    stage.before_step = lambda index: None
    assert stage("scene", "fit", capture, "-o", tmp_path / "o" / "a.safetensors", "-q") == 2
    refused(capsys, "not known yet")


def test_ctrl_c_during_an_edit_writes_the_result_so_far_and_refines_nothing(
    stage, tmp_path, capsys
):
    stage.before_step = interrupt_at(1)
    argv = ["--preset", "cactus-tulips", *QUIET, "-o", tmp_path / "out"]
    assert stage("scene", "edit", *argv) == 130
    printed, said = capsys.readouterr()
    assert said == "Interrupted after step 2; the result so far is written.\n"
    assert printed.count("\n") == len(FILES)
    assert stage.refinements == []
    assert (stage.edits[0].taken, stage.edits[0].closed) == (2, True)


def test_ctrl_c_during_the_refinement_writes_it_so_far(stage, tmp_path, capsys):
    stage.before_step = lambda index: interrupt_at(1)(index) if stage.refinements else None
    argv = ["--preset", "cactus-tulips", *QUIET, "-o", tmp_path / "out"]
    assert stage("scene", "edit", *argv) == 130
    assert "Interrupted after step 2" in capsys.readouterr().err
    assert stage.refinements[0].taken == 2
    written = SceneRecipe.from_json((tmp_path / "out" / "recipe.json").read_bytes())
    assert written == stage.refinements[0].recipe
    assert stage("scene", "refine", tmp_path / "out", *QUIET) == 130
    assert "Interrupted after step 2" in capsys.readouterr().err


def test_a_second_ctrl_c_gives_up_at_once(stage, scene, capture, tmp_path, capsys):
    stage.before_step = interrupt_at(1, times=2)
    for argv in (
        ["fit", capture, "-o", tmp_path / "out" / "a.safetensors", "-q"],
        ["edit", scene, *WORDS, "-o", tmp_path / "out"],
    ):
        assert stage("scene", *argv) == 130
        refused(capsys, "interrupted; nothing was written")
    assert list((tmp_path / "out").iterdir()) == []


def test_ctrl_c_during_a_contact_sheet_writes_nothing(stage, tmp_path, capsys):
    stage.before_step = interrupt_at(0)
    assert stage("contact-sheet", "--scenes", "-o", tmp_path / "a.png") == 130
    assert "nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()


def test_a_method_that_fails_still_has_its_place_in_the_sheet(stage, tmp_path, capsys):
    def before_step(index: int) -> None:
        if index == 2:
            raise NonFiniteGradient("NaN at step 3.", step=2)

    stage.before_step = before_step
    argv = ["--scenes", "-o", tmp_path / "a.png", "--methods", "sds", "--cell-px", 32]
    assert stage("contact-sheet", *argv) == 0
    assert "cactus-tulips sds: NaN at step 3." in capsys.readouterr().err
    assert (tmp_path / "a.png").is_file()


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
