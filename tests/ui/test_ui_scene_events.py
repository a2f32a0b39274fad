"""What presses on the Scene tab do, without a browser: handlers are generators of updates."""

import asyncio
import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gradio as gr
import pytest

from pds.kinds.nerf.checkpoint import save_scene
from pds.kinds.nerf.fields.building import build_field
from pds.ui import scene_text
from pds.ui.scene import SceneTab
from pds.ui.scene_events import limited
from pds.ui.scene_store import View
from pds.work.record import JobRecord, describe
from pds.work.scene_recipe import SceneRecipe
from tests.doubles.job_doubles import Clock
from tests.doubles.scene_ui_doubles import ball, fit_order, quick_scene_desk, scene_recipe
from tests.doubles.ui_doubles import wait_until

NEW = {"current": None, "runs": []}


class Visitor:
    """A browser tab: what its widgets show, and what its presses bring."""

    def __init__(self, tab: SceneTab, session: str = "tab"):
        self.tab = tab
        self.session = session
        self.request = gr.Request(session_hash=session)
        self.shown: dict = {tab.browser: NEW}

    def take(self, updates) -> list[dict]:
        """Applies everything a press yields and returns it."""
        seen = []
        for update in [updates] if isinstance(updates, dict) else updates:
            seen.append(update)
            for widget, value in update.items():
                plain = value.get("value") if is_update(value) else value
                if not is_update(value) or "value" in value:
                    self.shown[widget] = plain
        return seen

    @property
    def memory(self) -> dict:
        return self.shown[self.tab.browser]

    @property
    def status(self) -> str:
        return self.shown[self.tab.result.status]

    def values(self, **changes) -> dict:
        """What a handler of widgets is given; `changes` by the names of edit settings."""
        tab = self.tab
        widgets = [
            tab.key, tab.name, tab.files, tab.browser, tab.resume,
            *tab.fit_widgets.values(), *tab.edit_widgets.values(), *tab.refine_widgets.values(),
        ]  # fmt: skip
        values = {widget: self.shown.get(widget, widget.value) for widget in widgets}
        return values | {tab.edit_widgets[name]: value for name, value in changes.items()}

    def preset(self, key: str = "ball-to-hat") -> list[dict]:
        return self.take(self.tab.events.preset_runner(key)(self.memory, self.request))

    def edit(self, **changes) -> list[dict]:
        return self.take(self.tab.events.run_edit(self.values(**changes), self.request))

    def fit(self) -> list[dict]:
        return self.take(self.tab.events.run_fit(self.values(), self.request))

    def refine(self) -> list[dict]:
        return self.take(self.tab.events.run_refine(self.values(), self.request))

    def attach(self) -> list[dict]:
        return self.take(self.tab.events.attach(self.memory, self.request))


def is_update(value) -> bool:
    return isinstance(value, dict) and value.get("__type__") == "update"


def build(desk) -> SceneTab:
    async def make():
        with gr.Blocks(analytics_enabled=False) as page:
            tab = SceneTab(desk, gr.BrowserState(default_value=NEW))
            tab.wire(page)
            return tab

    # A loop of its own: Gradio opens one where there is none, and never closes it.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(make())).result()


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """One tab for many visitors, as on a page."""
    with quick_scene_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield build(desk)


@pytest.fixture
def visitor(tab, request):
    return Visitor(tab, session=request.node.name)


@pytest.fixture
def first_visitor(tmp_path):
    """Of a page where nothing was exported yet."""
    with quick_scene_desk(tmp_path / "desk") as desk:
        yield Visitor(build(desk))


def brought(visitor, path: Path) -> None:
    visitor.take(visitor.tab.events.bring_files([str(path)]))


def test_a_new_visitor_sees_the_first_preset_not_started(visitor):
    visitor.attach()
    tab = visitor.tab
    assert visitor.shown[tab.edit_widgets["target_prompt"]] == "a drawing of a dog"
    assert Path(visitor.shown[tab.source]).exists()
    assert tab.desk.watched(visitor.session) is None
    assert "known from 4 views" in visitor.shown[tab.about]


def test_a_press_on_a_preset_runs_to_a_result_with_its_files(visitor):
    visitor.preset()
    panel = visitor.tab.result
    assert "Done: 8 steps" in visitor.status
    for name in ("scene", "recipe", "process", "png"):
        assert Path(visitor.shown[panel.buttons[name]]).exists()
    before, after = visitor.shown[panel.look_both]
    assert before != after
    assert len(visitor.shown[panel.history]) == 1
    assert len(visitor.memory["runs"]) == 1


def test_while_it_runs_the_page_says_what_is_going_on(tmp_path):
    with quick_scene_desk(tmp_path, seconds=0.03) as desk:
        visitor = Visitor(build(desk))
        texts = [update.get(visitor.tab.result.status, "") for update in visitor.preset()]
    assert any("Editing: step" in text for text in texts)


