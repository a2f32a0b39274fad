"""Path data (`d=`) to absolute segments, in one pass over the text.

Arcs become cubics. Everything the path grammar allows is read; anything else is an error, so that
a drawing never silently loses its end. By hand, because libraries either repair broken data
silently or turn it into objects too slowly for 50 000 segments.
"""

import math
import re
from dataclasses import dataclass, field

from pds.base.errors import SVGError
from pds.kinds.svg.read.values import MAX_NUMBER, NUMBER

Point = tuple[float, float]
MAX_SEGMENTS = 50_000  # of a whole drawing
_SEPARATOR = re.compile(r"[ \t\r\n\f,]*")
_COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}


@dataclass
class Subpath:
    """One subpath while it is read.

    Attributes:
        start: where it begins.
        segments: per segment the points after its start: 1 for a line, 2 for a quadratic, 3 for
            a cubic.
        closed: whether `Z` closed it.
    """

    start: Point
    segments: list[tuple[Point, ...]] = field(default_factory=list)
    closed: bool = False


def parse_path(text: str, what: str, limit: int) -> list[Subpath]:
    """Absolute subpaths of path data.

    Args:
        text: the `d` attribute.
        what: names the element in errors.
        limit: most segments that are accepted, what is left of `MAX_SEGMENTS`.

    Raises:
        SVGError: the data breaks the grammar, holds numbers that are not finite, or too many
            segments.
    """
    text = text.strip()
    if text in ("", "none"):
        return []
    return _Parser(text, what, limit).run()


