"""Names of files as other people's files give them: hostile until checked.

By hand: no library refuses them with a sentence, for names of Windows and of Linux alike.
"""

import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from pds.base.errors import CaptureError

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
MAX_PICTURES = 2000
MAX_NAME = 240  # bytes of one part
MAX_PATH = 1000
NAMED = 3  # how many names a message lists


def relative_parts(name: str) -> tuple[str, ...]:
    r"""The folders and the file that a relative name is made of; "/" or "\" between them.

    Raises:
        CaptureError: empty, absolute, leading upwards, overlong, or with control characters.
    """
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise CaptureError(f"The file name {name[:80]!a} holds control characters; rename it.")
    plain = name.replace("\\", "/")
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain):
        raise CaptureError(f"{shown(name)} is an absolute path; names must stay in the folder.")
    parts = tuple(part for part in PurePosixPath(plain).parts if part != ".")
    if ".." in parts:
        raise CaptureError(f"{shown(name)} leads out of the capture's folder.")
    if not parts or len(name) > MAX_PATH or max(len(p.encode()) for p in parts) > MAX_NAME:
        raise CaptureError(f"{shown(name)!r} is no name of a file.")
    return parts


def below(base: Path, name: str) -> Path:
    """The path of `name` in the folder `base`.

    Raises:
        CaptureError: as `relative_parts`, or a link leads out of `base`.
    """
    return _contained(base, base.joinpath(*relative_parts(name)), name)


def find_picture(base: Path, name: str) -> Path | None:
    """The file of a picture whose name may come without its ending; None if it is not there.

    Raises:
        CaptureError: as `below`.
    """
    plain = base.joinpath(*relative_parts(name))
    endings = ("", *PICTURE_SUFFIXES, *(s.upper() for s in PICTURE_SUFFIXES))
    candidates = (_contained(base, plain.with_name(plain.name + e), name) for e in endings)
    return next((path for path in candidates if path.is_file()), None)


def _contained(base: Path, path: Path, name: str) -> Path:
    """The path, if no link on its way leads out of `base`."""
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(base)):
        raise CaptureError(f"{shown(name)} leads out of the capture's folder.")
    return path


def is_picture(name: str) -> bool:
    """Whether a file's name says that it is a picture; hidden files are none."""
    return name.lower().endswith(PICTURE_SUFFIXES) and not name.startswith(".")


def shown(name: str) -> str:
    """A name short enough for a message."""
    return name if len(name) <= 80 else f"{name[:40]}…{name[-36:]}"


def listed(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    text = ", ".join(shown(name) for name in names[:NAMED])
    return text if len(names) <= NAMED else f"{text} and {len(names) - NAMED} more"


def natural(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts img2 before img10."""
    pieces = re.findall(r"(\d{1,18})|(\D+)", name)
    return [(0, int(digits), "") if digits else (1, 0, text) for digits, text in pieces]
