"""A prior as measurements see it: predictions of the clean picture, whoever loaded it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.diffusion.pretrained import load_diffusion_prior
from pds.training.model import build_scheduler, encode_prompts
from pds.training.train import Trainer

BATCH = 16


@dataclass(frozen=True, kw_only=True)
class Denoiser:
    """A v-predicting prior of unshuffled pixels.

    Attributes:
        name: what was loaded.
        alpha_bar: of its timesteps, falling.
        factor: pixels per latent cell and axis.
        image_size: side of its pictures.
        embed: prompts -> hidden states [n tokens width].
        predict_v: noisy latents, timesteps, hidden states -> v.
    """

    name: str
    alpha_bar: Float[Tensor, " steps"]
    factor: int
    image_size: int
    embed: Callable[[Sequence[str]], Tensor]
    predict_v: Callable[[Tensor, Tensor, Tensor], Tensor]

    @classmethod
    def of_folder(cls, folder: Path, dtype: str = "float32") -> "Denoiser":
        """An exported prior."""
        prior = load_diffusion_prior(folder, device="cpu", dtype=dtype)

        def predict_v(noisy: Tensor, timestep: Tensor, hidden: Tensor) -> Tensor:
            kind = prior.dtype
            found = prior.unet(noisy.to(kind), timestep, encoder_hidden_states=hidden.to(kind))
            return found.sample.float()

        return cls(
            name=folder.name,
            alpha_bar=prior.schedule.alpha_bar.float(),
            factor=prior.codec.factor,
            image_size=prior.image_size,
            embed=lambda prompts: prior.embed(list(prompts)).conditional,
            predict_v=torch.no_grad()(predict_v),
        )

    @classmethod
    def of_trainer(cls, trainer: Trainer) -> "Denoiser":
        """The running average of a training run."""
        net = trainer.averaged()

        def embed(prompts: Sequence[str]) -> Tensor:
            tokens = encode_prompts(trainer.tokenizer, list(prompts))
            return net.text_encoder(tokens).last_hidden_state

        def predict_v(noisy: Tensor, timestep: Tensor, hidden: Tensor) -> Tensor:
            return net.unet(noisy, timestep, encoder_hidden_states=hidden).sample

        return cls(
            name=f"checkpoint after {trainer.seen} pictures",
            alpha_bar=build_scheduler().alphas_cumprod,
            factor=trainer.model_config.unshuffle,
            image_size=trainer.model_config.image_size,
            embed=torch.no_grad()(embed),
            predict_v=torch.no_grad()(predict_v),
        )

    def timestep_like(self, timestep: int) -> int:
        """The timestep whose signal-to-noise ratio is that of Stable Diffusion's `timestep`.

        So priors of different schedules are measured at the same noise.
        """
        betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
        wanted = torch.cumprod(1 - betas, 0)[timestep]
        return int((self.alpha_bar.double() - wanted).abs().argmin())

    def predict_x0(
        self,
        noisy: Float[Tensor, "batch channels h w"],
        timestep: Int[Tensor, " batch"],
        hidden: Float[Tensor, "batch tokens width"],
    ) -> Float[Tensor, "batch channels h w"]:
        """Clean latents, not clipped; in batches of 16."""
        parts = []
        for start in range(0, len(noisy), BATCH):
            part = slice(start, start + BATCH)
            alpha_bar = self.alpha_bar[timestep[part]].view(-1, 1, 1, 1)
            v = self.predict_v(noisy[part], timestep[part], hidden[part])
            parts.append(alpha_bar.sqrt() * noisy[part] - (1 - alpha_bar).sqrt() * v)
        return torch.cat(parts)
