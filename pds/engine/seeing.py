"""Renderings and words as a prior takes them."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from pds.diffusion.prior import Prior


def as_prior_sees(
    images: Float[Tensor, "batch 3 height width"], prior: Prior
) -> Float[Tensor, "batch 3 size size"]:
    """Pictures at the prior's own size, on its device and in its precision; differentiable."""
    size = prior.image_size
    images = images.to(device=prior.device, dtype=prior.dtype)
    if images.shape[-2:] == (size, size):
        return images
    return F.interpolate(images, (size, size), mode="bilinear", align_corners=False, antialias=True)


def with_view(prompt: str, words: str) -> str:
    """A prompt with the words of a view ("front view") behind it, where there are any."""
    return f"{prompt}, {words}" if words else prompt
