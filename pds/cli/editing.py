"""What `pds edit` is asked for, as an order."""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pds.base.errors import ConfigError
from pds.cli.backend import Backend
from pds.cli.files import read_asset, read_recipe, source_beside
from pds.cli.options import Section, check_belonging
from pds.cli.progress import say
from pds.cli.writing import Switches, output_sections, whose
from pds.engine.distil import DistilSettings
from pds.engine.methods import METHODS, Method, make_method, method_class
from pds.kinds import KINDS
from pds.kinds.asset import Asset
from pds.kinds.kind import Kind
from pds.settings import Prompts
from pds.work.order import EditOrder
from pds.work.preset import find_asset, find_preset, load_presets
from pds.work.recipe import Recipe, Refinement

USUAL_METHOD = "pds"


def method_sections() -> list[Section]:
    """The options of the methods; those that every method has stand once, as of all."""
    shared = frozenset(Method.model_fields)
    own = [
        Section(settings=method, whose=f"the method {key}", without=shared)
        for key, method in METHODS.items()
    ]
    return [Section(settings=Method), *own]


def kind_sections(kind: Kind) -> list[Section]:
    """The options of a kind: how it takes part, and its outputs."""
    return [Section(settings=kind.Settings, whose=whose(kind)), *output_sections(kind)]


def all_sections() -> list[Section]:
    """Every option of an edit."""
    own = [section for kind in KINDS.values() for section in kind_sections(kind)]
    return [*method_sections(), Section(settings=DistilSettings), *own]


def build_order(arguments: argparse.Namespace, given: Mapping[str, Any], backend: Backend):
    """The edit of a preset, a recipe or a file, changed by what was given as options.

    Args:
        arguments: with `file`, `preset`, `recipe`, `method`, `source`, `target`, `refine` and
            `prior`.
        given: settings by option.
        backend: with the presets.

    Returns:
        The order.

    Raises:
        InputError: something of it cannot be used, or is missing, or belongs to another kind.
    """
    base, asset = _begun(arguments, backend)
    kind = base.of_kind if base is not None else KINDS[asset.kind]
    method = arguments.method or (USUAL_METHOD if base is None else base.method.key)
    _check(given, kind, method)
    recipe = _fresh(arguments, asset) if base is None else _on(base, asset, arguments)
    recipe = _changed(recipe, arguments, given, method)
    return EditOrder(recipe=recipe, asset=asset.named(recipe.name))


def _begun(arguments: argparse.Namespace, backend: Backend) -> tuple[Recipe | None, Asset]:
    """The recipe to start from, if there is one, and what is edited."""
    file = None if arguments.file is None else Path(arguments.file)
    if arguments.preset is not None:
        preset = find_preset(arguments.preset, load_presets(backend.presets_folder))
        return preset.recipe, preset.asset if file is None else read_asset(file)
    if arguments.recipe is not None:
        recipe = read_recipe(arguments.recipe)
        if file is not None:
            return recipe, read_asset(file)
        beside = None
        if not recipe.embedded:
            place = source_beside(arguments.recipe, recipe.of_kind)
            beside = None if place is None else read_asset(place, recipe.of_kind)
        return recipe, find_asset(recipe, load_presets(backend.presets_folder), beside)
    if file is None:
        raise ConfigError(
            "There is nothing to edit; name a drawing, a scene or a picture, a --preset or a "
            "--recipe."
        )
    return None, read_asset(file)


def _check(given: Mapping[str, Any], kind: Kind, method: str) -> None:
    """Refuses options of other kinds and other methods."""
    active = [
        Section(settings=method_class(method), whose=f"the method {method}"),
        Section(settings=DistilSettings),
        *kind_sections(kind),
    ]
    check_belonging(given, active, all_sections())
    switches = Switches(list(KINDS.values()))
    for flag in set(given) - switches.of(kind):
        others = [whose(other) for other in KINDS.values() if flag in switches.of(other)]
        if others:
            raise ConfigError(
                f"{flag} is an option of {' and '.join(others)}; this is about {whose(kind)}."
            )


def _fresh(arguments: argparse.Namespace, asset: Asset) -> Recipe:
    """The defaults; what the asset says it shows stands in for a missing source prompt."""
    shown = asset.prompt.strip()
    words = {"source": shown} if shown else {}
    words |= {end: text for end, text in _prompts(arguments).items() if text is not None}
    missing = [f"--{end}" for end in ("source", "target") if end not in words]
    if missing:
        noun = KINDS[asset.kind].noun
        raise ConfigError(f"{' and '.join(missing)} missing; say what the {noun} is and becomes.")
    return Recipe.of(asset, Prompts(**words))


def _prompts(arguments: argparse.Namespace) -> dict[str, str | None]:
    return {"source": arguments.source, "target": arguments.target}


def _on(base: Recipe, asset: Asset, arguments: argparse.Namespace) -> Recipe:
    """A recipe on what is edited, with the words given; on another asset it is warned of."""
    if asset.kind != base.kind:
        what = "preset" if arguments.recipe is None else "recipe"
        raise ConfigError(
            f"The {what} is for {whose(base.of_kind)}; {arguments.file} is a "
            f"{KINDS[asset.kind].noun}."
        )
    words = {end: text for end, text in _prompts(arguments).items() if text is not None}
    base = replace(base, prompts=replace(base.prompts, **words))
    if base.asset == asset.key:
        return base
    if arguments.recipe is not None and base.asset:
        say(
            f"Warning: The recipe was made with another {base.of_kind.noun}; it is used on this "
            "one."
        )
    return base.on(asset)


def _changed(
    recipe: Recipe, arguments: argparse.Namespace, given: Mapping[str, Any], method: str
) -> Recipe:
    """The recipe with the options in place of its own settings."""
    own = Section(settings=method_class(method)).values(given)
    settings = Section(settings=recipe.of_kind.Settings).values(given)
    run = Section(settings=DistilSettings).values(given)
    after = recipe.after
    if arguments.refine is not None:
        after = (after or Refinement.default()) if arguments.refine else None
    recipe = replace(
        recipe,
        method=make_method(method, {**recipe.method.as_fields(), **own}),
        run=recipe.run.but(**run),
        settings=recipe.settings.but(**settings),
        after=after,
    )
    return recipe if arguments.prior is None else recipe.with_prior(arguments.prior)
