"""Edit-friendly DDPM inversion (Huberman-Spiegelglas, Kulikov, Michaeli, CVPR 2024).

A picture is turned into the noises with which the model, on its way down its own chain, makes it
again.
The noises of ordinary inversion agree from step to step; here every x_t is drawn with a noise of
its own, so that the extracted ones carry the picture and hold it while other words are read.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.base.errors import ConfigError
from pds.diffusion.prior import Embedding, Prior
from pds.diffusion.schedule import NoiseSchedule

# The first timestep of a chain, as Stable Diffusion's own schedulers have it: at 0 the step down
# has no noise left, and the picture would not come back exactly.
OFFSET = 1


@dataclass(frozen=True, kw_only=True)
class NoiseSpace:
    """A picture as a start and the noises on the way down from there.

    Attributes:
        timesteps: where the chain stands, from high to low.
        start: x_t at the first of them.
        noises: of every step down, in the order of the timesteps.
        stride: distance of the timesteps.
    """

    timesteps: Int[Tensor, " taken"]
    start: Float[Tensor, "batch channels h w"]
    noises: Float[Tensor, "taken batch channels h w"]
    stride: int


def chain(schedule: NoiseSchedule, steps: int) -> Int[Tensor, " steps"]:
    """Timesteps of a whole chain from high to low, at equal distances ("leading").

    Raises:
        ConfigError: fewer than 1 step, or more than every second timestep of the schedule.
    """
    most = schedule.length // 2
    if not 1 <= steps <= most:
        raise ConfigError(f"steps is {steps}; it must be a whole number from 1 to {most}.")
    stride = schedule.length // steps
    return (torch.arange(steps) * stride + OFFSET).flip(0).clamp(max=schedule.last)


@torch.no_grad()
def invert(
    prior: Prior,
    latent: Float[Tensor, "batch channels h w"],
    embedding: Embedding,
    *,
    start: float,
    steps: int,
    guidance_scale: float,
    generator: torch.Generator,
) -> NoiseSpace:
    """The noises that make the picture again, given the same words and guidance.

    Args:
        prior: the frozen diffusion model.
        latent: x_0 of the picture.
        embedding: one row of words a picture, of what it shows.
        start: where the chain begins, as a fraction of it: small keeps more of the picture.
        steps: of a whole chain; the share `start` of them is taken, at least 1.
        guidance_scale: while the noises are found, 1 = off.
        generator: of the noises, on the CPU.

    Raises:
        ConfigError: more steps than the schedule has room for.
    """
    timesteps = chain(prior.schedule, steps)[-max(1, round(start * steps)) :]
    stride = prior.schedule.length // steps
    # From the lowest noise up; every x_t with a noise of its own is what makes it edit-friendly.
    states = [latent]
    for timestep in timesteps.flip(0):
        noise = torch.randn(latent.shape, generator=generator, dtype=torch.float32).to(latent)
        states.append(prior.schedule.add_noise(latent, noise, timestep.repeat(len(latent))))
    noises = []
    for index, timestep in enumerate(timesteps):
        place = len(timesteps) - index
        mean, sigma = _step_down(prior, states[place], embedding, timestep, stride, guidance_scale)
        noise = (states[place - 1] - mean) / sigma
        noises.append(noise)
        states[place - 1] = mean + sigma * noise  # as it will be made, rounding included
    return NoiseSpace(
        timesteps=timesteps, start=states[-1], noises=torch.stack(noises), stride=stride
    )


@torch.no_grad()
def regenerate(
    prior: Prior, space: NoiseSpace, embedding: Embedding, *, guidance_scale: float
) -> Float[Tensor, "batch channels h w"]:
    """Walks down the chain with the picture's own noises, reading other words.

    Args:
        prior: the frozen diffusion model.
        space: of the picture.
        embedding: one row of words a picture, of what it should show.
        guidance_scale: classifier-free guidance, 1 = off.

    Returns:
        x_0 of the new picture; of the old one if words and guidance are those of `invert`.
    """
    state = space.start
    for timestep, noise in zip(space.timesteps, space.noises, strict=True):
        mean, sigma = _step_down(prior, state, embedding, timestep, space.stride, guidance_scale)
        state = mean + sigma * noise
    return state


def _step_down(
    prior: Prior,
    state: Tensor,
    embedding: Embedding,
    timestep: Tensor,
    stride: int,
    guidance_scale: float,
) -> tuple[Tensor, Tensor]:
    """Mean and sigma of x_{t - stride} given x_t: DDIM with eta = 1 (Song et al. 2021, Eq. 12)."""
    schedule, here = prior.schedule, timestep.repeat(len(state))
    predicted = prior.predict_noise(state, here.to(prior.device), embedding, guidance_scale)
    now = schedule.alpha_bar_at(here, state)
    # Below the chain's end stands the schedule's own end, abar_0.
    before = schedule.alpha_bar_at((here - stride).clamp(min=0), state)
    variance = (1 - before) / (1 - now) * (1 - now / before)
    clean = schedule.predict_x0(state, predicted, here)
    mean = before.sqrt() * clean + (1 - before - variance).sqrt() * predicted
    return mean, variance.sqrt()