def test_a_quick_turntable_is_made_without_being_asked_for(tmp_path):
    with quick_scene_desk(tmp_path, patience_s=1e9) as desk:
        tab = build(desk)
        visitor = Visitor(tab)
        for update in tab.events.preset_runner("ball-to-hat")(NEW, visitor.request):
            visitor.take(update)
            if "Turntable" in str(update.get(tab.result.export_status)):
                tab.events.stop_export(visitor.request)
        assert "Turntable: stopped" in visitor.shown[tab.result.export_status]


def test_a_slow_turntable_waits_to_be_asked_for(first_visitor):
    first_visitor.preset()
    assert first_visitor.shown[first_visitor.tab.result.export_status] == ""
    assert first_visitor.shown[first_visitor.tab.result.video] is None


def test_a_turntable_that_was_made_is_shown_after_a_reload(first_visitor):
    first_visitor.preset()
    target = first_visitor.tab.desk.shown(first_visitor.session)
    for path in first_visitor.tab.desk.export_order(target, "turntable", 256).files().values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a film")
    first_visitor.attach()
    assert first_visitor.shown[first_visitor.tab.result.video].endswith("before and after.mp4")


def test_the_form_says_what_is_edited(visitor):
    visitor.attach()
    visitor.edit(target_prompt="a red pumpkin", steps=3)
    recipe = SceneRecipe.from_json(
        Path(visitor.shown[visitor.tab.result.buttons["recipe"]]).read_bytes()
    )
    assert recipe.edit.target_prompt == "a red pumpkin"
    assert recipe.edit.steps == 3
    assert recipe.scene_sha256 == visitor.shown[visitor.tab.key]


def test_a_fit_ends_with_its_scene_open_for_an_edit(visitor, tmp_path):
    visitor.attach()
    key = visitor.shown[visitor.tab.key]
    brought(visitor, fit_order(tmp_path).files[0])
    visitor.fit()
    assert "Done" in visitor.status
    assert visitor.shown[visitor.tab.key] != key
    assert "fitted scene is open" in visitor.shown[visitor.tab.about]
    assert visitor.shown[visitor.tab.name] == "photos"
    visitor.edit(source_prompt="a cat", target_prompt="a dog")
    assert "Done" in visitor.status


def test_a_fit_goes_on_from_the_open_scene_if_told_to(visitor, tmp_path):
    visitor.attach()
    brought(visitor, fit_order(tmp_path).files[0])
    visitor.shown[visitor.tab.resume] = True
    visitor.fit()
    order = visitor.tab.desk.driver.order(visitor.memory["current"])
    assert order.resume is not None


def test_photos_that_make_no_scene_are_told_and_nothing_is_lost(visitor, tmp_path):
    visitor.attach()
    key = visitor.shown[visitor.tab.key]
    brought(visitor, fit_order(tmp_path, "wall.zip").files[0])
    visitor.fit()
    assert "Only 2 of 12 photos" in visitor.status
    assert visitor.shown[visitor.tab.key] == key
    visitor.edit()
    assert "Done" in visitor.status


def test_a_refinement_follows_an_edit_and_keeps_its_source(visitor):
    visitor.preset()
    visitor.refine()
    tab = visitor.tab
    order = tab.desk.driver.order(visitor.memory["current"])
    assert order.title.startswith("Refined")
    assert order.recipe.refine is not None
    assert tab.desk.shown(visitor.session).source_key == order.source.stem
    visitor.refine()  # again, of what was refined
    again = tab.desk.driver.order(visitor.memory["current"])
    assert again.edited != order.edited
    assert again.source == order.source


@pytest.mark.parametrize("before", ["nothing", "a fit"])
def test_without_an_edit_there_is_nothing_to_refine(visitor, tmp_path, before):
    if before == "a fit":
        brought(visitor, fit_order(tmp_path).files[0])
        visitor.fit()
    visitor.refine()
    assert "press Edit first" in visitor.status


def test_without_a_scene_or_a_capture_the_page_says_what_to_bring(tmp_path):
    with quick_scene_desk(tmp_path) as desk:
        desk.presets = {}
        visitor = Visitor(build(desk))
        visitor.attach()
        visitor.edit(source_prompt="a cat", target_prompt="a dog")
        assert "no scene yet" in visitor.status
        visitor.fit()
        assert "Bring a capture first" in visitor.status


def test_a_setting_out_of_range_is_refused_and_the_old_result_stays(visitor):
    visitor.preset()
    current = visitor.memory["current"]
    visitor.edit(steps=None)
    assert "steps" in visitor.status
    assert visitor.memory["current"] == current
    assert visitor.tab.desk.shown(visitor.session) is not None


