"""SDEdit against the closed-form Gaussian prior."""

import pytest
import torch

from pds.diffusion.sdedit import sdedit
from tests.doubles.engine_doubles import gaussian_prior


def edited(prior, latent, *, start, prompt="target", steps=20, seed=0):
    return sdedit(
        prior,
        latent,
        prior.embed([prompt] * len(latent)),
        start=start,
        steps=steps,
        guidance_scale=1.0,
        generator=torch.Generator().manual_seed(seed),
    )


def test_a_full_start_ends_at_the_distribution_of_the_words():
    prior = gaussian_prior(std=0.05)
    found = edited(prior, torch.full((1, 3, 8, 8), -1.0, dtype=torch.float64), start=1.0)
    assert found.mean().item() == pytest.approx(1.0, abs=0.05)


def test_more_noise_moves_further_towards_the_words():
    prior = gaussian_prior(std=1.0)
    latent = torch.full((1, 3, 8, 8), -1.0, dtype=torch.float64)
    means = [edited(prior, latent, start=start).mean().item() for start in (0.05, 0.2, 0.5, 0.8)]
    assert means == sorted(means)
    assert means[0] < -0.8
    assert means[-1] > 0.5


def test_words_that_fit_already_leave_the_mean_alone():
    prior = gaussian_prior(std=0.3)
    latent = torch.full((1, 3, 8, 8), 1.0, dtype=torch.float64)
    assert edited(prior, latent, start=0.3).mean().item() == pytest.approx(1.0, abs=0.05)


def test_a_start_below_one_step_still_takes_one():
    prior = gaussian_prior()
    latent = torch.zeros(1, 3, 8, 8, dtype=torch.float64)
    assert not torch.equal(edited(prior, latent, start=0.01, steps=2), latent)


def test_a_batch_of_two_is_finite_and_of_its_shape():
    prior = gaussian_prior()
    latent = torch.zeros(2, 3, 8, 8, dtype=torch.float64)
    found = edited(prior, latent, start=0.2)
    assert found.shape == latent.shape
    assert found.isfinite().all()


def test_the_same_seed_gives_the_same_picture():
    prior = gaussian_prior()
    latent = torch.zeros(1, 3, 8, 8, dtype=torch.float64)
    one, other = (edited(prior, latent, start=0.4, seed=3) for _ in range(2))
    assert torch.equal(one, other)
    assert not torch.equal(one, edited(prior, latent, start=0.4, seed=4))
