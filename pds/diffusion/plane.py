"""A diffusion model of points in the plane, trained in seconds: the paper's Figure 3 in small."""

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from pds.base.errors import PromptError
from pds.diffusion.prior import Embedding, Prior, guided
from pds.diffusion.schedule import NoiseSchedule

WIDTH = 96
WAVES = 8
BATCH = 512
DROPPED = 0.1  # share of prompts left out in training, for guidance
RATE = 3e-3


class PlaneNet(nn.Module):
    """Noise in a noised point, given the timestep and which prompt it belongs to.

    Args:
        prompts: how many there are, the empty one not counted.
        length: of the noise schedule.
    """

    def __init__(self, prompts: int, length: int):
        super().__init__()
        self.length = length
        self.words = nn.Embedding(prompts + 1, WIDTH)
        self.place = nn.Linear(2, WIDTH)
        self.time = nn.Linear(2 * WAVES, WIDTH)
        self.body = nn.Sequential(
            nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU()
        )
        self.out = nn.Linear(WIDTH, 2)

    def forward(
        self,
        points: Float[Tensor, "batch 2"],
        timestep: Int[Tensor, " batch"],
        prompt: Int[Tensor, " batch"],
    ) -> Float[Tensor, "batch 2"]:
        """The noise; prompt 0 is the empty one."""
        share = timestep.to(points) / self.length
        angles = share[:, None] * math.pi * 2 ** torch.arange(WAVES).to(points) / 4
        time = self.time(torch.cat([angles.sin(), angles.cos()], 1))
        noise: Tensor = self.out(self.body(self.place(points) + time + self.words(prompt)))
        return noise


class PlanePrior(Prior):
    """A trained `PlaneNet` as a prior; a point [x, y] is a latent of shape [2 1 1].

    Args:
        net: trained by `train_plane_prior`.
        prompts: in the order of the net's words.
        schedule: that it was trained with.
    """

    def __init__(self, net: PlaneNet, prompts: tuple[str, ...], schedule: NoiseSchedule):
        self.name = "plane"
        self.net = net.requires_grad_(False).eval()
        self.prompts = ("", *prompts)
        self.schedule = schedule
        self.image_size = 1
        self.device = torch.device("cpu")
        self.dtype = torch.float32

    def embed(self, prompts: list[str]) -> Embedding:
        """Numbers of prompts as 1 x 1 embeddings; an unknown one raises PromptError."""
        unknown = [prompt for prompt in prompts if prompt not in self.prompts]
        if unknown:
            raise PromptError(f"Unknown prompts {unknown}; known are {list(self.prompts)}.")
        rows = torch.tensor([float(self.prompts.index(prompt)) for prompt in prompts])
        rows = rows.view(-1, 1, 1)
        return Embedding(conditional=rows, unconditional=torch.zeros_like(rows))

    @torch.no_grad()
    def predict_noise(
        self,
        noisy: Float[Tensor, "batch channels height width"],
        timestep: Int[Tensor, " batch"],
        embedding: Embedding,
        guidance_scale: float,
    ) -> Float[Tensor, "batch channels height width"]:
        """The network's prediction with and without the prompt, in one call, guided."""
        points = noisy.flatten(1).repeat(2, 1)
        rows = torch.cat([embedding.conditional, embedding.unconditional]).flatten().long()
        found = self.net(points, timestep.repeat(2), rows)[..., None, None]
        conditional, unconditional = found.chunk(2)
        return guided(conditional, unconditional, guidance_scale)

    def encode(
        self, image: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch channels height width"]:
        """The points themselves."""
        return image.to(self.dtype)

    def decode(
        self, latent: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch channels height width"]:
        """The points themselves."""
        return latent


def train_plane_prior(
    samples: Mapping[str, Float[Tensor, "_ 2"]],
    *,
    schedule: NoiseSchedule,
    steps: int = 2000,
    generator: torch.Generator,
) -> PlanePrior:
    """Trains a net on points, each set under its prompt, to tell the noise (Ho et al. 2020).

    Args:
        samples: points by prompt, best of about unit spread.
        schedule: noise schedule.
        steps: optimiser steps of 512 points; 2000 take a few seconds on a core.
        generator: of all chance.
    """
    prompts = tuple(samples)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))
        net = PlaneNet(len(prompts), schedule.length)
    points = torch.cat([samples[prompt] for prompt in prompts]).float()
    owners = torch.cat([torch.full((len(samples[p]),), i + 1) for i, p in enumerate(prompts)])
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE)
    cooling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        chosen = torch.randint(len(points), (BATCH,), generator=generator)
        timestep = torch.randint(schedule.length, (BATCH,), generator=generator)
        noise = torch.randn(BATCH, 2, generator=generator)
        kept = torch.rand(BATCH, generator=generator) >= DROPPED
        noisy = schedule.add_noise(points[chosen], noise, timestep)
        loss = (net(noisy, timestep, owners[chosen] * kept) - noise).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        cooling.step()
    return PlanePrior(net, prompts, schedule)
