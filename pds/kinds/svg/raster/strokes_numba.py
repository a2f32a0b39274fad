"""Strokes as fill geometry, compiled (CPU). The equations are those of `strokes`.

First the chains around all vertices are listed (`chains_numba`), then their edges are
written; backward goes through the same list.
"""

import math
from typing import no_type_check

import numpy as np
import torch
from numba import njit
from torch import Tensor

from pds.kinds.svg.raster.chains_numba import find_chains, find_lines
from pds.kinds.svg.raster.columns import (
    ACROSS,
    ACROSS_X,
    ACROSS_Y,
    AFTER,
    ALONG_X,
    ALONG_Y,
    ARC,
    BEFORE,
    DOT,
    EDGES,
    END,
    END_X,
    END_Y,
    HALF,
    KIND,
    LENGTH,
    PIECE,
    ROUND_CAP,
    SHAPE,
    SIDE,
    START_X,
    START_Y,
    THROUGH,
    TIP,
)
from pds.kinds.svg.raster.flatten import Pieces, Segments
from pds.kinds.svg.raster.strokes import ARC_TOLERANCE_PX, MAX_ARC_STEPS, SHORTEST_PX, StrokeTable


@njit(cache=True, error_model="numpy")
@no_type_check
def _corner(chain, angle, step, line, round_cap):
    """Vertex number `step` of a chain."""
    kind, i, j, side, count = chain[KIND], chain[BEFORE], chain[AFTER], chain[SIDE], chain[EDGES]
    if kind >= END:
        sign = 1.0 if kind == END else -1.0
        at = END_X if kind == END else START_X
        nx, ny = sign * line[i, ACROSS_X], sign * line[i, ACROSS_Y]
        ox, oy = line[i, at], line[i, at + 1]
        if step == 0:
            return ox - nx, oy - ny
        if step == count:
            return ox + nx, oy + ny
        if round_cap:
            c, s = math.cos(angle * step / count), math.sin(angle * step / count)
            return ox - c * nx + s * ny, oy - s * nx - c * ny
        ahead = sign * line[i, HALF]
        turned = -1.0 if step == 1 else 1.0
        ux, uy = line[i, ALONG_X], line[i, ALONG_Y]
        return ox + ahead * ux + turned * nx, oy + ahead * uy + turned * ny
    ox, oy = line[i, END_X], line[i, END_Y]
    ax, ay = side * line[i, ACROSS_X], side * line[i, ACROSS_Y]
    bx, by = side * line[j, ACROSS_X], side * line[j, ACROSS_Y]
    if kind in (ACROSS, THROUGH):
        if step == 0:
            return ox + bx, oy + by
        if step == count:
            return ox + ax, oy + ay
        return ox, oy
    if step == 0:
        return ox - ax, oy - ay
    if step == count:
        return ox - bx, oy - by
    if kind == TIP:
        size = 1 + line[i, ALONG_X] * line[j, ALONG_X] + line[i, ALONG_Y] * line[j, ALONG_Y]
        return ox - (ax + bx) / size, oy - (ay + by) / size
    c, s = math.cos(angle * step / count), math.sin(angle * step / count)
    return ox - c * ax + s * ay, oy - s * ax - c * ay


