"""Captures as files, written here in every format that is read."""

import json
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from pds.kinds.nerf.cameras import Camera, look_at, orbit
from pds.kinds.nerf.capture.capture import Capture

WIDTH, HEIGHT = 32, 24


def ring(count: int = 8, *, distance: float = 4.0, elevation_deg: float = 20.0) -> list[Camera]:
    """Square cameras all around the origin."""
    return [
        orbit(360 * i / count, elevation_deg, distance=distance, fov_deg=40, size_px=48)
        for i in range(count)
    ]


def arc(count: int = 6, *, distance: float = 2.0) -> list[Camera]:
    """Wide cameras within 60 degrees before the origin, as hands hold them."""
    cameras = []
    for i in range(count):
        angle = torch.deg2rad(torch.tensor(60.0 * i / (count - 1) - 30.0))
        eye = distance * torch.stack([angle.sin(), -angle.cos(), torch.tensor(0.1 * (i % 2))])
        cameras.append(wide(look_at(eye, torch.zeros(3))))
    return cameras


def wide(pose: torch.Tensor, *, distortion: tuple[float, ...] = ()) -> Camera:
    return Camera(
        camera_to_world=pose,
        width=WIDTH,
        height=HEIGHT,
        fl_x=40.0,
        fl_y=41.0,
        cx=16.5,
        cy=11.5,
        distortion=distortion,
    )


def moved(cameras: Sequence[Camera], similarity: torch.Tensor) -> list[torch.Tensor]:
    """The cameras' poses [4 4] in other coordinates, float64."""
    scale = torch.linalg.det(similarity[:3, :3].double()) ** (1 / 3)
    turn = similarity[:3, :3].double() / scale
    poses = []
    for camera in cameras:
        pose = torch.eye(4, dtype=torch.float64)
        pose[:3, :3] = turn @ camera.camera_to_world[:, :3].double()
        place = camera.position.double()
        pose[:3, 3] = similarity[:3, :3].double() @ place + similarity[:3, 3].double()
        poses.append(pose)
    return poses


def a_similarity() -> torch.Tensor:
    """A turn about a slanted axis, a scale of 3 and a shift."""
    axis = torch.tensor([0.3, -0.5, 0.8], dtype=torch.float64)
    x, y, z = (1.2 * axis / axis.norm()).tolist()
    cross = torch.tensor([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]], dtype=torch.float64)
    similarity = torch.eye(4, dtype=torch.float64)
    similarity[:3, :3] = 3 * torch.linalg.matrix_exp(cross)
    similarity[:3, 3] = torch.tensor([10.0, -4.0, 7.0])
    return similarity


