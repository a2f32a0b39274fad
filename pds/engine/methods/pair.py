"""What the gradients of all methods are made of: latents in pairs, and differences of noise."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.diffusion.prior import Embedding, Prior

Gradient = Float[Tensor, "batch channels height width"]


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
