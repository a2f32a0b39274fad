"""The built-in prior's open vocabulary: tens of thousands of words in a small file.

A word's vector is what it means (64 whole numbers, frozen) times a learned matrix, plus a learned
residual for the words that captions held. Multiplied out it is an ordinary embedding.
"""

from pathlib import Path

import torch
from jaxtyping import Float
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


def neighbours(
    rows: Float[Tensor, "words numbers"], of: int, among: list[int], count: int
) -> list[int]:
    """Which of the ids `among` mean most nearly what the id `of` means, best first.

    Args:
        rows: what each id's word means.
        of: an id; if nothing is known of it, the answer is empty.
        among: ids to choose from.
        count: at most so many.
    """
    row = rows[of].float()
    if not bool(row.any()) or not among:
        return []
    near = rows[torch.tensor(among)].float() @ row
    order = near.argsort(descending=True, stable=True)[:count].tolist()
    return [among[number] for number in order]
