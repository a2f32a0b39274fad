"""Where a scene is solid: what a mesh encloses, told from the density as a renderer sees it."""

import itertools
from collections.abc import Iterator

import numpy as np
import skimage.filters
import skimage.measure
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fitted_scene import FittedScene

# Points asked of the field at once: about 100 MB with a plane field.
CHUNK_POINTS = 2**18
# Standard deviation of the blur, in cells of the mesh's grid: it takes the facets of the field's
# own, coarser grid away and leaves what is thicker than about two cells.
BLUR_CELLS = 1.0
# Of a scene without bounds, the part this near the origin, as a share of the cameras' distance.
UNBOUNDED_SHARE = 0.6
# Straight ways out of the grid: along its edges, and across faces and cells.
WAYS_OUT = tuple(way for way in itertools.product((-1, 0, 1), repeat=3) if any(way))


def extent_of(scene: FittedScene) -> float:
    """Half the side of the cube around the origin that a mesh is made of."""
    if scene.bounded:
        return 1.0
    distances = torch.stack([camera.position.norm() for camera in scene.cameras])
    return UNBOUNDED_SHARE * float(distances.median())


def solidity(
    field: Field, resolution: int, extent: float, level: float
) -> Float[np.ndarray, "x y z"]:
    """How solid a scene is at the nodes of a grid: 0 empty, 0.5 the surface, 1 far inside.

    Solid is what is denser than `level`, and what cannot be seen into from anywhere: a fit leaves
    the inside of things thin or hollow, since no picture shows it. There is one empty layer more
    around the cube, so that every surface closes.

    Args:
        field: whose density is asked.
        resolution: nodes along a side.
        extent: half the side of the cube.
        level: density of the surface.

    Returns:
        `resolution + 2` nodes along a side; all that is empty is connected with the border.
    """
    density = _densities(field, resolution, extent)
    # Both measures level off within a thing: density climbs to hundreds within a cell, and
    # marching cubes would follow its last digits.
    dense = 1 - np.exp2(-density / level)
    unseen = 1 - np.exp(-_least_depth(density * (2 * extent / (resolution - 1))))
    solid = np.pad(
        skimage.filters.gaussian(np.maximum(dense, unseen), BLUR_CELLS, mode="nearest"), 1
    )
    solid[_hollows(solid <= 0.5)] = 1.0
    return solid


@torch.no_grad()
def _densities(field: Field, resolution: int, extent: float) -> Float[np.ndarray, "n n n"]:
    side = torch.linspace(-extent, extent, resolution)
    densities = []
    for chunk in chunks(resolution**3):
        x, rest = chunk // resolution**2, chunk % resolution**2
        points = torch.stack([side[x], side[rest // resolution], side[rest % resolution]], 1)
        densities.append(field.density(points.to(field.device())).float().cpu())
    flat = torch.cat(densities).nan_to_num(0.0).clamp(min=0)
    return flat.reshape(resolution, resolution, resolution).numpy()


def _least_depth(optical: Float[np.ndarray, "n n n"]) -> Float[np.ndarray, "n n n"]:
    """Optical depth between each node and the outside, along the clearest of the ways out.

    Args:
        optical: optical depth of one cell along an edge.
    """
    least = np.full_like(optical, np.inf)
    for way in WAYS_OUT:
        axis = next(index for index in range(3) if way[index])
        forward = slice(None, None, way[axis])
        layers = np.moveaxis(optical, axis, 0)[forward] * np.linalg.norm(way)
        result = np.moveaxis(least, axis, 0)[forward]
        shift = [way[index] for index in range(3) if index != axis]
        passed = np.zeros_like(layers[0])
        for layer, out in zip(layers, result, strict=True):
            np.minimum(out, passed + 0.5 * layer, out=out)
            passed = _shifted(passed + layer, shift)
    return least


def _shifted(layer: Float[np.ndarray, "n n"], shift: list[int]) -> Float[np.ndarray, "n n"]:
    """The layer moved by up to one node each way, zeros moving in."""
    rows, columns = shift
    wide = np.pad(layer, 1)
    height, width = layer.shape
    return wide[1 - rows : 1 - rows + height, 1 - columns : 1 - columns + width]


def _hollows(empty: Bool[np.ndarray, "x y z"]) -> Bool[np.ndarray, "x y z"]:
    """Which empty nodes are closed in: their walls would be surfaces that face inward."""
    regions = skimage.measure.label(empty, connectivity=1)
    return empty & (regions != regions[0, 0, 0])


def chunks(total: int, size: int = CHUNK_POINTS) -> Iterator[Tensor]:
    """Indices from 0 to `total`, so many at a time."""
    for start in range(0, total, size):
        yield torch.arange(start, min(start + size, total))
