import functools

import pytest

from pds.base.errors import CaptureError
from pds.kinds.nerf.checkpoint import load_scene
from pds.ui.direct import DirectDriver
from pds.ui.scene_direct import ScenePacking
from tests.doubles.scene_ui_doubles import FakeSceneRun, edit_order, fit_order, quick_scene_desk
from tests.ui.test_ui_driver import as_on_a_borrowed_device


@pytest.fixture
def desk(tmp_path):
    with quick_scene_desk(tmp_path) as desk:
        yield desk


def direct(make_run=FakeSceneRun, **run) -> DirectDriver:
    return DirectDriver(
        functools.partial(make_run, **run), ScenePacking(), decorate=as_on_a_borrowed_device
    )


def test_an_edit_on_a_borrowed_device_brings_its_scene_back(desk):
    driver = direct()
    order = edit_order(desk)
    job_id = driver.start(order)
    assert driver.result(job_id) is None
    assert list(driver.watch(job_id))[-1].state == "done"
    result = driver.result(job_id)
    assert result.scene().prompt == "a drawing of a dog"
    assert result.source_scene().name == load_scene(order.source).name
    assert (result.name, result.doing, result.curve_label) == ("ball", "Editing", "Gradient")
    assert result.recipe.prior_fingerprint == "ab12"
    assert result.warnings == ("This run only pretends.",)
    assert result.picture(10.0, 5.0, 24, what="depth").size == (24, 24)
    assert [frame.size for frame in result.frames(32)][-1] == (32, 32)


def test_a_tab_works_the_same_with_it(desk):
    desk.driver = direct()
    job_id = desk.driver.start(edit_order(desk))
    list(desk.driver.watch(job_id))
    target = desk.result(job_id)
    assert set(desk.first_files(job_id, target)) == {"scene", "recipe"}


def test_a_fit_on_a_borrowed_device_has_no_source(tmp_path):
    driver = direct()
    job_id = driver.start(fit_order(tmp_path))
    list(driver.watch(job_id))
    assert driver.result(job_id).source_scene() is None
    assert driver.result(job_id).recipe is None


class SceneLess(FakeSceneRun):
    """Ends while it still looks for the cameras of photos."""

    def scene(self):
        raise CaptureError("The cameras are not known yet.")

    def preview(self):
        return self.picture(0.0, 0.0, 16, source=True)


def test_a_run_that_made_no_scene_says_so(desk):
    driver = direct(SceneLess)
    job_id = driver.start(edit_order(desk))
    list(driver.watch(job_id))
    with pytest.raises(CaptureError, match="no scene yet"):
        driver.result(job_id).scene()
