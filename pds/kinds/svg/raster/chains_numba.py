"""Which pieces of a stroked polyline there are, and the ways around its vertices: compiled (CPU).

The first half of `strokes_numba`; nothing here has a gradient. Vectors of a piece are
in one row of `line`: start x, y, end x, y, along x, y, across x, y, half width, length.
"""

import math
from typing import no_type_check

import numpy as np
from numba import njit

BUTT, ROUND_CAP = 0, 1
MITER, ROUND = 0, 1
ARC, TIP, ACROSS, THROUGH, END = 0, 1, 2, 3, 4


@njit(cache=True, error_model="numpy")
@no_type_check
def find_lines(ends, shapes, subpaths, last, scale, cap, half_widths, shortest):
    """Pieces that have a direction: (piece, is a dot, smooth) and their vectors."""
    total = len(ends)
    rows = np.empty((total, 3), np.int64)
    line = np.empty((total, 10))
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
                rows[kept, 0], rows[kept, 1], rows[kept, 2] = stop, 0, not last[stop]
                line[kept, 4], line[kept, 5], line[kept, 9] = dx / size, dy / size, size
                kept += 1
            stop += 1
        if kept == begin and cap[shapes[k]] != BUTT:
            rows[kept, 0], rows[kept, 1], rows[kept, 2] = k, 1, not last[k]
            line[kept, 4], line[kept, 5], line[kept, 9] = 1.0, 0.0, 0.0
            kept += 1
        k = stop
    for i in range(kept):
        piece = rows[i, 0]
        half = half_widths[shapes[piece]]
        for c in range(2):
            line[i, c], line[i, 2 + c] = ends[piece, 0, c], ends[piece, 1, c]
        line[i, 6], line[i, 7], line[i, 8] = -line[i, 5] * half, line[i, 4] * half, half
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
    ux, uy, vx, vy = line[i, 4], line[i, 5], line[j, 4], line[j, 5]
    cross, dot = ux * vy - uy * vx, ux * vx + uy * vy
    side = 1 if cross >= 0 else -1
    angle = math.atan2(cross, dot)
    turn, half = abs(angle), line[i, 8]
    style = ROUND if rows[i, 2] else join
    kind, count = ARC, 1
    if style == ROUND:
        count = _arc_steps(turn, half, scale, tolerance, most)
    elif style == MITER and math.sqrt(2 / max(1 + dot, 1e-12)) <= limit:
        kind, count = TIP, 2
    chains[n, 0], chains[n, 1], chains[n, 2] = kind, i, j
    chains[n, 3], chains[n, 4], chains[n, 5] = side, count, shape
    short = min(line[i, 9], line[j, 9])
    direct = half * turn < short and turn < 1.5
    chains[n + 1, 0], chains[n + 1, 1], chains[n + 1, 2] = ACROSS if direct else THROUGH, i, j
    chains[n + 1, 3], chains[n + 1, 4], chains[n + 1, 5] = side, 1 if direct else 2, shape
    angles[n] = angles[n + 1] = angle


@njit(cache=True, error_model="numpy")
@no_type_check
def find_chains(rows, line, shapes, subpaths, closed, cap, join, limit, scale, tolerance, most):
    """Ways around all vertices: (kind, piece before, piece after, side, edges, shape)."""
    count = len(rows)
    chains = np.empty((2 * count + 2, 6), np.int64)
    angles = np.empty(2 * count + 2)
    n = first = 0
    for i in range(count):
        piece = rows[i, 0]
        subpath, s = subpaths[piece], shapes[piece]
        more = i + 1 < count and subpaths[rows[i + 1, 0]] == subpath
        if more or (closed[subpath] and not rows[first, 1]):
            j = i + 1 if more else first
            _add_join(
                i, j, rows, line, s, scale[s], join[s], limit[s], tolerance, most, chains, angles, n
            )
            n += 2
        else:
            edges = 1 if cap[s] == BUTT else 3
            if cap[s] == ROUND_CAP:
                edges = _arc_steps(math.pi, line[i, 8], scale[s], tolerance, most)
            for k in range(2):
                at = i if k == 0 else first
                chains[n, 0], chains[n, 1], chains[n, 2] = END + k, at, at
                chains[n, 3], chains[n, 4], chains[n, 5] = 1, edges, s
                angles[n] = math.pi
                n += 1
        if not more:
            first = i + 1
    return chains[:n], angles[:n]
