"""Batches prepared in a thread while the device computes."""

import queue
import threading

import numpy as np
from torch import Tensor

from pds.training.batches import Batches

DEPTH = 4


class Ahead:
    """Draws like `Batches`, some batches in advance; always the same number of pictures.

    Args:
        batches: where pictures come from.
        count: pictures in a batch.
        rng: source of chance; nobody else may draw from it.
    """

    def __init__(self, batches: Batches, count: int, rng: np.random.Generator):
        self._batches, self._count, self._rng = batches, count, rng
        self._ready: queue.Queue = queue.Queue(DEPTH)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._fill, daemon=True)
        self._thread.start()

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Tensor, list[str], Tensor]:
        """The next batch; both arguments are those given at the start."""
        return self._ready.get()

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        while self._thread.is_alive():
            try:
                self._ready.get(timeout=0.01)
            except queue.Empty:
                continue

    def _fill(self) -> None:
        while not self._ended.is_set():
            self._ready.put(self._batches.draw(self._count, self._rng))
