"""Painting and compositing of all layers, and its gradient: compiled serial kernels (CPU).

Imported only when it is first needed. The equations are those of `compositing_torch`;
the layout of winding numbers is that of `coverage_numba`. A canvas is
`[height, width, 4]`: red, green, blue times alpha, and alpha.
"""

from typing import NamedTuple, no_type_check

import numpy as np
from numba import njit

from pds.kinds.svg.raster.columns import (
    ALPHA,
    BOTTOM,
    CHANNELS,
    LEFT,
    PAINT,
    PUSH,
    RIGHT,
    SOLID,
    TOP,
)
from pds.kinds.svg.raster.layers_numba import (
    clip_row,
    fold,
    fold_slope,
    opacity_gradient,
    opacity_of,
)


class Operations(NamedTuple):
    """The columns of `program.Program` that say what an operation paints."""

    shape: np.ndarray
    evenodd: np.ndarray
    paint_kind: np.ndarray
    paint: np.ndarray
    opacity_start: np.ndarray
    opacities: np.ndarray
    clip_start: np.ndarray
    clips: np.ndarray


class Tree(NamedTuple):
    """What kind each operation is, its box on the canvas, and where a POP saves its pixels."""

    kind: np.ndarray
    box: np.ndarray
    place: np.ndarray


class Paints(NamedTuple):
    """Colours and opacities, or their gradients."""

    colors: np.ndarray
    opacities: np.ndarray


class Kept(NamedTuple):
    """Room for what the backward needs, and keep = 1; or for one row and one pixel, and 0."""

    layers: np.ndarray
    groups: np.ndarray
    keep: int


@njit(cache=True, error_model="numpy")
@no_type_check
def _color_row(solid, color, texture, at, out):
    """Colour and opacity of the paint along a piece of a row."""
    if solid:
        for x in range(len(out)):
            out[x, 0], out[x, 1], out[x, 2], out[x, 3] = color[0], color[1], color[2], 1
    else:
        for x in range(len(out)):
            for c in range(CHANNELS):
                out[x, c] = texture[at + x, c]


@njit(cache=True, error_model="numpy")
@no_type_check
def _paint_layer(i, ops, canvas, box, winding, place, masks, paints, texture, at, saved, keep):
    """Lays one layer onto a canvas: c += a (paint - c); keeps what was below."""
    opacity_start, opacities = ops.opacity_start, ops.opacities
    clip_start, clips = ops.clip_start, ops.clips
    colors, alphas = paints.colors, paints.opacities
    width, rule, row = box[RIGHT] - box[LEFT], ops.evenodd[i], ops.paint[i]
    alpha = opacity_of(alphas, opacities, opacity_start[i], opacity_start[i + 1])
    solid = ops.paint_kind[i] == SOLID
    plain = colors[row] if solid else texture[0]
    color = np.empty((width, CHANNELS), canvas.dtype)
    cover = np.empty(width, canvas.dtype)
    for y in range(box[TOP], box[BOTTOM]):
        clip_row(masks, clips, clip_start[i], clip_start[i + 1], y, box[LEFT], width, cover)
        if y == box[TOP] or not solid:
            _color_row(solid, plain, texture, at, color)
        line = canvas[y, box[LEFT] : box[RIGHT]]
        below = saved[place * keep : place * keep + width]
        for x in range(width):
            a = alpha * cover[x] * color[x, ALPHA] * fold(winding[place + x], rule)
            for c in range(ALPHA):
                below[x, c] = line[x, c]
                line[x, c] += a * (color[x, c] - line[x, c])
            below[x, ALPHA] = line[x, ALPHA]
            line[x, ALPHA] += a * (1 - line[x, ALPHA])
        place += width + 1
        at += width


@njit(cache=True, error_model="numpy")
@no_type_check
def _layer_gradient(
    i, ops, grad, box, winding, turn, place, masks, paints, texture, at, saved, outs
):
    """Backward of `_paint_layer`; gradients replace the winding numbers and the texture."""
    opacity_start, opacities = ops.opacity_start, ops.opacities
    clip_start, clips = ops.clip_start, ops.clips
    colors, alphas = paints.colors, paints.opacities
    d_colors, d_alphas = outs.colors, outs.opacities
    width, rule, row = box[RIGHT] - box[LEFT], ops.evenodd[i], ops.paint[i]
    first, end = opacity_start[i], opacity_start[i + 1]
    alpha = opacity_of(alphas, opacities, first, end)
    solid = ops.paint_kind[i] == SOLID
    plain = colors[row] if solid else texture[0]
    color = np.empty((width, CHANNELS), grad.dtype)
    cover = np.empty(width, grad.dtype)
    d_alpha = red = green = blue = 0.0
    for y in range(box[TOP], box[BOTTOM]):
        clip_row(masks, clips, clip_start[i], clip_start[i + 1], y, box[LEFT], width, cover)
        if y == box[TOP] or not solid:
            _color_row(solid, plain, texture, at, color)
        line = grad[y, box[LEFT] : box[RIGHT]]
        below = saved[place : place + width]
        for x in range(width):
            area = winding[place + x]
            inside, opaque = fold(area, rule), color[x, ALPHA]
            seen = cover[x] * inside
            a = alpha * opaque * seen
            g0, g1, g2, g3 = line[x, 0], line[x, 1], line[x, 2], line[x, ALPHA]
            da = g0 * (color[x, 0] - below[x, 0]) + g1 * (color[x, 1] - below[x, 1])
            da += g2 * (color[x, 2] - below[x, 2]) + g3 * (1 - below[x, ALPHA])
            d_alpha += da * opaque * seen
            if solid:
                red += a * g0
                green += a * g1
                blue += a * g2
            else:
                texel = texture[at + x]
                texel[0], texel[1], texel[2], texel[3] = a * g0, a * g1, a * g2, da * alpha * seen
            rest = 1 - a
            line[x, 0], line[x, 1] = g0 * rest, g1 * rest
            line[x, 2], line[x, ALPHA] = g2 * rest, g3 * rest
            winding[place + x] = da * cover[x] * alpha * opaque * fold_slope(area, rule, turn)
        place += width + 1
        at += width
    if solid:
        d_colors[row, 0] += red
        d_colors[row, 1] += green
        d_colors[row, 2] += blue
    opacity_gradient(alphas, opacities, first, end, d_alpha, d_alphas)


