"""How runs are followed, replaced, stopped and found again, without a browser."""

import json
from pathlib import Path

import gradio as gr
import pytest
from PIL import Image

from tests.doubles.job_doubles import Gate
from tests.doubles.ui_doubles import CAT, quick_service, wait_until
from tests.doubles.ui_visitor import Visitor, build_tab


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """One tab for many visitors, as on a page."""
    with quick_service(tmp_path_factory.mktemp("page")) as service:
        yield build_tab(service)


@pytest.fixture
def visitor(tab, request):
    return Visitor(tab, session=request.node.name)


def test_an_older_run_writes_nothing_over_a_newer_one(tmp_path):
    gate = Gate()
    with quick_service(tmp_path, before_step=gate) as service:
        tab = build_tab(service)
        old, new = Visitor(tab), Visitor(tab)  # two presses in one browser tab
        first = tab.running.preset_runner("cat-to-dog")(old.memory, old.request)
        old.take(next(first) for _ in range(2))
        second = tab.running.preset_runner("cat-to-fox")(old.memory, new.request)
        new.take([next(second)])
        gate.open_all()
        assert list(first) == []
        new.take(second)
        assert "Done" in new.status


def test_a_run_that_is_not_accepted_stops_nothing(tmp_path):
    gate = Gate()
    with quick_service(tmp_path, before_step=gate, max_waiting=1) as service:
        tab = build_tab(service)
        first, other = Visitor(tab, "first"), Visitor(tab, "other")
        running = tab.running.preset_runner("cat-to-dog")(first.memory, first.request)
        first.take([next(running)])
        wait_until(lambda: service.view(first.current).state == "running")
        waiting = tab.running.preset_runner("cat-to-dog")(other.memory, other.request)
        other.take([next(waiting)])
        refused = first.preset("cat-to-fox")
        assert "waiting already" in str(refused)
        assert service.view(first.current).state == "running"
        gate.open_all()
        first.take(running)
        assert "Done: 8 steps" in first.status


def test_the_result_of_a_run_that_another_one_replaces_goes_into_the_history(tmp_path):
    gate = Gate()
    with quick_service(tmp_path, before_step=gate) as service:
        visitor = Visitor(build_tab(service))
        running = visitor.tab.running.preset_runner("cat-to-dog")(visitor.memory, visitor.request)
        visitor.take([next(running)])
        gate.open()
        wait_until(lambda: service.view(visitor.current).step == 1)
        gate.open_all()
        visitor.preset("cat-to-fox")
        assert len(visitor.history) == 2


def test_the_last_update_carries_the_whole_end_state(visitor):
    last = visitor.preset("cat-to-dog")[-1]
    panel, words = visitor.tab.panel, visitor.tab.words
    whole = {*panel.components(), words.edit, visitor.tab.refining.refine}
    assert whole <= set(last)
    assert last[words.edit]["interactive"]


def test_a_reload_finds_an_ended_run_again_and_locks_nothing_on_the_way(visitor):
    visitor.preset("cat-to-dog")
    again = Visitor(visitor.tab, session="reloaded")
    again.shown[visitor.tab.browser] = visitor.memory
    for update in again.attach():
        assert update.get(again.tab.words.edit, {"interactive": True})["interactive"]
    assert "Done: 8 steps" in again.status


def test_stop_keeps_what_was_reached(tmp_path):
    gate = Gate()
    with quick_service(tmp_path, before_step=gate) as service:
        visitor = Visitor(build_tab(service))
        running = visitor.tab.running.preset_runner("cat-to-dog")(visitor.memory, visitor.request)
        visitor.take([next(running)])
        gate.open()
        wait_until(lambda: service.view(visitor.current).step == 1)
        visitor.stop()
        gate.open_all()
        visitor.take(running)
        assert "Stopped" in visitor.status
        assert Path(visitor.file("svg")).read_text() != CAT


def test_a_failing_run_says_why_and_keeps_what_was_reached(tmp_path):
    with quick_service(tmp_path, fail_at=3) as service:
        visitor = Visitor(build_tab(service))
        visitor.preset("cat-to-dog")
        assert "infinite" in visitor.status
        assert Path(visitor.file("svg")).exists()
        assert visitor.pressable[visitor.tab.words.edit]


def test_an_earlier_result_is_opened_again(visitor):
    visitor.preset("cat-to-dog")
    visitor.edit(steps=3)
    event = gr.SelectData(target=None, data={"index": 1, "value": None})
    visitor.take(visitor.tab.running.reopen(visitor.memory, visitor.request, event))
    assert "Done: 8 steps" in visitor.status
    assert visitor.shown[visitor.tab.form.run.fields["steps"].components[0]] == 8


@pytest.mark.parametrize("index", [5, None, [0, 1]])
def test_a_picture_of_the_history_that_is_gone_is_told(visitor, index):
    event = gr.SelectData(target=None, data={"index": index, "value": None})
    visitor.take(visitor.tab.running.reopen(visitor.memory, visitor.request, event))
    assert "no longer kept" in visitor.status


def test_a_refinement_follows_an_edit_and_keeps_its_source(visitor):
    visitor.preset("cat-to-dog")
    asset = visitor.tab.service.order(visitor.current).source
    visitor.refine()
    order = visitor.tab.service.order(visitor.current)
    assert order.title.startswith("Refined")
    assert order.source.key == asset.key
    assert "after" in json.loads(Path(visitor.file("recipe")).read_text())


def test_without_an_edit_there_is_nothing_to_refine(visitor):
    visitor.attach()
    visitor.refine()
    assert "press Edit first" in visitor.status


def test_the_settings_of_a_file_written_at_the_end_are_those_chosen_before(visitor):
    png = visitor.tab.kind.output("png")
    size, transparent = visitor.tab.panel.files.groups[png.Settings].components
    visitor.shown |= {size: 256, transparent: True}
    choose = visitor.tab.taking.chooser(png.Settings)
    assert choose(visitor.values(), visitor.request) == gr.skip()
    visitor.preset("cat-to-dog")
    first = visitor.file("png")
    assert png_facts(first) == ((256, 256), "RGBA")
    visitor.shown |= {size: 512, transparent: False}
    visitor.take(choose(visitor.values(), visitor.request))
    assert png_facts(visitor.file("png")) == ((512, 512), "RGB")


def png_facts(path: str):
    with Image.open(path) as picture:
        return picture.size, picture.mode
