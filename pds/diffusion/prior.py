"""What the engine asks of a diffusion model."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.diffusion.schedule import NoiseSchedule
from pds.diffusion.vocabulary import Vocabulary


@dataclass(frozen=True, kw_only=True)
class Embedding:
    """Prompts as the network reads them.

    Attributes:
        conditional: one row per prompt.
        unconditional: the same number of rows, of the empty prompt.
    """

    conditional: Float[Tensor, "batch tokens width"]
    unconditional: Float[Tensor, "batch tokens width"]

    def __len__(self) -> int:
        return len(self.conditional)

    @staticmethod
    def cat(parts: "list[Embedding]") -> "Embedding":
        """All rows of all parts, in order."""
        return Embedding(
            conditional=torch.cat([p.conditional for p in parts]),
            unconditional=torch.cat([p.unconditional for p in parts]),
        )


class Prior(ABC):
    """A frozen text-to-image diffusion model.

    Attributes:
        name: what to show and to store in recipes.
        schedule: its noise schedule.
        image_size: side in pixels of the square pictures it was trained on.
        device: where its latents live.
        dtype: of its latents.
        fingerprint: a short hash of the weights, or an empty string if there are none.
        vocabulary: the words it knows, or None if it takes any text.
    """

    name: str
    schedule: NoiseSchedule
    image_size: int
    device: torch.device
    dtype: torch.dtype
    fingerprint: str = ""
    vocabulary: Vocabulary | None = None

    @abstractmethod
    def embed(self, prompts: list[str]) -> Embedding:
        """Encodes prompts; no gradient."""

    @abstractmethod
    def predict_noise(
        self,
        noisy: Float[Tensor, "batch channels height width"],
        timestep: Int[Tensor, " batch"],
        embedding: Embedding,
        guidance_scale: float,
    ) -> Float[Tensor, "batch channels height width"]:
        """Guided noise prediction: uncond + guidance_scale (cond - uncond), 1 = off.

        One network call for the whole batch; no gradient, no randomness.
        """

    @abstractmethod
    def encode(
        self, image: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch channels h w"]:
        """Image in [0, 1] to latent; differentiable."""

    @abstractmethod
    def decode(
        self, latent: Float[Tensor, "batch channels h w"]
    ) -> Float[Tensor, "batch 3 height width"]:
        """Latent to image, clamped to [0, 1]; no gradient."""


def guided(conditional: Tensor, unconditional: Tensor, guidance_scale: float) -> Tensor:
    """Classifier-free guidance (Ho & Salimans 2022) in the form where 1 is off."""
    return unconditional + guidance_scale * (conditional - unconditional)
