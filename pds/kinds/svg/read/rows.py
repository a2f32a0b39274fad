"""Collects the numbers of a drawing row by row while it is read, and who owns each."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from lxml import etree
from torch import Tensor

from pds.kinds.svg.read.colours import Color
from pds.kinds.svg.read.geometry import Geometry
from pds.kinds.svg.read.nodes import local_name
from pds.kinds.svg.read.values import Matrix, inverse
from pds.kinds.svg.shapes import Element, Outline, Parameters


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Where a changed number is written.

    Attributes:
        node: position of the element in document order.
        name: property that is set there.
        alpha: for colours, the row of opacities that is the colour's own alpha, or -1; for such
            an alpha the row of its colour.
    """

    node: int
    name: str
    alpha: int = -1


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The way back from rows to the file.

    Attributes:
        colors, opacities, widths: owner of each row.
        stops: position of the `<stop>` of each row of stops.
        outlines: drawn geometry by position of its element.
        grids: step to which the points of that element may be rounded, a power of ten.
        ancestors: per row of `Drawing.elements`, positions of the element itself and of all it is
            drawn inside of, `<use>` included.
        clip_uses: positions of a `<use>` in a clip path, of what it refers to, and so on to the
            shape.
    """

    colors: tuple[Owner, ...]
    opacities: tuple[Owner, ...]
    widths: tuple[Owner, ...]
    stops: tuple[int, ...]
    outlines: dict[int, Outline]
    grids: dict[int, float]
    ancestors: tuple[frozenset[int], ...]
    clip_uses: tuple[tuple[int, ...], ...]


def to_tensor(matrix: Matrix) -> Float[Tensor, "2 3"]:
    """A matrix tuple as rows `[[a, c, e], [b, d, f]]`."""
    a, b, c, d, e, f = matrix
    return torch.tensor([[a, c, e], [b, d, f]], dtype=torch.float64)


def to_tuple(matrix: Float[Tensor, "2 3"]) -> Matrix:
    """The inverse of :func:`to_tensor`."""
    (a, c, e), (b, d, f) = matrix.tolist()
    return (a, b, c, d, e, f)


class Rows:
    """Growing lists behind `Parameters`, `Sources` and the `*_element` fields of `Drawing`."""

    def __init__(self, root: etree._Element):
        self._position = {node: i for i, node in enumerate(root.iter(etree.Element))}
        self._rows: dict[tuple, int] = {}
        self.points: list[tuple[float, float]] = []
        self.frames: list[tuple[float, float, float, float]] = []
        self.point_element: list[int] = []
        self.elements: list[Element] = []
        self._ancestors: list[set[int]] = []
        self._colors: list[tuple[tuple[float, float, float], Owner, int]] = []
        self._opacities: list[tuple[float, Owner, int]] = []
        self._widths: list[tuple[float, Owner, int]] = []
        self._stops: list[tuple[Color, float, int]] = []
        self._stop_element: list[int] = []
        self._outlines: dict[int, Outline] = {}
        self._scales: dict[int, float] = {}
        self.clip_uses: list[tuple[int, ...]] = []

    def position(self, node: etree._Element) -> int:
        """Of an element in document order."""
        return self._position[node]

    def element(self, chain: tuple[etree._Element, ...]) -> int:
        """The row of the last element of a chain of ancestors."""
        node = chain[-1]
        key = ("element", node)
        if key not in self._rows:
            self._rows[key] = len(self.elements)
            order = self._position[node]
            self.elements.append(Element(id=node.get("id", ""), tag=local_name(node), order=order))
            self._ancestors.append(set())
        row = self._rows[key]
        self._ancestors[row].update(self._position[n] for n in chain)
        return row

    def outline(
        self, node: etree._Element, geometry: Geometry, element: int, matrix: Matrix
    ) -> Outline:
        """The drawn outline of an element, with points that move."""
        order = self._position[node]
        scale = max(abs(v) for v in matrix[:4])
        self._scales[order] = max(scale, self._scales.get(order, 0.0))
        if order not in self._outlines:
            self._outlines[order] = self._add(geometry, element, inverse(matrix))
        return self._outlines[order]

    def fixed_outline(self, geometry: Geometry) -> Outline:
        """An outline whose points never move."""
        return self._add(geometry, -1, None)

    def _add(self, geometry: Geometry, element: int, back: Matrix | None) -> Outline:
        outline = geometry.outline(len(self.points))
        frame = (back[0], back[2], back[1], back[3]) if back else (0.0, 0.0, 0.0, 0.0)
        self.points.extend(geometry.points)
        self.frames.extend([frame] * len(geometry.points))
        self.point_element.extend([element] * len(geometry.points))
        return outline

    def color(
        self, site: etree._Element, name: str, color: Color, element: int
    ) -> tuple[int, tuple[int, ...]]:
        """Rows of a colour and, if it is translucent itself, of its alpha."""
        key = ("color", site, name)
        if key not in self._rows:
            self._rows[key] = row = len(self._colors)
            alpha = len(self._opacities) if color.alpha < 1 else -1
            owner = Owner(node=self._position[site], name=name, alpha=alpha)
            self._colors.append((color.rgb, owner, element))
            if alpha >= 0:
                own = Owner(node=self._position[site], name="alpha", alpha=row)
                self._opacities.append((color.alpha, own, element))
        row = self._rows[key]
        alpha = self._colors[row][1].alpha
        return row, (alpha,) if alpha >= 0 else ()

    def opacity(self, site: etree._Element, name: str, value: float, element: int) -> int:
        """The row of `opacity`, `fill-opacity` or `stroke-opacity`."""
        return self._one(self._opacities, site, name, value, element)

    def width(self, site: etree._Element, value: float, element: int) -> int:
        """The row of a stroke width."""
        return self._one(self._widths, site, "stroke-width", value, element)

    def width_of(self, row: int) -> float:
        """The stroke width in a row, in local units."""
        return self._widths[row][0]

    def _one(self, rows: list, site: etree._Element, name: str, value: float, element: int) -> int:
        key = (name, site)
        if key not in self._rows:
            self._rows[key] = len(rows)
            rows.append((value, Owner(node=self._position[site], name=name), element))
        return self._rows[key]

    def stop(self, node: etree._Element, color: Color, offset: float, element: int) -> int:
        """The row of a gradient stop; the colour's alpha is the stop's whole opacity."""
        key = ("stop", node)
        if key not in self._rows:
            self._rows[key] = len(self._stops)
            self._stops.append((color, offset, self._position[node]))
            self._stop_element.append(element)
        return self._rows[key]

    def parameters(self) -> Parameters:
        """All numbers, float64 on the CPU."""

        def table(values: list, width: int) -> Tensor:
            return torch.tensor(values, dtype=torch.float64).reshape(-1, width)

        return Parameters(
            points=table(self.points, 2),
            colors=table([c[0] for c in self._colors], 3),
            opacities=table([o[0] for o in self._opacities], 1).flatten(),
            widths=table([w[0] for w in self._widths], 1).flatten(),
            stop_colors=table([s[0].rgb for s in self._stops], 3),
            stop_opacities=table([s[0].alpha for s in self._stops], 1).flatten(),
            stop_offsets=table([s[1] for s in self._stops], 1).flatten(),
        )

    def belongs(self) -> dict[str, Tensor]:
        """The fields of `Drawing` that say which element a row belongs to, and the frames."""
        columns = {
            "point_element": self.point_element,
            "color_element": [c[2] for c in self._colors],
            "opacity_element": [o[2] for o in self._opacities],
            "width_element": [w[2] for w in self._widths],
            "stop_element": self._stop_element,
        }
        found = {name: torch.tensor(v, dtype=torch.int64) for name, v in columns.items()}
        frames = torch.tensor(self.frames, dtype=torch.float64).reshape(-1, 2, 2)
        return found | {"point_frame": frames}

    def sources(self, side: float) -> Sources:
        """The way back; `side` is that of the canvas."""
        return Sources(
            colors=tuple(c[1] for c in self._colors),
            opacities=tuple(o[1] for o in self._opacities),
            widths=tuple(w[1] for w in self._widths),
            stops=tuple(s[2] for s in self._stops),
            outlines=dict(self._outlines),
            grids={n: _grid(side / scale) for n, scale in self._scales.items()},
            ancestors=tuple(frozenset(a) for a in self._ancestors),
            clip_uses=tuple(dict.fromkeys(self.clip_uses)),
        )


def _grid(local_side: float) -> float:
    """The largest power of ten not above 5e-5 of the side."""
    step = 1.0
    while step > 5e-5 * local_side and step > 1e-9:
        step /= 10
    while step * 10 <= 5e-5 * local_side:
        step *= 10
    return step
