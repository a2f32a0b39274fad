"""Score Distillation Sampling (Poole, Jain, Barron, Mildenhall, ICLR 2023)."""

from typing import ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from pds.diffusion.prior import Prior
from pds.engine.methods.method import Method
from pds.engine.methods.pair import Gradient, Pair


class SDS(Method):
    """Eq. 3 with w(t) = 1 - abar_t: (1 - abar_t) (eps_tgt - noise). Knows no source."""

    key: ClassVar[str] = "sds"
    label: ClassVar[str] = "SDS · ignores the source"
    paper: ClassVar[str] = "Poole, Jain, Barron, Mildenhall, ICLR 2023"

    def gradient(
        self,
        prior: Prior,
        pair: Pair,
        timestep: Int[Tensor, " batch"],
        noise: Float[Tensor, "batch channels height width"],
        *,
        guidance_scale: float | None = None,
    ) -> Gradient:
        scale = self.guidance_scale if guidance_scale is None else guidance_scale
        noisy = prior.schedule.add_noise(pair.target.detach(), noise, timestep)
        predicted = prior.predict_noise(noisy, timestep, pair.target_embedding, scale)
        weight = 1 - prior.schedule.alpha_bar_at(timestep, noisy)
        return weight * (predicted - noise)
