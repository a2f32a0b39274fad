"""`pds contact-sheet`: every preset by every method, same seed and steps."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from pds.base.checks import check_choice, check_whole
from pds.base.errors import ConfigError, PresetError
from pds.base.files import check_folder
from pds.base.pngs import write_image
from pds.base.table import SheetRow, contact_sheet
from pds.cli.backend import Backend
from pds.cli.options import add_prior, words
from pds.cli.progress import INTERRUPTED, exit_code, follow, say
from pds.diffusion.prior import Prior
from pds.engine.methods import METHODS, make_method
from pds.kinds import KINDS, kind_of
from pds.kinds.asset import Asset
from pds.kinds.kind import Look
from pds.work.preset import Preset, find_preset, load_presets, of_kind
from pds.work.recipe import Recipe
from pds.work.runs import EditRun

AZIMUTHS_DEG = (330.0, 90.0, 210.0)
ELEVATION_DEG = 15.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds what the command takes."""
    parser.description = (
        "Edits presets by each method with the same seed and steps and draws source and results "
        "into one PNG; what has sides is drawn from three of them."
    )
    parser.add_argument(
        "-o", "--output", dest="output", required=True, metavar="PNG", help="the picture"
    )
    parser.add_argument(
        "--kind",
        dest="kind",
        metavar="NAME",
        help=f"presets of one kind only, of {', '.join(KINDS)} (default: all)",
    )
    parser.add_argument(
        "--presets", dest="presets", type=words, metavar="A,B", help="keys (default: all)"
    )
    parser.add_argument(
        "--methods",
        dest="methods",
        type=words,
        default=tuple(METHODS),
        metavar="A,B",
        help=f"columns, of {', '.join(METHODS)} (default: all)",
    )
    for name in ("steps", "seed"):
        parser.add_argument(
            f"--{name}", dest=name, type=int, metavar="N", help="instead of the preset's own"
        )
    parser.add_argument(
        "--cell-px",
        dest="cell_px",
        type=int,
        default=160,
        metavar="PX",
        help="side of a picture (default: 160)",
    )
    parser.add_argument("-q", "--quiet", dest="quiet", action="store_true", help="no progress bar")
    add_prior(parser)


def run_command(arguments: argparse.Namespace, backend: Backend) -> int:
    """Carries out the command; returns the exit code.

    Raises:
        PDSError: an unknown preset or method, a setting out of range, no prior, no way to write.
    """
    chosen = _chosen(arguments, load_presets(backend.presets_folder))
    check_whole("cell-px", arguments.cell_px, 32, 1024)
    check_folder(Path(arguments.output).parent)
    for preset in chosen:
        _recipe(preset, arguments.methods[0], arguments)  # finds a number out of range
    prior = backend.load_prior(arguments.prior, device=arguments.device, dtype=arguments.dtype)
    sides = 3 if any(kind_of(preset.kind).turns for preset in chosen) else 1
    rows = []
    for preset in chosen:
        row = _row(preset, prior, arguments, sides)
        if row is None:
            say("Interrupted; nothing was written.")
            return INTERRUPTED
        rows.append(row)
    header = ("source", *(method.upper() for method in arguments.methods))
    sheet = contact_sheet(rows, header=header, cell_px=arguments.cell_px, group=sides)
    print(write_image(arguments.output, sheet))
    return 0


def _chosen(arguments: argparse.Namespace, presets: dict[str, Preset]) -> Sequence[Preset]:
    """The presets that are asked for; refuses what there is not."""
    if arguments.kind is not None:
        check_choice("kind", arguments.kind, tuple(KINDS))
        presets = of_kind(presets, arguments.kind)
    keys = presets if arguments.presets is None else arguments.presets
    chosen = [find_preset(key, presets) for key in keys]
    if not arguments.methods:
        raise ConfigError(f"There is no method to compare; known are: {', '.join(METHODS)}.")
    for method in arguments.methods:
        check_choice("method", method, tuple(METHODS))
    if not chosen:
        raise PresetError("There is no preset to draw; see pds presets.")
    return chosen


def _recipe(preset: Preset, method: str, arguments: argparse.Namespace) -> Recipe:
    """The preset's edit by another method, with the seed and steps given."""
    changes = {name: getattr(arguments, name) for name in ("steps", "seed")}
    changes = {name: value for name, value in changes.items() if value is not None}
    recipe = preset.recipe
    return replace(
        recipe,
        method=make_method(method, recipe.method.as_fields()),
        run=recipe.run.but(**changes),
        after=None,
    )


def _row(preset: Preset, prior: Prior, arguments: argparse.Namespace, sides: int):
    """Source and results of one preset, or None if interrupted."""
    pictures = _pictures(preset.asset, arguments.cell_px, sides)
    for method in arguments.methods:
        recipe = _recipe(preset, method, arguments)
        label = f"{preset.key} {method}"
        record = follow(
            lambda recipe=recipe: EditRun(recipe, preset.asset, prior),
            label=label,
            quiet=arguments.quiet,
        )
        if exit_code(record) == INTERRUPTED:
            return None
        reached = record.snapshot or preset.asset
        pictures += _pictures(reached, arguments.cell_px, sides)
    prompts = preset.prompts
    caption = f"“{prompts.source}” to “{prompts.target}”"
    return SheetRow(pictures=tuple(pictures), caption=caption)


def _pictures(asset: Asset, size_px: int, sides: int) -> list[Image.Image | None]:
    """An asset from its sides; what is flat takes the first of the places."""
    kind = kind_of(asset.kind)
    if not kind.turns:
        return [kind.draw(asset, Look(), size_px), *[None] * (sides - 1)]
    return [
        kind.draw(asset, Look(azimuth_deg=azimuth, elevation_deg=ELEVATION_DEG), size_px)
        for azimuth in AZIMUTHS_DEG
    ]
