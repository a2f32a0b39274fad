"""A field is fitted to posed pictures: random rays, Adam, coarse to fine."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import CaptureError, NonFiniteGradient
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.fields.field import Field, build_field
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.fit.carving import visual_hull
from pds.kinds.nerf.fit.fit_plan import FitPlan, plan_for
from pds.kinds.nerf.fit.metrics import psnr, psnr_of_error, ssim
from pds.kinds.nerf.fit.ray_bank import RayBank
from pds.kinds.nerf.fit.shrinking import capture_at
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.render.regularisers import distortion_loss
from pds.kinds.nerf.render.rendering import RayResult, render, render_rays
from pds.settings.scene_config import FitConfig

GLANCES = 20  # looks at the held-out views during a fit
GLANCE_RAYS = 4096
START_DENSITY_RAW = -2.0
UNSEEN = 3e-5  # weight of samples whose colour does not show
MEMORY = 0.95  # of the running error


@dataclass(frozen=True, kw_only=True)
class FitStep:
    """One optimiser step.

    Attributes:
        index: from 0.
        total: steps planned; a time limit may end the fit sooner.
        psnr: of the rays fitted to, running mean, dB.
        held_out_psnr: of some rays of held-out views, dB, measured now; None at most steps.
        loss: the mean squared error of this step's rays.
        seconds: since the fit began.
    """

    index: int
    total: int
    psnr: float
    held_out_psnr: float | None
    loss: float
    seconds: float

    @property
    def curve_value(self) -> float:
        """What a progress curve shows."""
        return self.psnr


@dataclass(frozen=True, kw_only=True)
class FitQuality:
    """Means over whole held-out views.

    Attributes:
        psnr: dB.
        ssim: up to 1.
        views: how many were measured.
    """

    psnr: float
    ssim: float
    views: int


class RunningMean:
    """Mean of the last twenty or so values, all equally at first."""

    def __init__(self):
        self.value, self._count = 0.0, 0

    def add(self, value: float) -> None:
        """Takes one more value in."""
        self._count += 1
        self.value += (value - self.value) * max(1 / self._count, 1 - MEMORY)


class Fit:
    """Fits a field to a capture, step by step.

    Args:
        capture: the posed pictures.
        config: how.
        field: what to go on from, left as it is; None starts anew.
        steps_done: how many of the plan's steps `field` has behind it.
        device: where to compute.

    Raises:
        CaptureError: the kind of field does not suit the capture.
    """

    def __init__(
        self,
        capture: Capture,
        config: FitConfig,
        *,
        field: Field | None = None,
        steps_done: int = 0,
        device: torch.device | str = "cpu",
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
        self.plan: FitPlan = plan_for(kind, config)
        self.capture = capture_at(capture, config.longer_side_px)
        self.steps_done = steps_done
        self._generator = torch.Generator().manual_seed(config.seed)
        self.field = _new_field(kind, self.plan) if field is None else field.copy()
        self.field.to(self.device)
        held = held_out_indices(len(capture), config.holdout)
        self._bank = self._rays([i for i in range(len(capture)) if i not in held])
        self._held, self._held_bank = held, self._rays(held) if held else None
        self._quality: FitQuality | None = None
        self._glanced: float | None = None
        self._outside: Tensor | None = None

    def _rays(self, indices: list[int]) -> RayBank:
        capture = self.capture
        return RayBank(
            tuple(capture.cameras[i] for i in indices),
            tuple(capture.images[i] for i in indices),
            None if capture.alphas is None else tuple(capture.alphas[i] for i in indices),
        )

    def steps(self) -> Iterator[FitStep]:
        """Goes on fitting; closing the iterator stops, and the field stays as it is then."""
        plan, began, errors = self.plan, time.monotonic(), RunningMean()
        optimiser, occupancy = None, None
        limit = self.config.minutes * 60
        for index in range(self.steps_done, plan.steps):
            spent = time.monotonic() - began
            if limit and spent >= limit:
                break
            progress = max(index / plan.steps, spent / limit if limit else 0.0)
            finer = plan.resolution_at(progress)
            if optimiser is None or finer > self.field.resolution:
                if finer > self.field.resolution:
                    self.field.upsample(finer)
                optimiser, occupancy = self._optimiser(), None
                self._carve()
            if progress >= plan.skip_from and (occupancy is None or index % plan.look_every == 0):
                occupancy = Occupancy(self.field)
            loss = self._step(optimiser, occupancy, index, progress)
            errors.add(loss)
            self.steps_done, self._quality = index + 1, None
            held_out = self._glance(index, occupancy)
            self._glanced = self._glanced if held_out is None else held_out
            yield FitStep(
                index=index,
                total=plan.steps,
                psnr=psnr_of_error(errors.value),
                held_out_psnr=held_out,
                loss=loss,
                seconds=time.monotonic() - began,
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
        optimiser.step()
        self.field.sink(plan.sink * rate)
        self.field.project()
        if self._outside is not None:
            self.field.empty(self._outside)
        return loss.item()

    def _carve(self) -> None:
        """Empties what the silhouettes fitted to show to be empty, at the present resolution."""
        seen = [i for i in range(len(self.capture)) if i not in self._held]
        hull = visual_hull(self.capture, self.field.resolution, seen)
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

    @torch.no_grad()
    def _glance(self, index: int, occupancy: Occupancy | None) -> float | None:
        """PSNR of a few fixed rays of the held-out views, now and then."""
        last = index == self.plan.steps - 1
        if self._held_bank is None or not (last or (index + 1) % self._glance_every() == 0):
            return None
        fixed = torch.Generator().manual_seed(0)
        bank = self._held_bank
        count = min(GLANCE_RAYS, len(bank.colors))
        pixels = torch.randint(len(bank.colors), (count,), generator=fixed)
        origins, directions, target, _ = (
            None if part is None else part.to(self.device) for part in bank.at(pixels)
        )
        seen = render_rays(self.field, origins, directions, occupancy=occupancy)
        return psnr(seen.color, target)

    def _glance_every(self) -> int:
        return max(1, self.plan.steps // GLANCES)

    @property
    def held_out(self) -> FitQuality | None:
        """Quality on the whole held-out views (seconds of work); None if none are held out."""
        if self._held and self._quality is None:
            self._quality = self._measure()
        return self._quality

    @torch.no_grad()
    def _measure(self) -> FitQuality:
        near, alike, occupancy = [], [], Occupancy(self.field)
        for index in self._held:
            image = self.capture.images[index].permute(2, 0, 1)[None].float() / 255
            camera = self.capture.cameras[index]
            drawn = render(self.field, camera, occupancy=occupancy, color_above=UNSEEN).image.cpu()
            near.append(psnr(drawn, image))
            alike.append(ssim(drawn, image))
        count = len(near)
        return FitQuality(psnr=sum(near) / count, ssim=sum(alike) / count, views=count)

    def scene(self, name: str = "") -> FittedScene:
        """The scene as it is now, with a field of its own.

        What the capture says of itself goes with it: its words, its credit, its place in the world.
        Its PSNR is that of the whole held-out views if `held_out` was asked for since the last
        step, else of the few rays of them that were looked at last.

        Args:
            name: what to call it; by default as the capture is called.
        """
        return FittedScene(
            field=self.field.copy().cpu(),
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
        )


def held_out_indices(count: int, every: int) -> list[int]:
    """Which of so many pictures are held out: one in the middle of each `every`; 0 = none."""
    return list(range(every // 2, count, every)) if every else []


def _new_field(kind: str, plan: FitPlan) -> Field:
    field = build_field(kind, {"resolution": plan.resolution_at(0.0)})
    if kind == "grid":  # a faint fog, from which matter condenses
        with torch.no_grad():
            field.density_raw.fill_(START_DENSITY_RAW)
    return field
