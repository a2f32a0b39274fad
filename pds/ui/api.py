"""The page's endpoints for programs (`gradio_client`), on the same queue as the page's own runs."""

from typing import Any

import gradio as gr

from pds.base.errors import PDSError
from pds.settings.config import EditConfig, SVGConfig
from pds.ui.drawing_desk import DrawingDesk
from pds.work.presets import find_preset
from pds.work.recipe import Recipe, clean_name


def add_endpoints(desk: DrawingDesk) -> None:
    """Adds `/edit_svg`, `/edit_preset`, `/edit_recipe`, `/presets` and `/unknown_words`."""

    def edit_svg(
        svg: str,
        source_prompt: str,
        target_prompt: str,
        steps: int = EditConfig.steps,
        seed: int = 0,
        method: str = EditConfig.method,
        guidance: float = EditConfig.guidance_scale,
        identity: float = EditConfig.identity_weight,
        name: str = "drawing",
    ) -> dict[str, Any]:
        return finish(
            desk,
            lambda: Recipe(
                source=svg,
                name=clean_name(name),
                prior=desk.prior.name,
                svg=SVGConfig(),
                edit=EditConfig(
                    source_prompt=source_prompt,
                    target_prompt=target_prompt,
                    method=method,
                    steps=steps,
                    seed=seed,
                    guidance_scale=guidance,
                    identity_weight=identity,
                ),
            ),
        )

    def edit_preset(key: str) -> dict[str, Any]:
        return finish(desk, lambda: find_preset(key, desk.presets).recipe)

    def edit_recipe(recipe: str) -> dict[str, Any]:
        return finish(desk, lambda: Recipe.from_json(recipe))

    def presets() -> list[dict[str, str]]:
        return [
            {"key": key, "title": preset.title, "description": preset.description}
            for key, preset in desk.presets.items()
        ]

    def unknown_words(source_prompt: str, target_prompt: str) -> list[str]:
        return list(desk.word_help(source_prompt, target_prompt))

    told = {
        edit_svg: "Edits an SVG by words; waits for its turn and for the end.",
        edit_preset: "Runs a preset of the page.",
        edit_recipe: "Runs a recipe, given as its JSON text.",
        presets: "Lists the presets.",
        unknown_words: "Sentences about words that the model never saw.",
    }
    for function, description in told.items():
        gr.api(
            fn=function,
            api_name=function.__name__,
            api_description=description,
            concurrency_limit=None,
        )


def finish(desk: DrawingDesk, make: Any) -> dict[str, Any]:
    """Runs an edit to its end.

    Returns:
        `svg`: the edited drawing's text; `state`: `done`, or `stopped`; `warnings`: sentences;
        `recipe`: its JSON text.

    Raises:
        gr.Error: with the sentence of whatever went wrong.
    """
    try:
        recipe = make()
        desk.open_drawing(recipe.source)
        job_id = desk.driver.start(recipe)
        for view in desk.driver.watch(job_id):
            last = view
        run = desk.driver.result(job_id)
    except PDSError as error:
        raise gr.Error(str(error), print_exception=False) from error
    if last.state == "failed" or run is None:
        raise gr.Error(last.message, print_exception=False)
    return {
        "svg": run.svg().decode("utf-8"),
        "state": last.state,
        "warnings": list(run.warnings),
        "recipe": run.recipe.to_json(),
    }
