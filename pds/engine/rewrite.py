"""The refinement stage: a scene is fitted to its own renderings after SDEdit has cleaned them.

Section 5 of the paper: after the distillation, renderings are refined by SDEdit towards the target
words, and the scene is optimised to reconstruct them; views are drawn at random and their pictures
are refined anew as the scene changes, as in Instruct-NeRF2NeRF (Haque et al. 2023).
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import OutOfMemory
from pds.diffusion.prior import Embedding, Prior
from pds.diffusion.sdedit import sdedit
from pds.engine.optimiser import CoupledAdam, check_finite, gradients_are_finite, parameters_of
from pds.engine.parametric import Scene, View
from pds.settings.scene_config import RefineConfig

ADAM_BETAS = (0.9, 0.99)


@dataclass(frozen=True, kw_only=True)
class RefineStep:
    """What one step did.

    Attributes:
        index: from 0.
        total: of the whole run.
        loss: mean absolute difference between rendering and refined picture.
        refined: whether a picture was refined in this step.
        seconds: since the run began.
        image: the rendering before the step, detached.
        view: the view of the step.
    """

    index: int
    total: int
    loss: float
    refined: bool
    seconds: float
    image: Float[Tensor, "1 3 height width"]
    view: View

    @property
    def curve_value(self) -> float:
        """What the curve of a run shows: the difference."""
        return self.loss


def refine(
    scene: Scene,
    prior: Prior,
    prompt: str,
    config: RefineConfig,
    *,
    strength: float = 1.0,
    generator: torch.Generator,
) -> Iterator[RefineStep]:
    """Refines a scene in place, one optimiser step per item. Closing the iterator stops it.

    Args:
        scene: what was edited; its parameters change.
        prior: the frozen diffusion model.
        prompt: what it became.
        config: the settings.
        strength: factor on the scene's learning rates.
        generator: source of all randomness, on the CPU.

    Yields:
        A record per step, after the step was taken.

    Raises:
        NonFiniteGradient: a gradient became NaN or infinite; parameters are as before that step.
        OutOfMemory: the device's memory ran out; parameters are as before that step.
    """
    loop = _Loop(scene, prior, prompt, config, strength, generator)
    try:
        for index in range(config.steps):
            try:
                record = loop.step(index)
            except torch.OutOfMemoryError as error:
                raise OutOfMemory(
                    f"The device's memory ran out at step {index + 1}; choose a smaller "
                    "resolution, or the CPU."
                ) from error
            yield record
    finally:
        loop.optimizer.zero_grad(set_to_none=True)


class _Loop:
    """State of one run: optimiser, and the refined pictures by the index of their view."""

    def __init__(self, scene, prior, prompt, config, strength, generator):
        self.scene, self.prior, self.prompt = scene, prior, prompt
        self.config, self.generator = config, generator
        self.optimizer = CoupledAdam(scene, strength=strength, betas=ADAM_BETAS)
        self.parameters = parameters_of(self.optimizer)
        self.views = tuple(scene.views())
        self.pictures: dict[int, Tensor] = {}
        self.embeddings: dict[str, Embedding] = {}
        self.started = time.perf_counter()

    def step(self, index: int) -> RefineStep:
        refined = index % self.config.refresh_every == 0 or len(self.pictures) < len(self.views)
        if refined:
            self._refine(self._next_view())
        view = self._any_view()
        image = self.scene.render(view)
        loss = (image - self.pictures[view.index]).abs().mean()
        check_finite(math.isfinite(loss.item()), index)
        self.optimizer.zero_grad(set_to_none=True)
        penalty = self.scene.regulariser()
        (loss if penalty is None else loss + penalty).backward()
        check_finite(gradients_are_finite(self.parameters), index)
        self.optimizer.step()
        self.scene.project()
        return RefineStep(
            index=index,
            total=self.config.steps,
            loss=loss.item(),
            refined=refined,
            seconds=time.perf_counter() - self.started,
            image=image.detach(),
            view=view,
        )

    def _next_view(self) -> View:
        """First every view once, in random order, then any."""
        left = [view for view in self.views if view.index not in self.pictures]
        pool = left or self.views
        return pool[int(torch.randint(len(pool), (1,), generator=self.generator))]

    def _any_view(self) -> View:
        known = [view for view in self.views if view.index in self.pictures]
        return known[int(torch.randint(len(known), (1,), generator=self.generator))]

    @torch.no_grad()
    def _refine(self, view: View) -> None:
        image = self.scene.render(view)
        size = self.prior.image_size
        small = F.interpolate(
            image.to(device=self.prior.device, dtype=self.prior.dtype),
            (size, size),
            mode="bilinear",
            align_corners=False,
            antialias=True,
        )
        low, high = self.config.noise_low, self.config.noise_high
        chance = torch.rand((), generator=self.generator).item()
        latent = sdedit(
            self.prior,
            self.prior.encode(small),
            self._embed(view.words),
            start=low + (high - low) * chance,
            steps=self.config.sdedit_steps,
            guidance_scale=self.config.guidance_scale,
            generator=self.generator,
        )
        picture = self.prior.decode(latent).to(image)
        if picture.shape != image.shape:
            # The change is added at the rendering's size, so that its finer detail stays.
            change = picture - small.to(image)
            change = F.interpolate(change, image.shape[-2:], mode="bilinear", align_corners=False)
            picture = (image + change).clamp(0, 1)
        self.pictures[view.index] = picture

    def _embed(self, words: str) -> Embedding:
        if words not in self.embeddings:
            suffix = f", {words}" if words else ""
            self.embeddings[words] = self.prior.embed([self.prompt + suffix])
        return self.embeddings[words]
