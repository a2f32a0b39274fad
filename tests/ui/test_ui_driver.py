import functools
import pickle

import pytest

from pds.base.errors import JobError
from pds.ui.direct import DirectDriver, DrawingPacking, snapshots
from pds.ui.driver import LocalDriver, title_of
from pds.work.jobs import Jobs
from tests.doubles.ui_doubles import FakeRun, recipe, wait_until


def as_on_a_borrowed_device(generator):
    """Stands for a platform's decorator: everything in and out crosses a process border."""

    @functools.wraps(generator)
    def call(*arguments):
        for item in generator(*pickle.loads(pickle.dumps(arguments))):
            yield pickle.loads(pickle.dumps(item))

    return call


def direct(**run) -> DirectDriver:
    return DirectDriver(
        functools.partial(FakeRun, **run), DrawingPacking(), decorate=as_on_a_borrowed_device
    )


def local(jobs: Jobs, **run) -> LocalDriver:
    make_run = functools.partial(FakeRun, **run)
    return LocalDriver(jobs, make_run, title=title_of, min_interval_s=0.01)


@pytest.fixture(params=["local", "direct"])
def make_driver(request):
    opened = []

    def make(**run):
        if request.param == "direct":
            return direct(**run)
        jobs = Jobs()
        opened.append(jobs)
        return local(jobs, **run)

    yield make
    for jobs in opened:
        jobs.close()


def test_a_run_is_watched_to_its_end_and_its_result_kept(make_driver):
    driver = make_driver()
    job_id = driver.start(recipe(steps=8))
    views = list(driver.watch(job_id))
    assert views[-1].state == "done"
    assert views[-1].step == 8
    assert driver.view(job_id).state == "done"
    run = driver.result(job_id)
    assert run.svg() != run.source_svg()
    assert [frame.size for frame in run.frames(64)][-1] == (64, 64)
    assert driver.order(job_id) == recipe(steps=8)


def test_stop_ends_a_run_and_keeps_what_it_reached(make_driver):
    driver = make_driver(seconds=0.01)
    job_id = driver.start(recipe(steps=5000))
    for view in driver.watch(job_id):
        if view.step >= 2:
            driver.stop(job_id)
    assert view.state == "stopped"
    assert 2 <= view.step < 200
    assert driver.result(job_id).svg() != driver.result(job_id).source_svg()


def test_a_failing_run_says_why_and_keeps_what_it_reached(make_driver):
    driver = make_driver(fail_at=3)
    job_id = driver.start(recipe(steps=8))
    last = list(driver.watch(job_id))[-1]
    assert last.state == "failed"
    assert "infinite" in last.message
    assert driver.result(job_id) is not None


def test_an_unknown_run_is_refused_in_words(make_driver):
    driver = make_driver()
    for ask in (driver.view, driver.order, driver.result, driver.stop):
        with pytest.raises(JobError, match="start it again"):
            ask("nonsense")
    with pytest.raises(JobError, match="start it again"):
        list(driver.watch("nonsense"))
    assert not driver.is_kept("nonsense")


def test_a_local_run_goes_on_when_its_watcher_leaves():
    with Jobs() as jobs:
        driver = local(jobs, seconds=0.002)
        job_id = driver.start(recipe(steps=50))
        watcher = driver.watch(job_id)
        next(watcher)
        watcher.close()
        wait_until(lambda: driver.view(job_id).state == "done")


def test_a_local_driver_forgets_the_recipes_of_the_oldest_runs():
    with Jobs(max_waiting=2000) as jobs:
        driver = local(jobs)
        first, *_ = [driver.start(recipe(steps=1)) for _ in range(140)]
        with pytest.raises(JobError, match="start it again"):
            driver.order(first)


def test_a_direct_run_ends_with_its_watcher_and_keeps_the_last_snapshot():
    driver = direct(seconds=0.001)
    job_id = driver.start(recipe(steps=5000))
    assert driver.view(job_id).state == "waiting"
    assert driver.result(job_id) is None
    watcher = driver.watch(job_id)
    next(watcher)
    watcher.close()
    assert driver.view(job_id).state == "stopped"
    assert driver.result(job_id) is not None


def test_only_the_first_watcher_drives_a_direct_run():
    driver = direct()
    job_id = driver.start(recipe())
    assert len(list(driver.watch(job_id))) >= 1
    assert [view.state for view in driver.watch(job_id)] == ["done"]


def test_a_direct_driver_keeps_a_bounded_number_of_runs():
    driver = direct()
    first, *_, last = [driver.start(recipe()) for _ in range(40)]
    assert not driver.is_kept(first)
    assert driver.is_kept(last)


def test_a_direct_run_that_cannot_be_built_fails_with_its_sentence():
    def refuse(_recipe):
        raise JobError("There is no device.")

    (last,) = snapshots(refuse, recipe(), DrawingPacking())
    assert last.view.state == "failed"
    assert last.packed is None
    assert "no device" in last.view.message
