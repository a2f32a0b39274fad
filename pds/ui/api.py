"""The page's endpoints for programs (`gradio_client`), on the same queue as the page's own runs.

Each kind has one to edit with: what can be pasted goes in and out as text, with an argument for
every setting; other files go in and out as files. Those are events of widgets that nobody sees:
Gradio then checks that a file that is named was uploaded.
"""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from pds.base.errors import ConfigError, InputError, PDSError
from pds.engine.distil import DistilSettings
from pds.engine.methods import METHODS, make_method
from pds.kinds import KINDS
from pds.kinds.asset import Asset
from pds.kinds.kind import Kind, Maker
from pds.settings import Prompts
from pds.ui.api_arguments import Arguments, Widgets, called
from pds.work.names import clean_name
from pds.work.order import EditOrder, MakeOrder, Order
from pds.work.preset import read_edit
from pds.work.recipe import Recipe, Refinement
from pds.work.record import JobView
from pds.work.service import Service

# What endpoints and their arguments are called where programs know them by older names.
OLDER_NAMES = {"nerf": ("scene", "checkpoint"), "image": ("image", "picture")}
USUAL_METHOD = "pds"


def add_endpoints(service: Service) -> None:
    """Adds an endpoint a kind, one a maker, and those for presets, recipes and words.

    To be called where a page is being built.

    Args:
        service: carries the orders out.
    """
    for kind in KINDS.values():
        if kind.pasted:
            _add(_text_endpoint(service, kind), f"Edits a {kind.noun}, given as text, by words.")
    for function, description in _plain_endpoints(service).items():
        _add(function, description)
    with gr.Row(visible=False):
        files = Widgets()
    for kind in KINDS.values():
        if not kind.pasted:
            files.add(
                _file_endpoint(service, kind),
                [files.file, *files.words, files.settings],
                f"Edits a {kind.noun}'s file by words; settings may hold `edit`, "
                f"`{kind.settings_field}` and `refine`.",
            )
        if kind.maker is not None:
            files.add(
                _maker_endpoint(service, kind, kind.maker),
                [files.file, files.settings],
                f"Makes a {kind.noun} of a zip or a video; settings are those of the making.",
            )
    files.add(_preset_file_endpoint(service), files.words[:1], "Runs a preset; gives a file.")


def _add(function: Callable[..., Any], description: str) -> None:
    gr.api(
        fn=function,
        api_name=function.__name__,
        api_description=description,
        concurrency_limit=None,
    )


# --- endpoints ------------------------------------------------------------------------------------


def _plain_endpoints(service: Service) -> dict[Callable[..., Any], str]:
    """Those that need no files, with their descriptions."""

    def edit_preset(key: str) -> dict[str, Any]:
        return _as_text(service, lambda: service.preset_order(key))

    def edit_recipe(recipe: str) -> dict[str, Any]:
        return _as_text(service, lambda: service.recipe_order(recipe))

    def presets() -> list[dict[str, str]]:
        return [
            {
                "key": key,
                "kind": preset.kind,
                "title": preset.title,
                "description": preset.description,
            }
            for key, preset in service.presets.items()
        ]

    def scene_presets() -> list[dict[str, str]]:
        return [preset for preset in presets() if not KINDS[preset["kind"]].embedded]

    def unknown_words(source_prompt: str, target_prompt: str) -> list[str]:
        return list(service.word_help(source_prompt, target_prompt))

    return {
        edit_preset: "Runs a preset of any kind.",
        edit_recipe: "Runs a recipe of any kind, given as its JSON text.",
        presets: "Lists the presets.",
        scene_presets: "Lists the presets whose results are files of their own.",
        unknown_words: "Sentences about words that the model never saw.",
    }


def _text_endpoint(service: Service, kind: Kind) -> Callable[..., Any]:
    """`edit_svg` and its like: the file's text, prompts, and an argument for every setting."""
    name, _ = OLDER_NAMES.get(kind.key, (kind.key, kind.key))
    method = METHODS[USUAL_METHOD]
    texts = {name: None, "source_prompt": None, "target_prompt": None, "method": USUAL_METHOD}
    arguments = Arguments(texts | {"name": kind.noun}, (DistilSettings, method, kind.Settings))

    def edit(*values: Any, **named: Any) -> dict[str, Any]:
        given = arguments.read(values, named)
        return _as_text(service, lambda: order(given))

    def order(given: Mapping[str, Any]) -> EditOrder:
        title = clean_name(given["name"], otherwise=kind.noun)
        asset = service.open_text(kind.key, given[name], name=title)
        recipe = Recipe.of(
            asset,
            Prompts(source=given["source_prompt"], target=given["target_prompt"]),
            method=make_method(given["method"], arguments.fields(given, method)),
            run=DistilSettings(**arguments.fields(given, DistilSettings)),
            settings=kind.Settings(**arguments.fields(given, kind.Settings)),
            prior=service.prior.name,
        )
        return service.edit_order(recipe, asset)

    return arguments.named(edit, f"edit_{name}")


