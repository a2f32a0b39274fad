"""Runs inside the call that watches them, for devices that exist only there (ZeroGPU).

There the platform runs one decorated generator in a process of its own: what goes in and what
comes out is pickled, and the run ends with the call.
"""

import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from pds.base.errors import JobError, PDSError
from pds.base.images import fit_on_white
from pds.ui.driver import Driver
from pds.work.record import JobRecord, JobView, describe

MAX_KEPT = 32
MAX_PICTURES = 120


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One picklable item of a directly driven run.

    Attributes:
        view: as a watcher sees it.
        packed: what the run has reached, as its :class:`Packing` packs it; None before it began.
        warnings: the run's, one sentence each.
    """

    view: JobView
    packed: Any = None
    warnings: tuple[str, ...] = ()


class Packing(ABC):
    """How what a run has reached crosses the border of the process.

    Attributes:
        interval_s: least time between two snapshots; one costs about as much as it is large.
    """

    interval_s: float = 0.2

    @abstractmethod
    def pack(self, run: Any) -> Any:
        """What can be pickled of a run, in the process that has the device."""

    @abstractmethod
    def unpack(self, run: "DirectRun") -> Any:
        """The result that the page asks, on this side; `run.latest.packed` is not None."""


@dataclass(kw_only=True)
class DirectRun:
    """A directly driven run: its order, its last snapshot, and the wish to stop it."""

    order: Any
    latest: Snapshot
    pictures: list[Image.Image] = field(default_factory=list)
    started: bool = False
    stopping: bool = False

    def take(self, snapshot: Snapshot) -> None:
        """Notes the newest snapshot and its picture."""
        self.latest = snapshot
        if snapshot.view.image is not None:
            self.pictures.append(snapshot.view.image)
        if len(self.pictures) > MAX_PICTURES:
            del self.pictures[1::2]

    def end(self) -> None:
        """The generator is closed: what has not ended by itself was stopped."""
        view = self.latest.view
        if not view.finished:
            kept = f"Stopped. The result after {view.step} of {view.total} steps is kept."
            stopped = replace(view, state="stopped", eta_s=None, message=kept)
            self.latest = replace(self.latest, view=stopped)


class DirectResult:
    """What every directly driven run has reached, read from its last snapshot."""

    def __init__(self, run: DirectRun):
        self.run = run

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.run.latest.warnings

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        return (fit_on_white(picture, size_px) for picture in self.run.pictures)


class DirectDrawing(DirectResult):
    """A directly driven edit of a drawing."""

    @property
    def recipe(self) -> Any:
        return self.run.order

    def svg(self) -> bytes:
        return self.run.latest.packed

    def source_svg(self) -> bytes:
        return self.run.order.source.encode("utf-8")


class DrawingPacking(Packing):
    """Drawings travel as SVG."""

    def pack(self, run: Any) -> bytes:
        return run.svg()

    def unpack(self, run: DirectRun) -> DirectDrawing:
        return DirectDrawing(run)


def snapshots(make_run: Callable[[Any], Any], order: Any, packing: Packing) -> Iterator[Snapshot]:
    """Carries a run out and yields how it looks: at intervals, and at the end.

    An error of this package becomes the last snapshot, with its sentence.
    """
    record, run, shown = JobRecord(time.monotonic), None, 0.0
    record.start()
    try:
        run = make_run(order)
        record.built(run)
        with closing(run.steps()) as steps:
            for step in steps:
                record.stepped(step.index, step.total, step.curve_value)
                if time.monotonic() - shown >= packing.interval_s:
                    yield _snapshot(record, run, packing)
                    shown = time.monotonic()
        record.finish("done")
    except PDSError as error:
        record.finish("failed", str(error))
    yield _snapshot(record, run, packing)


def _snapshot(record: JobRecord, run: Any, packing: Packing) -> Snapshot:
    view = describe(record, position=0)
    if run is None:
        return Snapshot(view=view)
    return Snapshot(
        view=view.with_image(run.preview()), packed=packing.pack(run), warnings=run.warnings
    )


class DirectDriver(Driver[Any]):
    """Runs an order inside the call that watches it.

    A reload ends such a run; its last snapshot stays. Only the first watcher drives.

    Args:
        make_run: builds the run of an order; called inside the decorated generator.
        packing: how results come out of there.
        decorate: what the platform asks to be put around a generator, e.g. `spaces.GPU`.
    """

    def __init__(
        self,
        make_run: Callable[[Any], Any],
        packing: Packing,
        *,
        decorate: Callable[[Callable], Callable],
    ):
        def drive(order: Any) -> Iterator[Snapshot]:
            yield from snapshots(make_run, order, packing)

        self.packing = packing
        self._drive = decorate(drive)
        self._runs: dict[str, DirectRun] = {}
        self._lock = threading.Lock()

    def start(self, order: Any) -> str:
        job_id = secrets.token_urlsafe(24)
        waiting = describe(JobRecord(time.monotonic), position=0)
        with self._lock:
            self._runs[job_id] = DirectRun(order=order, latest=Snapshot(view=waiting))
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
        items = self._drive(run.order)
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

    def order(self, job_id: str) -> Any:
        return self._find(job_id).order

    def result(self, job_id: str) -> Any:
        run = self._find(job_id)
        return None if run.latest.packed is None else self.packing.unpack(run)

    def _find(self, job_id: str) -> DirectRun:
        with self._lock:
            if job_id not in self._runs:
                raise JobError("This run is no longer kept; start it again.")
            return self._runs[job_id]
