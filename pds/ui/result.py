"""What the result side of every tab has: preview, progress, curve, history."""

from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.blocks import Block

from pds.ui import text
from pds.work.record import JobView

Updates = dict[Block, Any]


class ResultPanel:
    """Builds its widgets piece by piece in the present layout block and makes their updates.

    Every method returns updates only for what changes; the rest stays as the user sees it.

    Args:
        prefix: of the widgets' ids.
        thing: what the tab edits, as the words for screen readers call it.
    """

    def __init__(self, prefix: str, *, thing: str):
        self.prefix = prefix
        self.thing = thing

    def build_preview(self) -> None:
        """The live picture."""
        self.preview = gr.Image(
            label="Result",
            show_label=False,
            format="jpeg",
            interactive=False,
            buttons=["fullscreen"],
            placeholder=f"The edited {self.thing} appears here.",
            alt_text=f"The edited {self.thing}.",
            elem_id=f"{self.prefix}-preview",
            elem_classes=["picture", "preview"],
        )

    def build_progress(self, idle: str) -> None:
        """Status, stop, curve and warnings; `idle` is said while nothing runs."""
        self.status = gr.Markdown(value=text.idle_html(idle), elem_id=f"{self.prefix}-status")
        self.stop = gr.Button(
            value="Stop, and keep this",
            variant="stop",
            size="md",
            interactive=False,
            elem_id=f"{self.prefix}-stop",
        )
        self.curve = gr.Markdown(
            value="", elem_id=f"{self.prefix}-curve", elem_classes="only-curve"
        )
        self.warnings = gr.Markdown(
            value="", elem_id=f"{self.prefix}-warnings", elem_classes="only-messages"
        )

    def build_reuse(self) -> None:
        """The button that goes on from the result."""
        self.reuse = gr.Button(
            value="Use this result as the new source",
            size="sm",
            interactive=False,
            elem_id=f"{self.prefix}-reuse",
        )

    def build_history(self) -> None:
        """Pictures of the runs before."""
        with gr.Accordion(
            label="Earlier results of this session", open=True, visible=False
        ) as self.history_block:
            self.history = gr.Gallery(
                show_label=False,
                interactive=False,
                allow_preview=False,
                columns=6,
                height="auto",
                object_fit="contain",
                buttons=[],
                elem_id=f"{self.prefix}-history",
                elem_classes="history",
            )

    def download(self, label: str, name: str) -> gr.DownloadButton:
        """A button for a file that is not there yet."""
        return gr.DownloadButton(
            label=label,
            size="sm",
            interactive=False,
            min_width=90,
            elem_id=f"{self.prefix}-download-{name}",
        )

    def file_buttons(self) -> dict[str, gr.DownloadButton]:
        """The buttons for files, by name; each kind of panel has its own."""
        return {}

    def components(self) -> list[Block]:
        """Everything that an event of the tab may update."""
        return [
            self.preview,
            self.status,
            self.stop,
            self.curve,
            self.warnings,
            *self.file_buttons().values(),
            self.reuse,
            self.history_block,
            self.history,
        ]

    def started(self, picture: str | None, view: JobView) -> Updates:
        """A new run: the source in place of the result, nothing to download yet."""
        return {
            self.preview: gr.update(value=picture, alt_text=f"The {self.thing} before the run."),
            self.status: text.status_html(view),
            self.curve: "",
            self.warnings: "",
            self.reuse: gr.update(interactive=False),
            **{button: gr.update(interactive=False) for button in self.file_buttons().values()},
        }

    def progress(
        self,
        view: JobView,
        *,
        note: str = "",
        curve: str = text.GRADIENT,
        from_zero: bool = True,
    ) -> Updates:
        """A run on its way: its newest frame if there is one, and its numbers.

        Args:
            view: of the run.
            note: replaces the view's own message.
            curve: what the curve's values are.
            from_zero: whether the curve begins at zero.
        """
        updates: Updates = {
            self.status: text.status_html(view, note=note),
            self.curve: text.curve_html(view.curve, label=curve, from_zero=from_zero),
        }
        if view.image is not None:
            updates[self.preview] = gr.update(
                value=view.image, alt_text=f"The {self.thing} while the run goes on."
            )
        return updates

    def ended(
        self,
        view: JobView,
        picture: str | None,
        *,
        title: str,
        note: str = "",
        curve: str = text.GRADIENT,
        from_zero: bool = True,
    ) -> Updates:
        """The end of a run; `picture` is a path, None if there is nothing to show."""
        updates: Updates = {
            self.status: text.status_html(view, note=note),
            self.curve: text.curve_html(view.curve, label=curve, from_zero=from_zero),
        }
        if picture is not None:
            updates[self.preview] = gr.update(value=picture, alt_text=f"Result: {title}")
            updates[self.reuse] = gr.update(interactive=True)
        return updates

    def files(self, paths: Mapping[str, str]) -> Updates:
        """Files that can be taken away, by the names of their buttons."""
        buttons = self.file_buttons()
        return {
            buttons[name]: gr.update(value=path, interactive=True) for name, path in paths.items()
        }

    def notes(self, warnings: tuple[str, ...]) -> Updates:
        """What the run could not draw or did not understand."""
        return {self.warnings: text.messages_html(warnings)}

    def error(self, sentence: str) -> Updates:
        """A run that could not be started."""
        return {self.status: text.idle_html(sentence, kind="failed")}

    def past(self, pictures: list[tuple[str, str]]) -> Updates:
        """The history: (picture path, caption) of earlier runs, newest first."""
        return {
            self.history: gr.update(value=pictures, selected_index=None),
            self.history_block: gr.update(visible=bool(pictures)),
        }
