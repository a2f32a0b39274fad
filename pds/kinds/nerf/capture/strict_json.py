"""JSON files of a capture, read strictly, and their numbers."""

import math
from pathlib import Path
from typing import Any

from pds.base.errors import CaptureError, ConfigError
from pds.base.strict_json import read_json_object

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
    try:
        return read_json_object(
            data, what=what, max_bytes=MAX_BYTES, max_digits=MAX_DIGITS, finite=False
        )
    except ConfigError as error:
        raise CaptureError(str(error)) from error


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
