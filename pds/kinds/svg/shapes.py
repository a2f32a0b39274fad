"""The tensors of a drawing: what the reader produces, the rasteriser draws and the edit moves.

A :class:`Drawing` is the fixed structure (which points make which outline, what is painted with
what, in which order); :class:`Parameters` are the numbers that may change. The structure refers to
the numbers by row, so that one number used twice (an outline that is filled *and* stroked, a
`<use>`d shape, a shared gradient) is one parameter.

Coordinates: *local* = the element's own user space, as written in the file; *canvas* = the user
space of the outermost `<svg>`, i.e. the coordinates of its viewBox. Every :class:`Layer` carries
the matrix from local to canvas.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The numbers of a drawing. All tensors share dtype and device.

    Attributes:
        points: control points in local units.
        colors: sRGB of solid paints, in [0, 1].
        opacities: factors in [0, 1]: `opacity`, `fill-opacity`, `stroke-opacity`.
        widths: stroke widths in local units, >= 0.
        stop_colors: sRGB of gradient stops, in [0, 1].
        stop_opacities: opacity of gradient stops, in [0, 1].
        stop_offsets: position of gradient stops, in [0, 1], as written.
    """

    points: Float[Tensor, "points 2"]
    colors: Float[Tensor, "colors 3"]
    opacities: Float[Tensor, " opacities"]
    widths: Float[Tensor, " widths"]
    stop_colors: Float[Tensor, "stops 3"]
    stop_opacities: Float[Tensor, " stops"]
    stop_offsets: Float[Tensor, " stops"]

    def to(self, *args, **kwargs) -> "Parameters":
        """The same numbers with another dtype or on another device (as `Tensor.to`)."""
        moved = {f.name: getattr(self, f.name).to(*args, **kwargs) for f in fields(self)}
        return replace(self, **moved)

    def detach(self) -> "Parameters":
        """Copies without history."""
        copied = {f.name: getattr(self, f.name).detach().clone() for f in fields(self)}
        return replace(self, **copied)

    def is_finite(self) -> bool:
        """Whether no number is NaN or infinite."""
        return all(bool(torch.isfinite(getattr(self, f.name)).all()) for f in fields(self))


@dataclass(frozen=True, kw_only=True)
class Outline:
    """Segments of one element's geometry: rows of `Parameters.points`.

    Neighbouring segments of a subpath share their end point's row. A subpath closed by `Z` whose
    last point is not its first has an explicit closing line segment.

    Attributes:
        indices: control points of each segment, start to end; for a line the first 2 columns
            count, for a quadratic 3, for a cubic 4; unused columns repeat the end point.
        orders: 1 line, 2 quadratic, 3 cubic.
        subpaths: number of the subpath a segment is in, ascending from 0.
        closed: per subpath, whether it was closed by `Z` (strokes join instead of capping; a fill
            closes every subpath anyway).
    """

    indices: Int[Tensor, "segments 4"]
    orders: Int[Tensor, " segments"]
    subpaths: Int[Tensor, " segments"]
    closed: Bool[Tensor, " subpaths"]


@dataclass(frozen=True, kw_only=True)
class Solid:
    """One colour.

    Attributes:
        color: row of `Parameters.colors`.
    """

    color: int


@dataclass(frozen=True, kw_only=True)
class Gradient:
    """A linear or radial gradient, href chain resolved.

    Attributes:
        kind: `linear` or `radial`.
        coordinates: `(x1, y1, x2, y2)` or `(cx, cy, r, fx, fy, fr)` in gradient units.
        matrix: gradientTransform.
        units: with `objectBoundingBox`, gradient units are fractions of the *present* bounding box
            (local space, without stroke) of the outline that is painted.
        spread: what lies beyond the ends.
        stops: rows of `Parameters.stop_*`, in order.
    """

    kind: Literal["linear", "radial"]
    coordinates: tuple[float, ...]
    matrix: Float[Tensor, "2 3"]
    units: Literal["objectBoundingBox", "userSpaceOnUse"]
    spread: Literal["pad", "reflect", "repeat"]
    stops: tuple[int, ...]


