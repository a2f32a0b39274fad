"""A fitted scene as one file: safetensors, with cameras and facts as JSON in its header.

The field is kept in half precision, the pictures of a real capture as JPEG. What is read is
checked before anything large is made of it: a checkpoint may come from anyone.
"""

import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from PIL import Image, UnidentifiedImageError
from safetensors import SafetensorError
from torch import Tensor

from pds.base.errors import CaptureError, CheckpointError, ConfigError
from pds.base.files import read_bounded
from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.fields.building import build_field
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fitted_scene import FittedScene

CHECKPOINT_VERSION = 1
MAX_BYTES = 2**30
MAX_CAMERAS = 10_000
MAX_STEPS = 10_000_000
KEY = "pds_scene"
JPEG_QUALITY = 92
NOT_ONE = "This file is not a scene saved by this program."
BROKEN = "This saved scene is damaged or incomplete; save or download it again."


def save_scene(scene: FittedScene) -> bytes:
    """The scene as the bytes of a `.safetensors` file; equal scenes give equal bytes."""
    facts = {
        "version": CHECKPOINT_VERSION,
        "kind": scene.field.kind,
        "settings": scene.field.settings(),
        "cameras": [_camera_facts(camera) for camera in scene.cameras],
        "names": scene.names,
        "bounded": scene.bounded,
        "has_front": scene.has_front,
        "symmetric": scene.symmetric,
        "world_from_scene": scene.world_from_scene.double().tolist(),
        "name": scene.name,
        "prompt": scene.prompt,
        "credit": scene.credit,
        "history": scene.history,
        "psnr": scene.psnr,
        **_progress_facts(scene),
    }
    tensors = {
        f"field.{name}": value.detach().cpu().half().contiguous()
        for name, value in scene.field.state_dict().items()
    }
    for index, image in enumerate(scene.images or ()):
        tensors[f"image.{index:05d}"] = _jpeg(image)
    return safetensors.torch.save(tensors, {KEY: json.dumps(facts, sort_keys=True)})


