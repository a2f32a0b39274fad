"""Clip paths: which shapes cut, in which space."""

from collections.abc import Callable

from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.read import names
from pds.kinds.svg.read.geometry import (
    Box,
    Geometry,
    Size,
    length_of,
    subpaths_of,
    to_geometry,
)
from pds.kinds.svg.read.nodes import describe, local_name, reference
from pds.kinds.svg.read.rows import Rows, to_tensor
from pds.kinds.svg.read.styles import Cascade, Style
from pds.kinds.svg.read.values import Matrix, determinant, multiply, to_matrix, to_url
from pds.kinds.svg.shapes import Clip, ClipShape, Outline

NOTHING = -1  # a clip that leaves nothing
_MAX_CHAIN = 16


class Clips:
    """Resolves `clip-path` references to rows of `Drawing.clips`.

    Args:
        ids: elements by id.
        cascade: of the document.
        rows: where the points go (they never move).
        canvas: `(x, y, width, height)`; a clip that contains all of it is left out.
        spend: called with a number of segments whenever shapes are added.
        note: called with the name of a feature that is not drawn.
    """

    def __init__(
        self,
        ids: dict[str, etree._Element],
        cascade: Cascade,
        rows: Rows,
        canvas: Box,
        spend: Callable[[int], int],
        note: Callable[[str], None],
    ):
        self._ids, self._cascade, self._rows, self._canvas = ids, cascade, rows, canvas
        self._spend, self._note = spend, note
        self.clips: list[Clip] = []
        self._outlines: dict[etree._Element, tuple[Geometry, Outline]] = {}
        self._found: dict[tuple, tuple[int, ...]] = {}
        self._open: list[etree._Element] = []

    def resolve(
        self, value: str, matrix: Matrix, viewport: Size, box: Callable[[], Box | None]
    ) -> tuple[int, ...]:
        """Rows of the clips that a `clip-path` value asks for.

        Args:
            value: of the property.
            matrix: user space of the clipped element to canvas.
            viewport: for lengths in per cent.
            box: gives the clipped element's bounding box in its user space.

        Returns:
            Rows to multiply, empty for no clip, `(NOTHING,)` if nothing is left.

        Raises:
            SVGError: a clip path that cuts itself, or broken numbers in it.
        """
        url = to_url(value)
        node = self._ids.get(url[0]) if url else None
        if node is None or local_name(node) != "clipPath":
            if url is None and value != "none":
                self._note("clip-path shapes other than url(#id)")
            return ()
        if node in self._open or len(self._open) >= _MAX_CHAIN:
            raise SVGError(f"The clip path {describe(node)} cuts itself; remove its clip-path.")
        fraction = node.get("clipPathUnits") == "objectBoundingBox"
        size = box() if fraction else None
        if fraction and size is None:
            return (NOTHING,)
        key = (node, matrix, viewport, size)
        if key not in self._found:
            self._open.append(node)
            self._found[key] = self._build(node, matrix, viewport, size, box)
            self._open.pop()
        return self._found[key]

    def rectangle(self, box: tuple[float, float, float, float], matrix: Matrix) -> tuple[int, ...]:
        """Rows of a clip to the rectangle `(x, y, width, height)` of a nested viewport."""
        x, y, w, h = box
        if _covers([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], matrix, self._canvas):
            return ()
        node = etree.Element("rect", x=str(x), y=str(y), width=str(w), height=str(h))
        geometry = to_geometry(subpaths_of(node, (w, h), self._spend(4)))
        outline = self._rows.fixed_outline(geometry)
        shape = ClipShape(outline=outline, matrix=to_tensor(matrix))
        return (self._add(Clip(shapes=(shape,))),)

    def _add(self, clip: Clip) -> int:
        self.clips.append(clip)
        return len(self.clips) - 1

    def _build(
        self,
        node: etree._Element,
        matrix: Matrix,
        viewport: Size,
        size: Box | None,
        box: Callable[[], Box | None],
    ) -> tuple[int, ...]:
        own = self._cascade.declared(node)
        further = self.resolve(own.get("clip-path", "none"), matrix, viewport, box)
        inner = multiply(matrix, self._transform(node))
        if size is not None:
            left, top, right, bottom = size
            inner = multiply(inner, (right - left, 0.0, 0.0, bottom - top, left, top))
        style = Style(chain=())
        for ancestor in (*reversed(list(node.iterancestors())), node):
            style = style.child(ancestor, self._cascade.declared(ancestor))
        shapes, covering = [], False
        for child in node.iterchildren(etree.Element):
            self._spend(1)  # even those without segments take time
            found = self._child(child, style, inner, viewport)
            if found is not None:
                shape, corners = found
                covering |= bool(corners) and _covers(corners, shape[1], self._canvas)
                shapes.append(ClipShape(**shape[0]))
        if not shapes or NOTHING in further:
            return (NOTHING,)
        return further if covering else (self._add(Clip(shapes=tuple(shapes), clips=further)),)

    def _transform(self, node: etree._Element) -> Matrix:
        value = self._cascade.declared(node).get("transform", "")
        return to_matrix(value, f"transform= of {describe(node)}")

    def _child(
        self, child: etree._Element, style: Style, matrix: Matrix, viewport: Size
    ) -> tuple[tuple[dict, Matrix], list] | None:
        """A shape of a clip path: arguments of ClipShape, its matrix, and a rect's corners."""
        own = self._cascade.declared(child)
        style = style.child(child, own)
        if style.get("display", "inline") == "none":
            return None
        if own.get("clip-path", "none") != "none":
            self._note("clip-path on a shape of a clip path")
        matrix = multiply(matrix, self._transform(child))
        chain = [child]
        while local_name(child) == "use":
            target = self._ids.get(reference(child) or "")
            if target is None or target in chain or len(chain) > _MAX_CHAIN:
                return None
            x, y = (length_of(child, name, "0", viewport) for name in ("x", "y"))
            matrix = multiply(matrix, (1.0, 0.0, 0.0, 1.0, x, y))
            matrix = multiply(matrix, self._transform(target))
            chain.append(target)
            child = target
            style = style.child(child, self._cascade.declared(child))
        if len(chain) > 1:
            self._rows.clip_uses.append(tuple(self._rows.position(node) for node in chain))
        if local_name(child) == "text":
            self._note("text")
        if local_name(child) not in names.SHAPES or style.get("visibility", "visible") != "visible":
            return None
        return self._shape(child, style, matrix, viewport)

    def _shape(
        self, node: etree._Element, style: Style, matrix: Matrix, viewport: Size
    ) -> tuple[tuple[dict, Matrix], list] | None:
        if node not in self._outlines:
            geometry = to_geometry(subpaths_of(node, viewport, self._spend(0)))
            self._outlines[node] = (geometry, self._rows.fixed_outline(geometry))
        geometry, outline = self._outlines[node]
        if not geometry.segments or determinant(matrix) == 0:
            return None
        self._spend(len(geometry.segments))
        rule = "evenodd" if style.get("clip-rule", "nonzero") == "evenodd" else "nonzero"
        arguments = {"outline": outline, "matrix": to_tensor(matrix), "fill_rule": rule}
        corners = geometry.points if _is_rectangle(geometry) else []
        return (arguments, matrix), corners


def _is_rectangle(geometry: Geometry) -> bool:
    """Whether the outline is one closed, axis-parallel rectangle."""
    if len(geometry.segments) != 4 or any(order != 1 for order, _, _ in geometry.segments):
        return False
    if len(geometry.points) != 4:
        return False
    xs, ys = {p[0] for p in geometry.points}, {p[1] for p in geometry.points}
    return len(xs) == 2 and len(ys) == 2


def _covers(corners: list[tuple[float, float]], m: Matrix, canvas: Box) -> bool:
    """Whether a rectangle under a matrix contains the canvas, the matrix keeping axes."""
    if not (m[1] == m[2] == 0 or m[0] == m[3] == 0):
        return False
    xs = [m[0] * x + m[2] * y + m[4] for x, y in corners]
    ys = [m[1] * x + m[3] * y + m[5] for x, y in corners]
    x, y, w, h = canvas
    slack = 1e-6 * max(w, h)
    return (
        min(xs) <= x + slack
        and max(xs) >= x + w - slack
        and min(ys) <= y + slack
        and max(ys) >= y + h - slack
    )
