"""The result side of a tab: how the run goes, what came out, what can be taken away."""

import gradio as gr
from gradio.blocks import Block

from pds.kinds.kind import Kind, Look
from pds.ui.files import Files
from pds.ui.history import History
from pds.ui.ids import Ids
from pds.ui.looking import Compare, Orbit
from pds.ui.progress import Progress
from pds.ui.widgets import Updates
from pds.work.record import JobView


class ResultPanel:
    """Builds its widgets in the present layout block; what a kind has decides what there is.

    Args:
        kind: of the tab.
        ids: of the tab.
    """

    def __init__(self, kind: Kind, ids: Ids):
        self.progress = Progress(ids)
        self.files = Files(kind.outputs, ids)
        self.tabs: gr.Tabs | None = None
        if kind.turns or self.files.films or self.files.meshes:
            self._build_views(kind, ids)
        else:
            self.progress.build_preview()
        self.progress.build_status()
        self.files.build_others()
        self.reuse = gr.Button(
            value="Use this result as the new source",
            size="sm",
            interactive=False,
            elem_id=ids.of_result("reuse"),
        )
        if not kind.turns:
            self.looking: Compare | Orbit = Compare(ids)
        self.history = History(ids)

    def _build_views(self, kind: Kind, ids: Ids) -> None:
        with gr.Tabs(elem_id=ids.of_result("views"), elem_classes="views") as self.tabs:
            with gr.Tab(label="Live", id="live", elem_id=ids.of_result("live-tab")):
                self.progress.build_preview()
            if kind.turns:
                with gr.Tab(label="Look around", id="look", elem_id=ids.of_result("look-tab")):
                    self.looking = Orbit(kind, ids)
            if self.files.films:
                with gr.Tab(label="Films", id="films", elem_id=ids.of_result("films-tab")):
                    self.files.build_films()
            if self.files.meshes:
                with gr.Tab(label="Mesh", id="mesh", elem_id=ids.of_result("mesh-tab")):
                    self.files.build_meshes()

    @property
    def orbit(self) -> Orbit | None:
        """The control that turns what has sides."""
        return self.looking if isinstance(self.looking, Orbit) else None

    def components(self) -> list[Block]:
        """Everything that a run may update."""
        own = [] if self.tabs is None else [self.tabs]
        parts = (self.progress, self.files, self.looking, self.history)
        return [*own, self.reuse, *(block for part in parts for block in part.components())]

    def started(self, picture: str | None, view: JobView) -> Updates:
        """A new run: the source in place of the result, nothing to take away yet."""
        return {
            **self.progress.started(picture, view),
            **self.files.cleared(),
            **self.looking.looked(picture if self.orbit else None, None),
            **self._selected("live"),
            self.reuse: gr.update(interactive=False),
        }

    def ended(
        self,
        view: JobView,
        *,
        title: str,
        pictures: tuple[str | None, str | None] = (None, None),
        note: str = "",
        warnings: tuple[str, ...] = (),
        in_view: bool = True,
    ) -> Updates:
        """The end of a run: every widget that a run may have changed, but for the history.

        Args:
            view: the final one.
            title: of the run.
            pictures: paths of the source's and of the result's, as far as there are any.
            note: what is said in place of the view's message.
            warnings: sentences.
            in_view: whether the result comes into view; not where the user may look elsewhere by
                now.
        """
        before, after = pictures
        shown = self._selected("look" if after and self.orbit else "live") if in_view else {}
        return {
            **self.progress.ended(view, pictures, title=title, note=note, warnings=warnings),
            **self.files.cleared(),
            **self.looking.looked(before, after),
            **shown,
            self.reuse: gr.update(interactive=after is not None),
        }

    def turned(self, look: Look) -> Updates:
        """The orbit control at this look, if there is one."""
        return {} if self.orbit is None else self.orbit.turned(look)

    def _selected(self, view: str) -> Updates:
        return {} if self.tabs is None else {self.tabs: gr.update(selected=view)}
