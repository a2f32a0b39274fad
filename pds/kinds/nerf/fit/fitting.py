"""A field is fitted to posed pictures: random rays, Adam, coarse to fine."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Lock

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import CaptureError, ConfigError, NonFiniteGradient
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.fields.building import build_field
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.fit.carving import visual_hull
from pds.kinds.nerf.fit.fit_plan import FitPlan, plan_for
from pds.kinds.nerf.fit.held_out import HeldOut, held_out_indices
from pds.kinds.nerf.fit.metrics import psnr_of_error
from pds.kinds.nerf.fit.progress import FitQuality, FitStep, RunningMean
from pds.kinds.nerf.fit.ray_bank import RayBank
from pds.kinds.nerf.fit.shrinking import capture_at
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.render.rays import RayResult, render_rays
from pds.kinds.nerf.render.regularisers import distortion_loss
from pds.kinds.nerf.settings import FitSettings

GLANCES = 20  # looks at the held-out views during a fit
START_DENSITY_RAW = -2.0


class Fit:
    """Fits a field to a capture, step by step.

    Args:
        capture: the posed pictures.
        config: how.
        field: what to go on from, left as it is; None starts anew.
        steps_done: how many of the plan's steps `field` has behind it; 0 takes them all again.
        steps_planned: how many steps that plan had, if the config does not say; 0 takes the kind's.
        device: where to compute.
        clock: tells the time in seconds.

    Raises:
        CaptureError: the kind of field does not suit the capture.
        ConfigError: all steps of the plan are taken.
    """

    def __init__(
        self,
        capture: Capture,
        config: FitSettings,
        *,
        field: Field | None = None,
        steps_done: int = 0,
        steps_planned: int = 0,
        device: torch.device | str = "cpu",
        clock: Callable[[], float] = time.monotonic,
    ):
        kind = config.field
        if kind == "auto":
            kind = "grid" if capture.bounded else "planes"
        if field is not None:
            kind = field.kind
        if (kind == "grid") != capture.bounded:
            fitting = "a grid" if capture.bounded else "planes"
            raise CaptureError(
                f"A field of the kind '{kind}' does not suit this capture; it needs {fitting}."
            )
        self.config = config
        self.device = torch.device(device)
        self._clock = clock
        self.plan: FitPlan = _plan(kind, config, steps_done, steps_planned)
        self.capture = capture_at(capture, config.longer_side_px)
        self.steps_done = steps_done
        # Going on is not to draw the rays again that it began with.
        self._generator = torch.Generator().manual_seed(config.seed + steps_done)
        self.field = _new_field(kind, self.plan) if field is None else field.copy()
        self.field.to(self.device).requires_grad_(True)
        held = held_out_indices(len(capture), config.holdout)
        self._fitted = [i for i in range(len(capture)) if i not in held]
        self._bank = RayBank.of(self.capture, self._fitted)
        self._held = HeldOut(self.capture, held, self.device) if held else None
        self._quality: FitQuality | None = None
        self._glanced: float | None = None
        self._outside: Tensor | None = None
        self._moving = Lock()  # held while the field is between two steps

    @classmethod
    def going_on(
        cls,
        capture: Capture,
        config: FitSettings,
        scene: FittedScene,
        *,
        device: torch.device | str = "cpu",
    ) -> "Fit":
        """A fit that goes on where that of `scene` ended.

        Its plan is the scene's own unless the config says how many steps. If the scene does not
        know how far its fit was, the plan is taken anew, beginning with the scene's field.

        Args:
            capture: the pictures that the scene was fitted to.
            config: how.
            scene: what to go on from; it is left as it is.
            device: where to compute.

        Raises:
            CaptureError: the scene's field does not suit the capture.
            ConfigError: all steps of the plan are taken.
        """
        return cls(
            capture,
            config,
            field=scene.field,
            steps_done=scene.steps_done,
            steps_planned=scene.steps_planned,
            device=device,
        )

    def steps(self) -> Iterator[FitStep]:
        """Goes on fitting; closing the iterator stops, and the field stays as it is then."""
        plan, began, errors = self.plan, self._clock(), RunningMean()
        optimiser, occupancy = None, None
        limit = self.config.minutes * 60
        for index in range(self.steps_done, plan.steps):
            spent = self._clock() - began
            if limit and spent >= limit:
                break
            progress = max(index / plan.steps, spent / limit if limit else 0.0)
            finer = plan.resolution_at(progress)
            if optimiser is None or finer > self.field.resolution:
                with self._moving:
                    if finer > self.field.resolution:
                        self.field.upsample(finer)
                    self._carve()
                optimiser, occupancy = self._optimiser(), None
            if progress >= plan.skip_from and (occupancy is None or index % plan.look_every == 0):
                occupancy = Occupancy(self.field)
            loss = self._step(optimiser, occupancy, index, progress)
            errors.add(loss)
            held_out = self._glance(index, occupancy)
            self._glanced = self._glanced if held_out is None else held_out
            yield FitStep(
                index=index,
                total=plan.steps,
                psnr=psnr_of_error(errors.value),
                held_out_psnr=held_out,
                loss=loss,
                seconds=self._clock() - began,
            )

    def _optimiser(self) -> torch.optim.Adam:
        rates = {"density": self.plan.density_rate, "color": self.plan.color_rate}
        groups = [
            {"params": list(parameters), "first_rate": rates[name]}
            for name, parameters in self.field.groups().items()
        ]
        return torch.optim.Adam(groups, lr=0.1, betas=(0.9, 0.99), eps=1e-12, fused=True)

    def _step(
        self, optimiser: torch.optim.Adam, occupancy: Occupancy | None, index: int, progress: float
    ) -> float:
        plan, rate = self.plan, self.plan.rate_at(progress)
        for group in optimiser.param_groups:
            group["lr"] = group["first_rate"] * rate
        drawn = self._bank.draw(plan.rays, self._generator)
        origins, directions, target, alpha = (
            None if part is None else part.to(self.device) for part in drawn
        )
        behind = torch.ones_like(target)
        if alpha is not None:  # a random background leaves no way to hide but being clear
            behind = torch.rand(target.shape, generator=self._generator).to(target)
            target = target - (1 - alpha)[:, None] * (1 - behind)
        seen = render_rays(
            self.field,
            origins,
            directions,
            background=behind,
            generator=self._generator,
            occupancy=occupancy,
            color_above=plan.color_above,
        )
        loss = F.mse_loss(seen.color, target)
        total = loss + self._regulariser(seen, index, progress)
        optimiser.zero_grad()
        total.backward()
        if not bool(torch.isfinite(total)):
            raise NonFiniteGradient(f"Step {index} of the fit gave no finite number.", step=index)
        with self._moving:
            optimiser.step()
            self.field.sink(plan.sink * rate)
            self.field.project()
            if self._outside is not None:
                self.field.empty(self._outside)
            self.steps_done, self._quality = index + 1, None
        return loss.item()

    def _carve(self) -> None:
        """Empties what the silhouettes fitted to show to be empty, at the present resolution."""
        hull = visual_hull(self.capture, self.field.resolution, self._fitted)
        if hull is not None:
            self._outside = ~hull.to(self.device)
            self.field.empty(self._outside)

    def _regulariser(self, seen: RayResult, index: int, progress: float) -> Float[Tensor, ""]:
        plan, total = self.plan, torch.zeros((), device=self.device)
        if plan.distortion:
            # Rising, as from the start on it would press all matter against the far wall.
            spread = distortion_loss(seen.weights, seen.edges)
            total = total + plan.distortion * progress * spread
        if index % plan.smooth_every == 0:
            total = total + plan.smooth_density * self.field.smoothness("density")
            total = total + plan.smooth_color * self.field.smoothness("color")
        return total

    def _glance(self, index: int, occupancy: Occupancy | None) -> float | None:
        """PSNR of a few rays of the held-out views, now and then."""
        every = max(1, self.plan.steps // GLANCES)
        last = index == self.plan.steps - 1
        if self._held is None or not (last or (index + 1) % every == 0):
            return None
        return self._held.glance(self.field, occupancy)

    @property
    def held_out(self) -> FitQuality | None:
        """Quality on the whole held-out views (seconds of work); None if none are held out."""
        if self._held is not None and self._quality is None:
            self._quality = self._held.quality(self.field)
        return self._quality

    def scene(self, name: str = "") -> FittedScene:
        """The scene after the last finished step, with a field of its own that no step changes.

        Any thread may ask, and draw what is returned while the fit goes on. What the capture says
        of itself goes with it: its words, its credit, its place in the world. Its PSNR is that of
        the whole held-out views if `held_out` was asked for since the last step, else of the few
        rays of them that were looked at last.

        Args:
            name: what to call it; by default as the capture is called.
        """
        with self._moving:
            field, steps_done = self.field.copy(), self.steps_done
        return FittedScene(
            field=field.cpu().requires_grad_(False),
            cameras=self.capture.cameras,
            images=None if self.capture.bounded else self.capture.images,
            names=self.capture.names,
            bounded=self.capture.bounded,
            has_front=self.capture.has_front,
            symmetric=self.capture.symmetric,
            world_from_scene=self.capture.world_from_scene,
            name=name or self.capture.name or "scene",
            prompt=self.capture.prompt,
            credit=self.capture.credit,
            psnr=self._glanced if self._quality is None else self._quality.psnr,
            steps_done=steps_done,
            steps_planned=self.plan.steps,
        )


def _plan(kind: str, config: FitSettings, steps_done: int, steps_planned: int) -> FitPlan:
    plan = plan_for(kind, config)
    if not config.steps and steps_planned:
        plan = replace(plan, steps=steps_planned)
    if steps_done and steps_done >= plan.steps:
        raise ConfigError(
            f"This scene was fitted to the end of its plan, {steps_done} steps; to go on, ask for "
            "more steps than that."
        )
    return plan


def _new_field(kind: str, plan: FitPlan) -> Field:
    field = build_field(kind, {"resolution": plan.resolution_at(0.0)})
    if kind == "grid":  # a faint fog, from which matter condenses
        with torch.no_grad():
            field.density_raw.fill_(START_DENSITY_RAW)
    return field
