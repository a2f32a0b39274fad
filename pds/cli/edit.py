"""`pds edit`: one edit of a drawing, a scene or a picture, from files to files."""

import argparse

from pds.cli.backend import Backend
from pds.cli.editing import all_sections, build_order
from pds.cli.options import add_prior, add_sections, given_options
from pds.cli.progress import INTERRUPTED, exit_code, follow, say
from pds.cli.writing import Switches, Writer
from pds.engine.methods import METHODS
from pds.kinds import KINDS
from pds.work.order import Order, Tools
from pds.work.prior import LazyPrior
from pds.work.recipe import Recipe
from pds.work.record import duration

DESCRIPTION = (
    "Edits a drawing (SVG), a scene (a file written by fit, edit or refine) or a picture (PNG, "
    "JPEG, WebP) and writes the result, a film of the process, recipe.json and the source into a "
    "folder. Ctrl-C stops and keeps the result so far. Options given here go before those of a "
    "preset or recipe."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds what the command takes."""
    parser.description = DESCRIPTION
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="what is edited; its ending says what it is; may be left out with a preset or a "
        "recipe that brings its own, or has it beside itself",
    )
    base = parser.add_mutually_exclusive_group()
    base.add_argument(
        "--preset", dest="preset", metavar="KEY", help="start from this one-click edit"
    )
    base.add_argument(
        "--recipe", dest="recipe", metavar="FILE", help="repeat a run from its recipe.json"
    )
    parser.add_argument("--source", dest="source", metavar="TEXT", help="what is there, in words")
    parser.add_argument("--target", dest="target", metavar="TEXT", help="what it should become")
    parser.add_argument(
        "--method",
        dest="method",
        metavar="NAME",
        help=f"one of {', '.join(METHODS)} (default: {next(iter(METHODS))})",
    )
    parser.add_argument(
        "--refine",
        dest="refine",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="refine the result at the end, as the command refine does (default: as the preset or "
        "recipe says, else no)",
    )
    add_sections(parser, all_sections())
    add_prior(parser, default=None)
    add_output(parser, default="out")
    Switches(list(KINDS.values())).add(parser.add_argument_group("what is written"))


def add_output(parser: argparse.ArgumentParser, *, default: str | None, where: str = "") -> None:
    """Adds where to write, and whether to be quiet."""
    output = parser.add_argument_group("the output")
    output.add_argument(
        "-o",
        "--output",
        dest="output",
        metavar="FOLDER",
        default=default,
        help=f"folder (default: {where or default})",
    )
    output.add_argument("-q", "--quiet", dest="quiet", action="store_true", help="no progress bar")


def run_command(arguments: argparse.Namespace, backend: Backend) -> int:
    """Carries out the command; returns the exit code.

    Raises:
        PDSError: anything that keeps the edit from starting.
    """
    given = given_options(arguments)
    order = build_order(arguments, given, backend)
    kind = KINDS[order.kind]
    outputs = Switches([kind]).chosen(kind, given)
    # All that can be wrong with the output is found before the long part.
    writer = Writer.of(arguments.output, kind, outputs, given, quiet=arguments.quiet)
    return carry_out(order, order.recipe, writer, arguments, backend)


def carry_out(
    order: Order, recipe: Recipe, writer: Writer, arguments: argparse.Namespace, backend: Backend
) -> int:
    """Runs an edit or a refinement, writes what it reached and returns the exit code.

    Args:
        order: what to do.
        recipe: says which prior, and what the run is called.
        writer: of the result.
        arguments: with `device`, `dtype` and `quiet`.
        backend: loads the prior.
    """
    prior = LazyPrior(
        lambda: backend.load_prior(recipe.prior, device=arguments.device, dtype=arguments.dtype),
        name=recipe.prior,
    )
    tools = Tools(
        prior=prior.get,
        folder=writer.folder,
        device=arguments.device,
        prepare=lambda kind: _prepare(kind, quiet=arguments.quiet),
    )
    record = follow(
        lambda: order.make_run(tools), label=recipe.name, quiet=arguments.quiet, said=order.notes
    )
    code = exit_code(record)
    if record.run is None or record.run.result is None or record.steps_taken == 0:
        return code
    written = writer.write(record.run.result)
    if code == INTERRUPTED:
        say(f"Interrupted after step {record.steps_taken}; the result so far is written.")
    return code or written


def _prepare(key: str, *, quiet: bool) -> None:
    """Prepares the drawing of a kind; says so, if it takes long."""
    kind = KINDS[key]
    about_s = kind.cold_s()
    if about_s and not quiet:
        say(f"Preparing how a {kind.noun} is drawn: about {duration(about_s)}, only this time.")
    kind.warm()
