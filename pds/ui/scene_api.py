"""The endpoints for programs that edit and fit scenes, on the same queue as the page's runs.

Files go in and out, so these are events of widgets that nobody sees: Gradio then checks that a
file that is named was uploaded.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from pds.base.errors import CheckpointError, ConfigError, PDSError
from pds.settings.config import EditConfig
from pds.settings.scene_config import FitConfig, NeRFConfig, RefineConfig
from pds.ui.events import read_limited
from pds.ui.scene_asking import MAX_SCENE_BYTES, asked, preset_order, scene_name
from pds.ui.scene_desk import SceneDesk
from pds.ui.scene_orders import FitOrder, SceneOrder, check_files
from pds.work.presets import find_preset
from pds.work.recipe import config_from_dict
from pds.work.scene_recipe import SceneRecipe

PARTS = {"edit": EditConfig, "nerf": NeRFConfig, "refine": RefineConfig}


def add_endpoints(desk: SceneDesk) -> None:
    """Adds `/edit_scene_preset`, `/edit_scene`, `/fit_scene` and `/scene_presets`."""

    def edit_scene_preset(key: str):
        return finish(desk, lambda: preset_order(desk, find_preset(key, desk.presets))[0])

    def edit_scene(checkpoint: str | None, source_prompt: str, target_prompt: str, settings: Any):
        return finish(
            desk,
            lambda: _edit_order(desk, checkpoint, source_prompt, target_prompt, settings or {}),
        )

    def fit_scene(capture: str | None, settings: Any):
        return finish(desk, lambda: _fit_order(capture, settings or {}))

    def scene_presets() -> list[dict[str, str]]:
        return [
            {"key": key, "title": preset.title, "description": preset.description}
            for key, preset in desk.presets.items()
        ]

    with gr.Row(visible=False):
        file = gr.File(label="file")
        words = [gr.Textbox(label=label) for label in ("text", "source", "target")]
        settings = gr.JSON(label="settings", value={})
        out = [gr.File(label="scene"), gr.JSON(label="facts")]
    gr.api(
        fn=scene_presets,
        api_name="scene_presets",
        api_description="Lists the presets for scenes.",
        concurrency_limit=None,
    )
    _endpoint(edit_scene_preset, words[:1], out, "Runs a preset of the Scene tab.")
    _endpoint(
        edit_scene,
        [file, *words[1:], settings],
        out,
        "Edits a scene file by words; settings may hold `edit`, `nerf` and `refine`.",
    )
    _endpoint(
        fit_scene,
        [file, settings],
        out,
        "Fits a scene to a zip or a video; settings are those of the fit.",
    )


def _endpoint(fn: Callable, inputs: list, outputs: list, description: str) -> None:
    gr.on(
        triggers=[],
        fn=fn,
        inputs=inputs,
        outputs=outputs,
        api_name=fn.__name__,
        api_description=description,
        concurrency_limit=None,
        show_progress="hidden",
    )


def finish(desk: SceneDesk, make: Callable[[], SceneOrder]) -> tuple[str, dict[str, Any]]:
    """Carries an order out to its end.

    Returns:
        The path of the scene's file; and `state`: `done` or `stopped`, `warnings`: sentences,
        `psnr`: of held-out views or None, `recipe`: its JSON text, empty for a fit.

    Raises:
        gr.Error: with the sentence of whatever went wrong.
    """
    try:
        job_id = desk.driver.start(make())
        for view in desk.driver.watch(job_id):
            last = view
        target = desk.result(job_id)
        if last.state == "failed" or target is None:
            raise gr.Error(last.message, print_exception=False)
        run = desk.driver.result(job_id)
        files = desk.first_files(job_id, target)
    except PDSError as error:
        raise gr.Error(str(error), print_exception=False) from error
    facts = {
        "state": last.state,
        "warnings": list(run.warnings),
        "psnr": desk.store.scene(target.key).psnr,
        "recipe": "" if run.recipe is None else run.recipe.to_json(),
    }
    return files["scene"], facts


def _edit_order(
    desk: SceneDesk, checkpoint: str | None, source: str, target: str, settings: Any
) -> SceneOrder:
    parts = _parts(settings)
    if checkpoint is None:
        raise CheckpointError("There is no scene file; give one.")
    key = desk.store.keep(read_limited(checkpoint, MAX_SCENE_BYTES))
    prompts = {"source_prompt": source or "", "target_prompt": target or ""}
    refine = parts.get("refine")
    recipe = SceneRecipe(
        name=scene_name(Path(checkpoint).name),
        scene_sha256=key,
        edit=config_from_dict(EditConfig, {**parts.get("edit", {}), **prompts}, what="edit"),
        nerf=config_from_dict(NeRFConfig, parts.get("nerf", {}), what="nerf"),
        refine=None if refine is None else config_from_dict(RefineConfig, refine, what="refine"),
        prior=desk.prior.name,
    )
    return asked(desk, recipe, key)[0]


def _parts(settings: Any) -> dict[str, Any]:
    known = isinstance(settings, dict) and set(settings) <= set(PARTS)
    if not known or not all(isinstance(part, dict) for part in settings.values()):
        raise ConfigError(
            f"The settings must be objects of named values; known are: {', '.join(PARTS)}."
        )
    return settings


def _fit_order(capture: str | None, settings: Any) -> SceneOrder:
    files = () if capture is None else (Path(capture),)
    check_files(files)
    config = config_from_dict(FitConfig, settings, what="settings")
    return FitOrder(files=files, name=scene_name(files[0].name), config=config)
