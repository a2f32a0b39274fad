"""How a run goes: the live picture, what is said of it, the button that stops it, its curve."""

import gradio as gr
from gradio.blocks import Block

from pds.ui import text
from pds.ui.ids import Ids
from pds.ui.widgets import Updates
from pds.work.record import JobView


class Progress:
    """Builds its widgets piece by piece in the present layout block and makes their updates.

    Args:
        ids: of the tab.
    """

    def __init__(self, ids: Ids):
        self.ids = ids

    def build_preview(self) -> None:
        """The live picture."""
        noun = self.ids.noun
        self.preview = gr.Image(
            label="Result",
            show_label=False,
            format="jpeg",
            interactive=False,
            buttons=["fullscreen"],
            placeholder=f"The edited {noun} appears here.",
            alt_text=f"The edited {noun}.",
            elem_id=self.ids.of_result("preview"),
            elem_classes=["picture", "preview"],
        )

    def build_status(self) -> None:
        """What is going on, Stop, the curve and what is to be known."""
        self.status = gr.Markdown(
            value=text.idle_html(text.IDLE), elem_id=self.ids.of_result("status")
        )
        self.stop = gr.Button(
            value="Stop, and keep this",
            variant="stop",
            size="md",
            interactive=False,
            elem_id=self.ids.of_result("stop"),
        )
        self.curve = gr.Markdown(
            value="", elem_id=self.ids.of_result("curve"), elem_classes="only-curve"
        )
        self.warnings = gr.Markdown(
            value="", elem_id=self.ids.of_result("warnings"), elem_classes="only-messages"
        )

    def components(self) -> list[Block]:
        """Everything that a run may update."""
        return [self.preview, self.status, self.stop, self.curve, self.warnings]

    def started(self, picture: str | None, view: JobView) -> Updates:
        """A new run: the source in place of the result."""
        return {
            self.preview: gr.update(value=picture, alt_text=f"The {self.ids.noun} before the run."),
            self.status: text.status_html(view),
            self.stop: gr.update(interactive=True),
            self.curve: "",
            self.warnings: "",
        }

    def going(self, view: JobView, *, limit_s: float = 0.0) -> Updates:
        """A run on its way: its newest picture if there is one, and its numbers."""
        updates: Updates = {
            self.status: text.status_html(view, limit_s=limit_s),
            self.curve: text.curve_html(
                view.curve, label=view.curve_label, from_zero=view.from_zero
            ),
        }
        if view.image is not None:
            updates[self.preview] = gr.update(
                value=view.image, alt_text=f"The {self.ids.noun} while the run goes on."
            )
        return updates

    def ended(
        self,
        view: JobView,
        pictures: tuple[str | None, str | None],
        *,
        title: str,
        note: str = "",
        warnings: tuple[str, ...] = (),
    ) -> Updates:
        """The end of a run, all of it.

        Args:
            view: the final one.
            pictures: paths of the source's and of the result's, as far as there are any.
            title: of the run.
            note: what is said in place of the view's message.
            warnings: sentences.
        """
        before, after = pictures
        alt_text = f"Result: {title}" if after else f"The {self.ids.noun} before the run."
        return {
            self.preview: gr.update(value=after or before, alt_text=alt_text),
            self.status: text.status_html(view, note=note),
            self.stop: gr.update(interactive=False),
            self.curve: text.curve_html(
                view.curve, label=view.curve_label, from_zero=view.from_zero
            ),
            self.warnings: text.messages_html(warnings),
        }

    def refused(self, sentence: str, *, going: bool) -> Updates:
        """A run that could not be started; where another goes on, its status stays."""
        if going:
            return {self.warnings: text.messages_html((sentence,), kind="error")}
        return {self.status: text.idle_html(sentence, kind="failed")}
