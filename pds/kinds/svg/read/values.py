"""SVG attribute values: numbers, lengths, references, transforms, view boxes.

Matrices here are plain tuples `(a, b, c, d, e, f)` as in SVG: x' = a x + c y + e,
y' = b x + d y + f.
"""

import math
import re

from pds.base.errors import SVGError

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
MAX_NUMBER = 1e9
_MAX_CHARACTERS = 200  # of a single value; bounds the work of every pattern below
_PX = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54}
_PX |= {"in": 96.0, "q": 96 / 101.6, "em": 16.0, "rem": 16.0, "ex": 8.0}

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LENGTH = re.compile(rf"({NUMBER.pattern})(\s*%|\s*[a-zA-Z]+)?")
_CALL = re.compile(r"[\s,]*([A-Za-z]+)\s*\(([^()]*)\)")
_URL = re.compile(r"url\s*\(\s*[\"']?\s*#([^\"')]*?)\s*[\"']?\s*\)\s*(.*)", re.DOTALL)
_ANGLES = {"deg": 1.0, "rad": 180 / math.pi, "grad": 0.9, "turn": 360.0}


def _quote(text: str) -> str:
    clean = "".join(c if c.isprintable() else " " for c in text).strip()
    return repr(clean if len(clean) <= 30 else clean[:29] + "…")


def to_number(text: str, what: str) -> float:
    """A finite number of sensible size.

    Raises:
        SVGError: the text is no number, NaN, infinite, or beyond a thousand million.
    """
    text = text.strip()
    match = NUMBER.fullmatch(text) if len(text) <= _MAX_CHARACTERS else None
    if match is None:
        raise SVGError(f"{what} is {_quote(text)}, which is no number; correct it.")
    value = float(match.group())
    if not abs(value) <= MAX_NUMBER:
        raise SVGError(f"{what} is {_quote(text)}, which is too large; correct or rescale it.")
    return value


def to_numbers(text: str, what: str) -> list[float]:
    """A list of finite numbers separated by spaces or commas.

    Raises:
        SVGError: something in the list is no finite number.
    """
    return [to_number(part, what) for part in re.split(r"[\s,]+", text.strip(" \t\r\n,")) if part]


def to_length(text: str, what: str, *, percent_of: float) -> float:
    """A length in user units; `%` of `percent_of`.

    Raises:
        SVGError: the text is no length or its unit is not known.
    """
    text = text.strip()
    match = _LENGTH.fullmatch(text) if len(text) <= _MAX_CHARACTERS else None
    unit = (match.group(2) or "").strip().lower() if match else None
    if match is None or (unit != "%" and unit not in _PX):
        raise SVGError(f"{what} is {_quote(text)}, which is no length; correct it.")
    factor = percent_of / 100 if unit == "%" else _PX[unit]
    return to_number(match.group(1), what) * factor


def to_fraction(text: str, what: str) -> float:
    """An opacity or offset, as a number or in per cent, clamped to [0, 1].

    Raises:
        SVGError: the text is neither.
    """
    return min(1.0, max(0.0, to_length(text, what, percent_of=1.0)))


def _degrees(text: str) -> float:
    for unit, factor in sorted(_ANGLES.items(), key=lambda item: -len(item[0])):
        if text.endswith(unit):
            return to_number(text[: -len(unit)], "an angle") * factor
    return to_number(text, "an angle")


def to_url(text: str) -> tuple[str, str] | None:
    """`(id, what follows)` of `url(#id) fallback`, or None if it is no such reference."""
    match = _URL.match(text.strip()[:_MAX_CHARACTERS])
    return (match.group(1), match.group(2).strip()) if match else None


def multiply(m: Matrix, n: Matrix) -> Matrix:
    """The matrix that applies `n` first, then `m`."""
    return (
        m[0] * n[0] + m[2] * n[1],
        m[1] * n[0] + m[3] * n[1],
        m[0] * n[2] + m[2] * n[3],
        m[1] * n[2] + m[3] * n[3],
        m[0] * n[4] + m[2] * n[5] + m[4],
        m[1] * n[4] + m[3] * n[5] + m[5],
    )


