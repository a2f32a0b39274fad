"""What a shape is painted with: fill and stroke of one element instance."""

from collections.abc import Callable
from typing import Any

from lxml import etree

from pds.kinds.svg.read.colours import to_color
from pds.kinds.svg.read.geometry import Box, Size
from pds.kinds.svg.read.gradients import Gradients
from pds.kinds.svg.read.nodes import describe, local_name
from pds.kinds.svg.read.rows import Rows
from pds.kinds.svg.read.styles import Style
from pds.kinds.svg.read.values import to_fraction, to_length, to_number, to_url
from pds.kinds.svg.shapes import Gradient, Paint, Solid, Stroke

_CAPS = ("butt", "round", "square")
_JOINS = ("miter", "round", "bevel")


class Painter:
    """Turns properties into paints and gives their numbers rows.

    Args:
        ids: elements by id.
        gradients: of the document.
        rows: where the numbers go.
        note: called with the name of a feature that is not drawn.
    """

    def __init__(
        self,
        ids: dict[str, etree._Element],
        gradients: Gradients,
        rows: Rows,
        note: Callable[[str], None],
    ):
        self._ids, self._gradients, self._rows, self._note = ids, gradients, rows, note

    def paints(
        self, style: Style, box: Box, viewport: Size, element: int, once: bool
    ) -> list[dict[str, Any]]:
        """Fields of the `Layer`s of a shape, in painting order.

        Args:
            style: of the instance.
            box: of the outline in local units.
            viewport: for lengths in per cent.
            element: row of the element.
            once: whether the element is drawn only once.

        Raises:
            SVGError: an opacity, width or limit that is no number.
        """
        fill = stroke = None
        if local_name(style.chain[-1]) != "line":
            fill = self._paint("fill", "black", style, box, viewport, element, once)
        width = self._width(style, viewport)
        if width > 0:
            stroke = self._paint("stroke", "none", style, box, viewport, element, once)
        layers = []
        if fill is not None:
            even = style.get("fill-rule", "nonzero") == "evenodd"
            layers.append({**fill, "fill_rule": "evenodd" if even else "nonzero"})
        if stroke is not None:
            row = self._rows.width(style.site("stroke-width", once), width, element)
            layers.append({**stroke, "stroke": self._stroke(style, row)})
        order = style.get("paint-order", "normal").split()
        first = next((word for word in order if word in ("fill", "stroke")), "fill")
        return layers[::-1] if first == "stroke" else layers

    def _width(self, style: Style, viewport: Size) -> float:
        diagonal = ((viewport[0] ** 2 + viewport[1] ** 2) / 2) ** 0.5
        what = f"stroke-width of {describe(style.chain[-1])}"
        return to_length(style.get("stroke-width", "1"), what, percent_of=diagonal)

    def _stroke(self, style: Style, row: int) -> Stroke:
        cap, join = style.get("stroke-linecap", "butt"), style.get("stroke-linejoin", "miter")
        what = f"stroke-miterlimit of {describe(style.chain[-1])}"
        limit = to_number(style.get("stroke-miterlimit", "4"), what)
        return Stroke(
            width=row,
            cap=cap if cap in _CAPS else "butt",
            join=join if join in _JOINS else "miter",
            miter_limit=limit if limit >= 1 else 4.0,
        )

    def _paint(
        self,
        name: str,
        default: str,
        style: Style,
        box: Box,
        viewport: Size,
        element: int,
        once: bool,
    ) -> dict[str, Any] | None:
        """`paint` and `opacities` of a fill or stroke, or None if nothing is painted."""
        what = f"{name}-opacity of {describe(style.chain[-1])}"
        opacity = to_fraction(style.get(f"{name}-opacity", "1"), what)
        if opacity == 0:
            return None
        value = style.get(name, default)
        url = to_url(value)
        paint: Paint | None = None
        own: tuple[int, ...] = ()
        if url and (server := self._ids.get(url[0])) is not None:
            if local_name(server).endswith("Gradient"):
                paint = self._gradient(url[0], box, viewport, element)
                value = "none"
            else:
                self._note("patterns" if local_name(server) == "pattern" else "unknown paints")
        if paint is None:
            value = (url[1] or "none") if url and value != "none" else value
            found = self._solid(name, value, style, element, once)
            if found is None:
                return None
            paint, own = found
        site = style.site(f"{name}-opacity", once)
        row = self._rows.opacity(site, f"{name}-opacity", opacity, element)
        return {"paint": paint, "opacities": (*own, row)}

    def _gradient(self, id_: str, box: Box, viewport: Size, element: int) -> Gradient | None:
        gradient = self._gradients.resolve(id_, viewport, element)
        flat = box[0] == box[2] or box[1] == box[3]
        if gradient and flat and gradient.units == "objectBoundingBox":
            return None
        return gradient

    def _solid(
        self, name: str, value: str, style: Style, element: int, once: bool
    ) -> tuple[Solid, tuple[int, ...]] | None:
        site = style.site(name, once)
        if value.lower() == "currentcolor":
            value = style.get("color", "black")
            if site is style.chain[-1]:
                site = style.site("color", once)
                name = name if site is style.chain[-1] else "color"
        color = to_color(value)
        if color is None or color.alpha == 0:
            return None
        row, own = self._rows.color(site, name, color, element)
        return Solid(color=row), own
