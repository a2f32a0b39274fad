"""A picture as a parametric image: what the engine moves when it edits one."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from pds.engine.parametric import ParameterGroup, ParametricImage, View
from pds.kinds.image.settings import ImageSettings


class EditedPicture(ParametricImage):
    """A picture whose pixels move, at the size at which the prior sees them.

    The leaf is the change, zero at the start, on a square grid of `size_px`; the picture of any
    shape lies in the middle of that square on white. What the edit does not touch stays exact.

    Args:
        image: the source at its full size.
        settings: how it takes part.
        size_px: side of the square if the settings do not say.
        device: where to compute.
        start: a picture of the same shape to begin with, by default the source.
    """

    def __init__(
        self,
        image: Float[Tensor, "1 3 height width"],
        settings: ImageSettings,
        *,
        size_px: int,
        device: torch.device | str = "cpu",
        start: Float[Tensor, "1 3 height width"] | None = None,
    ):
        self.full = (image if start is None else start).detach()
        self.settings = settings
        self.size_px = settings.size_px or size_px
        self._source = self._square(image.detach()).to(device)
        self._base = self._square(self.full).to(device)
        self.change = torch.zeros_like(self._base).requires_grad_()

    def _square(self, image: Tensor) -> Tensor:
        """The picture in the middle of a white square of `size_px`."""
        height, width = image.shape[-2:]
        scale = self.size_px / max(height, width)
        size = max(1, round(height * scale)), max(1, round(width * scale))
        small = F.interpolate(image, size, mode="bilinear", align_corners=False, antialias=True)
        self._place = _middle(size, self.size_px)
        return F.pad(small.clamp(0, 1), self._place, value=1.0)

    def parameter_groups(self) -> list[ParameterGroup]:
        """The change of every pixel."""
        rate = self.settings.color_rate / 1000
        return [ParameterGroup(name="pixels", parameters=(self.change,), learning_rate=rate)]

    def views(self) -> Sequence[View]:
        """One flat view."""
        return (View(),)

    def render(self, view: View) -> Float[Tensor, "1 3 size size"]:
        """The square as it is now."""
        return self._base + self.change

    def source(self, view: View) -> Float[Tensor, "1 3 size size"]:
        """The square as it was given."""
        return self._source

    @torch.no_grad()
    def project(self) -> None:
        """Keeps colours in [0, 1]."""
        self.change.copy_((self._base + self.change).clamp(0, 1) - self._base)

    def regulariser(self) -> Tensor | None:
        """Mean squared difference of the change between neighbours, weighted; None if off."""
        if self.settings.smoothness_weight == 0:
            return None
        across = (self.change[..., 1:] - self.change[..., :-1]).square().mean()
        down = (self.change[..., 1:, :] - self.change[..., :-1, :]).square().mean()
        return self.settings.smoothness_weight * (across + down)

    @torch.no_grad()
    def picture(self) -> Float[Tensor, "1 3 height width"]:
        """The whole picture as it is now, at its full size; a copy, on the CPU."""
        left, right, top, bottom = self._place
        side = self.size_px
        change = self.change.detach().cpu()[..., top : side - bottom, left : side - right]
        if change.shape[-2:] != self.full.shape[-2:]:
            change = F.interpolate(
                change, self.full.shape[-2:], mode="bicubic", align_corners=False
            )
        return (self.full.cpu() + change).clamp(0, 1)


def _middle(size: tuple[int, int], side: int) -> tuple[int, int, int, int]:
    """Left, right, top and bottom margins of a picture of that height and width in a square."""
    spare_y, spare_x = side - size[0], side - size[1]
    return spare_x // 2, spare_x - spare_x // 2, spare_y // 2, spare_y - spare_y // 2
