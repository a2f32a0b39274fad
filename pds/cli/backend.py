"""What the commands work with; tests bring their own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pds.presets import PRESETS_FOLDER
from pds.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Backend:
    """Attributes:
    load_prior: as `pds.priors.loading.load_prior`.
    make_run: as `pds.runs.DrawingRun`.
    presets_folder: where the presets lie.
    """

    load_prior: Callable[..., Any]
    make_run: Callable[[Recipe, Any], Any]
    presets_folder: Path = PRESETS_FOLDER


def real_backend() -> Backend:
    """The program's own."""
    # Imported here since they take seconds, which `--help` should not.
    from pds.priors.loading import load_prior
    from pds.runs import DrawingRun

    return Backend(load_prior=load_prior, make_run=DrawingRun)
