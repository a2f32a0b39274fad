"""From what the Scene tab's widgets say to orders for the engine."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pds.base.errors import CaptureError, JobError
from pds.ui import scene_form
from pds.ui.events import other_prior, read_limited
from pds.ui.scene_desk import SceneDesk
from pds.ui.scene_orders import EditOrder, FitOrder, RefineOrder, SceneOrder, check_files
from pds.work.recipe import clean_name
from pds.work.scene_presets import ScenePreset, scene_bytes
from pds.work.scene_recipe import MAX_SCENE_RECIPE_BYTES, SceneRecipe

# Scenes and captures larger than this are not for a page.
MAX_SCENE_BYTES = 200_000_000
# An order, and sentences about it for the user.
Asked = tuple[SceneOrder, tuple[str, ...]]


def preset_order(desk: SceneDesk, preset: ScenePreset) -> Asked:
    """A preset's edit.

    Raises:
        PresetError, CheckpointError: its scene cannot be read.
    """
    return asked(desk, preset.recipe, desk.store.keep(preset.checkpoint()))


def recipe_order(desk: SceneDesk, path: str, key: str) -> Asked:
    """The edit of a recipe file, on a preset's scene or the open one.

    Args:
        desk: the tab's.
        path: of the file.
        key: of the open scene; empty if there is none.

    Raises:
        RecipeError, ConfigError: it cannot be read, or belongs to another scene.
    """
    recipe = SceneRecipe.from_json(read_limited(path, MAX_SCENE_RECIPE_BYTES))
    given = desk.store.checkpoint(key).read_bytes() if key else None
    return asked(desk, recipe, desk.store.keep(scene_bytes(recipe, desk.presets, given)))


def edit_order(desk: SceneDesk, values: Mapping[str, Any], *, key: str, name: str) -> Asked:
    """The edit that the widgets say, of the scene with that key.

    Raises:
        ConfigError, PromptError: a setting out of range, a prompt missing.
        JobError: there is no scene.
    """
    desk.store.checkpoint(key)  # raises if there is none
    edit, nerf = scene_form.read_edit(values)
    recipe = SceneRecipe(name=name, scene_sha256=key, edit=edit, nerf=nerf, prior=desk.prior.name)
    return asked(desk, recipe, key)


def fit_order(
    desk: SceneDesk, values: Mapping[str, Any], *, files: list[str], resume: str | None
) -> Asked:
    """The fit that the widgets say.

    Args:
        desk: the tab's.
        values: of the widgets.
        files: paths of what was brought.
        resume: key of the scene to go on from, or None.

    Raises:
        CaptureError: nothing usable was brought.
        ConfigError: a setting out of range.
        JobError: there is no scene to go on from.
    """
    paths = tuple(Path(path) for path in files)
    check_files(paths)
    if not all(path.exists() for path in paths):
        raise CaptureError("What was brought is no longer kept; bring it again.")
    order = FitOrder(
        files=paths,
        name=scene_name(paths[0].name if len(paths) == 1 else "scene"),
        config=scene_form.read_fit(values),
        resume=None if resume is None else desk.store.checkpoint(resume),
    )
    return order, ()


def refine_order(desk: SceneDesk, values: Mapping[str, Any], *, session: str) -> Asked:
    """The refinement that the widgets say, of the result that a browser tab shows.

    Raises:
        ConfigError: a setting out of range.
        JobError: what it shows is not an edited scene.
    """
    job_id, target = desk.watched(session), desk.shown(session)
    order = None if job_id is None else desk.driver.order(job_id)
    if target is None or not isinstance(order, EditOrder | RefineOrder):
        raise JobError("There is no edited scene to refine yet: press Edit first.")
    refined = RefineOrder(
        recipe=replace(order.recipe, refine=scene_form.read_refine(values)),
        source=desk.store.checkpoint(order.source.stem),
        edited=desk.store.checkpoint(target.key),
    )
    return refined, ()


def asked(desk: SceneDesk, recipe: SceneRecipe, key: str) -> Asked:
    """The order of a recipe with this page's prior, and what to say if that is another one."""
    here = desk.prior.name
    order = EditOrder(recipe=replace(recipe, prior=here), source=desk.store.checkpoint(key))
    return order, other_prior(recipe.prior, here)


def scene_name(file_name: str) -> str:
    """What a scene is called that came in such a file."""
    name = clean_name(file_name.rsplit(".", 1)[0])
    return "scene" if name == "drawing" else name
