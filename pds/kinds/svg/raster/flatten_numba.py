"""Curves to line pieces, compiled (CPU). The equations are those of `flatten`."""

import math
from typing import no_type_check

import numpy as np
import torch
from numba import njit
from torch import Tensor

from pds.kinds.svg.raster.flatten import MAX_PIECES, TOLERANCE_PX, Pieces, Segments


@njit(cache=True, error_model="numpy")
@no_type_check
def _placed(points, indices, elevate, linear, shift, measure, tolerance, most):
    """Placed cubic control points of every segment, and its number of pieces."""
    count = len(indices)
    placed = np.empty((count, 4, 2), points.dtype)
    pieces = np.empty(count, np.int64)
    cubic = np.empty((4, 2))
    for s in range(count):
        for i in range(4):
            x = y = 0.0
            for j in range(4):
                row = indices[s, j]
                x += elevate[s, i, j] * points[row, 0]
                y += elevate[s, i, j] * points[row, 1]
            cubic[i, 0], cubic[i, 1] = x, y
            placed[s, i, 0] = linear[s, 0, 0] * x + linear[s, 0, 1] * y + shift[s, 0]
            placed[s, i, 1] = linear[s, 1, 0] * x + linear[s, 1, 1] * y + shift[s, 1]
        largest = 0.0
        for i in range(2):
            x = cubic[i, 0] - 2 * cubic[i + 1, 0] + cubic[i + 2, 0]
            y = cubic[i, 1] - 2 * cubic[i + 1, 1] + cubic[i + 2, 1]
            u = measure[s, 0, 0] * x + measure[s, 0, 1] * y
            v = measure[s, 1, 0] * x + measure[s, 1, 1] * y
            largest = max(largest, u * u + v * v)
        wanted = math.sqrt(0.75 / tolerance * math.sqrt(largest))
        pieces[s] = math.ceil(min(max(wanted, 1.0), most))
    return placed, pieces


@njit(cache=True, error_model="numpy")
@no_type_check
def _cut(placed, pieces):
    """Ends of the line pieces, the segment of each, and whether it is its segment's last."""
    total = 0
    for s in range(len(pieces)):
        total += pieces[s]
    ends = np.empty((total, 2, 2), placed.dtype)
    segments = np.empty(total, np.int64)
    last = np.empty(total, np.bool_)
    place = 0
    for s in range(len(pieces)):
        x, y = placed[s, 0, 0], placed[s, 0, 1]
        for k in range(pieces[s]):
            ends[place, 0, 0], ends[place, 0, 1] = x, y
            last[place] = k + 1 == pieces[s]
            t = (k + 1) / pieces[s]
            r = 1 - t
            a, b, c, d = r * r * r, 3 * r * r * t, 3 * r * t * t, t * t * t
            p = placed[s]
            x = a * p[0, 0] + b * p[1, 0] + c * p[2, 0] + d * p[3, 0]
            y = a * p[0, 1] + b * p[1, 1] + c * p[2, 1] + d * p[3, 1]
            if last[place]:
                x, y = p[3, 0], p[3, 1]
            ends[place, 1, 0], ends[place, 1, 1] = x, y
            segments[place] = s
            place += 1
    return ends, segments, last


@njit(cache=True, error_model="numpy")
@no_type_check
def _cut_gradient(grad, pieces, indices, elevate, linear, rows):
    """Gradient of the points from that of the ends."""
    out = np.zeros((rows, 2), grad.dtype)
    placed = np.empty((4, 2))
    weights = np.empty(4)
    place = 0
    for s in range(len(pieces)):
        for i in range(4):
            placed[i, 0] = placed[i, 1] = 0.0
        for k in range(pieces[s]):
            for end in range(2):
                t = (k + end) / pieces[s]
                r = 1 - t
                weights[0], weights[1] = r * r * r, 3 * r * r * t
                weights[2], weights[3] = 3 * r * t * t, t * t * t
                for i in range(4):
                    placed[i, 0] += weights[i] * grad[place, end, 0]
                    placed[i, 1] += weights[i] * grad[place, end, 1]
            place += 1
        for i in range(4):
            x = linear[s, 0, 0] * placed[i, 0] + linear[s, 1, 0] * placed[i, 1]
            y = linear[s, 0, 1] * placed[i, 0] + linear[s, 1, 1] * placed[i, 1]
            for j in range(4):
                row = indices[s, j]
                out[row, 0] += elevate[s, i, j] * x
                out[row, 1] += elevate[s, i, j] * y
    return out


class _Flatten(torch.autograd.Function):
    @staticmethod
    def forward(ctx, points, table, tolerance):
        indices, elevate = table.indices.numpy(), table.elevate.numpy()
        linear = table.linear.numpy()
        placed, pieces = _placed(
            points.detach().contiguous().numpy(),
            indices,
            elevate,
            linear,
            table.shift.numpy(),
            table.measure.numpy(),
            tolerance,
            MAX_PIECES,
        )
        ends, segments, last = (torch.from_numpy(a) for a in _cut(placed, pieces))
        ctx.mark_non_differentiable(segments, last)
        ctx.needed = (pieces, indices, elevate, linear, len(points))
        return ends, segments, last

    @staticmethod
    def backward(ctx, grad, _segments, _last):
        out = _cut_gradient(grad.contiguous().numpy(), *ctx.needed)
        return torch.from_numpy(out), None, None


def flatten(
    points: Tensor, table: Segments, tolerance_px: float = TOLERANCE_PX
) -> tuple[Tensor, Pieces]:
    """As :func:`pds.kinds.svg.raster.flatten.flatten`."""
    ends, segments, last = _Flatten.apply(points, table, tolerance_px)
    return ends, Pieces(segments=segments, last=last)
