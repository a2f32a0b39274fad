"""What a scene is fitted to: posed pictures in the scene's own coordinates."""

from dataclasses import dataclass

from jaxtyping import UInt8
from torch import Tensor

from pds.base.errors import CaptureError
from pds.kinds.nerf.cameras import Camera


@dataclass(frozen=True, kw_only=True, eq=False)
class Capture:
    """Posed pictures.

    Attributes:
        cameras: one a picture, in scene coordinates (see `pds.kinds.nerf.cameras`).
        images: sRGB [height width 3], laid on white where a picture had alpha.
        alphas: opacity [height width] of each picture, or None if the pictures have none.
        names: file name of each picture.
        bounded: True for an object inside the cube [-1, 1]^3 on an empty background; False for a
            scene that goes on to all sides: then most cameras stand within 1 of the origin.
        has_front: whether azimuth 0 is the front, so that prompts can name the view.
        world_from_scene: similarity [4 4] from scene coordinates to those of the files read.
        symmetric: whether the object looks the same mirrored left to right.
        name: what it is called; empty if the files do not say.
        prompt: what it shows, in words; empty if the files do not say.
        credit: who made it and under which licence; empty if the files do not say.
        warnings: what was left out and why, one sentence each.
    """

    cameras: tuple[Camera, ...]
    images: tuple[UInt8[Tensor, "_ _ 3"], ...]
    alphas: tuple[UInt8[Tensor, "_ _"], ...] | None
    names: tuple[str, ...]
    bounded: bool
    has_front: bool
    world_from_scene: Tensor
    symmetric: bool = False
    name: str = ""
    prompt: str = ""
    credit: str = ""
    warnings: tuple[str, ...] = ()

    def __post_init__(self):
        counts = {len(self.cameras), len(self.images), len(self.names)}
        counts |= set() if self.alphas is None else {len(self.alphas)}
        if len(counts) != 1 or not self.cameras:
            raise CaptureError("A capture needs at least one picture, and a camera for each.")
        for camera, image, name in zip(self.cameras, self.images, self.names, strict=True):
            if tuple(image.shape[:2]) != (camera.height, camera.width):
                raise CaptureError(
                    f"{name} is {image.shape[1]} x {image.shape[0]} px, but its camera says "
                    f"{camera.width} x {camera.height}."
                )

    def __len__(self) -> int:
        return len(self.cameras)