Paint = Solid | Gradient


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """How an outline is stroked.

    Attributes:
        width: row of `Parameters.widths` (local units).
        cap: shape of open ends.
        join: shape of corners.
        miter_limit: ratio above which a miter becomes a bevel, >= 1.
    """

    width: int
    cap: Literal["butt", "round", "square"]
    join: Literal["miter", "round", "bevel"]
    miter_limit: float


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One painted fill or stroke.

    Attributes:
        element: row of `Drawing.elements`.
        outline: its geometry.
        matrix: local to canvas.
        paint: colour or gradient.
        opacities: rows of `Parameters.opacities` that multiply the paint's alpha.
        fill_rule: which winding numbers are inside (fills only).
        stroke: None for a fill.
        clips: rows of `Drawing.clips`; coverages multiply.
    """

    element: int
    outline: Outline
    matrix: Float[Tensor, "2 3"]
    paint: Paint
    opacities: tuple[int, ...]
    fill_rule: Literal["nonzero", "evenodd"] = "nonzero"
    stroke: Stroke | None = None
    clips: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Group:
    """Layers that are composited apart, then laid down as one (group opacity < 1, clipped groups).

    Attributes:
        children: in painting order.
        opacities: rows of `Parameters.opacities` that multiply the whole.
        clips: rows of `Drawing.clips`.
    """

    children: "tuple[Layer | Group, ...]"
    opacities: tuple[int, ...] = ()
    clips: tuple[int, ...] = ()


def flatten(items: "Iterable[Layer | Group]") -> Iterator[Layer]:
    """All layers in painting order, those of groups included."""
    for item in items:
        if isinstance(item, Group):
            yield from flatten(item.children)
        else:
            yield item


@dataclass(frozen=True, kw_only=True)
class ClipShape:
    """One shape of a clip path.

    Attributes:
        outline: its geometry; no point of it moves.
        matrix: local to canvas.
        fill_rule: which winding numbers are inside.
    """

    outline: Outline
    matrix: Float[Tensor, "2 3"]
    fill_rule: Literal["nonzero", "evenodd"] = "nonzero"


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A clip path: the union of its shapes, cut by further clips. Its points do not move.

    With `clipPathUnits="objectBoundingBox"` the shapes' matrices contain the box that the clipped
    element had when it was read.

    Attributes:
        shapes: their union is seen.
        clips: rows of `Drawing.clips` that cut it further.
    """

    shapes: tuple[ClipShape, ...]
    clips: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Element:
    """Which element of the file something came from.

    Attributes:
        id: the `id` attribute, or an empty string.
        tag: local tag name.
        order: position in the file's document order.
    """

    id: str
    tag: str
    order: int


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The fixed structure of a drawing.

    Attributes:
        view_box: `(x, y, width, height)` of the canvas, width and height > 0.
        items: what is painted, in order.
        clips: clip paths by row.
        elements: elements by row.
        point_element: which element each point belongs to (-1: clip paths and the like; never
            moves).
        point_frame: inverse of the linear part of the local-to-canvas matrix of the first layer
            that draws the point; zero where that is singular. A canvas displacement d moves a
            local point by `point_frame @ d`.
        color_element, opacity_element, width_element, stop_element: first element that uses the
            row, -1 if none.
    """

    view_box: tuple[float, float, float, float]
    items: tuple[Layer | Group, ...]
    clips: tuple[Clip, ...]
    elements: tuple[Element, ...]
    point_element: Int[Tensor, " points"]
    point_frame: Float[Tensor, "points 2 2"]
    color_element: Int[Tensor, " colors"]
    opacity_element: Int[Tensor, " opacities"]
    width_element: Int[Tensor, " widths"]
    stop_element: Int[Tensor, " stops"]

    @property
    def side(self) -> float:
        """The longer side of the canvas, in canvas units."""
        return max(self.view_box[2], self.view_box[3])

    def layers(self) -> tuple[Layer, ...]:
        """All layers in painting order, groups flattened."""
        return tuple(flatten(self.items))
