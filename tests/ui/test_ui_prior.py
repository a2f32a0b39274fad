import threading

import pytest

from pds.base.errors import PriorNotFound
from pds.ui.prior import LazyPrior
from tests.doubles.ui_doubles import VOCABULARY, wordy_prior


def test_the_prior_is_loaded_once_however_many_ask():
    loads = []
    gate = threading.Event()

    def load():
        gate.wait(5)
        loads.append(1)
        return wordy_prior()

    prior = LazyPrior(load, name="x")
    assert prior.vocabulary() is None
    threads = [prior.warm(), prior.warm()]
    gate.set()
    for thread in threads:
        thread.join()
    assert prior.get() is prior.get()
    assert loads == [1]
    assert prior.vocabulary() is VOCABULARY


def test_a_prior_that_cannot_be_loaded_says_so_to_everyone_who_asks():
    def refuse():
        raise PriorNotFound("There is no such model.")

    prior = LazyPrior(refuse, name="x")
    prior.warm().join()
    for _ in range(2):
        with pytest.raises(PriorNotFound, match="no such model"):
            prior.get()
    assert prior.vocabulary() is None
