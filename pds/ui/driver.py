"""How a page's runs are carried out: by the engine thread here, or inside a borrowed GPU call.

:class:`LocalDriver` hands runs to :class:`pds.work.jobs.Jobs`, where they outlive the browser tab.
:class:`pds.ui.direct.DirectDriver` is for machines where the device exists only inside one
decorated generator.

A run is started with an *order*, which is all that it needs: for drawings that is the recipe.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from PIL import Image

from pds.base.errors import JobError
from pds.work.jobs import Jobs
from pds.work.recipe import Recipe
from pds.work.record import JobView

KEPT_ORDERS = 128
Order = TypeVar("Order")


@runtime_checkable
class Result(Protocol):
    """What every run has reached, at any time since it began."""

    warnings: tuple[str, ...]

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        """The process, as pictures of one size."""


@runtime_checkable
class DrawingResult(Result, Protocol):
    """What an edit of a drawing has reached; :class:`pds.work.runs.DrawingRun` is one."""

    recipe: Recipe

    def svg(self) -> bytes:
        """The drawing as it is now."""

    def source_svg(self) -> bytes:
        """The drawing as it was given."""


class Driver(ABC, Generic[Order]):
    """Starts, watches and stops runs; knows them by unguessable ids."""

    @abstractmethod
    def start(self, order: Order) -> str:
        """Accepts a run and returns its id. Raises JobError if too many are waiting."""

    @abstractmethod
    def watch(self, job_id: str) -> Iterator[JobView]:
        """Views of a run, the newest each time, until the final one. Raises JobError if unknown."""

    @abstractmethod
    def view(self, job_id: str) -> JobView:
        """The run as it is now. Raises JobError if unknown."""

    @abstractmethod
    def stop(self, job_id: str) -> None:
        """Ends a run within a step; what it reached stays. Raises JobError if unknown."""

    @abstractmethod
    def order(self, job_id: str) -> Order:
        """What the run was started with. Raises JobError if unknown."""

    @abstractmethod
    def result(self, job_id: str) -> Any:
        """What the run has reached; None before it began. Raises JobError if unknown."""

    def is_kept(self, job_id: str) -> bool:
        """Whether the run can still be asked for."""
        try:
            self.order(job_id)
        except JobError:
            return False
        return True


class LocalDriver(Driver[Order]):
    """Runs orders one at a time on the engine thread of `jobs`, which drivers may share.

    Args:
        jobs: the queue and its thread.
        make_run: builds the run of an order; called on the engine thread.
        title: what a run is called in lists and in the log.
        min_interval_s: least time between two views, in seconds.
    """

    def __init__(
        self,
        jobs: Jobs,
        make_run: Callable[[Order], Any],
        *,
        title: Callable[[Order], str],
        min_interval_s: float = 0.2,
    ):
        self.jobs = jobs
        self.make_run = make_run
        self.title = title
        self.min_interval_s = min_interval_s
        self._orders: dict[str, Order] = {}
        self._lock = threading.Lock()

    def start(self, order: Order) -> str:
        job_id = self.jobs.submit(lambda: self.make_run(order), title=self.title(order))
        with self._lock:
            self._orders[job_id] = order
            for old in list(self._orders)[:-KEPT_ORDERS]:
                del self._orders[old]
        return job_id

    def watch(self, job_id: str) -> Iterator[JobView]:
        return self.jobs.get(job_id).watch(self.min_interval_s)

    def view(self, job_id: str) -> JobView:
        return self.jobs.get(job_id).view()

    def stop(self, job_id: str) -> None:
        self.jobs.get(job_id).stop()

    def order(self, job_id: str) -> Order:
        self.jobs.get(job_id)
        with self._lock:
            if job_id not in self._orders:
                raise JobError("This run is no longer kept; start it again.")
            return self._orders[job_id]

    def result(self, job_id: str) -> Any:
        return self.jobs.get(job_id).run


def title_of(recipe: Any) -> str:
    """What an edit is called in lists, by its prompts; of drawings and of scenes."""
    return f"{recipe.edit.source_prompt} → {recipe.edit.target_prompt}"
