"""Painting and compositing of all layers, and its gradient: compiled serial kernels (CPU).

Imported only when it is first needed. The equations are those of `compositing_torch`;
the layout of winding numbers is that of `coverage_numba`. A canvas is
`[height, width, 4]`: red, green, blue times alpha, and alpha.
"""

import math
from typing import no_type_check

import numpy as np
from numba import njit

TIE = 1e-4
PAINT, PUSH = 0, 1
SOLID = 0


@njit(cache=True, error_model="numpy", inline="always")
@no_type_check
def _fold(winding, evenodd):
    size = abs(winding)
    if evenodd:
        return 1 - abs(size - 2 * math.floor(size / 2) - 1)
    return min(size, 1.0)


@njit(cache=True, error_model="numpy", inline="always")
@no_type_check
def _fold_slope(winding, evenodd, turn):
    """Derivative of `_fold`; at ties the side towards the shape."""
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
            for y in range(box[1], box[3]):
                for x in range(box[0], box[2]):
                    masks[m, y, x] += (1 - masks[m, y, x]) * _fold(winding[place], evenodd[k])
                    place += 1
                place += 1


@njit(cache=True, error_model="numpy")
@no_type_check
def _clip_row(masks, clips, first, end, y, x0, width, out):
    """Product of clip masks along a piece of a row."""
    for x in range(width):
        out[x] = 1
    for k in range(first, end):
        mask = masks[clips[k], y]
        for x in range(width):
            out[x] *= mask[x0 + x]


@njit(cache=True, error_model="numpy")
@no_type_check
def _opacity(opacities, rows, first, end):
    product = 1.0
    for k in range(first, end):
        product *= opacities[rows[k]]
    return product


@njit(cache=True, error_model="numpy")
@no_type_check
def _opacity_gradient(opacities, rows, first, end, grad, out):
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
                if kind[k] != PUSH and box[2] > box[0] and box[3] > box[1]:
                    x0, y0 = min(x0, box[0]), min(y0, box[1])
                    x1, y1 = max(x1, box[2]), max(y1, box[3])
            if x1 > x0:
                result[i, 0], result[i, 1], result[i, 2], result[i, 3] = x0, y0, x1, y1
                place[i + 1] += (x1 - x0) * (y1 - y0)
            result[partner[i]] = result[i]
    return result, place


@njit(cache=True, error_model="numpy")
@no_type_check
def _color_row(solid, color, texture, at, out):
    """Colour and opacity of the paint along a piece of a row."""
    if solid:
        for x in range(len(out)):
            out[x, 0], out[x, 1], out[x, 2], out[x, 3] = color[0], color[1], color[2], 1
    else:
        for x in range(len(out)):
            for c in range(4):
                out[x, c] = texture[at + x, c]


@njit(cache=True, error_model="numpy")
@no_type_check
def _paint_layer(i, ops, canvas, box, winding, place, masks, paints, texture, at, saved, keep):
    """Lays one layer onto a canvas: c += a (paint - c); keeps what was below."""
    _, evenodd, paint_kind, paint, opacity_start, opacities, clip_start, clips = ops
    colors, alphas = paints
    width, rule, row = box[2] - box[0], evenodd[i], paint[i]
    alpha = _opacity(alphas, opacities, opacity_start[i], opacity_start[i + 1])
    solid = paint_kind[i] == SOLID
    plain = colors[row] if solid else texture[0]
    color = np.empty((width, 4), canvas.dtype)
    cover = np.empty(width, canvas.dtype)
    for y in range(box[1], box[3]):
        _clip_row(masks, clips, clip_start[i], clip_start[i + 1], y, box[0], width, cover)
        if y == box[1] or not solid:
            _color_row(solid, plain, texture, at, color)
        line = canvas[y, box[0] : box[2]]
        below = saved[place * keep : place * keep + width]
        for x in range(width):
            a = alpha * cover[x] * color[x, 3] * _fold(winding[place + x], rule)
            for c in range(3):
                below[x, c] = line[x, c]
                line[x, c] += a * (color[x, c] - line[x, c])
            below[x, 3] = line[x, 3]
            line[x, 3] += a * (1 - line[x, 3])
        place += width + 1
        at += width


@njit(cache=True, error_model="numpy")
@no_type_check
def _layer_gradient(
    i, ops, grad, box, winding, turn, place, masks, paints, texture, at, saved, outs
):
    """Backward of `_paint_layer`; gradients replace the winding numbers and the texture."""
    _, evenodd, paint_kind, paint, opacity_start, opacities, clip_start, clips = ops
    colors, alphas = paints
    d_colors, d_alphas = outs
    width, rule, row = box[2] - box[0], evenodd[i], paint[i]
    first, end = opacity_start[i], opacity_start[i + 1]
    alpha = _opacity(alphas, opacities, first, end)
    solid = paint_kind[i] == SOLID
    plain = colors[row] if solid else texture[0]
    color = np.empty((width, 4), grad.dtype)
    cover = np.empty(width, grad.dtype)
    d_alpha = red = green = blue = 0.0
    for y in range(box[1], box[3]):
        _clip_row(masks, clips, clip_start[i], clip_start[i + 1], y, box[0], width, cover)
        if y == box[1] or not solid:
            _color_row(solid, plain, texture, at, color)
        line = grad[y, box[0] : box[2]]
        below = saved[place : place + width]
        for x in range(width):
            area = winding[place + x]
            fold, opacity = _fold(area, rule), color[x, 3]
            seen = cover[x] * fold
            a = alpha * opacity * seen
            g0, g1, g2, g3 = line[x, 0], line[x, 1], line[x, 2], line[x, 3]
            da = g0 * (color[x, 0] - below[x, 0]) + g1 * (color[x, 1] - below[x, 1])
            da += g2 * (color[x, 2] - below[x, 2]) + g3 * (1 - below[x, 3])
            d_alpha += da * opacity * seen
            if solid:
                red += a * g0
                green += a * g1
                blue += a * g2
            else:
                texel = texture[at + x]
                texel[0], texel[1], texel[2], texel[3] = a * g0, a * g1, a * g2, da * alpha * seen
            rest = 1 - a
            line[x, 0], line[x, 1], line[x, 2], line[x, 3] = (
                g0 * rest,
                g1 * rest,
                g2 * rest,
                g3 * rest,
            )
            winding[place + x] = da * cover[x] * alpha * opacity * _fold_slope(area, rule, turn)
        place += width + 1
        at += width
    if solid:
        d_colors[row, 0] += red
        d_colors[row, 1] += green
        d_colors[row, 2] += blue
    _opacity_gradient(alphas, opacities, first, end, d_alpha, d_alphas)


