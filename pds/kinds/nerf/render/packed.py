"""Rendering of packed rays: only the samples that an occupancy grid says are worth a look.

nerfacc's traversal of the grid and its packed compositing are CUDA kernels, which it brings in a
wheel or compiles once where nvcc is there. Nothing needs them: without, rays are drawn densely.
"""

import importlib.util
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import nerfacc
import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.occupancy import Occupancy

VISIBLE = 1e-3  # opacity below which depth and normal are not defined


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """Intervals along rays, those of one ray together and in order.

    Attributes:
        rays: index of each sample's ray, rising.
        starts, ends: distances along it.
    """

    rays: Int[Tensor, "samples"]
    starts: Float[Tensor, "samples"]
    ends: Float[Tensor, "samples"]


@dataclass(frozen=True, kw_only=True, eq=False)
class PackedResult:
    """What rays see; as `pds.kinds.nerf.render.rendering.RayResult`."""

    color: Float[Tensor, "rays 3"]
    depth: Float[Tensor, "rays"]
    opacity: Float[Tensor, "rays"]


Traverse = Callable[[Tensor, Tensor, Occupancy, float], Samples]
Weigh = Callable[[Samples, Tensor, int], Tensor]


def kernels_load() -> bool:
    """Whether nerfacc's CUDA kernels can be used; compiles them once if only nvcc is there."""
    if not torch.cuda.is_available():
        return False
    if importlib.util.find_spec("nerfacc.csrc") is None and shutil.which("nvcc") is None:
        return False
    try:
        from nerfacc.cuda import _backend
    except (ImportError, OSError, RuntimeError):  # a compiler that does not fit this torch
        return False
    return _backend._C is not None


def cuda_traverse(
    origins: Float[Tensor, "rays 3"],
    directions: Float[Tensor, "rays 3"],
    occupancy: Occupancy,
    step: float,
) -> Samples:
    """Even steps through the occupied cells of the cube, by nerfacc."""
    cube = torch.tensor([[-1.0, -1, -1, 1, 1, 1]], device=origins.device)
    intervals, samples, _ = nerfacc.traverse_grids(
        origins, directions, occupancy.occupied[None], cube, step_size=step
    )
    return Samples(
        rays=samples.ray_indices,
        starts=intervals.vals[intervals.is_left],
        ends=intervals.vals[intervals.is_right],
    )


def cuda_weigh(samples: Samples, density: Float[Tensor, "samples"], rays: int) -> Tensor:
    """Weight of each sample, by nerfacc."""
    weights, _, _ = nerfacc.render_weight_from_density(
        samples.starts, samples.ends, density, ray_indices=samples.rays, n_rays=rays
    )
    return weights


def packed_rays(
    field: Field,
    origins: Float[Tensor, "rays 3"],
    directions: Float[Tensor, "rays 3"],
    occupancy: Occupancy,
    *,
    step: float,
    background: float = 1.0,
    traverse: Traverse = cuda_traverse,
    weigh: Weigh = cuda_weigh,
) -> PackedResult:
    """Draws rays through a bounded field; differentiable in its parameters.

    Args:
        field: what is drawn.
        origins, directions: of the rays; directions of unit length.
        occupancy: where to look.
        step: length of a sample's interval.
        background: grey in [0, 1] behind it.
        traverse, weigh: how samples are found and composited.
    """
    samples = traverse(origins, directions, occupancy, step)
    count = len(origins)
    middles = 0.5 * (samples.starts + samples.ends)
    towards = directions[samples.rays]
    points = origins[samples.rays] + middles[:, None] * towards
    density, color = field.query(points, towards)
    weights = weigh(samples, density, count)

    def summed(values):
        return nerfacc.accumulate_along_rays(weights, values, samples.rays, count)

    opacity = summed(None).squeeze(1)
    depth = summed(middles[:, None]).squeeze(1) / opacity.clamp(min=VISIBLE)
    return PackedResult(
        color=summed(color) + (1 - opacity)[:, None] * background,
        depth=torch.where(opacity > VISIBLE, depth, 0.0),
        opacity=opacity,
    )
