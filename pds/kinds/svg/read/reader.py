"""A safe element tree to a `Drawing` with its `Parameters`."""

from collections import Counter
from dataclasses import dataclass, replace

from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.read import names
from pds.kinds.svg.read.budget import Budget, count_uses
from pds.kinds.svg.read.canvas import (
    MAX_ASPECT,
    Canvas,
    boundless_canvas,
    find_canvas,
    has_size,
    nested_viewport,
)
from pds.kinds.svg.read.clips import NOTHING, Clips
from pds.kinds.svg.read.geometry import (
    Box,
    Geometry,
    Size,
    curve_box,
    join_boxes,
    length_of,
    subpaths_of,
    to_geometry,
)
from pds.kinds.svg.read.gradients import Gradients
from pds.kinds.svg.read.nodes import describe, local_name, reference
from pds.kinds.svg.read.notes import UNDRAWN_PROPERTIES, UNDRAWN_TAGS, sentences
from pds.kinds.svg.read.painting import Painter
from pds.kinds.svg.read.rows import Rows, Sources, to_tensor, to_tuple
from pds.kinds.svg.read.styles import Cascade, Style
from pds.kinds.svg.read.values import (
    IDENTITY,
    Matrix,
    determinant,
    inverse,
    multiply,
    to_fraction,
    to_matrix,
)
from pds.kinds.svg.shapes import Drawing, Group, Layer, Parameters, flatten

