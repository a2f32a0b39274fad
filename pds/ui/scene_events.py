"""What happens when something on the Scene tab is pressed: reads widgets, follows runs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from pds.base.errors import JobError, PDSError
from pds.ui import scene_form, scene_text, text
from pds.ui.events import TabEvents, read_limited
from pds.ui.result import Updates
from pds.ui.scene_asking import (
    MAX_SCENE_BYTES,
    edit_order,
    fit_order,
    preset_order,
    recipe_order,
    refine_order,
    scene_name,
)
from pds.ui.scene_desk import FILM_PX, Target
from pds.ui.scene_orders import FitOrder, SceneOrder, check_files
from pds.ui.scene_store import View
from pds.work.presets import find_preset
from pds.work.record import JobView, duration

if TYPE_CHECKING:
    from pds.ui.scene import SceneTab


class SceneEvents(TabEvents):
    """Handlers of the Scene tab."""

    tab: "SceneTab"

    # --- starting a run ---------------------------------------------------------------------

    def preset_runner(self, key: str) -> Callable[..., Iterator[Updates]]:
        """A handler that fills the form from this preset and starts it."""

        def run_preset(memory: dict, request: gr.Request) -> Iterator[Updates]:
            preset = find_preset(key, self.desk.presets)
            yield from self.run(lambda: preset_order(self.desk, preset), memory, request)

        return run_preset

    def run_recipe(self, path: str, key: str, memory: dict, request: gr.Request):
        """Fills the form from a recipe file and starts it, on its preset's or the open scene."""
        yield from self.run(lambda: recipe_order(self.desk, path, key), memory, request)

    def run_edit(self, values: dict, request: gr.Request) -> Iterator[Updates]:
        """Starts the edit that the widgets say."""
        tab, memory = self.tab, values[self.tab.browser]
        named = _of(tab.edit_widgets, values)
        held = {"key": values[tab.key], "name": values[tab.name]}
        yield from self.run(lambda: edit_order(self.desk, named, **held), memory, request)

    def run_fit(self, values: dict, request: gr.Request) -> Iterator[Updates]:
        """Starts a fit to what was brought."""
        tab, memory = self.tab, values[self.tab.browser]
        named = _of(tab.fit_widgets, values)
        resume = values[tab.key] if values[tab.resume] else None
        held = {"files": values[tab.files], "resume": resume}
        yield from self.run(lambda: fit_order(self.desk, named, **held), memory, request)

    def run_refine(self, values: dict, request: gr.Request) -> Iterator[Updates]:
        """Starts a refinement of the shown result."""
        named, memory = _of(self.tab.refine_widgets, values), values[self.tab.browser]
        held = {"session": request.session_hash}
        yield from self.run(lambda: refine_order(self.desk, named, **held), memory, request)

    # --- following a run --------------------------------------------------------------------

    def progress(self, job_id: str, view: JobView) -> Updates:
        run = self.desk.driver.result(job_id)
        if run is None or view.finished:
            return self.tab.result.progress(view)
        order = self.desk.driver.order(job_id)
        words = scene_text.going(run.doing, limited(view, order))
        told = {"curve": run.curve_label, "from_zero": not isinstance(order, FitOrder)}
        return self.tab.result.progress(view, note=words, **told)

    def ended(self, session: str, job_id: str, runs: list[str], notes) -> Iterator[Updates]:
        tab, desk = self.tab, self.desk
        view, run = desk.driver.view(job_id), desk.driver.result(job_id)
        order = desk.driver.order(job_id)
        target = desk.result(job_id)
        if target is None:
            note = view.error or ("Stopped." if view.state == "stopped" else "")
            ended = tab.result.ended(view, None, title=order.title, note=note)
            yield ended | self.going(False)
            return
        if not desk.is_watching(session, job_id):
            return
        desk.show(session, target)
        picture = desk.result_picture(job_id, target)
        told = {"title": order.title, "curve": run.curve_label}
        told["from_zero"] = not isinstance(order, FitOrder)
        updates = tab.result.ended(view, picture, note=scene_text.WRITING, **told)
        updates |= tab.result.files(desk.first_files(job_id, target))
        updates |= tab.result.notes((*notes, *run.warnings)) | self.going(False)
        updates |= {tab.refine: gr.update(interactive=not isinstance(order, FitOrder))}
        if isinstance(order, FitOrder):
            updates |= self._opened(target.key, target.name, note=scene_text.FITTED)
        yield updates
        updates = tab.result.files(desk.film(job_id, target))
        home = desk.store.home(target.key)
        updates |= tab.result.compared(*desk.look(session, target.key, home))
        updates |= tab.result.turned(home)
        yield tab.result.ended(view, picture, **told) | updates | self.history(runs)
        yield from self._exports(session, target)

    def _exports(self, session: str, target: Target) -> Iterator[Updates]:
        """What is exported of this result already, and the turntable if it is quickly made."""
        quick = self.desk.is_quick(target)
        for kind in self.tab.result.makers:
            order = self.desk.export_order(target, kind, FILM_PX)
            wanted = kind == "turntable" and quick
            if order.ready() or self.desk.exporting(order) or wanted:
                yield from self._follow_export(session, target, kind, FILM_PX)

    # --- looking and exporting --------------------------------------------------------------

    def look(
        self, azimuth: float, elevation: float, what: str, size_px: int, key: str,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Draws what the orbit control asks for."""
        view = View(
            azimuth_deg=float(azimuth), elevation_deg=float(elevation), what=what, size_px=size_px
        )
        try:
            return self.tab.result.looked(*self.desk.look(request.session_hash, key, view))
        except PDSError as error:
            return self.tab.result.export_error(str(error))

    def exporter(self, kind: str) -> Callable[..., Iterator[Updates]]:
        """A handler that writes this kind of files of what is shown."""

        def export(size_px: int, request: gr.Request) -> Iterator[Updates]:
            session = request.session_hash
            target = self.desk.shown(session)
            if target is None:
                yield self.tab.result.export_error(scene_text.EXPORT_IDLE)
                return
            yield from self._follow_export(session, target, kind, size_px)

        return export

    def _follow_export(
        self, session: str, target: Target, kind: str, size_px: int
    ) -> Iterator[Updates]:
        panel, desk = self.tab.result, self.desk
        try:
            order = desk.export_order(target, kind, size_px)
            if not order.ready():
                for view in desk.exporter.watch(desk.export(order)):
                    if desk.shown(session) != target:
                        return
                    yield panel.exporting(kind, view)
            files = {name: str(path) for name, path in order.ready().items()}
        except PDSError as error:
            yield panel.export_error(str(error))
            return
        if files:
            yield panel.exported(kind, files)

    def stop_export(self, request: gr.Request) -> Any:
        """Ends the exports of what is shown."""
        target = self.desk.shown(request.session_hash)
        if target is not None:
            self.desk.stop_exports(target)
        return gr.update(interactive=False)

    # --- the form ---------------------------------------------------------------------------

    def open_file(self, path: str, request: gr.Request) -> Updates:
        """Takes an uploaded checkpoint as the source."""
        try:
            key = self.desk.store.keep(read_limited(path, MAX_SCENE_BYTES))
            return self._open(key, scene_name(Path(path).name), request.session_hash)
        except PDSError as error:
            return {self.tab.about: text.messages_html((str(error),), kind="error")}

    def bring_files(self, paths: list[str]) -> Updates:
        """Takes uploaded pictures, to be fitted."""
        try:
            check_files(tuple(Path(path) for path in paths))
        except PDSError as error:
            return {self.tab.brought: text.messages_html((str(error),), kind="error")}
        names = [Path(path).name for path in paths]
        return {self.tab.files: list(paths), self.tab.brought: scene_text.brought(names)}

    def reuse(self, request: gr.Request) -> Updates:
        """Takes the shown result as the new source, and its target prompt as the new words."""
        target = self.desk.shown(request.session_hash)
        try:
            if target is None:
                raise JobError("There is no result to go on from yet.")
            updates = self._opened(target.key, target.name)
        except PDSError as error:
            return {self.tab.about: text.messages_html((str(error),), kind="error")}
        return updates | {self.tab.edit_widgets["target_prompt"]: ""}

    # --- pieces of updates ------------------------------------------------------------------

    def title(self, order: SceneOrder) -> str:
        return order.title

    def opening(self, session: str) -> Updates:
        """The first preset, not started."""
        for preset in self.desk.presets.values():
            order, _ = preset_order(self.desk, preset)
            key = order.source.stem
            return self.show(order) | self._open(key, order.name, session)
        return {}

    def show(self, order: SceneOrder) -> Updates:
        tab = self.tab
        if isinstance(order, FitOrder):
            names = [path.name for path in order.files]
            filled = _filled(tab.fit_widgets, scene_form.fill(order.config))
            filled |= {
                tab.files: [str(path) for path in order.files],
                tab.brought: scene_text.brought(names),
                tab.resume: order.resume is not None,
                tab.name: order.name,
            }
            if order.resume is None:
                return filled
            return filled | self._opened(order.resume.stem, order.name)
        recipe = order.recipe
        filled = _filled(tab.edit_widgets, scene_form.fill_edit(recipe.edit, recipe.nerf))
        if recipe.refine is not None:
            filled |= _filled(tab.refine_widgets, scene_form.fill(recipe.refine))
        return self._opened(order.source.stem, order.name) | filled

    def _open(self, key: str, name: str, session: str) -> Updates:
        """The scene as the source, and as what can be looked at and exported."""
        updates = self._opened(key, name)
        if self.desk.watched(session) is not None:
            return updates  # there, a result is shown
        self.desk.show(session, Target(key=key, source_key=None, name=name))
        looked = self.tab.result.looked(updates[self.tab.source], None)
        turned = self.tab.result.turned(self.desk.store.home(key))
        return updates | self.tab.result.cleared() | looked | turned

    def _opened(self, key: str, name: str, *, note: str = "") -> Updates:
        scene = self.desk.store.scene(key)
        updates = {
            self.tab.source: self.desk.store.picture(key, self.desk.store.home(key)),
            self.tab.about: scene_text.about(scene) + text.messages_html((note,) if note else ()),
            self.tab.key: key,
            self.tab.name: name,
        }
        if scene.prompt:
            updates[self.tab.edit_widgets["source_prompt"]] = scene.prompt
        return updates

    def going(self, going: bool) -> Updates:
        updates: Updates = {
            button: gr.update(interactive=not going) for button in (self.tab.fit, self.tab.edit)
        }
        if going:
            updates[self.tab.refine] = gr.update(interactive=False)
        return updates | {self.tab.result.stop: gr.update(interactive=going)}


def _of(widgets: dict[str, Any], values: dict) -> dict[str, Any]:
    """Values by the names of their settings."""
    return {name: values[widget] for name, widget in widgets.items()}


def _filled(widgets: dict[str, Any], updates: dict[str, Any]) -> Updates:
    return {widgets[name]: update for name, update in updates.items()}


def limited(view: JobView, order: SceneOrder) -> str:
    """The message of a run, with no more time left than a limit of minutes leaves it."""
    if not isinstance(order, FitOrder) or not order.config.minutes or view.eta_s is None:
        return view.message
    rest_s = max(0.0, min(view.eta_s, 60 * order.config.minutes - view.elapsed_s))
    return view.message.replace(duration(view.eta_s), duration(rest_s))
