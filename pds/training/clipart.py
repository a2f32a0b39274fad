"""Drawings of the Open Clip Art Library, each looked at and put to its thing by hand."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pds.training.dataset import Entry
from pds.training.drawn_sets import renderings
from pds.training.emoji import draw_svg
from pds.training.errors import TrainingDataError
from pds.training.sources import Source

FOLDER = "usr/share/openclipart/svg"


def read_clipart(path: Path | None = None) -> dict[str, list[str]]:
    """Name of a concept -> files that show it, from the list beside this file or another one."""
    path = path or Path(__file__).with_name("clipart.json")
    return json.loads(path.read_text(encoding="utf-8"))


def clipart_pictures(
    source: Source, concepts: dict, folder: Path, listed: dict[str, list[str]] | None = None
) -> Iterator[tuple[np.ndarray, Entry]]:
    """Draw every listed file of every concept; each is a design of its own.

    Args:
        source: the package.
        concepts: the concept list.
        folder: where packages are unpacked.
        listed: name of a concept -> files, by default the list that ships.
    """
    listed = read_clipart() if listed is None else listed
    for concept in concepts["emoji"]:
        for name in listed.get(concept["name"], ()):
            path = folder / source.name / FOLDER / name
            try:
                svg = path.read_text(encoding="utf-8", errors="replace")
                yield from renderings(draw_svg(svg), svg, concept, source, design=name)
            except TrainingDataError:
                continue  # what was drawn before the first restyle that failed is kept
