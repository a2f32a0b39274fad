"""Runs inside the call that watches them, for devices that exist only there (ZeroGPU).

There the platform runs one decorated generator in a process of its own: what goes in and what
comes out is pickled, and the run ends with the call.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from pds.base.errors import JobError
from pds.kinds import kind_of
from pds.kinds.asset import Asset
from pds.kinds.output import Made
from pds.work.drive import Border, drive
from pds.work.driver import NO_LONGER_KEPT, Driver
from pds.work.order import Order, Tools
from pds.work.record import JobRecord, JobView, describe

MAX_KEPT = 16
Decorate = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One picklable item of a directly driven run.

    Attributes:
        view: as a watcher sees it.
        reached: what the run has reached; None before it has anything.
        result: what it has made, in the last item; None before.
    """

    view: JobView
    reached: Asset | None = None
    result: Any = None


@dataclass(kw_only=True)
class DirectRun:
    """A directly driven run: its order, its last moment, and the wish to stop it."""

    order: Order
    latest: Moment
    started: bool = False
    stopping: bool = False

    def end(self, error: str | None = None) -> None:
        """The generator is closed: what has not ended by itself was stopped, or failed.

        Args:
            error: what the platform raised, as a sentence; None if it did not.
        """
        view = self.latest.view
        if not view.finished:
            kept = f" The result after {view.step} of {view.total} steps is kept."
            message = f"{error or 'Stopped.'}{kept if view.step else ''}"
            state = "failed" if error else "stopped"
            ended = replace(view, state=state, eta_s=None, message=message, error=error)
            result = self.latest.result
            if result is None and self.latest.reached is not None and view.step:
                result = Made(edited=self.latest.reached, source=self.order.source)
            self.latest = replace(self.latest, view=ended, result=result)


def moments(order: Order, tools: Tools) -> Iterator[Moment]:
    """Carries an order out and yields how it looks: at intervals, and at the end."""
    record, shown = JobRecord(time.monotonic), 0.0
    interval_s = kind_of(order.kind).direct_interval_s
    record.start()
    for _ in drive(lambda: order.make_run(tools), record, title=order.title, interval_s=interval_s):
        if time.monotonic() - shown >= interval_s:
            yield _moment(record)
            shown = time.monotonic()
    yield _moment(record)


def _moment(record: JobRecord) -> Moment:
    view, run = describe(record, position=0), record.run
    if run is None:
        return Moment(view=view)
    return Moment(
        view=view.with_image(run.picture(record.snapshot)),
        reached=record.snapshot,
        result=record.result(),
    )


class DirectDriver(Driver):
    """Carries an order out inside the call that watches it.

    A reload ends such a run; its last moment stays. Only the first watcher drives.

    Args:
        tools: what orders are carried out with; used inside the decorated generator.
        decorate: what the platform asks to be put around a generator, e.g. `spaces.GPU`.
        forgotten: is told the id of every run that is no longer kept.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        decorate: Decorate,
        forgotten: Callable[[str], None] = lambda job_id: None,
    ):
        def carry_out(order: Order) -> Iterator[Moment]:
            yield from moments(order, tools)

        self._carry_out = decorate(carry_out)
        self._forgotten = forgotten
        self._runs: dict[str, DirectRun] = {}
        self._lock = threading.Lock()

    def start(self, order: Order) -> str:
        job_id = secrets.token_urlsafe(24)
        waiting = describe(JobRecord(time.monotonic), position=0)
        with self._lock:
            self._runs[job_id] = DirectRun(order=order, latest=Moment(view=waiting))
            for old in list(self._runs)[:-MAX_KEPT]:
                del self._runs[old]
                self._forgotten(old)
        return job_id

    def watch(self, job_id: str) -> Iterator[JobView]:
        run = self._find(job_id)
        with self._lock:
            first, run.started = not run.started, True
        if first:
            yield from self._lead(run)
        yield run.latest.view

    def _lead(self, run: DirectRun) -> Iterator[JobView]:
        # The platform may fail by itself: no device left, a process that died.
        border = Border(run.order.title)
        try:
            with border, closing(self._carry_out(run.order)) as items:
                for moment in items:
                    run.latest = moment
                    if run.stopping or moment.view.finished:
                        break
                    yield moment.view
        finally:
            run.end(border.error)

    def view(self, job_id: str) -> JobView:
        return self._find(job_id).latest.view

    def stop(self, job_id: str) -> None:
        self._find(job_id).stopping = True

    def order(self, job_id: str) -> Order:
        return self._find(job_id).order

    def reached(self, job_id: str) -> Asset | None:
        return self._find(job_id).latest.reached

    def result(self, job_id: str) -> Any:
        return self._find(job_id).latest.result

    def close(self) -> None:
        with self._lock:
            for run in self._runs.values():
                run.stopping = True

    def _find(self, job_id: str) -> DirectRun:
        with self._lock:
            if job_id not in self._runs:
                raise JobError(NO_LONGER_KEPT)
            return self._runs[job_id]
