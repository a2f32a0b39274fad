import pytest

from pds.base.errors import ConfigError, PromptError
from pds.engine.distil import DistilSettings
from pds.engine.methods import DDS, METHODS, PDS
from pds.kinds import KINDS, kind_of
from pds.kinds.nerf.settings import NeRFSettings
from pds.kinds.svg.settings import SVGSettings
from pds.ui.form import Edit, EditForm
from pds.ui.refining import Refining
from pds.ui.widgets import FIELDS, make_field
from pds.ui.words import WordsPart
from pds.work.recipe import Refinement
from tests.doubles.ui_visitor import built, is_update


def form_of(kind: str) -> EditForm:
    def make() -> EditForm:
        form = EditForm(kind_of(kind), prefix="")
        form.build_main()
        form.build_choices()
        form.build_advanced()
        return form

    return built(make)


@pytest.fixture(scope="module", params=list(KINDS))
def form(request):
    return form_of(request.param)


def shown(updates) -> dict:
    return {w: value["value"] if is_update(value) else value for w, value in updates.items()}


def test_every_setting_of_an_edit_has_a_widget(form):
    names = {*DistilSettings.model_fields, *form.kind.Settings.model_fields}
    names |= {name for method in METHODS.values() for name in method.model_fields}
    for group in (form.methods, form.run, form.own):
        names -= {name for name, field in group.fields.items() if field.components}
    assert not names


def test_widgets_start_at_the_defaults_of_the_settings(form):
    values = {widget: widget.value for widget in form.components}
    assert form.read(values) == form.defaults()
    assert form.changed(form.defaults()) == ()


def test_settings_put_into_the_form_and_read_again_are_the_same(form):
    for method in (PDS(identity_weight=0.75, guidance_scale=17.25), DDS(guidance_end=3)):
        run = DistilSettings(steps=123, strength=0.35, seed=2**40)
        edit = Edit(method, run, form.kind.Settings(color_rate=3.3))
        assert form.read(shown(form.fill(edit))) == edit


def test_a_box_and_locked_parts_go_both_ways():
    scene, drawing = form_of("nerf"), form_of("svg")
    boxed = scene.defaults()._replace(own=NeRFSettings(box=(-1, -1, 0, 1, 1, 0.5)))
    assert scene.read(shown(scene.fill(boxed))) == boxed
    locked = drawing.defaults()._replace(own=SVGSettings(move=("fill",), locked_ids=("face",)))
    updates = drawing.fill(locked, ("face", "ears"))
    assert drawing.read(shown(updates)) == locked
    parts = drawing.own.fields["locked_ids"].components[0]
    assert updates[parts]["choices"] == ["face", "ears"]


def test_what_is_not_at_its_default_is_told_in_the_words_of_the_widgets():
    drawing = form_of("svg")
    edit = Edit(DDS(guidance_scale=20), DistilSettings(steps=9), SVGSettings(move=("fill",)))
    assert drawing.changed(edit) == (
        "Method DDS · changes freely",
        "Guidance 20",
        "Steps 9",
        "What may change Fill colours",
    )


def test_whole_numbers_that_come_back_as_floats_are_whole_again():
    drawing = form_of("svg")
    values = {widget: widget.value for widget in drawing.components}
    steps = drawing.run.fields["steps"].components[0]
    read = drawing.read(values | {steps: 8.0}).run.steps
    assert (read, type(read)) == (8, int)


@pytest.mark.parametrize(
    ("name", "value"), [("steps", 0), ("steps", 2.5), ("steps", None), ("seed", None)]
)
def test_a_setting_nobody_can_use_is_refused_in_words(name, value):
    drawing = form_of("svg")
    values = {widget: widget.value for widget in drawing.components}
    with pytest.raises(ConfigError, match=r"\w+ .*[.;]"):
        drawing.read(values | {drawing.run.fields[name].components[0]: value})


@pytest.mark.parametrize("prompts", [("a cat", "   "), (None, "a dog")])
def test_missing_words_are_refused(prompts):
    from pds.ui.ids import Ids

    words = built(lambda: WordsPart(kind_of("svg"), Ids(noun="drawing", first=True)))
    with pytest.raises(PromptError):
        words.read(dict(zip(words.prompts(), prompts, strict=True)))


def test_a_slider_grows_for_a_value_beyond_its_end():
    drawing = form_of("svg")
    edit = Edit(PDS(identity_weight=7.5), DistilSettings(steps=5000), SVGSettings())
    updates = drawing.fill(edit)
    ends = {
        name: updates[group.fields[name].components[0]]["maximum"]
        for group, name in (
            (drawing.methods, "identity_weight"),
            (drawing.run, "steps"),
            (drawing.run, "strength"),
        )
    }
    assert ends == {"identity_weight": 7.5, "steps": 5000, "strength": 3}


def test_every_sort_of_declaration_has_a_field():
    told = {
        type(declaration)
        for kind in KINDS.values()
        for settings in (kind.Settings, *(output.Settings for output in kind.outputs))
        for declaration in settings.declarations().values()
    }
    assert told <= set(FIELDS)


def test_sizes_are_chosen_from_a_list_with_what_zero_means_first():
    capture = kind_of("nerf").output("capture").Settings
    declaration = capture.declarations()["capture_px"]
    field = make_field("capture_px", declaration, 0, elem_id="x")
    built(field.build)
    assert field.components[0].choices[0] == ("The cameras' own", 0)
    assert ("256 px", 256) in field.components[0].choices


def test_a_refinement_goes_both_ways():
    from pds.ui.ids import Ids

    refining = built(lambda: Refining(Ids(noun="drawing", first=True)))
    refinement = Refinement.take({"steps": 7, "guidance_scale": 3})
    assert refining.read(shown(refining.fill(refinement))) == refinement
