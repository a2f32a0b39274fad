"""How a page's edits are run: by the engine thread here, or inside a borrowed GPU call.

:class:`LocalDriver` hands edits to :class:`pds.jobs.Jobs`, where they outlive the browser tab.
:class:`pds.ui.direct.DirectDriver` is for machines where the device exists only inside one
decorated generator.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

from PIL import Image

from pds.errors import JobError
from pds.job_view import JobView
from pds.jobs import Jobs
from pds.recipe import Recipe

KEPT_RECIPES = 128


@runtime_checkable
class Result(Protocol):
    """What a run has reached, at any time since it began; :class:`pds.runs.DrawingRun` is one."""

    recipe: Recipe
    warnings: tuple[str, ...]

    def svg(self) -> bytes:
        """The drawing as it is now."""

    def source_svg(self) -> bytes:
        """The drawing as it was given."""

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        """The process, as square pictures."""


class Driver(ABC):
    """Starts, watches and stops edits; knows them by unguessable ids."""

    @abstractmethod
    def start(self, recipe: Recipe) -> str:
        """Accepts an edit and returns its id. Raises JobError if too many are waiting."""

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
    def recipe(self, job_id: str) -> Recipe:
        """What the run was started with. Raises JobError if unknown."""

    @abstractmethod
    def result(self, job_id: str) -> Result | None:
        """What the run has reached; None before it began. Raises JobError if unknown."""

    def is_kept(self, job_id: str) -> bool:
        """Whether the run can still be asked for."""
        try:
            self.recipe(job_id)
        except JobError:
            return False
        return True


class LocalDriver(Driver):
    """Runs edits one at a time on the engine thread of `jobs`.

    Args:
        jobs: the queue and its thread.
        make_run: builds the run of a recipe; called on the engine thread.
        min_interval_s: least time between two views, in seconds.
    """

    def __init__(
        self, jobs: Jobs, make_run: Callable[[Recipe], Result], *, min_interval_s: float = 0.2
    ):
        self.jobs = jobs
        self.make_run = make_run
        self.min_interval_s = min_interval_s
        self._recipes: dict[str, Recipe] = {}
        self._lock = threading.Lock()

    def start(self, recipe: Recipe) -> str:
        job_id = self.jobs.submit(lambda: self.make_run(recipe), title=title_of(recipe))
        with self._lock:
            self._recipes[job_id] = recipe
            for old in list(self._recipes)[:-KEPT_RECIPES]:
                del self._recipes[old]
        return job_id

    def watch(self, job_id: str) -> Iterator[JobView]:
        return self.jobs.get(job_id).watch(self.min_interval_s)

    def view(self, job_id: str) -> JobView:
        return self.jobs.get(job_id).view()

    def stop(self, job_id: str) -> None:
        self.jobs.get(job_id).stop()

    def recipe(self, job_id: str) -> Recipe:
        self.jobs.get(job_id)
        with self._lock:
            if job_id not in self._recipes:
                raise JobError("This edit is no longer kept; start it again.")
            return self._recipes[job_id]

    def result(self, job_id: str) -> Result | None:
        return self.jobs.get(job_id).run


def title_of(recipe: Recipe) -> str:
    """What a run is called in lists."""
    return f"{recipe.edit.source_prompt} → {recipe.edit.target_prompt}"
