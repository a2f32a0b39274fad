"""What may follow an edit: the refinement of its result."""

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from pds.engine.rewrite import RewriteSettings
from pds.engine.rewriters import REWRITERS, SDEdit, rewriter_class
from pds.ui import text
from pds.ui.form import Group
from pds.ui.ids import Ids
from pds.ui.widgets import Updates, Values, shown
from pds.work.recipe import Refinement


class Refining:
    """Builds its widgets in the present layout block.

    Args:
        ids: of the tab.
    """

    def __init__(self, ids: Ids):
        self.group = Group(RewriteSettings, *REWRITERS.values(), prefix=ids.of_input("refine-"))
        gr.Markdown(value=text.REFINE_NOTE, elem_classes="plain-note")
        self.refine = gr.Button(
            value="Refine the result",
            interactive=False,
            elem_id=ids.of_input("refine"),
            elem_classes="starts-edit",
        )
        with gr.Accordion(label="Settings of the refinement", open=False):
            self.rewriter = gr.Radio(
                label="Method of the refinement",
                choices=shown({key: rewriter.label for key, rewriter in REWRITERS.items()}),
                value=SDEdit.key,
                visible=len(REWRITERS) > 1,
            )
            for field in self.group.fields.values():
                field.build()

    def components(self) -> list[Block]:
        """Everything that a run may update."""
        return [self.refine, *self.settings()]

    def settings(self) -> list[Component]:
        """Everything that says how to refine."""
        return [self.rewriter, *self.group.components]

    def read(self, values: Values) -> Refinement:
        """The refinement that the widgets say. Raises ConfigError if a setting cannot be."""
        return Refinement(
            rewriter=self.group.read(rewriter_class(values[self.rewriter]), values),
            settings=self.group.read(RewriteSettings, values),
        )

    def fill(self, refinement: Refinement) -> Updates:
        """Updates that show a refinement."""
        return {
            self.rewriter: refinement.rewriter.key,
            **self.group.fill(refinement.rewriter),
            **self.group.fill(refinement.settings),
        }
