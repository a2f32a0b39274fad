"""The numbers of a training run in flat shared memory, and the optimiser that moves them.

Matrices move by Muon (orthogonalised momentum, Jordan et al., 2024, with the step size of Liu
et al., 2025, and the iteration of Amsel et al., 2025); everything else by Adam. Each of several
processes moves its own share.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_POLAR_STEPS = (
    (8.28721201814563, -23.595886519098837, 17.300387312530933),
    (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
    (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
    (3.3184196573706015, -2.488488024314874, 0.51004894012372),
)
_NOT_MATRICES = ("embedding", "conv_in", "conv_out")


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Step sizes of one update.

    Attributes:
        matrices: Muon's rate, in the units of Adam's.
        others: Adam's rate.
        decay: decoupled weight decay, relative to the rate.
        ema: decay of the running average at this step.
    """

    matrices: float
    others: float
    decay: float
    ema: float


class Weights:
    """Flat tensors that several processes can share.

    Args:
        net: gives shapes, names and initial values.
        kind: type of the working weights.
        halves: how many processes hand in gradients.
    """

    def __init__(self, net: nn.Module, *, kind: torch.dtype, halves: int):
        start = torch.cat([p.detach().float().flatten() for p in net.parameters()])
        self.tensors = {
            "masters": start.clone(),
            "ema": start.clone(),
            "momentum": torch.zeros_like(start),
            "square": torch.zeros_like(start),
            "working": start.to(kind),
            "gradients": torch.zeros(halves, len(start), dtype=kind),
        }
        for tensor in self.tensors.values():
            tensor.share_memory_()

    def state(self) -> dict[str, Tensor]:
        """What a checkpoint keeps."""
        return {name: self.tensors[name] for name in ("masters", "ema", "momentum", "square")}

    def load(self, state: dict[str, Tensor]) -> None:
        """Take over a checkpoint's tensors."""
        for name, tensor in state.items():
            self.tensors[name].copy_(tensor)
        self.tensors["working"].copy_(self.tensors["masters"])


class Slots:
    """Where each parameter of a network lies in the flat tensors.

    Args:
        net: the network; its parameters are made to read the shared working weights.
        tensors: `Weights.tensors`.
    """

    def __init__(self, net: nn.Module, tensors: dict[str, Tensor]):
        self._tensors = tensors
        self.params = list(net.parameters())
        self.names = [name for name, _ in net.named_parameters()]
        self._starts = [0]
        for param in self.params:
            self._starts.append(self._starts[-1] + param.numel())
        for number, param in enumerate(self.params):
            param.data = self.view("working", number)

    def view(self, name: str, number: int) -> Tensor:
        """One parameter's part of a flat tensor, in the parameter's shape."""
        part = self._tensors[name][..., self._starts[number] : self._starts[number + 1]]
        shape = self.params[number].shape
        return part.view(-1, *shape) if name == "gradients" else part.view(shape)

    def is_matrix(self, number: int) -> bool:
        """Whether Muon moves this parameter."""
        name = self.names[number]
        return self.params[number].ndim > 1 and not any(word in name for word in _NOT_MATRICES)

    def shares(self, count: int) -> list[list[int]]:
        """Deal the parameters out to `count` processes so that the work is even."""
        work = []
        for number, param in enumerate(self.params):
            rows = param.shape[0] if param.ndim else 1
            small = min(rows, param.numel() // max(rows, 1))
            work.append((param.numel() * (100 + small * self.is_matrix(number)), number))
        dealt: list[list[int]] = [[] for _ in range(count)]
        load = [0] * count
        for cost, number in sorted(work, reverse=True):
            least = load.index(min(load))
            dealt[least].append(number)
            load[least] += cost
        return dealt

    def hand_in(self, half: int) -> None:
        """Copy the gradients of the last backward pass to where all processes see them."""
        for number, param in enumerate(self.params):
            self.view("gradients", number)[half].copy_(param.grad)
            param.grad = None

    @torch.no_grad()
    def update(self, numbers: list[int], rates: Rates, step: int) -> None:
        """Move the named parameters by the mean of all gradients handed in.

        Args:
            numbers: which parameters.
            rates: step sizes.
            step: number of this step, from 1.
        """
        alike: dict[torch.Size, list[int]] = {}
        for number in numbers:
            if self.is_matrix(number):
                alike.setdefault(self.params[number].flatten(1).shape, []).append(number)
            else:
                momentum, square = self.view("momentum", number), self.view("square", number)
                move = adam_direction(self._gradient(number), momentum, square, step)
                self._move(number, move, rates.others, rates)
        for group in alike.values():
            self._update_matrices(group, rates)

    def _update_matrices(self, numbers: list[int], rates: Rates) -> None:
        """Move matrices of one shape, all in one: a GPU has little to do for a single one."""
        gradients = torch.stack([self._gradient(n).flatten(1) for n in numbers])
        momenta = torch.stack([self.view("momentum", n).flatten(1) for n in numbers])
        moves = muon_direction(gradients, momenta, self.params[numbers[0]].dtype)
        for number, move, momentum in zip(numbers, moves, momenta, strict=True):
            kept = self.view("momentum", number)
            kept.copy_(momentum.view_as(kept))
            self._move(number, move.view_as(kept), rates.matrices, rates)

    def _gradient(self, number: int) -> Tensor:
        return self.view("gradients", number).float().mean(0)

    def _move(self, number: int, move: Tensor, rate: float, rates: Rates) -> None:
        master = self.view("masters", number)
        master.mul_(1 - rate * rates.decay).sub_(move, alpha=rate)
        self.view("ema", number).lerp_(master, 1 - rates.ema)
        self.view("working", number).copy_(master)


def adam_direction(gradient: Tensor, momentum: Tensor, square: Tensor, step: int) -> Tensor:
    """Adam's step of unit size (Kingma & Ba, 2015); the two averages are updated in place."""
    momentum.lerp_(gradient, 0.1)
    square.lerp_(gradient.square(), 0.01)
    size = (square / (1 - 0.99**step)).sqrt_().add_(1e-8)
    return momentum / (1 - 0.9**step) / size


def muon_direction(gradient: Tensor, momentum: Tensor, kind: torch.dtype) -> Tensor:
    """The orthogonalised momentum, scaled to the size of an Adam step; updates `momentum`.

    Args:
        gradient: of matrices of one shape, float32 [... rows columns].
        momentum: running mean of the gradients.
        kind: type to multiply in, whichever is the faster.
    """
    momentum.lerp_(gradient, 0.05)
    looked_ahead = gradient.lerp(momentum, 0.95)
    scale = 0.2 * math.sqrt(max(looked_ahead.shape[-2:]))
    return scale * orthogonalise(looked_ahead, kind)


def orthogonalise(matrix: Tensor, kind: torch.dtype) -> Tensor:
    """Nearly the nearest orthogonal matrix: singular values go towards 1.

    Args:
        matrix: [... rows columns], not all zero.
        kind: type to multiply in.
    """
    wide = matrix.mT if matrix.shape[-2] > matrix.shape[-1] else matrix
    length = wide.norm(dim=(-2, -1), keepdim=True)
    x = (wide / (1.01 * length + 1e-7)).to(kind)
    for first, third, fifth in _POLAR_STEPS:
        square = x @ x.mT
        inner = third * square + fifth * (square @ square)
        x = first * x + inner @ x
    x = x.float()
    return x.mT if matrix.shape[-2] > matrix.shape[-1] else x
