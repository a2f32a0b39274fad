from pathlib import Path

import pytest

from pds.base.errors import ExportError, JobError
from pds.kinds.nerf.checkpoint import load_scene, save_scene
from pds.ui.scene_store import View
from pds.work.scene_recipe import SceneRecipe
from tests.doubles.scene_ui_doubles import ball, edit_order, fit_order, quick_scene_desk
from tests.doubles.ui_doubles import wait_until

SMALL = View(size_px=24)


@pytest.fixture
def desk(tmp_path):
    with quick_scene_desk(tmp_path) as desk:
        yield desk


def finished(desk, order) -> str:
    job_id = desk.driver.start(order)
    wait_until(lambda: desk.driver.view(job_id).finished)
    return job_id


def test_the_result_of_an_edit_is_kept_beside_its_source(desk):
    order = edit_order(desk)
    target = desk.result(finished(desk, order))
    assert target.source_key == order.source.stem
    assert target.key != target.source_key
    assert desk.store.scene(target.key).prompt == "a drawing of a dog"


def test_the_result_of_a_fit_has_no_source(desk, tmp_path):
    assert desk.result(finished(desk, fit_order(tmp_path))).source_key is None


def test_a_run_that_took_no_step_has_no_result(tmp_path):
    with quick_scene_desk(tmp_path, seconds=0.05) as desk:
        first = desk.driver.start(edit_order(desk, steps=500))
        waiting = desk.driver.start(edit_order(desk))
        assert desk.result(waiting) is None
        desk.driver.stop(first)
    with quick_scene_desk(tmp_path, fail_at=0) as desk:
        assert desk.result(finished(desk, edit_order(desk))) is None


def test_the_scene_file_and_the_recipe_can_be_taken_away_at_once(desk):
    job_id = finished(desk, edit_order(desk))
    target = desk.result(job_id)
    files = desk.first_files(job_id, target)
    assert load_scene(Path(files["scene"])).name == "ball"
    recipe = SceneRecipe.from_json(Path(files["recipe"]).read_bytes())
    assert recipe.scene_sha256 == target.source_key
    assert recipe.prior_fingerprint == "ab12"
    assert Path(files["scene"]).name == "ball.safetensors"


def test_a_fit_has_a_scene_file_and_no_recipe(desk, tmp_path):
    job_id = finished(desk, fit_order(tmp_path))
    assert set(desk.first_files(job_id, desk.result(job_id))) == {"scene"}


def test_the_film_of_the_process_is_written_once(desk):
    job_id = finished(desk, edit_order(desk))
    target = desk.result(job_id)
    film = Path(desk.film(job_id, target)["process"])
    assert b"ftyp" in film.read_bytes()[:16]
    written = film.stat().st_mtime_ns
    desk.film(job_id, target)
    assert film.stat().st_mtime_ns == written


def test_the_picture_of_a_result_is_what_the_history_shows(desk):
    job_id = finished(desk, edit_order(desk))
    assert desk.thumbnail(job_id) is None
    assert desk.result_picture(job_id, desk.result(job_id)) == desk.thumbnail(job_id)


def test_a_run_is_looked_at_from_any_side_while_it_goes_on_and_after(tmp_path):
    with quick_scene_desk(tmp_path, seconds=0.02) as desk:
        job_id = desk.driver.start(edit_order(desk, steps=500))
        desk.watch_with("tab", job_id)
        wait_until(lambda: desk.driver.view(job_id).step > 2)
        before, after = desk.look("tab", "", SMALL)
        assert Path(before).read_bytes() != Path(after).read_bytes()
        desk.driver.stop(job_id)
        wait_until(lambda: desk.driver.view(job_id).finished)
        desk.show("tab", desk.result(job_id))
        assert desk.look("tab", "", SMALL)[0] == before


def test_without_a_run_the_open_scene_is_looked_at(desk):
    key = desk.store.keep(save_scene(ball()))
    before, after = desk.look("tab", key, SMALL)
    assert Path(before).exists()
    assert after is None
    assert desk.look("tab", "", SMALL) == (None, None)


def test_a_fit_is_looked_at_without_a_source(tmp_path):
    with quick_scene_desk(tmp_path, seconds=0.02) as desk:
        job_id = desk.driver.start(fit_order(tmp_path, steps=500))
        desk.watch_with("tab", job_id)
        wait_until(lambda: desk.driver.view(job_id).step > 2)
        before, after = desk.look("tab", "", SMALL)
        assert before is None
        assert Path(after).exists()
        desk.driver.stop(job_id)


def test_a_tab_that_starts_another_run_shows_no_result_until_its_end(desk):
    job_id = finished(desk, edit_order(desk))
    target = desk.result(job_id)
    desk.show("tab", target)
    assert desk.shown("tab") == target
    desk.watch_with("tab", job_id)
    assert desk.shown("tab") is None
    desk.show("tab", target)
    desk.forget("tab")
    assert desk.shown("tab") is None


def test_an_export_is_done_once_however_often_it_is_asked_for(desk):
    target = desk.result(finished(desk, edit_order(desk)))
    order = desk.export_order(target, "turntable", 16)
    job_id = desk.export(order)
    assert desk.export(order) == job_id
    wait_until(lambda: desk.exporter.view(job_id).finished)
    assert set(order.ready()) == {"turntable", "turntable-webp", "before-after"}
    assert desk.exporting(order) is None


def test_an_export_can_be_stopped(desk):
    target = desk.result(finished(desk, edit_order(desk)))
    order = desk.export_order(target, "turntable", 512)
    job_id = desk.export(order)
    desk.stop_exports(target)
    wait_until(lambda: desk.exporter.view(job_id).finished)
    assert desk.exporter.view(job_id).state == "stopped"
    assert order.ready() == {}


@pytest.mark.parametrize(("patience_s", "quick"), [(1e9, True), (1e-9, False)])
def test_whether_a_turntable_is_quick_is_told_from_the_first_picture(tmp_path, patience_s, quick):
    with quick_scene_desk(tmp_path, patience_s=patience_s) as desk:
        job_id = finished(desk, edit_order(desk))
        target = desk.result(job_id)
        assert not desk.is_quick(target)  # nothing is known of it yet
        desk.result_picture(job_id, target)
        assert desk.is_quick(target) == quick


def test_files_that_cannot_be_written_are_told(desk):
    job_id = finished(desk, edit_order(desk))
    target = desk.result(job_id)
    folder = desk.run_folder(job_id)
    (folder / "ball.safetensors").mkdir(parents=True)
    (folder / "after.png").mkdir()
    (folder / "ball.json").mkdir()
    with pytest.raises(ExportError, match="cannot be written"):
        desk.first_files(job_id, target)


def test_a_scene_that_is_gone_is_told(desk):
    target = desk.result(finished(desk, edit_order(desk)))
    desk.store.checkpoint(target.key).unlink()
    with pytest.raises(JobError, match="no scene"):
        desk.export_order(target, "mesh", 16)


def test_ids_from_a_browser_cannot_name_a_folder_elsewhere(desk):
    assert desk.thumbnail("../../../../etc") is None
