"""Rays through a field: colour, depth, opacity and normals of each.

The compositing is nerfacc's, in its dense form [rays, samples], which needs no compiler and runs
everywhere.
"""

from dataclasses import dataclass

import nerfacc
import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.render.looking import Look, normals_at
from pds.kinds.nerf.render.packed import VISIBLE
from pds.kinds.nerf.render.sampling import (
    box_range,
    even_edges,
    resampled_edges,
    uniform,
    unwarp,
    warp,
    warped_edges,
)

COARSE = 2  # coarse intervals for each sample of an unbounded field


@dataclass(frozen=True, kw_only=True, eq=False)
class RayResult:
    """What rays see.

    Attributes:
        color: sRGB in [0, 1], on the background.
        depth: mean distance along the ray of what is seen, scene units; 0 where nothing is. Of an
            unbounded field the mean is taken in warped distance.
        opacity: in [0, 1].
        weights: of each sample, summing to the opacity.
        edges: of the samples' intervals, one more than samples, in distances along the ray
            (in warped distance, see `pds.kinds.nerf.render.sampling.warp`, for an unbounded field).
        normals: outward unit normals of what is seen, world axes; zero where nothing is.
    """

    color: Float[Tensor, "rays 3"]
    depth: Float[Tensor, "rays"]
    opacity: Float[Tensor, "rays"]
    weights: Float[Tensor, "rays samples"]
    edges: Float[Tensor, "rays edges"]
    normals: Float[Tensor, "rays 3"] | None = None


def render_rays(
    field: Field,
    origins: Float[Tensor, "rays 3"],
    directions: Float[Tensor, "rays 3"],
    *,
    samples: int = 0,
    background: float | Float[Tensor, "rays 3"] = 1.0,
    generator: torch.Generator | None = None,
    normals: bool = False,
    occupancy: Occupancy | None = None,
    color_above: float = 0.0,
) -> RayResult:
    """Draws rays, all at once; differentiable in the field's parameters, and pure.

    Args:
        field: what is drawn.
        origins, directions: of the rays; directions of unit length.
        samples: points a ray; 0 takes the field's own number.
        background: behind a bounded field; what is farthest fills an unbounded one.
        generator: jitters the points within their intervals; None takes the middles.
        normals: whether to compute them.
        occupancy: where to skip empty space; None looks everywhere.
        color_above: colour is looked up only for samples of at least this weight and taken as
            black elsewhere (as TensoRF does); a pixel darkens by at most that times the samples.
            Where nothing is, matter then grows worse, so an edit leaves it at 0.
    """
    look = Look(field, occupancy, color_above)
    count = samples or field.default_samples
    if not field.bounded:
        edges = _unbounded_edges(field, origins, directions, count, occupancy, generator)
        return _along(look, origins, directions, edges, background, None, normals)
    near, far, meets = box_range(origins, directions)
    hit = meets.nonzero().squeeze(1)
    if len(hit) == len(origins):
        edges = even_edges(near, far, count)
        return _along(look, origins, directions, edges, background, generator, normals)
    behind = background if isinstance(background, float | int) else background[hit]
    edges = even_edges(near[hit], far[hit], count)
    rays = origins[hit], directions[hit]
    seen = _along(look, *rays, edges, behind, generator, normals)
    return _scattered(seen, hit, len(origins), background)


def _unbounded_edges(field, origins, directions, count, occupancy, generator):
    """Warped edges, dense where a coarse look without gradient sees matter."""
    coarse = warped_edges(origins, COARSE * count)
    with torch.no_grad():
        distances = unwarp(coarse)
        middles = unwarp(0.5 * (coarse[:, 1:] + coarse[:, :-1]))
        points = _points(origins, directions, middles)
        if occupancy is None:
            density = field.density(points)
        else:
            density = occupancy.density(field.to_cube(points))
        weights, _, _ = nerfacc.render_weight_from_density(
            distances[:, :-1], distances[:, 1:], density.view_as(middles)
        )
        jitter = None if generator is None else uniform(origins[:, 0], generator)
        return resampled_edges(coarse, weights, count, jitter)


def _along(look, origins, directions, edges, background, generator, with_normals):
    """Composites the samples of the intervals between the edges of every ray."""
    field = look.field
    distances = edges if field.bounded else unwarp(edges)
    starts, ends = distances[:, :-1], distances[:, 1:]
    if generator is None:
        places = 0.5 * (starts + ends)
    else:
        places = torch.lerp(starts, ends, uniform(starts, generator))
    points = _points(origins, directions, places)
    towards = directions[:, None].expand(*places.shape, 3).reshape(-1, 3)
    weights, color = look(points, towards, starts, ends)
    opacity = weights.sum(1)
    seen = nerfacc.accumulate_along_rays(weights, color.view(*places.shape, 3))
    if field.bounded:
        depth = (weights * places).sum(1) / opacity.clamp(min=VISIBLE)
    else:  # a trace of the far wall must not outweigh what is near
        depth = unwarp((weights * warp(places)).sum(1))
    facing = normals_at(field, points, weights.detach()) if with_normals else None
    return RayResult(
        color=seen + (1 - opacity)[:, None] * background,
        depth=torch.where(opacity > VISIBLE, depth, 0.0),
        opacity=opacity,
        weights=weights,
        edges=edges,
        normals=facing,
    )


def _points(origins, directions, distances):
    """Points at distances along rays, flattened."""
    return torch.addcmul(origins[:, None], directions[:, None], distances[..., None]).reshape(-1, 3)


def _scattered(seen: RayResult, hit: Int[Tensor, "hits"], count: int, background) -> RayResult:
    """Results of the rays that meet the cube among those of all rays."""

    def spread(values, fill):
        every = values.new_zeros(count, *values.shape[1:]) + fill
        return every.index_put((hit,), values)

    return RayResult(
        color=spread(seen.color, background),
        depth=spread(seen.depth, 0.0),
        opacity=spread(seen.opacity, 0.0),
        weights=spread(seen.weights, 0.0),
        edges=spread(seen.edges, 0.0),
        normals=None if seen.normals is None else spread(seen.normals, 0.0),
    )
