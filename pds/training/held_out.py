"""Pictures to measure with: drawings and stamps that nothing is trained on."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from pds.training.drawn_sets import code_points
from pds.training.emoji import IconSet, draw_svg, on_canvas
from pds.training.errors import TrainingDataError
from pds.training.sources import read_sources, source_named

LEAST_STAMP_PX = 48


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One picture to measure with.

    Attributes:
        thing: name of the concept that it shows.
        source: name of the set it comes from.
        picture: uint8 [side side 3], centred on white.
    """

    thing: str
    source: str
    picture: np.ndarray


def unseen_drawings(concepts: dict, folder: Path) -> Iterator[Shown]:
    """Every concept as the sets of drawings kept for evaluation show it.

    Args:
        concepts: the concept list.
        folder: where packages are unpacked.
    """
    codes = code_points(folder)
    for source in read_sources("evaluation"):
        if source.kind != "icons":
            continue
        icons = IconSet(folder / source.name, source, codes)
        for concept in concepts["emoji"]:
            for icon in icons.names(concept):
                for name in (icon, f"{icon}-1", f"{icon}-2"):
                    picture = icons.picture(name)
                    if picture is not None:
                        yield _shown(concept["name"], source.name, picture)


def stamps(concepts: dict, folder: Path) -> Iterator[Shown]:
    """Stamps whose caption names exactly one concept.

    Args:
        concepts: the concept list.
        folder: where packages are unpacked.
    """
    things = {}
    for concept in concepts["emoji"]:
        for name in (*concept.get("synonyms", ()), concept["name"]):
            things[name.removesuffix(" face")] = concept["name"]
    source = next(s for s in read_sources("evaluation") if s.kind == "stamps")
    for text in sorted((folder / source.name).rglob("*.txt")):
        lines = text.read_text(encoding="utf-8", errors="replace").splitlines()
        thing = things.get(_noun(lines[0] if lines else ""))
        picture = _stamp(text)
        if thing is not None and picture is not None:
            yield _shown(thing, source.name, picture)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """An edit to judge a prior by, of a drawing that it never saw.

    Attributes:
        set: short name of the set, kept for evaluation.
        icon: name of the drawing in it.
        source, target: prompts.
        group: kind of edit: ``turn into`` or ``recolour``.
    """

    set: str
    icon: str
    source: str
    target: str
    group: str


def read_pairs(path: Path | None = None) -> list[Pair]:
    """The forty held-out pairs that ship beside this file, or those of another list."""
    path = path or Path(__file__).with_name("pairs.json")
    return [Pair(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def pair_svg(pair: Pair, folder: Path) -> str:
    """SVG text of a pair's drawing.

    Args:
        pair: which.
        folder: where packages are unpacked.

    Raises:
        TrainingDataError: the set has no such drawing.
    """
    source = source_named(pair.set, "evaluation")
    svg = IconSet(folder / source.name, source, {}).svg(pair.icon)
    if svg is None:
        raise TrainingDataError(f"{pair.set} has no drawing {pair.icon}: fetch the package again")
    return svg


def _noun(caption: str) -> str:
    """``A red apple.`` -> ``red apple``."""
    bare = caption.lower().strip().rstrip(".")
    return re.sub(r"^(?:an?|the) ", "", bare)


def _stamp(text: Path) -> Image.Image | None:
    drawing, photo = text.with_suffix(".svg"), text.with_suffix(".png")
    if drawing.is_file():
        try:
            return draw_svg(drawing.read_text(encoding="utf-8", errors="replace"))
        except TrainingDataError:
            return None
    if not photo.is_file():
        return None
    with Image.open(photo) as picture:
        return picture.convert("RGBA") if min(picture.size) >= LEAST_STAMP_PX else None


def _shown(thing: str, source: str, picture: Image.Image) -> Shown:
    return Shown(thing=thing, source=source, picture=on_canvas(picture))
