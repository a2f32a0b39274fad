"""What happens when something is opened, typed or set: handlers that answer at once."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from pds.base.errors import InputError, JobError, PDSError
from pds.base.files import read_bounded
from pds.kinds.asset import Asset
from pds.ui import text
from pds.ui.form import Edit
from pds.ui.widgets import Updates, Values
from pds.work.names import clean_name
from pds.work.order import EditOrder, RefineOrder

if TYPE_CHECKING:
    from pds.ui.tab import KindTab

SEED_LIMIT = 2**31


class Opening:
    """Handlers of a tab; each returns updates of the tab's widgets."""

    def __init__(self, tab: "KindTab"):
        self.tab, self.kind, self.service = tab, tab.kind, tab.service

    # --- assets -----------------------------------------------------------------------------

    def open_file(self, path: str, request: gr.Request) -> Updates:
        """Takes an uploaded file as the source."""

        def opened() -> Asset:
            data = read_bounded(path, self.kind.max_bytes, what=Path(path).name)
            name = clean_name(Path(path).name, otherwise=self.kind.noun)
            return self.service.open(self.kind.key, data, name=name)

        return self._open(opened, request.session_hash)

    def open_text(self, pasted: str, key: str, request: gr.Request) -> Any:
        """Takes pasted text as the source; an emptied field closes what was open."""
        pasted = pasted or ""
        if self.tab.source.is_shown(pasted, key):
            return gr.skip()
        if not pasted.strip():
            return self.tab.source.closed()

        def opened() -> Asset:
            return self.service.open_text(self.kind.key, pasted, name=self.kind.noun)

        return self._open(opened, request.session_hash, typing=True)

    def reuse(self, request: gr.Request) -> Updates:
        """Takes the shown result as the new source, and its target prompt as the new words."""
        try:
            job_id = self.tab.sessions.watched(request.session_hash)
            made = None if job_id is None else self.service.made(job_id)
            if job_id is None or made is None:
                raise JobError("There is no result to go on from yet.")
            order = self.service.order(job_id)
            # Read again, as a file is, so that all of its parts can be locked.
            asset = self.service.open(self.kind.key, made.edited.data, name=made.edited.name)
            updates = self.opened(asset)
        except PDSError as error:
            return {self.tab.source.notes: text.messages_html((str(error),), kind="error")}
        if isinstance(order, EditOrder | RefineOrder):
            updates |= self.tab.words.fill(order.recipe.prompts.target, "")
        return updates

    def _open(self, make: Callable[[], Asset], session: str, *, typing: bool = False) -> Updates:
        try:
            asset = make()
            return self.opened(asset, typing=typing) | self._looked(asset, session)
        except PDSError as error:
            return self.tab.source.refused(str(error), typing=typing)

    def opened(self, asset: Asset, *, note: str = "", typing: bool = False) -> Updates:
        """An asset with every setting at its default and no words but its own.

        Raises:
            PDSError: its picture cannot be drawn.
        """
        return {
            **self.tab.source.opened(asset, note=note, typing=typing),
            **self.tab.words.fill(asset.prompt, ""),
            **self.filled(self.tab.form.defaults(), asset),
        }

    def filled(self, edit: Edit, asset: Asset | None) -> Updates:
        """These settings, and what of them is not at its default."""
        parts = () if asset is None else asset.parts
        return self.tab.form.fill(edit, parts) | self._changed(edit)

    def _looked(self, asset: Asset, session: str) -> Updates:
        """The opened asset as what can be looked at, where no run is shown."""
        if self.tab.sessions.watched(session) is not None or self.tab.panel.orbit is None:
            return {}
        shown = self.tab.source.shown(asset)
        cleared = self.tab.panel.files.cleared() | self.tab.panel.looking.looked(shown, None)
        return cleared | self.tab.panel.turned(self.kind.home(asset))

    # --- settings ---------------------------------------------------------------------------

    def tell_changed(self, values: Values) -> Any:
        """What is not at its default; nothing new while a number is being typed."""
        try:
            return self._changed(self.tab.form.read(values))
        except InputError:
            return gr.skip()

    def reset(self, key: str) -> Updates:
        """Every setting at its default."""
        has = bool(key) and self.service.store.has(key)
        asset = self.service.store.asset(key) if has else None
        return self.filled(self.tab.form.defaults(), asset)

    def _changed(self, edit: Edit) -> Updates:
        changed = self.tab.form.changed(edit)
        return {
            self.tab.words.changed: text.changed_html(changed),
            self.tab.words.reset: gr.update(visible=bool(changed)),
        }

    def new_seed(self) -> int:
        """A seed nobody chose."""
        return random.SystemRandom().randrange(SEED_LIMIT)

    # --- words ------------------------------------------------------------------------------

    def help_words(self, source: str, target: str) -> str:
        """What is to be known of the words before they are used."""
        fault = self.service.target_fault(target)
        return text.words_html(fault, self.service.word_help(source, target))

    def list_concepts(self) -> str:
        """The things the model knows; waits until it is loaded."""
        try:
            vocabulary = self.service.prior.get().vocabulary
        except PDSError as error:
            return text.messages_html((str(error),), kind="error")
        if vocabulary is None:
            return text.concepts_html((), {})
        return text.concepts_html(vocabulary.concepts, vocabulary.groups)
