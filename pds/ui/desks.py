"""The desks of all tabs: one prior and one engine thread between them."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pds.diffusion.devices import pick_device
from pds.ui.direct import DirectDriver, DrawingPacking
from pds.ui.drawing_desk import DrawingDesk
from pds.ui.driver import Driver, LocalDriver, title_of
from pds.ui.prior import LazyPrior
from pds.ui.scene_desk import SceneDesk
from pds.ui.scene_direct import ScenePacking
from pds.ui.scene_exports import ExportRun
from pds.ui.scene_orders import make_scene_run
from pds.work.jobs import Jobs
from pds.work.presets import Preset
from pds.work.runs import DrawingRun
from pds.work.scene_presets import ScenePreset

# Finished runs hold their scenes in memory, some as large as a hundred megabytes.
KEPT_RUNS = 16
# A view of a scene takes a processor that the run needs; a drawing's costs next to nothing.
SCENE_INTERVAL_S = 1.0
Decorate = Callable[[Callable], Callable]


@dataclass(frozen=True, kw_only=True)
class Desks:
    """One a tab."""

    drawing: DrawingDesk
    scene: SceneDesk


def make_desks(
    prior: LazyPrior,
    presets: Mapping[str, Preset],
    scene_presets: Mapping[str, ScenePreset],
    *,
    folder: Path,
    max_waiting: int = 8,
    device: str = "auto",
    decorate: Decorate | None = None,
) -> Desks:
    """The desks of a page.

    Args:
        prior: of all edits.
        presets, scene_presets: one-click edits by key.
        folder: where files of runs are written; a temporary folder of the page's own.
        max_waiting: runs that may wait in line.
        device: where scenes are fitted and drawn.
        decorate: what a platform asks to be put around a run whose device exists only there;
            None where runs may have a thread of their own.

    Raises:
        DeviceUnavailable: there is no such device.
    """
    drawn_at = "cpu" if decorate is not None else str(pick_device(device))
    drawings, scenes = make_drivers(prior, folder, max_waiting, device, decorate)
    exporter = LocalDriver(Jobs(max_waiting=max_waiting), ExportRun, title=_title)
    return Desks(
        drawing=DrawingDesk(drawings, prior, dict(presets), folder=folder),
        scene=SceneDesk(
            scenes, exporter, prior, scene_presets, folder=folder / "scenes", device=drawn_at
        ),
    )


def make_drivers(
    prior: LazyPrior, folder: Path, max_waiting: int, device: str, decorate: Decorate | None
) -> tuple[Driver, Driver]:
    """What carries out runs on drawings and on scenes; arguments as for `make_desks`."""
    make_scene = functools.partial(
        make_scene_run, prior=prior.get, folder=folder / "fits", device=device
    )

    def make_drawing(recipe):
        return DrawingRun(recipe, prior.get())

    if decorate is not None:
        return (
            DirectDriver(make_drawing, DrawingPacking(), decorate=decorate),
            DirectDriver(make_scene, ScenePacking(), decorate=decorate),
        )
    jobs = Jobs(max_waiting=max_waiting, keep=KEPT_RUNS)
    return (
        LocalDriver(jobs, make_drawing, title=title_of),
        LocalDriver(jobs, make_scene, title=_title, min_interval_s=SCENE_INTERVAL_S),
    )


def _title(order) -> str:
    return order.title
