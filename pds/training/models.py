"""Named 3-D models of a Sweet Home 3D catalogue as small pictures from all around."""

import math
import warnings
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image
from trimesh.ray.ray_pyembree import RayMeshIntersector

from pds.training.errors import TrainingDataError

AZIMUTHS_DEG = tuple(range(0, 360, 15))
ELEVATIONS_DEG = (5, 20, 40)
RENDER_PX = 144


def read_catalogue(folder: Path) -> dict[int, dict[str, str]]:
    """Entries of a PluginFurnitureCatalog.properties file, by their number."""
    text = (folder / "PluginFurnitureCatalog.properties").read_bytes().decode("latin-1")
    entries: dict[int, dict[str, str]] = {}
    for line in text.splitlines():
        key, mark, value = line.partition("=")
        name, hash_sign, number = key.partition("#")
        if mark and hash_sign and number.strip().isdigit():
            entries.setdefault(int(number), {})[name.strip()] = value.strip()
    return entries


def load_model(folder: Path, entry: dict[str, str]) -> list[trimesh.Trimesh]:
    """The meshes of one catalogue model, turned and scaled as the catalogue says, in a unit sphere.

    The front looks along +z and y is up.

    Raises:
        TrainingDataError: the model's file is missing.
    """
    path = folder / entry["model"].lstrip("/")
    if not path.is_file():
        raise TrainingDataError(f"the catalogue names {path}, which is missing: fetch it again")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scene = trimesh.load(path, split_object=False, group_material=True)
    parts = getattr(scene, "geometry", {"only": scene}).values()
    parts = [p for p in parts if isinstance(p, trimesh.Trimesh) and len(p.faces)]
    if "modelRotation" in entry:
        turn = np.eye(4)
        turn[:3, :3] = np.array(entry["modelRotation"].split(), dtype=float).reshape(3, 3)
        for part in parts:
            part.apply_transform(turn)
    bounds = np.array([[p.bounds[0] for p in parts], [p.bounds[1] for p in parts]])
    low, high = bounds[0].min(0), bounds[1].max(0)
    wanted = np.array([float(entry[k]) for k in ("width", "height", "depth")])
    scale = wanted / np.maximum(high - low, 1e-9)
    scale /= np.linalg.norm(wanted) / 2
    for part in parts:
        part.vertices = (part.vertices - (low + high) / 2) * scale
    return parts


def _material_colours(part: trimesh.Trimesh, faces: np.ndarray, where: np.ndarray) -> np.ndarray:
    """RGBA in [0, 1] of the surface at barycentric coordinates `where` [n 3] of `faces` [n]."""
    visual = part.visual
    material = getattr(visual, "material", None)
    image = getattr(material, "image", None)
    uv = getattr(visual, "uv", None)
    if image is not None and uv is not None:
        corners = uv[part.faces[faces]]
        at = (corners * where[:, :, None]).sum(1) % 1.0
        texture = np.asarray(image.convert("RGBA"), dtype=np.float32) / 255
        rows = ((1 - at[:, 1]) * (texture.shape[0] - 1)).astype(int)
        columns = (at[:, 0] * (texture.shape[1] - 1)).astype(int)
        return texture[rows.clip(0), columns.clip(0)]
    diffuse = getattr(material, "diffuse", None)
    if diffuse is None:
        diffuse = (200, 200, 200, 255)
    return np.tile(np.asarray(diffuse, dtype=np.float32) / 255, (len(faces), 1))


class ModelRenderer:
    """Ray casting with a head light, for one model.

    Args:
        parts: meshes as `load_model` returns them.
    """

    def __init__(self, parts: list[trimesh.Trimesh]):
        self._parts = parts
        self._mesh = trimesh.util.concatenate(
            [trimesh.Trimesh(p.vertices, p.faces, process=False) for p in parts]
        )
        self._first = np.cumsum([0] + [len(p.faces) for p in parts])
        self._caster = RayMeshIntersector(self._mesh)

    def draw(self, azimuth_deg: float, elevation_deg: float) -> Image.Image:
        """RGBA picture; azimuth 0 is the front, 90 the model's left side."""
        a, e = math.radians(azimuth_deg), math.radians(elevation_deg)
        back = np.array([math.sin(a) * math.cos(e), math.sin(e), math.cos(a) * math.cos(e)])
        right = np.array([math.cos(a), 0.0, -math.sin(a)])
        up = np.cross(back, right)
        side = (np.arange(RENDER_PX) + 0.5) / RENDER_PX * 2 - 1
        x, y = np.meshgrid(side, -side)
        screen = 0.36 * (x[..., None] * right + y[..., None] * up).reshape(-1, 3)
        eye = 3.2 * back
        rays = screen - back
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        colour = self.trace(np.tile(eye, (len(rays), 1)), rays)
        picture = (colour.reshape(RENDER_PX, RENDER_PX, 4).clip(0, 1) * 255).astype(np.uint8)
        return Image.fromarray(picture, "RGBA")

    def trace(self, origins: np.ndarray, rays: np.ndarray) -> np.ndarray:
        """Composite up to three layers front to back; RGBA [n 4], straight alpha."""
        colour = np.zeros((len(rays), 3))
        through = np.ones(len(rays))
        live = np.arange(len(rays))
        origins = origins.copy()
        for _ in range(3):
            spots, which, faces = self._caster.intersects_location(
                origins[live], rays[live], multiple_hits=False
            )
            if not len(which):
                break
            hit = live[which]
            shade = self._shade(spots, faces, rays[hit])
            opacity = shade[:, 3]
            colour[hit] += (through[hit] * opacity)[:, None] * shade[:, :3]
            through[hit] *= 1 - opacity
            origins[hit] = spots + 1e-4 * rays[hit]
            live = hit[through[hit] > 0.05]
            if not len(live):
                break
        alpha = 1 - through
        return np.concatenate([colour / np.maximum(alpha, 1e-6)[:, None], alpha[:, None]], axis=1)

    def _shade(self, spots: np.ndarray, faces: np.ndarray, rays: np.ndarray) -> np.ndarray:
        where = trimesh.triangles.points_to_barycentric(self._mesh.triangles[faces], spots)
        normals = self._mesh.face_normals[faces]
        light = 0.45 + 0.6 * np.abs((normals * rays).sum(1))
        owner = np.searchsorted(self._first, faces, side="right") - 1
        colour = np.zeros((len(faces), 4))
        for index in np.unique(owner):
            mine = owner == index
            colour[mine] = _material_colours(
                self._parts[index], faces[mine] - self._first[index], where[mine]
            )
        colour[:, :3] *= light[:, None]
        return colour


def view_words(azimuth_deg: float, *, symmetric: bool) -> str:
    """How a prompt names this view; empty for things that look alike from all around."""
    if symmetric:
        return ""
    turned = abs((azimuth_deg + 180) % 360 - 180)
    if turned <= 37.5:
        return "front view"
    return "back view" if turned >= 142.5 else "side view"
