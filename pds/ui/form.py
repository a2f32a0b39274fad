"""The settings of an edit as widgets: one widget a field, both ways.

What every edit has is shared by the tabs; the rest of this file is for drawings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from pds.settings.config import METHODS, MOVABLE, TIMESTEP_ORDERS, EditConfig, SVGConfig
from pds.ui import text
from pds.work.recipe import Recipe, clean_name

EDIT_FIELDS = tuple(f.name for f in fields(EditConfig))
SVG_FIELDS = tuple(f.name for f in fields(SVGConfig))
# Sliders end where most people stop; a recipe may ask for more, up to what the config allows.
SLIDER_ENDS = {"identity_weight": 1.0, "steps": 1000, "strength": 3.0, "guidance_scale": 60.0}
SEED_LIMIT = 2**31
DICE = Path(__file__).parent / "dice.svg"


def choices(values: Sequence[str], labels: dict[str, str]) -> list[tuple[str, str]]:
    """(shown, value) pairs; a value without a label is shown as it is."""
    return [(labels.get(value, value), value) for value in values]


def main_widgets() -> dict[str, Component]:
    """The four settings that matter most."""
    return {
        "identity_weight": gr.Slider(
            label="Keep identity",
            info="Higher stays closer to the source; 1 is the published balance.",
            minimum=0,
            maximum=SLIDER_ENDS["identity_weight"],
            step=0.01,
            value=EditConfig.identity_weight,
        ),
        "steps": gr.Slider(
            label="Steps",
            info="More steps go further and take longer.",
            minimum=1,
            maximum=SLIDER_ENDS["steps"],
            step=1,
            value=EditConfig.steps,
        ),
        "strength": gr.Slider(
            label="Strength",
            info="How far each step may move.",
            minimum=0.05,
            maximum=SLIDER_ENDS["strength"],
            step=0.05,
            value=EditConfig.strength,
        ),
    }


def method_widget(elem_id: str) -> gr.Radio:
    """Which gradient is followed."""
    return gr.Radio(
        label="Method",
        choices=choices(METHODS, text.METHOD_LABELS),
        value=EditConfig.method,
        elem_id=elem_id,
    )


def seed_row(elem_id: str) -> tuple[gr.Number, gr.Button]:
    """The seed, and the button that draws another."""
    with gr.Row(elem_classes="seed"):
        seed = gr.Number(
            label="Seed", value=0, minimum=0, maximum=2**53, precision=0, min_width=140
        )
        dice = gr.Button(
            value="New seed", icon=str(DICE), size="sm", min_width=110, elem_id=elem_id
        )
    return seed, dice


def engine_widgets(*, views: str) -> dict[str, Component]:
    """What the engine has for those who know the method; `views` names its views a step."""
    return {
        "guidance_scale": gr.Slider(
            label="Guidance",
            info="How strongly the words pull; 1 is off.",
            minimum=1,
            maximum=SLIDER_ENDS["guidance_scale"],
            step=0.5,
            value=EditConfig.guidance_scale,
        ),
        "guidance_end": number(
            "Guidance at the end",
            EditConfig.guidance_end,
            0,
            200,
            step=0.5,
            info="0 keeps it; a low one lets colours come right.",
        ),
        "timestep_order": gr.Radio(
            label="Order of noise levels",
            choices=choices(TIMESTEP_ORDERS, text.ORDER_LABELS),
            value=EditConfig.timestep_order,
        ),
        "timestep_low": number(
            "Lowest noise level", EditConfig.timestep_low, 0.01, 0.99, step=0.01
        ),
        "timestep_high": number(
            "Highest noise level", EditConfig.timestep_high, 0.01, 0.99, step=0.01
        ),
        "stride": number("Stride of noise levels", EditConfig.stride, 1, 100),
        "views_per_step": number(views, EditConfig.views_per_step, 1, 64),
        "cooldown": number(
            "Settle at the end",
            EditConfig.cooldown,
            0,
            1,
            step=0.05,
            info="Share of the steps over which the speed falls to nothing.",
        ),
    }


def choice_widgets() -> dict[str, Component]:
    """Method, what may move, and what is locked."""
    return {
        "method": method_widget("method"),
        "move": gr.CheckboxGroup(
            label="What may change",
            choices=choices(MOVABLE, text.MOVE_LABELS),
            value=list(SVGConfig.move),
            elem_id="move",
        ),
        "locked_ids": gr.Dropdown(
            label="Locked parts",
            info="Elements of the file, by id, that stay exactly as they are.",
            choices=[],
            value=[],
            multiselect=True,
            allow_custom_value=True,
        ),
    }


def advanced_widgets() -> dict[str, Component]:
    """Everything else, for people who know the method."""
    rate = "thousandths of the picture a step"
    return engine_widgets(views="Noise samples a step") | {
        "resolution_px": number(
            "Resolution in px", SVGConfig.resolution_px, 0, 1024, info="0 is the model's own."
        ),
        "supersample": number("Samples a pixel side", SVGConfig.supersample, 1, 2),
        "subdivide": number(
            "Halve every segment, times", SVGConfig.subdivide, 0, 4, info="Gives plain shapes room."
        ),
        "extra_paths": number(
            "Extra paths", SVGConfig.extra_paths, 0, 64, info="Small new shapes that may grow."
        ),
        "points_rate": number(
            "Speed of shapes", SVGConfig.points_rate, 0, 100, step=0.1, info=rate
        ),
        "color_rate": number(
            "Speed of colours", SVGConfig.color_rate, 0, 500, step=0.1, info="thousandths a step"
        ),
        "opacity_rate": number(
            "Speed of opacity", SVGConfig.opacity_rate, 0, 500, step=0.1, info="thousandths a step"
        ),
        "width_rate": number(
            "Speed of line width", SVGConfig.width_rate, 0, 100, step=0.1, info=rate
        ),
        "crossing_weight": number(
            "Against crossing lines", SVGConfig.crossing_weight, 0, 1000, step=0.1
        ),
        "smoothness_weight": number(
            "For smooth changes", SVGConfig.smoothness_weight, 0, 1000, step=0.1
        ),
        "coherence": number(
            "Points move together",
            SVGConfig.coherence,
            0,
            200,
            info="How far along an outline; 0 moves each for itself.",
        ),
    }


def number(
    label: str,
    value: float,
    low: float,
    high: float,
    *,
    step: float = 1,
    info: str | None = None,
    min_width: int = 140,
) -> gr.Number:
    """A number field that states its range."""
    return gr.Number(
        label=label,
        info=info,
        value=value,
        minimum=low,
        maximum=high,
        step=step,
        min_width=min_width,
    )


def read_fields(config: type, values: Mapping[str, Any]) -> Any:
    """Widgets to a config: its fields out of `values`, each of the field's own type.

    Raises:
        InputError: as the config's own check says.
    """
    return config(**{f.name: _from_widget(f.type, values[f.name]) for f in fields(config)})


def read_config(values: dict[str, Any]) -> tuple[EditConfig, SVGConfig]:
    """Widgets to settings.

    Raises:
        ConfigError: a setting out of its range.
        PromptError: an empty or overlong prompt.
    """
    return read_fields(EditConfig, values), read_fields(SVGConfig, values)


def read_recipe(values: dict[str, Any], *, source: str, name: str, prior: str) -> Recipe:
    """Widgets and the drawing to a recipe; errors as :func:`read_config` and `Recipe`."""
    edit, svg = read_config(values)
    return Recipe(source=source, name=clean_name(name or ""), edit=edit, svg=svg, prior=prior)


def fill(recipe: Recipe, *, ids: Sequence[str]) -> dict[str, Any]:
    """Settings to widget updates; `ids` are the drawing's elements that can be locked."""
    updates: dict[str, Any] = {}
    for config in (recipe.edit, recipe.svg):
        for field in fields(config):
            value = getattr(config, field.name)
            updates[field.name] = _to_widget(field.name, value, ids)
    return updates


def slider_value(name: str, value: float, ends: Mapping[str, float]) -> Any:
    """An update of a slider that grows for a value beyond its usual end."""
    return gr.update(value=value, maximum=max(value, ends[name]))


def _from_widget(kind: Any, value: Any) -> Any:
    """A widget's value as the type of a field; what cannot be is left for the config to refuse."""
    if kind is str:
        return "" if value is None else value
    if kind is int:
        return int(value) if isinstance(value, float) and value.is_integer() else value
    if kind is float:
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return value if kind is bool else tuple(value or ())


def _to_widget(name: str, value: Any, ids: Sequence[str]) -> Any:
    if name == "locked_ids":
        return gr.update(value=list(value), choices=list(ids))
    if name in SLIDER_ENDS:
        return slider_value(name, value, SLIDER_ENDS)
    return list(value) if isinstance(value, tuple) else value
