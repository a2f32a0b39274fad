"""What this project's own captures say of themselves: the `pds` block of a `transforms.json`.

Other programs pass over it. It has what their formats cannot say, so that a scene that was written
and read again is the same one: with its name, its words, and the credit that its licence asks for.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.assembling import OwnScene
from pds.kinds.nerf.capture.poses import number, rigid
from pds.kinds.nerf.fitted_scene import FittedScene

OWN_KEY = "pds"
# Longest texts, in characters: written cut to this, and refused beyond.
TEXTS = {"name": 200, "prompt": 1000, "credit": 4000}


def own_block(scene: FittedScene) -> dict[str, Any]:
    """The block of a scene, as JSON values that `read_own_block` accepts."""
    return {
        **{key: getattr(scene, key)[:longest] for key, longest in TEXTS.items()},
        "bounded": scene.bounded,
        "has_front": scene.has_front,
        "symmetric": scene.symmetric,
        "world_from_scene": scene.world_from_scene.tolist(),
    }


def read_own_block(values: dict[str, Any], source: str) -> OwnScene | None:
    """What the block in a file's values says; None if there is no block.

    Args:
        values: of the whole file, untrusted.
        source: the file's name, for messages.

    Raises:
        CaptureError: a value of another type, a text too long, or a world that is no similarity.
    """
    block = values.get(OWN_KEY)
    if block is None:
        return None
    place = f'"{OWN_KEY}" in {source}'
    flags = [block.get(k) for k in ("bounded", "has_front")] if isinstance(block, dict) else []
    if not flags or not all(isinstance(flag, bool) for flag in flags):
        raise CaptureError(
            f"{place} must say whether the scene is bounded and has_front, true or false."
        )
    symmetric = block.get("symmetric", False)
    if not isinstance(symmetric, bool):
        raise CaptureError(f"{place} must say whether the scene is symmetric, true or false.")
    return OwnScene(
        bounded=flags[0],
        has_front=flags[1],
        symmetric=symmetric,
        world_from_scene=_world(block.get("world_from_scene"), place),
        **{key: _text(block.get(key, ""), longest, key, place) for key, longest in TEXTS.items()},
    )


def _text(value: Any, longest: int, key: str, place: str) -> str:
    if not isinstance(value, str):
        raise CaptureError(f"The {key} of {place} must be a text.")
    if len(value) > longest:
        raise CaptureError(
            f"The {key} of {place} has {len(value)} characters; at most {longest} are accepted."
        )
    return value


def _world(value: Any, place: str) -> Float[Tensor, "4 4"] | None:
    """The similarity, checked: rotation, one scale for all directions, and a place."""
    if value is None:
        return None
    what = f"world_from_scene of {place}"
    rows = value if isinstance(value, list) else []
    if len(rows) != 4 or not all(isinstance(row, list) and len(row) == 4 for row in rows):
        raise CaptureError(f"The {what} must be 4 rows of 4 numbers.")
    numbers = [[number(entry, f"Each entry of the {what}") for entry in row] for row in rows]
    world = torch.tensor(numbers, dtype=torch.float64)
    rigid(world, of=what)
    single = world.float()
    if not bool(single.isfinite().all()):
        raise CaptureError(f"The {what} holds a number that is too large.")
    return single
