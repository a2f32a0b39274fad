"""A prior whose score is known in closed form: each prompt names a Gaussian.

It proves the gradients in tests and draws the two-dimensional figure of the paper.
"""

from collections.abc import Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.base.errors import PromptError
from pds.diffusion.prior import Embedding, Prior, guided
from pds.diffusion.schedule import NoiseSchedule


class GaussianPrior(Prior):
    """x_0 of prompt p is distributed as N(mean_p, std^2); latents are the pixels themselves.

    Args:
        means: mean per prompt; the empty prompt is the unconditional one.
        std: common standard deviation, > 0.
        schedule: noise schedule.
        image_size: side of the pictures in pixels.
    """

    def __init__(
        self,
        means: Mapping[str, float],
        *,
        schedule: NoiseSchedule,
        std: float = 1.0,
        image_size: int = 8,
        dtype: torch.dtype = torch.float64,
    ):
        self.name = "gaussian"
        self.means = {"": 0.0, **means}
        self.std = std
        self.schedule = schedule
        self.image_size = image_size
        self.device = torch.device("cpu")
        self.dtype = dtype

    def embed(self, prompts: list[str]) -> Embedding:
        """The means as 1 x 1 embeddings; an unknown prompt raises PromptError."""
        unknown = [p for p in prompts if p not in self.means]
        if unknown:
            raise PromptError(f"Unknown prompts {unknown}; known are {list(self.means)}.")
        rows = torch.tensor([self.means[p] for p in prompts], dtype=self.dtype)
        empty = torch.full_like(rows, self.means[""])
        return Embedding(conditional=rows.view(-1, 1, 1), unconditional=empty.view(-1, 1, 1))

    def predict_noise(
        self,
        noisy: Float[Tensor, "batch channels height width"],
        timestep: Int[Tensor, " batch"],
        embedding: Embedding,
        guidance_scale: float,
    ) -> Float[Tensor, "batch channels height width"]:
        """-sqrt(1 - abar) times the exact score of the noised Gaussian, guided."""
        alpha_bar = self.schedule.alpha_bar_at(timestep, noisy)
        variance = alpha_bar * self.std**2 + 1 - alpha_bar

        def exact(mean: Tensor) -> Tensor:
            return (1 - alpha_bar).sqrt() * (noisy - alpha_bar.sqrt() * mean[..., None]) / variance

        return guided(exact(embedding.conditional), exact(embedding.unconditional), guidance_scale)

    def encode(
        self, image: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch channels h w"]:
        """The image itself."""
        return image.to(self.dtype)

    def decode(
        self, latent: Float[Tensor, "batch channels h w"]
    ) -> Float[Tensor, "batch 3 height width"]:
        """The latent, clamped to [0, 1]."""
        return latent.clamp(0, 1)
