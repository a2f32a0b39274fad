"""Curves to line pieces, for all outlines of a drawing at once.

Every segment is raised to a cubic, cut into `n = ceil(sqrt(0.75 |second difference| / tolerance))`
pieces of equal parameter length, and its vertices are Bernstein weights times control points: the
distance of chord and curve stays below the tolerance, and the vertices are linear in the points.
The number of pieces carries no gradient.
"""

from dataclasses import dataclass, fields, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pds.kinds.svg.shapes import Outline

TOLERANCE_PX = 0.04
MAX_PIECES = 64

_ELEVATE = (
    ((1, 0, 0, 0), (2 / 3, 1 / 3, 0, 0), (1 / 3, 2 / 3, 0, 0), (0, 1, 0, 0)),
    ((1, 0, 0, 0), (1 / 3, 2 / 3, 0, 0), (0, 2 / 3, 1 / 3, 0), (0, 0, 1, 0)),
    ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
)


@dataclass(frozen=True, kw_only=True)
class Segments:
    """The segments of many shapes, one after the other.

    Attributes:
        indices: rows of the points.
        elevate: control points to cubic control points.
        shapes: which shape a segment belongs to, ascending.
        subpaths: which subpath, numbered through all shapes.
        closed: per subpath.
        linear, shift: where the cubic control points are put before they are cut.
        measure: linear map to pixels, which decides the number of pieces.
    """

    indices: Int[Tensor, "segments 4"]
    elevate: Float[Tensor, "segments 4 4"]
    shapes: Int[Tensor, " segments"]
    subpaths: Int[Tensor, " segments"]
    closed: Bool[Tensor, " subpaths"]
    linear: Float[Tensor, "segments 2 2"]
    shift: Float[Tensor, "segments 2"]
    measure: Float[Tensor, "segments 2 2"]

    def to(self, device: torch.device, dtype: torch.dtype) -> "Segments":
        """The same on a device; real numbers in `dtype`."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(
            self,
            **{
                k: v.to(device, dtype) if v.is_floating_point() else v.to(device)
                for k, v in values.items()
            },
        )


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Where the line pieces of one flattening came from.

    Attributes:
        segments: segment of each piece, ascending.
        last: whether it is the last piece of its segment.
    """

    segments: Int[Tensor, " pieces"]
    last: Bool[Tensor, " pieces"]


def closing(outline: Outline) -> Outline:
    """The outline with a line from end to start of every subpath that does not meet its start."""
    if outline.orders.numel() == 0:
        return outline
    subpaths = outline.subpaths
    change = subpaths[1:] != subpaths[:-1]
    yes = torch.ones(1, dtype=torch.bool)
    first = torch.cat([yes, change]).nonzero()[:, 0]
    last = torch.cat([change, yes]).nonzero()[:, 0]
    start = outline.indices[first, 0]
    end = outline.indices[last].gather(1, outline.orders[last, None])[:, 0]
    open_ = start != end
    if not bool(open_.any()):
        return outline
    lines = torch.stack([end, start, start, start], 1)[open_]
    return replace(
        outline,
        indices=torch.cat([outline.indices, lines]),
        orders=torch.cat([outline.orders, torch.ones_like(lines[:, 0])]),
        subpaths=torch.cat([subpaths, subpaths[last][open_]]),
    )


def gather_segments(
    shapes: list[tuple[int, Outline, Tensor, Tensor]],
) -> Segments:
    """Lays the outlines of shapes end to end.

    Args:
        shapes: `(number, outline, placement, to_pixels)`; the matrices are `2 x 3`, the placement
            says where the line pieces are wanted, the other one how large they are in pixels.
    """
    table = torch.tensor(_ELEVATE, dtype=torch.float64)
    numbers, subpaths, closed, linear, shift, measure = [], [], [], [], [], []
    offset = 0
    for number, outline, placement, to_pixels in shapes:
        count = outline.orders.numel()
        numbers += [number] * count
        subpaths.append(outline.subpaths + offset)
        closed.append(outline.closed)
        offset += outline.closed.numel()
        linear.append(placement[:, :2].double().expand(count, 2, 2))
        shift.append(placement[:, 2].double().expand(count, 2))
        measure.append(to_pixels[:, :2].double().expand(count, 2, 2))
    empty = torch.zeros(0, dtype=torch.int64)
    orders = torch.cat([empty, *(s[1].orders for s in shapes)])
    return Segments(
        indices=torch.cat([empty.reshape(0, 4), *(s[1].indices for s in shapes)]),
        elevate=table[orders - 1],
        shapes=torch.tensor(numbers, dtype=torch.int64),
        subpaths=torch.cat([empty, *subpaths]),
        closed=torch.cat([empty.bool(), *closed]),
        linear=torch.cat([table.new_zeros(0, 2, 2), *linear]),
        shift=torch.cat([table.new_zeros(0, 2), *shift]),
        measure=torch.cat([table.new_zeros(0, 2, 2), *measure]),
    )


def scatter_sum(size: int, index: Tensor, values: Tensor) -> Tensor:
    """Sums rows of `values` into `size` rows, in the same order every time.

    On CUDA `index_add_` uses atomics, whose order varies; `index_put_` sorts.
    """
    out = values.new_zeros((size, *values.shape[1:]))
    if values.is_cuda:
        return out.index_put_((index,), values, accumulate=True)
    return out.index_add_(0, index, values)


def cubic_weights(t: Tensor) -> Float[Tensor, "... 4"]:
    """Bernstein polynomials of degree 3."""
    s = 1 - t
    return torch.stack([s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t], -1)


class _Flatten(torch.autograd.Function):
    """points -> ends of the line pieces; linear, so the backward is the transpose."""

    @staticmethod
    def forward(ctx, points, table, tolerance):
        control = table.elevate @ points[table.indices]
        seen = control @ table.measure.mT
        bend = (seen[:, :-2] - 2 * seen[:, 1:-1] + seen[:, 2:]).square().sum(-1).amax(1)
        count = (0.75 / tolerance * bend.sqrt()).sqrt().ceil().clamp(1, MAX_PIECES).long()
        start = count.cumsum(0) - count
        segments = torch.repeat_interleave(count)
        step = torch.arange(len(segments), device=points.device) - start[segments]
        total = count[segments]
        t = torch.stack([step, step + 1], 1).to(points.dtype) / total[:, None]
        weights = cubic_weights(t)
        placed = control @ table.linear.mT + table.shift[:, None]
        ctx.table, ctx.weights, ctx.segments, ctx.rows = table, weights, segments, len(points)
        last = step + 1 == total
        ctx.mark_non_differentiable(segments, last)
        return weights @ placed[segments], segments, last

    @staticmethod
    def backward(ctx, grad, _segments, _last):
        table = ctx.table
        count = len(table.shapes)
        placed = scatter_sum(count, ctx.segments, ctx.weights.mT @ grad)
        control = table.elevate.mT @ (placed @ table.linear)
        return scatter_sum(ctx.rows, table.indices.flatten(), control.flatten(0, 1)), None, None


def flatten(
    points: Float[Tensor, "points 2"], table: Segments, tolerance_px: float = TOLERANCE_PX
) -> tuple[Float[Tensor, "pieces 2 2"], Pieces]:
    """Cuts all segments of a table into line pieces.

    Args:
        points: control points, local units.
        table: the segments.
        tolerance_px: largest distance of chord and curve, pixels.

    Returns:
        Start and end of every piece, and where each came from.
    """
    ends, segments, last = _Flatten.apply(points, table, tolerance_px)
    return ends, Pieces(segments=segments, last=last)
