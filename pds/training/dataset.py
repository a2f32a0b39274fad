"""The training set: pictures with what they show, kept as one file a source."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pds.training.captions import Subject
from pds.training.errors import TrainingDataError
from pds.training.sources import Source, check_unseen, read_sources

FOLDER = "sets"
MODEL_MARK = "3d:"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What picture number `i` of a set is.

    Attributes:
        concept: its key, the concept's name with ``3d:`` before it for models.
        source: name of the set it comes from.
        design: whose outlines it has: of the pictures of one thing, designs are drawn evenly.
        restyle: what was done to the drawing, or empty.
        colours: up to two ruling colours.
        painted: True if its main colour was exchanged, so that a caption must name it.
        view: one of `captions.VIEWS`, or empty.
    """

    concept: str
    source: str
    design: str
    restyle: str = ""
    colours: tuple[str, ...] = ()
    painted: bool = False
    view: str = ""

    @property
    def is_model(self) -> bool:
        """Whether it shows a 3-D model."""
        return self.concept.startswith(MODEL_MARK)


def read_concepts(path: Path | None = None) -> dict:
    """The concept list that ships beside this file, or another one.

    Concepts of weight 0 are kept in the file for a longer training and left out here.
    """
    path = path or Path(__file__).with_name("concepts.json")
    listed = json.loads(path.read_text(encoding="utf-8"))
    return {kind: [c for c in listed[kind] if c["weight"] > 0] for kind in ("emoji", "models")}


def by_key(concepts: dict) -> dict[str, dict]:
    """The concepts by the key that entries have."""
    return {c["name"]: c for c in concepts["emoji"]} | {
        MODEL_MARK + c["name"]: c for c in concepts["models"]
    }


def subject_of(entry: Entry, concept: dict, source: Source) -> Subject:
    """What a caption can say about a picture."""
    frontal = source.design in concept.get("frontal", ()) or source.kind == "clipart"
    return Subject(
        names=(concept["name"], *concept.get("synonyms", ())),
        style=source.style,
        restyle=entry.restyle,
        design="" if entry.is_model else source.design,
        view=entry.view,
        facing="" if frontal else concept.get("facing", ""),
        colours=tuple(entry.colours),
        clothes=concept.get("clothes", False),
    )


def save(found: Iterable[tuple[np.ndarray, Entry]], path: Path) -> int:
    """Write pictures and entries to one .npz file, whole or not at all; returns how many.

    Raises:
        TrainingDataError: there is nothing to write, or a set is kept for evaluation.
    """
    pictures, entries = [], []
    for picture, entry in found:
        check_unseen((entry.source, entry.design))
        pictures.append(picture)
        entries.append(json.dumps(asdict(entry)))
    if not pictures:
        raise TrainingDataError("no picture was drawn: check the concept list and the packages")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part.npz")
    np.savez(partial, pictures=np.stack(pictures), entries=np.array(entries))
    partial.rename(path)
    return len(pictures)


def load(folder: Path) -> tuple[np.ndarray, list[Entry]]:
    """Read all sets that `save` wrote: uint8 pictures [n height width 3] and their entries.

    Raises:
        TrainingDataError: there are none, or one is kept for evaluation.
    """
    paths = sorted(path for path in folder.glob("*.npz") if not path.stem.endswith(".part"))
    if not paths:
        raise TrainingDataError(f"no sets in {folder}: run `python -m pds.training data` first")
    parts, entries = [], []
    for path in paths:
        pictures, found = _load_one(path)
        parts.append(pictures)
        entries += found
    check_unseen({entry.source for entry in entries} | {entry.design for entry in entries})
    return np.concatenate(parts), entries


def _load_one(path: Path) -> tuple[np.ndarray, list[Entry]]:
    with np.load(path) as packed:
        pictures, rows = packed["pictures"], packed["entries"]
    return pictures, [_entry(json.loads(str(row))) for row in rows]


def _entry(row: dict) -> Entry:
    return Entry(**{**row, "colours": tuple(row["colours"])})


def subjects(entries: Iterable[Entry], concepts: dict) -> Iterator[Subject]:
    """What captions can say about the pictures, in order."""
    known = by_key(concepts)
    sources = {source.name: source for source in read_sources("training")}
    sources |= {source.name: source for source in read_sources("evaluation")}
    for entry in entries:
        yield subject_of(entry, known[entry.concept], sources[entry.source])
