"""The scene's surface as a closed, coloured triangle mesh: rougher than the rendering, but solid.

Marching cubes finds the surface, floaters are dropped, triangles thinned out, and each corner takes
the colour that a ray from outside would see there.
"""

from pathlib import Path

import numpy as np
import skimage.measure
import torch
import torch.nn.functional as F
import trimesh
from jaxtyping import Float, UInt8
from torch import Tensor

from pds.base.checks import check_range, check_whole
from pds.base.errors import ExportError
from pds.base.files import write_bytes
from pds.kinds.nerf.export.solid import CHUNK_POINTS, chunks, extent_of, solidity
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.settings import MESH_FACES, MESH_RESOLUTION

RESOLUTION = MESH_RESOLUTION
# The outline of the mesh of a fitted 64^3 grid is then as large as that of its rendering.
LEVEL = 5.0
FACES = MESH_FACES

# Parts below this share of the largest one's volume are floaters.
SMALLEST_PART = 0.01
# The surface is coloured by rays through a shell, in cells of the field: from, to, samples. It is
# thick, since a soft fit lets the eye in deep.
SHELL_OUTSIDE_CELLS = 1.5
SHELL_INSIDE_CELLS = 12.0
SHELL_SAMPLES = 36
# Thinning out may tear the mesh. Then milder ways are tried, then a coarser grid.
AGGRESSIONS = (7, 6, 5, 4, 3)
COARSER = 0.8
COARSEST = 12