def determinant(m: Matrix) -> float:
    """Of the linear part."""
    return m[0] * m[3] - m[1] * m[2]


def inverse(m: Matrix) -> Matrix | None:
    """The inverse, or None where the matrix is (nearly) singular."""
    det, size = determinant(m), max(abs(v) for v in m[:4])
    if not abs(det) > 1e-12 * size * size or size < 1e-12:
        return None
    a, b, c, d = m[3] / det, -m[1] / det, -m[2] / det, m[0] / det
    return (a, b, c, d, -(a * m[4] + c * m[5]), -(b * m[4] + d * m[5]))


def to_matrix(text: str, what: str) -> Matrix:
    """A transform list.

    Raises:
        SVGError: the text is no list of matrix, translate, scale, rotate, skewX and skewY.
    """
    text = text.strip()
    matrix, position = IDENTITY, 0
    if text == "none":
        return matrix
    while position < len(text):
        match = _CALL.match(text, position)
        if match is None:
            raise SVGError(f"{what} is {_quote(text)}, which is no transform; correct it.")
        matrix = multiply(matrix, _call_matrix(match.group(1), match.group(2), what))
        position = match.end()
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
    if not all(abs(v) <= MAX_NUMBER for v in matrix):
        raise SVGError(f"{what} has numbers that are too large; correct it.")
    return matrix


def _call_matrix(name: str, arguments: str, what: str) -> Matrix:
    parts = re.split(r"[\s,]+", arguments.strip(" \t\r\n,"))
    if name == "rotate" or name.startswith("skew"):
        v = [_degrees(parts[0]), *[to_length(p, what, percent_of=0) for p in parts[1:]]]
    else:
        v = [to_length(p, what, percent_of=0) for p in parts]
    if name == "matrix" and len(v) == 6:
        return tuple(v)
    if name == "translate" and len(v) in (1, 2):
        return (1.0, 0.0, 0.0, 1.0, v[0], v[1] if len(v) == 2 else 0.0)
    if name == "scale" and len(v) in (1, 2):
        return (v[0], 0.0, 0.0, v[-1], 0.0, 0.0)
    if name == "rotate" and len(v) in (1, 3):
        cos, sin = math.cos(math.radians(v[0])), math.sin(math.radians(v[0]))
        x, y = v[1:] if len(v) == 3 else (0.0, 0.0)
        return (cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y)
    if name == "skewX" and len(v) == 1:
        return (1.0, 0.0, math.tan(math.radians(v[0])), 1.0, 0.0, 0.0)
    if name == "skewY" and len(v) == 1:
        return (1.0, math.tan(math.radians(v[0])), 0.0, 1.0, 0.0, 0.0)
    raise SVGError(f"{what} has {name}({_quote(arguments)[1:-1]}), which is unknown; correct it.")


def to_view_box(text: str) -> tuple[float, float, float, float]:
    """`(x, y, width, height)` with width and height above zero.

    Raises:
        SVGError: not four finite numbers, or nothing to see in the box.
    """
    box = to_numbers(text, "A number of the viewBox")
    if len(box) != 4 or box[2] <= 0 or box[3] <= 0:
        raise SVGError(
            f"The viewBox is {_quote(text)}; it needs four numbers, with width and height above 0."
        )
    return tuple(box)


def fit(box: tuple[float, ...], size: tuple[float, float], aspect: str) -> Matrix:
    """viewBox to viewport: the matrix of `preserveAspectRatio`."""
    words = aspect.split() or ["xMidYMid"]
    words = [word for word in words if word != "defer"] or ["xMidYMid"]
    sx, sy = size[0] / box[2], size[1] / box[3]
    if words[0] == "none":
        return (sx, 0.0, 0.0, sy, -box[0] * sx, -box[1] * sy)
    s = max(sx, sy) if "slice" in words[1:] else min(sx, sy)
    share = {"Min": 0.0, "Mid": 0.5, "Max": 1.0}
    x, y = share.get(words[0][1:4], 0.5), share.get(words[0][5:8], 0.5)
    return (s, 0.0, 0.0, s, (size[0] - box[2] * s) * x - box[0] * s,
            (size[1] - box[3] * s) * y - box[1] * s)  # fmt: skip
