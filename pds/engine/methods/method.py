"""What the distillation loop asks of a method."""

import math
from abc import ABC, abstractmethod
from typing import ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from pds.diffusion.prior import Prior
from pds.engine.methods.pair import Gradient, Pair
from pds.settings import Settings, number


class Method(Settings, ABC):
    """A gradient at the latent, with the settings that it has.

    Methods are frozen values: everything random is an argument, nothing is remembered. A new one
    is a file in this folder and a line in its registry.

    Attributes:
        key: its name in recipes and options.
        label: its name on the page.
        paper: where it is from.
        guidance_scale: classifier-free guidance, 1 = off, up to 200.
        guidance_end: guidance of the last step, to which the guidance moves by equal factors;
            0 = constant, as published. Strong words give a new shape early, weak ones let the
            colours come right late.
    """

    title: ClassVar[str] = "the method"
    key: ClassVar[str]
    label: ClassVar[str]
    paper: ClassVar[str]

    guidance_scale: float = number(
        8.0,
        1,
        200,
        label="Guidance",
        help="pull of the words; 1 is off",
        flag="--guidance",
        step=0.5,
        slider=60,
    )
    guidance_end: float = number(
        0.0,
        1,
        200,
        label="Guidance at the end",
        help="guidance of the last step; a low one lets colours come right",
        flag="--guidance-end",
        step=0.5,
        zero="constant",
    )

    @abstractmethod
    def gradient(
        self,
        prior: Prior,
        pair: Pair,
        timestep: Int[Tensor, " batch"],
        noise: Float[Tensor, "batch channels height width"],
        *,
        guidance_scale: float | None = None,
    ) -> Gradient:
        """The gradient with respect to the target latent, for `latent.backward(gradient)`.

        Args:
            prior: the diffusion model.
            pair: target and source.
            timestep: from `least_timestep` to T - 1.
            noise: standard normal, shared by target and source where there are both (Eq. 12).
            guidance_scale: of this step; by default the method's own.
        """

    @property
    def least_timestep(self) -> int:
        """The smallest timestep at which the gradient exists."""
        return 1

    def guidance_at(self, index: int, total: int) -> float:
        """The guidance scale of step `index` (from 0) of `total`."""
        if self.guidance_end == 0:
            return self.guidance_scale
        share = index / max(1, total - 1)
        return math.pow(self.guidance_scale, 1 - share) * math.pow(self.guidance_end, share)
