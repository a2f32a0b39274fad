"""What the engine edits: anything drawn differentiably from parameters."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from pds.engine.coupling import Coupling


@dataclass(frozen=True, kw_only=True)
class ParameterGroup:
    """Leaf tensors that share a learning rate.

    Attributes:
        name: what they are, e.g. `points`, `colors`, `density`.
        parameters: leaf tensors with `requires_grad`.
        learning_rate: Adam step in the parameters' own units (what measures points in
            canvas sides converts thousandths of the canvas itself).
        coupling: how the rows of each tensor hang together, or None: each number for itself.
    """

    name: str
    parameters: tuple[Tensor, ...]
    learning_rate: float
    coupling: Coupling | None = None


@dataclass(frozen=True, kw_only=True)
class View:
    """One way to look at what moves.

    Attributes:
        index: number of the view among the fixed views, or -1 for a free one.
        words: appended to the prompts, e.g. "front view"; empty if there is no front.
        camera: whatever is needed to draw it; None for a flat drawing.
    """

    index: int = 0
    words: str = ""
    camera: Any = None


class ParametricImage(ABC):
    """Parameters, how to draw them, and the views to draw from: x0 = g(theta) of the paper.

    It is the only thing in a run that knows whether it is a drawing or a radiance field.
    """

    @abstractmethod
    def parameter_groups(self) -> list[ParameterGroup]:
        """The parameters that may move, with their learning rates. Locked ones are left out."""

    @abstractmethod
    def views(self) -> Sequence[View]:
        """The fixed views, at least one."""

    @abstractmethod
    def render(self, view: View) -> Float[Tensor, "1 3 height width"]:
        """Draws the present parameters: sRGB in [0, 1] on white, differentiable and pure."""

    @abstractmethod
    def source(self, view: View) -> Float[Tensor, "1 3 height width"]:
        """The unedited asset from the same view and at the same size, without gradient."""

    @abstractmethod
    def project(self) -> None:
        """Brings the parameters back into their range, after an optimiser step."""

    def regulariser(self) -> Tensor | None:
        """A scalar added to the loss whose gradient is taken with the step's, or None."""
        return None


class Pixels(ParametricImage):
    """A plain picture whose pixels are the parameters: the simplest case.

    Args:
        image: the source, sRGB in [0, 1].
        learning_rate: Adam step of a pixel, in units of its range [0, 1].
    """

    def __init__(self, image: Float[Tensor, "1 3 height width"], *, learning_rate: float = 0.02):
        self._source = image.detach().clone()
        self.pixels = image.detach().clone().requires_grad_()
        self.learning_rate = learning_rate

    def parameter_groups(self) -> list[ParameterGroup]:
        """The pixels."""
        return [
            ParameterGroup(
                name="pixels", parameters=(self.pixels,), learning_rate=self.learning_rate
            )
        ]

    def views(self) -> Sequence[View]:
        """One flat view."""
        return (View(),)

    def render(self, view: View) -> Float[Tensor, "1 3 height width"]:
        """The picture as it is now."""
        return self.pixels * 1

    def source(self, view: View) -> Float[Tensor, "1 3 height width"]:
        """The picture as it was given."""
        return self._source

    @torch.no_grad()
    def project(self) -> None:
        """Clamps to [0, 1]."""
        self.pixels.clamp_(0, 1)
