"""Winding numbers of shapes and the gradient of their edges: compiled serial kernels (CPU).

Imported only when it is first needed. The equations are those of `coverage_torch`.
No kernel calls one of another file: numba's cache notices changes of the file a function is in,
but not of the files it calls.

Winding numbers of all shapes lie in one flat array; a shape's box of h x w pixels takes
`h * (w + 1)` places, row by row.
"""

import math
from typing import no_type_check

import numpy as np
from numba import njit

from pds.kinds.svg.raster.columns import BOTTOM, FLAT, LEFT, RIGHT, TOP


@njit(cache=True, error_model="numpy")
@no_type_check
def sort_edges(edges, shapes, count, height, width):
    """Groups edges by shape; gives their boxes on the canvas and their orientation.

    Returns `order`, `start` (edges of shape s: `order[start[s] : start[s + 1]]`), `boxes`
    `(x0, y0, x1, y1)`, `turns` (+1 or -1) and `offset`, where a shape's winding numbers begin.
    """
    start = np.zeros(count + 1, np.int64)
    low = np.empty((count, 2))
    high = np.empty((count, 2))
    for s in range(count):
        low[s, 0] = low[s, 1] = np.inf
        high[s, 0] = high[s, 1] = -np.inf
    area = np.zeros(count)
    for e in range(len(shapes)):
        s = shapes[e]
        start[s + 1] += 1
        x0, y0, x1, y1 = edges[e, 0, 0], edges[e, 0, 1], edges[e, 1, 0], edges[e, 1, 1]
        low[s, 0] = min(low[s, 0], x0, x1)
        low[s, 1] = min(low[s, 1], y0, y1)
        high[s, 0] = max(high[s, 0], x0, x1)
        high[s, 1] = max(high[s, 1], y0, y1)
        # Winding numbers count edges that go down, on the left of a pixel: minus the shoelace sum.
        area[s] += x1 * y0 - x0 * y1
    for s in range(count):
        start[s + 1] += start[s]
    order = np.empty(len(shapes), np.int64)
    fill = np.empty(count, np.int64)
    for s in range(count):
        fill[s] = start[s]
    for e in range(len(shapes)):
        order[fill[shapes[e]]] = e
        fill[shapes[e]] += 1
    boxes = np.zeros((count, 4), np.int64)
    turns = np.empty(count)
    offset = np.zeros(count + 1, np.int64)
    for s in range(count):
        if start[s + 1] > start[s]:
            # Clamped before they are rounded: numba's floor of a huge number is not an integer.
            boxes[s, LEFT] = math.floor(min(max(low[s, 0], 0.0), width))
            boxes[s, TOP] = math.floor(min(max(low[s, 1], 0.0), height))
            right = math.floor(min(max(high[s, 0], -1.0), width - 1.0)) + 1
            bottom = math.floor(min(max(high[s, 1], -1.0), height - 1.0)) + 1
            boxes[s, RIGHT] = max(boxes[s, LEFT], right)
            boxes[s, BOTTOM] = max(boxes[s, TOP], bottom)
        turns[s] = 1.0 if area[s] > FLAT else -1.0
        h, w = boxes[s, BOTTOM] - boxes[s, TOP], boxes[s, RIGHT] - boxes[s, LEFT]
        offset[s + 1] = offset[s] + h * (w + 1)
    return order, start, boxes, turns, offset


@njit(cache=True, error_model="numpy")
@no_type_check
def _add_row(acc, row, width, xa, xb, dy):
    """Adds a piece inside one pixel row, from x = xa to xb, that goes down by dy."""
    left, right = min(xa, xb), max(xa, xb)
    if left >= width:
        return
    if right <= 0:
        acc[row] += dy
        return
    first = math.floor(left)
    if right <= first + 1 and left >= 0:
        mean = 0.5 * (left + right) - first
        column = row + int(first)
        acc[column] += dy * (1 - mean)
        acc[column + 1] += dy * mean
        return
    per_x = dy / (right - left)
    if left < 0:
        acc[row] += -left * per_x
        left = 0.0
    column = math.floor(left)
    while left < right and column < width:
        end = min(right, column + 1.0)
        part = (end - left) * per_x
        mean = 0.5 * (left + end) - column
        acc[row + column] += part * (1 - mean)
        acc[row + column + 1] += part * mean
        left = end
        column += 1