class _Parser:
    def __init__(self, text: str, what: str, limit: int):
        self._text, self._what, self._limit = text, what, limit
        self._position = 0
        self._count = 0
        self._subpaths: list[Subpath] = []
        self._at: Point = (0.0, 0.0)
        self._control: Point | None = None  # last control point, for S and T
        self._control_of = ""

    def run(self) -> list[Subpath]:
        self._skip()
        command = ""
        while self._position < len(self._text):
            letter = self._text[self._position]
            if letter.upper() in _COUNTS:
                command = letter
                self._position += 1
                if not self._subpaths and command not in "Mm":
                    raise self._error()
            elif command in ("", "Z", "z"):
                raise self._error()
            elif command in "Mm":  # further pairs after a move are lines
                command = "L" if command == "M" else "l"
            self._one(command)
            self._skip()
        return [path for path in self._subpaths if path.segments or path.closed]

    def _error(self) -> SVGError:
        found = self._text[self._position : self._position + 12]
        found = "".join(c if c.isprintable() else " " for c in found)
        where = f"at {found!r}" if found else "at its end"
        return SVGError(f"The path data of {self._what} cannot be read {where}; correct it.")

    def _skip(self) -> None:
        self._position = _SEPARATOR.match(self._text, self._position).end()

    def _number(self) -> float:
        self._skip()
        match = NUMBER.match(self._text, self._position)
        if match is None:
            raise self._error()
        value = float(match.group())
        if not abs(value) <= MAX_NUMBER:
            raise self._error()
        self._position = match.end()
        return value

    def _flag(self) -> bool:
        self._skip()
        letter = self._text[self._position : self._position + 1]
        if letter not in ("0", "1"):
            raise self._error()
        self._position += 1
        return letter == "1"

    def _pair(self, relative: bool) -> Point:
        x, y = self._number(), self._number()
        return (self._at[0] + x, self._at[1] + y) if relative else (x, y)

    def _one(self, command: str) -> None:
        relative, kind = command.islower(), command.upper()
        if kind == "M":
            self._at = self._pair(relative)
            if self._subpaths and not (self._subpaths[-1].segments or self._subpaths[-1].closed):
                self._subpaths.pop()  # a move after a move
            self._subpaths.append(Subpath(self._at))
            self._control_of = ""
        elif kind == "Z":
            self._close()
        elif kind == "A":
            self._arc(relative)
        elif kind in "HV":
            value, axis = self._number(), 0 if kind == "H" else 1
            value += self._at[axis] if relative else 0.0
            self._add((value, self._at[1]) if axis == 0 else (self._at[0], value))
        else:
            self._curve(kind, relative)

    def _curve(self, kind: str, relative: bool) -> None:
        """L, C, S, Q and T."""
        points = [self._pair(relative) for _ in range(_COUNTS[kind] // 2)]
        if kind in "ST":
            smooth = self._control_of == ("C" if kind == "S" else "Q")
            x, y = self._at
            control = (2 * x - self._control[0], 2 * y - self._control[1]) if smooth else (x, y)
            points.insert(0, control)
        self._add(*points)
        if kind != "L":
            self._control, self._control_of = points[-2], "C" if kind in "CS" else "Q"

    def _close(self) -> None:
        path = self._subpaths[-1]
        self._at = path.start
        if not path.closed:
            path.closed = True
            self._grow()
        self._control_of = ""

    def _grow(self) -> None:
        self._count += 1
        if self._count > self._limit:
            raise SVGError(
                f"The drawing has more than {MAX_SEGMENTS} path segments; simplify its paths."
            )

    def _add(self, *points: Point) -> None:
        self._grow()
        if self._subpaths[-1].closed:  # drawing goes on after Z: a new subpath from its start
            self._subpaths.append(Subpath(self._at))
        self._subpaths[-1].segments.append(points)
        self._at = points[-1]
        self._control_of = ""

    def _arc(self, relative: bool) -> None:
        rx, ry, rotation = abs(self._number()), abs(self._number()), self._number()
        large, sweep = self._flag(), self._flag()
        end = self._pair(relative)
        if end == self._at:
            return
        if rx == 0 or ry == 0:
            self._add(end)
            return
        for points in arc_to_cubics(self._at, end, rx, ry, rotation, large, sweep):
            self._add(*points)


def arc_to_cubics(
    start: Point, end: Point, rx: float, ry: float, rotation: float, large: bool, sweep: bool
) -> list[tuple[Point, Point, Point]]:
    """An elliptical arc as cubics of at most a quarter turn (SVG 1.1, appendix F.6).

    Args:
        start, end: different points.
        rx, ry: radii above zero, enlarged if they cannot reach.
        rotation: of the ellipse's x axis, in degrees.
        large, sweep: the arc flags.
    """
    cos, sin = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    dx, dy = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    ux, uy = (cos * dx + sin * dy) / rx, (-sin * dx + cos * dy) / ry  # on the unit circle
    reach = math.hypot(ux, uy)
    if reach > 1:
        rx, ry, ux, uy, reach = rx * reach, ry * reach, ux / reach, uy / reach, 1.0
    height = math.sqrt(max(0.0, 1 / (reach * reach) - 1)) if reach > 0 else 0.0
    if large == sweep:
        height = -height
    cx, cy = height * uy, -height * ux  # centre, seen from the middle of the chord
    first = math.atan2(uy - cy, ux - cx)
    turn = math.atan2(-uy - cy, -ux - cx) - first
    if sweep and turn < 0:
        turn += 2 * math.pi
    elif not sweep and turn > 0:
        turn -= 2 * math.pi
    mid = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)

    def place(x: float, y: float) -> Point:
        x, y = (x + cx) * rx, (y + cy) * ry
        return (cos * x - sin * y + mid[0], sin * x + cos * y + mid[1])

    pieces = max(1, math.ceil(abs(turn) / (math.pi / 2) - 1e-9))
    step = turn / pieces
    k = 4 / 3 * math.tan(step / 4)
    out = []
    for i in range(pieces):
        c0, s0 = math.cos(first + i * step), math.sin(first + i * step)
        c1, s1 = math.cos(first + (i + 1) * step), math.sin(first + (i + 1) * step)
        last = end if i == pieces - 1 else place(c1, s1)
        out.append((place(c0 - k * s0, s0 + k * c0), place(c1 + k * s1, s1 - k * c1), last))
    return out
