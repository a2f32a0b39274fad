import pytest

from pds.base.errors import DeviceUnavailable
from pds.ui.desks import make_desks
from pds.ui.direct import DirectDriver
from pds.ui.driver import LocalDriver
from pds.ui.prior import LazyPrior
from tests.doubles.ui_doubles import wordy_prior


def desks(folder, **options):
    prior = LazyPrior(wordy_prior, name="built-in")
    return make_desks(prior, {}, {}, folder=folder, device="cpu", **options)


def test_both_tabs_share_one_engine_thread_so_that_runs_go_one_at_a_time(tmp_path):
    made = desks(tmp_path)
    drawings, scenes = made.drawing.driver, made.scene.driver
    assert isinstance(drawings, LocalDriver)
    assert drawings.jobs is scenes.jobs
    assert made.scene.exporter.jobs is not scenes.jobs
    for jobs in (drawings.jobs, made.scene.exporter.jobs):
        jobs.close()


def test_where_a_platform_decorates_them_runs_go_in_its_calls_and_exports_do_not(tmp_path):
    decorated = []

    def decorate(generator):
        decorated.append(generator)
        return generator

    made = desks(tmp_path, decorate=decorate)
    assert isinstance(made.drawing.driver, DirectDriver)
    assert isinstance(made.scene.driver, DirectDriver)
    assert len(decorated) == 2
    made.scene.exporter.jobs.close()


def test_an_unknown_device_is_refused_before_the_page_opens(tmp_path):
    prior = LazyPrior(wordy_prior, name="built-in")
    with pytest.raises(DeviceUnavailable, match="no device"):
        make_desks(prior, {}, {}, folder=tmp_path, device="abacus")
