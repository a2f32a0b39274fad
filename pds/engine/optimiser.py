"""What the loops that move parameters share: the optimiser and the check of gradients."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from pds.base.errors import NonFiniteGradient
from pds.engine.parametric import ParametricImage

_EPSILON = 1e-8


class CoupledAdam(torch.optim.Optimizer):
    """Adam (Kingma & Ba, 2015) whose rows may hang together, see `pds.engine.coupling.Coupling`.

    Args:
        moving: whose parameter groups move.
        strength: factor on all learning rates.
        betas: decay of the two running averages.
    """

    def __init__(self, moving: ParametricImage, *, strength: float, betas: tuple[float, float]):
        groups = [
            {
                "params": list(g.parameters),
                "lr": g.learning_rate * strength,
                "first_rate": g.learning_rate * strength,
                "coupling": g.coupling,
            }
            for g in moving.parameter_groups()
        ]
        super().__init__(groups, {"betas": betas})

    def slow_down(self, factor: float) -> None:
        """Takes steps of this share of the full size from now on."""
        for group in self.param_groups:
            group["lr"] = factor * group["first_rate"]

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]  # nothing to evaluate anew
        """Moves every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group)

    def _move(self, parameter: Tensor, group: dict[str, Any]) -> None:
        coupling, (beta1, beta2) = group["coupling"], group["betas"]
        state = self.state[parameter]
        if not state:
            state["taken"] = 0
            state["mean"] = torch.zeros_like(parameter)
            state["square"] = torch.zeros_like(parameter)
        state["taken"] += 1
        gradient = parameter.grad if coupling is None else coupling.spread(parameter.grad)
        state["mean"].lerp_(gradient, 1 - beta1)
        state["square"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        square = state["square"] if coupling is None else coupling.pooled(state["square"])
        size = square.div(1 - beta2 ** state["taken"]).sqrt_().add_(_EPSILON)
        rate = group["lr"] / (1 - beta1 ** state["taken"])
        if coupling is None:
            parameter.addcdiv_(state["mean"], size, value=-rate)
        else:
            parameter.sub_(coupling.spread(state["mean"] / size), alpha=rate)


def parameters_of(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    """All parameters that an optimiser moves."""
    return [p for group in optimizer.param_groups for p in group["params"]]


def gradients_are_finite(parameters: Sequence[Tensor]) -> bool:
    """Whether no gradient that is there holds NaN or infinity."""
    return all(bool(torch.isfinite(p.grad).all()) for p in parameters if p.grad is not None)


def check_finite(fine: bool, index: int) -> None:
    """Raises NonFiniteGradient with the step's index unless `fine`."""
    if not fine:
        raise NonFiniteGradient(
            f"The gradient became infinite or NaN at step {index + 1}; the result before it "
            "is kept. Lower the strength or the guidance.",
            step=index,
        )
