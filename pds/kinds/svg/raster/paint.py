"""Gradient paints: from a pixel to a position along the gradient, and from there to a colour.

Every gradient-painted layer has a matrix from pixels to *gradient space*. There a linear gradient
runs from x = 0 to x = 1; a radial one is a family of circles between the focal circle (t = 0) and
the outer circle (t = 1), and t at u is the larger root of `a t^2 - 2 b t + c = 0` with
`d = u - focus`, `e = centre - focus`, `a = |e|^2 - (r - fr)^2`, `b = d.e + fr (r - fr)`,
`c = |d|^2 - fr^2`. The matrix depends on the points only through the bounding box.
"""

import math
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.kinds.svg.raster.columns import LINEAR, RADIAL
from pds.kinds.svg.raster.flatten import Segments
from pds.kinds.svg.shapes import Gradient, Layer, Paint

SPREADS = ("pad", "reflect", "repeat")
FOCUS_LIMIT = 0.999  # a focus beyond the outer circle is moved onto it (SVG 1.1, 13.2.3)


@dataclass(frozen=True, kw_only=True)
class GradientTable:
    """The gradients of the painted layers, one row each.

    Attributes:
        shapes: shape that is painted.
        box_units: rows whose units are the bounding box of their shape.
        before: pixels to local units (3 x 3).
        after: gradient units to gradient space (3 x 3).
        circle: `(cx, cy, r, fx, fy, fr)` of radial gradients.
        kinds: LINEAR or RADIAL.
        spreads: position in SPREADS.
        stop_start, stops: the stops of row i are `stops[stop_start[i] : stop_start[i + 1]]`.
    """

    shapes: Int[Tensor, " gradients"]
    box_units: Int[Tensor, " boxes"]
    before: Float[Tensor, "gradients 3 3"]
    after: Float[Tensor, "gradients 3 3"]
    circle: Float[Tensor, "gradients 6"]
    kinds: np.ndarray
    spreads: np.ndarray
    stop_start: np.ndarray
    stops: np.ndarray

    def to(self, device: torch.device, dtype: torch.dtype) -> "GradientTable":
        """The same on a device; real numbers in `dtype`."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        moved = {
            k: v.to(device, dtype) if v.is_floating_point() else v.to(device)
            for k, v in values.items()
            if isinstance(v, Tensor)
        }
        return replace(self, **moved)


def is_painted(paint: Paint) -> bool:
    """Whether the paint leaves anything at all: a gradient without stops is `none`."""
    return not isinstance(paint, Gradient) or len(paint.stops) > 0


def _square(matrix: Tensor) -> Tensor:
    return torch.cat([matrix.double(), torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64)])


def _inverse(matrix: Tensor) -> Tensor | None:
    """Inverse of a `2 x 3` matrix as `3 x 3`, None if there is none."""
    square = _square(matrix)
    if abs(float(torch.linalg.det(square))) < 1e-12:
        return None
    return torch.linalg.inv(square)


def _along(x1: float, y1: float, x2: float, y2: float) -> Tensor:
    """Matrix that takes (x1, y1) to x = 0 and (x2, y2) to x = 1."""
    dx, dy = x2 - x1, y2 - y1
    scale = 1 / (dx * dx + dy * dy)
    x_row = [dx * scale, dy * scale, -(x1 * dx + y1 * dy) * scale]
    return torch.tensor([x_row, [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64)


def _circle(coordinates: tuple[float, ...]) -> list[float]:
    """Radial coordinates with the focal circle inside the outer one."""
    cx, cy, r, fx, fy, fr = coordinates
    fr = min(max(fr, 0.0), FOCUS_LIMIT * r)
    distance = math.hypot(fx - cx, fy - cy)
    if distance + fr > FOCUS_LIMIT * r:
        shrink = max(FOCUS_LIMIT * r - fr, 0.0) / max(distance, 1e-12)
        fx, fy = cx + (fx - cx) * min(shrink, 1.0), cy + (fy - cy) * min(shrink, 1.0)
    return [cx, cy, r, fx, fy, fr]


def _is_flat(gradient: Gradient) -> bool:
    """Whether the whole area takes the last stop's colour (SVG 1.1, 13.2.2 and 13.2.3)."""
    c = gradient.coordinates
    length = c[2] if gradient.kind == "radial" else math.hypot(c[2] - c[0], c[3] - c[1])
    return len(gradient.stops) == 1 or length <= 1e-12 or _inverse(gradient.matrix) is None


