"""A COLMAP model and its pictures as a capture."""

from collections.abc import Sequence
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import CaptureError
from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.capture.assembling import PosedPicture, assemble
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.colmap_files import ColmapCamera, ColmapImage, ColmapModel, read_model
from pds.kinds.nerf.capture.paths import below, natural, shown
from pds.kinds.nerf.capture.poses import rigid

PICTURE_FOLDERS = ("images", "images_2", "images_4", "images_8", ".")


def read_colmap(model_folder: Path, root: Path, *, warnings: Sequence[str] = ()) -> Capture:
    """The capture of the model in `model_folder`.

    Args:
        model_folder: holds cameras, images and maybe points3D, as .bin or .txt.
        root: the pictures lie below it, in `images` beside or above the model.
        warnings: sentences to pass on.

    Raises:
        CaptureError: saying what is wrong with the model or its pictures.
    """
    model = read_model(model_folder)
    images = sorted(model.images, key=lambda image: natural(image.name))
    if not images:
        raise CaptureError("The COLMAP model has placed no pictures.")
    folder = _picture_folder(model_folder, root, images)
    pictures, missing = [], []
    for image in images:
        path = below(folder, image.name)
        if path.is_file():
            pictures.append(PosedPicture(name=image.name, path=path, camera=_camera(image, model)))
        else:
            missing.append(image.name)
    return assemble(
        pictures,
        source="the COLMAP model",
        missing=missing,
        warnings=warnings,
        focus_distance=_focus_distance(pictures, model.points),
    )


def world_to_camera_inverse(
    quaternion: Sequence[float], translation: Sequence[float], *, of: str
) -> Float[Tensor, "3 4"]:
    """Camera-to-world (OpenGL) from COLMAP's world-to-camera (OpenCV).

    Args:
        quaternion: w x y z, of any length above zero.
        translation: the world's origin as the camera sees it.
        of: what the pose belongs to, for messages.

    Raises:
        CaptureError: numbers that are not finite, or a quaternion of zeros.
    """
    q = torch.tensor(quaternion, dtype=torch.float64)
    if not bool(q.isfinite().all()) or float(q.norm()) < 1e-9:
        raise CaptureError(f"The pose of {of} is singular or not finite.")
    w, x, y, z = (q / q.norm()).tolist()
    rotation = torch.tensor(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ],
        dtype=torch.float64,
    ).T
    position = -rotation @ torch.tensor(translation, dtype=torch.float64)
    opengl = rotation * torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64)
    return rigid(torch.cat([opengl, position[:, None]], 1), of=of)


def _camera(image: ColmapImage, model: ColmapModel) -> Camera:
    name = shown(image.name)
    lens = model.cameras.get(image.camera_id)
    if lens is None:
        raise CaptureError(
            f"{name} was taken by camera {image.camera_id}, which the COLMAP model does not list."
        )
    pose = world_to_camera_inverse(image.quaternion, image.translation, of=name)
    return _with_lens(pose, lens, name)


def _with_lens(pose: Tensor, lens: ColmapCamera, name: str) -> Camera:
    given = lens.parameters
    bent = tuple(given.get(key, 0.0) for key in ("k1", "k2", "p1", "p2"))
    try:
        return Camera(
            camera_to_world=pose,
            width=lens.width,
            height=lens.height,
            fl_x=given["f"] if "f" in given else given["fx"],
            fl_y=given["f"] if "f" in given else given["fy"],
            cx=given["cx"],
            cy=given["cy"],
            distortion=bent if any(bent) else (),
        )
    except CaptureError as error:
        raise CaptureError(f"{name}: {error}") from error


def _picture_folder(model_folder: Path, root: Path, images: Sequence[ColmapImage]) -> Path:
    """The nearest folder above the model in which one of the pictures lies."""
    above = [model_folder, *model_folder.parents]
    above = above[: above.index(root) + 1] if root in above else [root]
    for folder in (parent / name for parent in above for name in PICTURE_FOLDERS):
        if folder.is_dir() and any(below(folder, image.name).is_file() for image in images):
            return folder
    return root / "images"


def _focus_distance(pictures: Sequence[PosedPicture], points: Tensor) -> float | None:
    """How far in front of the mean camera half of the points are."""
    if not pictures or not len(points):
        return None
    poses = torch.stack([picture.camera.camera_to_world for picture in pictures])
    ahead = torch.nn.functional.normalize(-poses[:, :, 2].mean(0), dim=0)
    depths = (points - poses[:, :, 3].mean(0)) @ ahead
    depths = depths[depths.isfinite() & (depths > 0)]
    return float(depths.median()) if len(depths) else None
