"""Outlines to compact path data: relative commands on a decimal grid, so nothing accumulates."""

import math

from jaxtyping import Float
from torch import Tensor

from pds.kinds.svg.shapes import Outline

_LETTERS = {1: "l", 2: "q", 3: "c"}
Steps = tuple[int, int]  # a point, counted in grid steps


def format_number(value: float, grid: float) -> str:
    """A number rounded to the grid (a power of ten), as short as it can be written."""
    return _format_steps(round(value / grid), _decimals(grid))


def path_text(outline: Outline, points: Float[Tensor, "points 2"], grid: float) -> str:
    """The `d` attribute of an outline.

    Args:
        outline: segments; a closing line that ends where its subpath began becomes `z`.
        points: control points in local units.
        grid: the step numbers are rounded to, a power of ten.
    """
    steps = [(round(x / grid), round(y / grid)) for x, y in points.tolist()]
    decimals = _decimals(grid)
    segments = list(
        zip(outline.orders.tolist(), outline.indices.tolist(), outline.subpaths.tolist())
    )
    closed = outline.closed.tolist()
    out: list[str] = []
    at: Steps = (0, 0)
    last = ""
    for i, (order, rows, number) in enumerate(segments):
        first = i == 0 or segments[i - 1][2] != number
        final = i == len(segments) - 1 or segments[i + 1][2] != number
        if first:
            start_row = rows[0]
            out.append("M" + _join([*steps[start_row]], decimals))
            start = at = steps[start_row]
            last = "M"
        ends_at_start = rows[order] == start_row
        if not (final and closed[number] and order == 1 and ends_at_start):
            letter, values = _segment(order, [steps[row] for row in rows[1 : order + 1]], at)
            _append(out, letter, last, _join(values, decimals))
            at, last = steps[rows[order]], letter
        if final and closed[number]:
            out.append("z")
            at, last = start, "z"
    return "".join(out)


def _segment(order: int, ends: list[Steps], at: Steps) -> tuple[str, list[int]]:
    values = [v for x, y in ends for v in (x - at[0], y - at[1])]
    if order == 1 and values[1] == 0:
        return "h", values[:1]
    if order == 1 and values[0] == 0:
        return "v", values[1:]
    return _LETTERS[order], values


def _append(out: list[str], letter: str, last: str, numbers: str) -> None:
    """Adds a command; a repeated letter is left out."""
    if letter != last:
        out.append(letter + numbers)
    else:
        out.append(numbers if numbers.startswith("-") else " " + numbers)


def _join(steps: list[int], decimals: int) -> str:
    """Numbers in a row, with a space only where they would run together."""
    text = ""
    for value in steps:
        number = _format_steps(value, decimals)
        text += number if not text or number.startswith("-") else " " + number
    return text


def _decimals(grid: float) -> int:
    return -round(math.log10(grid))


def _format_steps(steps: int, decimals: int) -> str:
    """`steps` times ten to the power of minus `decimals`, without trailing or leading zeros."""
    if decimals <= 0:
        return str(steps * 10**-decimals)
    sign, digits = "-" if steps < 0 else "", str(abs(steps)).rjust(decimals + 1, "0")
    whole, fraction = digits[:-decimals].lstrip("0"), digits[-decimals:].rstrip("0")
    if not fraction:
        return sign + whole if whole else "0"
    return f"{sign}{whole}.{fraction}"
