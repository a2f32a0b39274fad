"""Names of assets, which become names of files."""

import unicodedata

MAX_NAME_CHARACTERS = 80


def clean_name(text: str, *, otherwise: str = "drawing") -> str:
    """Makes an asset's name of any file name: no folders, no extension, nothing unprintable.

    Letters, digits and marks of any script, spaces and `-_.()+` stay; the rest becomes `_`.

    Args:
        text: of the file name.
        otherwise: the name where nothing remains.
    """
    stem = text.replace("\\", "/").rsplit("/", 1)[-1]
    head, dot, ending = stem.rpartition(".")
    if dot and head and len(ending) <= 12 and ending.isalnum():
        stem = head
    return plain_name(stem) or otherwise


def plain_name(text: str) -> str:
    """The text with everything replaced that a file name should not have; may be empty."""
    kept = "".join(
        letter if unicodedata.category(letter)[0] in "LNM" or letter in " -_.()+" else "_"
        for letter in unicodedata.normalize("NFC", text)
    )
    return " ".join(kept.split()).strip(" .")[:MAX_NAME_CHARACTERS].strip(" .")


def result_stem(name: str, target: str) -> str:
    """What the files of a result are called: the asset's name and what it became.

    A name that says already what becomes of it, as those of presets do, stays.
    """
    if "-to-" in name:
        return name
    return plain_name(f"{name} to {target}") or "edited"
