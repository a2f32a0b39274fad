"""When a run fails or is interrupted: what is kept, and the exit code."""

import io
import signal
import time

import pytest

from pds.base.errors import NonFiniteGradient, OutOfMemory
from pds.cli.progress import Bar, exit_code, follow, interrupt_once
from pds.work.drive import UNEXPECTED
from pds.work.record import JobRecord
from tests.doubles.cli_doubles import (
    DRAWING_FILES,
    QUICK,
    QUICK_SCENE,
    SCENE_FILES,
    WORDS,
    failing_at,
    names_in,
    refused,
    written_recipe,
)


def interrupt_at(index: int, times: int = 1):
    def before_call(now: int) -> None:
        if now == index:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    return before_call


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NonFiniteGradient("NaN at step 3.", step=2), "NaN at step 3."),
        (OutOfMemory("Too little memory."), "Too little memory."),
        (MemoryError(), "The memory is too small for this edit"),
        (ZeroDivisionError("a bug"), UNEXPECTED),
    ],
)
def test_a_run_that_fails_on_its_way_writes_what_it_had(
    stage, drawing, out, capsys, error, sentence
):
    stage.prior.before_call = failing_at(2, error)
    assert stage("edit", drawing, *WORDS, "-o", out) == 1
    printed, said = capsys.readouterr()
    assert sentence in said
    assert "a bug" not in printed
    assert printed.count("\n") == len(DRAWING_FILES)
    assert names_in(out) == sorted(DRAWING_FILES)


def test_a_run_that_fails_at_once_writes_nothing(stage, drawing, out, capsys):
    stage.prior.before_call = failing_at(0, OutOfMemory("Too little memory."))
    assert stage("edit", drawing, *WORDS, "-o", out) == 1
    assert capsys.readouterr() == ("", "Too little memory.\n")
    assert names_in(out) == []


def test_ctrl_c_stops_after_the_step_and_writes_the_result_so_far(stage, drawing, out, capsys):
    stage.prior.before_call = interrupt_at(1)
    assert stage("edit", drawing, *WORDS, "-o", out) == 130
    printed, said = capsys.readouterr()
    assert said == "Interrupted after step 2; the result so far is written.\n"
    assert printed.count("\n") == len(DRAWING_FILES)
    assert stage.prior.calls == 2


def test_ctrl_c_during_an_edit_refines_nothing(stage, drawing, out, capsys):
    stage.prior.before_call = interrupt_at(1)
    assert stage("edit", drawing, *WORDS, *QUICK, "--refine", "-o", out) == 130
    assert "Interrupted after step 2" in capsys.readouterr().err
    assert stage.prior.calls == 2


def test_ctrl_c_during_the_refinement_writes_it_so_far(stage, drawing, out, capsys):
    stage.prior.before_call = interrupt_at(4)
    assert stage("edit", drawing, *WORDS, *QUICK, "--refine", "-o", out) == 130
    assert "Interrupted after step 1;" in capsys.readouterr().err
    assert written_recipe(out).after is not None


def test_a_second_ctrl_c_gives_up_at_once(stage, drawing, out, capsys):
    stage.prior.before_call = interrupt_at(1, times=2)
    assert stage("edit", drawing, *WORDS, "-o", out) == 130
    refused(capsys, "interrupted; nothing was written")
    assert names_in(out) == []


def test_a_refinement_that_fails_on_its_way_writes_what_it_had(stage, scene, out, capsys):
    assert stage("edit", scene, *WORDS, *QUICK_SCENE, "-o", out) == 0
    capsys.readouterr()
    stage.prior.before_call = failing_at(3, NonFiniteGradient("NaN at step 2.", step=1))
    argv = ["--refresh-every", 1, "--sdedit-steps", 10, "--noise-low", 0.3, "--noise-high", 0.3]
    assert stage("refine", out, *argv, *QUICK_SCENE) == 1
    assert "NaN at step 2." in capsys.readouterr().err
    assert names_in(out / "refined") == sorted(SCENE_FILES)


def test_ctrl_c_during_a_contact_sheet_writes_nothing(stage, tmp_path, capsys):
    stage.prior.before_call = interrupt_at(0)
    assert stage("contact-sheet", "--kind", "svg", "-o", tmp_path / "a.png") == 130
    assert "nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()


def test_the_handler_of_ctrl_c_is_put_back():
    before = signal.getsignal(signal.SIGINT)
    with interrupt_once():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_an_error_that_is_a_bug_ends_with_1_even_if_nothing_could_be_built(capsys):
    def broken():
        raise ZeroDivisionError("a bug")

    record = follow(broken, label="x", quiet=True)
    assert exit_code(record) == 1
    assert capsys.readouterr().err.endswith(f"{UNEXPECTED}\n")


class Terminal(io.StringIO):
    """Where a bar is worth drawing."""

    def isatty(self) -> bool:
        return True


class Running:
    """What a bar reads of a run."""

    doing, curve_label, warnings = "Editing", "Gradient", ()


def record_after(step: int, total: int) -> JobRecord:
    record = JobRecord(time.monotonic)
    record.start()
    record.built(Running())
    for index in range(step):
        record.stepped(index, total, 0.25)
    return record


def test_a_terminal_gets_a_bar_unless_it_should_be_quiet():
    loud, quiet = Terminal(), Terminal()
    for stream, hushed in ((loud, False), (quiet, True)):
        bar = Bar("cat", quiet=hushed, stream=stream)
        bar.show(record_after(0, 4))
        bar.show(record_after(4, 4))
        bar.close()
    assert "cat: 100%" in loud.getvalue()
    assert "4/4" in loud.getvalue()
    assert "Gradient 0.25" in loud.getvalue()
    assert quiet.getvalue() == ""


def test_where_there_is_no_terminal_a_line_says_what_begins():
    stream = io.StringIO()
    bar = Bar("cat", quiet=False, stream=stream)
    for step in (1, 2, 3):
        bar.show(record_after(step, 3))
    bar.close()
    assert stream.getvalue() == "cat: Editing, 3 steps.\n"
