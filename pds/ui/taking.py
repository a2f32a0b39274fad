"""What is looked at and taken away: views from any side, files that take a while."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from pds.base.errors import InputError, JobError, PDSError
from pds.kinds.asset import Asset
from pds.kinds.output import Output
from pds.settings import Settings
from pds.ui.files import at_once
from pds.ui.widgets import Updates, Values

if TYPE_CHECKING:
    from pds.ui.tab import KindTab


class Taking:
    """Handlers of a tab; each returns or yields updates of the tab's widgets."""

    def __init__(self, tab: "KindTab"):
        self.tab, self.kind, self.service = tab, tab.kind, tab.service

    # --- views ------------------------------------------------------------------------------

    def look(self, values: Values, request: gr.Request) -> Updates:
        """Draws what the orbit control asks for."""
        orbit = self.tab.panel.orbit
        assert orbit is not None
        look, size_px = orbit.read(values)
        turn = f"{look.what} {look.azimuth_deg:g} {look.elevation_deg:g}"
        try:
            seen = self._seen(request.session_hash, values[self.tab.source.key])
            paths = [
                None
                if asset is None
                else str(self.service.picture(asset, look, size_px, name=f"{name} {turn}"))
                for asset, name in seen
            ]
        except PDSError as error:
            return self.tab.panel.files.refused(str(error))
        return orbit.looked(*paths)

    def _seen(self, session: str, key: str) -> list[tuple[Asset | None, str]]:
        """Source and result of the run that a tab shows, or the open asset; with names."""
        job_id = self.tab.sessions.watched(session)
        if job_id is None or not self.service.is_kept(job_id):
            asset = self.service.store.asset(key) if key else None
            return [(None, ""), (asset, "" if asset is None else asset.name)]
        order, made = self.service.order(job_id), self.service.made(job_id)
        reached = self.service.reached(job_id) if made is None else made.edited
        before = order.source
        return [(before, "" if before is None else before.name), (reached, order.name)]

    # --- exports ----------------------------------------------------------------------------

    def exporter(self, output: Output) -> Callable[..., Iterator[Updates]]:
        """A handler that writes this output of what is shown."""

        def export(values: Values, request: gr.Request) -> Iterator[Updates]:
            session = request.session_hash
            updates = self._export(output, values, session)
            yield from self.tab.sessions.while_shown(session, updates)

        return export

    def _export(self, output: Output, values: Values, session: str) -> Iterator[Updates]:
        panel, key = self.tab.panel.files, values[self.tab.source.key]
        try:
            settings = panel.read(output, values)
            job_id = self.tab.sessions.watched(session)
            if job_id is not None:
                export_id = self.service.export(job_id, output.key, settings)
            elif key:
                asset = self.service.store.asset(key)
                export_id = self.service.export_asset(asset, output.key, settings)
            else:
                raise JobError("Nothing yet: run something, or open something first.")
            yield from self._follow(output, export_id)
        except PDSError as error:
            yield panel.refused(str(error))

    def _follow(self, output: Output, export_id: str) -> Iterator[Updates]:
        panel, exporter = self.tab.panel.files, self.service.exporter
        for view in exporter.watch(export_id):
            yield panel.going(output, view)
        found = exporter.result(export_id)
        if found:
            yield panel.made(output, found)

    def with_exports(self, job_id: str, state: Updates) -> Iterator[Updates]:
        """The end state of a run, with the files of its exports; then those that go on."""
        going: list[tuple[Output, str]] = []
        for key, export_id in self.service.exports(job_id).items():
            output = self.kind.output(key)
            if self.service.exporter.view(export_id).finished:
                found = self.service.exporter.result(export_id)
                state = state | self.tab.panel.files.made(output, found or {})
            else:
                going.append((output, export_id))
        yield state
        for output, export_id in going:
            for updates in self._follow(output, export_id):
                state = state | updates
                yield updates
            yield state

    def stop_export(self, key: str, request: gr.Request) -> Updates:
        """Ends the exports of what is shown."""
        shown = self.tab.sessions.watched(request.session_hash) or key
        for export_id in self.service.exports(shown).values():
            self.service.exporter.stop(export_id)
        return {self.tab.panel.files.stop: gr.update(interactive=False)}

    # --- settings of what is written at once ------------------------------------------------

    def chooser(self, settings: type[Settings]) -> Callable[..., Any]:
        """A handler that writes again what these settings are of, as they are now."""

        def choose(values: Values, request: gr.Request) -> Any:
            session, panel = request.session_hash, self.tab.panel.files
            updates: Updates = {}
            try:
                for output in self.kind.outputs:
                    if output.Settings is settings and at_once(output):
                        chosen = panel.read(output, values)
                        self.tab.sessions.choose(session, output.key, chosen)
                        updates |= self._written(output, chosen, session)
            except InputError:
                return gr.skip()  # a number is being typed
            except PDSError as error:
                return panel.refused(str(error))
            return updates or gr.skip()

        return choose

    def _written(self, output: Output, chosen: Settings, session: str) -> Updates:
        job_id = self.tab.sessions.watched(session)
        if job_id is None or self.service.made(job_id) is None:
            return {}
        return self.tab.panel.files.ready(self.service.files(job_id, output.key, chosen))
