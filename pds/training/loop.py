"""The training loop: how long, how fast, when to log and to checkpoint."""

import math
import shutil
import time
from pathlib import Path

from pds.training.ahead import Ahead
from pds.training.batches import Batches
from pds.training.train import Trainer


def train(
    trainer: Trainer,
    batches: Batches | Ahead,
    checkpoint: Path | None,
    *,
    until_seen: int,
    seconds: float = math.inf,
    cooldown_seconds: float = 0.0,
    every_seconds: float = 600,
    every_steps: int = 50,
    copies: Path | None = None,
    log=print,
    clock=time.monotonic,
) -> None:
    """Train until so many pictures were seen; log, and checkpoint now and then and at the end.

    Args:
        trainer: the run.
        batches: where pictures come from.
        checkpoint: file to write, or None.
        until_seen: pictures seen at the end, counted from the run's start.
        seconds: end earlier, after so much time.
        cooldown_seconds: over the last so many of `seconds` the rates fall to 0 in a straight
            line; what constant rates leave undone in noise then settles.
        every_seconds: time between two checkpoints.
        every_steps: steps between two lines of the log.
        copies: folder that keeps the newest checkpoint as well; made if need be.
        log: receives one line of text.
        clock: seconds, for the speed and the checkpoints.
    """
    cools = cooldown_seconds > 0
    begun = saved = started = clock()
    losses: list[float] = []
    while trainer.seen < until_seen and (left := seconds - (clock() - begun)) > 0:
        done = trainer.train_step(batches, min(1.0, left / cooldown_seconds) if cools else 1.0)
        losses.append(done.loss)
        if done.step % every_steps == 0:
            now = clock()
            speed = len(losses) * trainer.config.batch / max(now - started, 1e-9)
            loss = sum(losses) / len(losses)
            trainer.history.append((done.step, done.seen, loss))
            log(f"step {done.step} seen {done.seen} loss {loss:.4f} {speed:.1f} pictures/s")
            losses, started = [], now
        if clock() - saved > every_seconds:
            _save(trainer, checkpoint, copies)
            saved = clock()
    _save(trainer, checkpoint, copies)


def _save(trainer: Trainer, checkpoint: Path | None, copies: Path | None) -> None:
    if checkpoint is None:
        return
    trainer.save(checkpoint)
    if copies is not None:
        copies.mkdir(parents=True, exist_ok=True)
        partial = copies / f"{checkpoint.name}.part"
        shutil.copyfile(checkpoint, partial)
        partial.replace(copies / checkpoint.name)
