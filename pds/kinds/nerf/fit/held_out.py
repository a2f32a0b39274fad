"""Pictures that a fit never sees, to tell how good it is."""

from collections.abc import Sequence

import torch

from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.fit.metrics import psnr, ssim
from pds.kinds.nerf.fit.progress import FitQuality
from pds.kinds.nerf.fit.ray_bank import RayBank
from pds.kinds.nerf.render.rays import render_rays
from pds.kinds.nerf.render.rendering import render

GLANCE_RAYS = 4096
UNSEEN = 3e-5  # weight of samples whose colour does not show


class HeldOut:
    """Some pictures of a capture, held against what a field shows from their cameras.

    Args:
        capture: all pictures.
        indices: which of them are held out; at least one.
        device: where the fields are.
    """

    def __init__(self, capture: Capture, indices: Sequence[int], device: torch.device):
        self._capture, self._indices, self._device = capture, tuple(indices), device
        self._bank = RayBank.of(capture, self._indices)

    @torch.no_grad()
    def glance(self, field: Field, occupancy: Occupancy | None) -> float:
        """PSNR, in dB, of a few rays, always the same ones."""
        fixed = torch.Generator().manual_seed(0)
        count = min(GLANCE_RAYS, len(self._bank.colors))
        pixels = torch.randint(len(self._bank.colors), (count,), generator=fixed)
        origins, directions, target, _ = (
            None if part is None else part.to(self._device) for part in self._bank.at(pixels)
        )
        seen = render_rays(field, origins, directions, occupancy=occupancy)
        return psnr(seen.color, target)

    @torch.no_grad()
    def quality(self, field: Field) -> FitQuality:
        """Means over the whole pictures; takes seconds."""
        near, alike, occupancy = [], [], Occupancy(field)
        for index in self._indices:
            image = self._capture.images[index].permute(2, 0, 1)[None].float() / 255
            camera = self._capture.cameras[index]
            drawn = render(field, camera, occupancy=occupancy, color_above=UNSEEN).image.cpu()
            near.append(psnr(drawn, image))
            alike.append(ssim(drawn, image))
        count = len(near)
        return FitQuality(psnr=sum(near) / count, ssim=sum(alike) / count, views=count)


def held_out_indices(count: int, every: int) -> list[int]:
    """Which of so many pictures are held out: one in the middle of each `every`; 0 = none."""
    return list(range(every // 2, count, every)) if every else []
