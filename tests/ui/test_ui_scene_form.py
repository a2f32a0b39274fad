import asyncio
import dataclasses
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import pytest

from pds.base.errors import ConfigError, PromptError
from pds.settings.config import EditConfig
from pds.settings.scene_config import FitConfig, NeRFConfig, RefineConfig
from pds.ui import scene_form

PROMPTS = {"source_prompt": "a cactus", "target_prompt": "tulips"}


def built(*makers):
    async def build():
        with gr.Blocks(analytics_enabled=False):
            widgets = {}
            for make in makers:
                widgets |= make()
            return widgets

    # A loop of its own, as for the drawing's form.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(build())).result()


def plain(updates: dict) -> dict:
    return {k: u["value"] if isinstance(u, dict) else u for k, u in updates.items()}


def edit_values(**changes):
    return plain(scene_form.fill_edit(EditConfig(**PROMPTS), NeRFConfig())) | changes


def test_every_setting_of_an_edit_has_a_widget():
    widgets = built(scene_form.main_widgets, scene_form.choice_widgets, scene_form.advanced_widgets)
    elsewhere = {"source_prompt", "target_prompt", "seed", "box"}
    box = {*scene_form.BOX, "boxed"}
    assert set(widgets) - box | elsewhere == {*scene_form.EDIT, *scene_form.NERF}
    defaults = dataclasses.asdict(EditConfig(**PROMPTS)) | dataclasses.asdict(NeRFConfig())
    for name in set(widgets) - box:
        expected = defaults[name]
        expected = list(expected) if isinstance(expected, tuple) else expected
        assert widgets[name].value == expected, name


def test_every_setting_of_a_fit_and_of_a_refinement_has_a_widget_at_its_default():
    fit = built(scene_form.fit_main_widgets, scene_form.fit_more_widgets)
    refine = built(scene_form.refine_widgets)
    for widgets, config in ((fit, FitConfig()), (refine, RefineConfig())):
        values = {name: widget.value for name, widget in widgets.items()}
        assert values == dataclasses.asdict(config)


def test_an_edit_put_into_the_form_and_read_again_is_the_same_edit():
    edit = EditConfig(**PROMPTS, steps=1234, guidance_scale=17.25, seed=2**40, identity_weight=0.1)
    nerf = NeRFConfig(move=("color",), box=(-0.5, -1.0, 0.0, 0.5, 1.0, 1.0), view_words=False)
    assert scene_form.read_edit(plain(scene_form.fill_edit(edit, nerf))) == (edit, nerf)


def test_fits_and_refinements_put_into_the_form_and_read_again_are_the_same():
    fit = FitConfig(field="planes", minutes=2.5, holdout=0, resolution=96, steps=500)
    assert scene_form.read_fit(scene_form.fill(fit)) == fit
    refine = RefineConfig(steps=11, noise_low=0.2, noise_high=0.3)
    assert scene_form.read_refine(scene_form.fill(refine)) == refine


def test_without_the_check_mark_the_box_confines_nothing():
    assert scene_form.read_edit(edit_values(box_low_x=0.2))[1].box == ()
    assert scene_form.read_edit(edit_values(box_low_x=0.2, boxed=True))[1].box[0] == 0.2


def test_whole_numbers_that_come_back_as_floats_are_whole_again():
    edit, nerf = scene_form.read_edit(edit_values(steps=8.0, samples=64.0, density_rate=50))
    assert (edit.steps, nerf.samples) == (8, 64)
    assert isinstance(nerf.density_rate, float)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"steps": None}, ConfigError),
        ({"move": []}, ConfigError),
        ({"boxed": True, "box_low_x": 2}, ConfigError),
        ({"boxed": True, "box_low_y": None}, ConfigError),
        ({"target_prompt": " "}, PromptError),
    ],
)
def test_a_setting_nobody_can_use_is_refused_in_words(changes, error):
    with pytest.raises(error, match=r"\w+ .*[.;]"):
        scene_form.read_edit(edit_values(**changes))


def test_a_slider_grows_for_a_recipe_beyond_its_end():
    filled = scene_form.fill_edit(EditConfig(**PROMPTS, steps=30_000), NeRFConfig())
    assert filled["steps"]["maximum"] == 30_000
    assert filled["strength"]["maximum"] == scene_form.SLIDER_ENDS["strength"]
