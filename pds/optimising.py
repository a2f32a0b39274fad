"""What the loops that move a scene's parameters share: the optimiser and the check of gradients."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pds.errors import NonFiniteGradient
from pds.scene import Scene


def make_optimizer(
    scene: Scene, *, strength: float, betas: tuple[float, float]
) -> torch.optim.Adam:
    """Adam over a scene's groups, each with its own rate.

    Args:
        scene: whose parameters move.
        strength: factor on all learning rates.
        betas: of Adam.
    """
    groups = [
        {"params": list(g.parameters), "lr": g.learning_rate * strength}
        for g in scene.parameter_groups()
    ]
    return torch.optim.Adam(groups, betas=betas)


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
