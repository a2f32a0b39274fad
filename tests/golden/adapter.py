"""The only place of the golden tests that knows the package: a refactor changes this file alone.

Settings are named as in the recipes of version 1 (`edit.steps`, `svg.move`, `nerf.box`, ...),
whatever classes hold them now.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from pds.diffusion.loading import load_prior
from pds.diffusion.prior import Prior
from pds.engine.methods import PDS, Method, method_class
from pds.kinds import kind_of
from pds.work.preset import Preset, load_presets
from pds.work.recipe import Recipe
from pds.work.runs import EditRun

Settings = dict[str, Any]


def run_preset(
    key: str, steps: int, changes: Mapping[str, Any] | None = None
) -> tuple[list[dict[str, Any]], bytes]:
    """Runs a preset with another number of steps, on the CPU in float32.

    Args:
        key: of a preset of either kind.
        steps: instead of the preset's own.
        changes: other settings than the preset's, by their names in recipes of version 1.

    Returns:
        For every step `timestep`, `gradient_norm`, `image` (before the step) and `groups` (after
        it): a list of names and copies of the group's tensors. And the file written at the end:
        the SVG or the checkpoint.
    """
    run = EditRun(_recipe(key, steps, changes), _presets()[key].asset, _prior())
    records = [
        {
            "timestep": step.timestep,
            "gradient_norm": step.gradient_norm,
            "image": step.image.clone(),
            "groups": [
                (group.name, [tensor.detach().clone() for tensor in group.parameters])
                for group in run.moving.parameter_groups()
            ],
        }
        for step in run.steps()
    ]
    return records, run.snapshot().data


def preset_settings(key: str, steps: int, changes: Mapping[str, Any] | None = None) -> Settings:
    """The settings that `run_preset` runs with, as `read_recipe_v1` gives them."""
    return _settings(_recipe(key, steps, changes))


def preset_recipe(key: str, steps: int, changes: Mapping[str, Any] | None = None) -> str:
    """The recipe of `run_preset` as it is written today."""
    return _recipe(key, steps, changes).to_json()


def read_recipe_v1(data: bytes) -> Settings:
    """What the package reads out of a recipe of version 1, of either kind.

    The version itself is left out, since a reader may bring a recipe up to date. A refinement that
    is not there is `refine: None`; lists stand for tuples.
    """
    return _settings(Recipe.from_json(data))


def without_idle(settings: Settings) -> Settings:
    """The settings but for those of PDS alone, where the method is another.

    Version 1 wrote them into every recipe; they had no effect there.
    """
    idle = set(PDS.model_fields) - set(method_class(settings["edit.method"]).model_fields)
    return {name: v for name, v in settings.items() if name.removeprefix("edit.") not in idle}


@cache
def _prior() -> Prior:
    return load_prior("built-in", device="cpu", dtype="float32")


@cache
def _presets() -> dict[str, Preset]:
    return load_presets()


def _recipe(key: str, steps: int, changes: Mapping[str, Any] | None) -> Recipe:
    recipe = _presets()[key].recipe.with_prior("built-in", _prior().fingerprint)
    for name, value in {"edit.steps": steps, **(changes or {})}.items():
        recipe = _changed(recipe, name, value)
    return recipe


def _changed(recipe: Recipe, name: str, value: Any) -> Recipe:
    part, _, setting = name.partition(".")
    if part != "edit":
        return replace(recipe, settings=recipe.settings.but(**{setting: value}))
    if setting == "method":
        return replace(recipe, method=_as_method(value, recipe.method))
    if setting in type(recipe.method).model_fields:
        return replace(recipe, method=recipe.method.but(**{setting: value}))
    return replace(recipe, run=recipe.run.but(**{setting: value}))


def _as_method(key: str, other: Method) -> Method:
    return method_class(key).take(other.as_fields())


def _settings(recipe: Recipe) -> Settings:
    kind = kind_of(recipe.kind)
    parts = {
        "edit": {
            "source_prompt": recipe.prompts.source,
            "target_prompt": recipe.prompts.target,
            "method": recipe.method.key,
            **recipe.method.values(),
            **recipe.run.values(),
        },
        kind.settings_field: recipe.settings.values(),
    }
    flat = {f"{part}.{name}": v for part, values in parts.items() for name, v in values.items()}
    flat |= {name: getattr(recipe, name) for name in ("kind", "name", "prior", "pds_version")}
    flat["prior_fingerprint"] = recipe.prior_fingerprint
    if kind.embedded:
        return flat | {"source": recipe.embedded}
    flat["scene_sha256"] = recipe.asset
    return flat | _refinement(recipe)


def _refinement(recipe: Recipe) -> Settings:
    if recipe.after is None:
        return {"refine": None}
    values = json.loads(json.dumps(recipe.after.values()))
    del values["rewriter"]
    return {f"refine.{name}": value for name, value in values.items()}
