"""How near two pictures are: PSNR and SSIM."""

import math

from jaxtyping import Float
from torch import Tensor

SSIM_WINDOW_PX = 11  # as in Wang et al. 2004
PSNR_OF_EQUAL = 100.0


def psnr(one: Float[Tensor, "*shape"], other: Float[Tensor, "*shape"]) -> float:
    """Peak signal-to-noise ratio of values in [0, 1], in dB; at most 100."""
    return psnr_of_error(float((one - other).square().mean()))


def psnr_of_error(mean_square: float) -> float:
    """The PSNR, in dB, of a mean squared error of values in [0, 1]; at most 100."""
    return min(PSNR_OF_EQUAL, -10 * math.log10(max(mean_square, 1e-12)))


def ssim(one: Float[Tensor, "n c h w"], other: Float[Tensor, "n c h w"]) -> float:
    """Structural similarity (Wang et al. 2004) of pictures in [0, 1], by scikit-image.

    Gaussian window of 1.5 px, population covariances, mean over all whole windows and channels.
    The window is smaller for pictures of less than 11 px.
    """
    from skimage.metrics import structural_similarity  # takes a second; a fit's end has it

    side = min(SSIM_WINDOW_PX, *one.shape[2:])
    values = [
        structural_similarity(
            a,
            b,
            win_size=side - 1 + side % 2,
            data_range=1.0,
            channel_axis=0,
            gaussian_weights=True,
            use_sample_covariance=False,
        )
        for a, b in zip(one.double().cpu().numpy(), other.double().cpu().numpy(), strict=True)
    ]
    return float(sum(values) / len(values))