@njit(cache=True, error_model="numpy")
@no_type_check
def _corner_gradient(chain, angle, step, line, round_cap, gx, gy, out):
    """Adds the gradient of a vertex to that of the pieces' vectors (rows as `line`)."""
    kind, i, j, side, count = chain[KIND], chain[BEFORE], chain[AFTER], chain[SIDE], chain[EDGES]
    if kind >= END:
        sign = 1.0 if kind == END else -1.0
        at = END_X if kind == END else START_X
        out[i, at] += gx
        out[i, at + 1] += gy
        turned = -1.0 if step == 0 else 1.0
        if 0 < step < count:
            if round_cap:
                c, s = math.cos(angle * step / count), math.sin(angle * step / count)
                out[i, ACROSS_X] -= sign * (c * gx + s * gy)
                out[i, ACROSS_Y] -= sign * (c * gy - s * gx)
                return
            ahead = sign * line[i, HALF]
            out[i, ALONG_X] += ahead * gx
            out[i, ALONG_Y] += ahead * gy
            out[i, HALF] += sign * (line[i, ALONG_X] * gx + line[i, ALONG_Y] * gy)
            turned = -1.0 if step == 1 else 1.0
        out[i, ACROSS_X] += turned * sign * gx
        out[i, ACROSS_Y] += turned * sign * gy
        return
    out[i, END_X] += gx
    out[i, END_Y] += gy
    inner = kind in (ACROSS, THROUGH)
    if step == 0 or step == count:
        # The inner way runs from the later piece to the earlier one, the outer the other way.
        k = i if (step == 0) != inner else j
        factor = side if inner else -side
        out[k, ACROSS_X] += factor * gx
        out[k, ACROSS_Y] += factor * gy
    elif kind == TIP:
        size = 1 + line[i, ALONG_X] * line[j, ALONG_X] + line[i, ALONG_Y] * line[j, ALONG_Y]
        sum_x, sum_y = line[i, ACROSS_X] + line[j, ACROSS_X], line[i, ACROSS_Y] + line[j, ACROSS_Y]
        d_dot = side * (sum_x * gx + sum_y * gy) / (size * size)
        for k in (i, j):
            out[k, ACROSS_X] -= side * gx / size
            out[k, ACROSS_Y] -= side * gy / size
        for c in range(2):
            out[i, ALONG_X + c] += d_dot * line[j, ALONG_X + c]
            out[j, ALONG_X + c] += d_dot * line[i, ALONG_X + c]
    elif kind == ARC:
        c, s = math.cos(angle * step / count), math.sin(angle * step / count)
        out[i, ACROSS_X] -= side * (c * gx + s * gy)
        out[i, ACROSS_Y] -= side * (c * gy - s * gx)
        qx, qy = -side * line[i, ACROSS_X], -side * line[i, ACROSS_Y]
        d_angle = (gx * (-s * qx - c * qy) + gy * (c * qx - s * qy)) * step / count
        ux, uy, vx, vy = line[i, ALONG_X], line[i, ALONG_Y], line[j, ALONG_X], line[j, ALONG_Y]
        cross, dot = ux * vy - uy * vx, ux * vx + uy * vy
        norm = cross * cross + dot * dot
        d_cross, d_dot = d_angle * dot / norm, -d_angle * cross / norm
        out[i, ALONG_X] += d_cross * vy + d_dot * vx
        out[i, ALONG_Y] += -d_cross * vx + d_dot * vy
        out[j, ALONG_X] += -d_cross * uy + d_dot * ux
        out[j, ALONG_Y] += d_cross * ux + d_dot * uy


@njit(cache=True, error_model="numpy")
@no_type_check
def _write(edge, px, py, qx, qy, m, t):
    edge[0, 0] = m[0, 0] * px + m[0, 1] * py + t[0]
    edge[0, 1] = m[1, 0] * px + m[1, 1] * py + t[1]
    edge[1, 0] = m[0, 0] * qx + m[0, 1] * qy + t[0]
    edge[1, 1] = m[1, 0] * qx + m[1, 1] * qy + t[1]


@njit(cache=True, error_model="numpy")
@no_type_check
def _edges(rows, line, shapes, chains, angles, cap, linear, shift, dtype_like):
    """All edges in pixels: two sides of every piece, then the chains."""
    count = len(rows)
    total = 2 * count
    for n in range(len(chains)):
        total += chains[n, EDGES]
    edges = np.empty((total, 2, 2), dtype_like.dtype)
    owners = np.empty(total, np.int64)
    for i in range(count):
        s = shapes[rows[i, PIECE]]
        m, t = linear[s], shift[s]
        ax, ay, bx, by = line[i, START_X], line[i, START_Y], line[i, END_X], line[i, END_Y]
        nx, ny = line[i, ACROSS_X], line[i, ACROSS_Y]
        _write(edges[2 * i], ax - nx, ay - ny, bx - nx, by - ny, m, t)
        _write(edges[2 * i + 1], bx + nx, by + ny, ax + nx, ay + ny, m, t)
        owners[2 * i] = owners[2 * i + 1] = s
    place = 2 * count
    for n in range(len(chains)):
        chain, s = chains[n], chains[n, SHAPE]
        px, py = _corner(chain, angles[n], 0, line, cap[s] == ROUND_CAP)
        for step in range(1, chain[EDGES] + 1):
            qx, qy = _corner(chain, angles[n], step, line, cap[s] == ROUND_CAP)
            if chain[SIDE] > 0:
                _write(edges[place], px, py, qx, qy, linear[s], shift[s])
            else:
                _write(edges[place], qx, qy, px, py, linear[s], shift[s])
            owners[place] = s
            px, py = qx, qy
            place += 1
    return edges, owners


@njit(cache=True, error_model="numpy")
@no_type_check
def _side_gradient(grad, m, i, sign, first, out):
    """Adds the gradient of one side of a piece; `first` is the vector its first end is from."""
    for end in range(2):
        gx = m[0, 0] * grad[end, 0] + m[1, 0] * grad[end, 1]
        gy = m[0, 1] * grad[end, 0] + m[1, 1] * grad[end, 1]
        at = first if end == 0 else START_X + END_X - first
        out[i, at] += gx
        out[i, at + 1] += gy
        out[i, ACROSS_X] += sign * gx
        out[i, ACROSS_Y] += sign * gy


