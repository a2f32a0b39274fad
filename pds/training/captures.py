"""Synthetic captures: a catalogue model seen from all around, as posed pictures with alpha."""

import json
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image

from pds.kinds.nerf.cameras import Camera, orbit
from pds.training.models import ModelRenderer

DISTANCE = 4.0
FOV_DEG = 32.0
FILL = 0.95
"""How much of half the picture's side the model may fill, as seen from the distance."""
ELEVATIONS_DEG = (5.0, 20.0, 40.0)
SAMPLES_A_SIDE = 3


def capture_cameras(count: int, size_px: int) -> list[Camera]:
    """Cameras in three rings, as the training pictures have them, each ring turned a little.

    Args:
        count: of all cameras; a multiple of three.
        size_px: side of a picture.
    """
    ring = count // len(ELEVATIONS_DEG)
    return [
        orbit(
            360 * (i + number / len(ELEVATIONS_DEG)) / ring,
            elevation,
            distance=DISTANCE,
            fov_deg=FOV_DEG,
            size_px=size_px,
        )
        for number, elevation in enumerate(ELEVATIONS_DEG)
        for i in range(ring)
    ]


def fitted(parts: list[trimesh.Trimesh], *, room_above: float = 0.0) -> list[trimesh.Trimesh]:
    """The meshes scaled so that every view shows all of them, within the cube [-1, 1]^3.

    Args:
        parts: meshes, y up; changed in place.
        room_above: empty height to leave above, as a share of the model's own height.
    """
    vertices = np.concatenate([part.vertices for part in parts])
    low, high = vertices.min(0), vertices.max(0)
    high[1] += room_above * (high[1] - low[1])
    middle = (low + high) / 2
    corners = vertices - middle
    corners = np.concatenate([corners, [[0.0, high[1] - middle[1], 0.0]]])
    reach = np.linalg.norm(corners, axis=1).max()
    half = DISTANCE * np.tan(np.radians(FOV_DEG) / 2)
    scale = min(FILL * half, 1.0) / reach
    for part in parts:
        part.vertices = (part.vertices - middle) * scale
    return parts


def draw(renderer: ModelRenderer, camera: Camera) -> Image.Image:
    """One picture with straight alpha, several rays a pixel."""
    n = SAMPLES_A_SIDE
    dense = camera.resized(camera.width * n, camera.height * n)
    origins, directions = (t.double().numpy() for t in dense.rays())

    def y_up(v: np.ndarray) -> np.ndarray:
        return np.stack([v[:, 0], v[:, 2], -v[:, 1]], 1)

    colour = renderer.trace(y_up(origins), y_up(directions)).clip(0, 1)
    colour = colour.reshape(camera.height, n, camera.width, n, 4)
    alpha = colour[..., 3:].mean((1, 3))
    mixed = (colour[..., :3] * colour[..., 3:]).mean((1, 3)) / np.maximum(alpha, 1e-6)
    pixels = np.concatenate([mixed, alpha], axis=2)
    return Image.fromarray((pixels * 255).round().astype(np.uint8), "RGBA")


def write_capture(
    folder: Path,
    parts: list[trimesh.Trimesh],
    *,
    has_front: bool,
    views: int = 36,
    size_px: int = 96,
    room_above: float = 0.0,
) -> None:
    """Write ``transforms.json`` and its pictures in the format of instant-ngp.

    Args:
        folder: made if need be.
        parts: meshes, y up, front along +z.
        has_front: whether views may be named front, side and back.
        views: number of pictures.
        size_px: their side.
        room_above: see `fitted`.
    """
    renderer = ModelRenderer(fitted(parts, room_above=room_above))
    (folder / "images").mkdir(parents=True, exist_ok=True)
    frames = []
    for number, camera in enumerate(capture_cameras(views, size_px)):
        name = f"images/{number:03d}.png"
        draw(renderer, camera).save(folder / name)
        pose = [*camera.camera_to_world.tolist(), [0.0, 0.0, 0.0, 1.0]]
        frames.append({"file_path": name, "transform_matrix": pose})
    first = capture_cameras(views, size_px)[0]
    values = {
        "camera_model": "PINHOLE",
        "w": size_px,
        "h": size_px,
        "fl_x": first.fl_x,
        "fl_y": first.fl_y,
        "cx": first.cx,
        "cy": first.cy,
        "pds": {"bounded": True, "has_front": has_front},
        "frames": frames,
    }
    (folder / "transforms.json").write_text(json.dumps(values, indent=1) + "\n")
