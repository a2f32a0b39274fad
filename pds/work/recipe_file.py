"""The recipe as JSON."""

from pathlib import Path

from pds.base.files import write_bytes
from pds.work.recipe import Recipe


def write_recipe(path: str | Path, recipe: Recipe) -> Path:
    """Writes what reproduces the run, atomically.

    Raises:
        ExportError: it cannot be written.
    """
    return write_bytes(path, recipe.to_json().encode())
