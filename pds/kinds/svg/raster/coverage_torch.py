"""Winding numbers of shapes and the gradient of their edges, in tensor operations.

Every edge is cut at pixel rows, then at pixel columns, into fragments (edge, pixel, ta, tb). A
fragment that goes down by dy at mean distance m from its pixel's left side adds dy (1 - m) to its
pixel and dy m to the next one; the running sum along the row is the area-averaged winding number.
Backward: with G the gradient at its pixel and n = (-dy, dx) of its edge, a fragment adds
G (tb^2 - ta^2) / 2 n to the edge's end and G ((tb - ta) - (tb^2 - ta^2) / 2) n to its start.

Winding numbers of all shapes lie in one flat tensor; a shape's box of h x w pixels takes
`h * (w + 1)` places, row by row. The last place of a row takes what lies to its right.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.kinds.svg.raster.columns import FLAT
from pds.kinds.svg.raster.flatten import scatter_sum


@dataclass(frozen=True, kw_only=True)
class Boxes:
    """Where shapes lie on the canvas.

    Attributes:
        corners: `(x0, y0, x1, y1)` in pixels, ends exclusive.
        turns: orientation, +1 or -1.
        offset: where the winding numbers of a shape begin; one more than shapes.
    """

    corners: Int[Tensor, "shapes 4"]
    turns: Float[Tensor, " shapes"]
    offset: Int[Tensor, " shapes_and_end"]


@dataclass(frozen=True, kw_only=True)
class Fragments:
    """Pieces of edges within one pixel.

    Attributes:
        edges: which edge.
        places: place of the pixel in the flat winding numbers.
        middle: mean distance from the pixel's left side.
        start, end: range of the edge's parameter.
        inside: 1 where the pixel is in the box, 0 to its left or right.
    """

    edges: Int[Tensor, " fragments"]
    places: Int[Tensor, " fragments"]
    middle: Float[Tensor, " fragments"]
    start: Float[Tensor, " fragments"]
    end: Float[Tensor, " fragments"]
    inside: Float[Tensor, " fragments"]


def boxes_of(edges: Tensor, shapes: Tensor, count: int, height: int, width: int) -> Boxes:
    """Boxes, orientations and storage of all shapes."""
    index = shapes.repeat_interleave(2)[:, None].expand(-1, 2)
    ends = edges.flatten(0, 1)
    empty = ends.new_zeros(count, 2)
    low = (empty + torch.inf).scatter_reduce(0, index, ends, "amin")
    high = (empty - torch.inf).scatter_reduce(0, index, ends, "amax")
    limit = torch.tensor([width, height], device=edges.device, dtype=edges.dtype)
    zero = torch.zeros_like(limit)
    first = torch.minimum(low.floor().clamp_min(0), limit)
    last = torch.maximum(torch.minimum((high.floor() + 1).clamp_min(0), limit), zero)
    corners = torch.cat([first, torch.maximum(first, last)], 1).long()
    (x0, y0), (x1, y1) = edges[:, 0].T, edges[:, 1].T
    area = scatter_sum(count, shapes, x1 * y0 - x0 * y1)
    h, w = corners[:, 3] - corners[:, 1], corners[:, 2] - corners[:, 0]
    offset = torch.cat([h.new_zeros(1), (h * (w + 1)).cumsum(0)])
    return Boxes(corners=corners, turns=torch.where(area > FLAT, 1.0, -1.0).to(area), offset=offset)


def fragments_of(edges: Tensor, shapes: Tensor, boxes: Boxes) -> Fragments:
    """Cuts edges at pixel rows and columns."""
    corners = boxes.corners[shapes].to(edges.dtype)
    (x, y), delta = edges[:, 0].T, edges[:, 1] - edges[:, 0]
    dx, dy = delta.T
    low, high = torch.minimum(y, y + dy), torch.maximum(edges[:, 0, 1], edges[:, 1, 1])
    low = torch.minimum(edges[:, 0, 1], edges[:, 1, 1])
    first = torch.maximum(low.floor(), corners[:, 1])
    last = torch.minimum(high.floor(), corners[:, 3] - 1)
    wide = corners[:, 2] > corners[:, 0]
    count = torch.where(wide, (last - first + 1).clamp_min(0), 0).long()
    edge, row = _expand(count, first)
    ta, tb = _range(row, y[edge], dy[edge])
    bounds = torch.stack([x[edge] + dx[edge] * ta, x[edge] + dx[edge] * tb], 1)
    left, right = bounds.amin(1), bounds.amax(1)
    x0, x1 = corners[edge, 0], corners[edge, 2]
    first = torch.minimum(torch.maximum(left.floor(), x0 - 1), x1)
    last = torch.minimum(torch.maximum(right.floor(), x0 - 1), x1)
    piece, column = _expand((last - first + 1).long(), first)
    edge, row = edge[piece], row[piece]
    ca, cb = _range(column, x[edge], dx[edge])
    # The outermost columns take all that lies beyond them.
    outer_left, outer_right = column < x0[piece], column >= x1[piece]
    backwards = dx[edge] < 0
    ca = torch.where(torch.where(backwards, outer_right, outer_left), 0, ca)
    cb = torch.where(torch.where(backwards, outer_left, outer_right), 1, cb)
    ta, tb = torch.maximum(ta[piece], ca), torch.minimum(tb[piece], cb)
    keep = (tb > ta).nonzero()[:, 0]
    edge, row, column, ta, tb = edge[keep], row[keep], column[keep], ta[keep], tb[keep]
    outside = outer_left[keep] | outer_right[keep]
    x0, x1 = x0[piece][keep], x1[piece][keep]
    middle = x[edge] + dx[edge] * (ta + tb) / 2 - column
    column = torch.maximum(column, x0)
    line = (row - corners[edge, 1]) * (x1 - x0 + 1) + column - x0
    return Fragments(
        edges=edge,
        places=boxes.offset[shapes[edge]] + line.long(),
        middle=torch.where(outside, 0, middle),
        start=ta,
        end=tb,
        inside=(~outside).to(edges.dtype),
    )


def _expand(count: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
    """Numbers `first, first + 1, ...` for every row, `count` of them, and the row of each."""
    row = torch.repeat_interleave(count)
    start = count.cumsum(0) - count
    step = torch.arange(len(row), device=count.device) - start[row]
    return row, first[row] + step


def _range(cell: Tensor, start: Tensor, delta: Tensor) -> tuple[Tensor, Tensor]:
    """Part of [0, 1] where `start + t delta` is in [cell, cell + 1]; all of it if delta is 0."""
    flat = delta == 0
    safe = torch.where(flat, 1, delta)
    one, two = (cell - start) / safe, (cell + 1 - start) / safe
    ta, tb = torch.minimum(one, two).clamp_min(0), torch.maximum(one, two).clamp_max(1)
    return torch.where(flat, 0, ta), torch.where(flat, 1, tb)


def windings(
    edges: Float[Tensor, "edges 2 2"], fragments: Fragments, boxes: Boxes, sizes: list[int]
) -> list[Tensor]:
    """Winding numbers per shape, each `[h, w + 1]`; `sizes` are the widths w + 1."""
    f = fragments
    dy = (edges[:, 1, 1] - edges[:, 0, 1])[f.edges] * (f.end - f.start)
    # The neighbour of a row's last place would be the next row's first: nothing goes there.
    places = torch.cat([f.places, f.places + f.inside.long()])
    values = torch.cat([dy * (1 - f.middle), dy * f.middle])
    total = int(boxes.offset[-1])
    flat = scatter_sum(total, places, values)
    lengths = (boxes.offset[1:] - boxes.offset[:-1]).tolist()
    return [
        part.view(-1, size).cumsum(1) for part, size in zip(flat.split(lengths), sizes, strict=True)
    ]


def edge_gradients(
    edges: Float[Tensor, "edges 2 2"], fragments: Fragments, grad: Float[Tensor, " places"]
) -> Float[Tensor, "edges 2 2"]:
    """Gradient of the edges from that of the flat winding numbers."""
    f = fragments
    g = grad[f.places] * f.inside
    late = g * (f.end * f.end - f.start * f.start) / 2
    early = g * (f.end - f.start) - late
    sums = scatter_sum(len(edges), f.edges, torch.stack([early, late], 1))
    delta = edges[:, 1] - edges[:, 0]
    normal = torch.stack([-delta[:, 1], delta[:, 0]], 1)
    return sums[:, :, None] * normal[:, None]
