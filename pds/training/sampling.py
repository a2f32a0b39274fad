"""Draw pictures with a prior, and lay them out on sheets."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from jaxtyping import Float
from PIL import Image, ImageDraw
from torch import Tensor

from pds.training.denoiser import Denoiser
from pds.training.model import from_latent

MEAN_LATENT = 0.65
"""Mean value of pictures on white, in [-1, 1]."""


@torch.no_grad()
def sample(
    denoiser: Denoiser,
    prompts: Sequence[str],
    *,
    generator: torch.Generator,
    guidance_scale: float = 4.0,
    steps: int = 25,
    mean: Float[Tensor, "channels h w"] | float = MEAN_LATENT,
) -> Float[Tensor, "batch 3 height width"]:
    """Generate one picture a prompt with deterministic DDIM (Song et al., 2021).

    It starts from what the last timestep looks like in training: the mean picture as far as that
    still shows it, plus noise. Under a schedule that does not end in pure noise the noise alone
    would be five standard deviations too dark.

    Args:
        denoiser: the prior.
        prompts: texts, at least one.
        generator: source of the first noise.
        guidance_scale: 1 = off.
        steps: network calls.
        mean: latent of the mean picture.

    Returns:
        Images [B 3 H W] in [0, 1], float32.
    """
    hidden = denoiser.embed(["", *prompts])
    hidden = torch.cat([hidden[:1].expand(len(prompts), -1, -1), hidden[1:]])
    side = denoiser.image_size // denoiser.factor
    noise = torch.randn((len(prompts), 3 * denoiser.factor**2, side, side), generator=generator)
    alpha_bars = denoiser.alpha_bar
    times = torch.linspace(len(alpha_bars) - 1, 0, steps + 1).round().long()
    noisy = alpha_bars[-1].sqrt() * mean + (1 - alpha_bars[-1]).sqrt() * noise
    for now, after in pairwise(times):
        timestep = now.expand(2 * len(prompts))
        free, told = denoiser.predict_v(torch.cat([noisy, noisy]), timestep, hidden).chunk(2)
        v = free + guidance_scale * (told - free)
        alpha, sigma = alpha_bars[now].sqrt(), (1 - alpha_bars[now]).sqrt()
        clean = (alpha * noisy - sigma * v).clamp(-1, 1)
        noise = (noisy - alpha * clean) / sigma
        noisy = alpha_bars[after].sqrt() * clean + (1 - alpha_bars[after]).sqrt() * noise
    return from_latent(clean, denoiser.factor)


def sheet(rows: Sequence[tuple[str, Tensor]], *, label_px: int = 150) -> Image.Image:
    """A contact sheet: a label and a row of pictures [n 3 H W] in [0, 1] for each row."""
    side = rows[0][1].shape[-1]
    widest = max(len(pictures) for _, pictures in rows)
    page = Image.new("RGB", (label_px + widest * side, len(rows) * side), "white")
    pen = ImageDraw.Draw(page)
    for number, (label, pictures) in enumerate(rows):
        pen.text((4, number * side + side // 2 - 6), label, fill="black")
        for column, picture in enumerate(pictures):
            pixels = (picture.permute(1, 2, 0) * 255).round().byte().numpy()
            page.paste(Image.fromarray(pixels), (label_px + column * side, number * side))
    return page
