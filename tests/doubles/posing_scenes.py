"""Photos whose poses are known: a numpy picture of textured walls and boxes, and of less."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from pds.kinds.nerf.cameras import Camera, look_at, orbit
from pds.kinds.nerf.capture.photos import EXIF_IFD, FOCAL_LENGTH_35MM, Photos

TEXTURE_PX = 512
MAKE = 0x010F
SHAPES = (
    # middle, half sizes: a floor, two walls, and three boxes on the floor
    ((0.0, 0.0, -1.05), (3.0, 3.0, 0.05)),
    ((0.0, 3.0, 0.5), (3.0, 0.05, 1.5)),
    ((-3.0, 0.0, 0.5), (0.05, 3.0, 1.5)),
    ((-0.8, 0.3, -0.5), (0.4, 0.4, 0.5)),
    ((0.6, 0.6, -0.6), (0.5, 0.3, 0.4)),
    ((0.3, -0.6, -0.8), (0.3, 0.3, 0.2)),
)


def textures(seed: int, count: int) -> np.ndarray:
    """Blotches of all sizes and colours `[count, side, side, 3]`, 0 to 255."""
    numbers = np.random.default_rng(seed)
    layers = np.zeros((count, TEXTURE_PX, TEXTURE_PX, 3), np.float32)
    for cells, strength in ((8, 60), (32, 60), (96, 70), (256, 40)):
        for texture in layers:
            coarse = numbers.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
            size = (TEXTURE_PX, TEXTURE_PX)
            smooth = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
            texture += (np.asarray(smooth, np.float32) / 255 - 0.5) * 2 * strength
    return np.clip(layers + 128, 0, 255)


def draw(camera: Camera, patterns: np.ndarray) -> np.ndarray:
    """The boxes as the camera sees them, uint8 `[height, width, 3]`."""
    origins, directions = (rays.double().numpy() for rays in camera.rays())
    nearest = np.full(len(origins), np.inf)
    picture = np.full((len(origins), 3), 255.0)
    for (middle, half), pattern in zip(SHAPES, patterns, strict=True):
        with np.errstate(divide="ignore"):
            to_low = (np.array(middle) - half - origins) / directions
            to_high = (np.array(middle) + half - origins) / directions
        enter = np.minimum(to_low, to_high)
        near, far = enter.max(1), np.maximum(to_low, to_high).min(1)
        hit = (near > 0) & (near < far) & (near < nearest)
        nearest[hit] = near[hit]
        points = origins[hit] + near[hit, None] * directions[hit] - middle
        face = enter[hit].argmax(1)
        across = np.take_along_axis(points, np.array([[1, 2], [0, 2], [0, 1]])[face], 1)
        # Another part of the texture for each face, the same size of blotch on all of them.
        picture[hit] = _smooth(pattern, (across * 0.16 + 0.5 + 0.31 * face[:, None]) % 1.0)
    shape = (camera.height, camera.width, 3)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8).reshape(shape)


def _smooth(pattern: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Bilinear lookup in a texture that repeats; `where` in [0, 1)."""
    place = where * TEXTURE_PX - 0.5
    corner = np.floor(place).astype(int)
    x, y = (place - corner).T[:, :, None]
    left, top = (corner % TEXTURE_PX).T
    right, below = ((corner + 1) % TEXTURE_PX).T
    upper = pattern[top, left] * (1 - x) + pattern[top, right] * x
    lower = pattern[below, left] * (1 - x) + pattern[below, right] * x
    return upper * (1 - y) + lower * y


def room_cameras(count: int, *, size_px: int) -> tuple[Camera, ...]:
    """An arc of cameras, up and down a little, as somebody would walk."""
    return tuple(
        orbit(
            -30 + 80 * index / (count - 1),
            22 + 6 * math.sin(1.7 * index),
            distance=4.0,
            fov_deg=50,
            size_px=size_px,
            target=(0.0, 0.2, -0.5),
        )
        for index in range(count)
    )


