"""`pds figure`: the paper's two-dimensional figure, with a table of end distances."""

import argparse
from pathlib import Path

from pds.cli.backend import Backend

DESCRIPTION = """Trains a small diffusion model of points in the plane (a few seconds), moves three
points by SDS, DDS and PDS, writes paths and ends as an SVG drawing, and prints how far each method
moved its points and how far from the target it left them (Figure 3 of the paper, in small)."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.description = DESCRIPTION
    parser.add_argument(
        "-o", "--output", default="fig3.svg", metavar="FILE", help="where to (default: fig3.svg)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all chance")
    parser.add_argument(
        "--training-steps", type=int, default=2000, metavar="N", help="of the model (default: 2000)"
    )


def run_command(arguments: argparse.Namespace, backend: Backend) -> int:
    """Carries out the command; returns the exit code.

    Raises:
        ConfigError: a number out of range.
        ExportError: the file cannot be written.
    """
    from pds.base.checks import check_whole
    from pds.base.files import check_folder, write_bytes
    from pds.study.figure import figure_svg
    from pds.study.toy import STARTS, TARGET, published, table, train, walk

    check_whole("seed", arguments.seed, 0, 2**53)
    check_whole("training-steps", arguments.training_steps, 1, 100_000)
    path = Path(arguments.output)
    check_folder(path.parent)
    prior, samples = train(arguments.seed, steps=arguments.training_steps)
    walks = [
        walk(prior, method, start, seed=arguments.seed)
        for method in published().values()
        for start in STARTS
    ]
    write_bytes(path, figure_svg(walks, samples).encode())
    print(table(walks, samples[TARGET]))
    print(path)
    return 0