def _file_endpoint(service: Service, kind: Kind) -> Callable[..., Any]:
    """`edit_scene` and its like: a file, prompts, and settings as an object."""
    name, file = OLDER_NAMES.get(kind.key, (kind.key, kind.asset_field))

    def edit(
        given: str | None, source_prompt: str, target_prompt: str, settings: Any
    ) -> tuple[str, dict[str, Any]]:
        def order() -> EditOrder:
            asset = _opened(service, kind, given)
            prompts = Prompts(source=source_prompt or "", target=target_prompt or "")
            recipe = _recipe(asset, prompts, settings or {}, service.prior.name)
            return service.edit_order(recipe, asset)

        return _as_file(service, order)

    return called(edit, f"edit_{name}", {"given": file})


def _maker_endpoint(service: Service, kind: Kind, maker: Maker) -> Callable[..., Any]:
    """`fit_scene`: what is brought, and settings as an object."""
    name, _ = OLDER_NAMES.get(kind.key, (kind.key, kind.key))

    def make(capture: str | None, settings: Any) -> tuple[str, dict[str, Any]]:
        def order() -> MakeOrder:
            files = () if capture is None else (Path(capture),)
            maker.check(files)
            return MakeOrder(
                kind=kind.key,
                files=files,
                asset_name=clean_name(files[0].name, otherwise=kind.noun),
                settings=maker.Settings.read(settings or {}, what="fit"),
            )

        return _as_file(service, order)

    return called(make, f"{maker.key}_{name}", {})


def _preset_file_endpoint(service: Service) -> Callable[..., Any]:
    """The older way to run a preset for scenes: its result is a file."""

    def edit_scene_preset(key: str) -> tuple[str, dict[str, Any]]:
        return _as_file(service, lambda: service.preset_order(key))

    return edit_scene_preset


# --- orders and answers ---------------------------------------------------------------------------


def _opened(service: Service, kind: Kind, file: str | None) -> Asset:
    """Reads an uploaded file, at most as much as the kind takes."""
    if file is None:
        raise InputError(f"There is no {kind.noun} file; give one.")
    path = Path(file)
    with path.open("rb") as opened:
        data = opened.read(kind.max_bytes + 1)
    if len(data) > kind.max_bytes:
        raise InputError(f"A {kind.noun} has at most {kind.max_bytes / 1e6:g} MB.")
    return service.open(kind.key, data, name=clean_name(path.name, otherwise=kind.noun))


def _recipe(asset: Asset, prompts: Prompts, settings: Any, prior: str) -> Recipe:
    """An edit with settings out of an object of objects."""
    kind = KINDS[asset.kind]
    parts = ("edit", kind.settings_field, "refine")
    known = isinstance(settings, dict) and set(settings) <= set(parts)
    if not known or not all(isinstance(part, dict) for part in settings.values()):
        raise ConfigError(
            f"The settings must be objects of named values; known are: {', '.join(parts)}."
        )
    method, run = read_edit(settings.get("edit", {}))
    refine = settings.get("refine")
    return Recipe.of(
        asset,
        prompts,
        method=method,
        run=run,
        settings=kind.Settings.read(settings.get(kind.settings_field, {})),
        after=None if refine is None else Refinement.take(refine),
        prior=prior,
    )


def _as_text(service: Service, make: Callable[[], Order]) -> dict[str, Any]:
    """Carries an order out to its end.

    Returns:
        `svg` (and its like): the edited file's text; of what is no text `data`, its bytes in
        base64; beside it what `_facts` has.
    """
    order, job_id, last = _carried_out(service, make)
    made = service.made(job_id)
    assert made is not None
    kind = KINDS[order.kind]
    if kind.pasted:
        name, _ = OLDER_NAMES.get(kind.key, (kind.key, kind.key))
        result = {name: made.edited.data.decode("utf-8")}
    else:
        result = {"data": base64.b64encode(made.edited.data).decode("ascii")}
    return {"kind": kind.key, **result, **_facts(order, last, made.edited, made.recipe)}


def _as_file(service: Service, make: Callable[[], Order]) -> tuple[str, dict[str, Any]]:
    """Carries an order out to its end.

    Returns:
        The path of the result's file, and what `_facts` has.
    """
    order, job_id, last = _carried_out(service, make)
    made = service.made(job_id)
    assert made is not None
    first = KINDS[order.kind].outputs[0]
    files = service.files(job_id, first.key)
    return str(next(iter(files.values()))), _facts(order, last, made.edited, made.recipe)


def _carried_out(service: Service, make: Callable[[], Order]) -> tuple[Order, str, JobView]:
    """The order, the id of its run, and the run's last view.

    Raises:
        gr.Error: with the sentence of whatever went wrong.
    """
    try:
        order = make()
        job_id = service.start(order)
        *_, last = service.watch(job_id)
        if last.state != "failed" and service.made(job_id) is not None:
            return order, job_id, last
    except PDSError as error:
        raise gr.Error(str(error), print_exception=False) from error
    raise gr.Error(last.message, print_exception=False)


def _facts(order: Order, last: JobView, made: Asset, recipe: str) -> dict[str, Any]:
    """What is told of a result beside itself.

    Returns:
        `state`: `done` or `stopped`; `warnings`: sentences; `recipe`: its JSON text, empty if there
        is none; and what was measured.
    """
    return {
        "state": last.state,
        "warnings": [*order.notes, *last.warnings],
        "recipe": recipe,
        **KINDS[made.kind].measures(made),
    }
