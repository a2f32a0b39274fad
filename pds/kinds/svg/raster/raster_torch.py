"""The tensor form of the rasteriser, for every device.

A form is a module with four steps: `flatten`, `stroke_edges`, `draw` and `backward`.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from pds.kinds.svg.raster.compositing_torch import Compositor, clip_masks
from pds.kinds.svg.raster.coverage_torch import (
    Fragments,
    boxes_of,
    edge_gradients,
    fragments_of,
    windings,
)
from pds.kinds.svg.raster.flatten import flatten
from pds.kinds.svg.raster.picture import Inputs, Target
from pds.kinds.svg.raster.program import Plan
from pds.kinds.svg.raster.strokes import stroke_edges

__all__ = ["backward", "draw", "flatten", "stroke_edges"]


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What the backward needs of the forward."""

    edges: Tensor
    fragments: Fragments
    compositor: Compositor


def draw(plan: Plan, inputs: Inputs, target: Target, *, keep: bool) -> tuple[Tensor, Saved | None]:
    """Draws; returns `[height, width, 4]` premultiplied, and what `backward` needs.

    Without `keep` nothing is kept for the backward, which saves most of the memory.
    """
    edges, program = inputs.edges, plan.program
    boxes = boxes_of(edges, inputs.shapes, program.shapes, target.height, target.width)
    fragments = fragments_of(edges, inputs.shapes, boxes)
    corners = boxes.corners.tolist()
    areas = windings(edges, fragments, boxes, [c[2] - c[0] + 1 for c in corners])
    canvas = edges.new_tensor(target.background).repeat(target.height, target.width, 1)
    compositor = Compositor(
        program=program,
        table=plan.gradients,
        inputs=inputs,
        boxes=corners,
        turns=boxes.turns.tolist(),
        windings=areas,
        masks=clip_masks(program, areas, corners, canvas),
        keep=keep,
    )
    picture = compositor.forward(canvas)
    if not keep:
        return picture, None
    return picture, Saved(edges=edges, fragments=fragments, compositor=compositor)


def backward(plan: Plan, saved: Saved, grad: Tensor) -> tuple[Tensor, ...]:
    """Gradients of edges, colours, opacities, stop colours, stop opacities, matrices."""
    areas, outs = saved.compositor.backward(grad)
    flat = torch.cat([saved.edges.new_zeros(0), *(a.flatten() for a in areas)])
    return edge_gradients(saved.edges, saved.fragments, flat), *outs
