"""`python -m pds edit`: one edit from files to files."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from pds.base.errors import ConfigError, RecipeError, SVGError
from pds.base.files import check_folder
from pds.cli.backend import Backend
from pds.cli.files import read_given
from pds.cli.options import (
    DRAWING,
    EDIT,
    EDIT_OPTIONS,
    SVG_OPTIONS,
    add_prior,
    add_settings,
    given,
)
from pds.cli.progress import say, take_steps
from pds.kinds.svg.exports import export_run
from pds.kinds.svg.read.svg_text import svg_text
from pds.kinds.svg.write.png import check_png_size
from pds.settings.config import EditConfig, SVGConfig
from pds.work.presets import load_preset
from pds.work.recipe import MAX_RECIPE_BYTES, Recipe, clean_name, fingerprint_warning

FAILED = 1
INTERRUPTED = 130


def add_edit(commands: Any) -> None:
    """Adds the subcommand."""
    parser = commands.add_parser(
        "edit",
        help="edit a drawing by words",
        description="Edits a drawing and writes edited.svg, edited.png, process.mp4, "
        "process.webp, recipe.json and source.svg into a folder. Ctrl-C stops and keeps the "
        "result so far. Options given here go before those of a preset or recipe.",
    )
    parser.add_argument("drawing", nargs="?", help="an SVG file; may be left out with a "
                        "preset or recipe, which bring their own")  # fmt: skip
    base = parser.add_mutually_exclusive_group()
    base.add_argument("--preset", metavar="KEY", help="start from this one-click edit")
    base.add_argument("--recipe", metavar="FILE", help="repeat a run from its recipe.json")
    parser.add_argument(
        "--list-presets",
        action="store_true",
        default=argparse.SUPPRESS,
        help="list the one-click edits and stop",
    )
    add_settings(parser, EDIT, DRAWING)
    add_prior(parser, default=None)
    output = parser.add_argument_group("the output")
    output.add_argument("-o", "--output", default="out", help="folder (default: out)")
    output.add_argument(
        "--png-size", type=int, default=1024, metavar="PX", help="longer side (default: 1024)"
    )
    output.add_argument("--transparent", action="store_true", help="PNG without background")
    output.add_argument("-q", "--quiet", action="store_true", help="no progress bar")
    parser.set_defaults(command=run_edit)


def run_edit(arguments: argparse.Namespace, backend: Backend) -> int:
    """Carries out the command; returns the exit code.

    Raises:
        PDSError: anything that keeps the edit from starting or the result from being written.
    """
    recipe = build_recipe(arguments, backend)
    # All that can be wrong with the output is found before the long part.
    check_png_size(arguments.png_size)
    check_folder(arguments.output)
    prior = backend.load_prior(recipe.prior, device=arguments.device, dtype=arguments.dtype)
    warning = fingerprint_warning(recipe, prior.fingerprint)
    recipe = dataclasses.replace(recipe, prior_fingerprint=prior.fingerprint)
    run = backend.make_run(recipe, prior)
    for sentence in (*([warning] if warning else []), *run.warnings):
        say(f"Warning: {sentence}")

    outcome = take_steps(run, total=recipe.edit.steps, label=recipe.name, quiet=arguments.quiet)
    if outcome.error:
        say(outcome.error)
    if outcome.steps == 0:
        return FAILED
    paths = export_run(
        arguments.output, run, png_px=arguments.png_size, transparent=arguments.transparent
    )
    if outcome.interrupted:
        say(f"Interrupted after step {outcome.steps}; the result so far is written.")
    for path in paths:
        print(path)
    if outcome.interrupted:
        return INTERRUPTED
    return FAILED if outcome.error else 0


def build_recipe(arguments: argparse.Namespace, backend: Backend) -> Recipe:
    """The recipe of a preset, a file or the defaults, changed by what was given as options.

    Raises:
        InputError: something of it cannot be used, or is missing.
    """
    base = _base(arguments, backend)
    edit = given(arguments, EDIT_OPTIONS)
    svg = given(arguments, SVG_OPTIONS)
    changes: dict[str, Any] = {}
    if arguments.drawing is not None:
        path = Path(arguments.drawing)
        changes["source"] = svg_text(
            read_given(path, SVGError, "drawing", max_bytes=MAX_RECIPE_BYTES)
        )
        changes["name"] = clean_name(path.name)
    if arguments.prior is not None:
        changes["prior"] = arguments.prior
        changes["prior_fingerprint"] = ""
    if base is not None:
        changes["edit"] = dataclasses.replace(base.edit, **edit)
        changes["svg"] = dataclasses.replace(base.svg, **svg)
        return dataclasses.replace(base, **changes)
    if "source" not in changes:
        raise ConfigError("No drawing given; name an SVG file, a --preset or a --recipe.")
    missing = [f"--{end}" for end in ("source", "target") if f"{end}_prompt" not in edit]
    if missing:
        raise ConfigError(f"{' and '.join(missing)} missing; say what the drawing is and becomes.")
    return Recipe(edit=EditConfig(**edit), svg=SVGConfig(**svg), **changes)


def _base(arguments: argparse.Namespace, backend: Backend) -> Recipe | None:
    if arguments.preset is not None:
        return load_preset(arguments.preset, backend.presets_folder).recipe
    if arguments.recipe is not None:
        data = read_given(arguments.recipe, RecipeError, "recipe", max_bytes=MAX_RECIPE_BYTES)
        return Recipe.from_json(data)
    return None
