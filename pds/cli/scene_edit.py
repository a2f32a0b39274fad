"""`python -m pds scene edit`: one edit of a scene, from files to files."""

import argparse
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pds.base.errors import ConfigError
from pds.cli.backend import Backend, SceneBackend
from pds.cli.options import (
    EDIT,
    EDIT_OPTIONS,
    NERF_OPTIONS,
    SCENE,
    add_prior,
    add_settings,
    given,
)
from pds.cli.progress import Outcome, say, say_warnings, take_steps
from pds.cli.scene_files import describe_by, read_checkpoint, read_scene_recipe, scene_name
from pds.cli.scene_output import FAILED, add_output, check_output, write_run
from pds.kinds.nerf.checkpoint import load_scene
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.settings.config import EditConfig
from pds.settings.scene_config import NeRFConfig, RefineConfig
from pds.work.presets import find_preset
from pds.work.scene_presets import load_scene_presets, scene_bytes
from pds.work.scene_recipe import SceneRecipe, digest

SOURCE_FILE = "source.safetensors"


def add_scene_edit(commands: Any) -> None:
    """Adds the subcommand."""
    parser = commands.add_parser(
        "edit",
        help="edit a scene by words",
        description="Edits a scene and writes edited.safetensors, turntable.mp4, turntable.webp, "
        "before_after.mp4, pictures of four views, process.mp4, mesh.glb, recipe.json and "
        "source.safetensors into a folder. Ctrl-C stops and keeps the result so far. Options "
        "given here go before those of a preset or recipe.",
    )
    parser.add_argument(
        "scene", nargs="?", help="a file written by scene fit, edit or refine; may be left out "
        "with a preset, or a recipe whose scene lies beside it",
    )  # fmt: skip
    base = parser.add_mutually_exclusive_group()
    base.add_argument("--preset", metavar="KEY", help="start from this one-click edit")
    base.add_argument("--recipe", metavar="FILE", help="repeat a run from its recipe.json")
    parser.add_argument(
        "--list-presets",
        action="store_true",
        default=argparse.SUPPRESS,
        help="list the one-click edits and stop",
    )
    parser.add_argument(
        "--refine",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="refine the result at the end, as scene refine does (default: as the preset or "
        "recipe says, else no)",
    )
    add_settings(parser, EDIT, SCENE)
    add_prior(parser, default=None)
    add_output(parser, default="out")
    parser.set_defaults(command=run_scene_edit)


def run_scene_edit(arguments: argparse.Namespace, backend: Backend) -> int:
    """Carries out the command; returns the exit code.

    Raises:
        PDSError: anything that keeps the edit from starting or the result from being written.
    """
    check_output(arguments)
    recipe, checkpoint = build_scene_recipe(arguments, backend)
    source = load_scene(checkpoint)
    prior = backend.load_prior(recipe.prior, device=arguments.device, dtype=arguments.dtype)
    scenes = backend.scenes()
    refine = recipe.refine
    run = scenes.make_edit(dataclasses.replace(recipe, refine=None), source, prior)
    outcome = take(run, quiet=arguments.quiet)
    if outcome.steps == 0:
        return FAILED
    if refine is not None and not (outcome.interrupted or outcome.error):
        run, outcome = _refined(run, outcome, source, refine, prior, scenes, arguments)
    return write_run(scenes, run, outcome, checkpoint, arguments)


def take(run: Any, *, quiet: bool, said: tuple[str, ...] = ()) -> Outcome:
    """Says a run's warnings but those already `said`, takes its steps, says why it failed."""
    say_warnings(run, said)
    outcome = take_steps(run, label=run.name, describe=describe_by(run), quiet=quiet)
    if outcome.error:
        say(outcome.error)
    return outcome


def _refined(
    run: Any,
    outcome: Outcome,
    source: FittedScene,
    refine: RefineConfig,
    prior: Any,
    scenes: SceneBackend,
    arguments: argparse.Namespace,
) -> tuple[Any, Outcome]:
    """The refinement of a finished edit and how it ended; the edit's own if it took no step."""
    recipe = dataclasses.replace(run.recipe, refine=refine)
    refinement = scenes.make_refine(recipe, source, run.scene(), prior)
    ending = take(refinement, quiet=arguments.quiet, said=run.warnings)
    if ending.steps:
        return refinement, ending
    return run, dataclasses.replace(outcome, interrupted=ending.interrupted, error=ending.error)


def build_scene_recipe(
    arguments: argparse.Namespace, backend: Backend
) -> tuple[SceneRecipe, bytes]:
    """The recipe of a preset, a file or the defaults, changed by the options, and its checkpoint.

    Raises:
        InputError: something of it cannot be used, or is missing.
    """
    base, beside = _base(arguments, backend)
    edit, nerf = given(arguments, EDIT_OPTIONS), given(arguments, NERF_OPTIONS)
    changes: dict[str, Any] = {}
    if arguments.prior is not None:
        changes = {"prior": arguments.prior, "prior_fingerprint": ""}
    if arguments.scene is not None:
        checkpoint = read_checkpoint(arguments.scene)
        changes |= _other_scene(arguments, checkpoint, base)
    elif base is not None:
        checkpoint = scene_bytes(base, load_scene_presets(backend.presets_folder), beside)
    else:
        raise ConfigError("No scene given; name a scene's file, a --preset or a --recipe.")
    refine = None if base is None else base.refine
    if arguments.refine is not None:
        refine = (refine or RefineConfig()) if arguments.refine else None
    changes["refine"] = refine
    if base is not None:
        changes["edit"] = dataclasses.replace(base.edit, **edit)
        changes["nerf"] = dataclasses.replace(base.nerf, **nerf)
        return dataclasses.replace(base, **changes), checkpoint
    changes["edit"] = _edit_config(edit, load_scene(checkpoint).prompt)
    return SceneRecipe(nerf=NeRFConfig(**nerf), **changes), checkpoint


def _base(
    arguments: argparse.Namespace, backend: Backend
) -> tuple[SceneRecipe | None, bytes | None]:
    """The recipe to start from, and the checkpoint that lies beside its file, if one does."""
    if arguments.preset is not None:
        presets = load_scene_presets(backend.presets_folder)
        return find_preset(arguments.preset, presets).recipe, None
    if arguments.recipe is None:
        return None, None
    recipe = read_scene_recipe(arguments.recipe)
    beside = Path(arguments.recipe).parent / SOURCE_FILE
    return recipe, read_checkpoint(beside) if beside.is_file() else None


def _other_scene(
    arguments: argparse.Namespace, checkpoint: bytes, base: SceneRecipe | None
) -> dict[str, Any]:
    """What a recipe says of the scene given, if it is another than its own."""
    found = digest(checkpoint)
    if base is not None and base.scene_sha256 == found:
        return {}
    if arguments.recipe is not None:
        say("Warning: The recipe was made with another scene; it is used on this one.")
    name = scene_name(load_scene(checkpoint).name or arguments.scene)
    return {"scene_sha256": found, "name": name}


def _edit_config(values: Mapping[str, Any], shown: str) -> EditConfig:
    """The engine's settings; what the scene says it shows stands in for a missing source prompt."""
    if shown.strip():
        values = {"source_prompt": shown, **values}
    missing = [f"--{end}" for end in ("source", "target") if f"{end}_prompt" not in values]
    if missing:
        raise ConfigError(f"{' and '.join(missing)} missing; say what the scene is and becomes.")
    return EditConfig(**values)
