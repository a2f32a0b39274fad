"""The result side of the Drawing tab."""

import gradio as gr
from gradio.blocks import Block

from pds.ui.drawing_desk import Downloads
from pds.ui.result import ResultPanel, Updates
from pds.work.record import JobView

PNG_SIZES = (256, 512, 1024, 2048, 4096)
DEFAULT_PNG_PX = 1024


class DrawingPanel(ResultPanel):
    """Preview, progress, downloads, before and after, history."""

    def __init__(self, prefix: str):
        super().__init__(prefix, thing="drawing")
        self.build_preview()
        self.build_progress("Nothing runs. Press a picture above, or Edit.")
        self._build_downloads()
        self.build_reuse()
        self.compare = gr.ImageSlider(
            label="Before and after",
            show_label=False,
            interactive=False,
            visible=False,
            buttons=["fullscreen"],
            max_height=420,
            elem_id=f"{prefix}-compare",
            elem_classes=["picture", "compare"],
        )
        self.build_history()

    def _build_downloads(self) -> None:
        with gr.Row(elem_classes="downloads"):
            self.svg = self.download("Download SVG", "svg")
            self.png = self.download("Download PNG", "png")
            self.png_size = gr.Dropdown(
                label="Size of the PNG",
                show_label=False,
                container=False,
                choices=[(f"{size} px", size) for size in PNG_SIZES],
                value=DEFAULT_PNG_PX,
                interactive=True,
                min_width=90,
                elem_id=f"{self.prefix}-png-size",
                elem_classes="png-size",
            )
        with gr.Row(elem_classes="downloads"):
            self.mp4 = self.download("Film, MP4", "mp4")
            self.webp = self.download("Film, WebP", "webp")
            self.recipe = self.download("Recipe", "recipe")

    def all_files(self, downloads: Downloads) -> Updates:
        """Everything of an ended run that can be taken away, and the comparison."""
        paths = {name: getattr(downloads, name) for name in self.file_buttons()}
        return self.files(paths) | {
            self.compare: gr.update(value=(downloads.before, downloads.after), visible=True),
            self.png_size: DEFAULT_PNG_PX,
        }

    def started(self, picture: str | None, view: JobView) -> Updates:
        hidden = {self.compare: gr.update(value=None, visible=False)}
        return super().started(picture, view) | hidden

    def components(self) -> list[Block]:
        return [*super().components(), self.compare]

    def file_buttons(self) -> dict[str, gr.DownloadButton]:
        return {
            "svg": self.svg,
            "png": self.png,
            "mp4": self.mp4,
            "webp": self.webp,
            "recipe": self.recipe,
        }