@njit(cache=True, error_model="numpy")
@no_type_check
def _lay_group(under, top, box, alpha, masks, clips, first, end, saved, place, keep):
    """Composites a group's canvas onto the one below."""
    cover = np.empty(box[RIGHT] - box[LEFT], top.dtype)
    for y in range(box[TOP], box[BOTTOM]):
        clip_row(masks, clips, first, end, y, box[LEFT], len(cover), cover)
        for x in range(box[LEFT], box[RIGHT]):
            a = alpha * cover[x - box[LEFT]]
            rest = 1 - a * top[y, x, ALPHA]
            for c in range(CHANNELS):
                saved[place * keep, c] = under[y, x, c]
                saved[place * keep, CHANNELS + c] = top[y, x, c]
                under[y, x, c] = under[y, x, c] * rest + a * top[y, x, c]
            place += 1


@njit(cache=True, error_model="numpy")
@no_type_check
def _group_gradient(under, over, box, alpha, masks, clips, first, end, saved, place):
    """Backward of `_lay_group`: fills `over`, dims `under`, returns the opacity's gradient."""
    cover = np.empty(box[RIGHT] - box[LEFT], over.dtype)
    d_alpha = 0.0
    for y in range(box[TOP], box[BOTTOM]):
        clip_row(masks, clips, first, end, y, box[LEFT], len(cover), cover)
        for x in range(box[LEFT], box[RIGHT]):
            a, top = alpha * cover[x - box[LEFT]], saved[place, CHANNELS + ALPHA]
            through = da = 0.0
            for c in range(CHANNELS):
                g, below = under[y, x, c], saved[place, c]
                through += g * below
                da += g * (saved[place, CHANNELS + c] - below * top)
                over[y, x, c] = a * g
                under[y, x, c] = g * (1 - a * top)
            over[y, x, ALPHA] -= a * through
            d_alpha += da * cover[x - box[LEFT]]
            place += 1
    return d_alpha


@njit(cache=True, error_model="numpy")
@no_type_check
def draw(ops, tree, canvases, boxes, winding, offset, masks, paints, texture, texture_place, kept):
    """Runs all operations; the picture is left in `canvases[0]`."""
    shape, paint_kind, paint = ops.shape, ops.paint_kind, ops.paint
    opacity_start, opacities = ops.opacity_start, ops.opacities
    clip_start, clips = ops.clip_start, ops.clips
    kind, group_box, group_place = tree.kind, tree.box, tree.place
    saved, saved_groups, keep = kept.layers, kept.groups, kept.keep
    level = 0
    for i in range(len(kind)):
        box = group_box[i]
        empty = box[RIGHT] <= box[LEFT] or box[BOTTOM] <= box[TOP]
        if kind[i] == PUSH:
            level += 1
            canvases[level, box[TOP] : box[BOTTOM], box[LEFT] : box[RIGHT]] = 0
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
                first, end = opacity_start[i], opacity_start[i + 1]
                alpha = opacity_of(paints.opacities, opacities, first, end)
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
    shape, paint_kind, paint = ops.shape, ops.paint_kind, ops.paint
    opacity_start, opacities = ops.opacity_start, ops.opacities
    clip_start, clips = ops.clip_start, ops.clips
    kind, group_box, group_place = tree.kind, tree.box, tree.place
    saved, saved_groups = kept.layers, kept.groups
    level = 0
    for i in range(len(kind) - 1, -1, -1):
        box = group_box[i]
        empty = box[RIGHT] <= box[LEFT] or box[BOTTOM] <= box[TOP]
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
                alpha = opacity_of(paints.opacities, opacities, first, end)
                d_alpha = _group_gradient(
                    grads[level - 1], grads[level], box, alpha, masks, clips,
                    clip_start[i], clip_start[i + 1], saved_groups, group_place[i],
                )  # fmt: skip
                opacity_gradient(paints.opacities, opacities, first, end, d_alpha, outs.opacities)
