"""`pds prior`: what a prior knows."""

import argparse
import textwrap

from pds.cli.backend import Backend
from pds.cli.options import add_prior


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds what the command takes."""
    parser.description = "Describes a prior: its size, device and, if it has one, its vocabulary."
    add_prior(parser)
    parser.add_argument(
        "--words", dest="words", action="store_true", help="also list every word it knows"
    )


def run_command(arguments: argparse.Namespace, backend: Backend) -> int:
    """Prints the facts. Raises PriorError if it cannot be loaded."""
    prior = backend.load_prior(arguments.prior, device=arguments.device, dtype=arguments.dtype)
    print(f"name         {prior.name}")
    print(f"pictures     {prior.image_size} x {prior.image_size} px")
    print(f"device       {prior.device}, {str(prior.dtype).removeprefix('torch.')}")
    print(f"fingerprint  {prior.fingerprint or 'none'}")
    vocabulary = prior.vocabulary
    if vocabulary is None:
        print("vocabulary   any text")
        return 0
    print(f"vocabulary   {len(vocabulary.concepts)} things, {len(vocabulary.words)} words")
    groups = vocabulary.groups or {"things": vocabulary.concepts}
    if arguments.words:
        groups = {**groups, "words": tuple(sorted(vocabulary.words))}
    for title, members in groups.items():
        print(f"\n{title}:")
        print(textwrap.fill(", ".join(members), 78, initial_indent="  ", subsequent_indent="  "))
    return 0
