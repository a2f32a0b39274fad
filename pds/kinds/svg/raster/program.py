"""A drawing's structure as tables of numbers: what to paint on what, in which order.

Shapes are numbered: first the layers in painting order, then the shapes of the clip paths. The
tree of layers and groups becomes a list of operations on a stack of canvases.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pds.kinds.svg.raster.columns import GRADIENT, PAINT, POP, PUSH, SOLID
from pds.kinds.svg.raster.flatten import Segments, closing, gather_segments
from pds.kinds.svg.raster.paint import GradientTable, gradient_table, is_painted
from pds.kinds.svg.raster.strokes import StrokeTable, stroke_table
from pds.kinds.svg.shapes import Drawing, Gradient, Group, Layer


@dataclass(frozen=True, kw_only=True)
class Program:
    """Operations in painting order; all tables are int64 arrays.

    Attributes:
        kind: PAINT a layer, PUSH an empty canvas, POP it onto the one below.
        shape: of a PAINT, its shape.
        evenodd: of a PAINT, whether its fill rule is even-odd.
        paint_kind, paint: SOLID and a row of the colours, or GRADIENT and a row of the gradients.
        partner: the PUSH of a POP and the other way round.
        opacity_start, opacities: rows of the opacities that multiply operation i are
            `opacities[opacity_start[i] : opacity_start[i + 1]]`.
        clip_start, clips: likewise the clip masks, those of nested clip paths included.
        mask_start, mask_shapes, mask_evenodd: the shapes whose union is mask i.
        shapes: number of shapes.
        depth: largest number of canvases in use.
    """

    kind: np.ndarray
    shape: np.ndarray
    evenodd: np.ndarray
    paint_kind: np.ndarray
    paint: np.ndarray
    partner: np.ndarray
    opacity_start: np.ndarray
    opacities: np.ndarray
    clip_start: np.ndarray
    clips: np.ndarray
    mask_start: np.ndarray
    mask_shapes: np.ndarray
    mask_evenodd: np.ndarray
    shapes: int
    depth: int

    @property
    def layers(self) -> int:
        """Number of shapes that are painted; the others belong to clip paths."""
        return self.shapes - len(self.mask_shapes)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that is known of a rendering before the numbers are.

    Attributes:
        fills: segments of fills and clip shapes, placed in pixels.
        strokes: segments of strokes, placed in local units.
        styles: how shapes are stroked.
        gradients: the gradients in use, one row per painted layer.
        program: painting order.
    """

    fills: Segments
    strokes: Segments
    styles: StrokeTable
    gradients: GradientTable
    program: Program

    def to(self, device: torch.device, dtype: torch.dtype) -> "Plan":
        """The same on a device; real numbers in `dtype`."""
        return Plan(
            fills=self.fills.to(device, dtype),
            strokes=self.strokes.to(device, dtype),
            styles=self.styles.to(device, dtype),
            gradients=self.gradients.to(device, dtype),
            program=self.program,
        )


def compose(outer: Tensor, inner: Tensor) -> Tensor:
    """The `2 x 3` matrix that applies `inner`, then `outer`."""
    outer, inner = outer.double(), inner.double()
    linear = outer[:, :2] @ inner
    linear[:, 2] += outer[:, 2]
    return linear


def view_matrix(view_box: tuple[float, float, float, float], height: int, width: int) -> Tensor:
    """Canvas to pixels: the viewBox fitted into the picture and centred (xMidYMid meet)."""
    x, y, w, h = view_box
    scale = min(width / w, height / h)
    right, down = (width - w * scale) / 2 - x * scale, (height - h * scale) / 2 - y * scale
    return torch.tensor([[scale, 0.0, right], [0.0, scale, down]], dtype=torch.float64)


def make_plan(drawing: Drawing, height: int, width: int) -> Plan:
    """Tabulates a drawing for pictures of a size."""
    view = view_matrix(drawing.view_box, height, width)
    builder = _Builder(drawing, view)
    builder.walk(drawing.items)
    layers = builder.layers
    fills, strokes, styles = [], [], []
    as_is = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    for number, layer in enumerate(layers):
        to_pixels = compose(view, layer.matrix)
        styles.append((layer.stroke, to_pixels))
        if layer.stroke is None:
            fills.append((number, closing(layer.outline), to_pixels, to_pixels))
        else:
            strokes.append((number, layer.outline, as_is, to_pixels))
    masks = _masks(drawing, len(layers))
    for number, shape in masks["sources"]:
        to_pixels = compose(view, shape.matrix)
        styles.append((None, to_pixels))
        fills.append((number, closing(shape.outline), to_pixels, to_pixels))
    return Plan(
        fills=gather_segments(fills),
        strokes=gather_segments(strokes),
        styles=stroke_table(styles),
        gradients=gradient_table(builder.gradients, view),
        program=builder.program(masks, shapes=len(styles)),
    )


