"""Edits inside the call that watches them, for devices that exist only there (ZeroGPU).

There the platform runs one decorated generator in a process of its own: what goes in and what
comes out is pickled, and the run ends with the call.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from pds.errors import JobError, PDSError
from pds.images import fit_on_white
from pds.job_view import JobRecord, JobView, describe
from pds.recipe import Recipe
from pds.ui.driver import Driver, Result

MAX_KEPT = 32


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One picklable item of a directly driven edit.

    Attributes:
        view: as a watcher sees it.
        svg: the drawing at that moment; None before the run began.
        warnings: the run's, one sentence each.
    """

    view: JobView
    svg: bytes | None = None
    warnings: tuple[str, ...] = ()


def snapshots(
    make_run: Callable[[Recipe], Any], recipe: Recipe, *, min_interval_s: float = 0.2
) -> Iterator[Snapshot]:
    """Carries an edit out and yields how it looks, at most every `min_interval_s` and at the end.

    An error of this package becomes the last snapshot, with its sentence.
    """
    record, run, shown = JobRecord(time.monotonic), None, 0.0
    record.start()
    try:
        run = make_run(recipe)
        record.built(run)
        with closing(run.steps()) as steps:
            for step in steps:
                record.stepped(step.index, step.total, step.gradient_norm)
                if time.monotonic() - shown >= min_interval_s:
                    yield _snapshot(record, run)
                    shown = time.monotonic()
        record.finish("done")
    except PDSError as error:
        record.finish("failed", str(error))
    yield _snapshot(record, run)


def _snapshot(record: JobRecord, run: Any) -> Snapshot:
    view = describe(record, position=0)
    if run is None:
        return Snapshot(view=view)
    return Snapshot(view=view.with_image(run.preview()), svg=run.svg(), warnings=run.warnings)


@dataclass(kw_only=True)
class DirectRun:
    """A directly driven edit: its recipe, its last snapshot, and the wish to stop it."""

    recipe: Recipe
    latest: Snapshot
    pictures: list[Image.Image] = field(default_factory=list)
    started: bool = False
    stopping: bool = False

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.latest.warnings

    def svg(self) -> bytes:
        return self.source_svg() if self.latest.svg is None else self.latest.svg

    def source_svg(self) -> bytes:
        return self.recipe.source.encode("utf-8")

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        return (fit_on_white(picture, size_px) for picture in self.pictures)

    def take(self, snapshot: Snapshot) -> None:
        """Notes the newest snapshot and its picture."""
        self.latest = snapshot
        if snapshot.view.image is not None:
            self.pictures.append(snapshot.view.image)

    def end(self) -> None:
        """The generator is closed: what has not ended by itself was stopped."""
        view = self.latest.view
        if not view.finished:
            kept = f"Stopped. The result after {view.step} of {view.total} steps is kept."
            stopped = replace(view, state="stopped", eta_s=None, message=kept)
            self.latest = replace(self.latest, view=stopped)


class DirectDriver(Driver):
    """Runs an edit inside the call that watches it.

    A reload ends such a run; its last snapshot stays. Only the first watcher drives.

    Args:
        make_run: builds the run of a recipe; called inside the decorated generator.
        decorate: what the platform asks to be put around a generator, e.g. `spaces.GPU`.
    """

    def __init__(
        self, make_run: Callable[[Recipe], Any], *, decorate: Callable[[Callable], Callable]
    ):
        def drive(recipe: Recipe) -> Iterator[Snapshot]:
            yield from snapshots(make_run, recipe)

        self._drive = decorate(drive)
        self._runs: dict[str, DirectRun] = {}
        self._lock = threading.Lock()

    def start(self, recipe: Recipe) -> str:
        job_id = secrets.token_urlsafe(24)
        waiting = describe(JobRecord(time.monotonic), position=0)
        with self._lock:
            self._runs[job_id] = DirectRun(recipe=recipe, latest=Snapshot(view=waiting))
            for old in list(self._runs)[:-MAX_KEPT]:
                del self._runs[old]
        return job_id

    def watch(self, job_id: str) -> Iterator[JobView]:
        run = self._find(job_id)
        with self._lock:
            first, run.started = not run.started, True
        if first:
            yield from self._lead(run)
        yield run.latest.view

    def _lead(self, run: DirectRun) -> Iterator[JobView]:
        items = self._drive(run.recipe)
        try:
            for snapshot in items:
                run.take(snapshot)
                if run.stopping or snapshot.view.finished:
                    break
                yield snapshot.view
        finally:
            items.close()
            run.end()

    def view(self, job_id: str) -> JobView:
        return self._find(job_id).latest.view

    def stop(self, job_id: str) -> None:
        self._find(job_id).stopping = True

    def recipe(self, job_id: str) -> Recipe:
        return self._find(job_id).recipe

    def result(self, job_id: str) -> Result | None:
        run = self._find(job_id)
        return None if run.latest.svg is None else run

    def _find(self, job_id: str) -> DirectRun:
        with self._lock:
            if job_id not in self._runs:
                raise JobError("This edit is no longer kept; start it again.")
            return self._runs[job_id]
