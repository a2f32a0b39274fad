"""What is edited: its picture, the ways to bring one, and which one is open."""

from pathlib import Path

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from pds.base.errors import InputError
from pds.kinds.asset import Asset
from pds.kinds.kind import Kind
from pds.ui import text
from pds.ui.ids import Ids
from pds.ui.widgets import Updates, Values
from pds.work.service import Service

# A browser shows these by itself; an SVG only ever as a picture.
SHOWN_BY_BROWSERS = (".svg", ".png", ".jpg", ".jpeg", ".webp")
# A longer file is not put into the field for pasting.
MAX_PASTED_CHARACTERS = 200_000


class Source:
    """Builds its widgets piece by piece in the present layout block and makes their updates.

    Args:
        kind: of what is edited.
        service: keeps what is open.
        ids: of the tab.
    """

    def __init__(self, kind: Kind, service: Service, ids: Ids):
        self.kind, self.service, self.ids = kind, service, ids
        self.pasted: gr.Textbox | None = None
        self.key = gr.State(value="")  # of the open asset; empty if there is none
        self.fault = gr.State(value="")  # why there is none, if something was refused

    def build(self) -> None:
        """The picture, and the buttons that open a file or a recipe."""
        noun, of_input = self.kind.noun, self.ids.of_input
        article = "an" if self.kind.endings[0] == ".svg" else "a"
        self.picture = gr.Image(
            label=f"Source {noun}",
            show_label=False,
            interactive=False,
            buttons=[],
            placeholder=f"The open {noun} appears here.",
            alt_text=f"The source {noun}.",
            elem_id=of_input("source-picture"),
            elem_classes=["picture", "source-picture"],
        )
        with gr.Row():
            self.upload = gr.UploadButton(
                label=f"Open {article} {self._what()}",
                file_types=list(self.kind.endings),
                size="sm",
                min_width=120,
                elem_id=of_input("open"),
            )
            self.recipe = gr.UploadButton(
                label="Open a recipe",
                file_types=[".json"],
                size="sm",
                min_width=120,
                elem_id=of_input("recipe"),
                elem_classes="starts-edit",
            )
        if self.kind.pasted:
            with gr.Accordion(label=f"Paste {self.kind.pasted}", open=False):
                self.pasted = gr.Textbox(
                    label=self.kind.pasted,
                    lines=5,
                    max_lines=10,
                    placeholder="<svg …",
                    elem_id=of_input("svg-text"),
                )
        self.notes = gr.Markdown(
            value="", elem_id=of_input("source-notes"), elem_classes="only-messages"
        )

    def _what(self) -> str:
        return self.kind.pasted.split(" ")[0] if self.kind.pasted else self.kind.noun

    def components(self) -> list[Block]:
        """Everything that opening something may update."""
        pasted = [] if self.pasted is None else [self.pasted]
        return [self.picture, *pasted, self.notes, self.key, self.fault]

    def held(self) -> list[Component]:
        """What says which asset is open."""
        return [self.key, self.fault]

    def read(self, values: Values) -> Asset:
        """The open asset.

        Raises:
            InputError: none is open; says why, or how to open one.
            JobError: it is no longer kept.
        """
        key, fault, noun = values[self.key], values[self.fault], self.kind.noun
        if key:
            return self.service.store.asset(key)
        if fault:
            raise InputError(f"No {noun} is open, since the last one was refused: {fault}")
        ways = "open one, or paste one" if self.pasted else "or open one"
        raise InputError(f"There is no {noun} yet: press a preset, {ways}.")

    def opened(
        self, asset: Asset, *, note: str = "", typing: bool = False, as_it_is: bool = False
    ) -> Updates:
        """An asset that is open now.

        Args:
            asset: kept by the service.
            as_it_is: whether its file is shown itself if a browser can, see `shown`.
            note: what to do next.
            typing: whether its text is being written just now, and stays as it is.

        Raises:
            PDSError: its picture cannot be drawn.
        """
        updates: Updates = {
            self.picture: self.shown(asset, as_it_is=as_it_is),
            self.notes: text.source_html(asset.name, asset.about, asset.warnings, note),
            self.key: asset.key,
            self.fault: "",
        }
        if self.pasted is not None and not typing:
            updates[self.pasted] = self._text(asset)
        return updates

    def refused(self, sentence: str, *, typing: bool = False) -> Updates:
        """Something that cannot be opened: nothing is open now."""
        updates: Updates = {
            self.picture: None,
            self.notes: text.messages_html((sentence,), kind="error"),
            self.key: "",
            self.fault: sentence,
        }
        if self.pasted is not None and not typing:
            updates[self.pasted] = ""
        return updates

    def closed(self) -> Updates:
        """Nothing is open, and nothing was refused."""
        return {self.picture: None, self.notes: "", self.key: "", self.fault: ""}

    def shown(self, asset: Asset, *, as_it_is: bool = False) -> str | None:
        """Path of a picture of an asset, as edits see it; of its file itself while that is slow.

        Args:
            asset: which.
            as_it_is: whether its file is shown itself if a browser can, which takes no time.
        """
        if (as_it_is or self.kind.cold_s()) and self.kind.endings[0] in SHOWN_BY_BROWSERS:
            return str(self.service.store.file(asset))
        return str(self.service.picture(asset))

    def is_shown(self, pasted: str, key: str) -> bool:
        """Whether the field for pasting says just what the page has put there of the open asset."""
        if not key or not self.service.store.has(key):
            return not key and not pasted
        return pasted == self._text(self.service.store.asset(key)).replace("\r\n", "\n")

    def _text(self, asset: Asset) -> str:
        embedded = self.kind.embed(asset)
        return embedded if len(embedded) <= MAX_PASTED_CHARACTERS else ""


def icon_of(thumbnail: Path | None, asset: Path) -> str | None:
    """A preset's picture for its button: its own, or its asset where a browser can show that."""
    if thumbnail is not None:
        return str(thumbnail)
    return str(asset) if asset.suffix in SHOWN_BY_BROWSERS else None
