"""Jobs: one at a time, watched by anyone, stopped within a step, never lost by accident."""

import logging
import threading

import pytest
import torch

from pds.base.errors import InputError, JobError, NonFiniteGradient
from pds.work.drive import OUT_OF_MEMORY, UNEXPECTED
from pds.work.jobs import Jobs
from tests.doubles.job_doubles import Clock, FakeRun, Gate, finish, start, until


@pytest.fixture
def jobs():
    with Jobs() as engine:
        yield engine


def raiser(error: BaseException, at: int = 1):
    def before_step(index: int) -> None:
        if index == at:
            raise error

    return before_step


def test_a_job_takes_all_steps_and_keeps_its_run(jobs):
    run = FakeRun(4)
    job = start(jobs, run)
    view = finish(job)
    assert (view.state, view.step, view.total, job.error) == ("done", 4, 4, None)
    assert job.run is run
    assert run.closed
    assert view.curve == ((0, 0.0), (1, 0.1), (2, 0.2), (3, 0.3))
    assert view.image.getpixel((0, 0)) == (4, 0, 0)
    assert view.message.startswith("Done: 4 steps")


def test_jobs_run_one_at_a_time_in_the_order_they_came(jobs):
    gate, order = Gate(), []
    first = start(jobs, FakeRun(1, before_step=gate))
    gate.arrived.wait(30)
    others = [
        start(jobs, FakeRun(1, before_step=lambda _, name=name: order.append(name)))
        for name in ("second", "third")
    ]
    assert [job.position for job in (first, *others)] == [0, 1, 2]
    assert [job.state for job in (first, *others)] == ["running", "waiting", "waiting"]
    assert others[1].view().message == "Waiting: number 2 in line."
    gate.open_all()
    finish(others[1])
    assert order == ["second", "third"]


def test_a_waiting_watcher_sees_its_place_move_up(jobs):
    gate = Gate()
    first = start(jobs, FakeRun(1, before_step=gate))
    gate.arrived.wait(30)
    second_gate = Gate()
    start(jobs, FakeRun(1, before_step=second_gate))
    third = start(jobs, FakeRun(1))
    watcher = third.watch(0.001)
    assert next(watcher).position == 2
    gate.open_all()
    finish(first)
    second_gate.arrived.wait(30)
    assert next(watcher).position == 1
    second_gate.open_all()
    assert list(watcher)[-1].state == "done"


def test_those_behind_a_stopped_waiting_job_move_up(jobs):
    gate = Gate()
    start(jobs, FakeRun(1, before_step=gate))
    gate.arrived.wait(30)
    before, behind = start(jobs, FakeRun()), start(jobs, FakeRun())
    watcher = behind.watch(0.001)
    assert next(watcher).position == 2
    before.stop()
    assert next(watcher).position == 1
    gate.open_all()


def test_stop_takes_effect_within_one_step_and_keeps_the_result(jobs):
    gate = Gate()
    run = FakeRun(100, before_step=gate)
    job = start(jobs, run)
    gate.open()
    until(lambda: run.taken == 1)
    job.stop()
    assert job.view().message == "Stopping after this step."
    gate.open_all()
    view = finish(job)
    assert (view.state, view.step, run.taken) == ("stopped", 2, 2)
    assert job.run is run
    assert run.closed
    assert view.message == "Stopped. The result after 2 of 100 steps is kept."


def test_a_stop_that_comes_with_the_last_step_leaves_the_job_done(jobs):
    gate = Gate()
    job = start(jobs, FakeRun(1, before_step=gate))
    gate.arrived.wait(30)
    job.stop()
    gate.open_all()
    assert finish(job).state == "done"


def test_a_waiting_job_is_stopped_at_once_and_never_built(jobs):
    gate, built = Gate(), []
    first = start(jobs, FakeRun(1, before_step=gate))
    gate.arrived.wait(30)
    job = jobs.get(jobs.submit(lambda: built.append(1), title="never"))
    job.stop()
    assert finish(job).state == "stopped"
    assert job.view().message == "Stopped."
    gate.open_all()
    finish(first)
    assert finish(start(jobs, FakeRun())).state == "done"
    assert built == []