@pytest.mark.parametrize(
    ("minutes", "left"), [(0.0, "10 min 0 s left"), (2.0, "1 min 0 s left"), (60.0, "10 min")]
)
def test_a_fit_with_a_limit_of_minutes_has_no_more_time_left(tmp_path, minutes, left):
    record = JobRecord(Clock())
    record.start()
    record.built(object())
    for index in range(2):
        record.clock.now += 30
        record.stepped(index, 22, 10.0)
    message = limited(describe(record, position=0), fit_order(tmp_path, minutes=minutes))
    assert left in message
    assert "step 2 of 22" in scene_text.going("Fitting", message)


def test_a_place_is_seen_from_where_it_was_captured_at_first(tab):
    scene = dataclasses.replace(
        ball(), bounded=False, field=build_field("planes", {"resolution": 16})
    )
    key = tab.desk.store.keep(save_scene(scene))
    assert tab.desk.store.home(key) == View(azimuth_deg=0, elevation_deg=0)


def test_stop_keeps_what_was_reached(tmp_path):
    with quick_scene_desk(tmp_path, seconds=0.02) as desk:
        visitor = Visitor(build(desk))
        visitor.attach()
        run = visitor.tab.events.run_edit(visitor.values(steps=500), visitor.request)
        for update in run:
            visitor.take(update)
            if "step 3" in str(update.get(visitor.tab.result.status)):
                visitor.tab.events.stop(visitor.request)
        assert "Stopped" in visitor.status or "kept" in visitor.status
        assert Path(visitor.shown[visitor.tab.result.buttons["scene"]]).exists()


def test_a_failing_run_says_why_and_keeps_what_was_reached(tmp_path):
    with quick_scene_desk(tmp_path, fail_at=3) as desk:
        visitor = Visitor(build(desk))
        visitor.preset()
        assert "infinite" in visitor.status
        assert Path(visitor.shown[visitor.tab.result.buttons["scene"]]).exists()


def test_a_reload_finds_the_result_again(visitor):
    visitor.preset()
    again = Visitor(visitor.tab, session="reloaded")
    again.shown[visitor.tab.browser] = visitor.memory
    again.attach()
    assert "Done: 8 steps" in again.status
    assert visitor.tab.desk.shown("reloaded") == visitor.tab.desk.shown(visitor.session)


def test_a_recipe_runs_again_on_the_preset_that_it_names(visitor, tmp_path):
    visitor.preset()
    saved = Path(visitor.shown[visitor.tab.result.buttons["recipe"]])
    first = visitor.tab.desk.shown(visitor.session).key
    again = Visitor(visitor.tab, session="other")
    again.take(visitor.tab.events.run_recipe(str(saved), "", NEW, again.request))
    assert visitor.tab.desk.shown("other").key == first


def test_a_recipe_for_a_scene_that_is_not_here_says_which_to_open(visitor, tmp_path):
    data = save_scene(ball("mine", color=0.9))
    path = tmp_path / "recipe.json"
    path.write_text(scene_recipe(data).to_json())
    run = visitor.tab.events.run_recipe
    visitor.take(run(str(path), "", NEW, visitor.request))
    assert "another scene" in visitor.status
    key = visitor.tab.desk.store.keep(data)
    visitor.take(run(str(path), key, NEW, visitor.request))
    assert "Done" in visitor.status


def test_a_recipe_of_another_model_runs_with_a_note(visitor, tmp_path):
    preset = next(iter(visitor.tab.desk.presets.values()))
    values = json.loads(preset.recipe.to_json()) | {"prior": "some/model"}
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(values))
    visitor.take(visitor.tab.events.run_recipe(str(path), "", NEW, visitor.request))
    assert "some/model" in visitor.shown[visitor.tab.result.warnings]


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 99}'])
def test_a_broken_recipe_is_refused_in_words(visitor, tmp_path, text):
    path = tmp_path / "recipe.json"
    path.write_text(text)
    visitor.take(visitor.tab.events.run_recipe(str(path), "", NEW, visitor.request))
    assert "failed" in visitor.status


def test_a_scene_of_ones_own_is_opened(visitor, tmp_path):
    path = tmp_path / "my cat.safetensors"
    path.write_bytes(save_scene(ball("cat", color=0.7)))
    visitor.take(visitor.tab.events.open_file(str(path), visitor.request))
    assert visitor.shown[visitor.tab.name] == "my cat"
    assert visitor.shown[visitor.tab.edit_widgets["source_prompt"]] == "a drawing of a cat"
    assert "31.4 dB" in visitor.shown[visitor.tab.about]


def test_a_broken_scene_is_refused_in_words_and_the_open_one_stays(visitor, tmp_path):
    visitor.attach()
    key = visitor.shown[visitor.tab.key]
    path = tmp_path / "x.safetensors"
    path.write_bytes(save_scene(ball())[:-100])
    visitor.take(visitor.tab.events.open_file(str(path), visitor.request))
    assert "error" in visitor.shown[visitor.tab.about]
    assert visitor.shown[visitor.tab.key] == key


