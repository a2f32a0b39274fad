"""`contact-sheet --scenes`: every preset for scenes by every method, from three sides each."""

import argparse
import dataclasses
from collections.abc import Sequence
from typing import Any

from PIL import Image

from pds.base.table import SheetRow, contact_sheet
from pds.cli.backend import Backend
from pds.cli.progress import say, take_steps
from pds.cli.scene_files import describe_by
from pds.kinds.nerf.checkpoint import load_scene
from pds.work.scene_presets import ScenePreset

AZIMUTHS_DEG = (330.0, 90.0, 210.0)
ELEVATION_DEG = 15.0


def draw_scenes(
    chosen: Sequence[ScenePreset], prior: Any, arguments: argparse.Namespace, backend: Backend
) -> Image.Image | None:
    """The sheet: a row a preset, of source and results from three sides; None if interrupted.

    Args:
        chosen: which presets, at least one.
        prior: edits them.
        arguments: with `methods`, `steps`, `seed`, `cell_px` and `quiet`.
        backend: makes the runs.

    Raises:
        PDSError: a scene or a setting that cannot be used.
    """
    rows = []
    for preset in chosen:
        row = _row(preset, prior, arguments, backend)
        if row is None:
            return None
        rows.append(row)
    header = ("source", *(method.upper() for method in arguments.methods))
    return contact_sheet(rows, header=header, cell_px=arguments.cell_px, group=len(AZIMUTHS_DEG))


def _row(
    preset: ScenePreset, prior: Any, arguments: argparse.Namespace, backend: Backend
) -> SheetRow | None:
    changes = {name: getattr(arguments, name) for name in ("steps", "seed")}
    changes = {name: value for name, value in changes.items() if value is not None}
    source = load_scene(preset.checkpoint())
    pictures: list[Image.Image] = []
    for method in arguments.methods:
        edit = dataclasses.replace(preset.recipe.edit, method=method, **changes)
        recipe = dataclasses.replace(preset.recipe, edit=edit, refine=None)
        run = backend.scenes().make_edit(recipe, source, prior)
        if not pictures:
            pictures += _views(run, arguments.cell_px, source=True)
        label = f"{preset.key} {method}"
        outcome = take_steps(
            run, total=edit.steps, label=label, describe=describe_by(run), quiet=arguments.quiet
        )
        if outcome.interrupted:
            return None
        if outcome.error:
            say(f"{label}: {outcome.error}")
        pictures += _views(run, arguments.cell_px)
    edit = preset.recipe.edit
    caption = f"“{edit.source_prompt}” to “{edit.target_prompt}”"
    return SheetRow(pictures=tuple(pictures), caption=caption)


def _views(run: Any, size_px: int, *, source: bool = False) -> list[Image.Image]:
    return [run.picture(a, ELEVATION_DEG, size_px, source=source) for a in AZIMUTHS_DEG]
