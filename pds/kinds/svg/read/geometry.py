"""Basic shapes as subpaths, subpaths as rows of points, boxes of curves."""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.read.nodes import describe, local_name
from pds.kinds.svg.read.pathdata import Point, Subpath, arc_to_cubics, parse_path
from pds.kinds.svg.read.values import Matrix, to_length, to_numbers
from pds.kinds.svg.shapes import Outline

Size = tuple[float, float]
_MAX_CHARACTERS = 60  # of a corner of a polygon
_SNAP = 1e-6  # a closed subpath that misses its start by less (of its extent) is joined


def length_of(
    node: etree._Element, name: str, default: str, viewport: Size, axis: str = ""
) -> float:
    """A length attribute in user units; `axis` x, y or (empty) the diagonal decides `%`."""
    x, y = name.startswith(("x", "cx", "rx", "wid")), name.startswith(("y", "cy", "ry", "hei"))
    if axis == "x" or (not axis and x):
        full = viewport[0]
    elif axis == "y" or (not axis and y):
        full = viewport[1]
    else:
        full = math.hypot(*viewport) / math.sqrt(2)
    text = node.get(name, default).strip() or default
    text = default if text == "auto" else text
    return to_length(text, f"{name}= of {describe(node)}", percent_of=full)


def subpaths_of(node: etree._Element, viewport: Size, limit: int) -> list[Subpath]:
    """The geometry of a shape element in its own user space; empty if there is none.

    Raises:
        SVGError: a broken attribute, or more than `limit` path segments.
    """
    tag = local_name(node)
    if tag == "path":
        return parse_path(node.get("d", ""), describe(node), limit)
    if tag == "rect":
        return _rect(node, viewport)
    if tag in ("circle", "ellipse"):
        return _ellipse(node, viewport, tag == "circle")
    if tag == "line":
        v = [length_of(node, name, "0", viewport) for name in ("x1", "y1", "x2", "y2")]
        return [Subpath((v[0], v[1]), [((v[2], v[3]),)])]
    return _poly(node, limit, closed=tag == "polygon")


def _rect(node: etree._Element, viewport: Size) -> list[Subpath]:
    x, y, w, h = (length_of(node, n, "0", viewport) for n in ("x", "y", "width", "height"))
    if w <= 0 or h <= 0:
        return []
    rx = length_of(node, "rx", "-1", viewport)
    ry = length_of(node, "ry", "-1", viewport)
    rx, ry = (ry if rx < 0 else rx), (rx if ry < 0 else ry)
    rx, ry = min(max(rx, 0.0), w / 2), min(max(ry, 0.0), h / 2)
    if rx == 0 or ry == 0:
        corners = [(x + w, y), (x + w, y + h), (x, y + h), (x, y)]
        return [Subpath((x, y), [(corner,) for corner in corners], closed=True)]
    path = Subpath((x + rx, y), closed=True)
    at = path.start
    sides = (
        ((x + w - rx, y), (x + w, y + ry)),
        ((x + w, y + h - ry), (x + w - rx, y + h)),
        ((x + rx, y + h), (x, y + h - ry)),
        ((x, y + ry), (x + rx, y)),
    )
    for before, after in sides:
        if math.dist(at, before) > 1e-9 * max(w, h):
            path.segments.append((before,))
            at = before
        path.segments.extend(arc_to_cubics(at, after, rx, ry, 0.0, False, True))
        at = after
    return [path]


def _ellipse(node: etree._Element, viewport: Size, circle: bool) -> list[Subpath]:
    cx, cy = length_of(node, "cx", "0", viewport), length_of(node, "cy", "0", viewport)
    if circle:
        rx = ry = length_of(node, "r", "0", viewport)
    else:
        rx, ry = length_of(node, "rx", "-1", viewport), length_of(node, "ry", "-1", viewport)
        rx, ry = (ry if rx < 0 else rx), (rx if ry < 0 else ry)
    if rx <= 0 or ry <= 0:
        return []
    at = (cx + rx, cy)
    path = Subpath(at, closed=True)
    for after in ((cx, cy + ry), (cx - rx, cy), (cx, cy - ry), (cx + rx, cy)):
        path.segments.extend(arc_to_cubics(at, after, rx, ry, 0.0, False, True))
        at = after
    return [path]