def picture(seed: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    levels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(levels)


def ellipsoid(
    camera: Camera,
    radii: Sequence[float] = (0.5, 0.3, 0.7),
    centre: Sequence[float] = (0.0, 0.0, 0.0),
) -> Image.Image:
    """A red ellipsoid on nothing, with straight alpha."""
    origins, directions = camera.rays()
    o = (origins - torch.tensor(centre)) / torch.tensor(radii)
    d = directions / torch.tensor(radii)
    inner = (o * d).sum(1) ** 2 - (d * d).sum(1) * ((o * o).sum(1) - 1)
    hit = (inner > 0).reshape(camera.height, camera.width).numpy()
    pixels = np.zeros((*hit.shape, 4), dtype=np.uint8)
    pixels[hit] = (200, 30, 20, 255)
    return Image.fromarray(pixels)


def frame(name: str, pose: torch.Tensor, **more: object) -> dict:
    rows = pose.tolist() if len(pose) == 4 else [*pose.tolist(), [0.0, 0.0, 0.0, 1.0]]
    return {"file_path": name, "transform_matrix": rows, **more}


def intrinsics(camera: Camera) -> dict:
    return {
        "w": camera.width,
        "h": camera.height,
        "fl_x": camera.fl_x,
        "fl_y": camera.fl_y,
        "cx": camera.cx,
        "cy": camera.cy,
    }


def write_transforms(
    folder: Path,
    cameras: Sequence[Camera] | None = None,
    *,
    pictures: Sequence[Image.Image] | None = None,
    poses: Sequence[torch.Tensor] | None = None,
    name: str = "transforms.json",
    **values: object,
) -> Path:
    """`transforms.json` and `images/0.png` …; `values` replace or join the file's own."""
    cameras = arc() if cameras is None else cameras
    poses = [camera.camera_to_world for camera in cameras] if poses is None else poses
    sizes = [(camera.width, camera.height) for camera in cameras]
    drawn = [picture(i, size) for i, size in enumerate(sizes)] if pictures is None else pictures
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for i, each in enumerate(drawn):
        each.save(folder / "images" / f"{i}.png")
    frames = [frame(f"images/{i}.png", pose) for i, pose in enumerate(poses)]
    path = folder / name
    path.write_text(json.dumps({**intrinsics(cameras[0]), "frames": frames, **values}))
    return path


def world_to_camera(camera: Camera) -> tuple[list[float], list[float]]:
    """Quaternion w x y z and translation as COLMAP writes them (OpenCV)."""
    opencv = camera.camera_to_world[:, :3].double() * torch.tensor([1.0, -1.0, -1.0])
    rotation = opencv.T
    translation = -rotation @ camera.position.double()
    # The quaternion is the eigenvector of the largest eigenvalue (Bar-Itzhack).
    (a, b, c), (d, e, f), (g, h, i) = rotation.tolist()
    matrix = torch.tensor(
        [
            [a + e + i, h - f, c - g, d - b],
            [h - f, a - e - i, b + d, c + g],
            [c - g, b + d, e - a - i, f + h],
            [d - b, c + g, f + h, i - a - e],
        ],
        dtype=torch.float64,
    )
    return torch.linalg.eigh(matrix)[1][:, -1].tolist(), translation.tolist()


def write_pictures(folder: Path, names: Sequence[str]) -> None:
    for i, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture(i).save(folder / name)


LENSES = {
    "SIMPLE_PINHOLE": (0, (40.0, 16.5, 11.5)),
    "PINHOLE": (1, (40.0, 41.0, 16.5, 11.5)),
    "SIMPLE_RADIAL": (2, (40.0, 16.5, 11.5, 0.05)),
    "RADIAL": (3, (40.0, 16.5, 11.5, 0.05, -0.02)),
    "OPENCV": (4, (40.0, 41.0, 16.5, 11.5, 0.05, -0.02, 0.001, 0.002)),
}


def write_colmap_text(
    folder: Path, cameras: Sequence[Camera], names: Sequence[str], *, lens: str = "PINHOLE"
) -> None:
    """A model as text; every other picture has no points, as an empty line."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = " ".join(map(str, LENSES[lens][1]))
    (folder / "cameras.txt").write_text(f"# comment\n7 {lens} {WIDTH} {HEIGHT} {numbers}\n")
    lines = ["# Image list with two lines of data per image:"]
    for i, (camera, name) in enumerate(zip(cameras, names, strict=True)):
        quaternion, translation = world_to_camera(camera)
        pose = " ".join(map(repr, (*quaternion, *translation)))
        lines += [f"{i + 1} {pose} 7 {name}", "1.5 2.5 -1 3.5 4.5 12" if i % 2 else ""]
    (folder / "images.txt").write_text("\n".join(lines) + "\n")
    (folder / "points3D.txt").write_text("# id\n5 0.1 0.2 0.3 255 0 0 0.5 1 0 2 1\n")


def write_colmap_binary(
    folder: Path, cameras: Sequence[Camera], names: Sequence[str], *, lens: str = "PINHOLE"
) -> None:
    """The same model as COLMAP's binary files."""
    folder.mkdir(parents=True, exist_ok=True)
    number, values = LENSES[lens]
    data = struct.pack("<QIiQQ", 1, 7, number, WIDTH, HEIGHT)
    (folder / "cameras.bin").write_bytes(data + struct.pack(f"<{len(values)}d", *values))
    data = struct.pack("<Q", len(cameras))
    for i, (camera, name) in enumerate(zip(cameras, names, strict=True)):
        quaternion, translation = world_to_camera(camera)
        data += struct.pack("<I7dI", i + 1, *quaternion, *translation, 7)
        data += name.encode() + b"\0" + struct.pack("<Q", i % 2)
        data += struct.pack("<ddq", 1.5, 2.5, -1) * (i % 2)
    (folder / "images.bin").write_bytes(data)
    point = struct.pack("<Q3d3BdQ", 5, 0.1, 0.2, 0.3, 255, 0, 0, 0.5, 1) + struct.pack("<II", 1, 0)
    (folder / "points3D.bin").write_bytes(struct.pack("<Q", 1) + point)


def llff_table(cameras: Sequence[Camera], *, near: float = 1.0, far: float = 4.0) -> np.ndarray:
    """Rows of `poses_bounds.npy`."""
    rows = []
    for camera in cameras:
        right, up, back, place = camera.camera_to_world.double().numpy().T
        size = np.array([camera.height, camera.width, camera.fl_x])
        matrix = np.stack([-up, right, back, place, size], 1)
        rows.append(np.concatenate([matrix.ravel(), [near, far]]))
    return np.stack(rows)


def zip_of(folder: Path, target: Path, *, inside: str = "") -> Path:
    """All files of a folder, under the folder `inside`."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, inside + path.relative_to(folder).as_posix())
    return target


NAMES = ("img1.png", "img 2.png", "sub/img10.png", "sub/img3.png")


def colmap_folder(folder, write, *, lens="PINHOLE", names=NAMES, inside="sparse/0"):
    """A model written by `write` in the folder `inside`, and its pictures in `images`."""
    write(folder / inside, arc(len(names)), names, lens=lens)
    write_pictures(folder / "images", names)
    return folder


def llff_folder(folder, cameras=None, *, pictures="images", **bounds):
    """`poses_bounds.npy` and its pictures; `bounds` are near and far."""
    cameras = arc() if cameras is None else cameras
    names = [f"img{i:02d}.png" for i in range(len(cameras))]
    write_pictures(folder / pictures, names)
    np.save(folder / "poses_bounds.npy", llff_table(cameras, **bounds))
    return folder


def back_in_the_file(capture: Capture) -> torch.Tensor:
    """Poses [n 3 4] in the file's coordinates, through `world_from_scene`."""
    return torch.stack(moved(capture.cameras, capture.world_from_scene))[:, :3].float()
