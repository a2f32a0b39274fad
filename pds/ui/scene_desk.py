"""The Scene tab's handle on scenes, views of them, and files of runs."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pds.base.errors import CaptureError, ExportError
from pds.base.files import write_bytes
from pds.base.video import write_mp4
from pds.kinds.nerf.checkpoint import save_scene
from pds.kinds.nerf.export.turntable import FRAMES
from pds.ui.desk import Desk, digest
from pds.ui.driver import Driver
from pds.ui.prior import LazyPrior
from pds.ui.scene_exports import ExportOrder
from pds.ui.scene_orders import FitOrder
from pds.ui.scene_store import SceneStore, View
from pds.work.scene_presets import ScenePreset

FILM_PX = 256
PATIENCE_S = 15.0


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a tab shows as the result and exports.

    Attributes:
        key: of the scene.
        source_key: of what it was made from; None if it was not made from another scene.
        name: first part of the names of its files.
    """

    key: str
    source_key: str | None
    name: str


class SceneDesk(Desk):
    """Scenes and what becomes of them.

    Scenes are known by the keys of its store.

    Args:
        driver: carries fits, edits and refinements out.
        exporter: carries exports out, beside the runs.
        prior: for its vocabulary and its name.
        presets: one-click edits by key.
        folder: a temporary folder of the page's own.
        device: where scenes are drawn that no run owns.
        patience_s: a turntable that takes no longer than this is made without being asked for.
    """

    def __init__(
        self,
        driver: Driver,
        exporter: Driver,
        prior: LazyPrior,
        presets: Mapping[str, ScenePreset],
        *,
        folder: Path,
        device: str = "cpu",
        patience_s: float = PATIENCE_S,
    ):
        super().__init__(driver, prior, folder=folder)
        self.exporter = exporter
        self.patience_s = patience_s
        self.presets = presets
        self.store = SceneStore(folder, device=device)
        self._targets: dict[str, Target] = {}
        self._exports: dict[ExportOrder, str] = {}

    # --- views ------------------------------------------------------------------------------

    def look(self, session: str, key: str, view: View) -> tuple[str | None, str | None]:
        """Paths of a view of the source and of the present result, as far as there are any.

        Args:
            session: of the tab; its run is looked at, even while it goes on.
            key: of the scene that is open in the tab, for when there is no run.
            view: from where, and what.

        Raises:
            PDSError: the view cannot be drawn.
        """
        target, job_id = self._targets.get(session), self.watched(session)
        if target is not None:
            before = target.source_key
            return (
                None if before is None else self.store.picture(before, view),
                self.store.picture(target.key, view),
            )
        run = None
        if job_id is not None and self.driver.is_kept(job_id):
            source = self.driver.order(job_id).source
            key = "" if source is None else source.stem
            run = self.driver.result(job_id)
        before = self.store.picture(key, view) if key else None
        if run is None:
            return before, None
        drawn = run.picture(view.azimuth_deg, view.elevation_deg, view.size_px, what=view.what)
        moment = f"{job_id} {self.driver.view(job_id).step} {view}"
        return before, self.store.keep_picture(moment, drawn)

    # --- results ----------------------------------------------------------------------------

    def result(self, job_id: str) -> Target | None:
        """Keeps the scene that an ended run has reached; None if it reached none.

        Raises:
            JobError: the run is not kept.
            ExportError: the scene cannot be written.
        """
        run, order = self.driver.result(job_id), self.driver.order(job_id)
        if run is None or not self.driver.view(job_id).step:
            return None
        try:
            key = self.store.keep(save_scene(run.scene()))
        except CaptureError:  # it ended while the cameras of photos were looked for
            return None
        made_anew = isinstance(order, FitOrder) or order.source is None
        return Target(key=key, source_key=None if made_anew else order.source.stem, name=order.name)

    def watch_with(self, session: str, job_id: str) -> None:
        super().watch_with(session, job_id)
        self.show(session, None)

    def shown(self, session: str) -> Target | None:
        """What a tab shows as its result, if it is at its end."""
        return self._targets.get(session)

    def show(self, session: str, target: Target | None) -> None:
        """Notes what a tab shows as its result."""
        if target is None:
            self._targets.pop(session, None)
        else:
            self._targets[session] = target

    def forget(self, session: str) -> None:
        super().forget(session)
        self.show(session, None)

    def result_picture(self, job_id: str, target: Target) -> str:
        """Path of the picture of an ended run, which the history shows from then on."""
        path = self.run_folder(job_id) / "after.png"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _copy(self.store.picture(target.key, self.store.home(target.key)), path)
        return str(path)

    def first_files(self, job_id: str, target: Target) -> dict[str, str]:
        """Writes what is quick to write of an ended run, by the names of the buttons.

        Raises:
            ExportError: a file cannot be written.
        """
        folder = self.run_folder(job_id)
        folder.mkdir(parents=True, exist_ok=True)
        scene = folder / f"{target.name}.safetensors"
        if not scene.exists():
            _copy(self.store.checkpoint(target.key), scene)
        files = {"scene": str(scene)}
        recipe = self.driver.result(job_id).recipe
        if recipe is not None:
            path = folder / f"{target.name}.json"
            files["recipe"] = str(write_bytes(path, recipe.to_json().encode()))
        return files

    def film(self, job_id: str, target: Target) -> dict[str, str]:
        """Writes the process as a film, once.

        Raises:
            ExportError: it cannot be written.
        """
        path = self.run_folder(job_id) / f"{target.name} process.mp4"
        with self._writing:
            if not path.exists():
                write_mp4(path, self.driver.result(job_id).frames(FILM_PX))
        return {"process": str(path)}

    # --- exports ----------------------------------------------------------------------------

    def export_order(self, target: Target, kind: str, size_px: int) -> ExportOrder:
        """What an export of this kind would be asked to do."""
        source = None if target.source_key is None else self.store.checkpoint(target.source_key)
        place = digest(f"{target.key} {target.source_key}".encode())
        return ExportOrder(
            kind=kind,
            name=target.name,
            scene=self.store.checkpoint(target.key),
            source=source,
            folder=self.folder / "exports" / place,
            size_px=size_px,
        )

    def export(self, order: ExportOrder) -> str:
        """Starts an export, or finds the one that does this already; returns its id.

        Raises:
            JobError: too many are waiting.
        """
        job_id = self.exporting(order)
        if job_id is None:
            job_id = self._exports[order] = self.exporter.start(order)
        return job_id

    def is_quick(self, target: Target) -> bool:
        """Whether a turntable of the usual size will be there soon."""
        scenes = 1 if target.source_key is None else 2
        seconds = FRAMES * scenes * self.store.drawing_s(target.key, FILM_PX)
        return seconds <= self.patience_s

    def exporting(self, order: ExportOrder) -> str | None:
        """The id of the export that does this at present, or None."""
        job_id = self._exports.get(order)
        if job_id is None or not self.exporter.is_kept(job_id):
            return None
        return None if self.exporter.view(job_id).finished else job_id

    def stop_exports(self, target: Target) -> None:
        """Ends all exports of this result."""
        place = self.export_order(target, "mesh", FILM_PX).folder
        for order in list(self._exports):
            job_id = self.exporting(order)
            if job_id is not None and order.folder == place:
                self.exporter.stop(job_id)


def _copy(source: str | Path, path: Path) -> None:
    try:
        shutil.copyfile(source, path)
    except OSError as error:
        raise ExportError(f"{path.name} cannot be written: {error.strerror}.") from error
