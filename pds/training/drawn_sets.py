"""Draw every concept in every set of drawings, as it is, restyled and repainted."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from pds.training.colours import PALETTE, main_colour, repaint, ruling_colours
from pds.training.dataset import Entry
from pds.training.emoji import GlyphSet, IconSet, icon_names, on_canvas
from pds.training.errors import TrainingDataError
from pds.training.restyles import restyles
from pds.training.sources import Source, read_sources

FONT_WEIGHTS = ("300Light", "400Regular", "700Bold")
PLAIN_STYLES = ("icon", "line")
"""Of sets that are black on white: nothing there to restyle or repaint but as line art."""
SHADED_STYLES = ("glossy", "rendered")
"""Of sets all in gradients and filters, which restyles spoil; the same designs exist flat."""


def code_points(folder: Path) -> dict[str, str]:
    """Icon name -> hex code point, from all packages that say."""
    codes: dict[str, str] = {}
    for source in read_sources():
        if source.kind == "icons" and (folder / source.name / "chars.json").is_file():
            codes = icon_names(folder / source.name) | codes
    return codes


def icon_pictures(
    source: Source, concepts: dict, folder: Path
) -> Iterator[tuple[np.ndarray, Entry]]:
    """Draw every concept that a set of icons has; yields picture and entry."""
    icons = IconSet(folder / source.name, source, code_points(folder))
    wholes = {c["name"].removesuffix(" face") for c in concepts["emoji"] if " face" in c["name"]}
    for concept in concepts["emoji"]:
        if source.kind == "named" and concept["name"] in wholes:
            continue  # a plain icon of a cat shows its face
        for icon in icons.names(concept):
            try:
                picture, svg = icons.picture(icon), icons.svg(icon)
                if picture is not None:
                    yield from renderings(picture, svg, concept, source)
            except TrainingDataError:
                continue  # one damaged or empty drawing of a public set


def glyph_pictures(
    source: Source, concepts: dict, folder: Path
) -> Iterator[tuple[np.ndarray, Entry]]:
    """Draw every concept that a font has, in several weights."""
    glyphs = GlyphSet(folder / source.name, code_points(folder), FONT_WEIGHTS)
    for concept in concepts["emoji"]:
        for icon in concept["icons"]:
            for picture in glyphs.pictures(icon):
                yield on_canvas(picture), _entry(concept, source, colours=("black",))


def renderings(
    picture: Image.Image, svg: str | None, concept: dict, source: Source, design: str = ""
) -> Iterator[tuple[np.ndarray, Entry]]:
    """One drawing as it is, in other styles, and in other colours where one colour rules it.

    Args:
        picture: RGBA.
        svg: its text, or None where there is only the picture.
        concept: row of the concept list.
        source: the set it comes from.
        design: whose outlines it has, where that is not the set's.

    Raises:
        TrainingDataError: the drawing is empty or cannot be restyled.
    """
    said = {"design": design} if design else {}
    canvas = on_canvas(picture)
    plain = source.style in PLAIN_STYLES
    yield canvas, _entry(concept, source, colours=ruling_colours(picture), **said)
    if svg is not None and source.style not in SHADED_STYLES:
        rng = np.random.default_rng(zlib.crc32(f"{source.name} {concept['name']}".encode()))
        for name, restyled in restyles(svg, rng):
            if not plain or name == "line":
                colours = () if name == "line" else ruling_colours(restyled)
                yield (
                    on_canvas(restyled),
                    _entry(concept, source, restyle=name, colours=colours, **said),
                )
    if concept.get("colour") and not plain:
        for word, repainted in painted(canvas):
            yield repainted, _entry(concept, source, colours=(word,), painted=True, **said)


def painted(canvas: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """The picture in every other colour of the palette, where one colour rules it."""
    colour = main_colour(canvas)
    for word in PALETTE if colour else ():
        if word != colour.name:
            yield word, repaint(canvas, colour, word)


def _entry(concept: dict, source: Source, **said) -> Entry:
    about = {"concept": concept["name"], "source": source.name, "design": source.design}
    return Entry(**(about | said))
