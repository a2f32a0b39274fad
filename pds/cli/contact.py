"""`python -m pds contact-sheet`: every preset by every method, same seed and steps."""

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from pds.base.errors import ConfigError, PresetError
from pds.base.files import check_folder
from pds.base.table import SheetRow, contact_sheet
from pds.cli.backend import Backend
from pds.cli.contact_scenes import draw_scenes
from pds.cli.options import add_prior, words
from pds.cli.progress import say, take_steps
from pds.kinds.svg.write.png import write_image
from pds.settings.config import METHODS, check_choice, check_whole
from pds.work.presets import Preset, find_preset, load_presets
from pds.work.scene_presets import load_scene_presets

INTERRUPTED = 130


def add_contact_sheet(commands: Any) -> None:
    """Adds the subcommand."""
    parser = commands.add_parser(
        "contact-sheet",
        help="draw presets by all methods into one picture",
        description="Edits presets by each method with the same seed and steps and draws source "
        "and results into one PNG.",
    )
    parser.add_argument("-o", "--output", required=True, metavar="PNG", help="the picture")
    parser.add_argument(
        "--scenes", action="store_true", help="presets for scenes, three views of each"
    )
    parser.add_argument("--presets", type=words, metavar="A,B", help="keys (default: all)")
    parser.add_argument(
        "--methods",
        type=words,
        default=METHODS,
        metavar="A,B",
        help=f"columns, of {', '.join(METHODS)} (default: all)",
    )
    parser.add_argument("--steps", type=int, metavar="N", help="instead of the preset's own")
    parser.add_argument("--seed", type=int, metavar="N", help="instead of the preset's own")
    parser.add_argument(
        "--cell-px", type=int, default=160, metavar="PX", help="side of a picture (default: 160)"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")
    add_prior(parser)
    parser.set_defaults(command=run_contact_sheet)


def run_contact_sheet(arguments: argparse.Namespace, backend: Backend) -> int:
    """Carries out the command; returns the exit code.

    Raises:
        PDSError: an unknown preset or method, a setting out of range, no prior, no way to write.
    """
    load = load_scene_presets if arguments.scenes else load_presets
    presets = load(backend.presets_folder)
    keys = presets if arguments.presets is None else arguments.presets
    chosen = [find_preset(key, presets) for key in keys]
    if not arguments.methods:
        raise ConfigError(f"There is no method to compare; known are: {', '.join(METHODS)}.")
    if not chosen:
        raise PresetError("There is no preset to draw; see python -m pds presets.")
    for method in arguments.methods:
        check_choice("method", method, METHODS)
    check_whole("cell-px", arguments.cell_px, 32, 1024)
    check_folder(Path(arguments.output).parent)
    prior = backend.load_prior(arguments.prior, device=arguments.device, dtype=arguments.dtype)

    draw = draw_scenes if arguments.scenes else draw_drawings
    sheet = draw(chosen, prior, arguments, backend)
    if sheet is None:
        say("Interrupted; nothing was written.")
        return INTERRUPTED
    print(write_image(arguments.output, sheet))
    return 0


def draw_drawings(
    chosen: Sequence[Preset], prior: Any, arguments: argparse.Namespace, backend: Backend
) -> Image.Image | None:
    """The sheet: a row a preset, of source and results; None if interrupted."""
    rows = []
    for preset in chosen:
        row = _row(preset, prior, arguments, backend)
        if row is None:
            return None
        rows.append(row)
    header = ("source", *(method.upper() for method in arguments.methods))
    return contact_sheet(rows, header=header, cell_px=arguments.cell_px)


def _row(preset: Preset, prior: Any, arguments: argparse.Namespace, backend: Backend):
    """Source and results of one preset, or None if interrupted."""
    changes = {name: getattr(arguments, name) for name in ("steps", "seed")}
    changes = {name: value for name, value in changes.items() if value is not None}
    pictures = []
    for method in arguments.methods:
        edit = dataclasses.replace(preset.recipe.edit, method=method, **changes)
        run = backend.make_run(dataclasses.replace(preset.recipe, edit=edit), prior)
        if not pictures:
            pictures.append(run.source_preview(arguments.cell_px))
        label = f"{preset.key} {method}"
        outcome = take_steps(run, total=edit.steps, label=label, quiet=arguments.quiet)
        if outcome.interrupted:
            return None
        if outcome.error:
            say(f"{label}: {outcome.error}")
        pictures.append(run.preview(arguments.cell_px))
    edit = preset.recipe.edit
    caption = f"“{edit.source_prompt}” to “{edit.target_prompt}”"
    return SheetRow(pictures=tuple(pictures), caption=caption)
