"""How long, how fine and how fast each kind of field is fitted."""

from dataclasses import dataclass, replace

from pds.base.errors import ConfigError
from pds.kinds.nerf.settings import FitSettings


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
        smooth_every: steps between two such penalties, which cost as much as the rays.
        distortion: weight, at the end, of the spread of density along a ray (Mip-NeRF 360); it
            rises evenly from 0.
        sink: by how much raw density that nothing holds up falls in a step, at full rate.
        color_above: weight of a sample from which its colour is looked up.
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
    smooth_every: int
    distortion: float
    sink: float
    color_above: float
    skip_from: float
    look_every: int

    def resolution_at(self, progress: float) -> int:
        """Cells along a side at that progress."""
        return [cells for start, cells in self.resolutions if progress >= start][-1]

    def rate_at(self, progress: float) -> float:
        """Factor of the Adam steps at that progress."""
        return self.last_rate**progress


PLANS = {
    "grid": FitPlan(
        steps=800,
        rays=3072,
        resolutions=((0.0, 32), (0.3, 64)),
        density_rate=0.2,
        color_rate=0.1,
        last_rate=0.1,
        smooth_density=0.02,
        smooth_color=0.02,
        smooth_every=4,
        distortion=0.0,
        sink=0.01,
        color_above=0.0,
        skip_from=0.1,
        look_every=40,
    ),
    "planes": FitPlan(
        steps=3000,
        rays=1024,
        resolutions=((0.0, 64), (0.15, 128), (0.45, 256)),
        density_rate=0.2,
        color_rate=0.2,
        last_rate=0.05,
        smooth_density=0.01,
        smooth_color=0.01,
        smooth_every=4,
        distortion=0.01,
        sink=0.0,
        color_above=1e-3,
        skip_from=0.05,
        look_every=25,
    ),
}


def plan_for(kind: str, config: FitSettings) -> FitPlan:
    """The plan of a kind of field with the numbers that the config fixes.

    Raises:
        ConfigError: fields of this kind cannot be fitted.
    """
    if kind not in PLANS:
        raise ConfigError(
            f"A field of the kind '{kind}' cannot be fitted; these can: {', '.join(PLANS)}."
        )
    plan = PLANS[kind]
    if config.resolution:
        scale = config.resolution / plan.resolutions[-1][1]
        stages = [(start, max(4, round(cells * scale))) for start, cells in plan.resolutions]
        plan = replace(plan, resolutions=tuple(stages))
    return replace(plan, steps=config.steps or plan.steps, rays=config.rays_per_step or plan.rays)
