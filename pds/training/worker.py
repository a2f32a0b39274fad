"""A second process that computes its half of every step on its own core.

Two processes of one thread each, which meet twice a step, lose far less on a busy machine
than two threads that meet at every operation.
"""

from multiprocessing.connection import Connection

import torch
from torch import Tensor, multiprocessing

from pds.training.model import ModelConfig, Prior
from pds.training.weights import Rates, Slots


def half_step(net: Prior, slots: Slots, half: int, batch: tuple[Tensor, ...]) -> float:
    """Forward and backward of one half of a batch; its gradients are handed in.

    Args:
        net: the network with the working weights.
        slots: its parameters' places.
        half: number of this half.
        batch: noisy latents, timesteps, token ids, wanted v, loss weights.

    Returns:
        The mean weighted loss of this half.
    """
    noisy, timestep, tokens, wanted, weight = batch
    layout = torch.channels_last if noisy.is_cuda else torch.contiguous_format
    noisy = noisy.to(slots.params[0].dtype, memory_format=layout)
    found = net(noisy, timestep, tokens).float()
    loss = (weight * (found - wanted).square()).mean()
    loss.backward()
    slots.hand_in(half)
    return loss.item()


def _serve(wire: Connection, config: ModelConfig, tensors: dict[str, Tensor], half: int) -> None:
    torch.set_num_threads(1)
    net = Prior(config, tensors["rows"])
    slots = Slots(net, tensors)
    mine = slots.shares(len(tensors["gradients"]))[half]
    try:
        while (order := wire.recv()) is not None:
            if isinstance(order[0], Rates):
                slots.update(mine, *order)
                wire.send(None)
            else:
                wire.send(half_step(net, slots, half, tuple(map(torch.from_numpy, order))))
    except (EOFError, BrokenPipeError):
        return  # the run was ended from outside


class Worker:
    """The other process: send it work, then collect the answer.

    Args:
        config: sizes of the networks.
        tensors: the shared flat tensors.
        half: number of the half that it computes.
    """

    def __init__(self, config: ModelConfig, tensors: dict[str, Tensor], half: int):
        context = multiprocessing.get_context("spawn")
        self._wire, other = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(other, config, tensors, half), daemon=True
        )
        self._process.start()

    def send_batch(self, batch: tuple[Tensor, ...]) -> None:
        """Start forward and backward of a half batch."""
        self._wire.send(tuple(part.numpy() for part in batch))

    def send_update(self, rates: Rates, step: int) -> None:
        """Start moving this process's share of the weights."""
        self._wire.send((rates, step))

    def collect(self) -> float | None:
        """Wait for the answer: the loss of a half batch, or None for an update."""
        return self._wire.recv()

    def close(self) -> None:
        """End the process and wait for its end."""
        self._wire.send(None)
        self._process.join()
