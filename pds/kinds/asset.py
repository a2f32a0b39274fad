"""An asset: something that can be edited, at rest."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any


@dataclass(frozen=True, kw_only=True, eq=False)
class Asset:
    """A drawing, a scene or a picture. Made by its kind, parsed once, handed on as itself.

    Attributes:
        kind: key of its kind.
        name: file stem shown to the user.
        content: what it was parsed to; only its kind looks inside.
        write: makes the bytes of its file of the content; see `data`.
        warnings: what was dropped or is not drawn, one sentence each.
        parts: ids of what can be locked.
        prompt: what it says it shows, or an empty text.
        about: what it is, in a line without full stop: "12 shapes, 3 gradients".
    """

    kind: str
    name: str
    content: Any
    write: Callable[[Any], bytes]
    warnings: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    prompt: str = ""
    about: str = ""

    @cached_property
    def data(self) -> bytes:
        """The bytes of its file; written at first use, since most snapshots are only drawn."""
        return self.write(self.content)

    @cached_property
    def key(self) -> str:
        """SHA-256 of `data`, in hex: what the asset is known by."""
        return sha256(self.data)

    def named(self, name: str) -> "Asset":
        """The same asset under another name; what was parsed and written is shared."""
        if name == self.name:
            return self
        twin = replace(self, name=name)
        # `data` and `key` are kept where they are known: they may be those of a file that was read.
        vars(twin).update({k: v for k, v in vars(self).items() if k in ("data", "key")})
        return twin


def sha256(data: bytes) -> str:
    """The SHA-256 of some bytes, in hex."""
    return hashlib.sha256(data).hexdigest()
