"""The two-dimensional experiment of the paper's Figure 3: where SDS, DDS and PDS take a point.

Two prompts name two marginals of a distribution in the plane. A point of the source's is moved
towards the target's by each method, with the same noises. SDS and DDS go to the densest place; PDS
goes where the target begins on the point's own side.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from pds.diffusion.plane import PlanePrior, train_plane_prior
from pds.diffusion.prior import Embedding, Prior
from pds.diffusion.schedule import NoiseSchedule
from pds.engine.methods import DDS, PDS, SDS, Method, Pair

SOURCE, TARGET = "source", "target"
SAMPLES = 4000
# As Stable Diffusion's, so that psi and chi are those of the paper.
SCHEDULE = {
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "num_train_timesteps": 1000,
}
TIMESTEPS = (0.02, 0.98)
GUIDANCE = 7.5
STARTS = ((-1.2, 0.9), (-1.35, 0.0), (-1.2, -0.9))


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Where one method took one point.

    Attributes:
        method: key of the method.
        path: the point after each step, the start first.
    """

    method: str
    path: Float[Tensor, "steps 2"]

    @property
    def start(self) -> Float[Tensor, " 2"]:
        """Where it began."""
        return self.path[0]

    @property
    def end(self) -> Float[Tensor, " 2"]:
        """Where it ended."""
        return self.path[-1]

    @property
    def moved(self) -> float:
        """Distance of the end from the start."""
        return float((self.end - self.start).norm())

    def off_target(self, samples: Float[Tensor, "samples 2"]) -> float:
        """Distance of the end from the nearest of some samples of the target."""
        return float((samples - self.end).norm(dim=1).min())


def marginals(generator: torch.Generator, count: int = SAMPLES) -> dict[str, Tensor]:
    """Samples [count 2] of both: two arcs that open towards each other, in mirror image.

    Args:
        generator: of all chance.
        count: samples of each.
    """
    found = {}
    for prompt, side in ((SOURCE, -1.0), (TARGET, 1.0)):
        angle = (torch.rand(count, generator=generator) - 0.5) * math.pi * 0.9
        radius = 1.0 + 0.08 * torch.randn(count, generator=generator)
        arc = torch.stack([radius * angle.cos() - 0.5, 1.3 * radius * angle.sin()], 1)
        found[prompt] = (arc + torch.tensor([0.9, 0.0])) * torch.tensor([side, 1.0])
    return found


def train(seed: int = 0, *, steps: int = 2000) -> tuple[PlanePrior, dict[str, Tensor]]:
    """The model of the figure and the samples it learned; a few seconds on a core."""
    generator = torch.Generator().manual_seed(seed)
    samples = marginals(generator)
    schedule = NoiseSchedule.from_config(SCHEDULE)
    prior = train_plane_prior(samples, schedule=schedule, steps=steps, generator=generator)
    return prior, samples


def published() -> dict[str, Method]:
    """The three methods with the identity term of the paper, all at the same guidance."""
    return {
        "sds": SDS(guidance_scale=GUIDANCE),
        "dds": DDS(guidance_scale=GUIDANCE),
        "pds": PDS(guidance_scale=GUIDANCE, identity_weight=1.0),
    }


def walk(
    prior: Prior,
    method: Method,
    start: tuple[float, float],
    *,
    steps: int = 400,
    rate: float = 0.02,
    seed: int = 0,
) -> Walk:
    """Moves a point by a method's gradient.

    Args:
        prior: of points, with the prompts `source` and `target`.
        method: the gradient.
        start: the point, which is also the source that PDS and DDS hold on to.
        steps: of Adam.
        rate: of Adam, in units of the plane; it falls to 0 in a straight line.
        seed: of timesteps and noises, the same for all methods.
    """
    generator = torch.Generator().manual_seed(seed)
    source = torch.tensor(start, dtype=prior.dtype).view(1, 2, 1, 1)
    point = source.clone().requires_grad_()
    words = {prompt: prior.embed([prompt]) for prompt in (SOURCE, TARGET)}
    low, high = (round(share * (prior.schedule.length - 1)) for share in TIMESTEPS)
    optimiser = torch.optim.Adam([point], lr=rate, betas=(0.9, 0.9))
    path = [source.flatten()]
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - step / steps)
        timestep = torch.randint(low, high + 1, (1,), generator=generator)
        noise = torch.randn(source.shape, generator=generator).to(prior.dtype)
        point.grad = method.gradient(prior, _pair(point, source, words), timestep, noise)
        optimiser.step()
        path.append(point.detach().flatten().clone())
    return Walk(method=method.key, path=torch.stack(path))


def _pair(point: Tensor, source: Tensor, words: Mapping[str, Embedding]) -> Pair:
    return Pair(
        target=point.detach(),
        source=source,
        target_embedding=words[TARGET],
        source_embedding=words[SOURCE],
    )


def table(walks: list[Walk], samples: Float[Tensor, "samples 2"]) -> str:
    """How far each method moved its points, and how far from the target it left them, as text."""
    lines = [f"{'method':8}{'moved':>10}{'off target':>14}"]
    for method in dict.fromkeys(walk.method for walk in walks):
        mine = [walk for walk in walks if walk.method == method]
        moved = sum(walk.moved for walk in mine) / len(mine)
        off = sum(walk.off_target(samples) for walk in mine) / len(mine)
        lines.append(f"{method.upper():8}{moved:>10.3f}{off:>14.3f}")
    return "\n".join(lines)
