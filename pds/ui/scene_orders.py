"""What the Scene tab asks of the engine, and how the engine makes a run of it.

An order is small and can be pickled: scenes and captures stand in it as paths.
"""

import shutil
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pds.base.errors import CaptureError
from pds.diffusion import Prior
from pds.diffusion.devices import pick_device
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.capture.reading import open_source
from pds.kinds.nerf.capture.video import read_video
from pds.kinds.nerf.checkpoint import load_scene
from pds.settings.scene_config import FitConfig
from pds.ui.driver import title_of
from pds.ui.scene_chain import RefinedEdit
from pds.work.scene_recipe import SceneRecipe
from pds.work.scene_runs import FitRun, SceneEditRun, SceneRefineRun

VIDEO_ENDINGS = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi")
PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
CAPTURE_ENDINGS = (".zip", *VIDEO_ENDINGS, *PHOTO_ENDINGS)
# Finding the cameras wants more pixels than most fits do.
POSING_PX = 960


@dataclass(frozen=True, kw_only=True)
class FitOrder:
    """Fit a scene to pictures.

    Attributes:
        files: one zip or video, or photos.
        name: file stem of the scene.
        config: how.
        resume: checkpoint of a scene fitted to the same pictures, to go on from; or None.
    """

    files: tuple[Path, ...]
    name: str
    config: FitConfig
    resume: Path | None = None

    @property
    def title(self) -> str:
        """What the run is called in lists."""
        return f"Fit of {self.name}"

    @property
    def source(self) -> Path | None:
        """The checkpoint that the run begins with."""
        return self.resume


@dataclass(frozen=True, kw_only=True)
class EditOrder:
    """Edit a scene by words.

    Attributes:
        recipe: everything but the scene; if it has a refinement, that follows the edit.
        source: the scene's checkpoint.
    """

    recipe: SceneRecipe
    source: Path

    @property
    def name(self) -> str:
        """File stem of the result."""
        return self.recipe.name

    @property
    def title(self) -> str:
        """What the run is called in lists."""
        return title_of(self.recipe)


@dataclass(frozen=True, kw_only=True)
class RefineOrder:
    """Refine an edited scene.

    Attributes:
        recipe: of the edit, with `refine` set.
        source: checkpoint of the scene before the edit.
        edited: checkpoint of the scene after it.
    """

    recipe: SceneRecipe
    source: Path
    edited: Path

    @property
    def name(self) -> str:
        """File stem of the result."""
        return self.recipe.name

    @property
    def title(self) -> str:
        """What the run is called in lists."""
        return f"Refined: {title_of(self.recipe)}"


SceneOrder = FitOrder | EditOrder | RefineOrder


def make_scene_run(
    order: SceneOrder, *, prior: Callable[[], Prior], folder: Path, device: str = "auto"
) -> Any:
    """The run of an order; called where the device is.

    Args:
        order: what to do.
        prior: gives the loaded prior; not asked for a fit.
        folder: where what belongs to a fit may be unpacked; it is removed with the run.
        device: where to fit: `auto`, `cpu`, `cuda` or `cuda:N`.

    Raises:
        CaptureError, CheckpointError, PriorError, ConfigError: what was given cannot be used.
    """
    if isinstance(order, FitOrder):
        return _make_fit(order, folder=folder, device=device)
    source, model = load_scene(order.source), prior()
    if isinstance(order, RefineOrder):
        return SceneRefineRun(order.recipe, source, load_scene(order.edited), model)
    edit = SceneEditRun(order.recipe, source, model)
    if order.recipe.refine is None:
        return edit
    return RefinedEdit(edit, lambda edited: SceneRefineRun(order.recipe, source, edited, model))


def _make_fit(order: FitOrder, *, folder: Path, device: str) -> FitRun:
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="fit-", dir=folder))
    try:
        run = FitRun(
            read_pictures(order.files, longer_side_px=order.config.longer_side_px, work=work),
            order.config,
            name=order.name,
            work=work,
            resume=None if order.resume is None else load_scene(order.resume),
            device=pick_device(device),
        )
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    weakref.finalize(run, shutil.rmtree, work, ignore_errors=True)
    return run


def check_files(paths: tuple[Path, ...]) -> None:
    """Refuses, before any work, what cannot be one capture.

    Raises:
        CaptureError: nothing, an unknown ending, or several files that are not all photos.
    """
    if not paths:
        raise CaptureError("Bring a capture first: photos, a video, or a zip of them.")
    for path in paths:
        if path.suffix.lower() not in CAPTURE_ENDINGS:
            raise CaptureError(
                f"{path.name} is nothing that a scene is fitted to; bring photos (JPEG, PNG, "
                "WebP), a video (MP4, MOV, WebM, MKV, AVI), or a zip."
            )
    if len(paths) > 1 and any(path.suffix.lower() not in PHOTO_ENDINGS for path in paths):
        raise CaptureError("Bring one zip or one video alone, or several photos.")


def read_pictures(paths: tuple[Path, ...], *, longer_side_px: int, work: Path) -> Capture | Photos:
    """Reads what was brought, whatever it is.

    Args:
        paths: one zip or video, or photos.
        longer_side_px: of the pictures that the fit will use.
        work: for unpacked files and frames; must outlive the result.

    Raises:
        CaptureError: it cannot be read, or makes no scene.
    """
    check_files(paths)
    first = paths[0]
    if first.suffix.lower() in VIDEO_ENDINGS:
        side = max(POSING_PX, longer_side_px)
        return read_video(first, longer_side_px=side, folder=work / "frames")
    if first.suffix.lower() in PHOTO_ENDINGS:
        return Photos(names=tuple(_different([path.name for path in paths])), paths=paths)
    return open_source(first, work=work)


def _different(names: list[str]) -> list[str]:
    """Names that differ: two phones call their photos alike."""
    taken: dict[str, int] = {}
    different = []
    for name in names:
        taken[name] = taken.get(name, 0) + 1
        stem, dot, ending = name.rpartition(".")
        number = "" if taken[name] == 1 else f" ({taken[name]})"
        different.append(f"{stem}{number}{dot}{ending}")
    return different
