"""Doubles for tests of the Scene tab: quick runs without a prior, small presets, a whole desk."""

import contextlib
import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from PIL import Image

from pds.base.errors import CaptureError, NonFiniteGradient
from pds.kinds.nerf.checkpoint import load_scene, save_scene
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.render.pictures import picture
from pds.kinds.nerf.render.viewing import orbit_camera
from pds.settings.config import EditConfig
from pds.settings.scene_config import FitConfig, NeRFConfig
from pds.ui.desks import Desks
from pds.ui.driver import LocalDriver
from pds.ui.prior import LazyPrior
from pds.ui.scene_desk import SceneDesk
from pds.ui.scene_exports import ExportRun
from pds.ui.scene_orders import EditOrder, FitOrder, SceneOrder, check_files
from pds.work.jobs import Jobs
from pds.work.presets import Credit
from pds.work.scene_presets import ScenePreset
from pds.work.scene_recipe import SceneRecipe, digest
from tests.doubles.scene_doubles import SOLID, ball_scene
from tests.doubles.ui_doubles import quick_desk, wordy_prior

PROMPTS = {"source_prompt": "a drawing of a cat", "target_prompt": "a drawing of a dog"}
PREVIEW_PX = 64


@dataclass(frozen=True, kw_only=True)
class FakeStep:
    index: int
    total: int
    curve_value: float


def ball(name: str = "ball", *, color: float = 0.3, psnr: float | None = 31.4) -> FittedScene:
    """A ball with a red side, so that its views differ."""
    scene = replace(ball_scene(color=color), name=name, prompt="a drawing of a cat", psnr=psnr)
    with torch.no_grad():
        scene.field.color_raw[:6, :, :, 0] = 4.0
    return scene


class FakeSceneRun:
    """Puts a block onto the ball, step by step, and takes `seconds` for each.

    A fit of a file whose name begins with "wall" fails as photos of a white wall do.
    """

    def __init__(self, order: SceneOrder, *, seconds: float = 0.0, fail_at: int | None = None):
        self.order = order
        self.seconds = seconds
        self.fail_at = fail_at
        self.warnings: tuple[str, ...] = ("This run only pretends.",)
        self.taken = 0
        self.name = order.name
        fit = isinstance(order, FitOrder)
        if fit:
            check_files(order.files)
            if order.files[0].name.startswith("wall"):
                raise CaptureError("Only 2 of 12 photos found a place; take sharper ones.")
        self.total = (order.config.steps or 8) if fit else order.recipe.edit.steps
        self.recipe = None if fit else replace(order.recipe, prior_fingerprint="ab12")
        self.doing = {FitOrder: "Fitting", EditOrder: "Editing"}.get(type(order), "Refining")
        self.curve_label = "PSNR in dB" if fit else "Gradient"
        self._source = None if order.source is None else load_scene(order.source)
        self._frames: list[Image.Image] = []

    def steps(self) -> Iterator[FakeStep]:
        for index in range(self.total):
            time.sleep(self.seconds)
            if index == self.fail_at:
                raise NonFiniteGradient("The gradient became infinite.", step=index)
            self.taken = index + 1
            yield FakeStep(index=index, total=self.total, curve_value=10.0 + index)

    def scene(self) -> FittedScene:
        base = self._source or ball(self.name)
        field = base.field.copy()
        with torch.no_grad():
            filled = 6 + bool(self.taken) + round(4 * min(1, self.taken / self.total))
            field.density_raw[3:9, 3:9, 6:filled] = SOLID
            if self.doing == "Refining":
                field.color_raw[..., 2] = 4.0
        return replace(base, field=field, name=self.name, prompt=self._prompt(base))

    def _prompt(self, base: FittedScene) -> str:
        return base.prompt if self.recipe is None else self.recipe.edit.target_prompt

    def source_scene(self) -> FittedScene | None:
        return self._source

    def picture(
        self,
        azimuth_deg: float,
        elevation_deg: float,
        size_px: int = 384,
        *,
        what: str = "color",
        source: bool = False,
    ) -> Image.Image:
        scene = self._source if source else self.scene()
        return picture(scene, orbit_camera(scene, azimuth_deg, elevation_deg, size_px), what)

    def preview(self) -> Image.Image:
        return self.picture(90.0 * (self.taken % 4), 15.0, PREVIEW_PX)

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        yield self.preview().resize((size_px, size_px))


def scene_recipe(data: bytes, **edit) -> SceneRecipe:
    """A recipe on that checkpoint; `edit` overrides settings."""
    config = EditConfig(**{"steps": 8, **PROMPTS, **edit})
    return SceneRecipe(name="ball", scene_sha256=digest(data), edit=config, nerf=NeRFConfig())


def scene_preset(folder: Path, key: str, *, color: float = 0.3, **edit) -> ScenePreset:
    """A preset whose files lie in `folder`."""
    data = save_scene(ball(key, color=color))
    path = folder / f"{key}.safetensors"
    path.write_bytes(data)
    return ScenePreset(
        key=key,
        title="Ball to hat",
        description="A ball grows.",
        recipe=replace(scene_recipe(data, **edit), name=key),
        scene=path,
        thumbnail=None,
        tags=(),
        order=1.0,
        credit=Credit(author="the project", source="made for its tests", licence="CC0-1.0"),
    )


def edit_order(desk: SceneDesk, *, key: str | None = None, **edit) -> EditOrder:
    """An edit of the first preset's scene, or of the one with that key."""
    preset = next(iter(desk.presets.values()))
    data = preset.checkpoint()
    path = desk.store.checkpoint(desk.store.keep(data) if key is None else key)
    return EditOrder(recipe=scene_recipe(path.read_bytes(), **edit), source=path)


def fit_order(folder: Path, name: str = "photos.zip", **config) -> FitOrder:
    """A fit to a file that no double reads."""
    path = folder / name
    path.write_bytes(b"nothing")
    return FitOrder(files=(path,), name="photos", config=FitConfig(**{"steps": 8, **config}))


@contextlib.contextmanager
def quick_scene_desk(
    folder: Path, *, jobs: Jobs | None = None, patience_s: float = 0.0, **run
) -> Iterator[SceneDesk]:
    """A desk whose runs are FakeSceneRuns, with `run` as their options, and two presets."""
    prior = LazyPrior(wordy_prior, name="built-in")
    prior.get()
    folder.mkdir(parents=True, exist_ok=True)
    presets = {
        key: scene_preset(folder, key, color=color)
        for key, color in (("ball-to-hat", 0.3), ("egg-to-hat", 0.5))
    }
    with contextlib.ExitStack() as stack:
        own = stack.enter_context(Jobs()) if jobs is None else jobs
        exports = stack.enter_context(Jobs())
        title = _title
        runs = LocalDriver(
            own, functools.partial(FakeSceneRun, **run), title=title, min_interval_s=0.02
        )
        exporter = LocalDriver(exports, ExportRun, title=title, min_interval_s=0.02)
        yield SceneDesk(runs, exporter, prior, presets, folder=folder, patience_s=patience_s)


@contextlib.contextmanager
def quick_desks(folder: Path, **run) -> Iterator[Desks]:
    """The desks of both tabs, on one engine thread."""
    with (
        quick_desk(folder, **run) as drawing,
        quick_scene_desk(folder / "scenes", jobs=drawing.driver.jobs, **run) as scene,
    ):
        yield Desks(drawing=drawing, scene=scene)


def _title(order) -> str:
    return order.title
