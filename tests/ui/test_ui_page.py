import pytest

from pds.kinds import KINDS
from pds.ui.ids import Ids
from pds.ui.page import MAX_UPLOAD, launch_options, tab_opener
from pds.ui.sessions import Sessions
from pds.ui.source import icon_of

NOUNS = [kind.noun for kind in KINDS.values()]


@pytest.mark.parametrize("remembered", [NOUNS[0], "nonsense", None, 3])
def test_only_a_tab_that_is_not_open_anyway_is_selected(remembered):
    open_tab = tab_opener(NOUNS)
    assert open_tab(NOUNS[1])["selected"] == NOUNS[1]
    assert "selected" not in open_tab(remembered)


def test_gradio_says_nothing_of_a_link_that_this_program_does_not_make():
    options = launch_options(host="127.0.0.1", port=None, environment={})
    assert options["quiet"]
    assert options["share"] is False
    assert options["max_file_size"] == MAX_UPLOAD


def test_no_two_tabs_have_the_same_ids():
    made = [Ids(noun=noun, first=noun == NOUNS[0]) for noun in NOUNS]
    for name in ("edit", "svg-text", "preset-cat"):
        assert len({ids.of_input(name) for ids in made}) == len(made)
        assert len({ids.of_result(name) for ids in made}) == len(made)


def test_a_preset_is_shown_by_its_thumbnail_or_by_itself_if_a_browser_can(tmp_path):
    thumbnail = tmp_path / "thumbnail.png"
    assert icon_of(thumbnail, tmp_path / "scene.safetensors") == str(thumbnail)
    assert icon_of(None, tmp_path / "drawing.svg") == str(tmp_path / "drawing.svg")
    assert icon_of(None, tmp_path / "scene.safetensors") is None


def test_updates_of_a_run_end_when_the_tab_shows_another():
    def updates():
        try:
            yield from ({}, {}, {})
        finally:
            closed.append(True)

    closed: list[bool] = []
    sessions = Sessions()
    first = sessions.showing("tab", "a", updates())
    assert next(first) == {}
    films = sessions.while_shown("tab", updates())
    assert next(films) == {}
    second = sessions.showing("tab", "b", updates())
    assert next(second) == {}
    assert list(first) == []
    assert list(films) == []
    assert len(closed) == 2
    assert sessions.watched("tab") == "b"
    sessions.forget("tab")
    assert list(second) == []
    assert sessions.watched("tab") is None


def test_the_same_run_opened_twice_is_followed_once():
    def updates():
        yield from ({}, {})

    sessions = Sessions()
    first = sessions.showing("tab", "a", updates())
    next(first)
    again = sessions.showing("tab", "a", updates())
    next(again)
    assert list(first) == []
    assert list(again) == [{}]
