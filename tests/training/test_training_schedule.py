"""A chain that ends in pure noise, as the engine uses it."""

import pytest
import torch

from pds.base.errors import ConfigError
from pds.diffusion import GaussianPrior
from pds.diffusion.schedule import LEAST_ALPHA_BAR, NoiseSchedule
from pds.diffusion.sdedit import sdedit
from pds.training.model import build_scheduler

SCHEDULE = NoiseSchedule.from_config(build_scheduler().config)


def test_the_prior_is_trained_down_to_pure_noise():
    assert SCHEDULE.alpha_bar[-1].item() == 0
    assert SCHEDULE.prediction_type == "v_prediction"
    torch.testing.assert_close(
        SCHEDULE.alpha_bar[:-1].float(),
        build_scheduler().alphas_cumprod[:-1],
        rtol=1e-3,
        atol=1e-6,
    )


def test_edits_end_where_the_noise_still_shows_the_picture():
    assert 975 <= SCHEDULE.last <= 985
    assert SCHEDULE.alpha_bar[SCHEDULE.last] >= LEAST_ALPHA_BAR > SCHEDULE.alpha_bar[-1]
    kept = NoiseSchedule.from_config({"beta_schedule": "scaled_linear"})
    assert kept.last == 999
    draw = {"low": 0.5, "high": 1.0, "least": 2, "generator": torch.Generator().manual_seed(0)}
    for order in ("falling", "uniform"):
        drawn = SCHEDULE.timesteps(400, order=order, **draw)
        assert drawn.max() <= SCHEDULE.last


def test_all_weights_of_posterior_distillation_are_finite():
    timesteps = torch.arange(2, SCHEDULE.last + 1)
    for weight in SCHEDULE.pds_weights(timesteps):
        assert weight.isfinite().all()
        assert (weight >= 0).all()
    with pytest.raises(ConfigError, match=f"to {SCHEDULE.last}; got"):
        SCHEDULE.pds_weights(torch.tensor([SCHEDULE.last + 1]))


def test_sdedit_from_the_very_start_is_finite():
    prior = GaussianPrior({"a": 0.3}, schedule=SCHEDULE, std=0.5)
    latent = torch.zeros((1, 3, 4, 4), dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    found = sdedit(
        prior,
        latent,
        prior.embed(["a"]),
        start=1.0,
        steps=4,
        guidance_scale=1.0,
        generator=generator,
    )
    assert found.isfinite().all()
    assert found.abs().max() < 10
