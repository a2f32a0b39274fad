"""Loop 1, distillation: moves parameters along a method's gradient until they fit the words."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import ConfigError, OutOfMemory
from pds.diffusion.prior import Embedding, Prior
from pds.engine.methods import Method, Pair
from pds.engine.optimiser import CoupledAdam, check_finite, gradients_are_finite, parameters_of
from pds.engine.parametric import ParametricImage, View
from pds.engine.seeing import as_prior_sees, with_view
from pds.settings import Prompts, Settings, choice, number, whole

ADAM_BETAS = (0.9, 0.9)
PARTS = ("render", "encode", "prior", "backward", "optimiser")
TIMESTEP_ORDERS = {"falling": "Coarse to fine", "uniform": "At random"}


class DistilSettings(Settings):
    """How long, how fast and at which noise the loop goes; the same for all methods and kinds.

    The defaults were found by eye with the built-in prior. Published for drawings are 1000 steps
    and uniform timesteps from 0.10 to 0.98, with guidance 100 and identity_weight 1.

    Attributes:
        steps: optimiser steps, 1 to 100 000.
        timestep_low, timestep_high: range of t as a fraction of the schedule, within (0, 1).
        timestep_order: `falling` over the run, or `uniform` at random.
        views_per_step: views drawn and differentiated in one step, 1 to 64; of something flat,
            noises drawn in one step.
        strength: factor on all learning rates, 0.05 to 10.
        cooldown: share of the steps, at the end, over which the learning rates fall to 0 in a
            straight line, so that the noise of single steps settles; 0 = none, as published.
        seed: of the generator that draws timesteps, noises and views.
    """

    title: ClassVar[str] = "the edit"

    steps: int = whole(
        200,
        1,
        100_000,
        label="Steps",
        help="more steps go further and take longer",
        flag="--steps",
        level="main",
        slider=1000,
    )
    timestep_low: float = number(
        0.4,
        0.01,
        0.99,
        label="Lowest noise level",
        help="least noise, as a fraction of the schedule",
        flag="--timestep-low",
        step=0.01,
    )
    timestep_high: float = number(
        0.95,
        0.01,
        0.99,
        label="Highest noise level",
        help="most noise, as a fraction of the schedule",
        flag="--timestep-high",
        step=0.01,
    )
    timestep_order: str = choice(
        "falling",
        TIMESTEP_ORDERS,
        label="Order of noise levels",
        help="which noise comes when: falling or uniform",
        flag="--timestep-order",
    )
    views_per_step: int = whole(
        1,
        1,
        64,
        label="Views a step",
        help="renderings per step (noises, for what is flat)",
        flag="--views",
    )
    strength: float = number(
        1.0,
        0.05,
        10,
        label="Strength",
        help="how far each step may move",
        flag="--strength",
        level="main",
        step=0.05,
        slider=3,
    )
    cooldown: float = number(
        0.4,
        0,
        1,
        label="Settle at the end",
        help="last share of the steps, over which the speed falls to nothing",
        flag="--cooldown",
        step=0.05,
    )
    seed: int = whole(
        0,
        0,
        2**53,
        label="Seed",
        help="of all randomness: same seed, same result",
        flag="--seed",
        level="main",
    )

    def model_post_init(self, context: object) -> None:
        """Checks what concerns two settings at once."""
        if self.timestep_low > self.timestep_high:
            raise ConfigError(
                f"timestep_low {self.timestep_low:g} is above timestep_high "
                f"{self.timestep_high:g}; swap them."
            )


@dataclass(frozen=True, kw_only=True)
class EditStep:
    """What one optimiser step did.

    Attributes:
        index: from 0.
        total: number of steps of the whole run.
        timestep: diffusion timestep of the step.
        gradient_norm: root mean square of the gradient at the latent.
        seconds: since the run began.
        timings: seconds of this step by part: `render`, `encode`, `prior`, `backward` (with the
            regularisers) and `optimiser` (with bringing parameters back into range).
        image: rendering of the first view before the step, detached.
        view: the first view of the step.
    """

    index: int
    total: int
    timestep: int
    gradient_norm: float
    seconds: float
    timings: Mapping[str, float]
    image: Float[Tensor, "1 3 height width"]
    view: View

    @property
    def prior_seconds(self) -> float:
        """Time spent inside the prior, embedding excluded."""
        return self.timings["encode"] + self.timings["prior"]

    @property
    def curve_value(self) -> float:
        """What the curve of a run shows: the gradient."""
        return self.gradient_norm


def distil(
    moving: ParametricImage,
    prior: Prior,
    prompts: Prompts,
    method: Method,
    settings: DistilSettings,
    *,
    generator: torch.Generator | None = None,
) -> Iterator[EditStep]:
    """Edits in place, one optimiser step per item. Closing the iterator stops it.

    Args:
        moving: what to edit; its parameters change.
        prior: the frozen diffusion model.
        prompts: what it is and what it should become.
        method: the gradient to follow.
        settings: of the loop.
        generator: source of all randomness, on the CPU; by default seeded with `settings.seed`.

    Yields:
        A record per step, after the step was taken.

    Raises:
        NonFiniteGradient: a gradient became NaN or infinite; parameters are as before that step.
        OutOfMemory: the device's memory ran out; parameters are as before that step.
    """
    if generator is None:
        generator = torch.Generator().manual_seed(settings.seed)
    loop = _Loop(moving, prior, prompts, method, settings, generator)
    try:
        for index in range(settings.steps):
            try:
                record = loop.step(index)
            except torch.OutOfMemoryError as error:
                raise OutOfMemory(_too_little(index, loop.size_px, settings)) from error
            yield record
    finally:
        loop.free()


def _too_little(index: int, size_px: int, settings: DistilSettings) -> str:
    """What to say when memory runs out: what was asked, and what should fit."""
    views = settings.views_per_step
    asked = f"at {size_px} px" + (f", {views} views a step" if views > 1 else "")
    fits = "1 view a step" if views > 1 else f"a resolution of {max(16, size_px // 2)} px"
    return (
        f"The device's memory ran out at step {index + 1} while drawing {asked}; "
        f"{fits} should fit, or use the CPU. The result before that step is kept."
    )


def rate_factor(index: int, settings: DistilSettings) -> float:
    """Factor on the learning rates at a step: 1, then falling to 0 over `settings.cooldown`.

    Args:
        index: of the step, from 0.
        settings: for the number of steps and the cooldown's share of them.
    """
    if settings.cooldown == 0:
        return 1.0
    return min(1.0, (settings.steps - index) / (settings.cooldown * settings.steps))


class _Loop:
    """State of one run: optimiser, schedule of timesteps, cached source latents."""

    def __init__(
        self,
        moving: ParametricImage,
        prior: Prior,
        prompts: Prompts,
        method: Method,
        settings: DistilSettings,
        generator: torch.Generator,
    ):
        self.moving, self.prior, self.prompts = moving, prior, prompts
        self.method, self.settings, self.generator = method, settings, generator
        self.optimizer = CoupledAdam(moving, strength=settings.strength, betas=ADAM_BETAS)
        self.parameters = parameters_of(self.optimizer)
        self.timesteps = prior.schedule.timesteps(
            settings.steps,
            low=settings.timestep_low,
            high=settings.timestep_high,
            order=settings.timestep_order,
            least=method.least_timestep,
            generator=generator,
        )
        self.views = tuple(moving.views())
        self.embeddings: dict[str, tuple[Embedding, Embedding]] = {}
        self.sources: dict[int, Tensor] = {}
        self.started = time.perf_counter()
        self.timings: dict[str, float] = {}
        self.size_px = prior.image_size

    def step(self, index: int) -> EditStep:
        self.timings = dict.fromkeys(PARTS, 0.0)
        views = self._draw_views()
        with self._timed("render"):
            images = [self.moving.render(view) for view in views]
        self.size_px = max(images[0].shape[-2:])
        latent = self._encode(torch.cat(images))
        pair = self._pair(latent, views)
        timestep = self.timesteps[index].repeat(len(pair.target)).to(self.prior.device)
        gradient = self._gradient(pair, timestep, index)
        norm = gradient.detach().square().mean().sqrt().item()
        check_finite(math.isfinite(norm), index)
        with self._timed("backward"):
            self._backward(latent, gradient, index)
        with self._timed("optimiser"):
            self.optimizer.slow_down(rate_factor(index, self.settings))
            self.optimizer.step()
            self.moving.project()
        return EditStep(
            index=index,
            total=self.settings.steps,
            timestep=int(self.timesteps[index]),
            gradient_norm=norm,
            seconds=time.perf_counter() - self.started,
            timings=self.timings,
            image=images[0].detach(),
            view=views[0],
        )

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        """Adds what happens inside to the part's time; on CUDA waits for it to end."""
        begun = time.perf_counter()
        yield
        if self.prior.device.type == "cuda":
            torch.cuda.synchronize(self.prior.device)
        self.timings[part] += time.perf_counter() - begun

    def free(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.sources.clear()
        self.embeddings.clear()

    def _draw_views(self) -> list[View]:
        """The views to draw in this step; what is flat is drawn once, whatever the noises."""
        if len(self.views) == 1:
            return [self.views[0]]
        chosen = torch.randint(
            len(self.views), (self.settings.views_per_step,), generator=self.generator
        )
        return [self.views[i] for i in chosen.tolist()]

    def _pair(self, latent: Tensor, views: Sequence[View]) -> Pair:
        """Targets beside sources, as many as there are noises."""
        embeddings = [self._embed(view.words) for view in views]
        copies = self.settings.views_per_step // len(views)
        return Pair(
            target=latent.repeat(copies, 1, 1, 1),
            source=torch.cat([self._source(view) for view in views]).repeat(copies, 1, 1, 1),
            target_embedding=Embedding.cat([target for target, _ in embeddings] * copies),
            source_embedding=Embedding.cat([source for _, source in embeddings] * copies),
        )

    def _embed(self, words: str) -> tuple[Embedding, Embedding]:
        if words not in self.embeddings:
            self.embeddings[words] = (
                self.prior.embed([with_view(self.prompts.target, words)]),
                self.prior.embed([with_view(self.prompts.source, words)]),
            )
        return self.embeddings[words]

    def _source(self, view: View) -> Tensor:
        if view.index < 0 or view.index not in self.sources:
            with torch.no_grad():
                with self._timed("render"):
                    image = self.moving.source(view)
                latent = self._encode(image)
            if view.index < 0:
                return latent
            self.sources[view.index] = latent
        return self.sources[view.index]

    def _encode(self, images: Tensor) -> Tensor:
        seen = as_prior_sees(images, self.prior)
        with self._timed("encode"):
            return self.prior.encode(seen)

    def _gradient(self, pair: Pair, timestep: Tensor, index: int) -> Tensor:
        noise = torch.randn(pair.target.shape, generator=self.generator, dtype=torch.float32)
        noise = noise.to(pair.target)
        scale = self.method.guidance_at(index, self.settings.steps)
        with self._timed("prior"):
            return self.method.gradient(self.prior, pair, timestep, noise, guidance_scale=scale)

    def _backward(self, latent: Tensor, gradient: Tensor, index: int) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        # The mean over noises of one drawing, or over views.
        mean = gradient.unflatten(0, (-1, len(latent))).sum(0) / len(gradient)
        latent.backward(mean)
        penalty = self.moving.regulariser()
        if penalty is not None:
            penalty.backward()
        check_finite(gradients_are_finite(self.parameters), index)
