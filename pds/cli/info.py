"""`python -m pds presets` and `python -m pds prior`: what there is."""

import argparse
import textwrap
from typing import Any

from pds.cli.backend import Backend
from pds.cli.options import add_prior
from pds.work.presets import load_presets
from pds.work.scene_presets import load_scene_presets


def add_presets(commands: Any) -> None:
    """Adds the subcommand that lists the presets."""
    parser = commands.add_parser(
        "presets",
        help="list the one-click edits",
        description="Lists the one-click edits: key, prompts, what they show.",
    )
    parser.set_defaults(command=list_presets)


def list_presets(arguments: argparse.Namespace, backend: Backend) -> int:
    """Prints every preset. Raises PresetError if one is at fault."""
    kinds = {
        "Drawings (python -m pds edit --preset KEY):": load_presets(backend.presets_folder),
        "Scenes (python -m pds scene edit --preset KEY):": load_scene_presets(
            backend.presets_folder
        ),
    }
    kinds = {title: presets for title, presets in kinds.items() if presets}
    if not kinds:
        print("There are no presets.")
    width = max((len(key) for presets in kinds.values() for key in presets), default=0)
    for number, (title, presets) in enumerate(kinds.items()):
        print(f"\n{title}" if number else title)
        for key, preset in presets.items():
            edit = preset.recipe.edit
            print(f"  {key:<{width}}  “{edit.source_prompt}” to “{edit.target_prompt}”")
            print(f"  {'':<{width}}  {preset.description}")
    return 0


def add_prior_info(commands: Any) -> None:
    """Adds the subcommand that describes a prior."""
    parser = commands.add_parser(
        "prior",
        help="say what a prior knows",
        description="Describes a prior: its size, device and, if it has one, its vocabulary.",
    )
    add_prior(parser)
    parser.add_argument("--words", action="store_true", help="also list every word it knows")
    parser.set_defaults(command=describe_prior)


def describe_prior(arguments: argparse.Namespace, backend: Backend) -> int:
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
        groups = {**groups, "words": sorted(vocabulary.words)}
    for title, members in groups.items():
        print(f"\n{title}:")
        print(textwrap.fill(", ".join(members), 78, initial_indent="  ", subsequent_indent="  "))
    return 0
