"""The compiled form of the rasteriser (CPU): arrays in, kernels, arrays out.

A form is a module with four steps: `flatten`, `stroke_edges`, `draw` and `backward`. This one is
imported only when it is first used; importing it compiles nothing, and what was compiled once is
kept in numba's cache folder.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pds.kinds.svg.raster import compositing_numba, coverage_numba, textures_numba
from pds.kinds.svg.raster.flatten_numba import flatten
from pds.kinds.svg.raster.paint import GradientTable
from pds.kinds.svg.raster.picture import Inputs, Target
from pds.kinds.svg.raster.program import Plan, Program
from pds.kinds.svg.raster.strokes_numba import stroke_edges

__all__ = ["backward", "draw", "flatten", "stroke_edges"]


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What the backward needs of the forward."""

    edges: np.ndarray
    sorted: tuple
    winding: np.ndarray
    masks: np.ndarray
    tree: tuple
    paints: tuple
    stops: tuple
    kept: tuple
    texture: np.ndarray
    texture_inputs: tuple


def _operations(p: Program) -> tuple:
    return (
        p.shape,
        p.evenodd,
        p.paint_kind,
        p.paint,
        p.opacity_start,
        p.opacities,
        p.clip_start,
        p.clips,
    )


def _textures(table: GradientTable, inputs: Inputs, boxes: np.ndarray) -> tuple:
    """Colours of the gradients, and what their backward takes."""
    shapes = table.shapes.numpy()
    stops = (inputs.stop_colors.numpy(), inputs.stop_opacities.numpy())
    gradients = (
        inputs.positions.numpy(),
        table.circle.numpy(),
        table.kinds,
        table.spreads,
        table.stop_start,
        table.stops,
    )
    place = textures_numba.texture_places(shapes, boxes)
    matrices, visible = inputs.matrices.numpy(), inputs.visible.numpy()
    taken = (shapes, boxes, place, matrices, gradients, stops, visible)
    return textures_numba.textures(*taken), taken


def draw(plan: Plan, inputs: Inputs, target: Target, *, keep: bool) -> tuple[Tensor, Saved | None]:
    """Draws; returns `[height, width, 4]` premultiplied, and what `backward` needs.

    Without `keep` nothing is kept for the backward, which saves most of the memory.
    """
    program = plan.program
    height, width = target.height, target.width
    edges, shapes = inputs.edges.numpy(), inputs.shapes.numpy()
    order, start, boxes, turns, offset = coverage_numba.sort_edges(
        edges, shapes, program.shapes, height, width
    )
    winding = coverage_numba.windings(edges, order, start, boxes, offset)
    masks = np.zeros((len(program.mask_start) - 1, height, width), edges.dtype)
    compositing_numba.draw_masks(
        boxes, winding, offset, program.mask_start, program.mask_shapes, program.mask_evenodd, masks
    )
    tree = (
        program.kind,
        program.partner,
        *compositing_numba.group_boxes(program.kind, program.shape, program.partner, boxes),
    )
    texture, texture_inputs = _textures(plan.gradients, inputs, boxes)
    canvases = np.empty((program.depth, height, width, 4), edges.dtype)
    canvases[0] = target.background
    kept = (
        np.empty((offset[program.layers] if keep else width, 4), edges.dtype),
        np.empty((tree[3][-1] if keep else 1, 8), edges.dtype),
        int(keep),
    )
    paints = (inputs.colors.numpy(), inputs.opacities.numpy())
    compositing_numba.draw(
        _operations(program), tree, canvases, boxes, winding, offset,
        masks, paints, texture, texture_inputs[2], kept,
    )  # fmt: skip
    if not keep:
        return torch.from_numpy(canvases[0]), None
    saved = Saved(
        edges=edges,
        sorted=(order, start, boxes, turns, offset),
        winding=winding,
        masks=masks,
        tree=tree,
        paints=paints,
        stops=texture_inputs[5],
        kept=kept,
        texture=texture,
        texture_inputs=texture_inputs,
    )
    return torch.from_numpy(canvases[0]), saved


def backward(plan: Plan, saved: Saved, grad: Tensor) -> tuple[Tensor, ...]:
    """Gradients of edges, colours, opacities, stop colours, stop opacities, matrices."""
    order, start, boxes, turns, offset = saved.sorted
    program = plan.program
    grads = np.empty((program.depth, *grad.shape), saved.edges.dtype)
    grads[0] = grad.numpy()
    winding, texture = saved.winding.copy(), saved.texture.copy()
    outs = tuple(np.zeros_like(a) for a in saved.paints)
    compositing_numba.draw_gradient(
        _operations(program), saved.tree, grads, boxes, winding, turns, offset,
        saved.masks, saved.paints, texture, saved.texture_inputs[2], saved.kept, outs,
    )  # fmt: skip
    d_stops = tuple(np.zeros_like(a) for a in (*saved.stops, saved.texture_inputs[3]))
    textures_numba.textures_gradient(*saved.texture_inputs, texture, d_stops)
    d_edges = coverage_numba.edge_gradients(
        saved.edges, order, start, boxes, offset, winding, program.layers
    )
    return tuple(torch.from_numpy(a) for a in (d_edges, *outs, *d_stops))
