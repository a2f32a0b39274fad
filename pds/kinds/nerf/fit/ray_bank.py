"""The pixels of a capture, to draw random rays from."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.capture.capture import Capture

MARGIN_PX = 4  # around the object, where rays must learn that nothing is
ELSEWHERE = 8  # one in so many pixels far from the object is kept


class RayBank:
    """All pixels worth fitting to, of several views; colours stay 8-bit, lenses are shared.

    Memory: 4 bytes a pixel, 8 for each pixel that is drawn from, and 12 a pixel of each lens.

    Args:
        cameras: one a picture.
        images: sRGB on white.
        alphas: opacity, or None. With them, pixels far from the object are mostly left out.
    """

    def __init__(
        self,
        cameras: tuple[Camera, ...],
        images: tuple[UInt8[Tensor, "_ _ 3"], ...],
        alphas: tuple[UInt8[Tensor, "_ _"], ...] | None,
    ):
        self.cameras = cameras
        self.colors = torch.cat([image.reshape(-1, 3) for image in images])
        self.alphas = None if alphas is None else torch.cat([a.reshape(-1) for a in alphas])
        sizes = [camera.width * camera.height for camera in cameras]
        self.starts = torch.tensor([0, *sizes]).cumsum(0)[:-1]
        self.matrices = torch.stack([camera.camera_to_world for camera in cameras])
        self._lenses(sizes)
        self.kept = None
        if alphas is not None:
            self.kept = torch.cat([_near_object(alpha) for alpha in alphas]).nonzero().squeeze(1)

    @classmethod
    def of(cls, capture: Capture, indices: Sequence[int]) -> "RayBank":
        """Of some pictures of a capture."""
        return cls(
            tuple(capture.cameras[i] for i in indices),
            tuple(capture.images[i] for i in indices),
            None if capture.alphas is None else tuple(capture.alphas[i] for i in indices),
        )

    def _lenses(self, sizes: list[int]) -> None:
        """Directions in the camera's own axes, once for all cameras with the same lens."""
        level = torch.eye(3, 4)
        places, maps, taken = {}, [], 0
        self.lens_starts = torch.zeros(len(sizes), dtype=torch.long)
        for index, (camera, size) in enumerate(zip(self.cameras, sizes)):
            lens = (camera.width, camera.height, camera.fl_x, camera.fl_y, camera.cx, camera.cy)
            lens = (*lens, *camera.distortion)
            if lens not in places:
                places[lens] = taken
                taken += size
                maps.append(_levelled(camera, level).rays()[1])
            self.lens_starts[index] = places[lens]
        self.directions = torch.cat(maps)

    def __len__(self) -> int:
        return len(self.colors) if self.kept is None else len(self.kept)

    def draw(
        self, count: int, generator: torch.Generator
    ) -> tuple[
        Float[Tensor, "rays 3"],
        Float[Tensor, "rays 3"],
        Float[Tensor, "rays 3"],
        Float[Tensor, "rays"] | None,
    ]:
        """Random rays: origins, directions, colours on white in [0, 1], opacities in [0, 1]."""
        chosen = torch.randint(len(self), (count,), generator=generator)
        return self.at(chosen if self.kept is None else self.kept[chosen])

    def at(self, pixels: Int[Tensor, "rays"]):
        """As `draw`, for these pixels, counted through all pictures."""
        camera = torch.searchsorted(self.starts, pixels, right=True) - 1
        local = self.directions[self.lens_starts[camera] + pixels - self.starts[camera]]
        matrix = self.matrices[camera]
        directions = (matrix[:, :, :3] @ local[:, :, None]).squeeze(2)
        color = self.colors[pixels].float() / 255
        alpha = None if self.alphas is None else self.alphas[pixels].float() / 255
        return matrix[:, :, 3], directions, color, alpha


def _levelled(camera: Camera, level: Tensor) -> Camera:
    return Camera(
        camera_to_world=level,
        width=camera.width,
        height=camera.height,
        fl_x=camera.fl_x,
        fl_y=camera.fl_y,
        cx=camera.cx,
        cy=camera.cy,
        distortion=camera.distortion,
    )


def _near_object(alpha: UInt8[Tensor, "height width"]) -> Tensor:
    """Which pixels are on the object or near it, and a few of the others, evenly."""
    size = 2 * MARGIN_PX + 1
    seen = (alpha > 0).float()[None, None]
    near = F.max_pool2d(seen, size, stride=1, padding=MARGIN_PX).reshape(-1) > 0
    near[::ELSEWHERE] = True
    return near
