"""Small schedules, priors and scenes that several test files use."""

import torch

from pds.diffusion.gaussian import GaussianPrior
from pds.diffusion.schedule import NoiseSchedule
from pds.engine.parametric import Pixels

SD15 = {
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
}


def sd_schedule(**changes) -> NoiseSchedule:
    return NoiseSchedule.from_config({**SD15, **changes})


def gaussian_prior(source: float = -1.0, target: float = 1.0, **options) -> GaussianPrior:
    means = {"source": source, "target": target}
    return GaussianPrior(means, schedule=sd_schedule(), **options)


def pixels(value: float = 0.3, size: int = 8) -> Pixels:
    return Pixels(torch.full((1, 3, size, size), value, dtype=torch.float64))
