"""Draw pictures with a prior, and lay them out on sheets."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from jaxtyping import Float
from PIL import Image, ImageDraw
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from pds.training.model import Prior, build_scheduler, encode_prompts, from_latent


@torch.no_grad()
def sample(
    net: Prior,
    tokenizer: PreTrainedTokenizerFast,
    prompts: Sequence[str],
    *,
    generator: torch.Generator,
    guidance_scale: float = 4.0,
    steps: int = 25,
) -> Float[Tensor, "batch 3 height width"]:
    """Generate one picture a prompt with deterministic DDIM (Song et al., 2021).

    Args:
        net: the prior, in any floating type.
        tokenizer: its tokenizer.
        prompts: texts, at least one.
        generator: source of the first noise.
        guidance_scale: 1 = off.
        steps: network calls.

    Returns:
        Images [B 3 H W] in [0, 1], float32.
    """
    config = net.config
    tokens = encode_prompts(tokenizer, ["", *prompts])
    kind = next(net.parameters()).dtype
    hidden = net.text_encoder(tokens).last_hidden_state
    hidden = torch.cat([hidden[:1].expand(len(prompts), -1, -1), hidden[1:]])
    side = config.image_size // config.unshuffle
    shape = (len(prompts), 3 * config.unshuffle**2, side, side)
    noisy = torch.randn(shape, generator=generator)
    alpha_bars = build_scheduler().alphas_cumprod
    times = torch.linspace(len(alpha_bars) - 1, 0, steps + 1).round().long()
    for now, after in pairwise(times):
        timestep = now.expand(2 * len(prompts))
        v = net.unet(torch.cat([noisy, noisy]).to(kind), timestep, encoder_hidden_states=hidden)
        free, told = v.sample.float().chunk(2)
        v = free + guidance_scale * (told - free)
        alpha, sigma = alpha_bars[now].sqrt(), (1 - alpha_bars[now]).sqrt()
        clean = (alpha * noisy - sigma * v).clamp(-1, 1)
        noise = (noisy - alpha * clean) / sigma
        noisy = alpha_bars[after].sqrt() * clean + (1 - alpha_bars[after]).sqrt() * noise
    return from_latent(clean, config.unshuffle)


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
