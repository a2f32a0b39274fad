"""What happens when something on the Drawing tab is pressed: reads widgets, follows runs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from pds.base.errors import JobError, PDSError, SVGError
from pds.ui import form, text
from pds.ui.driver import title_of
from pds.ui.events import TabEvents, other_prior, read_limited
from pds.ui.result import Updates
from pds.work.presets import find_preset
from pds.work.recipe import MAX_RECIPE_BYTES, Recipe, clean_name

if TYPE_CHECKING:
    from pds.ui.drawing import DrawingTab

MAX_SVG_BYTES = 20_000_000
WRITING = "Finished; the SVG is ready, the film is being written…"


class DrawingEvents(TabEvents):
    """Handlers of the Drawing tab."""

    tab: "DrawingTab"

    # --- starting a run ---------------------------------------------------------------------

    def preset_runner(self, key: str) -> Callable[..., Iterator[Updates]]:
        """A handler that fills the form from this preset and starts it."""

        def run_preset(memory: dict, request: gr.Request) -> Iterator[Updates]:
            preset = find_preset(key, self.desk.presets)
            yield from self.run(lambda: self._asked(preset.recipe), memory, request)

        return run_preset

    def run_recipe(self, path: str, memory: dict, request: gr.Request) -> Iterator[Updates]:
        """Fills the form from a recipe file and starts it."""
        yield from self.run(lambda: self._asked(Recipe.from_json(_read(path))), memory, request)

    def run_form(self, values: dict, request: gr.Request) -> Iterator[Updates]:
        """Starts what the widgets say."""
        settings = {name: values[widget] for name, widget in self.tab.widgets.items()}
        source, name = values[self.tab.svg_text], values[self.tab.name]
        memory = values[self.tab.browser]
        yield from self.run(
            lambda: self._asked(self._form_recipe(settings, source, name)), memory, request
        )

    def _form_recipe(self, settings: dict[str, Any], source: str, name: str) -> Recipe:
        if not (source or "").strip():
            raise SVGError("There is no drawing yet: press a preset, open an SVG, or paste one.")
        prior = self.desk.prior.name
        return form.read_recipe(settings, source=source, name=name, prior=prior)

    def _asked(self, asked: Recipe) -> tuple[Recipe, tuple[str, ...]]:
        """The recipe with this page's prior, and what to say if that is another one."""
        here = self.desk.prior.name
        return replace(asked, prior=here), other_prior(asked.prior, here)

    # --- the end of a run -------------------------------------------------------------------

    def ended(self, session: str, job_id: str, runs: list[str], notes) -> Iterator[Updates]:
        tab, desk = self.tab, self.desk
        view, run = desk.driver.view(job_id), desk.driver.result(job_id)
        title = self.title(desk.driver.order(job_id))
        picture = desk.result_picture(job_id)
        if run is None:
            yield tab.result.ended(view, None, title=title) | self.going(False)
            return
        ended = tab.result.ended(view, picture, title=title, note=WRITING)
        ended |= tab.result.files(desk.first_files(job_id))
        yield ended | tab.result.notes((*notes, *run.warnings)) | self.going(False)
        files = tab.result.all_files(desk.downloads(job_id))
        if desk.is_watching(session, job_id):
            yield tab.result.ended(view, picture, title=title) | files | self.history(runs)

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

    # --- pieces of updates ------------------------------------------------------------------

    def title(self, order: Recipe) -> str:
        return title_of(order)

    def opening(self, session: str) -> Updates:
        """The first preset, not started."""
        for preset in self.desk.presets.values():
            return self.show(preset.recipe)
        return {}

    def show(self, order: Recipe) -> Updates:
        drawing = self.desk.open_drawing(order.source)
        filled = form.fill(order, ids=drawing.ids)
        widgets = {self.tab.widgets[name]: update for name, update in filled.items()}
        return widgets | {
            self.tab.source: drawing.picture,
            self.tab.svg_text: drawing.text,
            self.tab.opened: drawing.text,
            self.tab.name: order.name,
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

    def going(self, going: bool) -> Updates:
        return {
            self.tab.edit: gr.update(interactive=not going),
            self.tab.result.stop: gr.update(interactive=going),
        }


def _read(path: str) -> bytes:
    return read_limited(path, max(MAX_SVG_BYTES, MAX_RECIPE_BYTES))
