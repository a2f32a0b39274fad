"""What presses on a tab do, without a browser; of any kind."""

from pathlib import Path

import pytest

from pds.ui.form import Edit
from pds.work.recipe import Recipe
from tests.doubles.ui_doubles import CAT, quick_service, recipe
from tests.doubles.ui_visitor import Visitor, build_tab

FIRST = {"svg": "cat-to-dog", "nerf": "ball-to-hat", "image": "square-to-dot"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with quick_service(tmp_path_factory.mktemp("page")) as service:
        yield service


@pytest.fixture(scope="module")
def tab(service):
    """One tab for many visitors, as on a page."""
    return build_tab(service)


@pytest.fixture
def visitor(tab, request):
    return Visitor(tab, session=request.node.name)


# --- presets, words, recipes --------------------------------------------------------------------


@pytest.mark.parametrize("kind", FIRST)
def test_a_press_on_a_preset_runs_to_a_result_with_its_files(service, kind):
    visitor = Visitor(build_tab(service, kind), session=f"preset {kind}")
    visitor.preset(FIRST[kind])
    assert "Done: 8 steps" in visitor.status
    written = [o for o in visitor.tab.kind.outputs if o.quick]
    assert all(Path(visitor.file(file.key)).exists() for o in written for file in o.files)
    assert len(visitor.history) == 1
    assert visitor.pressable[visitor.tab.words.edit]
    assert visitor.pressable[visitor.tab.panel.reuse]
    assert not visitor.pressable[visitor.tab.panel.progress.stop]


@pytest.mark.parametrize("kind", FIRST)
def test_a_new_visitor_sees_the_first_preset_not_started(service, kind):
    visitor = Visitor(build_tab(service, kind), session=f"new {kind}")
    visitor.attach()
    assert visitor.shown[visitor.tab.words.target] == "a drawing of a dog"
    assert Path(visitor.shown[visitor.tab.source.picture]).exists()
    assert visitor.tab.sessions.watched(visitor.session) is None


def test_a_presets_picture_is_its_own_file_which_nothing_has_to_be_compiled_for(visitor):
    first = visitor.preset("cat-to-dog")[0]
    assert first[visitor.tab.source.picture].endswith(".svg")


def test_a_page_without_presets_opens_and_says_what_to_do(tmp_path):
    with quick_service(tmp_path, presets={}) as service:
        visitor = Visitor(build_tab(service))
        visitor.attach()
        visitor.edit(source="a cat", target="a dog")
        assert "There is no drawing yet" in visitor.status


def test_files_are_called_by_what_was_made(visitor, tmp_path):
    mine = tmp_path / "mine é.svg"
    mine.write_text(CAT)
    visitor.open(mine)
    visitor.edit(source="a cat", target="a red dog", steps=2)
    assert Path(visitor.file("svg")).name == "mine é to a red dog.svg"
    assert Path(visitor.file("mp4")).name == "mine é to a red dog process.mp4"


def test_the_form_says_what_is_edited(visitor):
    visitor.attach()
    visitor.edit(target="a red pumpkin", steps=3.0)
    made = Recipe.from_json(Path(visitor.file("recipe")).read_bytes())
    assert (made.prompts.target, made.run.steps) == ("a red pumpkin", 3)
    assert made.asset == visitor.shown[visitor.tab.source.key]


def test_a_setting_out_of_range_is_refused_and_the_old_result_stays(visitor):
    visitor.preset("cat-to-dog")
    current = visitor.current
    visitor.edit(steps=None)
    assert "steps" in visitor.status
    assert visitor.current == current


def test_a_recipe_fills_the_form_and_runs(visitor, tmp_path):
    path = tmp_path / "recipe.json"
    path.write_text(recipe(target="a banana", steps=5).to_json())
    visitor.recipe(path)
    assert "Done: 5 steps" in visitor.status
    assert visitor.shown[visitor.tab.words.target] == "a banana"


def test_a_recipe_of_another_model_runs_with_a_note(visitor, tmp_path):
    path = tmp_path / "recipe.json"
    path.write_text(recipe().with_prior("some/model").to_json())
    visitor.recipe(path)
    assert "some/model" in visitor.shown[visitor.tab.panel.progress.warnings]


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 99}'])
def test_a_broken_recipe_is_refused_in_words(visitor, tmp_path, text):
    path = tmp_path / "recipe.json"
    path.write_text(text)
    visitor.recipe(path)
    assert "failed" in visitor.status


