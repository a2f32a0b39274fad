"""What a tab knows beside its widgets: runs, the prior, files, and who watches what."""

import hashlib
import threading
from pathlib import Path

from pds.ui.driver import Driver
from pds.ui.prior import LazyPrior


class Desk:
    """A tab's one handle on everything that is not a widget; each tab has its own kind.

    Args:
        driver: carries the runs out.
        prior: for its vocabulary and its name.
        folder: where files of runs are written; a temporary folder of the page's own.
    """

    def __init__(self, driver: Driver, prior: LazyPrior, *, folder: Path):
        self.driver = driver
        self.prior = prior
        self.folder = folder
        self._watched: dict[str, str] = {}
        self._writing = threading.Lock()

    def watch_with(self, session: str, job_id: str) -> None:
        """Notes that a browser tab now shows this run, and no other."""
        self._watched[session] = job_id

    def is_watching(self, session: str, job_id: str) -> bool:
        """Whether a browser tab still shows this run."""
        return self._watched.get(session) == job_id

    def watched(self, session: str) -> str | None:
        """The run a browser tab shows, if any."""
        return self._watched.get(session)

    def release(self, session: str) -> None:
        """Stops what the tab shows, if it is still going, because the tab starts another run."""
        job_id = self._watched.pop(session, None)
        if job_id is not None and self.driver.is_kept(job_id):
            self.driver.stop(job_id)

    def forget(self, session: str) -> None:
        """The tab was closed; its run goes on."""
        self._watched.pop(session, None)

    def thumbnail(self, job_id: str) -> str | None:
        """Path of an ended run's picture for the history; None if it has none."""
        path = self.run_folder(job_id) / "after.png"
        return str(path) if path.exists() else None

    def word_help(self, source_prompt: str, target_prompt: str) -> tuple[str, ...]:
        """Sentences about words the prior never saw, source first."""
        vocabulary = self.prior.vocabulary()
        if vocabulary is None:
            return ()
        return vocabulary.warnings(f"{source_prompt or ''} {target_prompt or ''}")

    def run_folder(self, job_id: str) -> Path:
        """Where files of a run belong; made when one is written."""
        # Ids come back from browsers: none of them may name a folder outside ours.
        return self.folder / "runs" / digest(job_id.encode("utf-8"))


def digest(data: bytes) -> str:
    """A short name for these bytes, the same every time."""
    return hashlib.sha256(data).hexdigest()[:24]
