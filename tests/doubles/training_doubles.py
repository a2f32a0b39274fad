"""Tiny stand-ins for the training set and the networks of the built-in prior."""

import numpy as np

from pds.training.batches import Batches
from pds.training.captions import Subject, all_words
from pds.training.dataset import Entry
from pds.training.model import ModelConfig
from pds.training.train import TrainConfig, Trainer
from pds.training.words import WordTable

CONCEPTS = {
    "emoji": [
        {
            "name": "disc",
            "group": "flat",
            "icons": ["disc"],
            "weight": 1,
            "colour": True,
            "synonyms": ["ball"],
        },
        {"name": "square", "group": "flat", "icons": ["square"], "weight": 2},
    ],
    "models": [{"name": "cube", "group": "solid", "models": {"Shop": [1]}, "weight": 1}],
}
MODEL = ModelConfig(
    image_size=16,
    unshuffle=4,
    channels=(8, 16),
    heads=2,
    text_width=16,
    text_layers=1,
    text_length=12,
    text_rows=128,
    word_width=4,
    groups=4,
)
TABLE = WordTable(
    words=("ball", "disc", "globe", "square"),
    rows=np.array(
        [[127, 0, 0, 0], [120, 41, 0, 0], [125, 20, 0, 0], [0, 0, 127, 0]], dtype=np.int8
    ),
)


def disc(colour=(220, 40, 40), *, side=80) -> np.ndarray:
    """A disc with a dark core on white, uint8 [side side 3]."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    picture = np.full((side, side, 3), 255, np.uint8)
    picture[np.hypot(x, y) < 0.45 * side] = colour
    picture[np.hypot(x, y) < 0.06 * side] = (20, 20, 20)
    return picture


def entry(concept: str, *, source: str = "noto", design: str = "noto", **said) -> Entry:
    """An entry of the set."""
    return Entry(concept=concept, source=source, design=design, **said)


def subject(name: str, **said) -> Subject:
    """What a caption can say about a flat drawing."""
    return Subject(**({"names": (name,), "style": "flat"} | said))


def batches(*, image_size: int = 16, **options) -> Batches:
    """Red discs, one repainted blue, and a model that looks like a disc."""
    pictures = np.stack([disc(), disc((40, 60, 220)), disc((200, 60, 40))])
    entries = [
        entry("disc", colours=("red",)),
        entry("disc", painted=True, colours=("blue",)),
        entry("3d:cube", source="models", design="Shop #1", view="side view"),
    ]
    subjects = [
        subject("disc", colours=("red",)),
        subject("disc", colours=("blue",)),
        subject("cube", style="model", view="side view"),
    ]
    weights = {"disc": 1.0, "3d:cube": 1.0}
    return Batches(pictures, entries, subjects, weights=weights, image_size=image_size, **options)


def trainer(
    *,
    processes: int = 1,
    precision: str = "float32",
    batch: int = 4,
    learning_rate: float = 1e-3,
) -> Trainer:
    """A run with networks of a few thousand weights."""
    config = TrainConfig(
        batch=batch,
        warmup_steps=2,
        precision=precision,
        processes=processes,
        learning_rate=learning_rate,
    )
    return Trainer(MODEL, config, all_words(CONCEPTS, ("red", "blue")), TABLE)
