"""Painting and compositing of all layers, and its gradient, in tensor operations.

A layer with colour p and coverage times opacity a changes the canvas c, inside its box, to
c + a (p - c). Canvases are `[height, width, 4]`: red, green, blue times alpha, and alpha. What was
below each layer is kept. Backward, from the last layer to the first, with g the gradient of the
canvas after the layer: da = sum g (p - below), dp = a g, g <- (1 - a) g.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from pds.kinds.svg.raster.columns import EPSILON, PAINT, PUSH, RADIAL, SOLID, TIE
from pds.kinds.svg.raster.paint import GradientTable
from pds.kinds.svg.raster.picture import Inputs
from pds.kinds.svg.raster.program import Program


def fold(winding: Tensor, *, evenodd: bool) -> Tensor:
    """Coverage of a pixel from its mean winding number."""
    size = winding.abs()
    return 1 - (size % 2 - 1).abs() if evenodd else size.clamp(max=1)


def fold_slope(winding: Tensor, turn: float, *, evenodd: bool) -> Tensor:
    """Derivative of `fold`; at ties the side towards the shape, whose orientation is `turn`."""
    size, sign = winding.abs(), winding.sign()
    if evenodd:
        slope = torch.where((size - TIE).ceil() % 2 == 1, sign, -sign)
    else:
        slope = torch.where(size > 1 + TIE, 0.0, sign)
    return torch.where(size < TIE, turn, slope)


def _position(table: GradientTable, row: int, matrix: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Position along a gradient at pixels (see :mod:`pds.kinds.svg.raster.paint`)."""
    u = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
    t = u
    if table.kinds[row] == RADIAL:
        v = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
        cx, cy, r, fx, fy, fr = table.circle[row].tolist()
        dx, dy, ex, ey = u - fx, v - fy, cx - fx, cy - fy
        a = ex * ex + ey * ey - (r - fr) ** 2
        b = dx * ex + dy * ey + fr * (r - fr)
        c = dx * dx + dy * dy - fr * fr
        t = b / a + ((b * b - a * c) / (a * a)).clamp_min(EPSILON).sqrt()
    if table.spreads[row] == 1:
        t = t - 2 * (t.detach() / 2).floor()
        t = torch.where(t > 1, 2 - t, t)
    elif table.spreads[row] == 2:
        t = t - t.detach().floor()
    return t


def gradient_colors(
    table: GradientTable, row: int, box: list[int], numbers: tuple[Tensor, ...], positions: Tensor
) -> Tensor:
    """Colour and opacity `[h, w, 4]` of a gradient in a box; differentiable in the numbers.

    Args:
        table: the gradients.
        row: which of them.
        box: `x0, y0, x1, y1`.
        numbers: matrix `2 x 3`, stop colours and stop opacities of the whole drawing.
        positions: offsets of the tabulated stops.
    """
    matrix, stop_colors, stop_opacities = numbers
    x = torch.arange(box[0], box[2], device=matrix.device)[None, :] + 0.5
    y = torch.arange(box[1], box[3], device=matrix.device)[:, None] + 0.5
    t = _position(table, row, matrix, x.to(matrix), y.to(matrix)).expand(len(y), x.shape[1])
    first, end = int(table.stop_start[row]), int(table.stop_start[row + 1])
    stops = torch.from_numpy(table.stops[first:end]).to(matrix.device)
    at = positions[first:end].contiguous()
    after = torch.searchsorted(at, t.detach().contiguous(), right=True)
    i, j = (after - 1).clamp_min(0), after.clamp_max(end - first - 1)
    gap = at[j] - at[i]
    part = torch.where(i != j, (t - at[i]) / torch.where(i != j, gap, 1), 0)[..., None]
    values = torch.cat([stop_colors, stop_opacities[:, None]], 1)[stops]
    return values[i] + part * (values[j] - values[i])


