"""A capture with smaller pictures."""

from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor

from pds.kinds.nerf.capture.capture import Capture


def capture_at(capture: Capture, longer_side_px: int) -> Capture:
    """The capture with pictures whose longer side is at most as given."""
    if all(max(one.width, one.height) <= longer_side_px for one in capture.cameras):
        return capture
    cameras = tuple(
        one.fitted(longer_side_px) if max(one.width, one.height) > longer_side_px else one
        for one in capture.cameras
    )
    images = tuple(
        _resized(image.permute(2, 0, 1), one.height, one.width).permute(1, 2, 0).contiguous()
        for image, one in zip(capture.images, cameras)
    )
    alphas = capture.alphas and tuple(
        _resized(alpha[None], one.height, one.width)[0]
        for alpha, one in zip(capture.alphas, cameras)
    )
    return replace(capture, cameras=cameras, images=images, alphas=alphas)


def _resized(image: Tensor, height: int, width: int) -> Tensor:
    size = (height, width)
    smaller = F.interpolate(image[None].float(), size=size, mode="bilinear", antialias=True)[0]
    return smaller.round().clamp(0, 255).byte()
