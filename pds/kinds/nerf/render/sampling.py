"""Where along its ray a field is looked at: box, even steps, and more of them where matter is."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

NEAR = 0.05  # of unbounded scenes, whose cameras stand within 1 of the origin
FAR = 1000.0
PADDING = 0.05  # share of samples that go where the coarse look saw nothing: matter may grow there


def box_range(
    origins: Float[Tensor, "rays 3"], directions: Float[Tensor, "rays 3"]
) -> tuple[Float[Tensor, "rays"], Float[Tensor, "rays"], Bool[Tensor, "rays"]]:
    """Where rays enter and leave the cube [-1, 1]^3, and whether they meet it at all."""
    tiny = torch.full_like(directions, 1e-9).copysign(directions)
    inverse = 1 / torch.where(directions.abs() < 1e-9, tiny, directions)
    one, other = (-1 - origins) * inverse, (1 - origins) * inverse
    near = torch.minimum(one, other).amax(1).clamp(min=0)
    far = torch.maximum(one, other).amin(1)
    return near, far, far > near + 1e-6


def warp(distance: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Distance along a ray to a coordinate in [0, 2): linear to 1, then in inverse distance."""
    return torch.where(distance < 1, distance, 2 - 1 / distance.clamp(min=1))


def unwarp(warped: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The inverse of `warp`."""
    return torch.where(warped < 1, warped, 1 / (2 - warped.clamp(min=1)))


def even_edges(
    near: Float[Tensor, "rays"], far: Float[Tensor, "rays"], samples: int
) -> Float[Tensor, "rays edges"]:
    """Edges of equal intervals from near to far: samples + 1 a ray."""
    steps = torch.linspace(0, 1, samples + 1).to(near)
    return near[:, None] + (far - near)[:, None] * steps


def warped_edges(like: Float[Tensor, "rays 3"], samples: int) -> Float[Tensor, "rays edges"]:
    """Edges of the intervals of an unbounded scene, even in warped coordinates (not distances)."""
    ends = warp(torch.tensor([NEAR, FAR])).to(like)
    return even_edges(ends[:1].expand(len(like)), ends[1:].expand(len(like)), samples)


def resampled_edges(
    edges: Float[Tensor, "rays edges"],
    weights: Float[Tensor, "rays intervals"],
    samples: int,
    jitter: Float[Tensor, "rays"] | None,
) -> Float[Tensor, "rays new_edges"]:
    """New edges, of samples + 1 a ray, dense where the weights are large: inverse of their sum.

    Args:
        edges: of the coarse intervals, rising.
        weights: of the coarse intervals, 0 or above.
        samples: new intervals.
        jitter: shift of all quantiles of a ray, in [0, 1) of their spacing; None takes the middle.
    """
    share = weights / weights.sum(1, keepdim=True).clamp(min=1e-6)
    share = torch.maximum(share, _blurred(share))
    share = (1 - PADDING) * share / share.sum(1, keepdim=True).clamp(min=1e-6)
    share = share + PADDING / weights.shape[1]
    total = torch.cat([torch.zeros_like(share[:, :1]), share.cumsum(1)], 1)
    total = total / total[:, -1:]
    shift = 0.5 if jitter is None else jitter[:, None]
    inner = (torch.arange(samples - 1).to(share) + shift) / (samples - 1)
    inner = inner.expand(len(edges), samples - 1).contiguous()
    above = torch.searchsorted(total, inner, right=True).clamp(1, total.shape[1] - 1)
    low, high = total.gather(1, above - 1), total.gather(1, above)
    left, right = edges.gather(1, above - 1), edges.gather(1, above)
    part = ((inner - low) / (high - low).clamp(min=1e-9)).clamp(0, 1)
    return torch.cat([edges[:, :1], left + part * (right - left), edges[:, -1:]], 1)


def _blurred(share: Float[Tensor, "rays intervals"]) -> Float[Tensor, "rays intervals"]:
    """Mean of each interval's neighbours: the coarse look may have missed a surface by one."""
    padded = torch.cat([share[:, :1], share, share[:, -1:]], 1)
    return 0.5 * (padded[:, :-2] + padded[:, 2:])


def uniform(like: Float[Tensor, "*shape"], generator: torch.Generator) -> Float[Tensor, "*shape"]:
    """Numbers in [0, 1) from a CPU generator, in the shape and on the device of `like`."""
    return torch.rand(like.shape, generator=generator).to(like)
