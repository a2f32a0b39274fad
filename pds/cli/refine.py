"""`pds refine`: the stage after an edit, from files to files."""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pds.base.errors import ConfigError
from pds.cli.backend import Backend
from pds.cli.edit import add_output, carry_out
from pds.cli.files import read_asset, read_recipe
from pds.cli.options import Section, add_prior, add_sections, check_belonging, given_options
from pds.cli.writing import Switches, Writer, output_sections
from pds.engine.rewrite import RewriteSettings
from pds.engine.rewriters import REWRITERS, rewriter_class
from pds.kinds import KINDS
from pds.work.order import RefineOrder
from pds.work.preset import find_asset
from pds.work.recipe import Recipe, Refinement

FOLDER = "refined"


def _rewriting() -> list[Section]:
    """The options of the loop and of every rewriter."""
    own = [Section(settings=r, whose=f"the rewriter {key}") for key, r in REWRITERS.items()]
    return [Section(settings=RewriteSettings), *own]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds what the command takes."""
    parser.description = (
        "Makes an edited result clearer: its renderings are refined by the prior (SDEdit) and it "
        "is fitted to them. Writes the same files as edit. Ctrl-C stops and keeps the result so "
        "far."
    )
    parser.add_argument("folder", nargs="?", metavar="FOLDER", help="a folder written by edit")
    files = parser.add_argument_group("its files, where they lie elsewhere")
    for name, text in (("edited", "what edit wrote"), ("original", "the source")):
        files.add_argument(f"--{name}", dest=name, metavar="FILE", help=text)
    files.add_argument("--recipe", dest="recipe", metavar="FILE", help="recipe.json of the edit")
    parser.add_argument(
        "--rewriter",
        dest="rewriter",
        metavar="NAME",
        help=f"one of {', '.join(REWRITERS)} (default: the recipe's, else {next(iter(REWRITERS))})",
    )
    kinds = list(KINDS.values())
    outputs = [section for kind in kinds for section in output_sections(kind)]
    add_sections(parser, [*_rewriting(), *outputs])
    add_prior(parser, default=None)
    add_output(parser, default=None, where=f"{FOLDER}, in the folder given")
    Switches(kinds).add(parser.add_argument_group("what is written"))


def run_command(arguments: argparse.Namespace, backend: Backend) -> int:
    """Carries out the command; returns the exit code.

    Raises:
        PDSError: anything that keeps it from starting.
    """
    given = given_options(arguments)
    recipe = read_recipe(_place(arguments, "recipe", ("recipe.json",)))
    recipe = _refined(recipe, given, arguments.rewriter)
    if arguments.prior is not None:
        recipe = recipe.with_prior(arguments.prior)
    kind = recipe.of_kind
    outputs = [section for other in KINDS.values() for section in output_sections(other)]
    assert recipe.after is not None
    rewriter = recipe.after.rewriter
    active = [Section(settings=type(rewriter), whose=f"the rewriter {rewriter.key}")]
    active += [Section(settings=RewriteSettings), *output_sections(kind)]
    check_belonging(given, active, [*_rewriting(), *outputs])
    endings = kind.endings
    place = _place(arguments, "original", tuple(f"source{ending}" for ending in endings))
    # The recipe names its source; any other would make before and after a lie.
    given_source = read_asset(place, kind)
    own = recipe.asset in ("", given_source.key)
    source = given_source if own else find_asset(recipe, {}, given_source)
    place = _place(arguments, "edited", tuple(f"edited{ending}" for ending in endings))
    edited = read_asset(place, kind)
    switches = Switches([kind])
    writer = Writer.of(
        arguments.output or place.parent / FOLDER,
        kind,
        switches.chosen(kind, given),
        given,
        quiet=arguments.quiet,
    )
    order = RefineOrder(recipe=recipe, asset=source, edited=edited)
    return carry_out(order, recipe, writer, arguments, backend)


def _refined(recipe: Recipe, given: Mapping[str, Any], rewriter: str | None) -> Recipe:
    """The recipe with the options in place of its own refinement's, or of the defaults."""
    after = recipe.after or Refinement.default()
    kind = type(after.rewriter) if rewriter is None else rewriter_class(rewriter)
    own = Section(settings=kind).values(given)
    loop = Section(settings=RewriteSettings).values(given)
    rewriting = kind.take({**after.rewriter.as_fields(), **own})
    return replace(
        recipe, after=Refinement(rewriter=rewriting, settings=after.settings.but(**loop))
    )


def _place(arguments: argparse.Namespace, name: str, files: tuple[str, ...]) -> Path:
    """Where a file lies: as named, else in the folder.

    Raises:
        ConfigError: neither was given.
    """
    named = getattr(arguments, name)
    if named is not None:
        return Path(named)
    if arguments.folder is None:
        raise ConfigError(
            f"--{name} is missing; name a folder written by edit, or all of --edited, --original "
            "and --recipe."
        )
    folder = Path(arguments.folder)
    found = [folder / file for file in files if (folder / file).is_file()]
    return found[0] if found else folder / files[0]
