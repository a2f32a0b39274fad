"""Pieces of compositing: coverage from winding numbers, clips, opacities, boxes of groups.

Compiled (CPU); the layout of winding numbers is that of `coverage_numba`.
"""

import math
from typing import no_type_check

import numpy as np
from numba import njit

from pds.kinds.svg.raster.columns import BOTTOM, LEFT, PAINT, PUSH, RIGHT, TIE, TOP


@njit(cache=True, error_model="numpy", inline="always")
@no_type_check
def fold(winding, evenodd):
    """Coverage, 0 to 1, of a winding number by the fill rule."""
    size = abs(winding)
    if evenodd:
        return 1 - abs(size - 2 * math.floor(size / 2) - 1)
    return min(size, 1.0)


@njit(cache=True, error_model="numpy", inline="always")
@no_type_check
def fold_slope(winding, evenodd, turn):
    """Derivative of `fold`; at ties the side towards the shape."""
    size = abs(winding)
    if size < TIE:
        return turn
    sign = 1.0 if winding > 0 else -1.0
    if evenodd:
        return sign if math.ceil(size - TIE) % 2 == 1 else -sign
    return 0.0 if size > 1 + TIE else sign


@njit(cache=True, error_model="numpy")
@no_type_check
def draw_masks(boxes, winding, offset, mask_start, shapes, evenodd, masks):
    """Coverage of clip paths, the union of their shapes, into `masks` (zero before)."""
    for m in range(len(mask_start) - 1):
        for k in range(mask_start[m], mask_start[m + 1]):
            box, place = boxes[shapes[k]], offset[shapes[k]]
            for y in range(box[TOP], box[BOTTOM]):
                for x in range(box[LEFT], box[RIGHT]):
                    masks[m, y, x] += (1 - masks[m, y, x]) * fold(winding[place], evenodd[k])
                    place += 1
                place += 1


@njit(cache=True, error_model="numpy")
@no_type_check
def clip_row(masks, clips, first, end, y, x0, width, out):
    """Product of clip masks along a piece of a row."""
    for x in range(width):
        out[x] = 1
    for k in range(first, end):
        mask = masks[clips[k], y]
        for x in range(width):
            out[x] *= mask[x0 + x]


@njit(cache=True, error_model="numpy")
@no_type_check
def opacity_of(opacities, rows, first, end):
    """Product of the opacities in `rows[first:end]`."""
    product = 1.0
    for k in range(first, end):
        product *= opacities[rows[k]]
    return product


@njit(cache=True, error_model="numpy")
@no_type_check
def opacity_gradient(opacities, rows, first, end, grad, out):
    """Gradient of a product of opacities."""
    for k in range(first, end):
        rest = grad
        for j in range(first, end):
            if j != k:
                rest *= opacities[rows[j]]
        out[rows[k]] += rest


@njit(cache=True, error_model="numpy")
@no_type_check
def group_boxes(kind, shape, partner, boxes):
    """Boxes of groups (the union of what they hold, at PUSH and POP) and where POPs save."""
    result = np.zeros((len(kind), 4), np.int64)
    place = np.zeros(len(kind) + 1, np.int64)
    for i in range(len(kind)):
        place[i + 1] = place[i]
        if kind[i] == PAINT:
            result[i] = boxes[shape[i]]
        elif kind[i] != PUSH:
            x0 = y0 = np.int64(1) << 40
            x1 = y1 = np.int64(0)
            for k in range(partner[i] + 1, i):
                box = result[k]
                if kind[k] != PUSH and box[RIGHT] > box[LEFT] and box[BOTTOM] > box[TOP]:
                    x0, y0 = min(x0, box[LEFT]), min(y0, box[TOP])
                    x1, y1 = max(x1, box[RIGHT]), max(y1, box[BOTTOM])
            if x1 > x0:
                result[i, LEFT], result[i, TOP] = x0, y0
                result[i, RIGHT], result[i, BOTTOM] = x1, y1
                place[i + 1] += (x1 - x0) * (y1 - y0)
            result[partner[i]] = result[i]
    return result, place
