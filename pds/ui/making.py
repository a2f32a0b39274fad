"""An asset made of other files, such as a scene of photos: what is brought, and how it is made."""

from pathlib import Path

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from pds.base.errors import InputError
from pds.kinds.asset import Asset
from pds.kinds.kind import Kind, Maker
from pds.ui import text
from pds.ui.form import Group
from pds.ui.ids import Ids
from pds.ui.widgets import Updates, Values
from pds.work.names import clean_name
from pds.work.order import MakeOrder


class Making:
    """Builds its widgets in the present layout block.

    Args:
        kind: of what is made.
        maker: how.
        ids: of the tab.
    """

    def __init__(self, kind: Kind, maker: Maker, ids: Ids):
        self.kind, self.maker = kind, maker
        self.group = Group(maker.Settings, prefix=ids.of_input(f"{maker.key}-"))
        self.files = gr.State(value=[])
        if maker.note:
            gr.Markdown(value=maker.note, elem_classes="plain-note")
        self.bring = gr.UploadButton(
            label=f"Bring {maker.noun}",
            file_types=list(maker.endings),
            file_count="multiple",
            size="sm",
            elem_id=ids.of_input("bring"),
        )
        self.brought = gr.Markdown(
            value="", elem_id=ids.of_input("brought"), elem_classes="only-messages"
        )
        for field in self.group.at("main"):
            field.build()
        self.resume = gr.Checkbox(
            label=f"Go on from the open {kind.noun}",
            info="If it was made of the same files before.",
            value=False,
            elem_id=ids.of_input("resume"),
        )
        self.make = gr.Button(
            value=maker.label,
            variant="primary",
            elem_id=ids.of_input(maker.key),
            elem_classes="starts-edit",
        )
        with gr.Accordion(label=f"More settings of {maker.Settings.title}", open=False):
            for field in self.group.at("choice", "advanced"):
                field.build()

    def components(self) -> list[Component]:
        """Everything that a run may update, and that says what to make."""
        return [self.files, self.resume, *self.group.components]

    def shown(self) -> list[Block]:
        """Everything that a run may update."""
        return [*self.components(), self.brought, self.make]

    def read(self, values: Values, *, resume: Asset | None) -> MakeOrder:
        """What the widgets say.

        Args:
            values: of all widgets.
            resume: the asset to go on from, or None.

        Raises:
            InputError: nothing usable was brought, or a setting is out of its range.
        """
        paths = tuple(Path(path) for path in values[self.files])
        if not all(path.exists() for path in paths):
            raise InputError("What was brought is no longer kept; bring it again.")
        self.maker.check(paths)
        name = paths[0].name if len(paths) == 1 else self.kind.noun
        return MakeOrder(
            kind=self.kind.key,
            files=paths,
            asset_name=clean_name(name, otherwise=self.kind.noun),
            settings=self.group.read(self.maker.Settings, values),
            resume=resume,
        )

    def fill(self, order: MakeOrder) -> Updates:
        """Updates that show an order."""
        names = [path.name for path in order.files]
        return {
            **self.group.fill(order.settings),
            self.files: [str(path) for path in order.files],
            self.brought: text.brought_html(names, self.maker.label),
            self.resume: order.resume is not None,
        }

    def take(self, paths: list[str]) -> Updates:
        """Files that were uploaded; what cannot be used is told, and the ones before are gone."""
        try:
            self.maker.check([Path(path) for path in paths])
        except InputError as error:
            said = text.messages_html((str(error),), kind="error")
            return {self.files: [], self.brought: said}
        names = [Path(path).name for path in paths]
        return {
            self.files: list(paths),
            self.brought: text.brought_html(names, self.maker.label),
        }
