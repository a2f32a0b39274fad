"""Draw every 3-D model from all around."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from pds.training.colours import PALETTE, main_colour, repaint, ruling_colours
from pds.training.compositions import put_on_hat, put_on_top
from pds.training.dataset import MODEL_MARK, Entry
from pds.training.emoji import on_canvas
from pds.training.models import (
    AZIMUTHS_DEG,
    ELEVATIONS_DEG,
    ModelRenderer,
    load_model,
    read_catalogue,
    view_words,
)
from pds.training.sources import Source

PAINTED_AZIMUTHS_DEG = AZIMUTHS_DEG[::3]


def model_pictures(
    source: Source, concepts: dict, folder: Path
) -> Iterator[tuple[np.ndarray, Entry]]:
    """Draw every catalogue model from all around; yields picture and entry."""
    folder = folder / source.name
    for concept in concepts["models"]:
        for catalogue, numbers in concept.get("models", {}).items():
            listed = read_catalogue(folder / catalogue)
            for number in numbers:
                parts = load_model(folder / catalogue, listed[number])
                renderer = ModelRenderer(_composed(parts, concept, folder))
                yield from views(renderer, concept, source, f"{catalogue} #{number}")


def views(
    renderer: ModelRenderer, concept: dict, source: Source, design: str
) -> Iterator[tuple[np.ndarray, Entry]]:
    """One model from all around, as it is and repainted where one colour rules it.

    Args:
        renderer: of the model.
        concept: row of the concept list.
        source: the package.
        design: which model of it.
    """
    for elevation in ELEVATIONS_DEG:
        for azimuth in AZIMUTHS_DEG:
            picture = renderer.draw(azimuth, elevation)
            said = {
                "concept": MODEL_MARK + concept["name"],
                "source": source.name,
                "design": design,
                "view": view_words(azimuth, symmetric=concept.get("symmetric", False)),
            }
            repaints = concept.get("colour") and azimuth in PAINTED_AZIMUTHS_DEG
            yield from _coloured(picture, concept, said, repaints=bool(repaints))


def _coloured(
    picture: Image.Image, concept: dict, said: dict, *, repaints: bool
) -> Iterator[tuple[np.ndarray, Entry]]:
    canvas = on_canvas(picture)
    if not concept.get("clothes"):
        yield canvas, Entry(colours=ruling_colours(picture), **said)
        colour = main_colour(canvas) if repaints else None
    else:
        colour = main_colour(canvas, least_share=0.22)
        if colour is not None and not 60 < colour.hue_deg < 350:
            colour = None  # skin
        yield canvas, Entry(colours=(colour.name,) if colour else (), **said)
        colour = colour if repaints else None
    for word in PALETTE if colour else ():
        if word != colour.name:
            yield repaint(canvas, colour, word), Entry(colours=(word,), painted=True, **said)


def _composed(parts: list, concept: dict, folder: Path) -> list:
    """What the concept puts on top of its model, if anything."""
    for catalogue, numbers in concept.get("top", {}).items():
        listed = read_catalogue(folder / catalogue)
        for number in numbers:
            upper = load_model(folder / catalogue, listed[number])
            parts = put_on_top(parts, upper, height=concept["top_height"])
    return put_on_hat(parts, concept["hat"]) if "hat" in concept else parts