@njit(cache=True, error_model="numpy")
@no_type_check
def _winding(edges, order, first, end, box, acc):
    """Area-averaged winding number of each pixel of a box, into `acc` (zero before)."""
    ox, oy = box[LEFT], box[TOP]
    width, height = box[RIGHT] - ox, box[BOTTOM] - oy
    stride = width + 1
    for k in range(first, end):
        e = order[k]
        x0, y0 = float(edges[e, 0, 0]) - ox, float(edges[e, 0, 1]) - oy
        x1, y1 = float(edges[e, 1, 0]) - ox, float(edges[e, 1, 1]) - oy
        if y0 == y1:
            continue
        sign = 1.0
        if y0 > y1:
            x0, y0, x1, y1, sign = x1, y1, x0, y0, -1.0
        if y1 <= 0 or y0 >= height:
            continue
        slope = (x1 - x0) / (y1 - y0)
        row = math.floor(max(y0, 0.0))
        last = math.ceil(min(y1, height))
        y = max(y0, 0.0)
        xa = x0 if y == y0 else x0 + (y - y0) * slope
        while row < last:
            below = min(y1, row + 1.0)
            xb = x1 if below == y1 else x0 + (below - y0) * slope
            _add_row(acc, row * stride, width, xa, xb, sign * (below - y))
            xa, y = xb, below
            row += 1
    for row in range(height):
        total = 0.0
        for column in range(row * stride, row * stride + width):
            total += acc[column]
            acc[column] = total


@njit(cache=True, error_model="numpy")
@no_type_check
def _edge_gradient(edges, order, first, end, box, grad, out):
    """Gradient of the edges from the gradient of the winding numbers of their box.

    A fragment (ta, tb) of an edge with normal n = (-dy, dx) in a pixel with gradient G adds
    `G (tb^2 - ta^2) / 2 n` to the edge's end and `G (tb - ta) n` less that to its start.
    """
    ox, oy = box[LEFT], box[TOP]
    width, height = box[RIGHT] - ox, box[BOTTOM] - oy
    stride = width + 1
    for k in range(first, end):
        e = order[k]
        x0, y0 = float(edges[e, 0, 0]) - ox, float(edges[e, 0, 1]) - oy
        x1, y1 = float(edges[e, 1, 0]) - ox, float(edges[e, 1, 1]) - oy
        dx, dy = x1 - x0, y1 - y0
        top, bottom = min(y0, y1), max(y0, y1)
        if bottom < 0 or top >= height:
            continue
        to_start = to_end = 0.0
        row = math.floor(max(top, 0.0))
        last = math.floor(min(bottom, height - 1.0))
        while row <= last:
            ra, rb = 0.0, 1.0
            if dy != 0:
                ra, rb = (row - y0) / dy, (row + 1.0 - y0) / dy
                if dy < 0:
                    ra, rb = rb, ra
                ra, rb = max(ra, 0.0), min(rb, 1.0)
            xa, xb = x0 + dx * ra, x0 + dx * rb
            left, right = min(xa, xb), max(xa, xb)
            column = math.floor(max(left, 0.0))
            final = math.floor(min(right, width - 1.0))
            while column <= final and ra < rb:
                ta, tb = ra, rb
                if dx != 0:
                    ca, cb = (column - x0) / dx, (column + 1.0 - x0) / dx
                    if dx < 0:
                        ca, cb = cb, ca
                    ta, tb = max(ta, ca), min(tb, cb)
                if tb > ta:
                    g = grad[row * stride + column]
                    late = 0.5 * g * (tb * tb - ta * ta)
                    to_end += late
                    to_start += g * (tb - ta) - late
                column += 1
            row += 1
        out[e, 0, 0] -= to_start * dy
        out[e, 0, 1] += to_start * dx
        out[e, 1, 0] -= to_end * dy
        out[e, 1, 1] += to_end * dx


@njit(cache=True, error_model="numpy")
@no_type_check
def windings(edges, order, start, boxes, offset):
    """Winding numbers of all shapes."""
    winding = np.zeros(offset[-1], edges.dtype)
    for s in range(len(boxes)):
        acc = winding[offset[s] : offset[s + 1]]
        if len(acc) > 0:
            _winding(edges, order, start[s], start[s + 1], boxes[s], acc)
    return winding


@njit(cache=True, error_model="numpy")
@no_type_check
def edge_gradients(edges, order, start, boxes, offset, grad, count):
    """Gradient of all edges of the first `count` shapes from that of their winding numbers."""
    out = np.zeros_like(edges)
    for s in range(count):
        part = grad[offset[s] : offset[s + 1]]
        if len(part) > 0:
            _edge_gradient(edges, order, start[s], start[s + 1], boxes[s], part, out)
    return out
