"""What each browser tab shows, and what it has chosen for its files."""

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from pds.settings import Settings
from pds.ui.widgets import Updates


class Sessions:
    """Which run a browser tab shows, by the tab's session; of one kind."""

    def __init__(self) -> None:
        self._watched: dict[str, tuple[str, object]] = {}
        self._chosen: dict[str, dict[str, Settings]] = {}
        self._lock = threading.Lock()

    def watched(self, session: str) -> str | None:
        """The run that a browser tab shows, if any."""
        with self._lock:
            run = self._watched.get(session)
        return None if run is None else run[0]

    def forget(self, session: str) -> None:
        """The tab was closed; its run goes on."""
        with self._lock:
            self._watched.pop(session, None)
            self._chosen.pop(session, None)

    def showing(self, session: str, job_id: str, updates: Iterator[Updates]) -> Iterator[Updates]:
        """The updates of a run, as long as the tab shows it and nothing newer.

        Args:
            session: of the tab, which shows this run from now on.
            job_id: of the run.
            updates: of the run; closed when the tab shows something else.
        """
        mine = (job_id, object())  # the same run may be opened twice
        with self._lock:
            self._watched[session] = mine
        with closing(updates):
            for update in updates:
                if not self._is(session, mine):
                    return
                yield update

    def while_shown(self, session: str, updates: Iterator[Updates]) -> Iterator[Updates]:
        """Updates about what the tab shows now, until it shows something else."""
        with self._lock:
            now = self._watched.get(session)
        with closing(updates):
            for update in updates:
                if not self._is(session, now):
                    return
                yield update

    def _is(self, session: str, run: tuple[str, object] | None) -> bool:
        with self._lock:
            return self._watched.get(session) is run

    def choose(self, session: str, output: str, settings: Settings) -> None:
        """Notes the settings that a tab has chosen for an output."""
        with self._lock:
            self._chosen.setdefault(session, {})[output] = settings

    def chosen(self, session: str, output: str) -> Any:
        """The settings that a tab has chosen for an output; None if it has not."""
        with self._lock:
            return self._chosen.get(session, {}).get(output)
