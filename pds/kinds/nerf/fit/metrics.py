"""How near two pictures are: PSNR and SSIM."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

SSIM_SIGMA_PX = 1.5
SSIM_RADIUS_PX = 5  # 11 x 11, as in Wang et al. 2004
SSIM_C1, SSIM_C2 = 0.01**2, 0.03**2
PSNR_OF_EQUAL = 100.0


def psnr(one: Float[Tensor, "*shape"], other: Float[Tensor, "*shape"]) -> float:
    """Peak signal-to-noise ratio of values in [0, 1], in dB; at most 100."""
    return psnr_of_error(float((one - other).square().mean()))


def psnr_of_error(mean_square: float) -> float:
    """The PSNR, in dB, of a mean squared error of values in [0, 1]; at most 100."""
    return min(PSNR_OF_EQUAL, -10 * math.log10(max(mean_square, 1e-12)))


def ssim(one: Float[Tensor, "n c h w"], other: Float[Tensor, "n c h w"]) -> float:
    """Structural similarity (Wang et al. 2004) of pictures in [0, 1].

    Gaussian window of 1.5 px, population covariances, mean over all whole windows and channels.
    The window is smaller for pictures of less than 11 px.
    """
    radius = min(SSIM_RADIUS_PX, (min(one.shape[2:]) - 1) // 2)
    places = torch.arange(-radius, radius + 1).to(one)
    kernel = torch.exp(-0.5 * (places / SSIM_SIGMA_PX) ** 2)
    kernel = kernel / kernel.sum()

    def mean(values):
        single = values.flatten(0, 1)[:, None]
        rows = F.conv2d(single, kernel.view(1, 1, 1, -1))
        return F.conv2d(rows, kernel.view(1, 1, -1, 1))

    a, b = mean(one), mean(other)
    var_a, var_b = mean(one * one) - a * a, mean(other * other) - b * b
    covariance = mean(one * other) - a * b
    top = (2 * a * b + SSIM_C1) * (2 * covariance + SSIM_C2)
    bottom = (a * a + b * b + SSIM_C1) * (var_a + var_b + SSIM_C2)
    return float((top / bottom).mean())
