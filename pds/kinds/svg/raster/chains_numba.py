"""Which pieces of a stroked polyline there are, and the ways around its vertices: compiled (CPU).

The first half of `strokes_numba`; nothing here has a gradient. `rows` and
`line` have a row for each piece that has a direction, `chains` one for each way around a vertex;
their columns are those of `columns`.
"""

import math
from typing import no_type_check

import numpy as np
from numba import njit

from pds.kinds.svg.raster.columns import (
    ACROSS,
    ACROSS_X,
    ACROSS_Y,
    AFTER,
    ALONG_X,
    ALONG_Y,
    ARC,
    BEFORE,
    BUTT,
    DOT,
    EDGES,
    END,
    END_X,
    EPSILON,
    HALF,
    KIND,
    LENGTH,
    MITER,
    PIECE,
    ROUND,
    ROUND_CAP,
    SHAPE,
    SIDE,
    SMOOTH,
    START_X,
    THROUGH,
    TIP,
)


@njit(cache=True, error_model="numpy")
@no_type_check
def find_lines(ends, shapes, subpaths, last, scale, cap, half_widths, shortest):
    """Pieces that have a direction: (piece, is a dot, smooth) and their vectors."""
    total = len(ends)
    rows = np.empty((total, SMOOTH + 1), np.int64)
    line = np.empty((total, LENGTH + 1))
    kept = 0
    k = 0
    while k < total:
        begin = kept
        stop = k
        while stop < total and subpaths[stop] == subpaths[k]:
            dx = float(ends[stop, 1, 0]) - ends[stop, 0, 0]
            dy = float(ends[stop, 1, 1]) - ends[stop, 0, 1]
            size = math.sqrt(dx * dx + dy * dy)
            if size * scale[shapes[stop]] > shortest:
                rows[kept, PIECE], rows[kept, DOT], rows[kept, SMOOTH] = stop, 0, not last[stop]
                line[kept, ALONG_X], line[kept, ALONG_Y] = dx / size, dy / size
                line[kept, LENGTH] = size
                kept += 1
            stop += 1
        if kept == begin and cap[shapes[k]] != BUTT:
            rows[kept, PIECE], rows[kept, DOT], rows[kept, SMOOTH] = k, 1, not last[k]
            line[kept, ALONG_X], line[kept, ALONG_Y], line[kept, LENGTH] = 1.0, 0.0, 0.0
            kept += 1
        k = stop
    for i in range(kept):
        piece = rows[i, PIECE]
        half = half_widths[shapes[piece]]
        for c in range(2):
            line[i, START_X + c], line[i, END_X + c] = ends[piece, 0, c], ends[piece, 1, c]
        line[i, HALF] = half
        line[i, ACROSS_X], line[i, ACROSS_Y] = -line[i, ALONG_Y] * half, line[i, ALONG_X] * half
    return rows[:kept], line[:kept]


@njit(cache=True, error_model="numpy")
@no_type_check
def _arc_steps(angle, half, scale, tolerance, most):
    sagitta = min(tolerance / max(half * scale, 1e-9), 1.0)
    return int(min(max(math.ceil(angle / (2 * math.acos(1 - sagitta)) - 1e-6), 1), most))


@njit(cache=True, error_model="numpy")
@no_type_check
def _add_join(i, j, rows, line, shape, scale, join, limit, tolerance, most, chains, angles, n):
    """Lists the outer and the inner way around a corner."""
    ux, uy, vx, vy = line[i, ALONG_X], line[i, ALONG_Y], line[j, ALONG_X], line[j, ALONG_Y]
    cross, dot = ux * vy - uy * vx, ux * vx + uy * vy
    side = 1 if cross >= 0 else -1
    angle = math.atan2(cross, dot)
    turn, half = abs(angle), line[i, HALF]
    style = ROUND if rows[i, SMOOTH] else join
    kind, count = ARC, 1
    if style == ROUND:
        count = _arc_steps(turn, half, scale, tolerance, most)
    elif style == MITER and math.sqrt(2 / max(1 + dot, EPSILON)) <= limit:
        kind, count = TIP, 2
    chains[n, KIND], chains[n, BEFORE], chains[n, AFTER] = kind, i, j
    chains[n, SIDE], chains[n, EDGES], chains[n, SHAPE] = side, count, shape
    short = min(line[i, LENGTH], line[j, LENGTH])
    direct = half * turn < short and turn < 1.5
    inner = n + 1
    chains[inner, KIND] = ACROSS if direct else THROUGH
    chains[inner, BEFORE], chains[inner, AFTER] = i, j
    chains[inner, SIDE], chains[inner, SHAPE] = side, shape
    chains[inner, EDGES] = 1 if direct else 2
    angles[n] = angles[inner] = angle


@njit(cache=True, error_model="numpy")
@no_type_check
def find_chains(rows, line, shapes, subpaths, closed, cap, join, limit, scale, tolerance, most):
    """Ways around all vertices: (kind, piece before, piece after, side, edges, shape)."""
    count = len(rows)
    chains = np.empty((2 * count + 2, SHAPE + 1), np.int64)
    angles = np.empty(2 * count + 2)
    n = first = 0
    for i in range(count):
        piece = rows[i, PIECE]
        subpath, s = subpaths[piece], shapes[piece]
        more = i + 1 < count and subpaths[rows[i + 1, PIECE]] == subpath
        if more or (closed[subpath] and not rows[first, DOT]):
            j = i + 1 if more else first
            _add_join(
                i, j, rows, line, s, scale[s], join[s], limit[s], tolerance, most, chains, angles, n
            )
            n += 2
        else:
            edges = 1 if cap[s] == BUTT else 3
            if cap[s] == ROUND_CAP:
                edges = _arc_steps(math.pi, line[i, HALF], scale[s], tolerance, most)
            for k in range(2):
                at = i if k == 0 else first
                chains[n, KIND], chains[n, BEFORE], chains[n, AFTER] = END + k, at, at
                chains[n, SIDE], chains[n, EDGES], chains[n, SHAPE] = 1, edges, s
                angles[n] = math.pi
                n += 1
        if not more:
            first = i + 1
    return chains[:n], angles[:n]
