"""Following a run in a terminal: progress bar, and Ctrl-C that keeps the result."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from pds.base.errors import PDSError
from pds.work.drive import UNEXPECTED, drive
from pds.work.record import JobRecord
from pds.work.run import Run

FINE = 0
FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130


@dataclass
class Interrupt:
    """Whether Ctrl-C was pressed since."""

    pressed: threading.Event = field(default_factory=threading.Event)


@contextmanager
def interrupt_once() -> Iterator[Interrupt]:
    """Within the block the first Ctrl-C is only noted; a second one raises KeyboardInterrupt.

    Outside the main thread, where signals do not arrive, nothing is changed.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return

    def note(*_: object) -> None:
        if interrupt.pressed.is_set():
            raise KeyboardInterrupt
        interrupt.pressed.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)


class Bar:
    """The bar of a run, or a line where no bar can be drawn.

    Args:
        label: in front of it.
        quiet: whether to show and say nothing.
        stream: where to.
    """

    def __init__(self, label: str, *, quiet: bool, stream: Any):
        self._label, self._quiet, self._stream = label, quiet, stream
        self._hidden = quiet or not stream.isatty()
        self._total, self._doing = 0, ""
        self._bar = tqdm(desc=label, unit="step", disable=self._hidden, file=stream)

    def show(self, record: JobRecord) -> None:
        """Shows how far the run is; a new stage begins a new bar (or line)."""
        if not record.steps_taken:
            return
        doing = record.run.doing
        if (record.total, doing) != (self._total, self._doing):
            self._total, self._doing = record.total, doing
            self._bar.reset(record.total)
            if self._hidden and not self._quiet:
                print(f"{self._label}: {doing}, {record.total} steps.", file=self._stream)
        self._bar.update(record.steps_taken - self._bar.n)
        self._bar.set_postfix_str(_measure(record), refresh=False)

    def close(self) -> None:
        """Leaves the bar as it is."""
        self._bar.close()


def _measure(record: JobRecord) -> str:
    """What the run's curve shows, as a few characters."""
    label = record.run.curve_label
    points = record.curve.points()
    return f"{label} {points[-1][1]:.3g}" if label and points else ""


def follow(
    make_run: Callable[[], Run[Any]],
    *,
    label: str,
    quiet: bool = False,
    stream: Any = None,
    said: tuple[str, ...] = (),
) -> JobRecord:
    """Drives a run to its end, or to the step in which Ctrl-C was pressed.

    Says the run's warnings but those that were `said`, once each.

    Args:
        make_run: builds the run.
        label: in front of the bar.
        quiet: whether to show no bar.
        stream: where the bar is drawn, by default stderr.
        said: sentences that need not be said.

    Returns:
        The record: `state` is `done`, `stopped` (by Ctrl-C) or `failed`, with `error`; its `run` is
        None if it could not be built.
    """
    record = JobRecord(time.monotonic)
    record.start()
    heard = list(said)
    bar = Bar(label, quiet=quiet, stream=stream or sys.stderr)
    records = drive(make_run, record, title=label, interval_s=float("inf"))
    with interrupt_once() as interrupt, closing(bar), closing(records):
        for now in records:
            _warn(now.run.warnings, heard)
            bar.show(now)
            now.stopping = interrupt.pressed.is_set()
    if record.run is not None:
        _warn(record.run.warnings, heard)  # some are known only at the end
    return record


def _warn(sentences: tuple[str, ...], heard: list[str]) -> None:
    for sentence in sentences:
        if sentence not in heard:
            heard.append(sentence)
            say(f"Warning: {sentence}")


def say(text: str) -> None:
    """A line for the person at the terminal, beside the output proper."""
    print(text, file=sys.stderr)


def exit_code(record: JobRecord) -> int:
    """How a command ends that ended with this run; says why it failed, if it did.

    Raises:
        PDSError: the run could not even be built of what was given.
    """
    if record.run is None and record.error not in (None, UNEXPECTED):
        raise PDSError(record.error)
    if record.error:
        say(record.error)
    if record.state == "stopped":
        return INTERRUPTED
    return FAILED if record.error else FINE
