"""The parts that only some kinds bring: making of other files, sides to look from, exports."""

import time
from pathlib import Path

import pytest

from pds.kinds.nerf.settings import FitSettings
from pds.ui import text
from pds.work.order import MakeOrder
from pds.work.record import JobRecord, describe
from tests.doubles.job_doubles import Clock, Gate
from tests.doubles.scene_ui_doubles import ball_asset, scene_recipe
from tests.doubles.ui_doubles import quick_service
from tests.doubles.ui_visitor import Visitor, build_tab


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with quick_service(tmp_path_factory.mktemp("page")) as service:
        yield service


@pytest.fixture(scope="module")
def tab(service):
    return build_tab(service, "nerf")


@pytest.fixture
def visitor(tab, request):
    return Visitor(tab, session=request.node.name)


def bring(visitor, tmp_path, name: str = "garden.zip") -> Path:
    path = tmp_path / name
    path.write_bytes(b"nothing that the double reads")
    visitor.take(visitor.tab.making.take([str(path)]))
    return path


def test_a_making_ends_with_its_asset_open_and_no_words_of_another(visitor, tmp_path):
    visitor.attach()
    key = visitor.shown[visitor.tab.source.key]
    assert visitor.shown[visitor.tab.words.target] == "a drawing of a dog"
    bring(visitor, tmp_path)
    visitor.make()
    assert "Done" in visitor.status
    assert visitor.shown[visitor.tab.source.key] != key
    assert "open now" in visitor.notes
    assert "31.4 dB" in visitor.notes
    assert visitor.shown[visitor.tab.words.target] == ""
    visitor.edit(source="a cat", target="a dog")
    assert "Done" in visitor.status


def test_a_making_goes_on_from_the_open_asset_if_told_to(visitor, tmp_path):
    visitor.attach()
    bring(visitor, tmp_path)
    visitor.shown[visitor.tab.making.resume] = True
    visitor.make()
    order = visitor.tab.service.order(visitor.current)
    assert isinstance(order, MakeOrder)
    assert order.resume is not None


def test_files_that_make_nothing_are_told_and_nothing_is_lost(visitor, tmp_path):
    visitor.attach()
    key = visitor.shown[visitor.tab.source.key]
    bring(visitor, tmp_path, "wall.zip")
    visitor.make()
    assert "Only 2 of 12 photos" in visitor.status
    assert visitor.shown[visitor.tab.source.key] == key
    visitor.edit()
    assert "Done" in visitor.status


def test_files_of_another_sort_are_refused_when_they_are_brought(visitor, tmp_path):
    bring(visitor, tmp_path)
    visitor.take(visitor.tab.making.take([str(tmp_path / "notes.txt")]))
    assert "notes.txt" in visitor.shown[visitor.tab.making.brought]
    visitor.make()
    assert "Bring a capture first" in visitor.status


def test_what_was_brought_and_is_gone_is_told(visitor, tmp_path):
    bring(visitor, tmp_path).unlink()
    visitor.make()
    assert "bring it again" in visitor.status


def test_what_was_made_cannot_be_refined(visitor, tmp_path):
    bring(visitor, tmp_path)
    visitor.make()
    assert not visitor.pressable[visitor.tab.refining.refine]
    visitor.refine()
    assert "press Edit first" in visitor.status


def test_a_making_with_a_limit_of_minutes_shows_its_time_and_not_its_steps(tmp_path):
    record = JobRecord(Clock())
    record.start()
    record.built(type("Run", (), {"doing": "Fitting", "curve_label": "", "from_zero": True,
                                  "warnings": ()})())  # fmt: skip
    for index in range(2):
        record.clock.now += 15
        record.stepped(index, 3000, 10.0)
    settings = FitSettings(minutes=2.0)
    order = MakeOrder(kind="nerf", files=(), asset_name="garden", settings=settings)
    shown = text.status_html(describe(record, position=0), limit_s=order.limit_s)
    assert "Fitting · 30 s of at most 2 min 0 s, 2 steps." in shown
    assert "width:25.0%" in shown
    assert "3000" not in shown


