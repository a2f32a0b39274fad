"""Jobs: one at a time, watched by anyone, stopped within a step, never lost by accident."""

import logging
import threading
import time
from itertools import pairwise

import pytest
import torch

from pds.errors import InputError, JobError, NonFiniteGradient
from pds.job_run import OUT_OF_MEMORY, UNEXPECTED
from pds.job_view import MAX_CURVE_POINTS, Curve, JobRecord, describe, duration
from pds.jobs import Job, Jobs
from tests.job_doubles import FakeRun, Gate


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def jobs():
    with Jobs() as engine:
        yield engine


def raiser(error: BaseException, at: int = 1):
    def before_step(index: int) -> None:
        if index == at:
            raise error

    return before_step


def start(jobs: Jobs, run: FakeRun, title: str = "cat") -> Job:
    return jobs.get(jobs.submit(lambda: run, title=title))


def finish(job: Job):
    return list(job.watch(0.001))[-1]


def until(true, timeout_s: float = 5.0) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.002)


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
    gate.arrived.wait(5)
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
    gate.arrived.wait(5)
    second_gate = Gate()
    start(jobs, FakeRun(1, before_step=second_gate))
    third = start(jobs, FakeRun(1))
    watcher = third.watch(0.001)
    assert next(watcher).position == 2
    gate.open_all()
    finish(first)
    second_gate.arrived.wait(5)
    assert next(watcher).position == 1
    second_gate.open_all()
    assert list(watcher)[-1].state == "done"


def test_those_behind_a_stopped_waiting_job_move_up(jobs):
    gate = Gate()
    start(jobs, FakeRun(1, before_step=gate))
    gate.arrived.wait(5)
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
    gate.arrived.wait(5)
    job.stop()
    gate.open_all()
    assert finish(job).state == "done"


def test_a_waiting_job_is_stopped_at_once_and_never_built(jobs):
    gate, built = Gate(), []
    first = start(jobs, FakeRun(1, before_step=gate))
    gate.arrived.wait(5)
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
        go.wait(5)
        return run

    job = jobs.get(jobs.submit(make_run, title="slow"))
    loading.wait(5)
    assert job.view().message == "Loading the prior and the drawing."
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


def test_a_slow_watcher_gets_the_newest_and_always_the_final_view(jobs):
    gate = Gate()
    run = FakeRun(50, before_step=gate)
    job = start(jobs, run)
    watcher = job.watch(0.001)
    next(watcher)
    gate.open_all()
    until(lambda: job.finished)
    rest = list(watcher)
    assert [view.step for view in rest] == [50]
    assert rest[0].finished
    assert run.previews <= 3


def test_views_come_no_faster_than_asked_and_the_final_one_at_once(jobs):
    def before_step(_index: int) -> None:
        time.sleep(0.002)

    job = start(jobs, FakeRun(100, before_step=before_step))
    begun = time.monotonic()
    views = list(job.watch(0.06))
    spent = time.monotonic() - begun
    assert len(views) <= spent / 0.06 + 3
    assert views[-1].state == "done"

    gate = Gate()
    job = start(jobs, FakeRun(1, before_step=gate))
    watcher = job.watch(30.0)
    next(watcher)
    gate.open_all()
    begun = time.monotonic()
    assert next(watcher).state == "done"
    assert time.monotonic() - begun < 5


def test_a_quiet_job_still_gives_views(jobs):
    gate = Gate()
    job = start(jobs, FakeRun(1, before_step=gate))
    gate.arrived.wait(5)
    watcher = job.watch(0.001, heartbeat_s=0.02)
    assert [next(watcher).state for _ in range(3)] == ["running"] * 3
    gate.open_all()


def test_several_watchers_see_the_same_end_and_one_who_leaves_stops_nothing(jobs):
    gate = Gate()
    run = FakeRun(5, before_step=gate)
    job = start(jobs, run)
    leaving, staying, late = (job.watch(0.001) for _ in range(3))
    next(leaving)
    next(staying)
    leaving.close()
    gate.open_all()
    assert list(staying)[-1].step == 5
    assert [view.state for view in late] == ["done"]
    assert run.taken == 5


def test_the_picture_of_a_step_is_drawn_once_for_all_watchers(jobs):
    run = FakeRun(1)
    job = start(jobs, run)
    finish(job)
    before = run.previews
    pictures = {id(job.view().image) for _ in range(5)}
    assert len(pictures) == 1
    assert run.previews == before


def test_no_picture_is_drawn_when_nobody_watches(jobs):
    run = FakeRun(20)
    job = start(jobs, run)
    until(lambda: job.finished)
    assert run.previews == 0


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
        gate.arrived.wait(5)
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
    gate.arrived.wait(5)
    waiting = start(jobs, FakeRun())
    closer = threading.Thread(target=jobs.close)
    closer.start()
    until(lambda: waiting.state == "stopped")
    gate.open_all()
    closer.join(5)
    assert running.state == "stopped"
    assert run.taken == 1
    assert not any(thread.name == "pds-engine" and thread.is_alive() for thread in [jobs._engine])
    with pytest.raises(JobError, match="closing"):
        jobs.submit(FakeRun, title="late")


def test_a_long_title_is_cut(jobs):
    assert len(jobs.get(jobs.submit(FakeRun, title="x" * 999)).title) == 200


def test_the_time_left_follows_the_last_steps_and_leaves_out_the_first():
    clock = Clock()
    record = JobRecord(clock)
    record.start()
    record.built(object())
    clock.now += 30.0  # warm-up: loading and compiling
    record.stepped(0, 101, 0.0)
    assert describe(record, position=0).eta_s is None
    for index in range(1, 51):
        clock.now += 2.0
        record.stepped(index, 101, 0.0)
    view = describe(record, position=0)
    assert view.eta_s == pytest.approx(100.0)
    assert view.elapsed_s == pytest.approx(130.0)
    assert view.message == "Step 51 of 101, about 1 min 40 s left."
    record.finish("done")
    clock.now += 1000
    view = describe(record, position=0)
    assert view.eta_s is None
    assert view.elapsed_s == pytest.approx(130.0)


def test_a_long_curve_is_thinned_evenly_and_keeps_its_start():
    curve = Curve()
    for index in range(10_000):
        curve.add(index, float(index))
    points = curve.points()
    assert MAX_CURVE_POINTS / 2 <= len(points) <= MAX_CURVE_POINTS
    gaps = {after[0] - before[0] for before, after in pairwise(points)}
    assert points[0] == (0, 0.0)
    assert len(gaps) == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (3599, "59 min 59 s"), (7500, "2 h 5 min")],
)
def test_durations_read_as_words(seconds, text):
    assert duration(seconds) == text
