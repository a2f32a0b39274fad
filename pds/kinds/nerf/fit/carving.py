"""The visual hull: where an object can be, by the silhouettes of its pictures.

Space that any picture shows to be empty holds nothing, so a fit need not find that out ray by ray,
and no fog is left between the rays.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Bool
from torch import Tensor

from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.silhouettes import project

MARGIN_PX = 2


@torch.no_grad()
def visual_hull(
    capture: Capture, resolution: int, views: Sequence[int] | None = None
) -> Bool[Tensor, "x y z"] | None:
    """Which nodes of an even grid over the cube [-1, 1]^3 may hold matter.

    A node is out if some picture that shows its place shows nothing there, within two pixels or,
    where the grid's cells are larger in the picture, within half a cell.

    Args:
        capture: of an object, with silhouettes.
        resolution: nodes along a side.
        views: which pictures may tell, by number; None takes all.

    Returns:
        None if the pictures have no silhouettes.
    """
    if capture.alphas is None or not capture.bounded:
        return None
    ticks = torch.linspace(-1, 1, resolution)
    grid = torch.stack(torch.meshgrid(ticks, ticks, ticks, indexing="ij"), -1).view(-1, 3)
    may_be = torch.ones(len(grid), dtype=torch.bool)
    for number in range(len(capture)) if views is None else views:
        camera, alpha = capture.cameras[number], capture.alphas[number]
        cell_px = camera.fl_x / float(camera.position.norm()) * 2 / (resolution - 1)
        reach = MARGIN_PX + round(cell_px / 2)
        seen = F.max_pool2d((alpha > 0).float()[None], 2 * reach + 1, 1, reach)[0] > 0
        left = may_be.nonzero().squeeze(1)
        places, in_front = project(camera, grid[left])
        column, row = places.floor().long().unbind(1)
        shown = in_front & (column >= 0) & (column < camera.width)
        shown &= (row >= 0) & (row < camera.height)
        filled = seen[row.clamp(0, camera.height - 1), column.clamp(0, camera.width - 1)]
        may_be[left] = ~shown | filled
    return may_be.view(resolution, resolution, resolution)
