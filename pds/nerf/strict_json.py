"""JSON from outside, read strictly, and its numbers."""

import json
import math
from pathlib import Path
from typing import Any

from pds.errors import CaptureError

MAX_BYTES = 20_000_000
MAX_DIGITS = 400


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file: UTF-8, no key twice, no endless digits, not nested deeply.

    NaN and Infinity are read as such, so that `number` can say where they are.

    Raises:
        CaptureError: saying what is wrong.
    """
    what = path.name
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CaptureError(f"{what} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise CaptureError(f"{what} is larger than {MAX_BYTES / 1e6:g} MB.")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs):
            raise CaptureError(f"{what} has a key twice in one place; keep one of them.")
        return values

    def whole(digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            raise CaptureError(f"{what} has a number of {len(digits)} digits; use fewer.")
        return int(digits)

    try:
        values = json.loads(data.decode("utf-8-sig"), object_pairs_hook=unique, parse_int=whole)
    except UnicodeDecodeError as error:
        raise CaptureError(f"{what} is not UTF-8 text.") from error
    except json.JSONDecodeError as error:
        raise CaptureError(
            f"{what} is not valid JSON: {error.msg} in line {error.lineno}, "
            f"column {error.colno}. It may be incomplete."
        ) from error
    except RecursionError as error:
        raise CaptureError(f"{what} is nested too deeply.") from error
    if not isinstance(values, dict):
        raise CaptureError(f"{what} must be a JSON object of named values.")
    return values


def number(value: Any, what: str) -> float:
    """A finite number.

    Raises:
        CaptureError: anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CaptureError(f"{what} must be a number.")
    if not abs(value) <= 1e300 or not math.isfinite(value):
        raise CaptureError(f"{what} is not a finite number.")
    return float(value)
