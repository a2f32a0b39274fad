"""Assets and pictures that a program keeps, by content; bounded in memory and on disk."""

import os
import shutil
import threading
import time
from collections import OrderedDict
from pathlib import Path

from pds.base.errors import JobError
from pds.base.files import write_bytes
from pds.base.pngs import write_image
from pds.kinds import kind_of
from pds.kinds.asset import Asset, sha256
from pds.kinds.kind import Kind, Look
from pds.work.names import plain_name

MOST_ASSETS = 24
MOST_ASSET_BYTES = 400_000_000
MOST_PICTURES = 300


class Store:
    """Parsed assets in memory, pictures of them in a folder.

    An asset is parsed once: the same bytes give the same asset again, under whatever name.

    Args:
        folder: for the pictures; a folder of the program's own.
        most_assets, most_bytes: kept in memory, those not used for the longest go first.
        most_pictures: kept on disk, likewise.
    """

    def __init__(
        self,
        folder: Path,
        *,
        most_assets: int = MOST_ASSETS,
        most_bytes: int = MOST_ASSET_BYTES,
        most_pictures: int = MOST_PICTURES,
    ):
        self.folder = folder
        self._most_assets, self._most_bytes = most_assets, most_bytes
        self._most_pictures = most_pictures
        self._assets: OrderedDict[str, Asset] = OrderedDict()
        self._by_file: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._drawing_s: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.RLock()

    def open(self, kind: Kind, data: bytes, *, name: str) -> Asset:
        """Reads a file, or finds what it was read to before.

        Raises:
            InputError: it is refused.
        """
        file = (kind.key, sha256(data))
        with self._lock:
            known = self._assets.get(self._by_file.get(file, ""))
            if known is not None:
                return self.keep(known.named(name))
        asset = kind.read(data, name=name)
        with self._lock:
            self._by_file[file] = asset.key
            while len(self._by_file) > 4 * self._most_assets:
                self._by_file.popitem(last=False)
            return self.keep(asset)

    def keep(self, asset: Asset) -> Asset:
        """Keeps an asset that was made here; returns it."""
        with self._lock:
            self._assets[asset.key] = asset
            self._assets.move_to_end(asset.key)
            while len(self._assets) > 1 and self._too_much():
                old, _ = self._assets.popitem(last=False)
                self._drawing_s.pop(old, None)
        return asset

    def _too_much(self) -> bool:
        used = sum(len(asset.data) for asset in self._assets.values())
        return len(self._assets) > self._most_assets or used > self._most_bytes

    def asset(self, key: str) -> Asset:
        """The asset of that key.

        Raises:
            JobError: there is none, or it is no longer kept.
        """
        with self._lock:
            if key not in self._assets:
                raise JobError("What was open is no longer kept; open it again.")
            self._assets.move_to_end(key)
            return self._assets[key]

    def has(self, key: str) -> bool:
        """Whether the asset of that key is kept."""
        with self._lock:
            return key in self._assets

    def file(self, asset: Asset) -> Path:
        """Where an asset's own file lies; written once.

        Raises:
            ExportError: it cannot be written.
        """
        kind = kind_of(asset.kind)
        stem = plain_name(asset.name) or asset.kind
        path = self.folder / asset.key[:32] / f"{stem}{kind.endings[0]}"
        with self._lock:  # nothing is thinned while it is being written
            if not _used(path):
                write_bytes(path, asset.data)
                self._thin()
        return path

    def picture(self, asset: Asset, look: Look, size_px: int, *, name: str = "") -> Path:
        """Where a PNG of an asset lies; drawn once.

        Args:
            asset: of what.
            look: from where.
            size_px: longer side.
            name: stem of the file's name, for those who take it away; by default the asset's.

        Raises:
            ConfigError: a number out of range.
            ExportError: it cannot be written.
        """
        stem = plain_name(name or asset.name) or asset.kind
        key = sha256(f"{asset.kind} {asset.key} {look} {size_px} {stem}".encode())[:32]
        path = self.folder / key / f"{stem}.png"
        if _used(path):
            return path
        begun = time.monotonic()
        drawn = kind_of(asset.kind).draw(asset, look, size_px)
        with self._lock:  # nothing is thinned while it is being written
            self._drawing_s[asset.key] = (time.monotonic() - begun) / size_px**2
            if not _used(path):
                write_image(path, drawn)
                self._thin()
        return path

    def drawing_s(self, asset: Asset, size_px: int) -> float | None:
        """Seconds that a picture of this asset takes, by the last one; None if not known."""
        pace = self._drawing_s.get(asset.key)
        return None if pace is None else pace * size_px**2

    def _thin(self) -> None:
        """Removes the pictures that were not asked for longest, when there are many."""
        with self._lock:
            # Hidden ones are being written.
            files = [path for path in self.folder.glob("*/*") if not path.name.startswith(".")]
            if len(files) > self._most_pictures:
                files.sort(key=lambda path: path.stat().st_mtime)
                for path in files[: len(files) - self._most_pictures + self._most_pictures // 3]:
                    shutil.rmtree(path.parent, ignore_errors=True)


def _used(path: Path) -> bool:
    """Whether the file is there; if so, notes that it was asked for."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
