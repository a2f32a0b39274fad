"""Checks of a recipe's fields; each fault is a sentence."""

from collections.abc import Sequence
from typing import Any

from pds.base.errors import RecipeError
from pds.work.names import MAX_NAME_CHARACTERS, clean_name, plain_name

_HEX_DIGITS = frozenset("0123456789abcdef")


def check_version(version: Any, newest: int) -> int:
    """The version; raises RecipeError for one that this program does not read."""
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise RecipeError(
            "The recipe has no version number; choose a recipe that this program wrote."
        )
    if version > newest:
        raise RecipeError(
            f"The recipe is of version {version}, from a newer program; this one reads up to "
            f"version {newest}. Update the program."
        )
    return version


def check_kind(kind: Any, known: Sequence[str]) -> None:
    """Raises RecipeError for a kind that this program does not know."""
    if kind not in known:
        raise RecipeError(f"The recipe is for {kind!r}; this version knows: {', '.join(known)}.")


def check_keys(
    values: dict[str, Any], what: str, *, required: Sequence[str], optional: Sequence[str] = ()
) -> None:
    """Raises RecipeError for missing and for unknown keys."""
    missing = [name for name in required if name not in values and name not in optional]
    if missing:
        raise RecipeError(f"The {what} lacks: {', '.join(missing)}.")
    unknown = sorted(set(values) - set(required) - set(optional))
    if unknown:
        known = ", ".join(sorted({*required, *optional}))
        raise RecipeError(f"The {what} has unknown keys: {', '.join(unknown)}. Known are: {known}.")


def named(values: Any, what: str) -> dict[str, Any]:
    """The value as a dict; raises RecipeError if it is none."""
    if not isinstance(values, dict):
        raise RecipeError(f"The recipe's {what} must be an object of named values.")
    return values


def text_value(name: str, value: Any) -> str:
    """The value; raises RecipeError if it is no text."""
    if not isinstance(value, str):
        raise RecipeError(f"The recipe's {name} is {value!r}; it must be text.")
    return value


def text_values(
    values: Any, what: str, required: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, str]:
    """The values of an object that holds nothing but text; raises RecipeError for others."""
    values = named(values, what)
    check_keys(values, f"recipe's {what}", required=required, optional=optional)
    return {name: text_value(f"{what} {name}", value) for name, value in values.items()}


def check_text(name: str, value: str, longest: int) -> None:
    """Raises RecipeError for what is no text, and for blank or overlong text."""
    text_value(name, value)
    if not value.strip():
        raise RecipeError(f"The recipe's {name} is empty; it must be text.")
    if len(value) > longest:
        raise RecipeError(
            f"The recipe's {name} has {len(value)} characters; at most {longest} are accepted."
        )


def check_name(name: str) -> None:
    """Raises RecipeError unless this is a plain file stem, see `clean_name`."""
    check_text("name", name, MAX_NAME_CHARACTERS)
    if name != plain_name(name):
        raise RecipeError(
            f"The recipe's name {name!r} is not a plain file name; {clean_name(name)!r} would be."
        )


def check_digest(name: str, value: str) -> None:
    """Raises RecipeError unless the value is empty or at most 64 hexadecimal digits."""
    text_value(name, value)
    if len(value) > 64 or not set(value) <= _HEX_DIGITS:
        raise RecipeError(f"The recipe's {name} must be at most 64 hexadecimal digits.")


def check_encodable(text: str, what: str) -> None:
    """Raises RecipeError for text that cannot be stored as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RecipeError(
            f"The {what} holds half a character (a lone surrogate), which no file can store; "
            "type the text again."
        ) from error
