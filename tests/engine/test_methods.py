"""The methods, proved on a prior whose score is known."""

from dataclasses import replace

import pytest
import torch

from pds.base.errors import ConfigError, PromptError
from pds.engine.methods import DDS, METHODS, PDS, SDS, Pair, make_method, method_class
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


# As published: the program's own defaults are others.
PUBLISHED = PDS(identity_weight=1)


@pytest.mark.parametrize("method", [PUBLISHED, DDS()])
def test_equal_source_and_target_give_exactly_zero(method):
    prior, x = gaussian_prior(), normal(0)
    same = pair(prior, x, x.clone(), "source", "source")
    found = method.gradient(prior, same, torch.tensor([50, 900]), normal(1), guidance_scale=7.5)
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
    found = PUBLISHED.gradient(prior, both, t, noise, guidance_scale=7.5)
    torch.testing.assert_close(found, latent_of["target"] - latent_of["source"])


def settle(prior, method, *, rate=0.5, steps=300, chains=64) -> float:
    """Plain gradient descent from the source's mean, many chains; returns how far they moved."""
    generator = torch.Generator().manual_seed(0)
    source = torch.full((chains, 1, 1, 1), -1.0, dtype=torch.float64)
    both = pair(prior, source.clone(), source)
    moved = []
    for step in range(steps):
        t = torch.randint(100, 981, (chains,), generator=generator)
        noise = torch.randn(chains, 1, 1, 1, generator=generator, dtype=torch.float64)
        change = method.gradient(prior, both, t, noise, guidance_scale=1.0)
        both = replace(both, target=both.target - rate * change)
        if step >= steps * 2 // 3:
            moved.append((both.target - source).mean().item())
    return sum(moved) / len(moved)


def test_without_the_identity_term_a_sample_moves_by_the_difference_of_the_means():
    found = settle(gaussian_prior(), PDS(identity_weight=0), rate=2.0)
    assert found == pytest.approx(2.0, abs=1e-3)


def test_the_published_identity_term_stops_it_at_about_seven_tenths():
    found = settle(gaussian_prior(), PUBLISHED)
    assert found == pytest.approx(0.71, abs=0.03)


def test_dds_moves_a_sample_by_the_difference_of_the_means():
    found = settle(gaussian_prior(), DDS())
    assert found == pytest.approx(2.0, abs=1e-3)


def test_sds_ends_at_the_target_mean_whatever_the_source_was():
    found = settle(gaussian_prior(), SDS(), rate=0.15)
    assert found == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("method", [PUBLISHED, DDS(), SDS()])
def test_a_batch_of_two_is_two_singles(method):
    prior = gaussian_prior()
    both, t, noise = pair(prior, normal(0), normal(1)), torch.tensor([80, 640]), normal(2)
    together = method.gradient(prior, both, t, noise, guidance_scale=7.5)
    for row in range(2):
        alone = method.gradient(
            prior, select(both, row), t[row : row + 1], noise[row : row + 1], guidance_scale=7.5
        )
        torch.testing.assert_close(together[row : row + 1], alone)


def test_pds_without_identity_is_dds_weighted_by_chi():
    prior = gaussian_prior()
    both, t, noise = pair(prior, normal(0), normal(1)), torch.tensor([80, 640]), normal(2)
    chi = prior.schedule.pds_weights(t, 2)[1].view(2, 1, 1, 1)
    weighted = chi * DDS().gradient(prior, both, t, noise, guidance_scale=3.0)
    found = PDS(identity_weight=0).gradient(prior, both, t, noise, guidance_scale=3.0)
    torch.testing.assert_close(found, weighted)


def test_an_unknown_method_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="known are: pds, dds, sds"):
        method_class("vsd")
    with pytest.raises(ConfigError, match="known are: pds, dds, sds"):
        make_method("vsd", {})


@pytest.mark.parametrize("key", METHODS)
def test_a_method_is_made_of_its_own_settings_among_others(key):
    values = {"guidance_scale": 3, "identity_weight": 0.5, "stride": 4, "steps": 7}
    made = make_method(key, values)
    assert (made.key, made.guidance_scale) == (key, 3.0)
    assert set(made.values()) <= set(values) | {"guidance_end"}
    assert made.label
    assert made.paper


def test_the_guidance_of_a_step_stands_for_the_methods_own():
    prior, both = gaussian_prior(), pair(gaussian_prior(), normal(0), normal(1))
    t, noise = torch.tensor([80, 640]), normal(2)
    for cls in METHODS.values():
        own = cls(guidance_scale=5).gradient(prior, both, t, noise)
        given = cls(guidance_scale=9).gradient(prior, both, t, noise, guidance_scale=5)
        assert torch.equal(own, given)


def test_no_method_needs_an_earlier_timestep_but_pds_which_needs_its_stride():
    assert [cls().least_timestep for cls in METHODS.values()] == [2, 1, 1]
    assert PDS(stride=10).least_timestep == 10
    prior, both = gaussian_prior(), pair(gaussian_prior(), normal(0), normal(1))
    for method in (PDS(stride=10), DDS(), SDS()):
        least = torch.full((2,), method.least_timestep)
        assert torch.isfinite(method.gradient(prior, both, least, normal(2))).all()
    with pytest.raises(ConfigError, match=r"from the stride \(10\)"):
        PDS(stride=10).gradient(prior, both, torch.tensor([9, 9]), normal(2))


def test_the_guidance_moves_by_equal_factors_to_the_end():
    falling = PDS(guidance_scale=16, guidance_end=4)
    assert [falling.guidance_at(i, 3) for i in range(3)] == pytest.approx([16, 8, 4])
    assert PDS(guidance_scale=16).guidance_at(2, 3) == 16
    assert falling.guidance_at(0, 1) == 16


def test_the_gaussian_prior_refuses_an_unknown_prompt():
    with pytest.raises(PromptError, match="known are"):
        gaussian_prior().embed(["a cat"])


def test_the_gaussian_prior_decodes_into_the_range_of_images():
    decoded = gaussian_prior().decode(normal(0))
    assert decoded.min() >= 0
    assert decoded.max() <= 1
