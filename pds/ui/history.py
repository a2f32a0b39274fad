"""Pictures of the runs before, and the button that goes on from the result."""

import gradio as gr
from gradio.blocks import Block

from pds.ui.ids import Ids
from pds.ui.widgets import Updates


class History:
    """Builds its widgets in the present layout block and makes their updates.

    Args:
        ids: of the tab.
    """

    def __init__(self, ids: Ids):
        with gr.Accordion(
            label="Earlier results of this session", open=True, visible=False
        ) as self.block:
            self.gallery = gr.Gallery(
                show_label=False,
                interactive=False,
                allow_preview=False,
                columns=6,
                height="auto",
                object_fit="contain",
                buttons=[],
                elem_id=ids.of_result("history"),
                elem_classes="history",
            )

    def components(self) -> list[Block]:
        """Everything that a run may update."""
        return [self.block, self.gallery]

    def past(self, pictures: list[tuple[str, str]]) -> Updates:
        """Earlier runs as (path of a picture, caption), newest first."""
        return {
            self.gallery: gr.update(value=pictures, selected_index=None),
            self.block: gr.update(visible=bool(pictures)),
        }
