"""The recipe as JSON."""

from pathlib import Path

from pds.exports.atomic import write_bytes
from pds.recipe import Recipe


def write_recipe(path: str | Path, recipe: Recipe) -> Path:
    """Writes what reproduces the run, atomically.

    Raises:
        ExportError: it cannot be written.
    """
    return write_bytes(path, recipe.to_json().encode())