def _poly(node: etree._Element, limit: int, *, closed: bool) -> list[Subpath]:
    text = node.get("points", "")
    if len(text) > _MAX_CHARACTERS * (limit + 1):
        raise SVGError(f"{describe(node)} has too many points; simplify it.")
    v = to_numbers(text, f"A number in points= of {describe(node)}")
    corners = list(zip(v[0::2], v[1::2]))
    if len(corners) < 2:
        return []
    return [Subpath(corners[0], [(corner,) for corner in corners[1:]], closed=closed)]


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """Points of one element and, by row of these points, its segments.

    Attributes:
        points: control points in user space.
        segments: per segment `(order, (four rows), subpath)`.
        closed: per subpath.
    """

    points: list[Point]
    segments: list[tuple[int, tuple[int, int, int, int], int]]
    closed: list[bool]

    def outline(self, first_row: int) -> Outline:
        """The segments as tensors, rows counted from `first_row`."""
        return Outline(
            indices=torch.tensor([s[1] for s in self.segments]).reshape(-1, 4) + first_row,
            orders=torch.tensor([s[0] for s in self.segments], dtype=torch.int64),
            subpaths=torch.tensor([s[2] for s in self.segments], dtype=torch.int64),
            closed=torch.tensor(self.closed, dtype=torch.bool),
        )


def to_geometry(subpaths: list[Subpath]) -> Geometry:
    """Numbers the points; neighbours share their common point, `Z` the start."""
    points: list[Point] = []
    segments = []
    for number, path in enumerate(subpaths):
        start = len(points)
        points.append(path.start)
        at = start
        for i, new in enumerate(path.segments):
            rows = list(range(len(points), len(points) + len(new)))
            points.extend(new)
            last = i == len(path.segments) - 1
            if last and path.closed and _meets(path):
                points.pop()
                rows[-1] = start
            segments.append((len(new), (at, *rows, *[rows[-1]] * (3 - len(new))), number))
            at = rows[-1]
        if path.closed and at != start:
            segments.append((1, (at, start, start, start), number))
        elif path.closed and not path.segments:
            segments.append((1, (start, start, start, start), number))
    return Geometry(points=points, segments=segments, closed=[path.closed for path in subpaths])


def _meets(path: Subpath) -> bool:
    if len(path.segments) == 1 and len(path.segments[0]) == 1:
        return False
    end = path.segments[-1][-1]
    if end == path.start:
        return True
    corners = [path.start, *(s[-1] for s in path.segments)]
    xs, ys = [p[0] for p in corners], [p[1] for p in corners]
    extent = max(max(xs) - min(xs), max(ys) - min(ys))
    return math.dist(end, path.start) <= _SNAP * extent


Box = tuple[float, float, float, float]


def curve_box(geometry: Geometry, matrix: Matrix) -> Box | None:
    """`(left, top, right, bottom)` of the curves under a matrix, or None without segments."""
    if not geometry.segments:
        return None
    a, b, c, d, e, f = matrix
    moved = [(a * x + c * y + e, b * x + d * y + f) for x, y in geometry.points]
    low, high = [math.inf, math.inf], [-math.inf, -math.inf]
    for order, rows, _ in geometry.segments:
        for axis in (0, 1):
            v = [moved[row][axis] for row in rows[: order + 1]]
            for value in (v[0], v[-1], *_extremes(v)):
                low[axis], high[axis] = min(low[axis], value), max(high[axis], value)
    return (*low, *high)


def _extremes(v: list[float]) -> list[float]:
    """Values of a Bernstein polynomial where its derivative is zero inside (0, 1)."""
    if len(v) == 3 and (curve := v[0] - 2 * v[1] + v[2]) != 0:
        at = [(v[0] - v[1]) / curve]
    elif len(v) == 4:
        a, b, c = v[3] - v[0] + 3 * (v[1] - v[2]), v[0] - 2 * v[1] + v[2], v[1] - v[0]
        at = _roots(a, 2 * b, c)
    else:
        return []
    return [_bernstein(v, t) for t in at if 0 < t < 1]


def _roots(a: float, b: float, c: float) -> list[float]:
    if abs(a) <= 1e-12 * (abs(b) + abs(c)):
        return [-c / b] if b else []
    disc = b * b - 4 * a * c
    if disc < 0:
        return []
    root = math.sqrt(disc)
    return [(-b - root) / (2 * a), (-b + root) / (2 * a)]


def _bernstein(v: list[float], t: float) -> float:
    while len(v) > 1:
        v = [(1 - t) * p + t * q for p, q in pairwise(v)]
    return v[0]


def join_boxes(boxes: list[Box | None]) -> Box | None:
    """The smallest box around all, or None if there is none."""
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    return (
        min(box[0] for box in known),
        min(box[1] for box in known),
        max(box[2] for box in known),
        max(box[3] for box in known),
    )
