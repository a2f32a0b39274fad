"""How long, how fine and how fast each kind of field is fitted."""

from dataclasses import dataclass, replace

from pds.scene_config import FitConfig


@dataclass(frozen=True, kw_only=True)
class FitPlan:
    """What a fit does when; progress runs from 0 to 1.

    Attributes:
        steps: optimiser steps.
        rays: random rays a step.
        resolutions: from which progress on the field has how many cells along a side.
        density_rate, color_rate: Adam steps of the raw values at the start.
        last_rate: factor that they have fallen to at the end, evenly in the exponent.
        smooth_density, smooth_color: weights of the differences between neighbouring cells.
        distortion: weight of the spread of density along a ray (Mip-NeRF 360).
        skip_from: progress from which empty space is skipped (a bounded field), or from which
            samples are placed by a kept picture of the density (an unbounded one).
        look_every: steps between two looks at where matter is.
    """

    steps: int
    rays: int
    resolutions: tuple[tuple[float, int], ...]
    density_rate: float
    color_rate: float
    last_rate: float
    smooth_density: float
    smooth_color: float
    distortion: float
    skip_from: float
    look_every: int
    sink: float = 0.0
    color_above: float = 0.0

    def resolution_at(self, progress: float) -> int:
        """Cells along a side at that progress."""
        return [cells for start, cells in self.resolutions if progress >= start][-1]

    def rate_at(self, progress: float) -> float:
        """Factor of the Adam steps at that progress."""
        return self.last_rate ** min(1.0, max(0.0, progress))


PLANS = {
    "grid": FitPlan(
        steps=1000,
        rays=3072,
        resolutions=((0.0, 32), (0.3, 64)),
        density_rate=0.2,
        color_rate=0.1,
        last_rate=0.1,
        smooth_density=0.02,
        smooth_color=0.01,
        distortion=0.0,
        skip_from=0.1,
        look_every=50,
    ),
    "planes": FitPlan(
        steps=6000,
        rays=1024,
        resolutions=((0.0, 64), (0.15, 128), (0.4, 192)),
        density_rate=0.2,
        color_rate=0.2,
        last_rate=0.05,
        smooth_density=0.01,
        smooth_color=0.01,
        distortion=0.001,
        skip_from=0.05,
        look_every=25,
    ),
}


def plan_for(kind: str, config: FitConfig) -> FitPlan:
    """The plan of a kind of field with the numbers that the config fixes."""
    plan = PLANS[kind]
    if config.resolution:
        scale = config.resolution / plan.resolutions[-1][1]
        stages = [(start, max(4, round(cells * scale))) for start, cells in plan.resolutions]
        plan = replace(plan, resolutions=tuple(stages))
    return replace(plan, steps=config.steps or plan.steps, rays=config.rays_per_step or plan.rays)
