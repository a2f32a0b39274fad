"""The scene commands when a run fails or is interrupted: what is kept, and the exit code."""

import signal

import pytest

from pds.base.errors import CaptureError, NonFiniteGradient, OutOfMemory
from pds.kinds.nerf.checkpoint import load_scene
from pds.work.scene_recipe import SceneRecipe
from tests.doubles.cli_doubles import refused
from tests.doubles.scene_cli_doubles import FILES, QUIET, SceneStage, write_ball
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
