"""Batches planned by other processes while the device computes.

Choosing pictures and writing captions is work for a processor; a GPU would wait for it.
"""

import multiprocessing
import queue
from multiprocessing.context import SpawnContext

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from pds.training.batches import Batches, Plan
from pds.training.errors import TrainingError
from pds.training.model import encode_prompts

DEPTH = 4
"""Batches that wait, for each process."""


class Planner:
    """What a planning process needs: batches without pixels, and the tokenizer.

    Args:
        batches: where pictures come from.
        tokenizer: of the prior.
        count: pictures in a batch.
    """

    def __init__(self, batches: Batches, tokenizer: PreTrainedTokenizerFast, count: int):
        self._batches, self._tokenizer, self._count = batches.without_pixels(), tokenizer, count

    def plan(self, rng: np.random.Generator) -> tuple[Plan, np.ndarray]:
        """One plan, and the token ids of its captions."""
        plan = self._batches.plan(self._count, rng)
        return plan, encode_prompts(self._tokenizer, plan.texts).numpy()


def _serve(planner: Planner, seed: int, ready, ended) -> None:
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    while not ended.is_set():
        found = planner.plan(rng)
        while not ended.is_set():
            try:
                ready.put(found, timeout=0.2)
                break
            except queue.Full:
                continue
    ready.cancel_join_thread()


class Ahead:
    """Draws like `Batches`, with token ids instead of captions, planned in other processes.

    Args:
        batches: where pictures come from, on the device that they are wanted on.
        tokenizer: of the prior.
        count: pictures in a batch.
        processes: how many plan; 0 plans at once, in this process.
        seed: of all chance.
        patience_s: how long a batch may take; longer means that the processes are gone.
    """

    def __init__(
        self,
        batches: Batches,
        tokenizer: PreTrainedTokenizerFast,
        *,
        count: int,
        processes: int,
        seed: int,
        patience_s: float = 300,
    ):
        self._batches, self._patience_s = batches, patience_s
        self._planner = Planner(batches, tokenizer, count)
        self._rng = np.random.default_rng(seed)
        context: SpawnContext = multiprocessing.get_context("spawn")
        self._ended, self._ready = context.Event(), context.Queue(DEPTH * max(1, processes))
        self._processes = [
            context.Process(
                target=_serve,
                args=(self._planner, seed + number, self._ready, self._ended),
                daemon=True,
            )
            for number in range(1, processes + 1)
        ]
        for process in self._processes:
            process.start()

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Images, token ids and concept numbers of the next batch; the arguments do not count.

        Raises:
            TrainingError: no batch came in time.
        """
        if not self._processes:
            plan, tokens = self._planner.plan(self._rng)
        else:
            try:
                plan, tokens = self._ready.get(timeout=self._patience_s)
            except queue.Empty as error:
                raise TrainingError("the processes that plan batches ended: start anew") from error
        return self._batches.show(plan), torch.from_numpy(tokens), torch.from_numpy(plan.labels)

    def close(self) -> None:
        """End the processes and wait for their end."""
        self._ended.set()
        for process in self._processes:
            process.join()
        self._ready.close()
        self._ready.cancel_join_thread()