def test_a_recipe_for_an_asset_that_is_not_here_says_which_to_open(visitor, tmp_path):
    asset = ball_asset("mine", color=0.9)
    path, scene = tmp_path / "recipe.json", tmp_path / "mine.safetensors"
    path.write_text(scene_recipe(asset).to_json())
    scene.write_bytes(asset.data)
    visitor.recipe(path)
    assert "another scene" in visitor.status
    visitor.open(scene)
    visitor.recipe(path)
    assert "Done" in visitor.status


# --- looking ------------------------------------------------------------------------------------


def look(visitor, **changes) -> None:
    orbit = visitor.tab.panel.orbit
    view = {"azimuth": 90, "elevation": 0, "what": "color", "size_px": 256} | changes
    values = visitor.values() | {getattr(orbit, name): value for name, value in view.items()}
    visitor.take(visitor.tab.taking.look(values, visitor.request))


def test_any_side_is_shown_and_taken_away_under_a_name_that_says_what_it_is(visitor):
    visitor.preset("ball-to-hat")
    orbit = visitor.tab.panel.orbit
    look(visitor)
    first = Path(visitor.shown[orbit.take])
    assert first.name == "ball-to-hat color 90 0.png"
    look(visitor, what="depth", azimuth=-45)
    second = Path(visitor.shown[orbit.take])
    assert second.name == "ball-to-hat depth -45 0.png"
    assert first.read_bytes() != second.read_bytes()


def test_an_open_asset_is_looked_at_without_a_run(visitor):
    visitor.attach()
    look(visitor)
    assert Path(visitor.shown[visitor.tab.panel.orbit.one]).exists()


def test_any_side_is_shown_while_the_run_goes_on(tmp_path):
    gate = Gate()
    with quick_service(tmp_path, before_step=gate) as service:
        visitor = Visitor(build_tab(service, "nerf"))
        running = visitor.tab.running.preset_runner("ball-to-hat")(visitor.memory, visitor.request)
        visitor.take([next(running)])
        gate.open()
        while service.reached(visitor.current) is None:
            time.sleep(0.01)
        look(visitor)
        before, after = visitor.shown[visitor.tab.panel.orbit.both]
        assert before != after
        gate.open_all()
        visitor.take(running)


def test_a_view_that_cannot_be_drawn_is_told(visitor):
    visitor.preset("ball-to-hat")
    look(visitor, elevation=500)
    assert "elevation" in visitor.shown[visitor.tab.panel.files.status]


# --- exports ------------------------------------------------------------------------------------


def test_an_open_asset_is_exported_without_an_edit(visitor):
    visitor.attach()
    visitor.export("capture")
    assert Path(visitor.file("capture")).name == "ball-to-hat capture.zip"


def test_a_mesh_is_shown_in_its_viewer(visitor):
    visitor.preset("ball-to-hat")
    visitor.export("mesh")
    files = visitor.tab.panel.files
    assert visitor.shown[files.model_path].endswith("ball-to-hat.glb")
    assert files.show_model("x.glb") == {files.model: "x.glb"}


def test_an_export_that_was_made_is_shown_after_a_reload(visitor):
    visitor.preset("ball-to-hat")
    visitor.export("mesh")
    again = Visitor(visitor.tab, session="reloaded")
    again.shown[visitor.tab.browser] = visitor.memory
    again.attach()
    assert Path(again.file("glb")).exists()


def test_without_anything_an_export_says_so(visitor):
    visitor.export("mesh")
    assert "Nothing yet" in visitor.shown[visitor.tab.panel.files.status]


def test_an_export_is_stopped(visitor):
    visitor.preset("ball-to-hat")
    export = visitor.tab.taking.exporter(visitor.tab.kind.output("turntable"))
    for update in export(visitor.values(), visitor.request):
        visitor.take(update)
        visitor.tab.taking.stop_export("", visitor.request)
    assert "Stopped" in visitor.shown[visitor.tab.panel.files.status]


def test_an_export_of_an_older_run_writes_nothing_over_a_newer_one(visitor):
    visitor.preset("ball-to-hat")
    export = visitor.tab.taking.exporter(visitor.tab.kind.output("capture"))
    going = export(visitor.values(), visitor.request)
    next(going)
    visitor.preset("egg-to-hat")
    assert list(going) == []