def test_another_scene_opened_after_an_edit_does_not_take_the_place_of_its_result(
    visitor, tmp_path
):
    visitor.preset()
    target = visitor.tab.desk.shown(visitor.session)
    path = tmp_path / "other.safetensors"
    path.write_bytes(save_scene(ball("other", color=0.7)))
    visitor.take(visitor.tab.events.open_file(str(path), visitor.request))
    assert visitor.tab.desk.shown(visitor.session) == target
    visitor.refine()
    assert "Done" in visitor.status


def test_files_that_are_no_capture_are_refused_when_they_are_brought(visitor, tmp_path):
    visitor.take(visitor.tab.events.bring_files([str(tmp_path / "notes.txt")]))
    assert "notes.txt" in visitor.shown[visitor.tab.brought]
    assert visitor.tab.files not in visitor.shown


def test_what_was_brought_and_is_gone_is_told(visitor, tmp_path):
    path = fit_order(tmp_path).files[0]
    brought(visitor, path)
    path.unlink()
    visitor.fit()
    assert "bring it again" in visitor.status


def test_the_result_becomes_the_new_source(visitor):
    visitor.preset()
    target = visitor.tab.desk.shown(visitor.session)
    visitor.take(visitor.tab.events.reuse(visitor.request))
    assert visitor.shown[visitor.tab.key] == target.key
    assert visitor.shown[visitor.tab.edit_widgets["source_prompt"]] == "a drawing of a dog"
    assert visitor.shown[visitor.tab.edit_widgets["target_prompt"]] == ""


def test_without_a_result_there_is_no_new_source(visitor):
    visitor.take(visitor.tab.events.reuse(visitor.request))
    assert "no result" in visitor.shown[visitor.tab.about]


def look(visitor, **changes):
    view = {"azimuth": 90, "elevation": 0, "what": "color", "size_px": 32, "key": ""} | changes
    visitor.take(visitor.tab.events.look(**view, request=visitor.request))


def test_the_orbit_control_shows_any_view_and_offers_it_as_a_file(visitor):
    visitor.preset()
    panel = visitor.tab.result
    look(visitor)
    first = visitor.shown[panel.buttons["png"]]
    look(visitor, what="depth")
    assert Path(visitor.shown[panel.buttons["png"]]).read_bytes() != Path(first).read_bytes()


def test_a_view_that_cannot_be_drawn_is_told(visitor):
    visitor.preset()
    look(visitor, elevation=500)
    assert "elevation" in visitor.shown[visitor.tab.result.export_status]


def test_an_open_scene_is_exported_without_an_edit(visitor):
    visitor.attach()
    visitor.take(visitor.tab.events.exporter("capture")(16, visitor.request))
    assert visitor.shown[visitor.tab.result.buttons["capture"]].endswith(".zip")


def test_a_mesh_is_shown_in_its_viewer(visitor):
    visitor.preset()
    visitor.take(visitor.tab.events.exporter("mesh")(16, visitor.request))
    panel = visitor.tab.result
    assert visitor.shown[panel.model_path].endswith(".glb")
    assert panel.show_model("x.glb") == {panel.model: "x.glb"}


def test_without_a_scene_an_export_says_so(visitor):
    visitor.take(visitor.tab.events.exporter("mesh")(16, visitor.request))
    assert "Nothing yet" in visitor.shown[visitor.tab.result.export_status]


def test_an_export_is_stopped(visitor):
    visitor.preset()
    export = visitor.tab.events.exporter("turntable")(512, visitor.request)
    for update in export:
        visitor.take(update)
        visitor.tab.events.stop_export(visitor.request)
    assert "Turntable: stopped" in visitor.shown[visitor.tab.result.export_status]


def test_two_visitors_wait_in_one_line_and_see_their_place(tmp_path):
    with quick_scene_desk(tmp_path, seconds=0.02) as desk:
        tab = build(desk)
        first, second = Visitor(tab, "first"), Visitor(tab, "second")
        first.attach()
        second.attach()
        going = tab.events.run_edit(first.values(steps=400), first.request)
        next(going)
        waiting = tab.events.run_edit(second.values(), second.request)
        second.take(next(waiting))
        wait_until(lambda: "number 1 in line" in second.status or second.take(next(waiting)))
        tab.events.stop(first.request)
        second.take(waiting)
        assert "Done" in second.status


def test_an_earlier_result_is_opened_again(visitor):
    visitor.preset()
    visitor.edit(steps=3)
    event = gr.SelectData(target=None, data={"index": 1, "value": None})
    visitor.take(visitor.tab.events.reopen(visitor.memory, visitor.request, event))
    assert "Done: 8 steps" in visitor.status
