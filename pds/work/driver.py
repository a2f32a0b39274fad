"""Who carries orders out: the engine thread here, or a call that borrows a GPU."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

from pds.base.errors import JobError
from pds.kinds import kind_of
from pds.kinds.asset import Asset
from pds.kinds.output import Made
from pds.work.jobs import Jobs
from pds.work.order import Order, Tools
from pds.work.record import JobView

NO_LONGER_KEPT = "This run is no longer kept; start it again."


class Driver(ABC):
    """Starts, watches and stops runs; knows them by unguessable ids."""

    @abstractmethod
    def start(self, order: Order) -> str:
        """Accepts an order and returns its id. Raises JobError if too many are waiting."""

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
    def reached(self, job_id: str) -> Asset | None:
        """What the run has reached so far; None if nothing. Raises JobError if unknown."""

    @abstractmethod
    def result(self, job_id: str) -> Any:
        """What the run has made; None while it goes on. Raises JobError if unknown."""

    @abstractmethod
    def close(self) -> None:
        """Stops everything and ends the threads."""

    def is_kept(self, job_id: str) -> bool:
        """Whether the run can still be asked for."""
        try:
            self.order(job_id)
        except JobError:
            return False
        return True


class LocalDriver(Driver):
    """Carries orders out one at a time on the engine thread of `jobs`.

    Args:
        tools: what they are carried out with.
        max_waiting: orders that may wait in line.
        keep: finished runs that are kept.
        forgotten: is told the id of every run that is no longer kept.
        preparing: says what is being prepared before runs can begin.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        max_waiting: int = 8,
        keep: int = 16,
        forgotten: Callable[[str], None] = lambda job_id: None,
        preparing: Callable[[], str] = lambda: "",
    ):
        self.tools = tools
        self._orders: dict[str, Order] = {}
        self._lock = threading.Lock()
        self._told = forgotten
        self.jobs = Jobs(
            max_waiting=max_waiting, keep=keep, forgotten=self._forget, preparing=preparing
        )

    def start(self, order: Order) -> str:
        with self._lock:
            job_id = self.jobs.submit(
                lambda: order.make_run(self.tools),
                title=order.title,
                interval_s=kind_of(order.kind).interval_s,
            )
            self._orders[job_id] = order
        return job_id

    def watch(self, job_id: str) -> Iterator[JobView]:
        interval_s = kind_of(self.order(job_id).kind).interval_s
        return self.jobs.get(job_id).watch(interval_s)

    def view(self, job_id: str) -> JobView:
        return self.jobs.get(job_id).view()

    def stop(self, job_id: str) -> None:
        self.jobs.get(job_id).stop()

    def order(self, job_id: str) -> Order:
        self.jobs.get(job_id)
        with self._lock:
            if job_id not in self._orders:
                raise JobError(NO_LONGER_KEPT)
            return self._orders[job_id]

    def reached(self, job_id: str) -> Asset | None:
        return self.jobs.get(job_id).snapshot

    def result(self, job_id: str) -> Any:
        return self.jobs.get(job_id).result

    def close(self) -> None:
        self.jobs.close()

    def _forget(self, job_id: str) -> None:
        """Told by `jobs`, with its own lock held; taking ours would turn the order of locks."""
        self._orders.pop(job_id, None)
        self._told(job_id)


def made_of(result: Any) -> Made | None:
    """The result of a run that makes an asset; None of any other, and if there is none."""
    return result if isinstance(result, Made) else None
