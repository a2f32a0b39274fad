"""The gradients, proved on a prior whose score is known."""

from dataclasses import replace

import pytest
import torch
from pds.engine.gradients import Pair, dds_gradient, gradient_of, pds_gradient, sds_gradient

from pds.base.errors import ConfigError, PromptError
from tests.doubles.engine_doubles import gaussian_prior, sd_schedule

SHAPE = (2, 3, 4, 4)


def normal(seed: int, shape=SHAPE) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def pair(prior, target, source, target_prompt="target", source_prompt="source") -> Pair:
    count = len(target)
    return Pair(
        target=target,
        source=source,
        target_embedding=prior.embed([target_prompt] * count),
        source_embedding=prior.embed([source_prompt] * count),
    )


def select(both: Pair, row: int) -> Pair:
    def pick(embedding):
        return type(embedding)(
            conditional=embedding.conditional[row : row + 1],
            unconditional=embedding.unconditional[row : row + 1],
        )

    return Pair(
        target=both.target[row : row + 1],
        source=both.source[row : row + 1],
        target_embedding=pick(both.target_embedding),
        source_embedding=pick(both.source_embedding),
    )


@pytest.mark.parametrize("gradient", [pds_gradient, dds_gradient])
def test_equal_source_and_target_give_exactly_zero(gradient):
    prior, x = gaussian_prior(), normal(0)
    same = pair(prior, x, x.clone(), "source", "source")
    found = gradient(prior, same, torch.tensor([50, 900]), normal(1), guidance_scale=7.5)
    assert torch.equal(found, torch.zeros_like(found))


def test_pds_is_the_difference_of_the_stochastic_latents():
    """Eq. 13 against Eq. 14, with all noises explicit."""
    prior, schedule = gaussian_prior(), sd_schedule()
    both, t, noise, noise_prev = (
        pair(prior, normal(0), normal(1)),
        torch.tensor([60, 700]),
        normal(2),
        normal(3),
    )
    latent_of = {}
    for name, x, prompt in (("target", both.target, "target"), ("source", both.source, "source")):
        x_t = schedule.add_noise(x, noise, t)
        x_prev = schedule.add_noise(x, noise_prev, t - 2)
        predicted = prior.predict_noise(x_t, t, prior.embed([prompt] * 2), 7.5)
        latent_of[name] = schedule.stochastic_latent(x_prev, x_t, predicted, t, stride=2)
    found = pds_gradient(prior, both, t, noise, guidance_scale=7.5)
    torch.testing.assert_close(found, latent_of["target"] - latent_of["source"])


def settle(prior, gradient, *, rate=0.5, steps=300, chains=64, **options) -> float:
    """Plain gradient descent from the source's mean, many chains; returns how far they moved."""
    generator = torch.Generator().manual_seed(0)
    source = torch.full((chains, 1, 1, 1), -1.0, dtype=torch.float64)
    both = pair(prior, source.clone(), source)
    moved = []
    for step in range(steps):
        t = torch.randint(100, 981, (chains,), generator=generator)
        noise = torch.randn(chains, 1, 1, 1, generator=generator, dtype=torch.float64)
        change = gradient(prior, both, t, noise, guidance_scale=1.0, **options)
        both = replace(both, target=both.target - rate * change)
        if step >= steps * 2 // 3:
            moved.append((both.target - source).mean().item())
    return sum(moved) / len(moved)


def test_without_the_identity_term_a_sample_moves_by_the_difference_of_the_means():
    found = settle(gaussian_prior(), pds_gradient, identity_weight=0.0, rate=2.0)
    assert found == pytest.approx(2.0, abs=1e-3)


def test_the_published_identity_term_stops_it_at_about_seven_tenths():
    found = settle(gaussian_prior(), pds_gradient)
    assert found == pytest.approx(0.71, abs=0.03)


def test_dds_moves_a_sample_by_the_difference_of_the_means():
    found = settle(gaussian_prior(), dds_gradient)
    assert found == pytest.approx(2.0, abs=1e-3)


def test_sds_ends_at_the_target_mean_whatever_the_source_was():
    found = settle(gaussian_prior(), sds_gradient, rate=0.15)
    assert found == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("method", ["pds", "dds", "sds"])
def test_a_batch_of_two_is_two_singles(method):
    prior = gaussian_prior()
    both, t, noise = pair(prior, normal(0), normal(1)), torch.tensor([80, 640]), normal(2)
    gradient = gradient_of(method)
    together = gradient(prior, both, t, noise, guidance_scale=7.5)
    for row in range(2):
        alone = gradient(
            prior, select(both, row), t[row : row + 1], noise[row : row + 1], guidance_scale=7.5
        )
        torch.testing.assert_close(together[row : row + 1], alone)


def test_pds_without_identity_is_dds_weighted_by_chi():
    prior = gaussian_prior()
    both, t, noise = pair(prior, normal(0), normal(1)), torch.tensor([80, 640]), normal(2)
    chi = prior.schedule.pds_weights(t, 2)[1].view(2, 1, 1, 1)
    weighted = chi * dds_gradient(prior, both, t, noise, guidance_scale=3.0)
    found = pds_gradient(prior, both, t, noise, guidance_scale=3.0, identity_weight=0.0)
    torch.testing.assert_close(found, weighted)


def test_an_unknown_method_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="known are: pds, dds, sds"):
        gradient_of("vsd")


def test_the_gaussian_prior_refuses_an_unknown_prompt():
    with pytest.raises(PromptError, match="known are"):
        gaussian_prior().embed(["a cat"])


def test_the_gaussian_prior_decodes_into_the_range_of_images():
    decoded = gaussian_prior().decode(normal(0))
    assert decoded.min() >= 0
    assert decoded.max() <= 1
