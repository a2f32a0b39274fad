"""The one optimisation loop: moves a scene's parameters until it fits the target prompt."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import OutOfMemory
from pds.diffusion.prior import Embedding, Prior
from pds.engine.gradients import Pair, gradient_of
from pds.engine.optimiser import CoupledAdam, check_finite, gradients_are_finite, parameters_of
from pds.engine.parametric import Scene, View
from pds.settings.config import EditConfig

ADAM_BETAS = (0.9, 0.9)
PARTS = ("render", "encode", "prior", "backward", "optimiser")


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


def edit(
    scene: Scene,
    prior: Prior,
    config: EditConfig,
    *,
    generator: torch.Generator | None = None,
) -> Iterator[EditStep]:
    """Edits a scene in place, one optimiser step per item. Closing the iterator stops it.

    Args:
        scene: what to edit; its parameters change.
        prior: the frozen diffusion model.
        config: the settings.
        generator: source of all randomness, on the CPU; by default seeded with `config.seed`.

    Yields:
        A record per step, after the step was taken.

    Raises:
        NonFiniteGradient: a gradient became NaN or infinite; parameters are as before that step.
        OutOfMemory: the device's memory ran out; parameters are as before that step.
    """
    if generator is None:
        generator = torch.Generator().manual_seed(config.seed)
    loop = _Loop(scene, prior, config, generator)
    try:
        for index in range(config.steps):
            try:
                record = loop.step(index)
            except torch.OutOfMemoryError as error:
                raise OutOfMemory(_too_little(index, loop.size_px, config)) from error
            yield record
    finally:
        loop.free()


def _too_little(index: int, size_px: int, config: EditConfig) -> str:
    """What to say when memory runs out: what was asked, and what should fit."""
    views = config.views_per_step
    asked = f"at {size_px} px" + (f", {views} views a step" if views > 1 else "")
    fits = "1 view a step" if views > 1 else f"a resolution of {max(16, size_px // 2)} px"
    return (
        f"The device's memory ran out at step {index + 1} while drawing {asked}; "
        f"{fits} should fit, or use the CPU. The result before that step is kept."
    )


def rate_factor(index: int, config: EditConfig) -> float:
    """Factor on the learning rates at a step: 1, then falling to 0 over `config.cooldown`.

    Args:
        index: of the step, from 0.
        config: for the number of steps and the cooldown's share of them.
    """
    if config.cooldown == 0:
        return 1.0
    return min(1.0, (config.steps - index) / (config.cooldown * config.steps))


def guidance_at(index: int, config: EditConfig) -> float:
    """The guidance scale of a step: from `config.guidance_scale` by equal factors to the end's.

    Args:
        index: of the step, from 0.
        config: for the two scales and the number of steps.
    """
    if config.guidance_end == 0:
        return config.guidance_scale
    share = index / max(1, config.steps - 1)
    return config.guidance_scale ** (1 - share) * config.guidance_end**share


class _Loop:
    """State of one run: optimiser, schedule of timesteps, cached source latents."""

    def __init__(self, scene: Scene, prior: Prior, config: EditConfig, generator: torch.Generator):
        self.scene, self.prior, self.config, self.generator = scene, prior, config, generator
        self.gradient = gradient_of(config.method)
        self.optimizer = CoupledAdam(scene, strength=config.strength, betas=ADAM_BETAS)
        self.parameters = parameters_of(self.optimizer)
        self.timesteps = prior.schedule.timesteps(
            config.steps,
            low=config.timestep_low,
            high=config.timestep_high,
            order=config.timestep_order,
            least=config.stride,
            generator=generator,
        )
        self.views = tuple(scene.views())
        self.embeddings: dict[str, tuple[Embedding, Embedding]] = {}
        self.sources: dict[int, Tensor] = {}
        self.started = time.perf_counter()
        self.timings: dict[str, float] = {}
        self.size_px = prior.image_size

    def step(self, index: int) -> EditStep:
        self.timings = dict.fromkeys(PARTS, 0.0)
        views = self._draw_views()
        with self._timed("render"):
            images = [self.scene.render(view) for view in views]
        self.size_px = max(images[0].shape[-2:])
        latent = self._encode(torch.cat(images))
        pair = self._pair(latent, views)
        timestep = self.timesteps[index].repeat(len(views)).to(self.prior.device)
        gradient = self._distill(pair, timestep, guidance_at(index, self.config))
        norm = gradient.detach().square().mean().sqrt().item()
        check_finite(math.isfinite(norm), index)
        with self._timed("backward"):
            self._backward(latent, gradient, index)
        with self._timed("optimiser"):
            self.optimizer.slow_down(rate_factor(index, self.config))
            self.optimizer.step()
            self.scene.project()
        return EditStep(
            index=index,
            total=self.config.steps,
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
        if len(self.views) == 1:
            return [self.views[0]] * self.config.views_per_step
        chosen = torch.randint(
            len(self.views), (self.config.views_per_step,), generator=self.generator
        )
        return [self.views[i] for i in chosen.tolist()]

    def _pair(self, latent: Tensor, views: Sequence[View]) -> Pair:
        embeddings = [self._embed(view.words) for view in views]
        return Pair(
            target=latent,
            source=torch.cat([self._source(view) for view in views]),
            target_embedding=Embedding.cat([target for target, _ in embeddings]),
            source_embedding=Embedding.cat([source for _, source in embeddings]),
        )

    def _embed(self, words: str) -> tuple[Embedding, Embedding]:
        if words not in self.embeddings:
            suffix = f", {words}" if words else ""
            target, source = (
                self.prior.embed([prompt + suffix])
                for prompt in (self.config.target_prompt, self.config.source_prompt)
            )
            self.embeddings[words] = (target, source)
        return self.embeddings[words]

    def _source(self, view: View) -> Tensor:
        if view.index < 0 or view.index not in self.sources:
            with torch.no_grad():
                with self._timed("render"):
                    image = self.scene.source(view)
                latent = self._encode(image)
            if view.index < 0:
                return latent
            self.sources[view.index] = latent
        return self.sources[view.index]

    def _encode(self, images: Tensor) -> Tensor:
        size = self.prior.image_size
        images = images.to(device=self.prior.device, dtype=self.prior.dtype)
        if images.shape[-2:] != (size, size):
            images = F.interpolate(
                images, (size, size), mode="bilinear", align_corners=False, antialias=True
            )
        with self._timed("encode"):
            return self.prior.encode(images)

    def _distill(self, pair: Pair, timestep: Tensor, guidance_scale: float) -> Tensor:
        noise = torch.randn(pair.target.shape, generator=self.generator, dtype=torch.float32)
        noise = noise.to(pair.target)
        with self._timed("prior"):
            return self.gradient(
                self.prior,
                pair,
                timestep,
                noise,
                guidance_scale=guidance_scale,
                identity_weight=self.config.identity_weight,
                stride=self.config.stride,
            )

    def _backward(self, latent: Tensor, gradient: Tensor, index: int) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        latent.backward(gradient / len(latent))
        penalty = self.scene.regulariser()
        if penalty is not None:
            penalty.backward()
        check_finite(gradients_are_finite(self.parameters), index)
