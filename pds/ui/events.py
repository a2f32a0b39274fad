"""What every tab does when something is pressed: starts runs, follows them, comes back to them."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Protocol, runtime_checkable

import gradio as gr
from gradio.components import Component

from pds.base.errors import ConfigError, PDSError
from pds.ui import form, text
from pds.ui.desk import Desk
from pds.ui.result import ResultPanel, Updates
from pds.work.record import JobView

MAX_HISTORY = 12
Start = Callable[[], tuple[Any, tuple[str, ...]]]


@runtime_checkable
class Tab(Protocol):
    """What the events ask of a tab: its desk and the widgets that all tabs have."""

    desk: Desk
    browser: gr.BrowserState
    result: ResultPanel
    source: Component


class TabEvents(ABC):
    """Handlers of a tab; each returns or yields updates of the tab's widgets."""

    def __init__(self, tab: Tab):
        self.tab = tab
        self.desk = tab.desk

    # --- what differs from tab to tab -------------------------------------------------------

    @abstractmethod
    def show(self, order: Any) -> Updates:
        """The whole form as an order has it, with the picture of its source under `tab.source`.

        Raises:
            PDSError: what the order starts from cannot be shown.
        """

    @abstractmethod
    def opening(self, session: str) -> Updates:
        """The form for a visitor who was not here before."""

    @abstractmethod
    def title(self, order: Any) -> str:
        """What a run is called in the history."""

    @abstractmethod
    def going(self, going: bool) -> Updates:
        """Which buttons can be pressed while a run goes on, and after."""

    @abstractmethod
    def ended(self, session: str, job_id: str, runs: list[str], notes) -> Iterator[Updates]:
        """Everything that follows the last step: the result, its files, the history."""

    # --- starting a run ---------------------------------------------------------------------

    def run(self, make: Start, memory: dict, request: gr.Request) -> Iterator[Updates]:
        """Starts what `make` returns in place of what this tab showed, and follows it.

        Args:
            make: gives the order, and sentences about it for the user.
            memory: the browser's own list of runs.
            request: of the press.
        """
        session = request.session_hash
        try:
            order, notes = make()
            updates = self.show(order)
            self.desk.release(session)
            job_id = self.desk.driver.start(order)
        except PDSError as error:
            yield self.tab.result.error(str(error))
            return
        runs = [job_id, *memory["runs"]][:MAX_HISTORY]
        updates |= {self.tab.browser: {"current": job_id, "runs": runs}}
        yield from self._follow(session, job_id, runs, updates, notes)

    # --- following a run --------------------------------------------------------------------

    def attach(self, memory: dict, request: gr.Request) -> Iterator[Updates]:
        """Shows again what this browser was watching, or else the form as it opens."""
        runs = [job_id for job_id in memory["runs"] if self.desk.driver.is_kept(job_id)]
        current = memory["current"]
        if current in runs:
            yield from self._reopen(current, runs, request.session_hash)
            return
        updates = {self.tab.browser: {"current": None, "runs": runs}} | self.history(runs)
        yield updates | self.opening(request.session_hash)

    def reopen(self, memory: dict, request: gr.Request, event: gr.SelectData) -> Iterator[Updates]:
        """Shows an earlier run of this browser."""
        shown = self._shown(memory["runs"])
        if not isinstance(event.index, int) or not 0 <= event.index < len(shown):
            yield self.tab.result.error("That result is no longer kept.")
            return
        yield from self._reopen(shown[event.index], memory["runs"], request.session_hash)

    def _reopen(self, job_id: str, runs: list[str], session: str) -> Iterator[Updates]:
        try:
            updates = self.show(self.desk.driver.order(job_id))
        except PDSError as error:
            yield self.tab.result.error(str(error))
            return
        updates |= {self.tab.browser: {"current": job_id, "runs": runs}}
        yield from self._follow(session, job_id, runs, updates)

    def _follow(
        self, session: str, job_id: str, runs: list[str], updates: Updates, notes=()
    ) -> Iterator[Updates]:
        """Yields a run's views until its end, or until the tab shows another run."""
        tab, driver = self.tab, self.desk.driver
        self.desk.watch_with(session, job_id)
        picture = updates.get(tab.source)
        yield updates | tab.result.started(picture, driver.view(job_id)) | self.going(True)
        try:
            for view in driver.watch(job_id):
                if not self.desk.is_watching(session, job_id):
                    return
                yield self.progress(job_id, view)
            yield from self.ended(session, job_id, runs, notes)
        except PDSError as error:
            yield tab.result.error(str(error)) | self.going(False)

    def progress(self, job_id: str, view: JobView) -> Updates:
        """One view of a run on its way."""
        return self.tab.result.progress(view)

    def stop(self, request: gr.Request) -> Any:
        """Ends the run that this tab shows; what it reached stays."""
        job_id = self.desk.watched(request.session_hash)
        if job_id is not None and self.desk.driver.is_kept(job_id):
            self.desk.driver.stop(job_id)
        return gr.update(interactive=False)

    def leave(self, request: gr.Request) -> None:
        """The tab was closed or reloaded; its run goes on."""
        self.desk.forget(request.session_hash)

    # --- the form ---------------------------------------------------------------------------

    def new_seed(self) -> int:
        """A seed nobody chose."""
        return random.SystemRandom().randrange(form.SEED_LIMIT)

    def help_words(self, source_prompt: str, target_prompt: str) -> str:
        """Warnings about words that the model never saw."""
        return text.messages_html(self.desk.word_help(source_prompt, target_prompt))

    def list_concepts(self) -> str:
        """The things the model knows; waits until it is loaded."""
        try:
            vocabulary = self.desk.prior.get().vocabulary
        except PDSError as error:
            return text.messages_html((str(error),), kind="error")
        if vocabulary is None:
            return text.concepts_html((), {})
        return text.concepts_html(vocabulary.concepts, vocabulary.groups)

    # --- the history ------------------------------------------------------------------------

    def history(self, runs: list[str]) -> Updates:
        """The pictures of this browser's runs that are still kept."""
        pictures = [
            (self.desk.thumbnail(job_id), self.title(self.desk.driver.order(job_id)))
            for job_id in self._shown(runs)
        ]
        return self.tab.result.past(pictures)

    def _shown(self, runs: list[str]) -> list[str]:
        """The runs that are in the history: kept, and with a picture."""
        kept = (job_id for job_id in runs if self.desk.driver.is_kept(job_id))
        return [job_id for job_id in kept if self.desk.thumbnail(job_id) is not None]


def other_prior(asked: str, here: str) -> tuple[str, ...]:
    """What to say of a recipe that was made with another model than this page runs."""
    if asked == here:
        return ()
    return (
        f"The recipe was made with the model {asked}; this page runs {here}, so the result "
        "differs.",
    )


def read_limited(path: str, limit: int) -> bytes:
    """The bytes of an uploaded file.

    Raises:
        ConfigError: it is larger than `limit` bytes.
    """
    with open(path, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ConfigError(f"The file is larger than {limit / 1e6:g} MB.")
    return data
