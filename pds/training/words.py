"""An open vocabulary: a frozen table of what tens of thousands of nouns mean.

A word's row says where it lies among all drawable things. The text encoder multiplies it with a
learned matrix, so that a word that no caption ever held is drawn like its neighbours.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging as transformers_logging

from pds.training.errors import TrainingDataError

WIDTH = 64
CONCRETE_FILES = ("05", "06", "08", "13", "17", "18", "19", "20", "25", "27")
"""WordNet's files of animals, artefacts, bodies, food, objects, persons, phenomena, plants,
shapes and substances (lexnames(5WN))."""
COLOUR_FILE = "07"
TAG_LIMIT, TAG_PULL = 3, 0.7


@dataclass(frozen=True, kw_only=True)
class WordTable:
    """Words and what they mean.

    Attributes:
        words: lower case, no spaces.
        rows: int8 [words 64], each 127 long.
    """

    words: tuple[str, ...]
    rows: np.ndarray

    def find(self, words: Iterable[str]) -> np.ndarray:
        """Rows int8 [n 64] of words; zeros for a word that the table lacks."""
        places = {word: number for number, word in enumerate(self.words)}
        found = np.zeros((0, self.rows.shape[1]), np.int8)
        picked = [
            self.rows[places[word]] if word in places else np.zeros_like(self.rows[0])
            for word in words
        ]
        return np.stack(picked) if picked else found

    def save(self, path: Path) -> None:
        """Write the table, whole or not at all."""
        partial = path.with_suffix(".part.npz")
        np.savez_compressed(partial, words=np.array(self.words), rows=self.rows)
        partial.rename(path)

    @classmethod
    def load(cls, path: Path) -> "WordTable":
        """Read what `save` wrote.

        Raises:
            TrainingDataError: the file is missing.
        """
        if not path.is_file():
            raise TrainingDataError(f"no word table at {path}: run `python -m pds.training words`")
        with np.load(path) as packed:
            return cls(words=tuple(map(str, packed["words"])), rows=packed["rows"])


def concrete_nouns(wordnet: Path) -> dict[str, str]:
    """Single words that name a thing one can draw, each with the gloss of its first such sense.

    Args:
        wordnet: folder with ``index.noun`` and ``data.noun`` (wndb(5WN)).
    """
    glosses: dict[str, tuple[str, str]] = {}
    for line in _rows(wordnet / "data.noun"):
        fields, _, gloss = line.partition("|")
        offset, file, _ = fields.split(" ", 2)
        is_instance = " @i " in fields
        gloss = gloss.split(";")[0].strip()
        if not is_instance and (
            file in CONCRETE_FILES or (file == COLOUR_FILE and "color" in gloss)
        ):
            glosses[offset] = (file, gloss)
    nouns = {}
    for line in _rows(wordnet / "index.noun"):
        word, _, *rest = line.split()
        offsets = [part for part in rest if len(part) == 8 and part.isdigit()]
        first = next((glosses[o][1] for o in offsets if o in glosses), None)
        if first and re.fullmatch("[a-z]{2,}", word):
            nouns[word] = first
    return nouns


def plural(word: str) -> str:
    """``cat`` -> ``cats``, ``berry`` -> ``berries``, ``fox`` -> ``foxes``."""
    if re.search("[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search("(s|x|z|ch|sh)$", word) else f"{word}s"


def concept_tags(emojibase: Path, concepts: dict, codes: dict[str, str]) -> dict[str, list[str]]:
    """Single-word keywords of concepts -> names of the few concepts that have them.

    Args:
        emojibase: the unpacked package of emoji keywords.
        concepts: the concept list.
        codes: icon name -> hex code point.
    """
    listed = json.loads((emojibase / "en" / "data.json").read_text(encoding="utf-8"))
    tags = {row["hexcode"].lower(): row.get("tags", []) for row in listed}
    found: dict[str, list[str]] = {}
    for concept in concepts["emoji"]:
        said = set(concept.get("synonyms", ()))
        for icon in concept["icons"]:
            said |= set(tags.get(codes.get(icon, ""), ()))
        for word in said:
            if re.fullmatch("[a-z]{2,}", word):
                found.setdefault(word, []).append(concept["name"])
    return {word: names for word, names in found.items() if len(names) <= TAG_LIMIT}


class SentenceEncoder:
    """MiniLM's mean-pooled sentence vectors of unit length.

    Args:
        folder: a transformers folder.
    """

    def __init__(self, folder: Path):
        transformers_logging.disable_progress_bar()
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    @torch.no_grad()
    def __call__(self, sentences: Sequence[str]) -> np.ndarray:
        """Float32 [n 384]."""
        order = np.argsort([len(s) for s in sentences])
        vectors = np.empty((len(sentences), self._model.config.hidden_size), np.float32)
        for start in range(0, len(order), 128):
            numbers = order[start : start + 128]
            packed = self._tokenizer(
                [sentences[n] for n in numbers], padding=True, truncation=True, return_tensors="pt"
            )
            hidden = self._model(**packed).last_hidden_state
            mask = packed["attention_mask"][:, :, None]
            pooled = (hidden * mask).sum(1) / mask.sum(1)
            vectors[numbers] = torch.nn.functional.normalize(pooled).numpy()
        return vectors


def build_table(
    nouns: dict[str, str],
    names: Sequence[str],
    trained: Iterable[str],
    tags: dict[str, list[str]],
    encode,
) -> WordTable:
    """Principal components of sentence vectors, pulled towards the things that keywords name.

    Args:
        nouns: word -> gloss.
        names: names of the concepts.
        trained: words of captions; those that are parts of concepts get a row too.
        tags: word -> names of concepts.
        encode: sentences -> vectors [n d] of unit length.
    """
    parts = {word for name in names for word in name.split()} & set(trained)
    extra = sorted(parts - set(nouns))
    words = [*sorted(nouns), *extra]
    said = encode([f"a picture of a {word}" for word in words])
    glossed = encode([f"{w}: {nouns[w]}" if w in nouns else f"a picture of a {w}" for w in words])
    named = encode([f"a picture of a {name}" for name in names])
    middle = (said + glossed).mean(0) / 2
    vectors = (said + glossed) / 2 - middle
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    axes = axes[:, ::-1][:, :WIDTH]
    rows, things = _unit(vectors @ axes), _unit((named - middle) @ axes)
    place = {name: number for number, name in enumerate(names)}
    for number, word in enumerate(words):
        if word in tags:
            pull = np.mean([things[place[name]] for name in tags[word]], axis=0)
            rows[number] += TAG_PULL * pull
    rows = _unit(rows)
    more = {plural(w): n for n, w in enumerate(words) if w in parts and plural(w) not in nouns}
    more = {word: n for word, n in more.items() if word not in set(words)}
    rows = np.concatenate([rows, rows[list(more.values())]])
    return WordTable(words=(*words, *more), rows=np.round(127 * rows).astype(np.int8))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def _rows(path: Path) -> Iterable[str]:
    """Lines of a WordNet file without its licence, which is indented."""
    with path.open(encoding="utf-8") as lines:
        yield from (line for line in lines if not line.startswith("  "))
