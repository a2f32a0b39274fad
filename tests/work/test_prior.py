"""The prior of a program: loaded once, when it is first needed."""

import threading

import pytest

from pds.base.errors import PriorNotFound
from pds.work.prior import LazyPrior
from tests.doubles.work_doubles import tiny_prior


def test_it_is_loaded_once_however_many_ask_at_a_time():
    loads, found = [], []

    def load():
        loads.append(1)
        return tiny_prior()

    prior = LazyPrior(load, name="tiny")
    assert not prior.loaded
    assert prior.vocabulary() is None
    threads = [threading.Thread(target=lambda: found.append(prior.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(loads) == 1
    assert len({id(one) for one in found}) == 1
    assert prior.loaded


def test_a_loading_that_failed_is_tried_again():
    answers = [PriorNotFound("No network."), MemoryError(), tiny_prior()]

    def load():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    prior = LazyPrior(load, name="tiny")
    with pytest.raises(PriorNotFound):
        prior.get()
    with pytest.raises(MemoryError):
        prior.get()
    assert not prior.loaded
    assert prior.get() is prior.get()


def test_warming_loads_in_the_background_and_leaves_errors_to_who_needs_the_prior():
    prior = LazyPrior(tiny_prior, name="tiny")
    prior.warm().join(30)
    assert prior.loaded

    def fails():
        raise PriorNotFound("No network.")

    broken = LazyPrior(fails, name="none")
    broken.warm().join(30)
    with pytest.raises(PriorNotFound):
        broken.get()