def load_scene(source: bytes | Path) -> FittedScene:
    """Reads a scene saved by `save_scene`.

    Raises:
        CheckpointError: not a saved scene, damaged, from a newer version, or with values that
            cannot be.
    """
    data = source
    if not isinstance(data, bytes):
        what = f"The saved scene {data.name}"
        data = read_bounded(data, MAX_BYTES, what=what, error=CheckpointError)
    facts = _facts(data)
    try:
        tensors = safetensors.torch.load(data)
    except (SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError(BROKEN) from error
    try:
        return _scene(facts, tensors)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise CheckpointError(BROKEN) from error
    except (CaptureError, ConfigError) as error:
        raise CheckpointError(f"This saved scene cannot be used: {error}") from error


def _facts(data: bytes) -> dict[str, Any]:
    """The JSON of the header, its version checked."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 10 or data[8:9] != b"{":
        raise CheckpointError(NOT_ONE)
    if length > len(data) - 8:
        raise CheckpointError(BROKEN)
    try:
        header = json.loads(data[8 : 8 + length])
        facts = json.loads(header["__metadata__"][KEY])
        version = facts["version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(NOT_ONE) from error
    if not isinstance(version, int) or version < 1:
        raise CheckpointError(BROKEN)
    if version > CHECKPOINT_VERSION:
        raise CheckpointError(
            f"This scene was saved by a newer version of this program (format {version}, known is "
            f"{CHECKPOINT_VERSION}); update the program to open it."
        )
    return facts


def _scene(facts: dict[str, Any], tensors: dict[str, Tensor]) -> FittedScene:
    if not 1 <= len(facts["cameras"]) <= MAX_CAMERAS:
        raise CheckpointError(f"A saved scene has 1 to {MAX_CAMERAS} cameras.")
    cameras = tuple(_camera(one) for one in facts["cameras"])
    world = torch.tensor(facts["world_from_scene"], dtype=torch.float64)
    if tuple(world.shape) != (4, 4) or not bool(world.isfinite().all()):
        raise CheckpointError(BROKEN)
    psnr = facts["psnr"]
    field = _field(facts, tensors)
    if field.bounded != facts["bounded"]:
        raise CheckpointError(BROKEN)
    return FittedScene(
        field=field,
        cameras=cameras,
        images=_images(tensors, cameras),
        names=tuple(str(name) for name in facts["names"]),
        bounded=bool(facts["bounded"]),
        has_front=bool(facts["has_front"]),
        symmetric=bool(facts["symmetric"]),
        world_from_scene=world.float(),
        name=str(facts["name"]),
        prompt=str(facts["prompt"]),
        credit=str(facts["credit"]),
        history=tuple(str(line) for line in facts["history"]),
        psnr=float(psnr) if psnr is not None and math.isfinite(psnr) else None,
        **_progress(facts),
    )


def _progress_facts(scene: FittedScene) -> dict[str, Any]:
    """How far the fit is; left out where that is unknown, so that such files stay as they were."""
    if scene.steps_done == 0:
        return {}
    return {"fit": {"steps_done": scene.steps_done, "steps_planned": scene.steps_planned}}


def _progress(facts: dict[str, Any]) -> dict[str, int]:
    """The same, read: two whole numbers, or nothing, as in files of before there was a `fit`."""
    fit = facts.get("fit", {})
    steps = {name: fit.get(name, 0) for name in ("steps_done", "steps_planned")}
    if not all(type(value) is int and 0 <= value <= MAX_STEPS for value in steps.values()):
        raise CheckpointError(BROKEN)
    return steps


def _field(facts: dict[str, Any], tensors: dict[str, Tensor]) -> Field:
    """Shapes are compared on the meta device, so that absurd ones cost no memory."""
    with torch.device("meta"):
        field = build_field(facts["kind"], facts["settings"])
    wanted = {name: tuple(value.shape) for name, value in field.state_dict().items()}
    given = {n.removeprefix("field."): t for n, t in tensors.items() if n.startswith("field.")}
    if wanted != {name: tuple(value.shape) for name, value in given.items()}:
        raise CheckpointError(BROKEN)
    if not all(bool(value.isfinite().all()) for value in given.values()):
        raise CheckpointError("This saved scene holds values that are not finite.")
    field.load_state_dict({n: value.float() for n, value in given.items()}, assign=True)
    for parameter in field.parameters():
        parameter.requires_grad_(True)
    field.project()
    return field


def _images(tensors: dict[str, Tensor], cameras: tuple[Camera, ...]) -> tuple[Tensor, ...] | None:
    found = sorted(name for name in tensors if name.startswith("image."))
    if not found:
        return None
    if len(found) != len(cameras):
        raise CheckpointError(BROKEN)
    return tuple(_pixels(tensors[name], camera) for name, camera in zip(found, cameras))


def _pixels(data: Tensor, camera: Camera) -> Tensor:
    if data.dtype != torch.uint8:
        raise CheckpointError(BROKEN)
    try:
        with Image.open(io.BytesIO(data.numpy().tobytes()), formats=["JPEG"]) as picture:
            if picture.size != (camera.width, camera.height):
                raise CheckpointError(BROKEN)
            return torch.from_numpy(np.array(picture.convert("RGB")))
    except (UnidentifiedImageError, OSError) as error:
        raise CheckpointError(BROKEN) from error


def _jpeg(image: Tensor) -> Tensor:
    out = io.BytesIO()
    Image.fromarray(image.cpu().numpy()).save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return torch.frombuffer(bytearray(out.getvalue()), dtype=torch.uint8)


def _camera_facts(camera: Camera) -> dict[str, Any]:
    return {
        "camera_to_world": camera.camera_to_world.tolist(),
        "size": [camera.width, camera.height],
        "focal": [camera.fl_x, camera.fl_y],
        "centre": [camera.cx, camera.cy],
        "distortion": camera.distortion,
    }


def _camera(facts: dict[str, Any]) -> Camera:
    width, height = (int(side) for side in facts["size"])
    fl_x, fl_y = (float(value) for value in facts["focal"])
    cx, cy = (float(value) for value in facts["centre"])
    matrix = torch.tensor(facts["camera_to_world"], dtype=torch.float32)
    if tuple(matrix.shape) != (3, 4):
        raise CheckpointError(BROKEN)
    return Camera(
        camera_to_world=matrix,
        width=width,
        height=height,
        fl_x=fl_x,
        fl_y=fl_y,
        cx=cx,
        cy=cy,
        distortion=tuple(float(value) for value in facts["distortion"]),
    )
