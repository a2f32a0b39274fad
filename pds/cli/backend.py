"""What the commands work with; tests bring their own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pds.work.presets import PRESETS_FOLDER
from pds.work.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class SceneBackend:
    """What the commands for scenes work with.

    Attributes:
        read_capture: as `pds.cli.scene_capture.read_capture`.
        make_fit: as `pds.work.scene_runs.FitRun`.
        make_edit: as `pds.work.scene_runs.SceneEditRun`.
        make_refine: as `pds.work.scene_runs.SceneRefineRun`.
        export_run: as `pds.kinds.nerf.export.exports.export_scene_run`.
        export: as `pds.kinds.nerf.export.exports.export_scene`.
    """

    read_capture: Callable[..., Any]
    make_fit: Callable[..., Any]
    make_edit: Callable[..., Any]
    make_refine: Callable[..., Any]
    export_run: Callable[..., list[Path]]
    export: Callable[..., list[Path]]


def real_scenes() -> SceneBackend:
    """The program's own."""
    # Imported here since they take seconds, which edits of drawings should not.
    from pds.cli.scene_capture import read_capture
    from pds.kinds.nerf.export.exports import export_scene, export_scene_run
    from pds.work.scene_runs import FitRun, SceneEditRun, SceneRefineRun

    return SceneBackend(
        read_capture=read_capture,
        make_fit=FitRun,
        make_edit=SceneEditRun,
        make_refine=SceneRefineRun,
        export_run=export_scene_run,
        export=export_scene,
    )


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What the commands work with.

    Attributes:
        load_prior: as `pds.diffusion.loading.load_prior`.
        make_run: as `pds.work.runs.DrawingRun`.
        presets_folder: where the presets lie.
        scenes: gives what the commands for scenes need beside.
    """

    load_prior: Callable[..., Any]
    make_run: Callable[[Recipe, Any], Any]
    presets_folder: Path = PRESETS_FOLDER
    scenes: Callable[[], SceneBackend] = real_scenes


def real_backend() -> Backend:
    """The program's own."""
    # Imported here since they take seconds, which `--help` should not.
    from pds.diffusion.loading import load_prior
    from pds.work.runs import DrawingRun

    return Backend(load_prior=load_prior, make_run=DrawingRun)
