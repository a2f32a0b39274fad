"""Files of runs and assets: written once, found again, removed with what they are of."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from pds.kinds import kind_of
from pds.kinds.asset import sha256
from pds.kinds.output import Made
from pds.settings import Settings
from pds.work.driver import LocalDriver
from pds.work.order import ExportOrder

MOST_EXPORTS = 64
_Key = tuple[str, str, str]


class Exports:
    """Writes outputs, here and now or on a thread of their own.

    What is written belongs to a run or to an asset, by its id or key.

    Args:
        folder: of all files; a folder of the program's own.
        exporter: carries exports out.
        is_kept: whether a run or an asset can still be asked for.
    """

    def __init__(self, folder: Path, exporter: LocalDriver, *, is_kept: Callable[[str], bool]):
        self.folder, self.exporter = folder, exporter
        self._is_kept = is_kept
        self._started: dict[_Key, str] = {}
        self._written: dict[str, set[Path]] = {}  # by owner: markers of outputs that are complete
        self._lock = threading.Lock()

    def folder_of(self, owner: str) -> Path:
        """Where files of a run or an asset belong; made when one is written."""
        # Ids come back from browsers: none of them may name a folder outside ours.
        return self.folder / sha256(owner.encode("utf-8"))[:24]

    def order(
        self, owner: str, made: Made, output: str, settings: Settings | None, *, stem: str
    ) -> ExportOrder:
        """The order to write an output, with its defaults if there are no settings.

        Raises:
            ConfigError: there is no such output.
        """
        wanted = kind_of(made.edited.kind).output(output)
        chosen = wanted.Settings() if settings is None else settings
        return ExportOrder(
            kind=made.edited.kind,
            output=output,
            made=made,
            settings=chosen,
            folder=self.folder_of(owner) / sha256(repr(chosen).encode())[:8],
            stem=stem,
        )

    def start(self, owner: str, order: ExportOrder) -> str:
        """Starts an export, or finds the one that does the same; its id.

        Raises:
            JobError: too many exports are waiting.
        """
        self.sweep()
        key = _key(owner, order)
        with self._lock:
            export_id = self._started.pop(key, None)
            if export_id is None or not self._is_of_use(export_id):
                export_id = self.exporter.start(order)
            self._started[key] = export_id
            surplus = list(self._started)[:-MOST_EXPORTS]
            for old in surplus:
                del self._started[old]
            owners = {owner for owner, _, _ in self._started}
            for owner in {owner for owner, _, _ in surplus} - owners:
                self.forget(owner)
        return export_id

    def of(self, owner: str) -> dict[str, str]:
        """Ids of the last exports of each output that go on or are done, by the output's key."""
        with self._lock:
            known = list(self._started.items())
        return {
            output: export_id
            for (of, output, _), export_id in known
            if of == owner and self._is_of_use(export_id)
        }

    def write(self, owner: str, order: ExportOrder) -> dict[str, Path]:
        """Writes an output here and now and returns its files by key; those there are kept.

        Raises:
            ExportError: a file cannot be written.
        """
        output = kind_of(order.kind).output(order.output)
        if not output.offered(order.made):
            return {}
        with self._lock:  # two tabs may ask for the same
            written, marker = self._written.setdefault(owner, set()), order.folder / order.output
            if marker not in written:
                if not self._is_done(self._started.get(_key(owner, order))):
                    for _ in output.steps(
                        order.made, order.settings, order.folder, stem=order.stem
                    ):
                        pass
                written.add(marker)
            return output.paths(order.folder, stem=order.stem)

    def forget(self, owner: str) -> None:
        """Removes the files of a run or an asset."""
        self._written.pop(owner, None)
        shutil.rmtree(self.folder_of(owner), ignore_errors=True)

    def sweep(self) -> None:
        """Removes what was still being written when its run or asset was forgotten."""
        for key, export_id in list(self._started.items()):
            if not self._is_kept(key[0]) and self._has_ended(export_id):
                self._started.pop(key, None)
                self.forget(key[0])

    def _is_done(self, export_id: str | None) -> bool:
        if export_id is None or not self.exporter.is_kept(export_id):
            return False
        return self.exporter.view(export_id).state == "done"

    def _has_ended(self, export_id: str) -> bool:
        return not self.exporter.is_kept(export_id) or self.exporter.view(export_id).finished

    def _is_of_use(self, export_id: str) -> bool:
        return self._is_done(export_id) or not self._has_ended(export_id)


def _key(owner: str, order: ExportOrder) -> _Key:
    return owner, order.output, repr(order.settings)
