import asyncio
import dataclasses
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import pytest

from pds.base.errors import ConfigError, PromptError
from pds.settings.config import EditConfig, SVGConfig
from pds.ui import form
from tests.doubles.ui_doubles import CAT, recipe


def all_widgets():
    async def build():
        with gr.Blocks(analytics_enabled=False):
            return form.main_widgets() | form.choice_widgets() | form.advanced_widgets()

    # Outside of a running event loop Gradio opens one and never closes it. A thread of its own,
    # since the browser tests keep a loop running in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(build())).result()


def settings(**changes):
    filled = form.fill(recipe(), ids=("face",))
    values = {
        name: update["value"] if isinstance(update, dict) else update
        for name, update in filled.items()
    }
    return {**values, **changes}


def test_every_setting_of_a_drawing_has_a_widget():
    widgets = all_widgets()
    written_elsewhere = {"source_prompt", "target_prompt", "seed"}
    assert set(widgets) | written_elsewhere == {*form.EDIT_FIELDS, *form.SVG_FIELDS}


def test_widgets_start_at_the_defaults_of_the_settings():
    widgets = all_widgets()
    prompts = {"source_prompt": "a", "target_prompt": "b"}
    defaults = dataclasses.asdict(EditConfig(**prompts)) | dataclasses.asdict(SVGConfig())
    for name, widget in widgets.items():
        expected = defaults[name]
        assert widget.value == (list(expected) if isinstance(expected, tuple) else expected), name


def test_a_recipe_put_into_the_form_and_read_again_is_the_same_recipe():
    original = dataclasses.replace(
        recipe(guidance_scale=17.25, steps=123, strength=0.35, seed=2**40),
        svg=SVGConfig(move=("fill", "points"), locked_ids=("face",), points_rate=3.3, subdivide=2),
    )
    values = {
        name: update["value"] if isinstance(update, dict) else update
        for name, update in form.fill(original, ids=("face",)).items()
    }
    again = form.read_recipe(values, source=CAT, name="cat", prior="built-in")
    assert again == original


def test_whole_numbers_that_come_back_as_floats_are_whole_again():
    edit, svg = form.read_config(settings(steps=8.0, seed=3.0, subdivide=1.0, strength=1))
    assert (edit.steps, edit.seed, svg.subdivide) == (8, 3, 1)
    assert isinstance(edit.steps, int)
    assert isinstance(edit.strength, float)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"steps": 0}, ConfigError),
        ({"steps": 2.5}, ConfigError),
        ({"steps": None}, ConfigError),
        ({"seed": None}, ConfigError),
        ({"move": []}, ConfigError),
        ({"target_prompt": "   "}, PromptError),
        ({"source_prompt": None}, PromptError),
    ],
)
def test_a_setting_nobody_can_use_is_refused_in_words(changes, error):
    with pytest.raises(error, match=r"\w+ .*[.;]"):
        form.read_config(settings(**changes))


def test_a_slider_grows_for_a_recipe_beyond_its_end():
    filled = form.fill(recipe(identity_weight=7.5, steps=5000), ids=())
    assert filled["identity_weight"]["maximum"] == 7.5
    assert filled["steps"]["maximum"] == 5000
    assert filled["strength"]["maximum"] == form.SLIDER_ENDS["strength"]
