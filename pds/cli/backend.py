"""What the commands work with; tests bring their own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pds.base.resources import presets_folder


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What a command is carried out with.

    Attributes:
        load_prior: as `pds.diffusion.loading.load_prior`.
        presets_folder: where the presets lie.
    """

    load_prior: Callable[..., Any]
    presets_folder: Path


def real_backend() -> Backend:
    """The program's own."""
    return Backend(load_prior=_load_prior, presets_folder=presets_folder())


def _load_prior(name: str, *, device: str, dtype: str) -> Any:
    """See `pds.diffusion.loading.load_prior`."""
    from pds.diffusion.loading import load_prior  # takes seconds, which few commands need

    return load_prior(name, device=device, dtype=dtype)
