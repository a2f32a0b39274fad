"""Watching a job: newest first, the final view always, nobody in anybody's way."""

import time

import pytest

from pds.work.jobs import Jobs
from tests.doubles.job_doubles import FakeRun, Gate, finish, start, until


@pytest.fixture
def jobs():
    with Jobs() as engine:
        yield engine


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
