"""Colours of gradient-painted layers, pixel by pixel, and their gradient: compiled (CPU).

The equations are those of `paint`. The texture of gradient g has its layer's box and
begins at `place[g]` of one flat array `[pixels, 4]`: red, green, blue, opacity.
"""

import math
from typing import NamedTuple, no_type_check

import numpy as np
from numba import njit

from pds.kinds.svg.raster.columns import (
    ALPHA,
    BOTTOM,
    CHANNELS,
    CX,
    CY,
    EPSILON,
    FR,
    FX,
    FY,
    LEFT,
    LINEAR,
    REFLECT,
    REPEAT,
    RIGHT,
    TOP,
    R,
)


class GradientArrays(NamedTuple):
    """The gradients of a drawing, by row; the stops of row i end where those of i + 1 start."""

    positions: np.ndarray
    circles: np.ndarray
    kinds: np.ndarray
    spreads: np.ndarray
    stop_start: np.ndarray
    stops: np.ndarray


class StopPaints(NamedTuple):
    """Colours and opacities of all stops, or their gradients."""

    stop_colors: np.ndarray
    stop_opacities: np.ndarray


@njit(cache=True, error_model="numpy")
@no_type_check
def _position(matrix, circle, kind, spread, px, py):
    """Position along a gradient at a pixel: (t, dt/dx, dt/dy), x and y in gradient space."""
    x = matrix[0, 0] * px + matrix[0, 1] * py + matrix[0, 2]
    tx, ty = 1.0, 0.0
    t = x
    if kind != LINEAR:
        y = matrix[1, 0] * px + matrix[1, 1] * py + matrix[1, 2]
        dx, dy = x - circle[FX], y - circle[FY]
        ex, ey = circle[CX] - circle[FX], circle[CY] - circle[FY]
        grow = circle[R] - circle[FR]
        a = ex * ex + ey * ey - grow * grow
        b = dx * ex + dy * ey + circle[FR] * grow
        c = dx * dx + dy * dy - circle[FR] * circle[FR]
        inside = (b * b - a * c) / (a * a)
        root = math.sqrt(max(inside, EPSILON))
        t = b / a + root
        tx, ty = ex / a, ey / a
        if inside > EPSILON:
            tx += (b * ex - a * dx) / (root * a * a)
            ty += (b * ey - a * dy) / (root * a * a)
    if spread == REFLECT:
        t = t - 2 * math.floor(t / 2)
        if t > 1:
            t, tx, ty = 2 - t, -tx, -ty
    elif spread == REPEAT:
        t = t - math.floor(t)
    return t, tx, ty


@njit(cache=True, error_model="numpy")
@no_type_check
def _stop(positions, first, end, t):
    """The stops around t: (entry before, entry after, fraction, its slope)."""
    after = first
    while after < end and positions[after] <= t:
        after += 1
    if after == first:
        return first, first, 0.0, 0.0
    if after == end:
        return end - 1, end - 1, 0.0, 0.0
    gap = positions[after] - positions[after - 1]
    return after - 1, after, (t - positions[after - 1]) / gap, 1 / gap


@njit(cache=True, error_model="numpy")
@no_type_check
def texture_places(shapes, boxes):
    """Where the textures begin, and the end of the last one."""
    place = np.zeros(len(shapes) + 1, np.int64)
    for g in range(len(shapes)):
        box = boxes[shapes[g]]
        place[g + 1] = place[g] + (box[RIGHT] - box[LEFT]) * (box[BOTTOM] - box[TOP])
    return place


@njit(cache=True, error_model="numpy")
@no_type_check
def textures(shapes, boxes, place, matrices, table, stop_paints, visible):
    """Colours of all gradients; the opacity of invisible ones is 0."""
    stop_colors, stop_opacities = stop_paints.stop_colors, stop_paints.stop_opacities
    positions, circles, kinds, spreads = table.positions, table.circles, table.kinds, table.spreads
    stop_start, stops = table.stop_start, table.stops
    out = np.empty((place[-1], CHANNELS), matrices.dtype)
    for g in range(len(shapes)):
        box, at = boxes[shapes[g]], place[g]
        for y in range(box[TOP], box[BOTTOM]):
            for x in range(box[LEFT], box[RIGHT]):
                t, _, _ = _position(matrices[g], circles[g], kinds[g], spreads[g], x + 0.5, y + 0.5)
                before, after, part, _ = _stop(positions, stop_start[g], stop_start[g + 1], t)
                i, j = stops[before], stops[after]
                for c in range(ALPHA):
                    low = stop_colors[i, c]
                    out[at, c] = low + part * (stop_colors[j, c] - low)
                low = stop_opacities[i]
                out[at, ALPHA] = visible[g] * (low + part * (stop_opacities[j] - low))
                at += 1
    return out


@njit(cache=True, error_model="numpy")
@no_type_check
def _texel_gradient(grad, i, j, part, slope, stop_paints, outs):
    """Adds to the stops' gradient; returns that of the position."""
    stop_colors, stop_opacities = stop_paints.stop_colors, stop_paints.stop_opacities
    d_colors, d_opacities = outs.stop_colors, outs.stop_opacities
    along = (stop_opacities[j] - stop_opacities[i]) * grad[ALPHA]
    for c in range(ALPHA):
        along += (stop_colors[j, c] - stop_colors[i, c]) * grad[c]
        d_colors[i, c] += (1 - part) * grad[c]
        d_colors[j, c] += part * grad[c]
    d_opacities[i] += (1 - part) * grad[ALPHA]
    d_opacities[j] += part * grad[ALPHA]
    return along * slope


@njit(cache=True, error_model="numpy")
@no_type_check
def textures_gradient(
    shapes, boxes, place, matrices, table, stop_paints, visible, grad, outs, d_matrices
):
    """Backward of `textures`, into the gradients of the stops (`outs`) and of the matrices."""
    positions, circles, kinds, spreads = table.positions, table.circles, table.kinds, table.spreads
    stop_start, stops = table.stop_start, table.stops
    for g in range(len(shapes)):
        if visible[g] == 0:
            continue
        box, at = boxes[shapes[g]], place[g]
        for y in range(box[TOP], box[BOTTOM]):
            for x in range(box[LEFT], box[RIGHT]):
                px, py = x + 0.5, y + 0.5
                t, tx, ty = _position(matrices[g], circles[g], kinds[g], spreads[g], px, py)
                before, after, part, slope = _stop(positions, stop_start[g], stop_start[g + 1], t)
                along = _texel_gradient(
                    grad[at], stops[before], stops[after], part, slope, stop_paints, outs
                )
                d_matrices[g, 0, 0] += along * tx * px
                d_matrices[g, 0, 1] += along * tx * py
                d_matrices[g, 0, 2] += along * tx
                d_matrices[g, 1, 0] += along * ty * px
                d_matrices[g, 1, 1] += along * ty * py
                d_matrices[g, 1, 2] += along * ty
                at += 1
