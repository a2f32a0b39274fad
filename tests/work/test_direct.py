"""Runs inside the call that watches them: what crosses the border of a process is pickled."""

import itertools
import logging
import pickle

import pytest

from pds.base.errors import JobError, PDSError
from pds.work.direct import MAX_KEPT, DirectDriver, moments
from pds.work.drive import UNEXPECTED
from pds.work.order import EditOrder, Order, Tools
from tests.doubles.job_doubles import FakeRun, counted
from tests.doubles.work_doubles import KINDS, asset_of, recipe_of, tiny_prior


def pickling(function):
    """What the platform does: orders and moments cross to another process and back."""

    def carry_out(order):
        for moment in function(pickle.loads(pickle.dumps(order))):
            yield pickle.loads(pickle.dumps(moment))

    return carry_out


class FakeOrder(Order):
    """Carries a fake run out."""

    kind = "svg"
    notes = ()

    def __init__(self, *args, **options):
        self.options = (args, options)

    name = title = "fake"
    source = counted(0)

    def make_run(self, tools):
        args, options = self.options
        return FakeRun(*args, **options)


def tools(tmp_path) -> Tools:
    return Tools(prior=tiny_prior, folder=tmp_path, device="cpu")


def driver(tmp_path, decorate=lambda function: function, **options) -> DirectDriver:
    return DirectDriver(tools(tmp_path), decorate=decorate, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_orders_moments_and_results_of_every_kind_go_through_another_process(kind, tmp_path):
    asset = asset_of(kind)
    order = EditOrder(recipe=recipe_of(asset), asset=asset)
    direct = driver(tmp_path, pickling)
    job_id = direct.start(order)
    views = list(direct.watch(job_id))
    assert (views[-1].state, views[-1].step, views[-1].error) == ("done", 3, None)
    assert views[-1].image is not None
    made = direct.result(job_id)
    assert made.edited.key != asset.key
    assert made.source.key == asset.key
    assert len(list(made.film.frames(32))) >= 2
    assert direct.reached(job_id).key == made.edited.key


def test_views_come_at_the_interval_and_at_the_end(tmp_path):
    order = FakeOrder(50)
    seen = list(moments(order, tools(tmp_path)))
    assert len(seen) < 50
    assert seen[-1].view.state == "done"
    assert seen[-1].result.edited.content == 50
    assert seen[0].result is None


def test_only_the_first_watcher_drives_and_a_later_one_sees_the_last_moment(tmp_path):
    direct = driver(tmp_path)
    job_id = direct.start(FakeOrder(3))
    assert direct.view(job_id).state == "waiting"
    first = direct.watch(job_id)
    next(first)
    later = list(direct.watch(job_id))
    assert len(later) == 1
    list(first)
    assert [view.state for view in direct.watch(job_id)] == ["done"]


def test_a_wish_to_stop_keeps_what_was_reached(tmp_path):
    direct = driver(tmp_path)
    asset = asset_of("svg")
    job_id = direct.start(EditOrder(recipe=recipe_of(asset, steps=100_000), asset=asset))
    for view in direct.watch(job_id):
        if view.step and direct.reached(job_id) is not None:
            direct.stop(job_id)
    view = direct.view(job_id)
    assert view.state == "stopped"
    assert f"after {view.step} of 100000 steps is kept" in view.message
    assert direct.result(job_id).edited.key == direct.reached(job_id).key


def test_a_watcher_who_leaves_ends_the_run(tmp_path):
    direct = driver(tmp_path)
    job_id = direct.start(FakeOrder(3))
    watcher = direct.watch(job_id)
    next(watcher)
    watcher.close()
    view = direct.view(job_id)
    assert (view.state, view.message) == ("stopped", "Stopped.")
    assert direct.result(job_id) is None


class NoDevice(PDSError):
    """The platform has none left."""


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NoDevice("No GPU is left for today."), "No GPU is left for today."),
        (OSError(9), UNEXPECTED),
    ],
)
@pytest.mark.parametrize("after", [0, 1])
def test_whatever_the_platform_raises_is_a_sentence(tmp_path, caplog, error, sentence, after):
    def failing(function):
        def carry_out(order):
            yield from itertools.islice(function(order), after)
            raise error

        return carry_out

    direct = driver(tmp_path, failing)
    job_id = direct.start(FakeOrder(3))
    with caplog.at_level(logging.CRITICAL):
        seen = list(direct.watch(job_id))
    assert (seen[-1].state, seen[-1].error) == ("failed", sentence)
    assert seen[-1].message.startswith(sentence)
    assert "of 0 steps" not in seen[-1].message


def test_a_bug_of_a_run_is_a_sentence_and_not_stopped_after_no_steps(tmp_path, caplog):
    def before_step(index):
        raise ZeroDivisionError

    direct = driver(tmp_path)
    job_id = direct.start(FakeOrder(3, before_step=before_step))
    with caplog.at_level(logging.CRITICAL):
        view = list(direct.watch(job_id))[-1]
    assert (view.state, view.message) == ("failed", UNEXPECTED)


def test_only_so_many_runs_are_kept_and_who_forgets_is_told(tmp_path):
    forgotten = []
    direct = driver(tmp_path, forgotten=forgotten.append)
    ids = [direct.start(FakeOrder(1)) for _ in range(MAX_KEPT + 2)]
    assert forgotten == ids[:2]
    assert not direct.is_kept(ids[0])
    assert direct.is_kept(ids[-1])
    with pytest.raises(JobError, match="no longer kept"):
        direct.view(ids[0])


def test_closing_stops_what_goes_on(tmp_path):
    direct = driver(tmp_path)
    job_id = direct.start(FakeOrder(1_000_000))
    watcher = direct.watch(job_id)
    next(watcher)
    direct.close()
    assert list(watcher)[-1].state == "stopped"
