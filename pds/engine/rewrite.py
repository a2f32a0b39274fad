"""Loop 2, rewriting: parameters are fitted to renderings that a rewriter has made anew.

With SDEdit it is the refinement stage of the paper (section 5): after the distillation, renderings
are refined towards the target words and the parameters are optimised to reconstruct them; views are
drawn at random and their pictures are made anew as the asset changes, as in Instruct-NeRF2NeRF
(Haque et al. 2023).
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import OutOfMemory
from pds.diffusion.prior import Prior
from pds.engine.optimiser import CoupledAdam, check_finite, gradients_are_finite, parameters_of
from pds.engine.parametric import ParametricImage, View
from pds.engine.rewriters import Rewriter, Wording
from pds.engine.seeing import as_prior_sees, with_view
from pds.settings import Prompts, Settings, whole

ADAM_BETAS = (0.9, 0.99)


class RewriteSettings(Settings):
    """How long the loop goes; the same for all rewriters and kinds.

    Attributes:
        steps: optimiser steps, 1 to 100 000.
        refresh_every: a view's picture is made anew every so many steps, 1 to 10 000.
        seed: of all chance.
    """

    title: ClassVar[str] = "the refinement"

    steps: int = whole(
        200, 1, 100_000, label="Steps of the refinement", help="optimiser steps", flag="--steps"
    )
    refresh_every: int = whole(
        10,
        1,
        10_000,
        label="Refine a picture every, steps",
        help="make a view's picture anew every N steps",
        flag="--refresh-every",
    )
    seed: int = whole(
        0, 0, 2**53, label="Seed of the refinement", help="of all randomness", flag="--seed"
    )


@dataclass(frozen=True, kw_only=True)
class RewriteStep:
    """What one step did.

    Attributes:
        index: from 0.
        total: of the whole run.
        loss: mean absolute difference between rendering and rewritten picture.
        rewritten: whether a picture was rewritten in this step.
        seconds: since the run began.
        image: the rendering before the step, detached.
        view: the view of the step.
    """

    index: int
    total: int
    loss: float
    rewritten: bool
    seconds: float
    image: Float[Tensor, "1 3 height width"]
    view: View

    @property
    def curve_value(self) -> float:
        """What the curve of a run shows: the difference."""
        return self.loss


def rewrite(
    moving: ParametricImage,
    prior: Prior,
    prompts: Prompts,
    rewriter: Rewriter,
    settings: RewriteSettings,
    *,
    strength: float = 1.0,
    generator: torch.Generator,
) -> Iterator[RewriteStep]:
    """Rewrites in place, one optimiser step per item. Closing the iterator stops it.

    Args:
        moving: what was edited; its parameters change.
        prior: the frozen diffusion model.
        prompts: what it was and what it became.
        rewriter: makes pictures anew.
        settings: of the loop.
        strength: factor on the learning rates.
        generator: source of all randomness, on the CPU.

    Yields:
        A record per step, after the step was taken.

    Raises:
        NonFiniteGradient: a gradient became NaN or infinite; parameters are as before that step.
        OutOfMemory: the device's memory ran out; parameters are as before that step.
    """
    loop = _Loop(moving, prior, prompts, rewriter, settings, strength, generator)
    try:
        for index in range(settings.steps):
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
    """State of one run: optimiser, and the rewritten pictures by the index of their view."""

    def __init__(
        self,
        moving: ParametricImage,
        prior: Prior,
        prompts: Prompts,
        rewriter: Rewriter,
        settings: RewriteSettings,
        strength: float,
        generator: torch.Generator,
    ):
        self.moving, self.prior, self.prompts = moving, prior, prompts
        self.rewriter, self.settings, self.generator = rewriter, settings, generator
        self.optimizer = CoupledAdam(moving, strength=strength, betas=ADAM_BETAS)
        self.parameters = parameters_of(self.optimizer)
        self.views = tuple(moving.views())
        self.pictures: dict[int, Tensor] = {}
        self.wordings: dict[str, Wording] = {}
        self.started = time.perf_counter()

    def step(self, index: int) -> RewriteStep:
        anew = index % self.settings.refresh_every == 0 or len(self.pictures) < len(self.views)
        if anew:
            self._rewrite(self._next_view())
        view = self._any_view()
        image = self.moving.render(view)
        loss = (image - self.pictures[view.index]).abs().mean()
        check_finite(math.isfinite(loss.item()), index)
        self.optimizer.zero_grad(set_to_none=True)
        penalty = self.moving.regulariser()
        (loss if penalty is None else loss + penalty).backward()
        check_finite(gradients_are_finite(self.parameters), index)
        self.optimizer.step()
        self.moving.project()
        return RewriteStep(
            index=index,
            total=self.settings.steps,
            loss=loss.item(),
            rewritten=anew,
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
    def _rewrite(self, view: View) -> None:
        image = self.moving.render(view)
        seen = as_prior_sees(image, self.prior)
        picture = self.rewriter.rewrite(
            self.prior,
            seen,
            as_prior_sees(self.moving.source(view), self.prior),
            self._wording(view.words),
            generator=self.generator,
        ).to(image)
        if picture.shape != image.shape:
            # The change is added at the rendering's size, so that its finer detail stays.
            change = picture - seen.to(image)
            change = F.interpolate(change, image.shape[-2:], mode="bilinear", align_corners=False)
            picture = (image + change).clamp(0, 1)
        self.pictures[view.index] = picture

    def _wording(self, words: str) -> Wording:
        if words not in self.wordings:
            self.wordings[words] = Wording(
                target=self.prior.embed([with_view(self.prompts.target, words)]),
                source=self.prior.embed([with_view(self.prompts.source, words)]),
            )
        return self.wordings[words]
