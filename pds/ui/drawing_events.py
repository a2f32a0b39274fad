"""What happens when something on the Drawing tab is pressed: reads widgets, follows runs."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from pds.errors import ConfigError, JobError, PDSError, SVGError
from pds.presets import find_preset
from pds.recipe import MAX_RECIPE_BYTES, Recipe, clean_name
from pds.ui import form, text
from pds.ui.driver import title_of
from pds.ui.result import Updates

if TYPE_CHECKING:
    from pds.ui.drawing import DrawingTab

MAX_SVG_BYTES = 20_000_000
MAX_HISTORY = 12
WRITING = "Finished; the SVG is ready, the film is being written…"


class DrawingEvents:
    """Handlers of the Drawing tab; each returns or yields updates of the tab's widgets."""

    def __init__(self, tab: "DrawingTab"):
        self.tab = tab
        self.desk = tab.desk

    # --- starting a run ---------------------------------------------------------------------

    def preset_runner(self, key: str) -> Callable[..., Iterator[Updates]]:
        """A handler that fills the form from this preset and starts it."""

        def run_preset(memory: dict, request: gr.Request) -> Iterator[Updates]:
            preset = find_preset(key, self.desk.presets)
            yield from self._run(lambda: preset.recipe, memory, request)

        return run_preset

    def run_recipe(self, path: str, memory: dict, request: gr.Request) -> Iterator[Updates]:
        """Fills the form from a recipe file and starts it."""
        yield from self._run(lambda: Recipe.from_json(_read(path)), memory, request)

    def run_form(self, values: dict, request: gr.Request) -> Iterator[Updates]:
        """Starts what the widgets say."""
        settings = {name: values[widget] for name, widget in self.tab.widgets.items()}
        source, name = values[self.tab.svg_text], values[self.tab.name]
        memory = values[self.tab.browser]
        yield from self._run(lambda: self._form_recipe(settings, source, name), memory, request)

    def _form_recipe(self, settings: dict[str, Any], source: str, name: str) -> Recipe:
        if not (source or "").strip():
            raise SVGError("There is no drawing yet: press a preset, open an SVG, or paste one.")
        prior = self.desk.prior.name
        return form.read_recipe(settings, source=source, name=name, prior=prior)

    def _run(self, make: Any, memory: dict, request: gr.Request) -> Iterator[Updates]:
        """Starts the recipe that `make` returns in place of what this tab showed, and follows."""
        session = request.session_hash
        try:
            asked = make()
            recipe = replace(asked, prior=self.desk.prior.name)
            updates = self._show(recipe)
            self.desk.release(session)
            job_id = self.desk.driver.start(recipe)
        except PDSError as error:
            yield self.tab.result.error(str(error))
            return
        runs = [job_id, *memory["runs"]][:MAX_HISTORY]
        updates |= {self.tab.browser: {"current": job_id, "runs": runs}}
        notes = () if asked.prior == recipe.prior else (_other_prior(asked, recipe),)
        yield from self._follow(session, job_id, runs, updates, notes)

    # --- following a run --------------------------------------------------------------------

    def attach(self, memory: dict, request: gr.Request) -> Iterator[Updates]:
        """Shows again what this browser was watching, or else the first preset, not started."""
        runs = [job_id for job_id in memory["runs"] if self.desk.driver.is_kept(job_id)]
        current = memory["current"]
        if current in runs:
            yield from self._reopen(current, runs, request.session_hash)
            return
        updates = {self.tab.browser: {"current": None, "runs": runs}} | self._history(runs)
        for preset in list(self.desk.presets.values())[:1]:
            updates |= self._show(preset.recipe)
        yield updates

    def reopen(self, memory: dict, request: gr.Request, event: gr.SelectData) -> Iterator[Updates]:
        """Shows an earlier run of this browser."""
        shown = self._shown(memory["runs"])
        if not isinstance(event.index, int) or not 0 <= event.index < len(shown):
            yield self.tab.result.error("That result is no longer kept.")
            return
        yield from self._reopen(shown[event.index], memory["runs"], request.session_hash)

    def _reopen(self, job_id: str, runs: list[str], session: str) -> Iterator[Updates]:
        try:
            updates = self._show(self.desk.driver.recipe(job_id))
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
        picture = updates[tab.source]
        yield updates | tab.result.started(picture, driver.view(job_id)) | self._going(True)
        try:
            for view in driver.watch(job_id):
                if not self.desk.is_watching(session, job_id):
                    return
                yield tab.result.progress(view)
            yield from self._finish(session, job_id, runs, notes)
        except PDSError as error:
            yield tab.result.error(str(error)) | self._going(False)

    def _finish(self, session: str, job_id: str, runs: list[str], notes) -> Iterator[Updates]:
        tab, desk = self.tab, self.desk
        view, run = desk.driver.view(job_id), desk.driver.result(job_id)
        title = title_of(desk.driver.recipe(job_id))
        picture = desk.result_picture(job_id)
        if run is None:
            yield tab.result.ended(view, None, title=title) | self._going(False)
            return
        ended = tab.result.ended(view, picture, title=title, note=WRITING)
        ended |= tab.result.files(desk.first_files(job_id))
        yield ended | tab.result.notes((*notes, *run.warnings)) | self._going(False)
        files = tab.result.all_files(desk.downloads(job_id))
        if desk.is_watching(session, job_id):
            yield tab.result.ended(view, picture, title=title) | files | self._history(runs)

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

    def open_file(self, path: str) -> Updates:
        """Takes an uploaded SVG as the source."""
        try:
            return self._source(_read(path), name=clean_name(Path(path).name))
        except PDSError as error:
            return self._refuse(error)

    def open_text(self, svg: str, opened: str) -> Any:
        """Takes pasted text as the source; a fault is told while the old picture stays."""
        if not (svg or "").strip():
            return {self.tab.source_notes: ""}
        if svg == opened.replace("\r\n", "\n"):  # put there by the page itself
            return gr.skip()
        try:
            updates = self._source(svg, name="drawing")
        except PDSError as error:
            return self._refuse(error)
        updates.pop(self.tab.svg_text)  # the user is still typing there
        return updates

    def reuse(self, request: gr.Request) -> Updates:
        """Takes the shown result as the new source, and its target prompt as the new words."""
        try:
            job_id = self.desk.watched(request.session_hash)
            run = None if job_id is None else self.desk.driver.result(job_id)
            if run is None:
                raise JobError("There is no result to go on from yet.")
            updates = self._source(run.svg(), name=run.recipe.name)
        except PDSError as error:
            return self._refuse(error)
        prompts = self.tab.widgets["source_prompt"], self.tab.widgets["target_prompt"]
        return updates | {prompts[0]: run.recipe.edit.target_prompt, prompts[1]: ""}

    def resize(self, size_px: int, request: gr.Request) -> Any:
        """Writes the PNG again, at the chosen size."""
        job_id = self.desk.watched(request.session_hash)
        try:
            path = None if job_id is None else self.desk.png(job_id, size_px)
        except PDSError as error:
            return self.tab.result.error(str(error))
        return gr.skip() if path is None else {self.tab.result.png: gr.update(value=path)}

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

    # --- pieces of updates ------------------------------------------------------------------

    def _show(self, recipe: Recipe) -> Updates:
        """The whole form as the recipe has it."""
        drawing = self.desk.open_drawing(recipe.source)
        filled = form.fill(recipe, ids=drawing.ids)
        widgets = {self.tab.widgets[name]: update for name, update in filled.items()}
        return widgets | {
            self.tab.source: drawing.picture,
            self.tab.svg_text: drawing.text,
            self.tab.opened: drawing.text,
            self.tab.name: recipe.name,
            self.tab.source_notes: text.messages_html(drawing.warnings),
        }

    def _source(self, data: str | bytes, *, name: str) -> Updates:
        drawing = self.desk.open_drawing(data)
        return {
            self.tab.source: drawing.picture,
            self.tab.svg_text: drawing.text,
            self.tab.opened: drawing.text,
            self.tab.name: name,
            self.tab.source_notes: text.messages_html(drawing.warnings),
            self.tab.widgets["locked_ids"]: gr.update(value=[], choices=list(drawing.ids)),
        }

    def _refuse(self, error: PDSError) -> Updates:
        return {self.tab.source_notes: text.messages_html((str(error),), kind="error")}

    def _going(self, going: bool) -> Updates:
        return {
            self.tab.edit: gr.update(interactive=not going),
            self.tab.result.stop: gr.update(interactive=going),
        }

    def _history(self, runs: list[str]) -> Updates:
        shown = self._shown(runs)
        pictures = [
            (self.desk.thumbnail(job_id), title_of(self.desk.driver.recipe(job_id)))
            for job_id in shown
        ]
        return self.tab.result.past(pictures)

    def _shown(self, runs: list[str]) -> list[str]:
        """The runs that are in the history: kept, and with a picture."""
        kept = (job_id for job_id in runs if self.desk.driver.is_kept(job_id))
        return [job_id for job_id in kept if self.desk.thumbnail(job_id) is not None]


def _other_prior(asked: Recipe, recipe: Recipe) -> str:
    return (
        f"The recipe was made with the model {asked.prior}; this page runs {recipe.prior}, so "
        "the result differs."
    )


def _read(path: str) -> bytes:
    limit = max(MAX_SVG_BYTES, MAX_RECIPE_BYTES)
    with open(path, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ConfigError(f"The file is larger than {limit / 1e6:g} MB.")
    return data
