"""The gradients that move a latent towards a prompt: PDS, DDS, SDS.

Pure functions: everything random is an argument, nothing is remembered. Each returns the gradient
with respect to the target latent, to be handed on as `target_latent.backward(gradient)`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.diffusion.prior import Embedding, Prior
from pds.diffusion.schedule import expand
from pds.settings.config import METHODS, check_choice


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A batch of target latents beside their sources.

    Attributes:
        target: latents of the present renderings.
        source: latents of the unedited asset from the same views.
        target_embedding, source_embedding: one row per latent.
    """

    target: Float[Tensor, "batch channels height width"]
    source: Float[Tensor, "batch channels height width"]
    target_embedding: Embedding
    source_embedding: Embedding


Gradient = Float[Tensor, "batch channels height width"]


def noise_difference(
    prior: Prior,
    pair: Pair,
    timestep: Int[Tensor, " batch"],
    noise: Float[Tensor, "batch channels height width"],
    guidance_scale: float,
) -> Gradient:
    """eps(x_t target, target prompt) - eps(x_t source, source prompt), same noise, one call."""
    latents = torch.cat([pair.target.detach(), pair.source])
    both = torch.cat([timestep, timestep])
    noisy = prior.schedule.add_noise(latents, torch.cat([noise, noise]), both)
    embedding = Embedding.cat([pair.target_embedding, pair.source_embedding])
    predicted = prior.predict_noise(noisy, both, embedding, guidance_scale)
    target, source = predicted.chunk(2)
    return target - source


def pds_gradient(
    prior: Prior,
    pair: Pair,
    timestep: Int[Tensor, " batch"],
    noise: Float[Tensor, "batch channels height width"],
    *,
    guidance_scale: float,
    identity_weight: float = 1.0,
    stride: int = 2,
) -> Gradient:
    """Posterior Distillation Sampling, Eq. 14: psi (x_tgt - x_src) + chi (eps_tgt - eps_src).

    Args:
        prior: the diffusion model.
        pair: target and source.
        timestep: from `stride` to T - 1.
        noise: standard normal, shared by target and source (Eq. 12).
        guidance_scale: classifier-free guidance, 1 = off.
        identity_weight: factor on psi; 1 = as published, 0 = weighted DDS.
        stride: see `NoiseSchedule.pds_weights`.
    """
    psi, chi = prior.schedule.pds_weights(timestep, stride)
    difference = noise_difference(prior, pair, timestep, noise, guidance_scale)
    identity = expand(psi, difference) * (pair.target.detach() - pair.source)
    return identity_weight * identity + expand(chi, difference) * difference


def dds_gradient(
    prior: Prior,
    pair: Pair,
    timestep: Int[Tensor, " batch"],
    noise: Float[Tensor, "batch channels height width"],
    *,
    guidance_scale: float,
    identity_weight: float = 1.0,
    stride: int = 2,
) -> Gradient:
    """Delta Denoising Score (Hertz, Aberman, Cohen-Or, ICCV 2023), Eq. 3, weight 1.

    `identity_weight` and `stride` have no meaning here and are accepted so that all methods are
    called alike.
    """
    return noise_difference(prior, pair, timestep, noise, guidance_scale)


def sds_gradient(
    prior: Prior,
    pair: Pair,
    timestep: Int[Tensor, " batch"],
    noise: Float[Tensor, "batch channels height width"],
    *,
    guidance_scale: float,
    identity_weight: float = 1.0,
    stride: int = 2,
) -> Gradient:
    """Score Distillation Sampling (Poole et al., ICLR 2023), Eq. 3, w(t) = 1 - abar_t.

    Knows no source; `identity_weight` and `stride` are accepted so that all are called alike.
    """
    noisy = prior.schedule.add_noise(pair.target.detach(), noise, timestep)
    predicted = prior.predict_noise(noisy, timestep, pair.target_embedding, guidance_scale)
    weight = 1 - prior.schedule.alpha_bar_at(timestep, noisy)
    return weight * (predicted - noise)


def gradient_of(method: str) -> Callable[..., Gradient]:
    """The gradient function of a method name.

    Raises:
        ConfigError: an unknown method; lists the known.
    """
    check_choice("method", method, METHODS)
    return {"pds": pds_gradient, "dds": dds_gradient, "sds": sds_gradient}[method]
