"""SDEdit (Meng et al. 2022): a picture made more like the words by adding noise and removing it."""

import itertools

import torch
from jaxtyping import Float
from torch import Tensor

from pds.diffusion.prior import Embedding, Prior


@torch.no_grad()
def sdedit(
    prior: Prior,
    latent: Float[Tensor, "batch channels h w"],
    embedding: Embedding,
    *,
    start: float,
    steps: int,
    guidance_scale: float,
    generator: torch.Generator,
) -> Float[Tensor, "batch channels h w"]:
    """Adds noise up to a timestep, then denoises by deterministic DDIM (Song et al. 2021).

    Args:
        prior: the frozen diffusion model.
        latent: of the picture.
        embedding: one row of words a picture.
        start: where to begin, as a fraction of the schedule: 0 changes nothing, 1 everything.
        steps: denoising steps of a whole schedule; the share `start` of them is taken, at least 1.
        guidance_scale: classifier-free guidance, 1 = off.
        generator: of the noise, on the CPU.

    Returns:
        The latent of the new picture.
    """
    first = min(prior.schedule.last, round(start * (prior.schedule.length - 1)))
    taken = max(1, round(start * steps))
    timesteps = torch.linspace(first, 0, taken + 1).round().long()
    noise = torch.randn(latent.shape, generator=generator, dtype=torch.float32).to(latent)
    noisy = prior.schedule.add_noise(latent, noise, timesteps[:1].repeat(len(latent)))
    for here, after in itertools.pairwise(timesteps):
        now = here.repeat(len(latent))
        found = prior.predict_noise(noisy, now.to(prior.device), embedding, guidance_scale)
        clean = prior.schedule.predict_x0(noisy, found, now)
        if after == 0:
            return clean
        noisy = prior.schedule.add_noise(clean, found, after.repeat(len(latent)))
    return noisy
