"""Textured animals and buildings of the game 0 A.D. as meshes that can be drawn."""

import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image
from trimesh.visual import TextureVisuals
from trimesh.visual.material import SimpleMaterial

from pds.training.dataset import Entry
from pds.training.errors import TrainingDataError
from pds.training.model_sets import views
from pds.training.models import ModelRenderer
from pds.training.sources import Source

ARCHIVE = "usr/share/games/0ad/mods/public/public.zip"
BONES_BYTES = 4 + 4 * 4
"""Of one vertex: four bones, one byte each, and their four weights."""


def read_pmd(data: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices [n 3], texture coordinates [n 2] and triangles [m 3] of a mesh in its rest pose.

    The file is ``PSMD``, version, size, number of vertices, from version 4 on the number of
    texture coordinates a vertex; then the vertices (position, normal, texture coordinates, bones);
    then the number of triangles and the triangles, 16 bits an index.

    Args:
        data: a ``.pmd`` file of version 3 or 4.

    Raises:
        TrainingDataError: it is none.
    """
    if data[:4] != b"PSMD" or len(data) < 20:
        raise TrainingDataError("this is no PMD mesh: fetch 0ad-data again")
    version, _, count = struct.unpack_from("<3I", data, 4)
    sets, start = (struct.unpack_from("<I", data, 16)[0], 20) if version >= 4 else (1, 16)
    floats = 6 + 2 * sets
    stride = 4 * floats + BONES_BYTES
    rows = np.frombuffer(data, np.uint8, count * stride, start).reshape(count, stride)
    values = rows[:, : 4 * floats].copy().view("<f4")
    end = start + count * stride
    faces = np.frombuffer(data, "<u2", 3 * struct.unpack_from("<I", data, end)[0], end + 4).reshape(
        -1, 3
    )
    return values[:, :3].astype(float), values[:, 6:8].astype(float), faces.astype(int)


def read_texture(data: bytes) -> Image.Image:
    """A DDS picture, opaque: its alpha says where the players' colours go."""
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGB").convert("RGBA")


def load_game_model(archive: zipfile.ZipFile, mesh: str, texture: str) -> list[trimesh.Trimesh]:
    """One model in a unit sphere, front along +z, y up.

    Args:
        archive: the game's ``public.zip``.
        mesh: its name below ``art/meshes``, without ending.
        texture: its name below ``art/textures/skins``; ``.png`` unless it says otherwise.

    Raises:
        TrainingDataError: the archive lacks one of them.
    """
    texture = texture if "." in texture else f"{texture}.png"
    try:
        packed = archive.read(f"art/meshes/{mesh}.dae.cached.pmd")
        skin = archive.read(f"art/textures/skins/{texture}.cached.dds")
    except KeyError as error:
        raise TrainingDataError(f"the game has no such model: {error.args[0]}") from error
    vertices, where, faces = read_pmd(packed)
    vertices = vertices * [1.0, 1.0, -1.0]  # the game's axes are left-handed
    low, high = vertices[faces].min((0, 1)), vertices[faces].max((0, 1))
    vertices = (vertices - (low + high) / 2) * (2 / np.linalg.norm(high - low))
    visual = TextureVisuals(uv=where, material=SimpleMaterial(image=read_texture(skin)))
    return [trimesh.Trimesh(vertices, faces[:, ::-1], visual=visual, process=False)]


def game_pictures(
    source: Source, concepts: dict, folder: Path
) -> Iterator[tuple[np.ndarray, Entry]]:
    """Draw every model of the game that a concept names, from all around."""
    with zipfile.ZipFile(folder / source.name / ARCHIVE) as archive:
        for concept in concepts["models"]:
            for mesh, texture in concept.get("game", ()):
                renderer = ModelRenderer(load_game_model(archive, mesh, texture))
                yield from views(renderer, concept, source, f"{source.name} {texture}")
