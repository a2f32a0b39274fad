"""The scene as a capture that other programs read: transforms.json and a picture per camera.

The file follows instant-ngp and nerfstudio: OpenGL cameras, z up. Its `pds` block says what those
formats cannot, so that this program reads its own files back without guessing.
"""

import io
import json
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from pds.base.checks import check_whole
from pds.base.files import atomic_path
from pds.base.images import to_pil
from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.capture.own_block import OWN_KEY, own_block
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.render.pictures import draw
from pds.kinds.nerf.render.viewing import (
    MAX_SIZE_PX,
    MAX_VIEWS,
    MIN_SIZE_PX,
    spread_cameras,
)

DISTORTION = ("k1", "k2", "p1", "p2", "k3")
# instant-ngp's box, in units of its own unit cube: 1 holds an object, 16 a room and its windows.
AABB_SCALE = {True: 1, False: 16}
# The same scene gives the same bytes.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def write_capture(
    path: str | Path, scene: FittedScene, *, size_px: int = 0, views: int = 0
) -> Path:
    """Writes a zip with `transforms.json` and `images/`, atomically.

    The pictures are renderings from the scene's own cameras: RGBA, transparent where nothing is,
    of a bounded scene; RGB of others.

    Args:
        path: where to.
        scene: what is written; coordinates stay as they are.
        size_px: longer side of the pictures, 16 to 2048; 0 takes the cameras' own sizes.
        views: how many pictures, 1 to 2000; 0 takes one of each of the scene's own cameras, see
            `pds.kinds.nerf.render.viewing.spread_cameras`.

    Raises:
        ConfigError: a size or number out of range.
        ExportError: it cannot be written.
    """
    files = capture_files(scene, size_px=size_px, views=views)
    with atomic_path(path) as unfinished, zipfile.ZipFile(unfinished, "w") as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(name, date_time=ZIP_DATE)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return Path(path)


def capture_files(
    scene: FittedScene, *, size_px: int = 0, views: int = 0
) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files of `write_capture`, drawn one at a time; the JSON first.

    Raises:
        ConfigError: a size or number out of range; before the first file.
    """
    if size_px != 0:
        check_whole("size_px", size_px, MIN_SIZE_PX, MAX_SIZE_PX)
    if views != 0:
        check_whole("views", views, 1, MAX_VIEWS)
    own = spread_cameras(scene, views) if views else scene.cameras
    cameras = [camera.fitted(size_px) if size_px else camera for camera in own]
    return _files(scene, cameras)


def _files(scene: FittedScene, cameras: list[Camera]) -> Iterator[tuple[str, bytes]]:
    digits = max(4, len(str(len(cameras))))
    names = [f"images/{index:0{digits}d}.png" for index in range(1, len(cameras) + 1)]
    yield "transforms.json", json.dumps(_transforms(scene, cameras, names), indent=1).encode()
    occupancy = Occupancy(scene.field)
    for camera, name in zip(cameras, names, strict=True):
        yield name, _png(scene, camera, occupancy)


def _transforms(scene: FittedScene, cameras: list[Camera], names: list[str]) -> dict[str, Any]:
    lenses = [_lens(camera) for camera in cameras]
    # One lens for all is what instant-ngp reads; several are nerfstudio's way.
    shared = lenses[0] if all(lens == lenses[0] for lens in lenses) else {}
    frames = []
    for camera, lens, name in zip(cameras, lenses, names, strict=True):
        matrix = [*camera.camera_to_world.tolist(), [0.0, 0.0, 0.0, 1.0]]
        frames.append({"file_path": name, **({} if shared else lens), "transform_matrix": matrix})
    return {
        "camera_model": "OPENCV",
        **shared,
        "aabb_scale": AABB_SCALE[scene.bounded],
        OWN_KEY: own_block(scene),
        "frames": frames,
    }


def _lens(camera: Camera) -> dict[str, float]:
    return {
        "w": camera.width,
        "h": camera.height,
        "fl_x": camera.fl_x,
        "fl_y": camera.fl_y,
        "cx": camera.cx,
        "cy": camera.cy,
        "camera_angle_x": 2 * math.atan(camera.width / 2 / camera.fl_x),
        **dict(zip(DISTORTION, camera.distortion, strict=False)),
    }


def _png(scene: FittedScene, camera: Camera, occupancy: Occupancy) -> bytes:
    """A bounded scene on black is colour times opacity: dividing gives the colour itself."""
    view = draw(scene, camera, background=0.0, occupancy=occupancy)
    image = view.image
    if scene.bounded:
        color = image / view.opacity.clamp(min=1e-6)
        image = torch.cat([color, view.opacity], 1)
    data = io.BytesIO()
    to_pil(image).save(data, format="PNG", optimize=True)
    return data.getvalue()
