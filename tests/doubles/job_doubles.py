"""Runs that do as they are told: for tests of what drives and watches them."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from pds.base.film import Film
from pds.kinds.asset import Asset
from pds.work.jobs import Job, Jobs
from pds.work.run import Making

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">'
    '<path id="corner" fill="#ff0000" d="M1 1H7V7Z"/></svg>'
)


def written(number: int) -> bytes:
    """The file of a counted asset."""
    return SVG.replace("#ff0000", f"#{number:06x}").encode()


def counted(number: int, name: str = "cat") -> Asset:
    """An asset that is a number; its file is a drawing of that colour."""
    return Asset(kind="svg", name=name, content=number, write=written)


@dataclass(frozen=True, kw_only=True)
class FakeStep:
    index: int
    total: int
    curve_value: float = 0.5


class FakeRun(Making):
    """Counts its steps. `before_step(index)` may wait or raise."""

    doing = "Counting"
    curve_label = "Tenths"

    def __init__(
        self,
        total: int = 3,
        *,
        before_step: Callable[[int], None] = lambda index: None,
        recipe: str = "",
        warnings: tuple[str, ...] = (),
        title: str = "a run",
    ):
        self.total = total
        self.before_step = before_step
        self.recipe = recipe
        self.warnings = warnings
        self.title = title
        self.source = counted(0)
        self.film = Film(8)
        self.taken = 0
        self.closed = False
        self.previews = 0
        self.snapshots = 0

    def steps(self) -> Iterator[FakeStep]:
        try:
            for index in range(self.total):
                self.before_step(index)
                self.taken = index + 1
                yield FakeStep(index=index, total=self.total, curve_value=index / 10)
        finally:
            self.closed = True

    def snapshot(self) -> Asset | None:
        self.snapshots += 1
        return counted(self.taken) if self.taken else None

    def picture(self, snapshot: Asset | None) -> Image.Image | None:
        if snapshot is None:
            return None
        self.previews += 1
        return Image.new("RGB", (8, 8), (snapshot.content, 0, 0))


class Gate:
    """Lets a run take its steps one by one: `open()` allows one more, `open_all()` the rest."""

    def __init__(self):
        self._allowed = threading.Semaphore(0)
        self._free = threading.Event()
        self.arrived = threading.Event()

    def __call__(self, index: int) -> None:
        self.arrived.set()
        while not self._free.is_set():
            if self._allowed.acquire(timeout=0.01):
                return

    def open(self) -> None:
        self._allowed.release()

    def open_all(self) -> None:
        self._free.set()


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def start(jobs: Jobs, run: FakeRun, title: str = "cat") -> Job:
    """Every step is looked at, however quick it was."""
    return jobs.get(jobs.submit(lambda: run, title=title, interval_s=0.0))


def finish(job: Job):
    return list(job.watch(0.001))[-1]


def until(true, timeout_s: float = 30.0) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.002)