@dataclass(kw_only=True)
class Compositor:
    """Paints all operations of a program forwards, and runs them backwards.

    Attributes:
        program, table: what to paint.
        inputs: its numbers.
        boxes: box of every shape.
        turns: orientation of every shape.
        windings: winding numbers of every shape, `[h, w + 1]`.
        masks: clip masks `[masks, height, width]`.
        keep: whether to keep what `backward` needs.
    """

    program: Program
    table: GradientTable
    inputs: Inputs
    boxes: list[list[int]]
    turns: list[float]
    windings: list[Tensor]
    masks: Tensor
    keep: bool
    _saved: dict[int, tuple[Tensor, ...]] = field(default_factory=dict)

    def forward(self, canvas: Tensor) -> Tensor:
        """Draws onto a canvas, in place."""
        stack, spans = [canvas], []
        for i, kind in enumerate(self.program.kind):
            if kind == PUSH:
                stack.append(torch.zeros_like(canvas))
                spans.append(None)
            elif kind == PAINT:
                box = self.boxes[self.program.shape[i]]
                if box[2] > box[0] and box[3] > box[1]:
                    self._paint(i, _inside(stack[-1], box), box)
                    spans = [_union(span, box) for span in spans]
            else:
                top, box = stack.pop(), spans.pop()
                if box is not None:
                    self._pop(i, _inside(stack[-1], box), _inside(top, box), box)
        return canvas

    def backward(self, grad: Tensor) -> tuple[list[Tensor], ...]:
        """Gradients of the winding numbers, colours, opacities, stops and matrices."""
        n = self.inputs
        self._outs = [
            torch.zeros_like(t)
            for t in (n.colors, n.opacities, n.stop_colors, n.stop_opacities, n.matrices)
        ]
        areas = [torch.zeros_like(w) for w in self.windings]
        stack = [grad.clone()]
        for i in range(len(self.program.kind) - 1, -1, -1):
            kind = self.program.kind[i]
            if kind == PUSH:
                stack.pop()
            elif kind == PAINT:
                if i in self._saved:
                    self._unpaint(i, stack[-1], areas)
            else:
                stack.append(torch.zeros_like(grad))
                if i in self._saved:
                    self._unpop(i, stack[-2], stack[-1])
        return areas, self._outs

    def _rows(self, i: int) -> list[int]:
        p = self.program
        return p.opacities[p.opacity_start[i] : p.opacity_start[i + 1]].tolist()

    def _cover(self, i: int, box: list[int]) -> Tensor | float:
        """Product of the clip masks of an operation."""
        p = self.program
        cover = 1.0
        for clip in p.clips[p.clip_start[i] : p.clip_start[i + 1]]:
            cover = cover * self.masks[clip, box[1] : box[3], box[0] : box[2], None]
        return cover

    def _alpha(self, i: int) -> Tensor:
        return self.inputs.opacities[self._rows(i)].prod()

    def _opacity_gradient(self, i: int, grad: Tensor) -> None:
        rows = self._rows(i)
        for place, row in enumerate(rows):
            rest = rows[:place] + rows[place + 1 :]
            self._outs[1][row] += grad * self.inputs.opacities[rest].prod()

    def _color(self, i: int, box: list[int]) -> Tensor:
        """Colour and opacity `[h or 1, w or 1, 4]` of the paint, opacity 0 if it is not seen."""
        row, n = int(self.program.paint[i]), self.inputs
        if self.program.paint_kind[i] == SOLID:
            return torch.cat([n.colors[row], n.colors.new_ones(1)])[None, None]
        numbers = (n.matrices[row], n.stop_colors, n.stop_opacities)
        return gradient_colors(self.table, row, box, numbers, n.positions)

    def _seen(self, i: int) -> Tensor | float:
        solid = self.program.paint_kind[i] == SOLID
        return 1.0 if solid else self.inputs.visible[self.program.paint[i]]

    def _paint(self, i: int, canvas: Tensor, box: list[int]) -> None:
        below = canvas.clone()
        color = self._color(i, box)
        area = self.windings[self.program.shape[i]][:, :-1, None]
        evenodd = bool(self.program.evenodd[i])
        weight = self._alpha(i) * self._seen(i) * self._cover(i, box)
        a = color[..., 3:] * weight * fold(area, evenodd=evenodd)
        canvas += a * (_opaque(color) - below)
        if self.keep:
            self._saved[i] = (below,)

    def _unpaint(self, i: int, grads: Tensor, areas: list[Tensor]) -> None:
        shape = self.program.shape[i]
        box, evenodd = self.boxes[shape], bool(self.program.evenodd[i])
        area, (below,) = self.windings[shape][:, :-1, None], self._saved[i]
        color, alpha = self._color(i, box), self._alpha(i)
        clip = self._cover(i, box) * self._seen(i)
        cover = fold(area, evenodd=evenodd)
        opacity, g = color[..., 3:], _inside(grads, box)
        a = alpha * clip * opacity * cover
        da = (g * (_opaque(color) - below)).sum(-1, keepdim=True)
        d_color = torch.cat([a * g[..., :3], da * clip * alpha * cover], -1)
        self._opacity_gradient(i, (da * clip * opacity * cover).sum())
        slope = fold_slope(area, self.turns[shape], evenodd=evenodd)
        areas[shape][:, :-1] = (da * clip * alpha * opacity * slope)[..., 0]
        g *= 1 - a
        self._paint_gradient(i, box, d_color)

    def _paint_gradient(self, i: int, box: list[int], grad: Tensor) -> None:
        row, n = int(self.program.paint[i]), self.inputs
        if self.program.paint_kind[i] == SOLID:
            self._outs[0][row] += grad[..., :3].sum((0, 1))
            return
        leaves = [n.matrices[row], n.stop_colors, n.stop_opacities]
        leaves = [leaf.detach().requires_grad_() for leaf in leaves]
        with torch.enable_grad():
            color = gradient_colors(self.table, row, box, tuple(leaves), n.positions)
        matrix, stop_colors, stop_opacities = torch.autograd.grad(color, leaves, grad)
        self._outs[4][row] += matrix
        self._outs[2] += stop_colors
        self._outs[3] += stop_opacities

    def _pop(self, i: int, under: Tensor, top: Tensor, box: list[int]) -> None:
        below = under.clone()
        a = self._alpha(i) * self._cover(i, box)
        under *= 1 - a * top[..., 3:]
        under += a * top
        if self.keep:
            self._saved[i] = (below, top, torch.tensor(box))

    def _unpop(self, i: int, under: Tensor, over: Tensor) -> None:
        below, top, corners = self._saved[i]
        box = corners.tolist()
        g, cover = _inside(under, box), self._cover(i, box)
        a, through = self._alpha(i) * cover, (g * below).sum(-1, keepdim=True)
        da = (g * top).sum(-1, keepdim=True) - through * top[..., 3:]
        _inside(over, box)[...] = a * g
        _inside(over, box)[..., 3:] -= a * through
        self._opacity_gradient(i, (da * cover).sum())
        g *= 1 - a * top[..., 3:]


def _inside(canvas: Tensor, box: list[int]) -> Tensor:
    return canvas[box[1] : box[3], box[0] : box[2]]


def _opaque(color: Tensor) -> Tensor:
    """The colour with alpha 1."""
    return torch.cat([color[..., :3], torch.ones_like(color[..., 3:])], -1)


def _union(span: list[int] | None, box: list[int]) -> list[int]:
    if span is None:
        return box
    return [min(span[0], box[0]), min(span[1], box[1]), max(span[2], box[2]), max(span[3], box[3])]


def clip_masks(
    program: Program, windings: list[Tensor], boxes: list[list[int]], like: Tensor
) -> Tensor:
    """Coverage of the clip paths, `[masks, height, width]`: the union of their shapes."""
    start = program.mask_start
    masks = like.new_zeros(len(start) - 1, *like.shape[:2])
    for m in range(len(masks)):
        for k in range(start[m], start[m + 1]):
            shape = program.mask_shapes[k]
            cover = fold(windings[shape][:, :-1], evenodd=bool(program.mask_evenodd[k]))
            part = _inside(masks[m], boxes[shape])
            part += (1 - part) * cover
    return masks
