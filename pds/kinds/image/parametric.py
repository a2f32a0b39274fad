"""A picture as a parametric image: what the engine moves when it edits one."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from pds.base.images import resize
from pds.engine.parametric import ParameterGroup, ParametricImage, View
from pds.kinds.image.settings import ImageSettings


class EditedPicture(ParametricImage):
    """A picture whose pixels move, at the size at which the prior sees them.

    The picture, of any shape, lies in the middle of a square of `size_px` on white. The leaf is the
    change of its pixels there, zero at the start; what the edit does not touch stays exact.

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
        height, width = image.shape[-2:]
        scale = self.size_px / max(height, width)
        self._size = max(1, round(height * scale)), max(1, round(width * scale))
        self._margins = _margins(self._size, self.size_px)
        self._source = self._square(self._small(image.detach()).to(device))
        self._base = self._small(self.full).to(device)
        self.change = torch.zeros_like(self._base).requires_grad_()

    def _small(self, image: Tensor) -> Tensor:
        return resize(image, self._size).clamp(0, 1)

    def _square(self, small: Tensor) -> Tensor:
        """The small picture in the middle of a white square."""
        return F.pad(small, self._margins, value=1.0)

    def parameter_groups(self) -> list[ParameterGroup]:
        """The change of every pixel."""
        rate = self.settings.color_rate / 1000
        return [ParameterGroup(name="pixels", parameters=(self.change,), learning_rate=rate)]

    def views(self) -> Sequence[View]:
        """One flat view."""
        return (View(),)

    def render(self, view: View) -> Float[Tensor, "1 3 size size"]:
        """The square as it is now."""
        return self._square(self._base + self.change)

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
        change = self.change.detach().cpu()
        if change.shape[-2:] != self.full.shape[-2:]:
            change = F.interpolate(
                change, self.full.shape[-2:], mode="bicubic", align_corners=False
            )
        return (self.full.cpu() + change).clamp(0, 1)


def _margins(size: tuple[int, int], side: int) -> tuple[int, int, int, int]:
    """Left, right, top and bottom margins of a picture of that height and width in a square."""
    spare_y, spare_x = side - size[0], side - size[1]
    return spare_x // 2, spare_x - spare_x // 2, spare_y // 2, spare_y - spare_y // 2
