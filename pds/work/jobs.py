"""Jobs: runs edits one at a time in a thread of their own; watch, stop, come back later.

A run belongs to a job, not to whoever started it: watchers come and go (a closed tab, a reload)
and the run goes on. One engine thread owns the device; further jobs wait in line.
"""

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from PIL import Image

from pds.base.errors import JobError
from pds.kinds.asset import Asset
from pds.work.drive import drive
from pds.work.record import JobRecord, JobView, describe
from pds.work.run import Run

MAX_TITLE_CHARACTERS = 200
HEARTBEAT_S = 2.0


class Job:
    """One run and its place in line. Made by :meth:`Jobs.submit`.

    Safe to use from any thread.

    Attributes:
        id: unguessable.
        title: one line for lists.
    """

    def __init__(
        self,
        *,
        title: str,
        make_run: Callable[[], Run[Any]],
        changed: threading.Condition,
        place: Callable[["Job"], int],
        clock: Callable[[], float],
        interval_s: float,
        preparing: Callable[[], str],
    ):
        self.id = secrets.token_urlsafe(24)
        self.title = title
        self._make_run = make_run
        self._changed = changed
        self._place = place
        self._clock = clock
        self._interval_s = interval_s
        self._record = JobRecord(clock, preparing=preparing)
        self._drawing = threading.Lock()
        self._drawn: tuple[int, Image.Image | None] = (-1, None)
        self._result: Any = None

    @property
    def state(self) -> str:
        """`waiting`, `running`, `done`, `stopped` or `failed`."""
        return self._record.state

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self._record.finished

    @property
    def position(self) -> int:
        """Place among those who wait, 1 = next; 0 once it runs."""
        with self._changed:
            return self._place(self)

    @property
    def error(self) -> str | None:
        """What went wrong, in a sentence for the user."""
        return self._record.error

    @property
    def run(self) -> Run[Any] | None:
        """The run with its result so far; None until it has started (or if it could not)."""
        run: Run[Any] | None = self._record.run
        return run

    @property
    def snapshot(self) -> Asset | None:
        """What the last step looked at has reached, frozen; None while there is nothing."""
        return self._record.snapshot

    @property
    def result(self) -> Any:
        """What the run has made, made once; None while it goes on, and if no step was taken."""
        with self._drawing:
            if self._result is None:
                self._result = self._record.result()
            return self._result

    def stop(self) -> None:
        """Ends the job after the present step and keeps its result; a waiting one at once."""
        with self._changed:
            self._record.stopping = True
            if self._record.state == "waiting":
                self._record.finish("stopped")
            self._record.touch()
            self._changed.notify_all()

    def view(self) -> JobView:
        """What there is to see now, with the picture of the last step."""
        with self._changed:
            view = describe(self._record, position=self._place(self))
            run, number = self._record.run, self._record.snapshots
            snapshot = self._record.snapshot
        return view.with_image(self._picture(run, snapshot, number))

    def watch(
        self, min_interval_s: float = 0.2, *, heartbeat_s: float = HEARTBEAT_S
    ) -> Iterator[JobView]:
        """Yields views until the job has ended: the first at once, the newest each time.

        A slow consumer misses views in between, never the final one. Several may watch, and each
        may leave at any time.

        Args:
            min_interval_s: least time between two views, except before the final one.
            heartbeat_s: a view is given at least this often, so that clocks on display move.
        """
        while True:
            with self._changed:
                seen = self._mark()
            view = self.view()
            yield view
            if view.finished:
                return
            shown = time.monotonic()
            with self._changed:
                self._changed.wait_for(lambda: self.finished, timeout=min_interval_s)
                rest = heartbeat_s - (time.monotonic() - shown)
                self._changed.wait_for(partial(self._differs, seen), timeout=max(0.0, rest))

    def _differs(self, seen: tuple[int, int]) -> bool:
        return self._mark() != seen

    def _mark(self) -> tuple[int, int]:
        """Differs whenever there is something new to see."""
        return self._record.changes, self._place(self)

    def _picture(
        self, run: Run[Any] | None, snapshot: Asset | None, number: int
    ) -> Image.Image | None:
        """The preview of a snapshot, drawn once however many watch."""
        if run is None:
            return None
        with self._drawing:
            if self._drawn[0] != number or snapshot is None:
                self._drawn = (number, run.picture(snapshot))
            return self._drawn[1]

    def _carry_out(self) -> None:
        """Runs in the engine thread."""
        with self._changed:
            if self._record.state != "waiting":
                return
            self._record.start()
            self._changed.notify_all()
        for _ in drive(
            self._make_run,
            self._record,
            title=self.title,
            lock=self._changed,
            interval_s=self._interval_s,
        ):
            pass


