"""From the coordinates of a file to a scene's own: z up, centred, of a known size.

Structure from motion leaves turn, place and scale open, and every other tool has its own habits.
Here the cameras themselves tell which way is up, what they look at and how large it is.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

from pds.base.errors import CaptureError
from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.capture.silhouettes import outline_box

OBJECT_DISTANCE = 4.0  # of the cameras, where nothing tells the object's size
FAR_FOCUS = 4.0  # times the cameras' spread: where cameras that look the same way look at
MIN_CONVERGENCE = 1e-3  # about 2 degrees between the optical axes
MAX_ROLL_SHARE = 0.2  # of sideways axes out of their plane, against within it
MIN_SIDE_SPREAD = 0.3  # half a circle has 0.5, an arc of 120 degrees 0.29, one direction 0


def normalised(
    cameras: Sequence[Camera],
    *,
    bounded: bool,
    alphas: Sequence[UInt8[Tensor, "_ _"]] | None = None,
    focus_distance: float | None = None,
) -> tuple[tuple[Camera, ...], Float[Tensor, "4 4"]]:
    """The cameras in scene coordinates, and the way back.

    z is up as the cameras held it, and the origin is the point that they look at. An object is
    scaled into the cube [-1, 1]^3: by its outlines where there are any, else so that the cameras'
    mean distance is 4. Another scene is scaled so that the farthest camera has distance 1, and is
    turned so that the cameras look along +y if they mostly look one way.

    Args:
        cameras: at least one, in any coordinates; not all in one place.
        bounded: whether it is an object on an empty background.
        alphas: opacity of the pictures, of an object; of the cameras' sizes.
        focus_distance: how far in front of the cameras the scene is, in the cameras' unit; used
            where their axes do not cross.

    Returns:
        The cameras, and the similarity that takes scene coordinates to those given.

    Raises:
        CaptureError: all cameras in one place, or outlines that contradict the poses.
    """
    poses = torch.stack([camera.camera_to_world for camera in cameras]).double()
    positions = poses[:, :, 3]
    middle = positions.mean(0)
    spread = float((positions - middle).norm(dim=1).max())
    size = max(1e-30, float(positions.abs().max()))
    if spread <= 1e-6 * size:
        raise CaptureError(
            "All cameras stand in one place, so nothing tells depth; take pictures from several."
        )
    # In a unit of the cameras' own from here on, so that no threshold depends on the file's.
    poses = torch.cat([poses[:, :, :3], (positions - middle)[:, :, None] / spread], 2)
    distance = None if focus_distance is None else focus_distance / spread
    centre = focus_point(poses, distance)
    turn = _turn(poses, bounded)
    scale = _farthest(poses, centre)
    if bounded:
        scale = float((poses[:, :, 3] - centre).norm(dim=1).mean()) / OBJECT_DISTANCE
        if alphas is not None:
            seen = _moved(cameras, poses, turn, centre, scale)
            low, high = outline_box(seen, alphas)
            centre = centre + scale * (turn.T @ ((low + high) / 2))
            scale = scale * float((high - low).max()) / 2
    world_from_scene = torch.eye(4, dtype=torch.float64)
    world_from_scene[:3, :3] = turn.T * (scale * spread)
    world_from_scene[:3, 3] = middle + centre * spread
    placed = _moved(cameras, poses, turn, centre, scale)
    return tuple(_single(camera) for camera in placed), world_from_scene.float()


def focus_point(
    poses: Float[Tensor, "cameras 3 4"], distance: float | None = None
) -> Float[Tensor, "3"]:
    """The point nearest to all optical axes, by least squares.

    Where the axes are as good as parallel, or that point lies behind most cameras, it is the point
    `distance` in front of the mean camera; by default four times the cameras' spread.
    """
    positions, ahead = poses[:, :, 3], -poses[:, :, 2]
    across = torch.eye(3).to(poses) - ahead[:, :, None] * ahead[:, None, :]
    matrix, middle = across.mean(0), positions.mean(0)
    spread = float((positions - middle).norm(dim=1).max())
    mean_ahead = ahead.mean(0)
    if float(torch.linalg.eigvalsh(matrix)[0]) > MIN_CONVERGENCE:
        moments = (across @ positions[:, :, None]).mean(0)[:, 0]
        point = torch.linalg.solve(matrix, moments)
        in_front = ((point - positions) * ahead).sum(1) > 0
        if float(in_front.double().mean()) > 0.5:
            return point
        if float(mean_ahead.norm()) < 0.3:  # a panorama: they look away from where they stand
            return middle
    depth = FAR_FOCUS * spread if distance is None else distance
    return middle + depth * F.normalize(mean_ahead, dim=0)


def up_direction(poses: Float[Tensor, "cameras 3 4"]) -> Float[Tensor, "3"]:
    """Which way is up, of unit length.

    Cameras are held level more often than they point level: if they look to many sides and their
    sideways axes lie in a plane, up is that plane's normal. Of a narrow arc, where a few tilted
    pictures would turn that plane, it is the mean of their own up.
    """
    mean_up = poses[:, :, 1].mean(0)
    sideways = poses[:, :, 0]
    values, vectors = torch.linalg.eigh(sideways.T @ sideways / len(poses))
    flat = values[0] < MAX_ROLL_SHARE * values[1] and values[1] > MIN_SIDE_SPREAD
    normal = vectors[:, 0]
    along = float(normal @ mean_up)
    if flat and abs(along) > 0.1:
        return normal if along > 0 else -normal
    if float(mean_up.norm()) < 1e-3:  # held in every way
        return torch.tensor([0.0, 0.0, 1.0]).to(poses)
    return F.normalize(mean_up, dim=0)


def _turn(poses: Tensor, bounded: bool) -> Tensor:
    """The rotation that makes z up and, if there is a main way of looking, that way +y."""
    turn = _shortest_turn(up_direction(poses), torch.tensor([0.0, 0.0, 1.0]).to(poses))
    x, y, _ = (-(turn @ poses[:, :, 2].T).mean(1)).tolist()
    length = (x * x + y * y) ** 0.5
    if bounded or length < 0.3:
        return turn
    sine, cosine = x / length, y / length
    about_z = torch.tensor([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    return about_z.to(poses) @ turn


def _shortest_turn(start: Tensor, end: Tensor) -> Tensor:
    """The rotation by the least angle between two unit vectors."""
    cosine = float(start @ end)
    if cosine < -1 + 1e-9:  # half a turn, about any axis across
        return torch.diag(torch.tensor([1.0, -1.0, -1.0])).to(start)
    axis = torch.linalg.cross(start, end)
    x, y, z = axis.tolist()
    cross = torch.tensor([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]], dtype=start.dtype)
    return torch.eye(3, dtype=start.dtype) + cross + cross @ cross / (1 + cosine)


def _farthest(poses: Tensor, centre: Tensor) -> float:
    return float((poses[:, :, 3] - centre).norm(dim=1).max())


def _moved(
    cameras: Sequence[Camera], poses: Tensor, turn: Tensor, centre: Tensor, scale: float
) -> list[Camera]:
    """The cameras with their poses turned, centred and divided by `scale`."""
    rotations = turn @ poses[:, :, :3]
    positions = (poses[:, :, 3] - centre) @ turn.T / scale
    moved = torch.cat([rotations, positions[:, :, None]], 2)
    return [replace(c, camera_to_world=m) for c, m in zip(cameras, moved, strict=True)]


def _single(camera: Camera) -> Camera:
    return replace(camera, camera_to_world=camera.camera_to_world.float().contiguous())
