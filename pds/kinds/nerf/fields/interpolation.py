"""Reading tables of values between their nodes, trilinearly, fast on the CPU.

`F.grid_sample` takes six times as long here for volumes: its backward is not vectorised.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

FEW_CHANNELS = 8


class _Gather(torch.autograd.Function):
    """Weighted sums of rows of a table; the gradient goes to the table only."""

    @staticmethod
    def forward(ctx, table, rows, weights):
        ctx.save_for_backward(rows, weights)
        ctx.shape = table.shape
        return F.embedding_bag(rows, table, per_sample_weights=weights, mode="sum")

    @staticmethod
    def backward(ctx, grad):
        rows, weights = ctx.saved_tensors
        nodes, channels = ctx.shape
        if channels > FEW_CHANNELS:
            table = grad.new_zeros(nodes, channels)
            for row, weight in zip(rows.unbind(1), weights.unbind(1)):
                table.index_add_(0, row, weight[:, None] * grad)
            return table, None, None
        # Channel by channel: on the CPU a scatter of single numbers beats one of short rows.
        columns = grad.new_zeros(channels, nodes)
        flat = rows.reshape(-1)
        for column, part in zip(columns, grad.unbind(1)):
            column.scatter_add_(0, flat, (weights * part[:, None]).reshape(-1))
        return columns.T, None, None


def corners(
    points: Float[Tensor, "points 3"], resolution: int
) -> tuple[Int[Tensor, "points 8"], Float[Tensor, "points 8"]]:
    """The eight nodes around each point, and their trilinear weights.

    The nodes span [-1, 1]^3 with one at each end; points outside take the nearest place inside.

    Args:
        points: places in the cube.
        resolution: nodes along a side.

    Returns:
        Rows of a table that runs over x, y, z with z fastest, and weights that sum to 1.
    """
    low, upper = _split(points, resolution)
    strides = torch.tensor([resolution * resolution, resolution, 1.0]).to(low)
    first = (low @ strides).long()
    square = resolution * resolution
    ends = [0, 1, resolution, resolution + 1]
    offsets = torch.tensor([*ends, *(square + e for e in ends)], device=points.device)
    x, y, z = upper.unbind(1)
    xy = x * y
    x_only, y_only, neither = x - xy, y - xy, (1 - x) - (y - xy)
    rows = points.new_empty(len(points), 8)
    for column, share in ((0, neither), (2, y_only), (4, x_only), (6, xy)):
        torch.mul(share, z, out=rows[:, column + 1])
        torch.sub(share, rows[:, column + 1], out=rows[:, column])
    return first[:, None] + offsets, rows


def plane_corners(
    places: Float[Tensor, "points 2"], resolution: int
) -> tuple[Int[Tensor, "points 4"], Float[Tensor, "points 4"]]:
    """The four nodes around each place in the square [-1, 1]^2, the second axis fastest."""
    low, upper = _split(places, resolution)
    first = low[:, 0] * resolution + low[:, 1]
    offsets = torch.tensor([0, 1, resolution, resolution + 1], device=places.device)
    x, y = upper.unbind(1)
    xy = x * y
    weights = torch.stack([(1 - x) - (y - xy), y - xy, x - xy, xy], 1)
    return first.long()[:, None] + offsets, weights


def line_corners(
    places: Float[Tensor, "points"], resolution: int
) -> tuple[Int[Tensor, "points 2"], Float[Tensor, "points 2"]]:
    """The two nodes around each place in [-1, 1]."""
    low, upper = _split(places, resolution)
    offsets = torch.tensor([0, 1], device=places.device)
    return low.long()[:, None] + offsets, torch.stack([1 - upper, upper], 1)


def _split(
    places: Float[Tensor, "*shape"], resolution: int
) -> tuple[Float[Tensor, "*shape"], Float[Tensor, "*shape"]]:
    """The node below each place, and how far above it the place is, in cells."""
    steps = resolution - 1
    place = torch.add(steps * 0.5, places.detach(), alpha=steps * 0.5).clamp_(0, steps)
    low = place.floor().clamp_(max=steps - 1)
    return low, place.sub_(low)


def gather(
    table: Float[Tensor, "nodes channels"],
    rows: Int[Tensor, "points corners"],
    weights: Float[Tensor, "points corners"],
) -> Float[Tensor, "points channels"]:
    """Weighted sums of rows of a table, differentiable in the table."""
    return _Gather.apply(table, rows, weights)
