"""What it is and what it should become, in words, and the button that begins."""

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from pds.kinds.kind import Kind
from pds.settings import Prompts
from pds.ui.ids import Ids
from pds.ui.widgets import Updates, Values


class WordsPart:
    """Builds its widgets in the present layout block.

    Args:
        kind: of what is edited.
        ids: of the tab.
    """

    def __init__(self, kind: Kind, ids: Ids):
        shows, becomes = kind.examples
        with gr.Group():
            self.source = gr.Textbox(
                label=f"What the {kind.noun} shows", placeholder=shows, max_lines=3
            )
            self.target = gr.Textbox(
                label="What it should become", placeholder=becomes, max_lines=3
            )
        self.help = gr.Markdown(
            value="", elem_id=ids.of_input("word-help"), elem_classes="only-messages"
        )
        with gr.Row(elem_classes="changed-row"):
            self.changed = gr.Markdown(
                value="", elem_id=ids.of_input("changed"), elem_classes="only-changed"
            )
            self.reset = gr.Button(
                value="Back to the defaults",
                size="sm",
                min_width=150,
                scale=0,
                visible=False,
                elem_id=ids.of_input("reset"),
            )
        self.edit = gr.Button(
            value="Edit",
            variant="primary",
            elem_id=ids.of_input("edit"),
            elem_classes="starts-edit",
        )
        with gr.Accordion(label="Words this page's model knows", open=False):
            self.concepts = gr.Markdown(value='<p class="help">The model is being loaded…</p>')

    def prompts(self) -> list[Component]:
        """The two fields for words."""
        return [self.source, self.target]

    def components(self) -> list[Block]:
        """Everything that opening something, or a run, may update."""
        return [self.source, self.target, self.help, self.changed, self.reset, self.edit]

    def read(self, values: Values) -> Prompts:
        """The words. Raises PromptError if there are none, or too many."""
        return Prompts(source=values[self.source] or "", target=values[self.target] or "")

    def fill(self, source: str, target: str) -> Updates:
        """These words."""
        return {self.source: source, self.target: target}
