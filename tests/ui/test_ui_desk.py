from pathlib import Path

import pytest
from PIL import Image

from pds.base.errors import ConfigError, ExportError, SVGError
from pds.kinds.svg.document import Document
from tests.doubles.ui_doubles import CAT, quick_desk, recipe, wait_until


@pytest.fixture
def desk(tmp_path):
    with quick_desk(tmp_path) as desk:
        yield desk


def finished(desk, **edit) -> str:
    job_id = desk.driver.start(recipe(**edit))
    wait_until(lambda: desk.driver.view(job_id).finished)
    return job_id


def test_a_drawing_comes_with_its_picture_and_the_ids_that_can_be_locked(desk):
    drawing = desk.open_drawing(CAT)
    assert drawing.text == CAT
    assert drawing.picture.endswith(".png")
    assert "face" in drawing.ids
    assert desk.open_drawing(CAT.encode()).picture == drawing.picture


@pytest.mark.parametrize("text", ["", "hello", "<svg", "<html/>", "\ud800"])
def test_what_is_no_drawing_is_refused_in_words(desk, text):
    with pytest.raises(SVGError, match=r"\w+ \w+"):
        desk.open_drawing(text)


def test_an_ended_run_can_be_taken_away_in_every_form(desk):
    files = desk.downloads(finished(desk))
    svg = Document.read(Path(files.svg).read_bytes())
    assert svg.element_ids()
    for path in (files.png, files.mp4, files.webp, files.recipe, files.before, files.after):
        assert len(Path(path).read_bytes()) > 100


def test_the_svg_and_the_recipe_are_there_before_the_films(desk):
    job_id = finished(desk)
    paths = desk.first_files(job_id)
    assert set(paths) == {"svg", "recipe"}
    assert Path(paths["svg"]).read_bytes() == desk.driver.result(job_id).svg()
    assert desk.thumbnail(job_id) is None


def test_the_files_of_a_run_are_written_once(desk):
    job_id = finished(desk)
    assert desk.downloads(job_id) == desk.downloads(job_id)


def test_a_png_has_the_size_that_was_chosen(desk):
    with Image.open(desk.png(finished(desk), 300)) as picture:
        assert max(picture.size) == 300


def test_a_png_of_an_impossible_size_is_refused(desk):
    job_id = finished(desk)
    with pytest.raises(ConfigError, match="PNG size"):
        desk.png(job_id, 9000)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with quick_desk(tmp_path) as desk:
        desk.folder = blocked
        with pytest.raises(ExportError, match=r"\w+ \w+"):
            desk.open_drawing(CAT)


def test_starting_another_run_in_a_tab_stops_the_one_it_showed(tmp_path):
    with quick_desk(tmp_path, seconds=0.01) as desk:
        job_id = desk.driver.start(recipe(steps=5000))
        desk.watch_with("tab", job_id)
        assert desk.watched("tab") == job_id
        desk.release("tab")
        wait_until(lambda: desk.driver.view(job_id).state == "stopped")
        assert not desk.is_watching("tab", job_id)


def test_closing_a_tab_does_not_stop_its_run(tmp_path):
    with quick_desk(tmp_path, seconds=0.002) as desk:
        job_id = desk.driver.start(recipe(steps=30))
        desk.watch_with("tab", job_id)
        desk.forget("tab")
        wait_until(lambda: desk.driver.view(job_id).state == "done")


def test_a_run_that_never_began_has_nothing_to_show(tmp_path):
    with quick_desk(tmp_path, seconds=0.01) as desk:
        first = desk.driver.start(recipe(steps=5000))
        waiting = desk.driver.start(recipe())
        assert desk.result_picture(waiting) is None
        assert desk.downloads(waiting) is None
        assert desk.first_files(waiting) == {}
        assert desk.png(waiting, 64) is None
        assert desk.thumbnail(waiting) is None
        desk.driver.stop(first)


def test_unknown_words_get_help(desk):
    (sentence,) = desk.word_help("a drawing of a cat", "a drawing of a dogg")
    assert "dogg" in sentence
    assert "dog" in sentence.replace("dogg", "")
    assert desk.word_help("a cat", "") == ()


def test_ids_from_a_browser_cannot_name_a_folder_elsewhere(desk):
    assert desk.thumbnail("../../../../etc") is None
    assert desk.run_folder("../../x").parent == desk.folder / "runs"
