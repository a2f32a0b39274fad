"""Tiny stand-ins for the training set and the networks of the built-in prior."""

import numpy as np

from pds.training.batches import Batches
from pds.training.captions import Subject, all_words
from pds.training.dataset import Entry
from pds.training.model import ModelConfig
from pds.training.train import TrainConfig, Trainer

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
    text_rows=64,
    groups=4,
)


def disc(colour=(220, 40, 40), *, side=96) -> np.ndarray:
    """A disc with a dark core on white, uint8 [side side 3]."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    picture = np.full((side, side, 3), 255, np.uint8)
    picture[np.hypot(x, y) < 0.37 * side] = colour
    picture[np.hypot(x, y) < 0.06 * side] = (20, 20, 20)
    return picture


def entry(concept: str, *, weight: float = 1.0, recoloured: bool = False, **said) -> Entry:
    """An entry of the set; `said` goes to its subject."""
    about = {"names": (concept.removeprefix("3d:"),), "style": "flat"} | said
    return Entry(
        concept=concept,
        source="drawn",
        subject=Subject(**about),
        weight=weight,
        recoloured=recoloured,
    )


def batches(**options) -> Batches:
    """Red discs, one repainted blue, and a model that looks like a square."""
    pictures = np.stack([disc(), disc((40, 60, 220)), np.roll(disc(), 9, axis=1)])
    entries = [
        entry("disc", colour="red"),
        entry("disc", recoloured=True, colour="blue"),
        entry("3d:cube", style="model", view="side view"),
    ]
    return Batches(pictures, entries, image_size=16, **options)


def trainer(
    *, processes: int = 1, half: bool = False, batch: int = 4, learning_rate: float = 1e-3
) -> Trainer:
    """A run with networks of a few thousand weights."""
    config = TrainConfig(
        batch=batch,
        warmup_steps=2,
        half=half,
        processes=processes,
        learning_rate=learning_rate,
    )
    return Trainer(MODEL, config, all_words(CONCEPTS, ("red", "blue")))