def test_a_recipe_of_another_kind_says_where_to_open_it(service, tmp_path):
    visitor = Visitor(build_tab(service, "image"), session="other kind")
    path = tmp_path / "recipe.json"
    path.write_text(recipe().to_json())
    visitor.recipe(path)
    assert "recipe of a drawing; open it in the tab Drawing" in visitor.status


def test_words_that_the_model_does_not_know_are_told_before_the_press(tab):
    assert "does not know “dogg”" in tab.opening.help_words("a cat", "a dogg, red")
    assert "no word of “кошка”" in tab.opening.help_words("a cat", "кошка")
    assert "no word of “猫”" in tab.opening.help_words("a cat", "猫")
    assert tab.opening.help_words("a cat", "") == ""


# --- opening, defaults, refusals ----------------------------------------------------------------


def test_an_opened_file_inherits_no_setting_of_the_preset_before(visitor, tmp_path):
    mine = tmp_path / "mine.svg"
    mine.write_text(CAT)
    visitor.attach()
    form = visitor.tab.form
    method, run, own = form.defaults()
    edit = Edit(method.but(guidance_scale=20), run, own.but(move=("fill",)))
    visitor.take(visitor.tab.opening.filled(edit, None))
    assert "Guidance 20" in visitor.shown[visitor.tab.words.changed]
    visitor.open(mine)
    assert form.read(visitor.values()) == form.defaults()
    assert visitor.shown[visitor.tab.words.changed] == ""
    assert visitor.shown[visitor.tab.words.source] == ""
    assert visitor.shown[visitor.tab.words.target] == ""


def test_what_is_not_at_its_default_is_told_and_reset_by_one_press(visitor):
    visitor.attach()
    told = visitor.tab.opening.tell_changed(visitor.values(guidance_scale=20, move=["fill"]))
    visitor.take(told)
    changed = visitor.shown[visitor.tab.words.changed]
    assert "Guidance 20" in changed
    assert "What may change Fill colours" in changed
    visitor.take(visitor.tab.opening.reset(visitor.shown[visitor.tab.source.key]))
    assert visitor.shown[visitor.tab.words.changed] == ""
    assert visitor.tab.form.read(visitor.values()) == visitor.tab.form.defaults()


@pytest.mark.parametrize("kind", FIRST)
def test_after_a_refused_file_nothing_is_open_and_edit_says_so(service, tmp_path, kind):
    visitor = Visitor(build_tab(service, kind), session=f"refused {kind}")
    visitor.attach()
    broken = tmp_path / f"broken{visitor.tab.kind.endings[0]}"
    broken.write_bytes(b"<svg><path</svg>")
    visitor.open(broken)
    assert "error" in visitor.notes
    assert visitor.shown[visitor.tab.source.picture] is None
    visitor.edit(source="a cat", target="a dog")
    assert "since the last one was refused" in visitor.status
    assert visitor.tab.sessions.watched(visitor.session) is None


def test_pasted_text_is_opened_and_what_the_page_puts_there_is_not(visitor):
    visitor.attach()
    open_text, key = visitor.tab.opening.open_text, visitor.shown[visitor.tab.source.key]
    own = visitor.shown[visitor.tab.source.pasted]
    assert "value" not in open_text(own, key, visitor.request)  # skipped
    visitor.take(open_text(CAT.replace("face", "moon"), key, visitor.request))
    assert visitor.shown[visitor.tab.source.key] != key
    visitor.take(open_text("", visitor.shown[visitor.tab.source.key], visitor.request))
    assert visitor.shown[visitor.tab.source.key] == ""


def test_a_file_larger_than_its_kind_allows_is_refused(visitor, tmp_path):
    path = tmp_path / "huge.svg"
    with path.open("wb") as file:
        file.truncate(visitor.tab.kind.max_bytes + 1)
    visitor.open(path)
    assert "larger than 20 MB" in visitor.notes


def test_the_result_becomes_the_new_source_with_its_parts(visitor):
    visitor.preset("cat-to-dog")
    visitor.take(visitor.tab.opening.reuse(visitor.request))
    assert visitor.shown[visitor.tab.words.source] == "a drawing of a dog"
    assert visitor.shown[visitor.tab.words.target] == ""
    key = visitor.shown[visitor.tab.source.key]
    assert "face" in visitor.tab.service.store.asset(key).parts


def test_without_a_result_there_is_no_new_source(visitor):
    visitor.take(visitor.tab.opening.reuse(visitor.request))
    assert "no result" in visitor.notes