def test_a_job_stopped_while_it_loads_takes_no_step(jobs):
    loading, go = threading.Event(), threading.Event()
    run = FakeRun()

    def make_run():
        loading.set()
        go.wait(30)
        return run

    job = jobs.get(jobs.submit(make_run, title="slow"))
    loading.wait(30)
    assert job.view().message == "Loading what is needed."
    job.stop()
    go.set()
    assert finish(job).state == "stopped"
    assert run.taken == 0


def test_stopping_a_finished_job_changes_nothing(jobs):
    job = start(jobs, FakeRun())
    finish(job)
    job.stop()
    assert job.state == "done"


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
def test_a_run_that_fails_says_why_and_keeps_what_it_had(jobs, caplog, error, sentence):
    run = FakeRun(before_step=raiser(error))
    job = start(jobs, run)
    view = finish(job)
    assert (view.state, view.step, job.error) == ("failed", 1, sentence)
    assert job.run is run
    assert run.closed
    assert view.message.startswith(sentence)
    assert "after 1 of 3 steps is kept" in view.message
    assert caplog.records == []


@pytest.mark.parametrize("error", [ValueError("a bug"), RuntimeError("a bug")])
def test_a_bug_is_logged_with_its_traceback_and_the_engine_lives_on(jobs, caplog, error):
    with caplog.at_level(logging.ERROR):
        job = start(jobs, FakeRun(before_step=raiser(error)))
        assert finish(job).state == "failed"
    assert job.error == UNEXPECTED
    assert "a bug" not in job.view().message
    assert "raise error" in caplog.text
    assert finish(start(jobs, FakeRun())).state == "done"


def test_a_run_that_cannot_be_built_fails_without_a_run(jobs):
    def make_run():
        raise InputError("No such prior.")

    job = jobs.get(jobs.submit(make_run, title="x"))
    view = finish(job)
    assert (view.state, view.message, view.image) == ("failed", "No such prior.", None)
    assert job.run is None


def test_ids_cannot_be_guessed_and_unknown_ones_are_refused(jobs):
    ids = {jobs.submit(FakeRun, title="x") for _ in range(3)}
    assert len(ids) == 3
    assert all(len(job_id) >= 32 for job_id in ids)
    with pytest.raises(JobError, match="no longer kept"):
        jobs.get("nonsense")


def test_a_full_line_refuses_and_accepts_again_after_a_stop():
    gate = Gate()
    with Jobs(max_waiting=2) as jobs:
        start(jobs, FakeRun(1, before_step=gate))
        gate.arrived.wait(30)
        waiting = [start(jobs, FakeRun()) for _ in range(2)]
        with pytest.raises(JobError, match="2 edits are waiting"):
            jobs.submit(FakeRun, title="one too many")
        waiting[0].stop()
        jobs.submit(FakeRun, title="fits")
        gate.open_all()


def test_finished_jobs_are_forgotten_after_their_time():
    clock = Clock()
    with Jobs(ttl_s=60, clock=clock) as jobs:
        job = start(jobs, FakeRun())
        finish(job)
        clock.now += 59
        assert jobs.get(job.id) is job
        clock.now += 2
        with pytest.raises(JobError):
            jobs.get(job.id)


def test_only_so_many_finished_jobs_are_kept_and_the_oldest_go_first():
    clock = Clock()
    with Jobs(keep=2, clock=clock) as jobs:
        done = []
        for _ in range(3):
            clock.now += 1
            done.append(start(jobs, FakeRun()))
            finish(done[-1])
        with pytest.raises(JobError):
            jobs.get(done[0].id)
        assert [jobs.get(job.id) for job in done[1:]] == done[1:]


def test_close_stops_the_running_job_drops_the_waiting_and_ends_the_thread():
    gate = Gate()
    jobs = Jobs()
    run = FakeRun(10_000, before_step=gate)
    running = start(jobs, run)
    gate.arrived.wait(30)
    waiting = start(jobs, FakeRun())
    closer = threading.Thread(target=jobs.close)
    closer.start()
    until(lambda: waiting.state == "stopped")
    gate.open_all()
    closer.join(30)
    assert running.state == "stopped"
    assert run.taken == 1
    assert not any(thread.name == "pds-engine" and thread.is_alive() for thread in [jobs._engine])
    with pytest.raises(JobError, match="closing"):
        jobs.submit(FakeRun, title="late")


def test_a_long_title_is_cut(jobs):
    assert len(jobs.get(jobs.submit(FakeRun, title="x" * 999)).title) == 200
