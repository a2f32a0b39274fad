"""Models put together: one on top of another, or one that wears a hat."""

import numpy as np
import trimesh
from trimesh.visual import TextureVisuals
from trimesh.visual.material import SimpleMaterial

CROWN_SHARE = 0.12
"""Share of a model's height, from the top, that a hat is fitted to."""
HAT_SIDES = 24


def put_on_top(
    base: list[trimesh.Trimesh], top: list[trimesh.Trimesh], *, height: float
) -> list[trimesh.Trimesh]:
    """`top` stands in the middle of the highest face of `base`; the two fill a unit sphere again.

    Args:
        base: meshes of the lower model, y up.
        top: meshes of the upper model, y up.
        height: of the upper model, as a share of the lower one's largest side.
    """
    low, high = _bounds(base)
    top_low, top_high = _bounds(top)
    scale = height * (high - low).max() / (top_high - top_low)[1]
    middle = (low + high) / 2
    foot = np.array([(top_low[0] + top_high[0]) / 2, top_low[1], (top_low[2] + top_high[2]) / 2])
    for part in top:
        part.vertices = (part.vertices - foot) * scale + [middle[0], high[1], middle[2]]
    return _in_unit_sphere([*base, *top])


def put_on_hat(parts: list[trimesh.Trimesh], colour: list[int]) -> list[trimesh.Trimesh]:
    """The model wears a hat with a brim on its highest part.

    Args:
        parts: meshes, y up.
        colour: of the hat, red, green and blue from 0 to 255.
    """
    low, high = _bounds(parts)
    height = high[1] - low[1]
    vertices = np.concatenate([part.vertices for part in parts])
    crown = vertices[vertices[:, 1] > high[1] - CROWN_SHARE * height]
    middle = (crown.min(0) + crown.max(0)) / 2
    radius = float(np.clip(np.ptp(crown[:, [0, 2]], axis=0).max() / 2, 0.07 * height, 0.2 * height))
    brim = high[1] - CROWN_SHARE * height / 2
    pieces = [
        _disc(radius * 1.5, 0.12 * radius, [middle[0], brim, middle[2]]),
        _disc(radius * 0.95, 1.3 * radius, [middle[0], brim + 0.65 * radius, middle[2]]),
    ]
    for piece in pieces:
        piece.visual = TextureVisuals(material=SimpleMaterial(diffuse=[*colour, 255]))
    return _in_unit_sphere([*parts, *pieces])


def _disc(radius: float, height: float, centre: list[float]) -> trimesh.Trimesh:
    lying = trimesh.creation.cylinder(radius=radius, height=height, sections=HAT_SIDES)
    lying.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, [1, 0, 0]))
    lying.apply_translation(centre)
    return lying


def _bounds(parts: list[trimesh.Trimesh]) -> tuple[np.ndarray, np.ndarray]:
    low = np.min([part.bounds[0] for part in parts], axis=0)
    return low, np.max([part.bounds[1] for part in parts], axis=0)


def _in_unit_sphere(parts: list[trimesh.Trimesh]) -> list[trimesh.Trimesh]:
    low, high = _bounds(parts)
    for part in parts:
        part.vertices = (part.vertices - (low + high) / 2) * (2 / np.linalg.norm(high - low))
    return parts
