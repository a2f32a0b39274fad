"""Posterior Distillation Sampling (Koo, Park, Sung, CVPR 2024)."""

from typing import ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from pds.diffusion.prior import Prior
from pds.diffusion.schedule import expand
from pds.engine.methods.method import Method
from pds.engine.methods.pair import Gradient, Pair, noise_difference
from pds.settings import number, whole


class PDS(Method):
    """Eq. 14: psi (x_tgt - x_src) + chi (eps_tgt - eps_src).

    Attributes:
        identity_weight: factor on psi: 1 = as published, 0 = weighted DDS, up to 10.
        stride: how far apart t and the previous timestep are taken, see
            `NoiseSchedule.pds_weights`; 2 = the published weights.
    """

    key: ClassVar[str] = "pds"
    label: ClassVar[str] = "PDS · keeps identity"
    paper: ClassVar[str] = "Koo, Park, Sung, CVPR 2024"

    identity_weight: float = number(
        0.1,
        0,
        10,
        label="Keep identity",
        help="higher stays closer to the source; 1 is the published balance",
        flag="--identity",
        level="main",
        step=0.01,
        slider=1,
    )
    stride: int = whole(
        2,
        1,
        100,
        label="Stride of noise levels",
        help="distance of the two timesteps of PDS; 2 as published",
        flag="--stride",
    )

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
        psi, chi = prior.schedule.pds_weights(timestep, self.stride)
        difference = noise_difference(prior, pair, timestep, noise, scale)
        identity = expand(psi, difference) * (pair.target.detach() - pair.source)
        return self.identity_weight * identity + expand(chi, difference) * difference

    @property
    def least_timestep(self) -> int:
        return self.stride