Items = list[Layer | Group]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a tree says.

    Attributes:
        drawing: its structure.
        parameters: its numbers, float64.
        sources: the way back.
        warnings: what is in the file and not drawn, a sentence each.
    """

    drawing: Drawing
    parameters: Parameters
    sources: Sources
    warnings: tuple[str, ...]


def read_tree(root: etree._Element) -> Reading:
    """Reads a tree that passed the gate.

    Raises:
        SVGError: broken numbers, references that never end, too much to draw, or nothing.
    """
    sized = "" if has_size(root) else _give_size(root)
    reader = _Reader(root, find_canvas(root))
    items = reader.read()
    canvas = reader.canvas
    drawing = Drawing(
        view_box=canvas.view_box,
        items=tuple(items),
        clips=tuple(reader.clips.clips),
        elements=tuple(reader.rows.elements),
        **reader.rows.belongs(),
    )
    return Reading(
        drawing=drawing,
        parameters=reader.rows.parameters(),
        sources=reader.rows.sources(drawing.side),
        warnings=(*((sized,) if sized else ()), *sentences(reader.notes, reader.cascade)),
    )


def _give_size(root: etree._Element) -> str:
    """Gives an `<svg>` without a size the viewBox of what is drawn, and says so."""
    left, top, right, bottom = _Reader(root, boundless_canvas()).painted_box()
    least = max(right - left, bottom - top, 1e-3) / MAX_ASPECT * 2  # a line is given some room
    box = []
    for low, high in ((left, right), (top, bottom)):
        side = max(high - low, least)
        box.append(((low + high - side) / 2, side))
    (x, width), (y, height) = box
    root.set("viewBox", f"{x:.9g} {y:.9g} {width:.9g} {height:.9g}")
    return f"Set: the file says no size, so a viewBox around its drawing ({root.get('viewBox')})."


class _Reader:
    """One walk over one tree."""

    def __init__(self, root: etree._Element, canvas: Canvas):
        self._root = root
        self.notes: Counter[str] = Counter()
        self.cascade = Cascade(root)
        self.rows = Rows(root)
        self.canvas = canvas
        self._ids: dict[str, etree._Element] = {}
        for node in root.iter(etree.Element):
            if node.get("id"):
                self._ids.setdefault(node.get("id"), node)
        self._budget = Budget(self.canvas.view_box)
        self._drawn = count_uses(root, self._target, self._budget)
        self._geometries: dict[etree._Element, tuple[Geometry, Box | None]] = {}
        self._by_outline: dict[int, Geometry] = {}
        self._gradients = Gradients(self._ids, self.cascade, self.rows)
        self._painter = Painter(self._ids, self._gradients, self.rows, self._note)
        self.clips = Clips(
            self._ids, self.cascade, self.rows, self.canvas.view_box, self._budget.spend, self._note
        )

    def read(self) -> Items:
        """What is painted, in order.

        Raises:
            SVGError: among others, if it is nothing.
        """
        items = self._items()
        if not items:
            raise SVGError(
                "The drawing has no filled or stroked shape that this program can draw; choose one "
                "made of shapes, or convert its text and pictures to paths."
            )
        return items

    def painted_box(self) -> Box:
        """What is painted, `(left, top, right, bottom)` in canvas units, strokes included."""
        boxes = []
        for layer in flatten(self.read()):
            matrix = to_tuple(layer.matrix)
            left, top, right, bottom = curve_box(self._by_outline[id(layer.outline)], matrix)
            width = self.rows.width_of(layer.stroke.width) if layer.stroke else 0.0
            grow = width / 2 * max(abs(v) for v in matrix[:4])
            boxes.append((left - grow, top - grow, right + grow, bottom + grow))
        return join_boxes(boxes)

    def _items(self) -> Items:
        style = Style(chain=()).child(self._root, self.cascade.declared(self._root))
        if style.get("display", "inline") == "none":
            return []
        items = self._children(self._root, style, self.canvas.matrix, self.canvas.viewport)
        return self._effects(style, self.canvas.matrix, self.canvas.viewport, items)

    def _note(self, feature: str) -> None:
        self.notes[feature] += 1

    def _target(self, node: etree._Element) -> etree._Element | None:
        return self._ids.get(reference(node) or "")

    def _children(
        self, node: etree._Element, style: Style, matrix: Matrix, viewport: Size
    ) -> Items:
        items: Items = []
        for child in node.iterchildren(etree.Element):
            found = self._node(child, style, matrix, viewport)
            items.extend(found)
            if local_name(node) == "switch" and found:
                break
        return items

    def _node(self, node: etree._Element, parent: Style, matrix: Matrix, viewport: Size) -> Items:
        tag = local_name(node)
        if tag in UNDRAWN_TAGS:
            self._note(UNDRAWN_TAGS[tag])
        drawable = tag in names.SHAPES or tag in ("g", "a", "switch", "use", "svg")
        if not drawable or etree.QName(node).namespace != names.SVG:
            return []
        style = parent.child(node, self.cascade.declared(node))
        if style.get("display", "inline") == "none" or self._opacity(style) == 0:
            return []
        own = to_matrix(style.get("transform", ""), f"transform= of {describe(node)}")
        matrix = self._budget.check_matrix(multiply(matrix, own))
        if determinant(matrix) == 0:
            return []
        self._note_properties(style)
        if tag in names.SHAPES:
            items = self._shape(style, matrix, viewport)
        elif tag == "use":
            items = self._use(style, matrix, viewport)
        elif tag == "svg":
            items = self._viewport(node, None, style, matrix, viewport)
        else:
            items = self._children(node, style, matrix, viewport)
        return self._effects(style, matrix, viewport, items)

    def _note_properties(self, style: Style) -> None:
        for name, (harmless, feature) in UNDRAWN_PROPERTIES.items():
            if style.own.get(name, "none") not in harmless:
                self._note(feature)

    @staticmethod
    def _opacity(style: Style) -> float:
        node = style.chain[-1]
        return to_fraction(style.get("opacity", "1"), f"opacity of {describe(node)}")

    def _effects(self, style: Style, matrix: Matrix, viewport: Size, items: Items) -> Items:
        """Lays opacity and clip path of an element over its items."""
        opacity, clip = self._opacity(style), style.get("clip-path", "none")
        if not items or opacity == 0:
            return []
        clips = self.clips.resolve(clip, matrix, viewport, lambda: self._box(items, matrix))
        if NOTHING in clips:
            return []
        opacities: tuple[int, ...] = ()
        if opacity < 1:
            element = self.rows.element(style.chain)
            opacities = (self.rows.opacity(style.chain[-1], "opacity", opacity, element),)
        return self._wrap(items, opacities, clips)

    @staticmethod
    def _wrap(items: Items, opacities: tuple[int, ...], clips: tuple[int, ...]) -> Items:
        if not opacities and not clips:
            return items
        if len(items) > 1:
            return [Group(children=tuple(items), opacities=opacities, clips=clips)]
        item = items[0]
        return [replace(item, opacities=item.opacities + opacities, clips=item.clips + clips)]

    def _box(self, items: Items, matrix: Matrix) -> Box | None:
        """Bounding box of items in the user space that `matrix` maps to the canvas."""
        self._budget.parsed(len(items))
        back, boxes = inverse(matrix), []
        for item in items if back else []:
            if isinstance(item, Group):
                boxes.append(self._box(list(item.children), matrix))
            else:
                geometry = self._by_outline[id(item.outline)]
                boxes.append(curve_box(geometry, multiply(back, to_tuple(item.matrix))))
        return join_boxes(boxes)

    def _use(self, style: Style, matrix: Matrix, viewport: Size) -> Items:
        node = style.chain[-1]
        target = self._target(node)
        if target is None:
            self._note("a <use> that points nowhere")
            return []
        x, y = (length_of(node, name, "0", viewport) for name in ("x", "y"))
        matrix = multiply(matrix, (1.0, 0.0, 0.0, 1.0, x, y))
        if local_name(target) not in ("symbol", "svg"):
            return self._node(target, style, matrix, viewport)
        inner = style.child(target, self.cascade.declared(target))
        if inner.get("display", "inline") == "none" or self._opacity(inner) == 0:
            return []
        own = to_matrix(inner.get("transform", ""), f"transform= of {describe(target)}")
        matrix = self._budget.check_matrix(multiply(matrix, own))
        items = self._viewport(target, node, inner, matrix, viewport)
        return self._effects(inner, matrix, viewport, items)

    def _viewport(
        self,
        node: etree._Element,
        use: etree._Element | None,
        style: Style,
        matrix: Matrix,
        viewport: Size,
    ) -> Items:
        """Children of a nested `<svg>`, or of a `<symbol>` or `<svg>` that is used."""
        found = nested_viewport(node, use, viewport, style.get("overflow", "hidden"))
        if found is None:
            return []
        inner = self._budget.check_matrix(multiply(matrix, found.matrix))
        items = self._children(node, style, inner, found.viewport)
        if not items or found.clip is None:
            return items
        return self._wrap(items, (), self.clips.rectangle(found.clip, matrix))

    def _shape(self, style: Style, matrix: Matrix, viewport: Size) -> Items:
        node = style.chain[-1]
        if style.get("visibility", "visible") != "visible":
            return []
        if node not in self._geometries:
            limit = self._budget.spend(0)
            geometry = to_geometry(subpaths_of(node, viewport, limit))
            self._budget.parsed(len(geometry.segments))
            self._geometries[node] = geometry, curve_box(geometry, IDENTITY)
        geometry, box = self._geometries[node]
        if box is None:
            return []
        element = self.rows.element(style.chain)
        once = self._drawn[node] <= 1
        paints = self._painter.paints(style, box, viewport, element, once)
        if not paints:
            return []
        self._budget.check_points(geometry, matrix)
        self._budget.spend(len(geometry.segments) * len(paints))
        outline = self.rows.outline(node, geometry, element, matrix)
        self._by_outline[id(outline)] = geometry
        tensor = to_tensor(matrix)
        return [Layer(element=element, outline=outline, matrix=tensor, **paint) for paint in paints]
