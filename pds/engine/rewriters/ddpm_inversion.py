"""DDPM inversion as a rewriter: the 2-D editor of Inversion2NeRF."""

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from pds.diffusion.ddpm_inversion import invert, regenerate
from pds.diffusion.prior import Prior
from pds.engine.rewriters.rewriter import Rewriter, Wording
from pds.settings import number, whole


class DDPMInversion(Rewriter):
    """The source's own noises are found, and the picture made again with the target's words.

    As published for Stable Diffusion: 100 steps of which 64 are taken, guidance 3.5 and 15
    (Huberman-Spiegelglas et al., section 4). It reads the source, not the present rendering, as
    Instruct-NeRF2NeRF does: what comes out stays near the source however often it is made.

    Attributes:
        start: share of the chain that is walked, within (0, 1): small keeps more of the source.
        inversion_steps: steps of a whole chain, 1 to 500.
        source_guidance: guidance while the noises are found, 1 = off, up to 200.
        guidance_scale: guidance while the picture is made again, 1 = off, up to 200.
    """

    key: ClassVar[str] = "ddpm-inversion"
    label: ClassVar[str] = "DDPM inversion"
    paper: ClassVar[str] = "Huberman-Spiegelglas, Kulikov, Michaeli, CVPR 2024"

    start: float = number(
        0.64,
        0.01,
        1.0,
        label="Share of the chain",
        help="share of the chain that is walked; small keeps more of the source",
        flag="--start",
        step=0.01,
    )
    inversion_steps: int = whole(
        50,
        1,
        500,
        label="Steps of the inversion",
        help="steps of a whole chain",
        flag="--inversion-steps",
    )
    source_guidance: float = number(
        3.5,
        1,
        200,
        label="Guidance of the inversion",
        help="pull of the source's words while the noises are found",
        flag="--source-guidance",
        step=0.5,
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

    def rewrite(
        self,
        prior: Prior,
        image: Float[Tensor, "1 3 size size"],
        source: Float[Tensor, "1 3 size size"],
        wording: Wording,
        *,
        generator: torch.Generator,
    ) -> Float[Tensor, "1 3 size size"]:
        space = invert(
            prior,
            prior.encode(source),
            wording.source,
            start=self.start,
            steps=self.inversion_steps,
            guidance_scale=self.source_guidance,
            generator=generator,
        )
        latent = regenerate(prior, space, wording.target, guidance_scale=self.guidance_scale)
        return prior.decode(latent)
