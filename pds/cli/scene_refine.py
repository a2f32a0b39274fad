"""`python -m pds scene refine`: the stage after an edit, from files to files."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from pds.base.errors import ConfigError
from pds.cli.backend import Backend
from pds.cli.options import REFINE_OPTIONS, REFINEMENT, add_prior, add_settings, given
from pds.cli.scene_edit import SOURCE_FILE, take
from pds.cli.scene_files import read_checkpoint, read_scene_recipe
from pds.cli.scene_output import FAILED, add_output, check_output, write_run
from pds.kinds.nerf.checkpoint import load_scene
from pds.settings.scene_config import RefineConfig
from pds.work.scene_presets import scene_bytes

FILES = {"edited": "edited.safetensors", "original": SOURCE_FILE, "recipe": "recipe.json"}


def add_scene_refine(commands: Any) -> None:
    """Adds the subcommand."""
    parser = commands.add_parser(
        "refine",
        help="refine an edited scene",
        description="Makes an edited scene clearer: its renderings are refined by the prior "
        "(SDEdit) and the scene is fitted to them. Writes the same files as scene edit. Ctrl-C "
        "stops and keeps the result so far.",
    )
    parser.add_argument("folder", nargs="?", help="a folder written by scene edit")
    files = parser.add_argument_group("its files, where they lie elsewhere")
    files.add_argument("--edited", metavar="FILE", help=f"the edited scene ({FILES['edited']})")
    files.add_argument("--original", metavar="FILE", help=f"the source ({FILES['original']})")
    files.add_argument("--recipe", metavar="FILE", help=f"of the edit ({FILES['recipe']})")
    add_settings(parser, REFINEMENT)
    add_prior(parser, default=None)
    add_output(parser, default=None)
    parser.set_defaults(command=run_scene_refine)


def run_scene_refine(arguments: argparse.Namespace, backend: Backend) -> int:
    """Carries out the command; returns the exit code.

    Raises:
        PDSError: anything that keeps it from starting or the result from being written.
    """
    paths = _paths(arguments)
    recipe = read_scene_recipe(paths["recipe"])
    refine = dataclasses.replace(
        recipe.refine or RefineConfig(), **given(arguments, REFINE_OPTIONS)
    )
    recipe = dataclasses.replace(recipe, refine=refine)
    if arguments.prior is not None:
        recipe = dataclasses.replace(recipe, prior=arguments.prior, prior_fingerprint="")
    # The recipe names its source; any other would make the before/after a lie.
    checkpoint = scene_bytes(recipe, {}, read_checkpoint(paths["original"]))
    source, edited = load_scene(checkpoint), load_scene(read_checkpoint(paths["edited"]))
    if arguments.output is None:
        arguments.output = paths["edited"].parent / "refined"
    check_output(arguments)
    prior = backend.load_prior(recipe.prior, device=arguments.device, dtype=arguments.dtype)
    scenes = backend.scenes()
    run = scenes.make_refine(recipe, source, edited, prior)
    outcome = take(run, quiet=arguments.quiet)
    if outcome.steps == 0:
        return FAILED
    return write_run(scenes, run, outcome, checkpoint, arguments)


def _paths(arguments: argparse.Namespace) -> dict[str, Path]:
    """Where the three files lie: as named, else in the folder."""
    folder = None if arguments.folder is None else Path(arguments.folder)
    paths = {}
    for name, file in FILES.items():
        chosen = getattr(arguments, name)
        if chosen is None and folder is None:
            raise ConfigError(
                f"--{name} is missing; name a folder written by scene edit, or all of "
                f"{', '.join(f'--{n}' for n in FILES)}."
            )
        paths[name] = folder / file if chosen is None else Path(chosen)
    return paths
