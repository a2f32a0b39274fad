"""Runs on scenes: fitting a capture, editing a scene, refining the edit."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from pds.base.errors import CaptureError, ConfigError
from pds.diffusion.prior import Prior
from pds.engine.distil import edit
from pds.engine.rewrite import refine
from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.fit.fitting import Fit
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.moves.parametric import NeRFScene
from pds.kinds.nerf.posing.posing import Posing
from pds.kinds.nerf.render.pictures import picture as draw_picture
from pds.kinds.nerf.render.viewing import orbit_camera, path_cameras, preview_cameras
from pds.settings.scene_config import FitConfig
from pds.work.recipe import prior_warnings
from pds.work.scene_recipe import SceneRecipe

PREVIEW_PX = 192
FRAMES = 48
FRAME_PX = 160
MAX_HISTORY_ENTRIES = 20


class SceneRun(ABC):
    """What all runs on scenes have in common.

    Attributes:
        name: file stem shown to the user.
        warnings: one sentence each.
        curve: (step, value) of every step taken.
        curve_label: what the value is.
        doing: what is going on, in a few words.
        recipe: of an edit or a refinement; a fit has none.
    """

    name: str
    warnings: tuple[str, ...] = ()
    curve_label: str = "Gradient"
    doing: str = "Editing"
    recipe: SceneRecipe | None = None

    def __init__(self):
        self.curve: list[tuple[int, float]] = []
        self._frames: list[Image.Image] = []
        self._filmed = 0  # how long the curve was at the last frame
        self._looks = 0

    @abstractmethod
    def engine_steps(self) -> Iterator[Any]:
        """Records with `index`, `total`, `curve_value` and `seconds`."""

    @abstractmethod
    def scene(self) -> FittedScene:
        """The scene as it is now."""

    def source_scene(self) -> FittedScene | None:
        """The scene before the run, or None if there was none."""
        return None

    def steps(self) -> Iterator[Any]:
        """Takes the steps; each item is a step taken. Closing the iterator stops it."""
        if self.source_scene() is not None:
            self._film()
        for step in self.engine_steps():
            self.curve.append((step.index, step.curve_value))
            if 1 + (step.index + 1) * (FRAMES - 1) // step.total > len(self._frames):
                self._film()
            yield step

    def preview(self) -> Image.Image:
        """The scene after the last finished step; each call from the next of four sides."""
        scene = self.scene()
        cameras = preview_cameras(scene, PREVIEW_PX)
        self._looks += 1
        return _seen(scene, cameras[self._looks % len(cameras)])

    def picture(
        self,
        azimuth_deg: float,
        elevation_deg: float,
        size_px: int = 384,
        *,
        what: str = "color",
        source: bool = False,
    ) -> Image.Image:
        """Any view, of the present state or of the source.

        Args:
            azimuth_deg, elevation_deg: see `pds.kinds.nerf.render.viewing.orbit_camera`.
            size_px: longer side.
            what: `color`, `depth` or `normals`.
            source: show the scene before the run.

        Raises:
            ConfigError: there is no source, or a number is out of range.
        """
        scene = self.source_scene() if source else self.scene()
        if scene is None:
            raise ConfigError("This run began without a scene, so there is no source to show.")
        camera = orbit_camera(scene, azimuth_deg, elevation_deg, size_px)
        return _seen(scene, camera, what)

    def frames(self, size_px: int = FRAME_PX) -> Iterator[Image.Image]:
        """The process from the source to the present, seen while one walks around the scene.

        Recorded at 160 px.
        """
        if self._filmed != len(self.curve):
            self._film()
        for frame in self._frames:
            yield (
                frame
                if frame.width == size_px
                else frame.resize((size_px, round(size_px * frame.height / frame.width)))
            )

    def _film(self) -> None:
        scene = self.scene()
        cameras = path_cameras(scene, FRAMES, size_px=FRAME_PX)
        self._frames.append(_seen(scene, cameras[len(self._frames) % FRAMES]))
        self._filmed = len(self.curve)


class FitRun(SceneRun):
    """Makes a scene of a capture, or of photos, whose cameras it finds first.

    Args:
        source: what to fit to.
        config: how.
        name: file stem shown to the user.
        work: a folder for what finding the cameras writes.
        resume: a scene fitted before to the same capture, to go on from.
        device: where to fit.
    """

    curve_label = "PSNR in dB"
    doing = "Fitting"

    def __init__(
        self,
        source: Capture | Photos,
        config: FitConfig,
        *,
        name: str,
        work: Path,
        resume: FittedScene | None = None,
        device: torch.device | str = "cpu",
    ):
        super().__init__()
        self.name, self.config, self.device = name, config, device
        self.quality = None
        self._posing = Posing(source, work=work) if isinstance(source, Photos) else None
        self._resume = resume
        self._fit = None
        if isinstance(source, Capture):
            self._begin(source)

    def _begin(self, capture: Capture) -> None:
        field = None if self._resume is None else self._resume.field
        self.warnings = (*self.warnings, *capture.warnings)
        self._fit = Fit(capture, self.config, field=field, device=self.device)

    def engine_steps(self) -> Iterator[Any]:
        """First those that find the cameras, then those of the fit, counted separately."""
        if self._fit is None:
            self.curve_label = "Photos placed"
            for step in self._posing.steps():
                self.doing = step.message.rstrip(".")
                yield step
            self.curve_label, self.doing = FitRun.curve_label, FitRun.doing
            if self._posing.capture is None:
                raise CaptureError("The cameras of the photos were not found.")
            self._begin(self._posing.capture)
            self.curve.clear()
        yield from self._fit.steps()
        self.quality = self._fit.held_out

    def scene(self) -> FittedScene:
        """The scene as it is now.

        Raises:
            CaptureError: the cameras of the photos are not known yet.
        """
        if self._fit is None:
            raise CaptureError("The cameras of the photos are not known yet; wait for them.")
        return self._fit.scene(self.name)

    def preview(self) -> Image.Image:
        """The scene after the last finished step; a blank while cameras are looked for."""
        if self._fit is None:
            return Image.new("RGB", (PREVIEW_PX, PREVIEW_PX), "white")
        return super().preview()

    def _film(self) -> None:
        if self._fit is not None:
            super()._film()


class WordedRun(SceneRun):
    """What an edit and a refinement have in common: a source, its words, and a field that moves.

    Args:
        recipe: everything that defines the run but the scene.
        source: the scene before the edit.
        prior: the loaded prior.
        seed: of all chance.
        start: the field to begin with, by default the source's own.

    Raises:
        ConfigError: the box leaves nothing to edit, or the scenes do not belong together.
    """

    def __init__(
        self,
        recipe: SceneRecipe,
        source: FittedScene,
        prior: Prior,
        *,
        seed: int,
        start: Field | None = None,
    ):
        super().__init__()
        self.recipe = replace(recipe, prior_fingerprint=prior.fingerprint)
        self.name, self.prior = recipe.name, prior
        self.generator = torch.Generator().manual_seed(seed)
        self._source = source
        self._scene = NeRFScene(
            source,
            recipe.nerf,
            size_px=prior.image_size,
            device=prior.device,
            generator=self.generator,
            start=start,
        )
        self.warnings = prior_warnings(recipe, prior)

    def scene(self) -> FittedScene:
        """The scene as it is now, with the target words as what it shows."""
        return told(self._scene.scene(), self.recipe)

    def source_scene(self) -> FittedScene | None:
        """The scene before the edit (also of a refinement)."""
        return self._source


class SceneEditRun(WordedRun):
    """Edits a scene by words; arguments and errors as for `WordedRun`."""

    def __init__(self, recipe: SceneRecipe, source: FittedScene, prior: Prior):
        super().__init__(recipe, source, prior, seed=recipe.edit.seed)

    def engine_steps(self) -> Iterator[Any]:
        """The steps of the engine itself, without the film."""
        yield from edit(self._scene, self.prior, self.recipe.edit, generator=self.generator)


class SceneRefineRun(WordedRun):
    """Refines an edited scene.

    Args:
        recipe: with `refine` set.
        source: the scene before the edit.
        edited: the scene after it.
        prior: the loaded prior.

    Raises:
        ConfigError: the recipe has no refinement, or the scenes do not belong together.
    """

    curve_label = "Difference"
    doing = "Refining"

    def __init__(self, recipe: SceneRecipe, source: FittedScene, edited: FittedScene, prior: Prior):
        if recipe.refine is None:
            raise ConfigError("The recipe has no refinement; give its settings.")
        super().__init__(recipe, source, prior, seed=recipe.refine.seed, start=edited.field)

    def engine_steps(self) -> Iterator[Any]:
        """The steps of the engine itself, without the film."""
        yield from refine(
            self._scene,
            self.prior,
            self.recipe.edit.target_prompt,
            self.recipe.refine,
            strength=self.recipe.edit.strength,
            generator=self.generator,
        )


def _seen(scene: FittedScene, camera: Camera, what: str = "color") -> Image.Image:
    return draw_picture(scene, camera, what, occupancy=Occupancy(scene.field))


def told(scene: FittedScene, recipe: SceneRecipe) -> FittedScene:
    """The scene with the edit's words in its name, prompt and history."""
    words = f"{recipe.edit.source_prompt} → {recipe.edit.target_prompt}"
    history = scene.history if words in scene.history[-1:] else (*scene.history, words)
    return replace(
        scene,
        name=recipe.name,
        prompt=recipe.edit.target_prompt,
        history=history[-MAX_HISTORY_ENTRIES:],
    )