def _masks(drawing: Drawing, offset: int) -> dict:
    """Numbers the shapes of the clip paths."""
    sources, start, evenodd = [], [0], []
    for clip in drawing.clips:
        for shape in clip.shapes:
            sources.append((offset + len(sources), shape))
            evenodd.append(int(shape.fill_rule == "evenodd"))
        start.append(len(sources))
    return {"sources": sources, "start": start, "evenodd": evenodd}


class _Builder:
    """Collects operations while walking through the items."""

    def __init__(self, drawing: Drawing, view: Tensor):
        self.drawing = drawing
        self.view = view
        self.layers: list[Layer] = []
        self.gradients: list[tuple[int, Layer]] = []
        self.rows: list[tuple[int, int, int, int, int, int]] = []
        self.opacities: list[tuple[int, ...]] = []
        self.clips: list[tuple[int, ...]] = []
        self.level = 1
        self.depth = 1

    def walk(self, items: tuple[Layer | Group, ...]) -> None:
        for item in items:
            if isinstance(item, Group):
                self._group(item)
            elif is_painted(item.paint):
                self._layer(item)

    def _layer(self, layer: Layer) -> None:
        number = len(self.layers)
        self.layers.append(layer)
        if isinstance(layer.paint, Gradient):
            paint = (GRADIENT, len(self.gradients))
            self.gradients.append((number, layer))
        else:
            paint = (SOLID, layer.paint.color)
        evenodd = int(layer.fill_rule == "evenodd" and layer.stroke is None)
        self._operation((PAINT, number, evenodd, *paint, -1), layer.opacities, layer.clips)

    def _group(self, group: Group) -> None:
        push = len(self.rows)
        self._operation((PUSH, -1, 0, 0, -1, -1), (), ())
        self.level += 1
        self.depth = max(self.depth, self.level)
        self.walk(group.children)
        self.level -= 1
        self.rows[push] = (*self.rows[push][:5], len(self.rows))
        self._operation((POP, -1, 0, 0, -1, push), group.opacities, group.clips)

    def _operation(self, row, opacities: tuple[int, ...], clips: tuple[int, ...]) -> None:
        self.rows.append(row)
        self.opacities.append(opacities)
        self.clips.append(self._closure(clips))

    def _closure(self, clips: tuple[int, ...]) -> tuple[int, ...]:
        """The clips and all that cut them, each once."""
        found: list[int] = []
        waiting = list(clips)
        while waiting:
            clip = waiting.pop(0)
            if clip not in found:
                found.append(clip)
                waiting += self.drawing.clips[clip].clips
        return tuple(found)

    def program(self, masks: dict, *, shapes: int) -> Program:
        columns = np.array(self.rows, dtype=np.int64).reshape(-1, 6).T
        kind, shape, evenodd, paint_kind, paint, partner = (
            np.ascontiguousarray(c) for c in columns
        )
        opacity_start, opacities = _ragged(self.opacities)
        clip_start, clips = _ragged(self.clips)
        return Program(
            kind=kind,
            shape=shape,
            evenodd=evenodd,
            paint_kind=paint_kind,
            paint=paint,
            partner=partner,
            opacity_start=opacity_start,
            opacities=opacities,
            clip_start=clip_start,
            clips=clips,
            mask_start=np.array(masks["start"], dtype=np.int64),
            mask_shapes=np.array([n for n, _ in masks["sources"]], dtype=np.int64),
            mask_evenodd=np.array(masks["evenodd"], dtype=np.int64),
            shapes=shapes,
            depth=self.depth,
        )


def _ragged(rows: list[tuple[int, ...]]) -> tuple[np.ndarray, np.ndarray]:
    start = np.cumsum([0] + [len(row) for row in rows]).astype(np.int64)
    return start, np.array([value for row in rows for value in row], dtype=np.int64)
