"""Carrying out one run: the border between a run's errors and the thread that serves all runs."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from typing import Any, Protocol, runtime_checkable

import torch
from PIL import Image

from pds.base.errors import PDSError
from pds.work.record import JobRecord

log = logging.getLogger(__name__)

OUT_OF_MEMORY = (
    "The memory is too small for this edit; choose a smaller resolution, fewer views a step or a "
    "smaller prior."
)
UNEXPECTED = "Something unexpected went wrong inside the program; the details are in its log."


@runtime_checkable
class Run(Protocol):
    """What a job runs, `runs.DrawingRun` for instance."""

    def steps(self) -> Iterator[Any]:
        """Records with `index` (from 0), `total` and `curve_value`; closing it stops the run."""

    def preview(self) -> Image.Image:
        """The asset after the last finished step; called from other threads."""


def carry_out(
    make_run: Callable[[], Run],
    record: JobRecord,
    *,
    lock: threading.Condition,
    title: str,
) -> None:
    """Builds a run and takes its steps until it ends, fails, or the record says stop; never raises.

    Args:
        make_run: builds the run.
        record: where everything is noted.
        lock: guards the record and wakes the watchers.
        title: for the log.
    """
    state = "done"
    with _Border(title) as border:
        run = make_run()
        with lock:
            record.built(run)
            lock.notify_all()
        if record.stopping:
            state = "stopped"
        else:
            with closing(run.steps()) as steps:
                for step in steps:
                    with lock:
                        record.stepped(step.index, step.total, step.curve_value)
                        lock.notify_all()
                    if record.stopping:
                        state = "stopped" if step.index + 1 < step.total else "done"
                        break
    with lock:
        record.finish("failed" if border.error else state, border.error)
        lock.notify_all()


class _Border(AbstractContextManager):
    """Turns whatever a run raises into a sentence, so that the thread outlives it.

    Errors of this package already are sentences; running out of memory gets one with a remedy;
    anything else is a bug, whose traceback goes to the log. KeyboardInterrupt, SystemExit and
    their like pass.
    """

    def __init__(self, title: str):
        self.title = title
        self.error: str | None = None

    def __exit__(self, kind, error, traceback) -> bool:
        if not isinstance(error, Exception):
            return False
        if isinstance(error, PDSError):
            self.error = str(error)
        elif _is_out_of_memory(error):
            self.error = OUT_OF_MEMORY
        else:
            log.error("The run %r failed.", self.title, exc_info=(kind, error, traceback))
            self.error = UNEXPECTED
        return True


def _is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # The CPU allocator has no class of its own.
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
