"""A radiance field as a parametric image: what the engine moves when it edits a NeRF."""

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import ConfigError
from pds.engine.parametric import ParameterGroup, ParametricImage, View
from pds.kinds.nerf.cameras import Camera, azimuth_of, view_words
from pds.kinds.nerf.fields.confined_field import ConfinedField
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.moves.confining import Confinement
from pds.kinds.nerf.render.regularisers import Regulariser
from pds.kinds.nerf.render.rendering import render
from pds.kinds.nerf.render.two_pass import two_pass_render
from pds.kinds.nerf.settings import NeRFSettings

ONE_PASS_PX = 128
PATCH_PX = 128
WIDE = 1.2
CROPS = 3


class NeRFImage(ParametricImage):
    """A fitted scene whose density and colours move.

    Every camera of the scene is a fixed view, as a square: where its picture is clearly longer than
    wide, three squares along it are three views. The source of a view is the captured picture where
    the scene has them, else a rendering of the unedited field.

    Args:
        source: the fitted scene; it is left as it is.
        config: what may move, how fast, where, and what is held against haze.
        size_px: side of a rendering if `config.resolution_px` is 0.
        device: where to draw.
        generator: of the regulariser's points, on the CPU.
        start: the field to begin with, by default the source's own.

    Raises:
        ConfigError: the box leaves nothing to edit, or the starting field is of another kind.

    Attributes:
        field: the field that moves.
        source_scene: as given.
        size_px: side of the square renderings.
    """

    def __init__(
        self,
        source: FittedScene,
        config: NeRFSettings,
        *,
        size_px: int,
        device: torch.device | str = "cpu",
        generator: torch.Generator,
        start: Field | None = None,
    ):
        self.source_scene = source
        self.config = config
        self.size_px = config.resolution_px or size_px
        self._device = torch.device(device)
        self._original = source.field.copy().to(self._device).requires_grad_(False)
        field = (start or source.field).copy().to(self._device)
        confined = isinstance(field, ConfinedField) and start is not None
        if field.settings() != source.field.settings():
            raise ConfigError("The edited scene is not one of the source scene; open its own.")
        if config.box and not source.bounded and not confined:
            field = ConfinedField.of(field, self._original, config.box)
        self.field = field.requires_grad_(True)
        self._views = tuple(square_views(source, self.size_px, words=config.view_words))
        self._confinement = Confinement.of(self.field, self._original, config.box)
        self._regulariser = Regulariser(self.field, self._original, config, generator)

    def parameter_groups(self) -> list[ParameterGroup]:
        """`density` and `color`, as far as they may move; steps in raw units of the field."""
        rates = {"density": self.config.density_rate, "color": self.config.color_rate}
        return [
            ParameterGroup(name=name, parameters=parameters, learning_rate=rates[name] / 1000)
            for name, parameters in self.field.groups().items()
            if name in self.config.move
        ]

    def views(self) -> Sequence[View]:
        """The scene's own cameras, as squares."""
        return self._views

    def render(self, view: View) -> Float[Tensor, "1 3 height width"]:
        """The field as it is now."""
        return self._draw(self.field, view.camera)

    @torch.no_grad()
    def source(self, view: View) -> Float[Tensor, "1 3 height width"]:
        """The captured picture of this view, or a rendering of the unedited field."""
        images = self.source_scene.images
        if images is None or view.index < 0:
            return render(self._original, view.camera, samples=self.config.samples).image
        return self._captured(images, view)

    def project(self) -> None:
        """Keeps the parameters in their range, and what is outside the box as it was."""
        self.field.project()
        self._confinement.restore()

    def regulariser(self) -> Tensor | None:
        """Weighted penalties against haze, roughness and spread; None if all are off."""
        return self._regulariser(self._views)

    def scene(self) -> FittedScene:
        """The scene as it is now, with a field of its own that no later step changes.

        To be asked for between two steps by who takes them; what is returned may then be drawn by
        any thread while the steps go on.
        """
        field = self.field.copy().cpu().requires_grad_(False)
        # The steps of its fit led to the source's field, not to this one.
        return replace(self.source_scene, field=field, steps_done=0, steps_planned=0)

    def _draw(self, field: Field, camera: Camera) -> Float[Tensor, "1 3 height width"]:
        patch = self.config.patch_px or (0 if self.size_px <= ONE_PASS_PX else PATCH_PX)
        if patch and torch.is_grad_enabled():
            return two_pass_render(field, camera, patch_px=patch, samples=self.config.samples)
        return render(field, camera, samples=self.config.samples).image

    def _captured(self, images, view: View) -> Float[Tensor, "1 3 height width"]:
        number, crop = divmod(view.index, CROPS)
        camera = self.source_scene.cameras[number]
        left, top, side = crops(camera)[crop]
        picture = images[number].to(self._device).permute(2, 0, 1)[None].float() / 255
        # Its camera may have been scaled since.
        square = picture[:, :, top : top + side, left : left + side]
        size = (self.size_px, self.size_px)
        return F.interpolate(square, size, mode="bilinear", antialias=True).clamp(0, 1)


def crops(camera: Camera) -> list[tuple[int, int, int]]:
    """Left, top and side of the squares that cover a camera's picture: one, or three along it."""
    side = min(camera.width, camera.height)
    spare_x, spare_y = camera.width - side, camera.height - side
    if max(camera.width, camera.height) <= WIDE * side:
        return [(spare_x // 2, spare_y // 2, side)]
    shares = [i / (CROPS - 1) for i in range(CROPS)]
    return [(round(spare_x * s), round(spare_y * s), side) for s in shares]


def square_views(scene: FittedScene, size_px: int, *, words: bool) -> list[View]:
    """The views of an edit; their index is three times the camera's number plus the crop's.

    Args:
        scene: with its cameras.
        size_px: side of each view.
        words: whether to name the views of a scene that has a front.
    """
    views = []
    for number, camera in enumerate(scene.cameras):
        named = view_words(azimuth_of(camera)) if words and scene.has_front else ""
        for crop, (left, top, side) in enumerate(crops(camera)):
            square = replace(
                camera, width=side, height=side, cx=camera.cx - left, cy=camera.cy - top
            )
            views.append(
                View(
                    index=CROPS * number + crop,
                    words=named,
                    camera=square.resized(size_px, size_px),
                )
            )
    return views
