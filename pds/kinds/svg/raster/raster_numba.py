"""The compiled form of the rasteriser (CPU): arrays in, kernels, arrays out.

A form is a module with four steps: `flatten`, `stroke_edges`, `draw` and `backward`. This one is
imported only when it is first used; importing it compiles nothing, and what was compiled once is
kept in numba's cache folder.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pds.kinds.svg.raster import (
    compositing_numba,
    coverage_numba,
    layers_numba,
    textures_numba,
)
from pds.kinds.svg.raster.columns import CHANNELS
from pds.kinds.svg.raster.compositing_numba import Kept, Operations, Paints, Tree
from pds.kinds.svg.raster.flatten_numba import flatten
from pds.kinds.svg.raster.paint import GradientTable
from pds.kinds.svg.raster.picture import Inputs, Target
from pds.kinds.svg.raster.program import Plan, Program
from pds.kinds.svg.raster.strokes_numba import stroke_edges
from pds.kinds.svg.raster.textures_numba import GradientArrays, StopPaints

__all__ = ["backward", "draw", "flatten", "stroke_edges"]


class SortedEdges(NamedTuple):
    """What `coverage_numba.sort_edges` gives."""

    order: np.ndarray
    start: np.ndarray
    boxes: np.ndarray
    turns: np.ndarray
    offset: np.ndarray


class TextureInputs(NamedTuple):
    """What `textures_numba.textures` takes, in its order."""

    shapes: np.ndarray
    boxes: np.ndarray
    place: np.ndarray
    matrices: np.ndarray
    gradients: GradientArrays
    paints: StopPaints
    visible: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What the backward needs of the forward."""

    edges: np.ndarray
    sorted: SortedEdges
    winding: np.ndarray
    masks: np.ndarray
    tree: Tree
    paints: Paints
    kept: Kept
    texture: np.ndarray
    texture_inputs: TextureInputs


def _operations(p: Program) -> Operations:
    return Operations(
        shape=p.shape,
        evenodd=p.evenodd,
        paint_kind=p.paint_kind,
        paint=p.paint,
        opacity_start=p.opacity_start,
        opacities=p.opacities,
        clip_start=p.clip_start,
        clips=p.clips,
    )


def _textures(table: GradientTable, inputs: Inputs, boxes: np.ndarray) -> TextureInputs:
    shapes = table.shapes.numpy()
    gradients = GradientArrays(
        positions=inputs.positions.numpy(),
        circles=table.circle.numpy(),
        kinds=table.kinds,
        spreads=table.spreads,
        stop_start=table.stop_start,
        stops=table.stops,
    )
    return TextureInputs(
        shapes=shapes,
        boxes=boxes,
        place=textures_numba.texture_places(shapes, boxes),
        matrices=inputs.matrices.numpy(),
        gradients=gradients,
        paints=StopPaints(inputs.stop_colors.numpy(), inputs.stop_opacities.numpy()),
        visible=inputs.visible.numpy(),
    )


def draw(plan: Plan, inputs: Inputs, target: Target, *, keep: bool) -> tuple[Tensor, Saved | None]:
    """Draws; returns `[height, width, 4]` premultiplied, and what `backward` needs.

    Without `keep` nothing is kept for the backward, which saves most of the memory.
    """
    program = plan.program
    height, width = target.height, target.width
    edges, shapes = inputs.edges.numpy(), inputs.shapes.numpy()
    found = SortedEdges(*coverage_numba.sort_edges(edges, shapes, program.shapes, height, width))
    boxes, offset = found.boxes, found.offset
    winding = coverage_numba.windings(edges, found.order, found.start, boxes, offset)
    masks = np.zeros((len(program.mask_start) - 1, height, width), edges.dtype)
    layers_numba.draw_masks(
        boxes, winding, offset, program.mask_start, program.mask_shapes, program.mask_evenodd, masks
    )
    tree = Tree(
        program.kind,
        *layers_numba.group_boxes(program.kind, program.shape, program.partner, boxes),
    )
    texture_inputs = _textures(plan.gradients, inputs, boxes)
    texture = textures_numba.textures(*texture_inputs)
    canvases = np.empty((program.depth, height, width, CHANNELS), edges.dtype)
    canvases[0] = target.background
    kept = Kept(
        layers=np.empty((offset[program.layers] if keep else width, CHANNELS), edges.dtype),
        groups=np.empty((tree.place[-1] if keep else 1, 2 * CHANNELS), edges.dtype),
        keep=int(keep),
    )
    paints = Paints(inputs.colors.numpy(), inputs.opacities.numpy())
    compositing_numba.draw(
        _operations(program), tree, canvases, boxes, winding, offset,
        masks, paints, texture, texture_inputs.place, kept,
    )  # fmt: skip
    if not keep:
        return torch.from_numpy(canvases[0]), None
    saved = Saved(
        edges=edges,
        sorted=found,
        winding=winding,
        masks=masks,
        tree=tree,
        paints=paints,
        kept=kept,
        texture=texture,
        texture_inputs=texture_inputs,
    )
    return torch.from_numpy(canvases[0]), saved


def backward(plan: Plan, saved: Saved, grad: Tensor) -> tuple[Tensor, ...]:
    """Gradients of edges, colours, opacities, stop colours, stop opacities, matrices."""
    found, taken, program = saved.sorted, saved.texture_inputs, plan.program
    grads = np.empty((program.depth, *grad.shape), saved.edges.dtype)
    grads[0] = grad.numpy()
    winding, texture = saved.winding.copy(), saved.texture.copy()
    outs = Paints(*(np.zeros_like(a) for a in saved.paints))
    compositing_numba.draw_gradient(
        _operations(program), saved.tree, grads, found.boxes, winding, found.turns, found.offset,
        saved.masks, saved.paints, texture, taken.place, saved.kept, outs,
    )  # fmt: skip
    d_stops = StopPaints(*(np.zeros_like(a) for a in taken.paints))
    d_matrices = np.zeros_like(taken.matrices)
    textures_numba.textures_gradient(*taken, texture, d_stops, d_matrices)
    d_edges = coverage_numba.edge_gradients(
        saved.edges, found.order, found.start, found.boxes, found.offset, winding, program.layers
    )
    return tuple(torch.from_numpy(a) for a in (d_edges, *outs, *d_stops, d_matrices))
