"""The one loop that drives a run: its error border, its stops, its last snapshot."""

import itertools
import logging

import pytest
import torch

from pds.base.errors import InputError, NonFiniteGradient
from pds.work.drive import OUT_OF_MEMORY, UNEXPECTED, drive
from pds.work.record import JobRecord
from tests.doubles.job_doubles import Clock, FakeRun


def begun() -> JobRecord:
    record = JobRecord(Clock())
    record.start()
    return record


def raiser(error: BaseException, at: int = 1):
    def before_step(index: int) -> None:
        if index == at:
            raise error

    return before_step


def test_a_run_is_driven_to_its_end_and_its_last_state_is_what_is_seen():
    run, record = FakeRun(4), begun()
    steps = [r.steps_taken for r in drive(lambda: run, record, interval_s=3600)]
    assert steps == [0, 1, 2, 3, 4]
    assert (record.state, record.error, record.total) == ("done", None, 4)
    assert record.snapshot.content == 4
    assert record.result().edited.content == 4


def test_between_two_steps_snapshots_are_taken_at_the_interval_and_one_at_the_end():
    often, seldom = FakeRun(10), FakeRun(10)
    list(drive(lambda: often, begun(), interval_s=0.0))
    list(drive(lambda: seldom, begun(), interval_s=3600))
    assert (often.snapshots, seldom.snapshots) == (11, 2)


def test_a_wish_to_stop_ends_it_after_the_step_and_closes_the_run():
    run, record = FakeRun(100), begun()
    for _ in drive(lambda: run, record, interval_s=3600):
        record.stopping = record.steps_taken == 3
    assert (record.state, run.taken, run.closed) == ("stopped", 3, True)
    assert record.snapshot.content == 3


def test_a_wish_to_stop_before_the_first_step_takes_none():
    run, record = FakeRun(100), begun()
    record.stopping = True
    list(drive(lambda: run, record))
    assert (record.state, run.taken, record.result()) == ("stopped", 0, None)


def test_a_wish_to_stop_at_the_last_step_leaves_it_done():
    record = begun()
    for _ in drive(lambda: FakeRun(2), record):
        record.stopping = record.steps_taken == 2
    assert record.state == "done"


def test_closing_the_iterator_stops_the_run_after_the_step():
    run, record = FakeRun(100), begun()
    driven = drive(lambda: run, record)
    list(itertools.islice(driven, 4))
    driven.close()
    assert (record.state, run.taken, run.closed) == ("stopped", 3, True)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NonFiniteGradient("NaN at step 2.", step=1), "NaN at step 2."),
        (InputError("A bad drawing."), "A bad drawing."),
        (MemoryError(), OUT_OF_MEMORY),
        (torch.OutOfMemoryError("CUDA out of memory"), OUT_OF_MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: tried 9"), OUT_OF_MEMORY),
    ],
)
def test_an_error_becomes_a_sentence_and_what_was_reached_is_kept(error, sentence, caplog):
    run, record = FakeRun(5, before_step=raiser(error, at=2)), begun()
    list(drive(lambda: run, record, interval_s=3600))
    assert (record.state, record.error) == ("failed", sentence)
    assert record.snapshot.content == 2
    assert record.result().edited.content == 2
    assert caplog.records == []


@pytest.mark.parametrize("error", [ValueError("a bug"), AssertionError("a bug"), KeyError("bug")])
def test_a_bug_is_a_sentence_too_and_its_traceback_is_in_the_log(error, caplog):
    record = begun()
    with caplog.at_level(logging.ERROR):
        list(drive(lambda: FakeRun(before_step=raiser(error)), record, title="cat to dog"))
    assert (record.state, record.error) == ("failed", UNEXPECTED)
    assert "cat to dog" in caplog.text
    assert "raise error" in caplog.text


def test_a_run_that_cannot_be_built_fails_with_a_sentence():
    def make_run():
        raise InputError("No such prior.")

    record = begun()
    assert list(drive(make_run, record)) == []
    assert (record.state, record.error, record.run) == ("failed", "No such prior.", None)


class Unseen(FakeRun):
    """Cannot say what it has reached."""

    def snapshot(self):
        raise InputError("Not a finite number.")


def test_a_state_that_cannot_be_looked_at_fails_with_a_sentence():
    record = begun()
    list(drive(lambda: Unseen(3), record, interval_s=3600))
    assert (record.state, record.error) == ("failed", "Not a finite number.")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
def test_what_ends_the_program_passes_and_leaves_a_stopped_record(error):
    run, record = FakeRun(before_step=raiser(error)), begun()
    driven = drive(lambda: run, record)
    with pytest.raises(type(error)):
        list(driven)
    assert (record.state, run.closed) == ("stopped", True)
