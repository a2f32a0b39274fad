"""Paint servers: linear and radial gradients with their href chains."""

import math

from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.read.colours import Color, to_color
from pds.kinds.svg.read.geometry import Size
from pds.kinds.svg.read.nodes import describe, local_name, reference
from pds.kinds.svg.read.rows import Rows, to_tensor
from pds.kinds.svg.read.styles import Cascade
from pds.kinds.svg.read.values import to_fraction, to_length, to_matrix
from pds.kinds.svg.shapes import Gradient

_LINEAR = {"x1": "0%", "y1": "0%", "x2": "100%", "y2": "0%"}
_RADIAL = {"cx": "50%", "cy": "50%", "r": "50%", "fr": "0%"}
_MAX_CHAIN = 32


class Gradients:
    """Resolves gradient ids once each.

    Args:
        ids: elements by id.
        cascade: of the document.
        rows: where stops get their rows.
    """

    def __init__(self, ids: dict[str, etree._Element], cascade: Cascade, rows: Rows):
        self._ids, self._cascade, self._rows = ids, cascade, rows
        self._found: dict[tuple[str, Size], Gradient | None] = {}

    def resolve(self, id_: str, viewport: Size, element: int) -> Gradient | None:
        """The gradient of an id; None if it paints nothing.

        Args:
            id_: of a linearGradient or radialGradient element.
            viewport: for coordinates in per cent.
            element: row of the element that is painted.

        Raises:
            SVGError: a broken number, or a chain of references that never ends.
        """
        key = (id_, viewport)
        if key not in self._found:
            self._found[key] = self._resolve(self._chain(self._ids[id_]), viewport, element)
        return self._found[key]

    def _chain(self, node: etree._Element) -> list[etree._Element]:
        chain = [node]
        while (target := self._ids.get(reference(chain[-1]) or "")) is not None:
            if target in chain or len(chain) >= _MAX_CHAIN:
                raise SVGError(
                    f"The gradient {describe(node)} refers to itself; remove its href attribute."
                )
            if not local_name(target).endswith("Gradient"):
                break
            chain.append(target)
        return chain

    def _resolve(
        self, chain: list[etree._Element], viewport: Size, element: int
    ) -> Gradient | None:
        stops = self._stops(chain, element)
        if not stops:
            return None
        kind = "linear" if local_name(chain[0]) == "linearGradient" else "radial"
        units = self._first(chain, "gradientUnits", "objectBoundingBox")
        units = units if units == "userSpaceOnUse" else "objectBoundingBox"
        size = viewport if units == "userSpaceOnUse" else (1.0, 1.0)
        same = [node for node in chain if local_name(node) == local_name(chain[0])]
        coordinates = self._linear(same, size) if kind == "linear" else self._radial(same, size)
        flat = coordinates[:2] == coordinates[2:4] if kind == "linear" else coordinates[2] <= 0
        matrix = to_matrix(
            self._first(chain, "gradientTransform", ""),
            f"gradientTransform= of {describe(chain[0])}",
        )
        if matrix[0] * matrix[3] == matrix[1] * matrix[2]:
            flat, matrix = True, to_matrix("", "")
        if flat:  # the specification asks for the last stop's colour all over
            stops, coordinates = stops[-1:], (0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
            coordinates = coordinates[:4] if kind == "linear" else (0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
        spread = self._first(chain, "spreadMethod", "pad")
        return Gradient(
            kind=kind,
            coordinates=coordinates,
            matrix=to_tensor(matrix),
            units=units,
            spread=spread if spread in ("reflect", "repeat") else "pad",
            stops=stops,
        )

    @staticmethod
    def _first(chain: list[etree._Element], name: str, default: str) -> str:
        for node in chain:
            if node.get(name) is not None:
                return node.get(name).strip()
        return default

    def _number(self, chain: list[etree._Element], name: str, default: str, size: Size) -> float:
        axis = {"x": 0, "y": 1}.get(name.strip("12cf")[:1])
        full = size[axis] if axis is not None else math.hypot(*size) / math.sqrt(2)
        what = f"{name}= of {describe(chain[0])}"
        return to_length(self._first(chain, name, default), what, percent_of=full)

    def _linear(self, chain: list[etree._Element], size: Size) -> tuple[float, ...]:
        return tuple(self._number(chain, name, default, size) for name, default in _LINEAR.items())

    def _radial(self, chain: list[etree._Element], size: Size) -> tuple[float, ...]:
        cx, cy, r, fr = (self._number(chain, n, default, size) for n, default in _RADIAL.items())
        fx = cx if self._first(chain, "fx", "") == "" else self._number(chain, "fx", "0", size)
        fy = cy if self._first(chain, "fy", "") == "" else self._number(chain, "fy", "0", size)
        return (cx, cy, r, fx, fy, max(0.0, fr))

    def _stops(self, chain: list[etree._Element], element: int) -> tuple[int, ...]:
        for node in chain:
            stops = [child for child in node if local_name(child) == "stop"]
            if stops:
                return tuple(self._stop(stop, element) for stop in stops)
        return ()

    def _stop(self, node: etree._Element, element: int) -> int:
        own = self._cascade.declared(node)
        value = own.get("stop-color", "black")
        if value.lower() == "currentcolor":
            value = self._current_color(node)
        color = to_color(value) or Color(rgb=(0.0, 0.0, 0.0))
        what = f"of {describe(node)}"
        opacity = to_fraction(own.get("stop-opacity", "1"), f"stop-opacity {what}")
        offset = to_fraction(node.get("offset", "0").strip() or "0", f"offset= {what}")
        whole = Color(rgb=color.rgb, alpha=color.alpha * opacity)
        return self._rows.stop(node, whole, offset, element)

    def _current_color(self, node: etree._Element) -> str:
        for ancestor in (node, *node.iterancestors()):
            if "color" in (own := self._cascade.declared(ancestor)):
                return own["color"]
        return "black"
