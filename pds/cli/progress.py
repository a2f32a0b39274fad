"""Taking a run's steps in a terminal: progress bar, and Ctrl-C that keeps the result."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from pds.base.errors import NonFiniteGradient, OutOfMemory


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

    def note(*_) -> None:
        if interrupt.pressed.is_set():
            raise KeyboardInterrupt
        interrupt.pressed.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended.

    Attributes:
        steps: steps taken.
        interrupted: whether Ctrl-C ended it.
        error: why it failed, in a sentence, or None.
    """

    steps: int
    interrupted: bool = False
    error: str | None = None


def _gradient(step: Any) -> str:
    return f"gradient {step.curve_value:.3g}"


def take_steps(
    run: Any,
    *,
    total: int = 0,
    label: str = "",
    describe: Callable[[Any], str] = _gradient,
    quiet: bool = False,
    stream: Any = None,
) -> Outcome:
    """Takes all steps of a run with a progress bar on `stream`, by default stderr.

    Where that is no terminal a single line says that it begins; nothing is said if quiet.
    A run that fails for want of memory or by a NaN keeps what it had; so does an interrupted one.

    Args:
        run: what to run; its records have `index` and `total`.
        total: steps, if known beforehand. Where a record has another, a new bar (or line) begins.
        label: in front of the bar.
        describe: what stands behind the bar after a step.
        quiet: whether to say nothing.
        stream: where to say it.
    """
    taken = 0
    stream = stream or sys.stderr
    hidden = quiet or not stream.isatty()

    def announce(steps: int) -> None:
        if hidden and not quiet:
            print(f"{label}: {steps} steps.", file=stream)

    if total:
        announce(total)
    with interrupt_once() as interrupt, closing(run.steps()) as steps:
        bar = tqdm(total=total, desc=label, unit="step", disable=hidden, file=stream)
        with bar:
            try:
                for step in steps:
                    if step.total != total:
                        total = step.total
                        bar.reset(total)
                        announce(total)
                    taken = step.index + 1
                    bar.update(taken - bar.n)
                    bar.set_postfix_str(describe(step), refresh=False)
                    if interrupt.pressed.is_set():
                        return Outcome(steps=taken, interrupted=True)
            except (NonFiniteGradient, OutOfMemory) as error:
                return Outcome(steps=taken, error=str(error))
    return Outcome(steps=taken)


def say(text: str) -> None:
    """A line for the person at the terminal, beside the output proper."""
    print(text, file=sys.stderr)


def say_warnings(run: Any, said: Sequence[str] = ()) -> None:
    """Says a run's warnings but those that were `said` before."""
    for sentence in run.warnings:
        if sentence not in said:
            say(f"Warning: {sentence}")
