"""The one loop that drives a run, and the border between a run's errors and who drives it.

The page's engine thread, a borrowed GPU's call, the command line and the API all use it.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from types import TracebackType
from typing import Any

import torch

from pds.base.errors import PDSError
from pds.work.record import JobRecord
from pds.work.run import Run

log = logging.getLogger(__name__)

OUT_OF_MEMORY = (
    "The memory is too small for this edit; choose a smaller resolution, fewer views a step or a "
    "smaller prior."
)
UNEXPECTED = "Something unexpected went wrong inside the program; the details are in its log."
SNAPSHOT_INTERVAL_S = 0.2


def drive(
    make_run: Callable[[], Run[Any]],
    record: JobRecord,
    *,
    title: str = "",
    lock: threading.Condition | None = None,
    interval_s: float = SNAPSHOT_INTERVAL_S,
) -> Iterator[JobRecord]:
    """Builds a run and takes its steps until it ends, fails, or the record says stop.

    Whatever goes wrong becomes a sentence in the record; nothing is raised but what ends the
    program (KeyboardInterrupt and its like). Closing the iterator stops the run.

    Args:
        make_run: builds the run.
        record: where everything is noted.
        title: for the log.
        lock: guards the record and wakes its watchers; None where nobody else looks at it.
        interval_s: least time between two snapshots of a run on its way.

    Yields:
        The record: when the run is built, and after each step. It is finished when the iterator
        has ended by itself.
    """
    noting = _Noting(lock)
    try:
        yield from _driven(make_run, record, noting, title, interval_s)
    finally:
        if not record.finished:  # closed, or the program is ending
            noting(record.finish, "stopped")


def _driven(
    make_run: Callable[[], Run[Any]],
    record: JobRecord,
    noting: "_Noting",
    title: str,
    interval_s: float,
) -> Iterator[JobRecord]:
    state, shown = "done", -math.inf
    with Border(title) as border:
        run = make_run()
        noting(record.built, run)
        yield record
        if record.stopping:
            state = "stopped"
        else:
            with closing(run.steps()) as steps:
                for step in steps:
                    noting(record.stepped, step.index, step.total, step.curve_value)
                    if time.monotonic() - shown >= interval_s:
                        noting(record.reached, run.snapshot())
                        shown = time.monotonic()
                    yield record
                    if record.stopping:
                        state = "stopped" if step.index + 1 < step.total else "done"
                        break
    if record.run is not None and record.steps_taken:
        with Border(title) as ending:
            noting(record.reached, record.run.snapshot())
        border.error = border.error or ending.error
    noting(record.finish, "failed" if border.error else state, border.error)


class _Noting:
    """Calls the record's methods with its lock held, and wakes who waits for a change."""

    def __init__(self, lock: threading.Condition | None):
        self._lock = lock

    def __call__(self, note: Callable[..., None], *facts: Any) -> None:
        with self._lock or nullcontext():
            note(*facts)
            if self._lock is not None:
                self._lock.notify_all()


class Border(AbstractContextManager["Border", bool]):
    """Turns whatever a run raises into a sentence, so that who drives it outlives it.

    Errors of this package already are sentences; running out of memory gets one with a remedy;
    anything else is a bug, whose traceback goes to the log. KeyboardInterrupt, SystemExit and
    their like pass.

    Args:
        title: of the run, for the log.

    Attributes:
        error: the sentence; None if nothing was raised.
    """

    def __init__(self, title: str):
        self.title = title
        self.error: str | None = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        if isinstance(error, PDSError):
            self.error = str(error)
        elif _is_out_of_memory(error):
            self.error = OUT_OF_MEMORY
        else:
            log.error("The run %r failed.", self.title, exc_info=error)
            self.error = UNEXPECTED
        return True


def _is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # The CPU allocator has no class of its own.
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
