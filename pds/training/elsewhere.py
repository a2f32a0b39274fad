"""What runs on the machine that a packed folder was carried to."""

import shutil
from collections.abc import Callable
from pathlib import Path

from pds.training.ahead import Ahead
from pds.training.building import read_batches
from pds.training.captions import all_words
from pds.training.colours import PALETTE
from pds.training.dataset import FOLDER
from pds.training.export import export
from pds.training.loop import train
from pds.training.model import ModelConfig
from pds.training.packing import TABLE, unpack, write_parts
from pds.training.sources import read_sources
from pds.training.train import TrainConfig, Trainer
from pds.training.words import WordTable

COOLDOWN_SHARE = 0.2
NO_LIMIT = 10**12


def trained_words(concepts: dict) -> list[str]:
    """Every word that captions of the training sets can hold."""
    designs = tuple(source.design for source in read_sources("training"))
    return all_words(concepts, tuple(PALETTE), designs)


def train_from_pack(
    folder: Path,
    out: Path,
    concepts: dict,
    *,
    model: ModelConfig,
    config: TrainConfig,
    minutes: float,
    log: Callable[[str], None] = print,
) -> list[Path]:
    """Train from scratch for some minutes, and leave the exported prior in parts.

    Args:
        folder: what `packing.pack` wrote.
        out: where the parts go.
        concepts: the concept list.
        model: sizes of the networks.
        config: how to train, and on which device.
        minutes: how long, unpacking not counted; the rates fall to 0 over the last fifth.
        log: receives one line of text.

    Returns:
        The parts.
    """
    log(f"{unpack(folder)} pictures unpacked")
    batches = read_batches(folder, concepts, model.image_size, device=config.device)
    shutil.rmtree(folder / FOLDER)
    trainer = Trainer(model, config, trained_words(concepts), WordTable.load(folder / TABLE))
    ahead = Ahead(batches, config.batch, trainer.rng)
    try:
        train(
            trainer,
            ahead,
            None,
            until_seen=NO_LIMIT,
            seconds=60 * minutes,
            cooldown_seconds=60 * minutes * COOLDOWN_SHARE,
            log=log,
        )
    finally:
        ahead.close()
        trainer.close()
    export(trainer, concepts, folder / "exported")
    log(f"{trainer.seen} pictures seen in {trainer.step} steps")
    return write_parts(folder / "exported", out)
