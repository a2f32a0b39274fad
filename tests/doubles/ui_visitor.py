"""A visitor of the page without a browser: handlers are functions and generators of updates."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr

from pds.kinds import kind_of
from pds.ui.tab import KindTab
from pds.work.service import Service

NEW = {"current": None, "runs": []}


def built(make: Callable[[], Any]) -> Any:
    """What `make` builds inside a page.

    In a thread with a loop of its own: Gradio opens one where there is none and never closes it,
    and the browser tests keep one running in this thread.
    """

    async def build() -> Any:
        with gr.Blocks(analytics_enabled=False):
            return make()

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(build())).result()


def build_tab(service: Service, kind: str = "svg") -> KindTab:
    """The tab of a kind, wired."""

    def make() -> KindTab:
        tab = KindTab(kind_of(kind), service, gr.BrowserState(default_value=NEW), first=True)
        tab.wire(gr.context.Context.root_block)
        return tab

    return built(make)


class Visitor:
    """A browser tab: what its widgets show, and what its presses bring.

    Args:
        tab: of the page.
        session: of the browser tab.
    """

    def __init__(self, tab: KindTab, session: str = "tab"):
        self.tab, self.session = tab, session
        self.request = gr.Request(session_hash=session)
        self.shown: dict = {tab.browser: NEW}
        self.pressable: dict = {}

    def take(self, updates) -> list[dict]:
        """Applies everything a press yields and returns it."""
        if isinstance(updates, dict) and updates.get("__type__") == "update":
            return []
        seen = []
        for update in [updates] if isinstance(updates, dict) else updates:
            seen.append(update)
            for widget, value in update.items():
                self._apply(widget, value)
        return seen

    def _apply(self, widget, value) -> None:
        if not is_update(value):
            self.shown[widget] = value
            return
        if "value" in value:
            self.shown[widget] = value["value"]
        if "interactive" in value:
            self.pressable[widget] = value["interactive"]

    @property
    def memory(self) -> dict:
        return self.shown[self.tab.browser]

    @property
    def current(self) -> str:
        return self.memory["current"]

    @property
    def status(self) -> str:
        return self.shown[self.tab.panel.progress.status]

    @property
    def notes(self) -> str:
        return self.shown[self.tab.source.notes]

    @property
    def history(self) -> list:
        return self.shown[self.tab.panel.history.gallery]

    def file(self, key: str) -> str:
        """The path behind a download button that can be pressed."""
        button = self.tab.panel.files.buttons[key]
        assert self.pressable[button], key
        return self.shown[button]

    def values(self, **changes) -> dict:
        """What a handler of widgets is given; `changes` by the names of settings or prompts."""
        tab = self.tab
        more = [*tab.panel.files.settings_components()]
        if tab.panel.orbit is not None:
            more += tab.panel.orbit.controls()
        values = {w: self.shown.get(w, w.value) for w in {*tab.reading(), *more}}
        return values | {self._widget(name): value for name, value in changes.items()}

    def _widget(self, name: str):
        prompts = {"source": self.tab.words.source, "target": self.tab.words.target}
        if name in prompts:
            return prompts[name]
        form = self.tab.form
        for group in (form.methods, form.run, form.own):
            if name in group.fields:
                return group.fields[name].components[0]
        return {"method": form.method}[name]

    def preset(self, key: str) -> list[dict]:
        return self.take(self.tab.running.preset_runner(key)(self.memory, self.request))

    def edit(self, **changes) -> list[dict]:
        return self.take(self.tab.running.run_edit(self.values(**changes), self.request))

    def make(self) -> list[dict]:
        return self.take(self.tab.running.run_make(self.values(), self.request))

    def refine(self) -> list[dict]:
        return self.take(self.tab.running.run_refine(self.values(), self.request))

    def attach(self) -> list[dict]:
        return self.take(self.tab.running.attach(self.memory, self.request))

    def open(self, path) -> list[dict]:
        return self.take(self.tab.opening.open_file(str(path), self.request))

    def recipe(self, path) -> list[dict]:
        key = self.shown.get(self.tab.source.key, "")
        return self.take(self.tab.running.run_recipe(str(path), key, self.memory, self.request))

    def export(self, output: str) -> list[dict]:
        export = self.tab.taking.exporter(self.tab.kind.output(output))
        return self.take(export(self.values(), self.request))

    def stop(self) -> None:
        self.take(self.tab.running.stop(self.request))


def is_update(value) -> bool:
    return isinstance(value, dict) and value.get("__type__") == "update"
