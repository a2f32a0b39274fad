"""The result side of a tab: preview, progress, curve, before and after, downloads, history."""

from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.blocks import Block

from pds.job_view import JobView
from pds.ui import text
from pds.ui.desk import Downloads

PNG_SIZES = (256, 512, 1024, 2048, 4096)
DEFAULT_PNG_PX = 1024
Updates = dict[Block, Any]


class ResultPanel:
    """Builds the widgets in the present layout block and makes their updates.

    Every method returns updates only for what changes; the rest stays as the user sees it.
    """

    def __init__(self, prefix: str):
        self.preview = gr.Image(
            label="Result",
            show_label=False,
            format="jpeg",
            interactive=False,
            buttons=["fullscreen"],
            placeholder="The edited drawing appears here.",
            alt_text="The edited drawing.",
            elem_id=f"{prefix}-preview",
            elem_classes="picture",
        )
        self.status = gr.Markdown(
            value=text.idle_html("Nothing runs. Press a picture above, or Edit."),
            elem_id=f"{prefix}-status",
        )
        self.stop = gr.Button(
            value="Stop, and keep this",
            variant="stop",
            size="md",
            interactive=False,
            elem_id=f"{prefix}-stop",
        )
        self.curve = gr.Markdown(value="", elem_id=f"{prefix}-curve")
        self.warnings = gr.Markdown(value="", elem_id=f"{prefix}-warnings")
        self._build_downloads(prefix)
        self.compare = gr.ImageSlider(
            label="Before and after",
            show_label=False,
            interactive=False,
            visible=False,
            buttons=["fullscreen"],
            max_height=420,
            elem_id=f"{prefix}-compare",
            elem_classes="picture",
        )
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
                elem_id=f"{prefix}-history",
            )

    def _build_downloads(self, prefix: str) -> None:
        def download(label: str, name: str) -> gr.DownloadButton:
            return gr.DownloadButton(
                label=label,
                size="sm",
                interactive=False,
                min_width=90,
                elem_id=f"{prefix}-download-{name}",
            )

        with gr.Row(elem_classes="downloads"):
            self.svg = download("Download SVG", "svg")
            self.png = download("Download PNG", "png")
            self.png_size = gr.Dropdown(
                label="Size of the PNG",
                show_label=False,
                container=False,
                choices=[(f"{size} px", size) for size in PNG_SIZES],
                value=DEFAULT_PNG_PX,
                interactive=True,
                min_width=90,
                elem_id=f"{prefix}-png-size",
            )
        with gr.Row(elem_classes="downloads"):
            self.mp4 = download("Film, MP4", "mp4")
            self.webp = download("Film, WebP", "webp")
            self.recipe = download("Recipe", "recipe")
        self.reuse = gr.Button(
            value="Use this result as the new source",
            size="sm",
            interactive=False,
            elem_id=f"{prefix}-reuse",
        )

    def components(self) -> list[Block]:
        """Everything that an event of the tab may update."""
        return [
            self.preview,
            self.status,
            self.stop,
            self.curve,
            self.warnings,
            *self._files().values(),
            self.reuse,
            self.compare,
            self.history_block,
            self.history,
        ]

    def started(self, picture: str, view: JobView) -> Updates:
        """A new run: the source in place of the result, nothing to download yet."""
        return {
            self.preview: gr.update(value=picture, alt_text="The drawing before the edit."),
            self.status: text.status_html(view),
            self.curve: "",
            self.warnings: "",
            self.compare: gr.update(value=None, visible=False),
            self.reuse: gr.update(interactive=False),
            **{button: gr.update(interactive=False) for button in self._files().values()},
        }

    def progress(self, view: JobView) -> Updates:
        """A run on its way: its newest frame if there is one, and its numbers."""
        updates: Updates = {
            self.status: text.status_html(view),
            self.curve: text.curve_html(view.curve),
        }
        if view.image is not None:
            updates[self.preview] = gr.update(
                value=view.image, alt_text="The drawing while it is being edited."
            )
        return updates

    def ended(self, view: JobView, picture: str | None, *, title: str, note: str = "") -> Updates:
        """The end of a run; `picture` is a path, None if it never began."""
        updates: Updates = {
            self.status: text.status_html(view, note=note),
            self.curve: text.curve_html(view.curve),
        }
        if picture is not None:
            updates[self.preview] = gr.update(value=picture, alt_text=f"Result: {title}")
            updates[self.reuse] = gr.update(interactive=True)
        return updates

    def files(self, paths: Mapping[str, str]) -> Updates:
        """Files that can be taken away, by the names of their buttons."""
        buttons = self._files()
        return {
            buttons[name]: gr.update(value=path, interactive=True) for name, path in paths.items()
        }

    def all_files(self, downloads: Downloads) -> Updates:
        """Everything of an ended run that can be taken away, and the comparison."""
        paths = {name: getattr(downloads, name) for name in self._files()}
        return self.files(paths) | {
            self.compare: gr.update(value=(downloads.before, downloads.after), visible=True),
            self.png_size: DEFAULT_PNG_PX,
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

    def _files(self) -> dict[str, gr.DownloadButton]:
        return {
            "svg": self.svg,
            "png": self.png,
            "mp4": self.mp4,
            "webp": self.webp,
            "recipe": self.recipe,
        }
