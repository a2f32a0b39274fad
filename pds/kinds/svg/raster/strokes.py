"""Strokes as fill geometry, differentiable in points and widths.

A stroked polyline becomes closed chains of edges that all turn the same way, to be filled with the
nonzero rule: both sides of every piece; around each corner the join on the outer side and a way
through the corner on the inner side; caps at open ends. Everything is built in local units, where
the width is defined, and put into pixels at the end.
"""

import math
from dataclasses import dataclass, fields

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pds.kinds.svg.raster.columns import EPSILON
from pds.kinds.svg.raster.flatten import Pieces, Segments
from pds.kinds.svg.shapes import Stroke

ARC_TOLERANCE_PX = 0.02
MAX_ARC_STEPS = 64
SHORTEST_PX = 1e-5
CAPS = ("butt", "round", "square")
JOINS = ("miter", "round", "bevel")


@dataclass(frozen=True, kw_only=True)
class StrokeTable:
    """How the shapes of a drawing are stroked; one row a shape, fills have unused rows.

    Attributes:
        width: row of the widths.
        cap, join: position in CAPS, JOINS.
        miter_limit: ratio.
        scale: pixels in a local unit (the root of the mean squared stretch).
        linear, shift: local to pixels.
    """

    width: Int[Tensor, " shapes"]
    cap: Int[Tensor, " shapes"]
    join: Int[Tensor, " shapes"]
    miter_limit: Float[Tensor, " shapes"]
    scale: Float[Tensor, " shapes"]
    linear: Float[Tensor, "shapes 2 2"]
    shift: Float[Tensor, "shapes 2"]

    def to(self, device: torch.device, dtype: torch.dtype) -> "StrokeTable":
        """The same on a device; real numbers in `dtype`."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return StrokeTable(
            **{
                k: v.to(device, dtype) if v.is_floating_point() else v.to(device)
                for k, v in values.items()
            }
        )


def stroke_table(strokes: list[tuple[Stroke | None, Tensor]]) -> StrokeTable:
    """Tabulates strokes and their `2 x 3` matrices from local units to pixels."""
    plain = Stroke(width=0, cap="butt", join="bevel", miter_limit=1.0)
    rows = [(stroke or plain, matrix.double()) for stroke, matrix in strokes]
    matrices = torch.stack([torch.zeros(2, 3).double(), *(m for _, m in rows)])[1:]
    return StrokeTable(
        width=torch.tensor([s.width for s, _ in rows], dtype=torch.int64),
        cap=torch.tensor([CAPS.index(s.cap) for s, _ in rows], dtype=torch.int64),
        join=torch.tensor([JOINS.index(s.join) for s, _ in rows], dtype=torch.int64),
        miter_limit=torch.tensor([s.miter_limit for s, _ in rows], dtype=torch.float64),
        scale=(matrices[:, :, :2].square().sum((1, 2)) / 2).sqrt(),
        linear=matrices[:, :, :2],
        shift=matrices[:, :, 2],
    )


@dataclass(frozen=True, kw_only=True)
class _Line:
    """Pieces of the stroked polylines that have a direction."""

    start: Float[Tensor, "pieces 2"]
    end: Float[Tensor, "pieces 2"]
    along: Float[Tensor, "pieces 2"]  # unit direction
    across: Float[Tensor, "pieces 2"]  # unit direction turned by a quarter, times half the width
    half: Float[Tensor, " pieces"]
    length: Float[Tensor, " pieces"]  # no gradient
    shapes: Int[Tensor, " pieces"]
    smooth: Bool[Tensor, " pieces"]  # the next vertex is inside a curve
    subpaths: Int[Tensor, " pieces"]
    dot: Bool[Tensor, " pieces"]  # stands for a subpath without length


@dataclass(frozen=True, kw_only=True)
class _Chain:
    """Ways around vertices: `count` edges from `vertex + first` to `vertex + last`.

    In between they follow the arc that turns `first` by `angle`, or visit `via_a`, `via_b`.
    """

    vertex: Float[Tensor, "chains 2"]
    first: Float[Tensor, "chains 2"]
    last: Float[Tensor, "chains 2"]
    via_a: Float[Tensor, "chains 2"]
    via_b: Float[Tensor, "chains 2"]
    angle: Float[Tensor, " chains"]
    count: Int[Tensor, " chains"]
    arc: Bool[Tensor, " chains"]
    reverse: Bool[Tensor, " chains"]
    shapes: Int[Tensor, " chains"]


def _take(values: Tensor, index: Tensor) -> Tensor:
    """Rows of a tensor; the backward sums in a fixed order (see `scatter_sum`)."""
    return values[index] if values.is_cuda else values.index_select(0, index)


def _turned(vectors: Tensor) -> Tensor:
    return torch.stack([-vectors[:, 1], vectors[:, 0]], 1)


def _lines(ends, pieces: Pieces, segments: Segments, table: StrokeTable, widths) -> _Line:
    """Drops pieces without length; a subpath that has none at all keeps one if it has caps."""
    shapes = segments.shapes[pieces.segments]
    subpaths = segments.subpaths[pieces.segments]
    size = (ends[:, 1] - ends[:, 0]).detach().norm(dim=1)
    long = size * table.scale[shapes] > SHORTEST_PX
    has_length = torch.zeros_like(segments.closed).index_fill_(0, subpaths[long], True)
    first = torch.ones_like(long)
    first[1:] = subpaths[1:] != subpaths[:-1]
    dot = first & ~has_length[subpaths] & (table.cap[shapes] != 0)
    keep = (long | dot).nonzero()[:, 0]
    ends, dot, shapes, size = _take(ends, keep), dot[keep], shapes[keep], size[keep]
    delta = ends[:, 1] - ends[:, 0]
    east = delta.new_tensor([1.0, 0.0])
    delta = torch.where(dot[:, None], east, delta)
    along = delta / delta.norm(dim=1, keepdim=True)
    half = _take(widths, table.width[shapes]) / 2
    return _Line(
        start=ends[:, 0],
        end=ends[:, 1],
        along=along,
        across=_turned(along) * half[:, None],
        half=half,
        length=size,
        shapes=shapes,
        smooth=~pieces.last[keep],
        subpaths=subpaths[keep],
        dot=dot,
    )


def _arc_steps(angle: Tensor, half: Tensor, scale: Tensor) -> Tensor:
    """Steps that keep an arc within the tolerance of its chords."""
    sagitta = (ARC_TOLERANCE_PX / (half * scale).clamp_min(1e-9)).clamp(max=1.0)
    step = 2 * torch.acos(1 - sagitta)
    return (angle / step - 1e-6).ceil().clamp(1, MAX_ARC_STEPS).long()


def _joins(line: _Line, i: Tensor, j: Tensor, table: StrokeTable) -> list[_Chain]:
    """Outer and inner ways around the corners from piece `i` to piece `j`."""
    u, v = _take(line.along, i), _take(line.along, j)
    cross = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    dot = (u * v).sum(1)
    side = torch.where(cross.detach() >= 0, 1.0, -1.0)[:, None].to(u.dtype)
    a, b = _take(line.across, i) * side, _take(line.across, j) * side
    angle = torch.atan2(cross, dot)
    turn = angle.detach().abs()
    half, shapes, vertex = line.half.detach()[i], line.shapes[i], _take(line.end, i)
    join = torch.where(line.smooth[i], JOINS.index("round"), table.join[shapes])
    ratio = (2 / (1 + dot.detach()).clamp_min(EPSILON)).sqrt()
    sharp = (join == JOINS.index("miter")) & (ratio <= table.miter_limit[shapes])
    arc = join == JOINS.index("round")
    steps = torch.where(arc, _arc_steps(turn, half, table.scale[shapes]), 1)
    tip = (a + b) / torch.where(sharp, 1 + dot, 1.0)[:, None]
    shared = {
        "vertex": vertex,
        "angle": angle,
        "reverse": side[:, 0] < 0,
        "shapes": shapes,
    }
    outer = _Chain(
        first=-a, last=-b, via_a=-tip, via_b=-tip, arc=arc, count=steps + sharp.long(), **shared
    )
    # Going straight across is the cleaner way inside, but only where it stays within both pieces.
    short = torch.minimum(line.length[i], line.length[j])
    across = (half * turn < short) & (turn < 1.5)
    middle = torch.zeros_like(a)
    inner = _Chain(
        first=b,
        last=a,
        via_a=middle,
        via_b=middle,
        arc=torch.zeros_like(arc),
        count=2 - across.long(),
        **shared,
    )
    return [outer, inner]


def _caps(line: _Line, index: Tensor, table: StrokeTable, *, at_end: bool) -> _Chain:
    """Ways around open ends."""
    sign = 1.0 if at_end else -1.0
    across = _take(line.across, index) * sign
    half, shapes = _take(line.half, index), line.shapes[index]
    ahead = _take(line.along, index) * (sign * half)[:, None]
    cap = table.cap[shapes]
    arc = cap == CAPS.index("round")
    turn = torch.full_like(half, math.pi)
    steps = _arc_steps(turn, half.detach(), table.scale[shapes])
    square = torch.where(cap == CAPS.index("square"), 3, 1)
    return _Chain(
        vertex=_take(line.end if at_end else line.start, index),
        first=-across,
        last=across,
        via_a=ahead - across,
        via_b=ahead + across,
        angle=turn,
        count=torch.where(arc, steps, square),
        arc=arc,
        reverse=torch.zeros_like(arc),
        shapes=shapes,
    )


def _corner(chain: _Chain, row: Tensor, step: Tensor) -> Tensor:
    """Vertex number `step` of the chains `row`."""
    first = _take(chain.first, row)
    total = chain.count[row]
    angle = _take(chain.angle, row) * step / total
    arc = angle.cos()[:, None] * first + angle.sin()[:, None] * _turned(first)
    via = torch.where((step == 1)[:, None], _take(chain.via_a, row), _take(chain.via_b, row))
    between = torch.where(chain.arc[row][:, None], arc, via)
    offset = torch.where((step == total)[:, None], _take(chain.last, row), between)
    offset = torch.where((step == 0)[:, None], first, offset)
    return _take(chain.vertex, row) + offset


def _chain_edges(chain: _Chain) -> tuple[Tensor, Tensor]:
    row = torch.repeat_interleave(chain.count)
    start = chain.count.cumsum(0) - chain.count
    step = torch.arange(len(row), device=row.device) - start[row]
    p, q = _corner(chain, row, step), _corner(chain, row, step + 1)
    back = chain.reverse[row][:, None]
    edges = torch.stack([torch.where(back, q, p), torch.where(back, p, q)], 1)
    return edges, chain.shapes[row]


def stroke_edges(
    ends: Float[Tensor, "pieces 2 2"],
    pieces: Pieces,
    segments: Segments,
    table: StrokeTable,
    widths: Float[Tensor, " widths"],
) -> tuple[Float[Tensor, "edges 2 2"], Int[Tensor, " edges"]]:
    """The edges whose nonzero filling is the stroked polylines.

    Args:
        ends: line pieces in local units.
        pieces: where they came from.
        segments: the flattened segments.
        table: styles, by shape.
        widths: stroke widths in local units.

    Returns:
        Edges in pixels, and the shape each belongs to.
    """
    line = _lines(ends, pieces, segments, table, widths)
    same = line.subpaths[1:] == line.subpaths[:-1]
    edge = torch.ones(min(1, len(line.subpaths)), dtype=torch.bool, device=same.device)
    firsts = torch.cat([edge, ~same]).nonzero()[:, 0]
    lasts = torch.cat([~same, edge]).nonzero()[:, 0]
    closed = segments.closed[line.subpaths[firsts]] & ~line.dot[firsts]
    inside = same.nonzero()[:, 0]
    chains = [
        *_joins(
            line,
            torch.cat([inside, lasts[closed]]),
            torch.cat([inside + 1, firsts[closed]]),
            table,
        ),
        _caps(line, lasts[~closed], table, at_end=True),
        _caps(line, firsts[~closed], table, at_end=False),
    ]
    merged = _Chain(
        **{f.name: torch.cat([getattr(c, f.name) for c in chains]) for f in fields(_Chain)}
    )
    around, around_shapes = _chain_edges(merged)
    start, end, across = line.start, line.end, line.across
    right = torch.stack([start - across, end - across], 1)
    left = torch.stack([end + across, start + across], 1)
    edges = torch.cat([right, left, around])
    shapes = torch.cat([line.shapes, line.shapes, around_shapes])
    linear, shift = table.linear[shapes], table.shift[shapes]
    return edges @ linear.mT + shift[:, None], shapes