@njit(cache=True, error_model="numpy")
@no_type_check
def _edges_gradient(
    grad, rows, line, shapes, chains, angles, cap, linear, widths, pieces, shape_width
):
    """Backward of all of the above: gradients of the line pieces and the widths."""
    count = len(rows)
    out = np.zeros((count, LENGTH))  # without a column for the length
    for i in range(count):
        m = linear[shapes[rows[i, PIECE]]]
        _side_gradient(grad[2 * i], m, i, -1.0, START_X, out)
        _side_gradient(grad[2 * i + 1], m, i, 1.0, END_X, out)
    place = 2 * count
    for n in range(len(chains)):
        chain, s = chains[n], chains[n, SHAPE]
        m = linear[s]
        for step in range(chain[EDGES]):
            for end in range(2):
                at = end if chain[SIDE] > 0 else 1 - end
                g = grad[place, at]
                gx = m[0, 0] * g[0] + m[1, 0] * g[1]
                gy = m[0, 1] * g[0] + m[1, 1] * g[1]
                _corner_gradient(
                    chain, angles[n], step + end, line, cap[s] == ROUND_CAP, gx, gy, out
                )
            place += 1
    d_ends = np.zeros((pieces, 2, 2), grad.dtype)
    d_widths = np.zeros(widths, grad.dtype)
    for i in range(count):
        ux, uy, half, size = line[i, ALONG_X], line[i, ALONG_Y], line[i, HALF], line[i, LENGTH]
        dx = out[i, ALONG_X] + half * out[i, ACROSS_Y]
        dy = out[i, ALONG_Y] - half * out[i, ACROSS_X]
        d_half = out[i, HALF] - uy * out[i, ACROSS_X] + ux * out[i, ACROSS_Y]
        piece = rows[i, PIECE]
        d_widths[shape_width[shapes[piece]]] += d_half / 2
        along = ux * dx + uy * dy
        if rows[i, DOT]:
            dx = dy = 0.0
        else:
            dx, dy = (dx - ux * along) / size, (dy - uy * along) / size
        d_ends[piece, 0, 0], d_ends[piece, 0, 1] = out[i, START_X] - dx, out[i, START_Y] - dy
        d_ends[piece, 1, 0], d_ends[piece, 1, 1] = out[i, END_X] + dx, out[i, END_Y] + dy
    return d_ends, d_widths


class _Stroke(torch.autograd.Function):
    @staticmethod
    def forward(ctx, ends, widths, pieces, segments, table):
        shapes = segments.shapes[pieces.segments].numpy()
        subpaths = segments.subpaths[pieces.segments].numpy()
        width_rows, cap, scale = table.width.numpy(), table.cap.numpy(), table.scale.numpy()
        linear = table.linear.numpy()
        lines = ends.detach().contiguous().numpy()
        half_widths = np.zeros(len(width_rows))
        stroked = np.unique(shapes)
        half_widths[stroked] = widths.detach().numpy()[width_rows[stroked]] / 2
        rows, line = find_lines(
            lines, shapes, subpaths, pieces.last.numpy(), scale, cap, half_widths, SHORTEST_PX
        )
        chains, angles = find_chains(
            rows, line, shapes, subpaths, segments.closed.numpy(), cap, table.join.numpy(),
            table.miter_limit.numpy(), scale, ARC_TOLERANCE_PX, MAX_ARC_STEPS,
        )  # fmt: skip
        edges, owners = _edges(
            rows, line, shapes, chains, angles, cap, linear, table.shift.numpy(), lines
        )
        ctx.needed = (
            rows, line, shapes, chains, angles, cap, linear, len(widths), len(lines), width_rows,
        )  # fmt: skip
        owners = torch.from_numpy(owners)
        ctx.mark_non_differentiable(owners)
        return torch.from_numpy(edges), owners

    @staticmethod
    def backward(ctx, grad, _owners):
        d_ends, d_widths = _edges_gradient(grad.contiguous().numpy(), *ctx.needed)
        return torch.from_numpy(d_ends), torch.from_numpy(d_widths), None, None, None


def stroke_edges(
    ends: Tensor, pieces: Pieces, segments: Segments, table: StrokeTable, widths: Tensor
) -> tuple[Tensor, Tensor]:
    """As :func:`pds.kinds.svg.raster.strokes.stroke_edges`."""
    return _Stroke.apply(ends, widths, pieces, segments, table)