class Jobs:
    """One engine thread, a queue before it, and the finished jobs behind it.

    Args:
        max_waiting: jobs that may wait; more are refused.
        ttl_s: how long a finished job is kept.
        keep: how many finished jobs are kept, the oldest go first.
        clock: seconds, ever growing.
        forgotten: is told the id of every job that is no longer kept.
        preparing: says what is being prepared, for jobs whose run is not built yet.

    Use it as a context manager, or call :meth:`close`.
    """

    def __init__(
        self,
        max_waiting: int = 8,
        ttl_s: float = 6 * 3600,
        keep: int = 32,
        *,
        clock: Callable[[], float] = time.monotonic,
        forgotten: Callable[[str], None] = lambda job_id: None,
        preparing: Callable[[], str] = lambda: "",
    ):
        self._preparing = preparing
        self._forgotten = forgotten
        self._max_waiting = max_waiting
        self._ttl_s = ttl_s
        self._keep = keep
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._jobs: dict[str, Job] = {}
        self._closed = False
        self._engine = threading.Thread(target=self._work, name="pds-engine", daemon=True)
        self._engine.start()

    def __enter__(self) -> "Jobs":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(
        self, make_run: Callable[[], Run[Any]], *, title: str, interval_s: float = 0.2
    ) -> str:
        """Puts a run in line.

        Args:
            make_run: builds the run, in the engine thread (it may load a model).
            title: one line for lists; cut at 200 characters.
            interval_s: least time between two snapshots of what the run reaches.

        Returns:
            The job's id.

        Raises:
            JobError: the line is full, or the engine is closed.
        """
        with self._changed:
            self._forget()
            if self._closed:
                raise JobError("The program is closing; start it again.")
            if len(self._line()) >= self._max_waiting:
                raise JobError(
                    f"{self._max_waiting} edits are waiting already; try again when one is done."
                )
            job = Job(
                title=title[:MAX_TITLE_CHARACTERS],
                make_run=make_run,
                changed=self._changed,
                place=self._place,
                clock=self._clock,
                interval_s=interval_s,
                preparing=self._preparing,
            )
            self._jobs[job.id] = job
            self._waiting.append(job)
            self._changed.notify_all()
        return job.id

    def get(self, job_id: str) -> Job:
        """The job of that id.

        Raises:
            JobError: never existed, or too old to be kept.
        """
        with self._changed:
            self._forget()
            job = self._jobs.get(job_id)
        if job is None:
            raise JobError("This edit is no longer kept; start it again.")
        return job

    def close(self, timeout_s: float = 30.0) -> None:
        """Stops the running job, drops those who wait, and ends the engine thread."""
        with self._changed:
            self._closed = True
            for job in self._jobs.values():
                job.stop()
            self._changed.notify_all()
        self._engine.join(timeout_s)

    def _line(self) -> list[Job]:
        return [job for job in self._waiting if not job.finished]

    def _place(self, job: Job) -> int:
        line = self._line()
        return line.index(job) + 1 if job in line else 0

    def _forget(self) -> None:
        """Drops finished jobs beyond their time or number."""
        finished = [job for job in self._jobs.values() if job.finished]
        finished.sort(key=lambda job: job._record.ended)
        expired = [job for job in finished if self._clock() - job._record.ended > self._ttl_s]
        surplus = finished[: max(0, len(finished) - self._keep)]
        for job in {*expired, *surplus}:
            del self._jobs[job.id]
            self._forgotten(job.id)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                job = self._waiting.popleft()
                self._changed.notify_all()  # The others have moved up.
            job._carry_out()
            with self._changed:
                self._forget()
