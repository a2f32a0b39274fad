"""The only place of the golden tests that knows the package: a refactor changes this file alone.

Settings are named as in the recipes of version 1 (`edit.steps`, `svg.move`, `nerf.box`, ...),
whatever classes hold them now.
"""

import dataclasses
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pds.nerf.checkpoint import load_scene, save_scene
from pds.presets import load_presets
from pds.priors.base import Prior
from pds.priors.loading import load_prior
from pds.recipe import Recipe
from pds.runs import DrawingRun
from pds.scene_presets import load_scene_presets
from pds.scene_recipe import SceneRecipe
from pds.scene_runs import SceneEditRun

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
    recipe = _recipe(key, steps, changes)
    if isinstance(recipe, Recipe):
        run = DrawingRun(recipe, _prior())
        scene, taken = run.scene, run.steps()
    else:
        run = SceneEditRun(recipe, load_scene(_scene_presets()[key].checkpoint()), _prior())
        scene, taken = run._scene, run.engine_steps()
    records = [
        {
            "timestep": step.timestep,
            "gradient_norm": step.gradient_norm,
            "image": step.image.clone(),
            "groups": [
                (group.name, [tensor.detach().clone() for tensor in group.parameters])
                for group in scene.parameter_groups()
            ],
        }
        for step in taken
    ]
    return records, run.svg() if isinstance(recipe, Recipe) else save_scene(run.scene())


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
    kind = json.loads(data)["kind"]
    return _settings({"svg": Recipe, "nerf": SceneRecipe}[kind].from_json(data))


@cache
def _prior() -> Prior:
    return load_prior("built-in", device="cpu", dtype="float32")


_drawing_presets = cache(load_presets)
_scene_presets = cache(load_scene_presets)


def _recipe(key: str, steps: int, changes: Mapping[str, Any] | None) -> Recipe | SceneRecipe:
    preset = {**_drawing_presets(), **_scene_presets()}[key]
    recipe = dataclasses.replace(preset.recipe, prior_fingerprint=_prior().fingerprint)
    for name, value in {"edit.steps": steps, **(changes or {})}.items():
        part, _, setting = name.partition(".")
        config = dataclasses.replace(getattr(recipe, part), **{setting: value})
        recipe = dataclasses.replace(recipe, **{part: config})
    return recipe


def _settings(recipe: Recipe | SceneRecipe) -> Settings:
    values = dataclasses.asdict(recipe)
    del values["version"]
    flat: Settings = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{setting}": _plain(inner) for setting, inner in value.items()}
        else:
            flat[name] = value
    return flat


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
