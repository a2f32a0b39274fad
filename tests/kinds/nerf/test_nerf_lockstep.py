"""A call that only knows callbacks becomes a generator: in step, closable, with its errors."""

import threading

import pytest

from pds.kinds.nerf.posing.lockstep import Stopped, lockstep


def counting(log: list, count: int):
    def work(tell):
        for index in range(count):
            log.append(index)
            tell(index)
        return "the result"

    return work


def test_the_items_are_what_is_told_and_the_result_is_returned():
    results = []

    def asking():
        results.append((yield from lockstep(counting([], 3))))

    assert list(asking()) == [0, 1, 2]
    assert results == ["the result"]


def test_nothing_goes_on_while_nobody_asks():
    log = []
    steps = lockstep(counting(log, 9))
    assert log == []
    for asked in range(3):
        assert next(steps) == asked
        assert log == list(range(asked + 1))
    steps.close()


def test_closing_raises_inside_the_work_and_ends_its_thread():
    ended = []

    def work(tell):
        try:
            tell("first")
            tell("never asked for")
        except Stopped:
            ended.append(threading.current_thread())
            raise

    steps = lockstep(work)
    assert next(steps) == "first"
    steps.close()
    assert len(ended) == 1
    assert ended[0] not in threading.enumerate()


def test_an_error_of_the_work_is_raised_where_it_is_asked():
    def work(tell):
        tell(1)
        raise ValueError("went wrong")

    steps = lockstep(work)
    assert next(steps) == 1
    with pytest.raises(ValueError, match="went wrong"):
        next(steps)
    assert not [t for t in threading.enumerate() if t.name == "lockstep"]


def test_work_that_tells_nothing_ends_at_once():
    assert list(lockstep(lambda tell: None)) == []