def pan_cameras(count: int, *, size_px: int) -> tuple[Camera, ...]:
    """A camera that turns on one spot."""
    first, *_ = room_cameras(2, size_px=size_px)
    targets = [torch.tensor([-1.2 + 2.4 * n / (count - 1), 0.2, -0.5]) for n in range(count)]
    poses = [look_at(first.position, target) for target in targets]
    return tuple(replace(first, camera_to_world=pose) for pose in poses)


def save(folder: Path, pictures: list[np.ndarray]) -> Photos:
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(f"view {index + 1}.png" for index in range(len(pictures)))
    for name, picture in zip(names, pictures, strict=True):
        Image.fromarray(picture).save(folder / name)
    return Photos(names, tuple(folder / name for name in names))


def room_photos(folder: Path, cameras: tuple[Camera, ...]) -> Photos:
    patterns = textures(seed=1, count=len(SHAPES))
    return save(folder, [draw(camera, patterns) for camera in cameras])


def white_photos(folder: Path, count: int) -> Photos:
    """A white wall: a little brighter on one side, with a camera's noise."""
    numbers = np.random.default_rng(2)
    slope = np.linspace(225, 240, 128)[None, :, None]
    noise = numbers.normal(0, 1.0, (count, 96, 128, 3))
    return save(folder, list(np.clip(slope + noise, 0, 255).astype(np.uint8)))


def unrelated_photos(folder: Path, count: int) -> Photos:
    """Each of another thing."""
    return save(folder, list(textures(seed=3, count=count)[:, :192, :192].astype(np.uint8)))


def plain_photos(
    folder: Path, count: int, *, size: tuple[int, int] = (96, 64), focal_35mm: int = 0
) -> Photos:
    """Of one colour each: for a search that only pretends."""
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(f"view {index + 1}.png" for index in range(count))
    exif = Image.Exif()
    exif[MAKE] = "test"  # Pillow leaves out notes without anything at their top
    if focal_35mm:
        exif.get_ifd(EXIF_IFD)[FOCAL_LENGTH_35MM] = focal_35mm
    for index, name in enumerate(names):
        Image.new("RGB", size, (5 * index, 99, 50)).save(folder / name, exif=exif)
    return Photos(names, tuple(folder / name for name in names))


def aligned(found: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Poses `[n 3 4]` after the similarity that brings their positions nearest to the true ones
    (Umeyama 1991)."""
    middles = [poses[:, :, 3].mean(0) for poses in (found, truth)]
    here, there = found[:, :, 3] - middles[0], truth[:, :, 3] - middles[1]
    left, sizes, right = torch.linalg.svd(there.T @ here)
    signs = torch.tensor([1.0, 1.0, float(torch.det(left @ right).sign())]).to(sizes)
    turn = left @ torch.diag(signs) @ right
    scale = (sizes * signs).sum() / here.square().sum()
    positions = scale * here @ turn.T + middles[1]
    return torch.cat([turn @ found[:, :, :3], positions[:, :, None]], 2)


def poses_of(cameras: tuple[Camera, ...]) -> torch.Tensor:
    return torch.stack([camera.camera_to_world for camera in cameras]).double()


def aligned_errors(cameras: tuple[Camera, ...], true: tuple[Camera, ...]) -> tuple[float, float]:
    """Largest distance, as a share of the cameras' spread, and largest angle in degrees."""
    truth = poses_of(true)
    moved = aligned(poses_of(cameras), truth)
    spread = (truth[:, :, 3] - truth[:, :, 3].mean(0)).norm(dim=1).max()
    distance = (moved[:, :, 3] - truth[:, :, 3]).norm(dim=1).max() / spread
    # |R - R'| = 2 sqrt(2) sin(angle / 2)
    apart = (moved[:, :, :3] - truth[:, :, :3]).flatten(1).norm(dim=1).max() / math.sqrt(8)
    return float(distance), math.degrees(2 * math.asin(float(apart)))
