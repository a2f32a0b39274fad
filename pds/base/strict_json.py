"""JSON from outside, read strictly."""

import json
import math
from typing import Any

from pds.base.errors import ConfigError, PDSError


def read_json_object(
    data: str | bytes,
    *,
    what: str,
    max_bytes: int,
    max_digits: int = 19,
    finite: bool = True,
    error: type[PDSError] = ConfigError,
) -> dict[str, Any]:
    """Reads a JSON object: no key twice, no endless digits, no deep nesting.

    Args:
        data: JSON text, or its UTF-8 bytes with or without a byte order mark.
        what: how the sentence of an error begins: "The recipe".
        max_bytes: longest data accepted.
        max_digits: longest whole number accepted.
        finite: refuse NaN and Infinity, and numbers that are as good as infinite such as 1e999;
            otherwise they are read as such.
        error: what to raise.

    Raises:
        PDSError: of the class `error`, saying what is wrong.
    """
    if len(data) > max_bytes:
        raise error(f"{what} is larger than {max_bytes / 1e6:g} MB.")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs):
            raise error(f"{what} has a key twice in one place; keep one of them.")
        return values

    def whole(digits: str) -> int:
        if len(digits) > max_digits:
            raise error(f"{what} has a number of {len(digits)} digits; use fewer.")
        return int(digits)

    def fraction(digits: str) -> float:
        number = float(digits)
        if finite and not math.isfinite(number):
            raise error(f"{what} holds {digits[:20]}, which is too large a number.")
        return number

    def constant(name: str) -> float:
        if finite:
            raise error(f"{what} holds {name}, which is not a number.")
        return float(name)

    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        values = json.loads(
            text,
            object_pairs_hook=unique,
            parse_int=whole,
            parse_float=fraction,
            parse_constant=constant,
        )
    except UnicodeDecodeError as problem:
        raise error(f"{what} is not UTF-8 text.") from problem
    except json.JSONDecodeError as problem:
        raise error(
            f"{what} is not valid JSON: {problem.msg} in line {problem.lineno}, "
            f"column {problem.colno}. It may be incomplete."
        ) from problem
    except RecursionError as problem:
        raise error(f"{what} is nested too deeply.") from problem
    if not isinstance(values, dict):
        raise error(f"{what} must be a JSON object of named values.")
    return values