def gradient_table(layers: list[tuple[int, Layer]], view: Tensor) -> GradientTable:
    """Tabulates the gradient paints of `(shape, layer)` pairs; `view` is canvas to pixels."""
    kinds, spreads, circles, before, after, boxes, stops = [], [], [], [], [], [], []
    start = [0]
    eye = torch.eye(3, dtype=torch.float64)
    for row, (_, layer) in enumerate(layers):
        gradient, flat = layer.paint, _is_flat(layer.paint)
        radial = gradient.kind == "radial" and not flat
        kinds.append(RADIAL if radial else LINEAR)
        spreads.append(0 if flat else SPREADS.index(gradient.spread))
        circles.append(_circle(gradient.coordinates) if radial else [0.0] * 6)
        to_local = _inverse((_square(view) @ _square(layer.matrix))[:2])
        before.append(eye if to_local is None else to_local)
        units = eye if flat else _inverse(gradient.matrix)
        after.append(units if radial or flat else _along(*gradient.coordinates) @ units)
        if gradient.units == "objectBoundingBox":
            boxes.append(row)
        stops += gradient.stops[-1:] if flat else gradient.stops
        start.append(len(stops))
    none = torch.zeros(0, 3, 3, dtype=torch.float64)
    return GradientTable(
        shapes=torch.tensor([shape for shape, _ in layers], dtype=torch.int64),
        box_units=torch.tensor(boxes, dtype=torch.int64),
        before=torch.stack(before) if before else none,
        after=torch.stack(after) if after else none,
        circle=torch.tensor(circles, dtype=torch.float64).reshape(-1, 6),
        kinds=np.array(kinds, dtype=np.int64),
        spreads=np.array(spreads, dtype=np.int64),
        stop_start=np.array(start, dtype=np.int64),
        stops=np.array(stops, dtype=np.int64),
    )


def gradient_matrices(
    table: GradientTable, sources: list[tuple[Tensor, Tensor, Segments, bool]]
) -> tuple[Float[Tensor, "gradients 2 3"], Int[Tensor, " gradients"]]:
    """Pixels to gradient space for every row, and whether the row is visible (1 or 0).

    A shape whose bounding box has no width or no height is not painted by a gradient in box units
    (SVG 1.1, 7.11).

    Args:
        table: the gradients.
        sources: line pieces `(ends, segment of each piece, segments, in pixels?)` of all shapes.
    """
    visible = torch.ones(len(table.shapes), dtype=torch.int64, device=table.shapes.device)
    if table.box_units.numel() == 0:
        return (table.after @ table.before)[:, :2], visible
    rows = table.box_units
    low, high = _boxes(table, sources)
    size = high - low
    seen = (size.detach() > 1e-9).all(1)
    size = torch.where(seen[:, None], size, 1.0)
    scale = torch.diag_embed(torch.cat([1 / size, torch.ones_like(size[:, :1])], 1))
    shift = torch.cat([-low / size, torch.zeros_like(size[:, :1])], 1)
    corner = torch.tensor([0.0, 0.0, 1.0], dtype=size.dtype, device=size.device)
    boxed = table.after[rows] @ (scale + shift[:, :, None] * corner) @ table.before[rows]
    matrices = (table.after @ table.before).index_copy(0, rows, boxed)
    return matrices[:, :2], visible.index_copy(0, rows, seen.long())


def _boxes(table: GradientTable, sources) -> tuple[Tensor, Tensor]:
    """Local bounding boxes of the shapes painted in box units."""
    rows = table.box_units
    row_of_shape = torch.full((int(table.shapes.max()) + 1,), -1, device=rows.device)
    row_of_shape[table.shapes[rows]] = torch.arange(len(rows), device=rows.device)
    corners, owners = [], []
    for ends, segments, source, in_pixels in sources:
        shape = source.shapes[segments].clamp(max=len(row_of_shape) - 1)
        owner = torch.where(source.shapes[segments] == shape, row_of_shape[shape], -1)
        keep = (owner >= 0).nonzero()[:, 0]
        points, owner = ends[keep].flatten(0, 1), owner[keep].repeat_interleave(2)
        if in_pixels:
            inverse = table.before[rows[owner]]
            points = (inverse[:, :2, :2] @ points[:, :, None])[:, :, 0] + inverse[:, :2, 2]
        corners.append(points)
        owners.append(owner)
    points = torch.cat(corners)
    index = torch.cat(owners)[:, None].expand_as(points)
    start = points.new_zeros(len(rows), 2)
    low = start.scatter_reduce(0, index, points, "amin", include_self=False)
    high = start.scatter_reduce(0, index, points, "amax", include_self=False)
    return low, high


def stop_positions(
    offsets: Float[Tensor, " stops"], table: GradientTable
) -> Float[Tensor, " entries"]:
    """Offsets of the tabulated stops, clamped to [0, 1] and never falling; no gradient."""
    values = offsets.detach().double().clamp(0, 1).cpu().numpy()[table.stops]
    for first, end in zip(table.stop_start[:-1], table.stop_start[1:], strict=True):
        values[first:end] = np.maximum.accumulate(values[first:end])
    return torch.from_numpy(values).to(offsets)
