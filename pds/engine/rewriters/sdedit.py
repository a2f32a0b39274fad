"""SDEdit as a rewriter: the refinement stage of the paper."""

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import ConfigError
from pds.diffusion.prior import Prior
from pds.diffusion.sdedit import sdedit
from pds.engine.rewriters.rewriter import Rewriter, Wording
from pds.settings import number, whole


class SDEdit(Rewriter):
    """Noise is added to the rendering and removed again (Meng et al. 2022), section 5 of PDS.

    Attributes:
        noise_low, noise_high: where it starts, as fractions of the schedule, within (0, 1); drawn
            anew for every picture.
        sdedit_steps: denoising steps of a whole schedule, 1 to 1000.
        guidance_scale: classifier-free guidance, 1 = off, up to 200.
    """

    key: ClassVar[str] = "sdedit"
    label: ClassVar[str] = "SDEdit"
    paper: ClassVar[str] = "Meng et al., ICLR 2022"

    noise_low: float = number(
        0.1,
        0.01,
        0.99,
        label="Least noise",
        help="least noise to start from, as a fraction",
        flag="--noise-low",
        step=0.01,
    )
    noise_high: float = number(
        0.2,
        0.01,
        0.99,
        label="Most noise",
        help="most noise to start from, as a fraction",
        flag="--noise-high",
        step=0.01,
    )
    sdedit_steps: int = whole(
        20,
        1,
        1000,
        label="Denoising steps",
        help="denoising steps of a whole schedule",
        flag="--sdedit-steps",
    )
    guidance_scale: float = number(
        15.0,
        1,
        200,
        label="Guidance of the refinement",
        help="pull of the words; 1 is off",
        flag="--guidance",
        step=0.5,
    )

    def model_post_init(self, context: object) -> None:
        """Checks what concerns two settings at once."""
        if self.noise_low > self.noise_high:
            raise ConfigError("noise_low is above noise_high; swap them.")

    def rewrite(
        self,
        prior: Prior,
        image: Float[Tensor, "1 3 size size"],
        source: Float[Tensor, "1 3 size size"],
        wording: Wording,
        *,
        generator: torch.Generator,
    ) -> Float[Tensor, "1 3 size size"]:
        chance = torch.rand((), generator=generator).item()
        latent = sdedit(
            prior,
            prior.encode(image),
            wording.target,
            start=self.noise_low + (self.noise_high - self.noise_low) * chance,
            steps=self.sdedit_steps,
            guidance_scale=self.guidance_scale,
            generator=generator,
        )
        return prior.decode(latent)
