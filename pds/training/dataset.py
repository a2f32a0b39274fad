"""The training set: pictures with what they show, built once and kept as one file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pds.training.captions import Subject
from pds.training.colours import PALETTE, main_colour, repaint
from pds.training.compositions import put_on_hat, put_on_top
from pds.training.emoji import EmojiSet, icon_names
from pds.training.errors import TrainingDataError
from pds.training.models import (
    AZIMUTHS_DEG,
    ELEVATIONS_DEG,
    ModelRenderer,
    load_model,
    read_catalogue,
    view_words,
)
from pds.training.sources import EMOJI_SOURCES, MODELS, fetch


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What picture number `i` of the set is.

    Attributes:
        concept: its key, the concept's name with ``3d:`` before it for models.
        source: name of the set it comes from.
        subject: what a caption can say about it.
        weight: how often its concept is drawn, relative to the others; 0 = never.
        recoloured: True if it was repainted, so that a caption must name the colour.
    """

    concept: str
    source: str
    subject: Subject
    weight: float
    recoloured: bool


def read_concepts(path: Path | None = None) -> dict:
    """The concept list that ships beside this file, or another one.

    Concepts of weight 0 are kept in the file for a longer training and left out here.
    """
    path = path or Path(__file__).with_name("concepts.json")
    listed = json.loads(path.read_text(encoding="utf-8"))
    return {kind: [c for c in listed[kind] if c["weight"] > 0] for kind in ("emoji", "models")}


def colour_variants(
    picture: np.ndarray, subject: Subject
) -> list[tuple[np.ndarray, Subject, bool]]:
    """The picture as it is and, where one colour rules it, in every other colour.

    Returns:
        Tuples of picture, subject with the colour word, and whether it was repainted.
    """
    share = 0.22 if subject.clothes else 0.3
    colour = main_colour(picture, least_share=share)
    skin = subject.clothes and colour is not None and not 60 < colour.hue_deg < 350
    if colour is None or skin:
        return [(picture, subject, False)]
    said = asdict(subject)
    name = subject.colour or colour.name
    found = [(picture, Subject(**{**said, "colour": name}), False)]
    for word in PALETTE:
        if word != name:
            painted = repaint(picture, colour, word)
            found.append((painted, Subject(**{**said, "colour": word}), True))
    return found


def emoji_pictures(concepts: dict, folder: Path):
    """Draw every concept in every emoji set; yields picture and entry."""
    codes = {}
    for source in EMOJI_SOURCES:
        if (folder / source.name / "chars.json").is_file():
            codes = icon_names(folder / source.name) | codes
    for source in EMOJI_SOURCES:
        icons = EmojiSet(folder / source.name, source.name, codes)
        for concept in concepts["emoji"]:
            names = (concept["name"], *concept.get("synonyms", ()))
            for icon in icons.names(concept):
                first = icon.split("-")[0]
                told = first if first in PALETTE and concept.get("colour") else ""
                subject = Subject(names=names, style=source.style, colour=told)
                picture = icons.draw(icon)
                if picture is not None:
                    yield from _entries(picture, subject, concept, source.name, concept["name"])


def model_pictures(concepts: dict, folder: Path):
    """Draw every model from all around; yields picture and entry."""
    for concept in concepts["models"]:
        names = (concept["name"], *concept.get("synonyms", ()))
        for catalogue, numbers in concept["models"].items():
            listed = read_catalogue(folder / catalogue)
            for number in numbers:
                parts = load_model(folder / catalogue, listed[number])
                renderer = ModelRenderer(_composed(parts, concept, folder))
                for elevation in ELEVATIONS_DEG:
                    for azimuth in AZIMUTHS_DEG:
                        subject = Subject(
                            names=names,
                            style="model",
                            view=view_words(azimuth, symmetric=concept.get("symmetric", False)),
                            clothes=concept.get("clothes", False),
                        )
                        picture = renderer.draw(azimuth, elevation)
                        key = f"3d:{concept['name']}"
                        yield from _entries(picture, subject, concept, catalogue, key)


def _composed(parts: list, concept: dict, folder: Path) -> list:
    """What the concept puts on top of its model, if anything."""
    for catalogue, numbers in concept.get("top", {}).items():
        listed = read_catalogue(folder / catalogue)
        for number in numbers:
            upper = load_model(folder / catalogue, listed[number])
            parts = put_on_top(parts, upper, height=concept["top_height"])
    return put_on_hat(parts, concept["hat"]) if "hat" in concept else parts


def _entries(picture: np.ndarray, subject: Subject, concept: dict, source: str, key: str):
    variants = [(picture, subject, False)]
    if concept.get("colour"):
        variants = colour_variants(picture, subject)
    for painted, said, recoloured in variants:
        yield (
            painted,
            Entry(
                concept=key,
                source=source,
                subject=said,
                weight=concept["weight"],
                recoloured=recoloured,
            ),
        )


def save(found, path: Path) -> int:
    """Write pictures and entries to one .npz file, whole or not at all; returns how many.

    Raises:
        TrainingDataError: there is nothing to write.
    """
    pictures, entries = [], []
    for picture, entry in found:
        pictures.append(picture)
        entries.append(json.dumps(asdict(entry)))
    if not pictures:
        raise TrainingDataError("no picture was drawn: check the concept list and the packages")
    partial = path.with_suffix(".part.npz")
    np.savez(partial, pictures=np.stack(pictures), entries=np.array(entries))
    partial.rename(path)
    return len(pictures)


def load(path: Path) -> tuple[np.ndarray, list[Entry]]:
    """Read what `save` wrote: uint8 pictures [n height width 3] and their entries.

    Raises:
        TrainingDataError: the file is missing.
    """
    if not path.is_file():
        raise TrainingDataError(f"no data set at {path}: run `python -m pds.training data` first")
    with np.load(path) as packed:
        pictures, rows = packed["pictures"], packed["entries"]
    return pictures, [_entry(json.loads(str(row))) for row in rows]


def _entry(row: dict) -> Entry:
    subject = row.pop("subject")
    return Entry(subject=Subject(**{**subject, "names": tuple(subject["names"])}), **row)


def build(work: Path, concepts: dict) -> int:
    """Fetch all packages, draw every picture and save the set as ``<work>/dataset.npz``.

    Returns:
        Number of pictures.
    """
    folder = work / "data"
    for source in (*EMOJI_SOURCES, MODELS):
        fetch(source, folder)

    def everything():
        yield from emoji_pictures(concepts, folder)
        yield from model_pictures(concepts, folder / MODELS.name)

    return save(everything(), work / "dataset.npz")
