"""The noise schedule against diffusers, the paper's equations and the published numbers."""

import pytest
import torch
from diffusers import DDPMScheduler

from pds.base.errors import ConfigError
from pds.diffusion.schedule import NoiseSchedule
from tests.doubles.engine_doubles import SD15, sd_schedule

TABLE_T = (21, 101, 201, 401, 601, 801, 961)
PSI_2 = ("1.613", "0.314", "0.140", "0.049", "0.021", "0.0096", "0.0046")
CHI_2 = ("0.2317", "0.1155", "0.0918", "0.0814", "0.0852", "0.0963", "0.1081")
RATIO = {
    2: ("6.96", "2.72", "1.52", "0.61", "0.25", "0.10", "0.043"),
    4: ("20.8", "8.13", "4.54", "1.81", "0.75", "0.30", "0.13"),
    10: ("61.4", "24.1", "13.5", "5.39", "2.23", "0.88", "0.37"),
}


def assert_rounds_to(values: torch.Tensor, texts: tuple[str, ...]) -> None:
    """Each value lies within one unit of the printed number's last digit."""
    for value, text in zip(values.tolist(), texts, strict=True):
        unit = 10.0 ** -len(text.split(".")[1])
        assert abs(value - float(text)) < unit, (value, text)


def latents(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"beta_schedule": "linear", "beta_start": 1e-4, "beta_end": 0.02},
        {"beta_schedule": "squaredcos_cap_v2"},
        {"trained_betas": [0.01, 0.02, 0.05]},
        {"rescale_betas_zero_snr": True},
    ],
)
def test_alpha_bar_agrees_with_diffusers(changes):
    config = {**SD15, **changes}
    theirs = DDPMScheduler(**config).alphas_cumprod.double()
    ours = NoiseSchedule.from_config(config).alpha_bar
    torch.testing.assert_close(ours, theirs, rtol=2e-4, atol=2e-6)


def test_add_noise_agrees_with_diffusers_for_a_batch_of_two():
    x0, noise, t = latents(2, 3, 4, 4), latents(2, 3, 4, 4, seed=1), torch.tensor([7, 901])
    theirs = DDPMScheduler(**SD15).add_noise(x0, noise, t)
    torch.testing.assert_close(sd_schedule().add_noise(x0, noise, t), theirs, rtol=1e-5, atol=1e-6)


def test_predict_x0_is_the_inverse_of_add_noise():
    schedule, t = sd_schedule(), torch.tensor([3, 800])
    x0, noise = latents(2, 3, 4, 4), latents(2, 3, 4, 4, seed=1)
    noisy = schedule.add_noise(x0, noise, t)
    torch.testing.assert_close(schedule.predict_x0(noisy, noise, t), x0)


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction", "sample"])
def test_every_prediction_type_gives_back_the_noise(kind):
    schedule, t = sd_schedule(prediction_type=kind), torch.tensor([40, 700])
    x0, noise = latents(2, 3, 4, 4), latents(2, 3, 4, 4, seed=1)
    noisy = schedule.add_noise(x0, noise, t)
    output = {
        "epsilon": noise,
        "v_prediction": DDPMScheduler(**SD15).get_velocity(x0, noise, t).double(),
        "sample": x0,
    }[kind]
    torch.testing.assert_close(schedule.to_noise(output, noisy, t), noise, rtol=1e-4, atol=1e-5)


def test_one_step_posterior_has_the_mean_and_variance_of_bayes_rule():
    schedule, t = sd_schedule(), torch.tensor([1, 500])
    alpha_bar, beta = schedule.alpha_bar, schedule.betas
    c = schedule.posterior(t)
    precision = 1 / (1 - alpha_bar[t - 1]) + (1 - beta[t]) / beta[t]
    torch.testing.assert_close(c.sigma, precision**-0.5)
    torch.testing.assert_close(
        c.x0_weight, alpha_bar[t - 1].sqrt() / (1 - alpha_bar[t - 1]) / precision
    )
    torch.testing.assert_close(c.xt_weight, (1 - beta[t]).sqrt() / beta[t] / precision)


def test_psi_and_chi_are_the_published_values():
    psi, chi = sd_schedule().pds_weights(torch.tensor(TABLE_T), 2)
    assert_rounds_to(psi, PSI_2)
    assert_rounds_to(chi, CHI_2)


@pytest.mark.parametrize("stride", [2, 4, 10])
def test_the_ratio_of_psi_to_chi_grows_with_the_stride_as_tabulated(stride):
    psi, chi = sd_schedule().pds_weights(torch.tensor(TABLE_T), stride)
    assert_rounds_to(psi / chi, RATIO[stride])


def test_psi_is_zero_for_the_consistent_posterior():
    psi, chi = sd_schedule().pds_weights(torch.arange(1, 1000), 1)
    assert psi.abs().max() < 1e-10
    assert chi.min() > 0


def test_stochastic_latent_of_a_true_sample_is_its_own_noise():
    schedule, t = sd_schedule(), torch.tensor([100, 900])
    x0, x_t = latents(2, 3, 4, 4), latents(2, 3, 4, 4, seed=2)
    noise = (x_t - schedule.alpha_bar_at(t, x0).sqrt() * x0) / (
        1 - schedule.alpha_bar_at(t, x0)
    ).sqrt()
    c, z = schedule.posterior(t), latents(2, 3, 4, 4, seed=3)
    shape = (2, 1, 1, 1)
    x_prev = c.x0_weight.view(shape) * x0 + c.xt_weight.view(shape) * x_t + c.sigma.view(shape) * z
    torch.testing.assert_close(schedule.stochastic_latent(x_prev, x_t, noise, t), z)


@pytest.mark.parametrize("t", [1, 1000])
def test_a_timestep_outside_the_schedule_is_refused(t):
    with pytest.raises(ConfigError, match="Timesteps must lie from the stride"):
        sd_schedule().posterior(torch.tensor([t]), stride=2)


def test_uniform_timesteps_stay_in_their_range_and_follow_the_seed():
    def draw(seed):
        generator = torch.Generator().manual_seed(seed)
        return sd_schedule().timesteps(
            500, low=0.02, high=0.98, order="uniform", least=2, generator=generator
        )

    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))
    assert draw(1).min() >= 20
    assert draw(1).max() <= 979


def test_falling_timesteps_go_from_the_top_to_the_bottom():
    steps = sd_schedule().timesteps(
        10, low=0.0, high=0.95, order="falling", least=10, generator=torch.Generator()
    )
    assert steps[0] == 949
    assert steps[-1] == 10
    assert (steps.diff() < 0).all()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: sd_schedule(beta_schedule="cubic"), "known are: linear"),
        (lambda: sd_schedule(prediction_type="score"), "known are: epsilon"),
        (lambda: NoiseSchedule(betas=torch.tensor([0.1, 1.5])), "betas outside"),
        (
            lambda: sd_schedule().timesteps(
                1, low=0.1, high=0.9, order="rising", least=1, generator=torch.Generator()
            ),
            "known are: falling",
        ),
    ],
)
def test_unknown_names_and_bad_betas_are_refused_with_the_known_ones(build, message):
    with pytest.raises(ConfigError, match=message):
        build()
