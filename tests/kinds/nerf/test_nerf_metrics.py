"""PSNR and SSIM."""

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from pds.kinds.nerf.fit.metrics import psnr, psnr_of_error, ssim


def pair(noise: float) -> tuple[torch.Tensor, torch.Tensor]:
    chance = torch.Generator().manual_seed(0)
    one = torch.rand(1, 3, 24, 31, generator=chance)
    other = (one + noise * torch.randn(one.shape, generator=chance)).clamp(0, 1)
    return one, other


def picture(image: torch.Tensor) -> np.ndarray:
    return image[0].permute(1, 2, 0).double().numpy()


@pytest.mark.parametrize("noise", [0.01, 0.1, 0.5])
def test_psnr_and_ssim_equal_those_of_scikit_image(noise):
    one, other = pair(noise)
    a, b = picture(one), picture(other)
    assert psnr(one, other) == pytest.approx(
        peak_signal_noise_ratio(a, b, data_range=1.0), abs=1e-3
    )
    # scikit-image averages over whole windows only, too: it crops a border of the window's radius.
    expected = structural_similarity(
        a, b, data_range=1.0, channel_axis=2, gaussian_weights=True, use_sample_covariance=False
    )
    assert ssim(one.double(), other.double()) == pytest.approx(expected, abs=1e-6)


def test_equal_pictures_score_the_highest():
    one, _ = pair(0.1)
    assert psnr(one, one) == 100
    assert ssim(one, one) == pytest.approx(1)


def test_an_error_of_a_tenth_is_twenty_decibels():
    assert psnr_of_error(0.01) == pytest.approx(20)


@pytest.mark.parametrize(("a", "b"), [(0.2, 0.2), (0.2, 0.7), (0.0, 1.0)])
def test_ssim_of_even_pictures_is_that_of_their_means(a, b):
    """Nothing varies, so of Wang's three factors the one of brightness is left."""
    one, other = (torch.full((1, 3, 16, 16), value) for value in (a, b))
    c = 0.01**2
    assert ssim(one, other) == pytest.approx((2 * a * b + c) / (a * a + b * b + c), abs=1e-6)


def test_ssim_of_a_batch_is_the_mean_of_its_pictures():
    one, other = pair(0.1)
    _, worse = pair(0.5)
    both = ssim(one.repeat(2, 1, 1, 1), torch.cat([other, worse]))
    assert both == pytest.approx((ssim(one, other) + ssim(one, worse)) / 2, abs=1e-6)


def test_pictures_smaller_than_the_window_can_be_compared():
    one, other = pair(0.1)
    assert 0 < ssim(one[:, :, :5, :9], other[:, :, :5, :9]) < 1
