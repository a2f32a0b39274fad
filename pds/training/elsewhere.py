"""Train on the machine that a packed folder was carried to: ``python -m pds.training.elsewhere``.

That machine need not have what draws the training pictures, so nothing of it is imported here.
"""

import argparse
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from pds.base.errors import PDSError
from pds.training.ahead import Ahead
from pds.training.batches import read_batches
from pds.training.captions import trained_words
from pds.training.dataset import FOLDER, read_concepts
from pds.training.export import export
from pds.training.loop import train
from pds.training.model import ModelConfig
from pds.training.packing import TABLE, unpack, write_parts
from pds.training.train import TrainConfig, Trainer
from pds.training.words import WordTable

COOLDOWN_SHARE = 0.2
NO_LIMIT = 10**12
RATE, OTHER_RATE, WARMUP_STEPS = 2e-3, 1e-3, 200
"""For batches of 512, sixteen times those of the processor."""


def train_from_pack(
    folder: Path,
    out: Path,
    concepts: dict,
    *,
    model: ModelConfig,
    config: TrainConfig,
    minutes: float,
    planners: int,
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
        planners: processes that choose pictures and write captions, see `Ahead`.
        log: receives one line of text.

    Returns:
        The parts.
    """
    log(f"{unpack(folder)} pictures unpacked")
    batches = read_batches(folder, concepts, model.image_size)
    shutil.rmtree(folder / FOLDER)
    trainer = Trainer(model, config, trained_words(concepts), WordTable.load(folder / TABLE))
    batches.to(config.device)
    ahead = Ahead(
        batches, trainer.tokenizer, count=config.batch, processes=planners, seed=config.seed
    )
    log(f"{trainer.precision} on {config.device}, {len(trainer.words)} trained words")
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


def main(arguments: list[str] | None = None) -> int:
    """Run it; returns the exit code (2 where the user can mend it)."""
    parser = argparse.ArgumentParser(prog="python -m pds.training.elsewhere", description=__doc__)
    parser.add_argument("folder", type=Path, help="the packed folder")
    parser.add_argument("out", type=Path, help="where the weights' parts go")
    parser.add_argument("--minutes", type=float, required=True, help="of training")
    parser.add_argument("--batch", type=int, default=512, help="pictures a step")
    parser.add_argument("--device", default="cuda", help="cuda, or cpu to try it out")
    parser.add_argument("--planners", type=int, default=8, help="processes that plan batches")
    options = parser.parse_args(arguments)
    config = TrainConfig(
        batch=options.batch,
        device=options.device,
        learning_rate=RATE,
        other_rate=OTHER_RATE,
        warmup_steps=WARMUP_STEPS,
    )

    def log(line: str) -> None:
        print(time.strftime("%H:%M:%S"), line, flush=True)

    torch.backends.cudnn.benchmark = options.device != "cpu"
    try:
        parts = train_from_pack(
            options.folder,
            options.out,
            read_concepts(),
            model=ModelConfig(),
            config=config,
            minutes=options.minutes,
            planners=options.planners,
            log=log,
        )
    except PDSError as error:
        print(error, file=sys.stderr)
        return 2
    log(f"{len(parts)} parts; back home: python -m pds.training join {options.out} FOLDER")
    return 0


if __name__ == "__main__":
    sys.exit(main())
