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
    assert run.previews <= 3  # of the fifty snapshots


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
    watcher = job.watch(3600.0)
    next(watcher)
    gate.open_all()
    assert next(watcher).state == "done"  # not after an hour


def test_a_quiet_job_still_gives_views(jobs):
    gate = Gate()
    job = start(jobs, FakeRun(1, before_step=gate))
    gate.arrived.wait(30)
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


def test_watchers_see_what_finished_steps_have_reached_and_nothing_else(jobs):
    gate = Gate()
    job = start(jobs, FakeRun(5, before_step=gate))
    gate.arrived.wait(30)
    assert job.snapshot is None
    seen = []
    for taken in (1, 2, 3):
        gate.open()
        until(lambda taken=taken: job.view().step == taken and job.snapshot.content == taken)
        seen.append(job.snapshot)
    gate.open_all()
    finish(job)
    assert [asset.content for asset in seen] == [1, 2, 3]
    assert job.snapshot.content == 5


def test_a_run_is_asked_for_snapshots_no_oftener_than_its_interval():
    with Jobs() as jobs:
        run = FakeRun(50)
        finish(jobs.get(jobs.submit(lambda: run, title="x", interval_s=3600.0)))
    assert run.snapshots == 2  # the first step, and the end


def test_the_result_of_a_job_is_made_once_and_only_of_steps(jobs):
    gate = Gate()
    job = start(jobs, FakeRun(2, before_step=gate))
    gate.arrived.wait(30)
    assert job.result is None
    gate.open_all()
    finish(job)
    assert job.result is job.result
    assert job.result.edited.content == 2
    empty = start(jobs, FakeRun(0))
    finish(empty)
    assert empty.result is None
