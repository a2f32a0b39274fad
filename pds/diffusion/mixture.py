"""A prior over points of the plane whose score is known in closed form: prompts name mixtures."""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.base.errors import PromptError
from pds.diffusion.prior import Embedding, Prior, guided
from pds.diffusion.schedule import NoiseSchedule


class MixturePrior(Prior):
    """x_0 of prompt p is a mixture of equal Gaussians around p's centres; a latent is a point.

    A point [x, y] is a latent of shape [2 1 1]. The empty prompt is the mixture of all.

    Args:
        centres: points (x, y) by prompt.
        std: common standard deviation of the Gaussians, > 0.
        schedule: noise schedule.
    """

    def __init__(
        self,
        centres: Mapping[str, Sequence[tuple[float, float]]],
        *,
        std: float,
        schedule: NoiseSchedule,
    ):
        self.name = "mixture"
        self.std = std
        self.schedule = schedule
        self.image_size = 1
        self.device = torch.device("cpu")
        self.dtype = torch.float64
        self._centres = torch.tensor(
            [point for points in centres.values() for point in points], dtype=self.dtype
        )
        owners = [prompt for prompt, points in centres.items() for _ in points]
        self._members = {"": torch.ones(len(owners), dtype=self.dtype)}
        for prompt in centres:
            self._members[prompt] = torch.tensor(
                [float(owner == prompt) for owner in owners], dtype=self.dtype
            )

    def embed(self, prompts: list[str]) -> Embedding:
        """Which Gaussians belong to a prompt, as 1 x K; an unknown one raises PromptError."""
        unknown = [prompt for prompt in prompts if prompt not in self._members]
        if unknown:
            raise PromptError(f"Unknown prompts {unknown}; known are {list(self._members)}.")
        rows = torch.stack([self._members[prompt] for prompt in prompts])[:, None]
        return Embedding(conditional=rows, unconditional=torch.ones_like(rows))

    def predict_noise(
        self,
        noisy: Float[Tensor, "batch channels height width"],
        timestep: Int[Tensor, " batch"],
        embedding: Embedding,
        guidance_scale: float,
    ) -> Float[Tensor, "batch channels height width"]:
        """-sqrt(1 - abar) times the exact score of the noised mixture, guided."""
        alpha_bar = self.schedule.alpha_bar_at(timestep, noisy)
        variance = (alpha_bar * self.std**2 + 1 - alpha_bar).view(-1, 1)
        offsets = noisy.flatten(1)[:, None] - alpha_bar.view(-1, 1, 1).sqrt() * self._centres
        closeness = -offsets.square().sum(-1) / (2 * variance)

        def exact(members: Tensor) -> Tensor:
            weights = (closeness + members[:, 0].log()).softmax(1)
            pulled = (weights[..., None] * offsets).sum(1) / variance
            return (1 - alpha_bar).sqrt() * pulled[..., None, None]

        return guided(exact(embedding.conditional), exact(embedding.unconditional), guidance_scale)

    def encode(
        self, image: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch channels height width"]:
        """The points themselves."""
        return image.to(self.dtype)

    def decode(
        self, latent: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch channels height width"]:
        """The points themselves."""
        return latent