Z_UP_TO_Y_UP = np.array(
    [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
)


def extract_mesh(
    scene: FittedScene, *, resolution: int = RESOLUTION, level: float = LEVEL, faces: int = FACES
) -> trimesh.Trimesh:
    """The surface of a scene in its own coordinates (z up), with a colour (sRGB) at each corner.

    Every part is watertight and faces outward. Of a scene that is not bounded, the middle is cut
    out as a cube.

    Args:
        scene: what is shown.
        resolution: points along a side that the density is asked at, 16 to 384.
        level: density at the surface, per scene unit, 0.01 to 10 000.
        faces: triangles at most, 100 to 1 000 000.

    Raises:
        ConfigError: a number out of range.
        ExportError: nothing is as dense as `level`, or nothing remains with so few faces.
    """
    check_whole("resolution", resolution, 16, 384)
    check_range("level", level, 0.01, 10_000)
    check_whole("faces", faces, 100, 1_000_000)
    surface = _surface(scene, resolution, level)
    if surface is None:
        raise ExportError(
            "The scene is empty: nothing in it is dense enough for a surface. "
            "Fit or edit it again, or lower the level."
        )
    mesh = _thinned(surface, faces)
    while mesh is None and surface is not None and resolution > COARSEST:
        resolution = int(resolution * COARSER)
        surface = _surface(scene, resolution, level)
        mesh = None if surface is None else _thinned(surface, faces)
    if mesh is None:
        raise ExportError(f"No closed surface was found with {faces} triangles; allow more.")
    mesh.visual.vertex_colors = _colors(scene, mesh)
    return mesh


def write_glb(path: str | Path, mesh: trimesh.Trimesh) -> Path:
    """Writes a mesh as binary glTF, atomically: y up, the front facing +z, as glTF has it.

    glTF's corner colours are linear light, not sRGB, so that is what is written.

    Raises:
        ExportError: it cannot be written.
    """
    turned = mesh.copy()
    turned.apply_transform(Z_UP_TO_Y_UP)
    turned.visual.vertex_colors = _linear(mesh.visual.vertex_colors[:, :3])
    return write_bytes(path, turned.export(file_type="glb", include_normals=True))


def write_ply(path: str | Path, mesh: trimesh.Trimesh) -> Path:
    """Writes a mesh as binary PLY, atomically: z up as in the scene, colours in sRGB.

    Raises:
        ExportError: it cannot be written.
    """
    return write_bytes(path, mesh.export(file_type="ply", vertex_normal=False))


def _surface(scene: FittedScene, resolution: int, level: float) -> trimesh.Trimesh | None:
    """All parts that are no floaters, watertight, by marching cubes; None if there are none."""
    extent = extent_of(scene)
    solid = solidity(scene.field, resolution, extent, level)
    if solid.max() <= 0.5:
        return None
    cell = 2 * extent / (resolution - 1)
    vertices, triangles, _, _ = skimage.measure.marching_cubes(
        solid, 0.5, spacing=(cell, cell, cell), gradient_direction="ascent", allow_degenerate=False
    )
    vertices = vertices.astype(np.float64) - extent - cell
    whole = trimesh.Trimesh(vertices, triangles, process=False)
    parts = list(whole.split(only_watertight=False))
    volumes = [part.volume for part in parts]
    kept = [p for p, v in zip(parts, volumes, strict=True) if v >= SMALLEST_PART * max(volumes)]
    return trimesh.util.concatenate(kept)


def _thinned(mesh: trimesh.Trimesh, faces: int) -> trimesh.Trimesh | None:
    """The mesh with at most so many triangles and still closed, or None if that cannot be had."""
    if len(mesh.faces) <= faces:
        return mesh if _is_solid(mesh) else None
    parts = mesh.body_count
    for aggression in AGGRESSIONS:
        fewer = _without_folds(
            mesh.simplify_quadric_decimation(face_count=faces, aggression=aggression)
        )
        if len(fewer.faces) <= faces and _is_solid(fewer) and fewer.body_count == parts:
            return fewer
    return None


def _without_folds(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """Thinning out can lay two triangles on each other, back to back: such pairs go."""
    while True:
        corners = np.sort(mesh.faces, axis=1)
        _, which, counts = np.unique(corners, axis=0, return_inverse=True, return_counts=True)
        single = counts[which.ravel()] == 1
        if single.all():
            return mesh
        mesh = trimesh.Trimesh(mesh.vertices, mesh.faces[single], process=False)
        mesh.remove_unreferenced_vertices()


def _is_solid(mesh: trimesh.Trimesh) -> bool:
    return bool(mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0)


@torch.no_grad()
def _colors(scene: FittedScene, mesh: trimesh.Trimesh) -> UInt8[np.ndarray, "vertices 3"]:
    """What a short ray from outside sees at each corner, in the light of the best placed camera."""
    corners = torch.tensor(mesh.vertices, dtype=torch.float32)
    outward = torch.tensor(mesh.vertex_normals, dtype=torch.float32)
    eyes = torch.stack([camera.position for camera in scene.cameras])
    cell = 2 * extent_of(scene) / scene.field.resolution
    depths = torch.linspace(-SHELL_OUTSIDE_CELLS, SHELL_INSIDE_CELLS, SHELL_SAMPLES) * cell
    colors = []
    for chunk in chunks(len(corners), CHUNK_POINTS // max(SHELL_SAMPLES, len(eyes))):
        points = corners[chunk, None] - depths[:, None] * outward[chunk, None]
        seen = _best_directions(corners[chunk], outward[chunk], eyes)
        seen = seen[:, None].expand_as(points)
        density, color = scene.field.query(
            points.reshape(-1, 3).to(scene.field.device()),
            seen.reshape(-1, 3).to(scene.field.device()),
        )
        optical = density.float().cpu().reshape(len(chunk), -1) * float(depths[1] - depths[0])
        before = optical.cumsum(1) - optical
        weights = (-before).exp() * (1 - (-optical).exp()) + 1e-6
        mixed = (weights[..., None] * color.float().cpu().reshape(len(chunk), -1, 3)).sum(1)
        colors.append(mixed / weights.sum(1, keepdim=True))
    return (torch.cat(colors).clamp(0, 1) * 255).round().to(torch.uint8).numpy()


def _best_directions(
    corners: Float[Tensor, "n 3"], outward: Float[Tensor, "n 3"], eyes: Float[Tensor, "cameras 3"]
) -> Float[Tensor, "n 3"]:
    """Ray directions from the camera that looks at each corner most squarely."""
    towards = F.normalize(eyes - corners[:, None], dim=2)
    best = (towards * outward[:, None]).sum(2).argmax(1)
    return -towards[torch.arange(len(corners)), best]


def _linear(srgb: UInt8[np.ndarray, "vertices 3"]) -> UInt8[np.ndarray, "vertices 3"]:
    """Linear light of sRGB colours."""
    return np.rint(255 * trimesh.visual.color.srgb_to_linear(srgb)).astype(np.uint8)
