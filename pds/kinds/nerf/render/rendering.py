"""Volume rendering: rays through a field to colour, depth, opacity and normals.

The compositing is nerfacc's, in its dense form [rays, samples], which needs no compiler and runs
everywhere; on CUDA a picture with an occupancy takes its packed form where that loads.

Memory: without gradient at most `max_points` points are held at a time, about 300 bytes each; with
it all points of the view, about 400 bytes each. See `pds.kinds.nerf.render.two_pass` for less.
"""

from dataclasses import dataclass

import nerfacc
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.render.packed import VISIBLE, PackedResult, kernels_load, packed_rays
from pds.kinds.nerf.render.sampling import (
    box_range,
    even_edges,
    resampled_edges,
    uniform,
    unwarp,
    warp,
    warped_edges,
)

MAX_POINTS = 2**17  # 40 MB
COARSE = 2  # coarse intervals for each sample of an unbounded field
WALL = 1e10  # density of what is behind an unbounded scene


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


@dataclass(frozen=True, kw_only=True, eq=False)
class Rendering:
    """A view of a field; image in sRGB [0, 1], the rest as in `RayResult`."""

    image: Float[Tensor, "1 3 height width"]
    depth: Float[Tensor, "1 1 height width"]
    opacity: Float[Tensor, "1 1 height width"]
    normals: Float[Tensor, "1 3 height width"] | None = None


def render(
    field: Field,
    camera: Camera,
    *,
    samples: int = 0,
    background: float = 1.0,
    generator: torch.Generator | None = None,
    normals: bool = False,
    occupancy: Occupancy | None = None,
    color_above: float = 0.0,
    max_points: int = MAX_POINTS,
) -> Rendering:
    """Draws a view; differentiable in the field's parameters, and pure.

    Args:
        field: what is drawn.
        camera: from where; its width and height are those of the picture.
        samples: points a ray; 0 takes the field's own number.
        background: grey in [0, 1] behind a bounded field.
        generator: jitters the points within their intervals; None takes the middles.
        normals: whether to compute them (seven times the density look-ups, no gradient).
        occupancy: where to skip empty space; None looks everywhere.
        color_above: as in `render_rays`; 3e-5 saves much and loses nothing that is seen.
        max_points: points of one chunk, which bounds the memory where no gradient is kept.
    """
    origins, directions = rays_of(field, camera)
    count = samples or field.default_samples
    step = max(1, max_points // count)
    plain = field.bounded and not normals and generator is None
    packed = plain and occupancy is not None and origins.is_cuda and kernels_load()

    def drawn(start: int) -> RayResult | PackedResult:
        rays = origins[start : start + step], directions[start : start + step]
        if packed:
            return packed_rays(field, *rays, occupancy, step=2 / count, background=background)
        return render_rays(
            field,
            *rays,
            samples=count,
            background=background,
            generator=generator,
            normals=normals,
            occupancy=occupancy,
            color_above=color_above,
        )

    parts = [drawn(start) for start in range(0, len(origins), step)]

    def picture(name: str) -> Float[Tensor, "1 channels height width"]:
        values = torch.cat([getattr(part, name) for part in parts])
        return values.view(camera.height, camera.width, -1).permute(2, 0, 1)[None]

    return Rendering(
        image=picture("color"),
        depth=picture("depth"),
        opacity=picture("opacity"),
        normals=picture("normals") if normals else None,
    )


def rays_of(
    field: Field, camera: Camera
) -> tuple[Float[Tensor, "rays 3"], Float[Tensor, "rays 3"]]:
    """Origins and directions of all pixels, on the device and in the precision of the field."""
    like = next(field.parameters())
    origins, directions = camera.rays()
    return origins.to(like), directions.to(like)


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
    look = _Look(field, occupancy, color_above)
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
    facing = _normals(field, points, weights.detach()) if with_normals else None
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


@dataclass(frozen=True)
class _Look:
    """How the samples of rays are looked up: everything, or only what may be seen."""

    field: Field
    occupancy: Occupancy | None
    color_above: float

    def __call__(
        self,
        points: Float[Tensor, "points 3"],
        directions: Float[Tensor, "points 3"],
        starts: Float[Tensor, "rays samples"],
        ends: Float[Tensor, "rays samples"],
    ) -> tuple[Float[Tensor, "rays samples"], Float[Tensor, "points 3"]]:
        """Weight and colour of each sample."""
        if self.occupancy is None or not self.field.bounded:
            density, color = self._all(points, directions)
        else:
            density, color = self._occupied(self.occupancy, points, directions)
        density = density.view_as(starts)
        if not self.field.bounded:  # the last sample is the wall behind everything
            density = torch.cat([density[:, :-1], torch.full_like(density[:, -1:], WALL)], 1)
        weights, _, _ = nerfacc.render_weight_from_density(starts, ends, density)
        if color is None:
            kept = (weights.detach().reshape(-1) >= self.color_above).nonzero().squeeze(1)
            seen = self.field.color(points[kept], directions[kept])
            color = torch.zeros_like(points).index_put((kept,), seen)
        return weights, color

    def _all(self, points, directions):
        if self.color_above > 0:
            return self.field.density(points), None
        return self.field.query(points, directions)

    def _occupied(self, occupancy, points, directions):
        """Zeros where the occupancy says that nothing is."""
        kept = occupancy.at(self.field.to_cube(points)).nonzero().squeeze(1)
        density, color = self._all(points[kept], directions[kept])
        spread = points.new_zeros(len(points)).index_put((kept,), density)
        if color is None:
            return spread, None
        return spread, torch.zeros_like(points).index_put((kept,), color)


def _normals(
    field: Field, points: Float[Tensor, "points 3"], weights: Float[Tensor, "rays samples"]
) -> Float[Tensor, "rays 3"]:
    """Against the gradient of the density, by central differences of one cell."""
    with torch.no_grad():
        kept = (weights.reshape(-1) > VISIBLE).nonzero().squeeze(1)
        near, reach = points[kept], 1 / field.resolution
        slopes = [
            field.density(near + reach * axis) - field.density(near - reach * axis)
            for axis in torch.eye(3).to(near)
        ]
        outward = -F.normalize(torch.stack(slopes, 1), dim=1)
        every = torch.zeros_like(points).index_put((kept,), outward)
        return F.normalize((weights[..., None] * every.view(*weights.shape, 3)).sum(1), dim=1)


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
