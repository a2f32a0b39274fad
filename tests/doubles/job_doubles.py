"""Runs that do as they are told: for tests of jobs and of the command line."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from pds.work.jobs import Job, Jobs
from pds.work.recipe import Recipe

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">'
    '<path id="corner" fill="#ff0000" d="M1 1H7V7Z"/></svg>'
)


@dataclass(frozen=True, kw_only=True)
class FakeStep:
    index: int
    total: int
    curve_value: float = 0.5


class FakeRun:
    """Counts its steps. `before_step(index)` may wait or raise."""

    def __init__(
        self,
        total: int = 3,
        *,
        before_step: Callable[[int], None] = lambda index: None,
        recipe: Recipe | None = None,
        warnings: tuple[str, ...] = (),
    ):
        self.total = total
        self.before_step = before_step
        self.recipe = recipe
        self.warnings = warnings
        self.taken = 0
        self.closed = False
        self.previews = 0

    def steps(self) -> Iterator[FakeStep]:
        try:
            for index in range(self.total):
                self.before_step(index)
                self.taken = index + 1
                yield FakeStep(index=index, total=self.total, curve_value=index / 10)
        finally:
            self.closed = True

    def preview(self, size_px: int = 8) -> Image.Image:
        self.previews += 1
        return Image.new("RGB", (size_px, size_px), (self.taken, 0, 0))

    def source_preview(self, size_px: int = 8) -> Image.Image:
        return Image.new("RGB", (size_px, size_px), "green")

    def frames(self, size_px: int = 8) -> Iterator[Image.Image]:
        for index in range(self.taken + 1):
            yield Image.new("RGB", (size_px, size_px), (40 * index, 0, 0))

    def svg(self) -> bytes:
        return SVG.replace("#ff0000", "#0000ff").encode()

    def source_svg(self) -> bytes:
        return SVG.encode()


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
    return jobs.get(jobs.submit(lambda: run, title=title))


def finish(job: Job):
    return list(job.watch(0.001))[-1]


def until(true, timeout_s: float = 5.0) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.002)
