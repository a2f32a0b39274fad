"""The kinds of things that can be edited, by name. A new kind is a folder and a line here.

>>> from pds.kinds import KINDS
>>> [kind.label for kind in KINDS.values()]
['Drawing', 'Scene', 'Picture']
"""

from pathlib import Path
from typing import TYPE_CHECKING

from pds.base.checks import check_choice
from pds.base.errors import InputError
from pds.base.registry import Registry

if TYPE_CHECKING:
    from pds.kinds.kind import Kind

# Imported when asked for: each brings heavy libraries of its own.
KINDS: "Registry[Kind]" = Registry(
    {
        "svg": "pds.kinds.svg.kind:SVG",
        "nerf": "pds.kinds.nerf.kind:NERF",
        "image": "pds.kinds.image.kind:IMAGE",
    }
)


def kind_of(key: str) -> "Kind":
    """The kind of that name; raises ConfigError for an unknown one and lists the known."""
    check_choice("kind", key, tuple(KINDS))
    return KINDS[key]


def kind_of_file(path: str | Path) -> "Kind":
    """The kind of a file by its ending.

    Raises:
        InputError: no kind has such files.
    """
    ending = Path(path).suffix.lower()
    for kind in KINDS.values():
        if ending in kind.endings:
            return kind
    known = ", ".join(ending for kind in KINDS.values() for ending in kind.endings)
    raise InputError(f"{Path(path).name!r} has an unknown ending; known are: {known}.")
