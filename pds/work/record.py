"""What is known of a job, and how it is shown."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from pds.kinds.asset import Asset

FINISHED = ("done", "stopped", "failed")
MAX_CURVE_POINTS = 512
AVERAGED_STEPS = 20


@dataclass(frozen=True, kw_only=True)
class JobView:
    """A job at one moment.

    Attributes:
        state: `waiting`, `running`, `done`, `stopped` or `failed`.
        position: place among those who wait, 1 = next; 0 once it runs.
        step: steps taken.
        total: steps wanted; 0 while not known.
        eta_s: seconds left by the pace of the last steps, or None while not known.
        elapsed_s: seconds since the run began; stands still at the end.
        image: the asset after the last step, or None.
        curve: (step, what the run's curve shows), thinned to at most 512 points.
        curve_label: what that is; empty if there is no curve.
        from_zero: whether the curve begins at zero.
        doing: what is going on, in a few words; empty while there is no run.
        warnings: the run's, one sentence each.
        message: one line for the user.
        error: what went wrong, in a sentence; None unless the job failed.
    """

    state: str
    position: int
    step: int
    total: int
    eta_s: float | None
    elapsed_s: float
    image: Image.Image | None
    curve: tuple[tuple[int, float], ...]
    message: str
    curve_label: str = ""
    from_zero: bool = True
    doing: str = ""
    warnings: tuple[str, ...] = ()
    error: str | None = None

    @property
    def finished(self) -> bool:
        """Whether this is the final view."""
        return self.state in FINISHED

    def with_image(self, image: Image.Image | None) -> "JobView":
        """The same moment with a picture."""
        return replace(self, image=image)


class Curve:
    """(step, value) pairs; halved evenly when they grow too many."""

    def __init__(self, most: int = MAX_CURVE_POINTS):
        self._most = most
        self._every = 1
        self._count = 0
        self._points: list[tuple[int, float]] = []

    def add(self, step: int, value: float) -> None:
        """Appends a point (or skips it, once the curve is thinned)."""
        if self._count % self._every == 0:
            self._points.append((step, value))
        self._count += 1
        if len(self._points) > self._most:
            self._points = self._points[::2]
            self._every *= 2

    def points(self) -> tuple[tuple[int, float], ...]:
        """What is kept, in order."""
        return tuple(self._points)


class JobRecord:
    """The changing facts of a job. Its owner holds a lock around every call that changes it.

    Attributes:
        run: what is carried out; None before it is built.
        snapshot: what a step has reached, frozen, for watchers; None while there is nothing.
        snapshots: how many there were, so that a watcher sees whether there is a new one.
        preparing: says what is being prepared before the first step; empty if nothing is.
    """

    def __init__(self, clock: Callable[[], float], *, preparing: Callable[[], str] = lambda: ""):
        self.clock = clock
        self.preparing = preparing
        self.state = "waiting"
        self.run: Any = None
        self.snapshot: Asset | None = None
        self.snapshots = 0
        self.error: str | None = None
        self.stopping = False
        self.steps_taken = 0
        self.total = 0
        self.curve = Curve()
        self.changes = 0
        self.begun = 0.0
        self.ended = 0.0
        self._moments: deque[float] = deque(maxlen=AVERAGED_STEPS + 1)

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in FINISHED

    def touch(self) -> None:
        """Notes that something changed, so that watchers look again."""
        self.changes += 1

    def start(self) -> None:
        """The engine has taken it up."""
        self.state = "running"
        self.begun = self.clock()
        self.touch()

    def built(self, run: Any) -> None:
        """The run exists and will take its steps."""
        self.run = run
        self.touch()

    def stepped(self, index: int, total: int, value: float) -> None:
        """Step `index` (from 0) of `total` is taken; `value` goes onto the curve.

        An index below the last one begins a new stage, with a curve and a pace of its own.
        """
        if index < self.steps_taken:
            self.curve = Curve()
            self._moments.clear()
        self.steps_taken = index + 1
        self.total = total
        self.curve.add(index, value)
        # The first moment is the *end* of the first step, which compiles, allocates and embeds the
        # prompts and so says nothing about the others.
        self._moments.append(self.clock())
        self.touch()

    def reached(self, snapshot: Asset | None) -> None:
        """The last step has reached this."""
        self.snapshot = snapshot
        self.snapshots += 1
        self.touch()

    def finish(self, state: str, error: str | None = None) -> None:
        """It is over: `done`, `stopped`, or `failed` with a sentence."""
        self.state = state
        self.error = error
        self.ended = self.clock()
        if not self.begun:
            self.begun = self.ended
        self.touch()

    def result(self) -> Any:
        """What the run has made; None while it goes on, and if no step was taken."""
        return self.run.result if self.finished and self.run and self.steps_taken else None

    def elapsed_s(self) -> float:
        """Seconds since the start, up to the end."""
        if self.state == "waiting":
            return 0.0
        return (self.ended if self.finished else self.clock()) - self.begun

    def eta_s(self) -> float | None:
        """Seconds left by the average of the last steps; None while there are too few."""
        if self.state != "running" or len(self._moments) < 2:
            return None
        pace = (self._moments[-1] - self._moments[0]) / (len(self._moments) - 1)
        return max(0.0, pace * (self.total - self.steps_taken))


def describe(record: JobRecord, *, position: int) -> JobView:
    """The view of a record, without a picture."""
    run = record.run
    return JobView(
        state=record.state,
        position=position,
        step=record.steps_taken,
        total=record.total,
        eta_s=record.eta_s(),
        elapsed_s=record.elapsed_s(),
        image=None,
        curve=record.curve.points(),
        curve_label="" if run is None else run.curve_label,
        from_zero=run is None or run.from_zero,
        doing="" if run is None else run.doing,
        warnings=() if run is None else run.warnings,
        message=_message(record, position),
        error=record.error,
    )


def _message(record: JobRecord, position: int) -> str:
    step, total, seconds = record.steps_taken, record.total, record.elapsed_s()
    if record.state == "waiting":
        return f"Waiting: number {position} in line."
    if record.state == "running":
        if record.run is None:
            return record.preparing() or "Loading what is needed."
        if record.stopping:
            return "Stopping after this step."
        if not total:
            return "Taking the first step."
        eta = record.eta_s()
        left = "" if eta is None else f", about {duration(eta)} left"
        return f"Step {step} of {total}{left}."
    if record.state == "done":
        return f"Done: {step} steps in {duration(seconds)}."
    kept = f" The result after {step} of {total} steps is kept." if step else ""
    if record.state == "failed":
        return f"{record.error}{kept}"
    return f"Stopped.{kept}"


def duration(seconds: float) -> str:
    """Seconds in words: `8 s`, `1 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
