"""Looking at source and result: side by side under a slider, and from any side if there are any."""

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from pds.kinds.kind import Kind, Look
from pds.ui import text
from pds.ui.ids import Ids
from pds.ui.widgets import Updates, Values, shown

SIZES_PX = (256, 384, 512, 768, 1024)


class Compare:
    """Before and after, for what is flat. Builds in the present layout block."""

    def __init__(self, ids: Ids):
        self.both = _slider("Before and after", ids.of_result("compare"))

    def components(self) -> list[Block]:
        """Everything that a run may update."""
        return [self.both]

    def looked(self, before: str | None, after: str | None) -> Updates:
        """Pictures of source and result, by path, as far as there are any."""
        both = before is not None and after is not None
        return {self.both: gr.update(value=(before, after) if both else None, visible=both)}


class Orbit:
    """Any side of what has sides, also while a run goes on. Builds in the present layout block.

    Args:
        kind: of what is looked at.
        ids: of the tab.
    """

    def __init__(self, kind: Kind, ids: Ids):
        noun = kind.noun
        self.one = gr.Image(
            label=f"The {noun} from here",
            show_label=False,
            interactive=False,
            buttons=["fullscreen"],
            placeholder="Move a slider.",
            alt_text=f"The {noun} from the chosen side.",
            elem_id=ids.of_result("look"),
            elem_classes=["picture", "look"],
        )
        self.both = _slider("Source and result from here", ids.of_result("look-both"))
        self.azimuth = gr.Slider(
            label="Around, in degrees",
            minimum=-180,
            maximum=180,
            step=5,
            value=0,
            elem_id=ids.of_result("azimuth"),
        )
        self.elevation = gr.Slider(
            label="Up or down, in degrees",
            minimum=-85,
            maximum=85,
            step=5,
            value=0,
            elem_id=ids.of_result("elevation"),
        )
        self.what = gr.Radio(
            label="What is shown",
            show_label=False,
            container=False,
            choices=shown(kind.looks),
            value=next(iter(kind.looks)),
            elem_id=ids.of_result("look-what"),
        )
        with gr.Row(elem_classes="downloads"):
            self.size_px = gr.Dropdown(
                label="Size of the picture",
                show_label=False,
                container=False,
                choices=[(f"{size} px", size) for size in SIZES_PX],
                value=kind.shown_px,
                interactive=True,
                min_width=90,
                elem_id=ids.of_result("look-size"),
            )
            self.take = gr.DownloadButton(
                label="Picture, PNG",
                size="sm",
                interactive=False,
                min_width=90,
                elem_id=ids.of_result("download-png"),
            )
        gr.Markdown(value=text.LOOK_NOTE, elem_classes="plain-note")

    def controls(self) -> list[Component]:
        """What the user moves."""
        return [self.azimuth, self.elevation, self.what, self.size_px]

    def components(self) -> list[Block]:
        """Everything that a run, or a look, may update."""
        return [self.one, self.both, self.take, self.azimuth, self.elevation]

    def read(self, values: Values) -> tuple[Look, int]:
        """From where, and how large."""
        look = Look(
            azimuth_deg=float(values[self.azimuth]),
            elevation_deg=float(values[self.elevation]),
            what=values[self.what],
        )
        return look, values[self.size_px]

    def looked(self, before: str | None, after: str | None) -> Updates:
        """A view of the source and of the result, by path, as far as there are any."""
        both, seen = before is not None and after is not None, after or before
        taken = (
            gr.update(interactive=False)
            if seen is None
            else gr.update(value=seen, interactive=True)
        )
        return {
            self.one: gr.update(value=None if both else seen, visible=not both),
            self.both: gr.update(value=(before, after) if both else None, visible=both),
            self.take: taken,
        }

    def turned(self, look: Look) -> Updates:
        """The sliders at this look."""
        return {self.azimuth: look.azimuth_deg, self.elevation: look.elevation_deg}


def _slider(label: str, elem_id: str) -> gr.ImageSlider:
    return gr.ImageSlider(
        label=label,
        show_label=False,
        interactive=False,
        visible=False,
        buttons=["fullscreen"],
        max_height=420,
        elem_id=elem_id,
        elem_classes=["picture", "compare"],
    )
