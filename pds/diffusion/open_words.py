"""The built-in prior's open vocabulary: tens of thousands of words in a small file.

A word's vector is what it means (64 whole numbers, frozen) times a learned matrix, plus a learned
residual for the words that captions held. Multiplied out it is an ordinary embedding.
"""

from pathlib import Path

import torch
from jaxtyping import Float, Int8
from safetensors.torch import load_file
from torch import Tensor

FILE = "words.safetensors"
SCALE = 127
"""Length of a word's row."""


def multiplied_out(path: Path) -> Float[Tensor, "words width"]:
    """The embedding of all words, float32.

    Args:
        path: file with `rows` [words numbers] int8, `meaning` [numbers width] and
            `residual_embedding` [trained width], the residuals of the first words.
    """
    parts = load_file(path)
    vectors = (parts["rows"].float() / SCALE) @ parts["meaning"].float()
    residual = parts["residual_embedding"].float()
    vectors[: len(residual)] += residual
    return vectors


class Meanings:
    """Names of known things that mean most nearly the same as a word.

    Args:
        rows: what each id's word means, [words numbers] int8; zeros where nothing is known.
        ids: word -> id.
        things: names of the things that can be drawn; of several words the meanings are added.
    """

    def __init__(self, rows: Int8[Tensor, "words numbers"], ids: dict[str, int], things: list[str]):
        self._rows, self._ids, self._things = rows, ids, things
        meant = [self._of(thing.lower().split()) for thing in things]
        self._matrix = torch.nn.functional.normalize(torch.stack(meant))

    def _of(self, words: list[str]) -> Tensor:
        known = [self._rows[self._ids[word]].float() for word in words if word in self._ids]
        return sum(known, torch.zeros(self._rows.shape[1]))

    def like(self, word: str, count: int = 2) -> tuple[str, ...]:
        """The nearest things, best first; empty if nothing is known of the word."""
        meant = self._of([word])
        if not bool(meant.any()):
            return ()
        order = (self._matrix @ meant).argsort(descending=True, stable=True)
        return tuple(self._things[number] for number in order[:count].tolist())


def read_meanings(path: Path, ids: dict[str, int], things: list[str]) -> Meanings | None:
    """The meanings of an exported prior's words, or None if it has no open vocabulary."""
    return Meanings(load_file(path)["rows"], ids, things) if path.is_file() and things else None
