"""Runs: how they are started from the page, followed to their end, and found again."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from pds.base.errors import PDSError
from pds.kinds.output import Made
from pds.ui import asking, text
from pds.ui.files import FILM, at_once, has
from pds.ui.form import Edit
from pds.ui.widgets import Updates, Values
from pds.work.order import EditOrder, MakeOrder, Order, RefineOrder

if TYPE_CHECKING:
    from pds.ui.tab import KindTab

MAX_HISTORY = 12


class Running:
    """Handlers of a tab; each yields updates of the tab's widgets.

    The last update of a run carries the state of every widget that the run may have changed: a
    browser that is busy, as while it loads the page, may leave out the ones before.
    """

    def __init__(self, tab: "KindTab"):
        self.tab, self.kind, self.service = tab, tab.kind, tab.service

    # --- starting a run ---------------------------------------------------------------------

    def preset_runner(self, key: str) -> Callable[..., Iterator[Updates]]:
        """A handler that fills the form from this preset and starts it."""

        def run_preset(memory: dict, request: gr.Request) -> Iterator[Updates]:
            make = functools.partial(self.service.preset_order, key)
            yield from self._run(make, memory, request, as_it_is=True)

        return run_preset

    def run_recipe(
        self, path: str, key: str, memory: dict, request: gr.Request
    ) -> Iterator[Updates]:
        """Fills the form from a recipe file and starts it, on its own or the open asset."""
        yield from self._run(lambda: asking.recipe_order(self.tab, path, key), memory, request)

    def run_edit(self, values: Values, request: gr.Request) -> Iterator[Updates]:
        """Starts the edit that the widgets say."""
        memory = values[self.tab.browser]
        yield from self._run(lambda: asking.edit_order(self.tab, values), memory, request)

    def run_make(self, values: Values, request: gr.Request) -> Iterator[Updates]:
        """Starts the making of an asset of what was brought."""
        memory = values[self.tab.browser]
        yield from self._run(lambda: asking.make_order(self.tab, values), memory, request)

    def run_refine(self, values: Values, request: gr.Request) -> Iterator[Updates]:
        """Starts a refinement of the shown result."""
        memory, session = values[self.tab.browser], request.session_hash
        make = functools.partial(asking.refine_order, self.tab, values, session=session)
        yield from self._run(make, memory, request)

    def _run(
        self,
        make: Callable[[], Order],
        memory: dict,
        request: gr.Request,
        *,
        as_it_is: bool = False,
    ) -> Iterator[Updates]:
        """Starts what `make` returns in place of what this tab showed, and follows it.

        Args:
            make: gives the order.
            memory: the browser's own list of runs.
            request: of the press.
            as_it_is: whether what is edited is shown as its file, at once; see `Source.shown`.
        """
        session = request.session_hash
        before = self.tab.sessions.watched(session)
        try:
            order = make()
            updates = self.show(order, as_it_is=as_it_is)
            job_id = self.service.start(order, instead_of=before)
        except PDSError as error:
            yield self.tab.panel.progress.refused(str(error), going=self._is_going(before))
            return
        runs = [job_id, *memory["runs"]][:MAX_HISTORY]
        updates |= {self.tab.browser: {"current": job_id, "runs": runs}}
        yield from self._follow(session, job_id, runs, updates)

    def _is_going(self, job_id: str | None) -> bool:
        return (
            job_id is not None
            and self.service.is_kept(job_id)
            and not self.service.view(job_id).finished
        )

    # --- finding runs again -----------------------------------------------------------------

    def attach(self, memory: dict, request: gr.Request) -> Iterator[Updates]:
        """Shows again what this browser was watching, or else the form as it opens."""
        runs = [job_id for job_id in memory["runs"] if self.service.is_kept(job_id)]
        current = memory["current"]
        if current in runs:
            yield from self._reopen(current, runs, request.session_hash)
            return
        try:
            updates = self.opening()
        except PDSError as error:
            updates = self.tab.source.refused(str(error))
        yield updates | {self.tab.browser: {"current": None, "runs": runs}} | self._history(runs)

    def opening(self) -> Updates:
        """The form for a visitor who was not here before: the first preset, not started.

        Raises:
            PDSError: the preset cannot be shown.
        """
        for key in self.tab.preset_buttons:
            order = self.service.preset_order(key)
            turned = self.tab.panel.turned(self.kind.home(order.asset))
            updates = self.show(order, as_it_is=True)
            if self.tab.panel.orbit is not None:
                shown = updates[self.tab.source.picture]
                updates |= self.tab.panel.orbit.looked(shown, None)
            return updates | turned
        return self.tab.source.closed()

    def reopen(self, memory: dict, request: gr.Request, event: gr.SelectData) -> Iterator[Updates]:
        """Shows an earlier run of this browser."""
        shown = self._ended_runs(memory["runs"])
        if not isinstance(event.index, int) or not 0 <= event.index < len(shown):
            yield self.tab.panel.progress.refused("That result is no longer kept.", going=False)
            return
        yield from self._reopen(shown[event.index], memory["runs"], request.session_hash)

    def _reopen(self, job_id: str, runs: list[str], session: str) -> Iterator[Updates]:
        try:
            updates = self.show(self.service.order(job_id))
        except PDSError as error:
            yield self.tab.panel.progress.refused(str(error), going=False)
            return
        updates |= {self.tab.browser: {"current": job_id, "runs": runs}}
        yield from self._follow(session, job_id, runs, updates)

    def stop(self, request: gr.Request) -> Updates:
        """Ends the run that this tab shows; what it reached stays."""
        job_id = self.tab.sessions.watched(request.session_hash)
        if job_id is not None and self.service.is_kept(job_id):
            self.service.stop(job_id)
        return {self.tab.panel.progress.stop: gr.update(interactive=False)}

    def leave(self, request: gr.Request) -> None:
        """The tab was closed or reloaded; its run goes on."""
        self.tab.sessions.forget(request.session_hash)

    # --- following a run --------------------------------------------------------------------

    def _follow(
        self, session: str, job_id: str, runs: list[str], updates: Updates
    ) -> Iterator[Updates]:
        """Yields a run's views until its end, or until the tab shows another run."""
        views = self._views(session, job_id, runs, updates)
        yield from self.tab.sessions.showing(session, job_id, views)

    def _views(
        self, session: str, job_id: str, runs: list[str], updates: Updates
    ) -> Iterator[Updates]:
        panel, service, order = self.tab.panel, self.service, self.service.order(job_id)
        past = self._ended_runs(runs)
        try:
            view = service.view(job_id)
            if not view.finished:
                picture = updates.get(self.tab.source.picture)
                updates |= panel.started(picture, view) | self._going(True)
                yield updates | self._history(runs)
                updates = {}
                for view in service.watch(job_id):
                    # The run before ends a step later than this one is accepted.
                    ended = self._ended_runs(runs)
                    more = self._history(runs) if ended != past and not view.finished else {}
                    past = ended
                    yield panel.progress.going(view, limit_s=order.limit_s) | more
            yield from self._ended(session, job_id, runs, updates)
        except PDSError as error:
            yield panel.progress.refused(str(error), going=False) | self._going(False)

    def _ended(
        self, session: str, job_id: str, runs: list[str], updates: Updates
    ) -> Iterator[Updates]:
        """The end of a run: its result, then also its films, then its exports.

        Args:
            session: of the tab.
            job_id: of the run.
            runs: of this browser.
            updates: what is still to be shown of the order; goes with the first.
        """
        service, panel, order = self.service, self.tab.panel, self.service.order(job_id)
        view, made = service.view(job_id), service.made(job_id)
        told = {"title": order.title, "warnings": tuple(dict.fromkeys(order.notes + view.warnings))}
        rest = self._going(False) | self._history(runs)
        rest[self.tab.refining.refine] = gr.update(interactive=_can_refine(order, made))
        if made is None:
            source = order.source
            shown = None if source is None else self.tab.source.shown(source)
            yield updates | rest | panel.ended(view, pictures=(shown, None), **told)
            return
        told["pictures"] = self._pictures(order, made)
        rest |= panel.turned(self.kind.home(made.edited))
        if isinstance(order, MakeOrder):
            updates |= self.tab.opening.opened(service.store.keep(made.edited), note=text.MADE)
        files = self._write(session, job_id, films=False)
        state = rest | panel.ended(view, note=text.WRITING, **told) | panel.files.ready(files)
        yield updates | state
        files |= self._write(session, job_id, films=True)
        state = rest | panel.ended(view, in_view=False, **told) | panel.files.ready(files)
        yield from self.tab.taking.with_exports(job_id, state)

    def _pictures(self, order: Order, made: Made) -> tuple[str | None, str | None]:
        """Of source and result, from where the result is at home."""
        look = self.kind.home(made.edited)
        before = None if order.source is None else self.service.picture(order.source, look)
        after = self.service.picture(made.edited, look, name=order.name)
        return None if before is None else str(before), str(after)

    def _write(self, session: str, job_id: str, *, films: bool) -> dict[str, Path]:
        """Writes what is written at the end of every run: what is quick, or films."""
        found: dict[str, Path] = {}
        for output in self.kind.outputs:
            if at_once(output) and has(output, FILM) == films:
                chosen = self.tab.sessions.chosen(session, output.key)
                found |= self.service.files(job_id, output.key, chosen)
        return found

    # --- pieces of updates ------------------------------------------------------------------

    def show(self, order: Order, *, as_it_is: bool = False) -> Updates:
        """The whole form as an order has it.

        Args:
            order: of a run, or of one to come.
            as_it_is: whether what is edited is shown as its file, at once; see `Source.shown`.

        Raises:
            PDSError: what the order starts from cannot be shown.
        """
        tab = self.tab
        if isinstance(order, MakeOrder):
            assert tab.making is not None
            opened = {} if order.resume is None else tab.opening.opened(order.resume)
            return opened | tab.making.fill(order)
        assert isinstance(order, EditOrder | RefineOrder)
        recipe, prompts = order.recipe, order.recipe.prompts
        asset = self.service.store.keep(order.asset)
        updates = tab.source.opened(asset, as_it_is=as_it_is)
        updates |= tab.words.fill(prompts.source, prompts.target)
        updates |= tab.opening.filled(Edit(recipe.method, recipe.run, recipe.settings), asset)
        if recipe.after is not None:
            updates |= tab.refining.fill(recipe.after)
        return updates

    def _going(self, going: bool) -> Updates:
        """Which buttons can be pressed while a run goes on, and after."""
        tab = self.tab
        buttons = [tab.words.edit] if tab.making is None else [tab.words.edit, tab.making.make]
        updates: Updates = {button: gr.update(interactive=not going) for button in buttons}
        if going:
            updates[tab.refining.refine] = gr.update(interactive=False)
        return updates

    def _history(self, runs: list[str]) -> Updates:
        """The pictures of this browser's runs that have a result."""
        pictures = []
        for job_id in self._ended_runs(runs):
            made, order = self.service.made(job_id), self.service.order(job_id)
            assert made is not None
            look = self.kind.home(made.edited)
            path = self.service.picture(made.edited, look, name=order.name)
            pictures.append((str(path), order.title))
        return self.tab.panel.history.past(pictures)

    def _ended_runs(self, runs: list[str]) -> list[str]:
        """Those that are kept, ended and have a result; of this tab's kind alone."""
        kept = [job_id for job_id in runs if self.service.is_kept(job_id)]
        return [job_id for job_id in kept if self.service.made(job_id) is not None]


def _can_refine(order: Order, made: Made | None) -> bool:
    return made is not None and isinstance(order, EditOrder | RefineOrder)
