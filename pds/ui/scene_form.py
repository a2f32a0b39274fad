"""The settings of fits, edits and refinements of scenes as widgets, both ways."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import gradio as gr
from gradio.components import Component

from pds.settings.config import EditConfig
from pds.settings.scene_config import (
    FIELD_KINDS,
    SCENE_MOVABLE,
    FitConfig,
    NeRFConfig,
    RefineConfig,
)
from pds.ui import form, scene_text
from pds.ui.form import choices, number, read_fields, slider_value

FIT, EDIT, NERF, REFINE = (
    tuple(f.name for f in fields(config))
    for config in (FitConfig, EditConfig, NeRFConfig, RefineConfig)
)
SLIDER_ENDS = {**form.SLIDER_ENDS, "steps": 3000}
BOX = tuple(f"box_{end}_{axis}" for end in ("low", "high") for axis in "xyz")
WHOLE_BOX = (-1.0, -1.0, -1.0, 1.0, 1.0, 1.0)


def fit_main_widgets() -> dict[str, Component]:
    """How large, how long, and what kind of scene."""
    return {
        "field": gr.Radio(
            label="Kind of scene",
            choices=choices(FIELD_KINDS, scene_text.FIELD_LABELS),
            value=FitConfig.field,
            elem_id="fit-field",
        ),
        "minutes": number(
            "Minutes at most", FitConfig.minutes, 0, 10_000, step=0.5, info="0 is no limit."
        ),
        "longer_side_px": number(
            "Longer side of the pictures in px", FitConfig.longer_side_px, 32, 2048
        ),
    }


def fit_more_widgets() -> dict[str, Component]:
    """The rest of a fit."""
    own = "0 is the kind's own."
    return {
        "steps": number("Steps of the fit", FitConfig.steps, 0, 200_000, info=own),
        "resolution": number("Cells along a side", FitConfig.resolution, 0, 256, info=own),
        "rays_per_step": number("Rays a step", FitConfig.rays_per_step, 0, 65_536, info=own),
        "holdout": number(
            "Hold out every how many-th picture",
            FitConfig.holdout,
            0,
            1000,
            info="These are not fitted to, but measured. 0 is none.",
        ),
        "seed": number("Seed of the fit", FitConfig.seed, 0, 2**53),
    }


def main_widgets() -> dict[str, Component]:
    """The settings of an edit that matter most; as a drawing's, with more steps."""
    widgets = form.main_widgets()
    widgets["steps"].maximum = SLIDER_ENDS["steps"]
    return widgets


def choice_widgets() -> dict[str, Component]:
    """Method, what may change, and where."""
    widgets: dict[str, Component] = {
        "method": form.method_widget("scene-method"),
        "move": gr.CheckboxGroup(
            label="What may change",
            choices=choices(SCENE_MOVABLE, scene_text.MOVE_LABELS),
            value=list(NeRFConfig.move),
            elem_id="scene-move",
        ),
        "view_words": gr.Checkbox(
            label="Name the view in the prompts",
            info="“Front view” and so on, where the scene knows its front.",
            value=NeRFConfig.view_words,
        ),
    }
    with gr.Accordion(label="Only inside a box", open=False):
        widgets["boxed"] = gr.Checkbox(
            label="Change nothing outside of this box",
            info="An object lies between -1 and 1; its front looks towards -y, z is up.",
            value=False,
        )
        for end in ("low", "high"):
            with gr.Row():
                for axis in "xyz":
                    name = f"box_{end}_{axis}"
                    label = f"{'From' if end == 'low' else 'To'} {axis}"
                    value = WHOLE_BOX[BOX.index(name)]
                    widgets[name] = number(label, value, -100, 100, step=0.05, min_width=70)
    return widgets


def advanced_widgets() -> dict[str, Component]:
    """Everything else of an edit, for people who know the method."""
    return form.engine_widgets(views="Views a step") | {
        "resolution_px": number(
            "Resolution in px", NeRFConfig.resolution_px, 0, 1024, info="0 is the model's own."
        ),
        "samples": number(
            "Samples a ray", NeRFConfig.samples, 0, 1024, info="0 is the field's own."
        ),
        "density_rate": number(
            "Speed of shapes", NeRFConfig.density_rate, 0, 1000, step=0.1, info="thousandths a step"
        ),
        "color_rate": number(
            "Speed of colours", NeRFConfig.color_rate, 0, 1000, step=0.1, info="thousandths a step"
        ),
        "sparsity_weight": number("Against haze", NeRFConfig.sparsity_weight, 0, 1000, step=0.1),
        "smoothness_weight": number(
            "For smooth changes", NeRFConfig.smoothness_weight, 0, 1000, step=0.1
        ),
        "distortion_weight": number(
            "For clear surfaces", NeRFConfig.distortion_weight, 0, 1000, step=0.1
        ),
        "patch_px": number(
            "Side of a patch in px", NeRFConfig.patch_px, 0, 1024, info="Smaller needs less memory."
        ),
    }


def refine_widgets() -> dict[str, Component]:
    """The settings of a refinement."""
    return {
        "steps": number("Steps of the refinement", RefineConfig.steps, 1, 100_000),
        "refresh_every": number(
            "Refine a picture every, steps", RefineConfig.refresh_every, 1, 10_000
        ),
        "noise_low": number("Least noise", RefineConfig.noise_low, 0.01, 0.99, step=0.01),
        "noise_high": number("Most noise", RefineConfig.noise_high, 0.01, 0.99, step=0.01),
        "sdedit_steps": number("Denoising steps", RefineConfig.sdedit_steps, 1, 1000),
        "guidance_scale": number(
            "Guidance of the refinement", RefineConfig.guidance_scale, 1, 200, step=0.5
        ),
        "seed": number("Seed of the refinement", RefineConfig.seed, 0, 2**53),
    }


def read_fit(values: Mapping[str, Any]) -> FitConfig:
    """Widgets to the settings of a fit; raises ConfigError for one out of its range."""
    return read_fields(FitConfig, values)


def read_edit(values: Mapping[str, Any]) -> tuple[EditConfig, NeRFConfig]:
    """Widgets to the settings of an edit.

    Raises:
        ConfigError: a setting out of its range.
        PromptError: an empty or overlong prompt.
    """
    box = tuple(values[name] for name in BOX) if values["boxed"] else ()
    # An emptied number is None, which the config refuses by name.
    numbers = tuple(float(side) if isinstance(side, int) else side for side in box)
    return read_fields(EditConfig, values), read_fields(NeRFConfig, {**values, "box": numbers})


def read_refine(values: Mapping[str, Any]) -> RefineConfig:
    """Widgets to the settings of a refinement; raises ConfigError for one out of its range."""
    return read_fields(RefineConfig, values)


def fill_edit(edit: EditConfig, nerf: NeRFConfig) -> dict[str, Any]:
    """Settings of an edit to updates of its widgets."""
    updates = {f.name: _to_widget(getattr(edit, f.name)) for f in fields(edit)}
    updates |= {name: slider_value(name, getattr(edit, name), SLIDER_ENDS) for name in SLIDER_ENDS}
    updates |= {f.name: _to_widget(getattr(nerf, f.name)) for f in fields(nerf) if f.name != "box"}
    updates |= dict(zip(BOX, nerf.box or WHOLE_BOX, strict=True))
    return updates | {"boxed": bool(nerf.box)}


def fill(config: FitConfig | RefineConfig) -> dict[str, Any]:
    """Settings of a fit or a refinement to updates of its widgets."""
    return {f.name: getattr(config, f.name) for f in fields(config)}


def _to_widget(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
