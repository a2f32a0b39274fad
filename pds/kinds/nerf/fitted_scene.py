"""A fitted scene: a field, the cameras it was seen from, and where it comes from."""

from dataclasses import dataclass
from dataclasses import field as attribute

import torch
from jaxtyping import UInt8
from torch import Tensor

from pds.base.errors import CaptureError
from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.fields.field import Field


def _identity() -> Tensor:
    return torch.eye(4)


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedScene:
    """What an edit starts from and what it leaves behind.

    Attributes:
        field: density and colour.
        cameras: from where it was seen, in scene coordinates; at least one.
        images: the pictures of a real capture, sRGB on white, one a camera; None for a scene whose
            own renderings stand for them.
        names: file name of each picture, one a camera.
        bounded: whether it is an object inside the cube [-1, 1]^3.
        has_front: whether azimuth 0 is the front, so that prompts can name the view.
        symmetric: whether the object looks the same mirrored left to right.
        world_from_scene: similarity [4 4] from scene coordinates to those of the files read.
        name: what to call it.
        prompt: what it shows, in words; may be empty.
        credit: who made it and under which licence; may be empty.
        history: what was done to it, one sentence each, oldest first.
        psnr: of held-out views after the fit, dB; None if it was not measured.
        steps_done: how many steps of its fit's plan the field has behind it; 0 = unknown, or edited
            since.
        steps_planned: how many that plan had; 0 = unknown.

    Raises:
        CaptureError: no cameras, or counts that differ.
    """

    field: Field
    cameras: tuple[Camera, ...]
    names: tuple[str, ...]
    bounded: bool
    has_front: bool
    name: str
    images: tuple[UInt8[Tensor, "_ _ 3"], ...] | None = None
    symmetric: bool = False
    world_from_scene: Tensor = attribute(default_factory=_identity)
    prompt: str = ""
    credit: str = ""
    history: tuple[str, ...] = ()
    psnr: float | None = None
    steps_done: int = 0
    steps_planned: int = 0

    def __post_init__(self):
        most = self.steps_planned or self.steps_done
        if not 0 <= self.steps_done <= most:
            raise CaptureError("A scene's fit cannot have more steps behind it than were planned.")
        counts = {len(self.cameras), len(self.names)}
        counts |= set() if self.images is None else {len(self.images)}
        if len(counts) != 1 or not self.cameras:
            raise CaptureError("A scene needs at least one camera, and a name for each.")
        for camera, image in zip(self.cameras, self.images or self.cameras):
            if image is not camera and tuple(image.shape[:2]) != (camera.height, camera.width):
                raise CaptureError("A scene's picture and its camera differ in size.")
