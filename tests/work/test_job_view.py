"""What is known of a job, and how it reads."""

from itertools import pairwise

import pytest

from pds.work.record import MAX_CURVE_POINTS, Curve, JobRecord, describe, duration
from tests.doubles.job_doubles import Clock, FakeRun


def test_the_time_left_follows_the_last_steps_and_leaves_out_the_first():
    clock = Clock()
    record = JobRecord(clock)
    record.start()
    record.built(FakeRun())
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


def test_a_second_stage_has_a_curve_and_a_pace_of_its_own():
    clock = Clock()
    record = JobRecord(clock)
    record.start()
    record.built(FakeRun())
    for total, seconds in ((50, 1.0), (11, 3.0)):
        for index in range(5):
            clock.now += seconds
            record.stepped(index, total, float(total))
    view = describe(record, position=0)
    assert view.curve == tuple((index, 11.0) for index in range(5))
    assert (view.step, view.total) == (5, 11)
    assert view.eta_s == pytest.approx(18.0)


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