@njit(cache=True, error_model="numpy")
@no_type_check
def _lay_group(under, top, box, alpha, masks, clips, first, end, saved, place, keep):
    """Composites a group's canvas onto the one below."""
    cover = np.empty(box[2] - box[0], top.dtype)
    for y in range(box[1], box[3]):
        _clip_row(masks, clips, first, end, y, box[0], len(cover), cover)
        for x in range(box[0], box[2]):
            a = alpha * cover[x - box[0]]
            rest = 1 - a * top[y, x, 3]
            for c in range(4):
                saved[place * keep, c] = under[y, x, c]
                saved[place * keep, 4 + c] = top[y, x, c]
                under[y, x, c] = under[y, x, c] * rest + a * top[y, x, c]
            place += 1


@njit(cache=True, error_model="numpy")
@no_type_check
def _group_gradient(under, over, box, alpha, masks, clips, first, end, saved, place):
    """Backward of `_lay_group`: fills `over`, dims `under`, returns the opacity's gradient."""
    cover = np.empty(box[2] - box[0], over.dtype)
    d_alpha = 0.0
    for y in range(box[1], box[3]):
        _clip_row(masks, clips, first, end, y, box[0], len(cover), cover)
        for x in range(box[0], box[2]):
            a, top = alpha * cover[x - box[0]], saved[place, 7]
            through = da = 0.0
            for c in range(4):
                g, below = under[y, x, c], saved[place, c]
                through += g * below
                da += g * (saved[place, 4 + c] - below * top)
                over[y, x, c] = a * g
                under[y, x, c] = g * (1 - a * top)
            over[y, x, 3] -= a * through
            d_alpha += da * cover[x - box[0]]
            place += 1
    return d_alpha


@njit(cache=True, error_model="numpy")
@no_type_check
def draw(ops, tree, canvases, boxes, winding, offset, masks, paints, texture, texture_place, kept):
    """Runs all operations; the picture is left in `canvases[0]`.

    `kept` is room for what the backward needs, and 1; or for one row and one pixel, and 0.
    """
    shape, _, paint_kind, paint, opacity_start, opacities, clip_start, clips = ops
    kind, _, group_box, group_place = tree
    saved, saved_groups, keep = kept
    level = 0
    for i in range(len(kind)):
        box = group_box[i]
        empty = box[2] <= box[0] or box[3] <= box[1]
        if kind[i] == PUSH:
            level += 1
            canvases[level, box[1] : box[3], box[0] : box[2]] = 0
        elif kind[i] == PAINT:
            if not empty:
                at = 0 if paint_kind[i] == SOLID else texture_place[paint[i]]
                _paint_layer(
                    i, ops, canvases[level], box, winding, offset[shape[i]],
                    masks, paints, texture, at, saved, keep,
                )  # fmt: skip
        else:
            level -= 1
            if not empty:
                alpha = _opacity(paints[1], opacities, opacity_start[i], opacity_start[i + 1])
                _lay_group(
                    canvases[level], canvases[level + 1], box, alpha, masks, clips,
                    clip_start[i], clip_start[i + 1], saved_groups, group_place[i], keep,
                )  # fmt: skip


@njit(cache=True, error_model="numpy")
@no_type_check
def draw_gradient(
    ops,
    tree,
    grads,
    boxes,
    winding,
    turns,
    offset,
    masks,
    paints,
    texture,
    texture_place,
    kept,
    outs,
):
    """Backward of `draw`: `grads[0]` is the gradient of the picture, and is used up."""
    shape, _, paint_kind, paint, opacity_start, opacities, clip_start, clips = ops
    kind, _, group_box, group_place = tree
    saved, saved_groups, _ = kept
    level = 0
    for i in range(len(kind) - 1, -1, -1):
        box = group_box[i]
        empty = box[2] <= box[0] or box[3] <= box[1]
        if kind[i] == PUSH:
            level -= 1
        elif kind[i] == PAINT:
            if not empty:
                s = shape[i]
                at = 0 if paint_kind[i] == SOLID else texture_place[paint[i]]
                _layer_gradient(
                    i, ops, grads[level], box, winding, turns[s], offset[s],
                    masks, paints, texture, at, saved, outs,
                )  # fmt: skip
        else:
            level += 1
            if not empty:
                first, end = opacity_start[i], opacity_start[i + 1]
                alpha = _opacity(paints[1], opacities, first, end)
                d_alpha = _group_gradient(
                    grads[level - 1], grads[level], box, alpha, masks, clips,
                    clip_start[i], clip_start[i + 1], saved_groups, group_place[i],
                )  # fmt: skip
                _opacity_gradient(paints[1], opacities, first, end, d_alpha, outs[1])
