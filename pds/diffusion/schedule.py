"""The noise schedule of a diffusion model and everything computed from it alone.

Notation of the paper (Koo, Park, Sung, CVPR 2024): x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) eps.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.base.checks import check_choice
from pds.base.errors import ConfigError

PREDICTION_TYPES = ("epsilon", "v_prediction", "sample")
TIMESTEP_ORDERS = ("falling", "uniform")
LEAST_ALPHA_BAR = 5e-5
"""Below this a chain that ends in pure noise shows too little of the picture to divide by it."""


@dataclass(frozen=True, kw_only=True)
class PosteriorCoefficients:
    """Gaussian posterior q(x_prev | x_t, x_0) = N(x0_weight x_0 + xt_weight x_t, sigma^2).

    Attributes:
        x0_weight, xt_weight: weights of the mean (Eq. 7 of DDPM).
        sigma: standard deviation, > 0.
    """

    x0_weight: Float[Tensor, " batch"]
    xt_weight: Float[Tensor, " batch"]
    sigma: Float[Tensor, " batch"]


@dataclass(frozen=True, kw_only=True)
class NoiseSchedule:
    """The chain of a trained model.

    Attributes:
        betas: variance added at each step, float64, in (0, 1).
        prediction_type: what the network puts out: `epsilon`, `v_prediction` or `sample`.
    """

    betas: Float[Tensor, " steps"]
    prediction_type: str = "epsilon"
    _alpha_bar: Float[Tensor, " steps"] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_choice("prediction_type", self.prediction_type, PREDICTION_TYPES)
        if not bool(((self.betas > 0) & (self.betas <= 1)).all()):
            raise ConfigError("The noise schedule has betas outside (0, 1].")
        alpha_bar = torch.cumprod(1 - self.betas.double(), 0)
        object.__setattr__(self, "_alpha_bar", alpha_bar)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "NoiseSchedule":
        """Builds the schedule from the config of any diffusers scheduler.

        Args:
            config: with `beta_schedule`, `beta_start`, `beta_end`, `num_train_timesteps`,
                optionally `trained_betas`, `prediction_type`, `rescale_betas_zero_snr`.

        Raises:
            ConfigError: an unknown beta schedule or prediction type.
        """
        betas = _betas(config)
        if config.get("rescale_betas_zero_snr", False):
            betas = _rescale_to_zero_snr(betas)
        return cls(betas=betas, prediction_type=config.get("prediction_type", "epsilon"))

    @property
    def length(self) -> int:
        """Number of timesteps T; valid t are 0 to T - 1."""
        return len(self.betas)

    @property
    def last(self) -> int:
        """The last timestep to edit at: T - 1, or about 0.98 T if the chain ends in pure noise."""
        if self._alpha_bar[-1] > 1e-12:
            return self.length - 1
        return int((self._alpha_bar >= LEAST_ALPHA_BAR).nonzero().max())

    @property
    def alpha_bar(self) -> Float[Tensor, " steps"]:
        """Cumulative product of 1 - beta, float64, falling from about 1 to about 0."""
        return self._alpha_bar

    def alpha_bar_at(
        self, timestep: Int[Tensor, " batch"], like: Tensor
    ) -> Float[Tensor, " batch *ones"]:
        """abar_t with the dtype and device of `like` and trailing axes to multiply it with."""
        return expand(self._alpha_bar[timestep.cpu()], like)

    def add_noise(
        self,
        x0: Float[Tensor, "batch *rest"],
        noise: Float[Tensor, "batch *rest"],
        timestep: Int[Tensor, " batch"],
    ) -> Float[Tensor, "batch *rest"]:
        """x_t of Eq. 1: sqrt(abar_t) x_0 + sqrt(1 - abar_t) noise."""
        alpha_bar = self.alpha_bar_at(timestep, x0)
        return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise

    def predict_x0(
        self,
        noisy: Float[Tensor, "batch *rest"],
        noise: Float[Tensor, "batch *rest"],
        timestep: Int[Tensor, " batch"],
    ) -> Float[Tensor, "batch *rest"]:
        """The x_0 that makes `noisy` out of `noise`; inverse of :meth:`add_noise`."""
        alpha_bar = self.alpha_bar_at(timestep, noisy)
        return (noisy - (1 - alpha_bar).sqrt() * noise) / alpha_bar.sqrt()

    def to_noise(
        self,
        output: Float[Tensor, "batch *rest"],
        noisy: Float[Tensor, "batch *rest"],
        timestep: Int[Tensor, " batch"],
    ) -> Float[Tensor, "batch *rest"]:
        """Turns the network's output into a noise prediction.

        v = sqrt(abar) eps - sqrt(1 - abar) x_0 (Salimans & Ho 2022), so
        eps = sqrt(abar) v + sqrt(1 - abar) x_t.
        """
        if self.prediction_type == "epsilon":
            return output
        alpha_bar = self.alpha_bar_at(timestep, noisy)
        if self.prediction_type == "v_prediction":
            return alpha_bar.sqrt() * output + (1 - alpha_bar).sqrt() * noisy
        return (noisy - alpha_bar.sqrt() * output) / (1 - alpha_bar).sqrt()

    def posterior(self, timestep: Int[Tensor, " batch"], stride: int = 1) -> PosteriorCoefficients:
        """q(x_{t-stride} | x_t, x_0) with beta_t of the one-step chain, float64.

        For `stride` 1 this is the exact posterior. For larger strides beta_t stays that of one
        step while abar_{t-stride} is of the earlier one: the mixture that the published PDS uses
        and from which its identity term comes.

        Raises:
            ConfigError: a timestep below the stride or beyond :attr:`last`.
        """
        timestep = timestep.cpu()
        if stride < 1 or bool((timestep < stride).any()) or bool((timestep > self.last).any()):
            raise ConfigError(
                f"Timesteps must lie from the stride ({stride}) to {self.last}; "
                f"got {timestep.tolist()}."
            )
        now, before = self._alpha_bar[timestep], self._alpha_bar[timestep - stride]
        beta = self.betas.double()[timestep]
        return PosteriorCoefficients(
            x0_weight=before.sqrt() * beta / (1 - now),
            xt_weight=(1 - beta).sqrt() * (1 - before) / (1 - now),
            sigma=((1 - before) / (1 - now) * beta).sqrt(),
        )

    def stochastic_latent(
        self,
        x_prev: Float[Tensor, "batch *rest"],
        x_t: Float[Tensor, "batch *rest"],
        noise_pred: Float[Tensor, "batch *rest"],
        timestep: Int[Tensor, " batch"],
        stride: int = 1,
    ) -> Float[Tensor, "batch *rest"]:
        """z_t = (x_prev - mu(x_t, predicted x_0)) / sigma_t, Eq. 9."""
        c = self.posterior(timestep, stride)
        mean = expand(c.x0_weight, x_t) * self.predict_x0(x_t, noise_pred, timestep)
        mean = mean + expand(c.xt_weight, x_t) * x_t
        return (x_prev - mean) / expand(c.sigma, x_t)

    def pds_weights(
        self, timestep: Int[Tensor, " batch"], stride: int = 2
    ) -> tuple[Float[Tensor, " batch"], Float[Tensor, " batch"]]:
        """psi and chi of Eq. 14, float64.

        grad = psi (x_tgt - x_src) + chi (eps_tgt - eps_src). psi is exactly 0 for stride 1 and
        grows with the stride; 2 gives the published values.
        """
        c = self.posterior(timestep, stride)
        timestep = timestep.cpu()
        now, before = self._alpha_bar[timestep], self._alpha_bar[timestep - stride]
        psi = (before.sqrt() - c.x0_weight - c.xt_weight * now.sqrt()) / c.sigma
        chi = c.x0_weight * ((1 - now) / now).sqrt() / c.sigma
        return psi, chi

    def timesteps(
        self,
        steps: int,
        *,
        low: float,
        high: float,
        order: str,
        least: int,
        generator: torch.Generator,
    ) -> Int[Tensor, " steps"]:
        """One timestep per optimiser step.

        Args:
            steps: how many.
            low, high: range as a fraction of the schedule's length.
            order: `uniform` draws each at random; `falling` goes from high to low (DreamTime).
            least: smallest admissible timestep (the stride).
            generator: for `uniform`; not used by `falling`.

        Raises:
            ConfigError: an unknown order.
        """
        check_choice("timestep_order", order, TIMESTEP_ORDERS)
        first = max(least, round(low * (self.length - 1)))
        last = max(first, min(self.last, round(high * (self.length - 1))))
        if order == "uniform":
            return torch.randint(first, last + 1, (steps,), generator=generator)
        return torch.linspace(last, first, steps, dtype=torch.float64).round().long()


def expand(values: Tensor, like: Tensor) -> Tensor:
    """Gives per-sample values the dtype and device of `like`, and axes to broadcast over it."""
    values = values.to(device=like.device, dtype=like.dtype)
    return values.reshape(-1, *([1] * (like.ndim - 1)))


def _betas(config: Mapping[str, Any]) -> Tensor:
    trained = config.get("trained_betas")
    if trained is not None:
        return torch.as_tensor(trained, dtype=torch.float64)
    kind = config.get("beta_schedule", "linear")
    start, end = config.get("beta_start", 1e-4), config.get("beta_end", 0.02)
    steps = config.get("num_train_timesteps", 1000)
    builders = {
        "linear": lambda: torch.linspace(start, end, steps, dtype=torch.float64),
        "scaled_linear": lambda: (
            torch.linspace(start**0.5, end**0.5, steps, dtype=torch.float64) ** 2
        ),
        "squaredcos_cap_v2": lambda: _cosine_betas(steps),
    }
    check_choice("beta_schedule", kind, tuple(builders))
    return builders[kind]()


def _cosine_betas(steps: int) -> Tensor:
    """Nichol & Dhariwal 2021, with their cap of 0.999."""

    def alpha_bar(u: float) -> float:
        return math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2

    values = [
        min(1 - alpha_bar((i + 1) / steps) / alpha_bar(i / steps), 0.999) for i in range(steps)
    ]
    return torch.tensor(values, dtype=torch.float64)


def _rescale_to_zero_snr(betas: Tensor) -> Tensor:
    """Lin et al. 2023, algorithm 1: shifts sqrt(abar) so that its last value is 0."""
    root = torch.cumprod(1 - betas, 0).sqrt()
    root = (root - root[-1]) * root[0] / (root[0] - root[-1])
    alpha_bar = root**2
    alphas = torch.cat([alpha_bar[:1], alpha_bar[1:] / alpha_bar[:-1]])
    return 1 - alphas
