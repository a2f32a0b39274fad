"""What `scene edit` and `scene refine` write, and how they end."""

import argparse
from typing import Any

from pds.base.files import check_folder
from pds.cli.backend import SceneBackend
from pds.cli.progress import Outcome, say
from pds.settings.config import check_whole

FAILED = 1
INTERRUPTED = 130
MIN_PX, MAX_PX = 32, 1024


def add_output(parser: argparse.ArgumentParser, *, default: str | None) -> None:
    """Adds the options of the output."""
    output = parser.add_argument_group("the output")
    where = default or "refined, in the folder given"
    output.add_argument("-o", "--output", default=default, help=f"folder (default: {where})")
    add_sizes(output)
    output.add_argument("--no-mesh", dest="mesh", action="store_false", help="without mesh.glb")
    output.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def add_sizes(parser: Any) -> None:
    """Adds the sizes of pictures and films."""
    for option, default, what in (("--size", 512, "pictures"), ("--film-size", 256, "films")):
        parser.add_argument(
            option,
            type=int,
            metavar="PX",
            default=default,
            help=f"longer side of {what} (default: {default})",
        )


def check_output(arguments: argparse.Namespace) -> None:
    """Finds before the long part all that can be wrong with the output.

    Raises:
        ConfigError: a size out of range.
        ExportError: the folder cannot be written.
    """
    check_whole("size", arguments.size, MIN_PX, MAX_PX)
    check_whole("film-size", arguments.film_size, MIN_PX, MAX_PX)
    check_folder(arguments.output)


def write_run(
    scenes: SceneBackend,
    run: Any,
    outcome: Outcome,
    checkpoint: bytes,
    arguments: argparse.Namespace,
) -> int:
    """Writes a run's results, prints their paths and returns the exit code.

    Args:
        scenes: what writes them.
        run: that has taken at least one step.
        outcome: how it ended.
        checkpoint: the bytes of the scene that the edit began with.
        arguments: with the options of `add_output`.

    Raises:
        ExportError: a file cannot be written.
    """
    paths = scenes.export_run(
        arguments.output,
        run,
        source=checkpoint,
        size_px=arguments.size,
        film_px=arguments.film_size,
        mesh=arguments.mesh,
        say=lambda sentence: say(f"Warning: {sentence}"),
    )
    if outcome.interrupted:
        say(f"Interrupted after step {outcome.steps}; the result so far is written.")
    for path in paths:
        print(path)
    if outcome.interrupted:
        return INTERRUPTED
    return FAILED if outcome.error else 0
