"""Runs on scenes inside borrowed GPU calls: scenes cross the border as checkpoints."""

from dataclasses import dataclass
from typing import Any

from PIL import Image

from pds.base.errors import CaptureError, PDSError
from pds.kinds.nerf.checkpoint import load_scene, save_scene
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.render.pictures import picture
from pds.kinds.nerf.render.viewing import orbit_camera
from pds.ui.direct import DirectResult, DirectRun, Packing


@dataclass(frozen=True, kw_only=True)
class PackedScene:
    """What a run on a scene has reached.

    Attributes:
        checkpoint: the scene as it is now; empty if there is none yet.
        doing, curve_label: the run's.
        recipe: of an edit or a refinement, with the prior's fingerprint; None of a fit.
    """

    checkpoint: bytes
    doing: str
    curve_label: str
    recipe: Any


class DirectScene(DirectResult):
    """A directly driven run on a scene, as the page sees it."""

    @property
    def name(self) -> str:
        return self.run.order.name

    @property
    def doing(self) -> str:
        return self.run.latest.packed.doing

    @property
    def curve_label(self) -> str:
        return self.run.latest.packed.curve_label

    @property
    def recipe(self) -> Any:
        return self.run.latest.packed.recipe

    def scene(self) -> FittedScene:
        """The scene as it is now.

        Raises:
            CaptureError: there is none yet.
        """
        checkpoint = self.run.latest.packed.checkpoint
        if not checkpoint:
            raise CaptureError("There is no scene yet; the run ended too early.")
        return load_scene(checkpoint)

    def source_scene(self) -> FittedScene | None:
        """The scene before the run."""
        return None if self.run.order.source is None else load_scene(self.run.order.source)

    def picture(
        self, azimuth_deg: float, elevation_deg: float, size_px: int, *, what: str = "color"
    ) -> Image.Image:
        """A view of the scene as it is now."""
        scene = self.scene()
        return picture(scene, orbit_camera(scene, azimuth_deg, elevation_deg, size_px), what)


class ScenePacking(Packing):
    """Scenes travel as checkpoints of some megabytes, so not too often."""

    interval_s = 2.0

    def pack(self, run: Any) -> PackedScene:
        try:
            checkpoint = save_scene(run.scene())
        except PDSError:  # the cameras of photos are still being looked for
            checkpoint = b""
        return PackedScene(
            checkpoint=checkpoint,
            doing=run.doing,
            curve_label=run.curve_label,
            recipe=run.recipe,
        )

    def unpack(self, run: DirectRun) -> DirectScene:
        return DirectScene(run)
