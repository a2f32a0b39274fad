"""From posed picture files to a `Capture`: pixels, size against lens, alpha, scene coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image, ImageOps
from torch import Tensor

from pds.base.errors import CaptureError, ImageError
from pds.base.images import layers, open_stored, stored_orientation, stored_size
from pds.kinds.nerf.cameras import Camera, distort, undistort
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.normalising import normalised
from pds.kinds.nerf.capture.paths import MAX_PICTURES, listed

MAX_PIXELS = 64_000_000  # of a picture
MAX_SIDE_PX = 2048  # larger pictures are read at this size: nothing is fitted to larger ones
MEMORY_PIXELS = 256_000_000  # of all pictures together, 1 GB with alpha
CLEAR = 128  # alpha below this is background
LENS_ERROR_PX = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class PosedPicture:
    """A picture's file and what another file says about the camera that took it.

    Attributes:
        name: as that file calls it.
        path: where it is; it exists.
        camera: in that file's coordinates, of the size that it gives.
    """

    name: str
    path: Path
    camera: Camera


@dataclass(frozen=True, kw_only=True, eq=False)
class OwnScene:
    """What a capture written by this project says of itself; its coordinates are a scene's.

    Attributes:
        bounded, has_front, symmetric, name, prompt, credit: as of a `Capture`.
        world_from_scene: similarity [4 4]; None if it says nothing.
    """

    bounded: bool
    has_front: bool
    symmetric: bool = False
    name: str = ""
    prompt: str = ""
    credit: str = ""
    world_from_scene: Float[Tensor, "4 4"] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Loaded:
    """A decoded picture, the camera of its size, and what was done to bring them together."""

    image: UInt8[Tensor, "height width 3"]
    alpha: UInt8[Tensor, "height width"] | None
    camera: Camera
    resized: bool
    as_stored: bool
    turned: bool


def assemble(
    pictures: Sequence[PosedPicture],
    *,
    source: str,
    missing: Sequence[str] = (),
    warnings: Sequence[str] = (),
    own: OwnScene | None = None,
    focus_distance: float | None = None,
    memory_pixels: int = MEMORY_PIXELS,
) -> Capture:
    """Reads the pictures and brings their cameras into scene coordinates.

    Args:
        pictures: those that are there.
        source: the file that lists them, for messages.
        missing: names of those that are listed but not there.
        warnings: sentences to pass on.
        own: set for this project's own files: cameras are taken as they are.
        focus_distance: see `normalised`.
        memory_pixels: pictures are read smaller if all together have more pixels than this.

    Raises:
        CaptureError: no picture, too many, a damaged one, one whose shape is not the camera's, a
            lens that cannot be, or cameras that make no scene.
    """
    if not pictures:
        names = f" ({listed(missing)})" if missing else ""
        raise CaptureError(f"None of the pictures that {source} lists is there{names}.")
    if len(pictures) > MAX_PICTURES:
        raise CaptureError(
            f"{source} lists {len(pictures)} pictures; at most {MAX_PICTURES} are accepted. "
            "Leave out some of them."
        )
    notes = [*warnings, *_missing_note(missing, source)]
    side = _side_px([_size(picture) for picture in pictures], memory_pixels)
    if side < MAX_SIDE_PX:
        notes.append(f"To fit into memory, pictures are read at most {side} px wide or high.")
    loaded = [_load(picture, side) for picture in pictures]
    names = tuple(picture.name for picture in pictures)
    notes += _notes(names, loaded, source)
    bounded, alphas, alpha_notes = _background([each.alpha for each in loaded], loaded, own)
    cameras, world_from_scene = _placed(
        [each.camera for each in loaded], bounded, alphas, own, focus_distance
    )
    return Capture(
        cameras=cameras,
        images=tuple(each.image for each in loaded),
        alphas=alphas,
        names=names,
        bounded=bounded,
        has_front=own is not None and own.has_front,
        world_from_scene=world_from_scene,
        symmetric=own is not None and own.symmetric,
        name="" if own is None else own.name,
        prompt="" if own is None else own.prompt,
        credit="" if own is None else own.credit,
        warnings=(*notes, *alpha_notes),
    )


def _missing_note(missing: Sequence[str], source: str) -> list[str]:
    if not missing:
        return []
    one = len(missing) == 1
    return [
        f"{len(missing)} {'picture' if one else 'pictures'} listed in {source} "
        f"{'is' if one else 'are'} not there and {'is' if one else 'are'} left out: "
        f"{listed(missing)}."
    ]


def _size(picture: PosedPicture) -> tuple[int, int]:
    try:
        return stored_size(picture.path, max_pixels=MAX_PIXELS)
    except ImageError as error:
        raise CaptureError(f"{picture.name}: {error}") from error


def _side_px(sizes: list[tuple[int, int]], budget: int) -> int:
    """The longer side at which all pictures together stay within `budget` pixels."""
    side = MAX_SIDE_PX
    while side > 64:
        shares = (min(1.0, side / max(size)) for size in sizes)
        if sum(w * h * s * s for (w, h), s in zip(sizes, shares, strict=True)) <= budget:
            break
        side = int(side * 0.9)
    return side


def _load(picture: PosedPicture, side: int) -> _Loaded:
    """Reads a picture at most `side` wide and high, with the camera of that size.

    Intrinsics of COLMAP, nerfstudio and instant-ngp belong to the pixels as stored, whatever the
    EXIF block says about turning them; only where the camera's shape is that of the upright
    picture, that is taken.
    """
    camera = picture.camera
    try:
        stored = open_stored(picture.path, max_pixels=MAX_PIXELS)
        noted = stored_orientation(stored) != 1
        wanted, turned = (camera.width, camera.height), False
        if noted and not _same_shape(stored.size, wanted):
            upright = ImageOps.exif_transpose(stored)
            turned = _same_shape(upright.size, wanted)
            stored = upright if turned else stored
        rgb, alpha = layers(stored)
    except ImageError as error:
        raise CaptureError(f"{picture.name}: {error}") from error
    if not _same_shape(rgb.size, wanted):
        raise CaptureError(
            f"{picture.name} is {rgb.width} x {rgb.height} px, but its camera is of "
            f"{wanted[0]} x {wanted[1]} px, which is another shape; use the picture that the "
            "poses were made from."
        )
    _check_lens(camera, picture.name)
    fitted = camera.resized(*rgb.size)
    fitted = fitted.fitted(side) if max(rgb.size) > side else fitted
    return _Loaded(
        image=_bytes(rgb, fitted),
        alpha=None if alpha is None else _bytes(alpha, fitted),
        camera=fitted,
        resized=rgb.size != wanted,
        as_stored=noted and not turned,
        turned=turned,
    )


def _same_shape(size: tuple[int, int], wanted: tuple[int, int]) -> bool:
    """Whether one is the other resized, sides rounded to whole pixels either way."""
    difference = abs(size[0] * wanted[1] - size[1] * wanted[0])
    return difference <= max(*size, *wanted)


def _bytes(picture: Image.Image, camera: Camera) -> Tensor:
    size = (camera.width, camera.height)
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return torch.from_numpy(np.array(picture, dtype=np.uint8))


def _check_lens(camera: Camera, name: str) -> None:
    """Refuses a distortion that folds the picture over itself before its corners."""
    w, h = float(camera.width), float(camera.height)
    rim = torch.tensor(
        [[x * w, y * h] for x in (0.0, 0.5, 1.0) for y in (0.0, 0.5, 1.0)], dtype=torch.float64
    )
    focal = torch.tensor([camera.fl_x, camera.fl_y], dtype=torch.float64)
    plane = (rim - torch.tensor([camera.cx, camera.cy], dtype=torch.float64)) / focal
    back = distort(undistort(plane, camera.distortion), camera.distortion)
    error = ((back - plane) * focal).abs().max()
    if not float(error) <= LENS_ERROR_PX:  # NaN counts as wrong
        raise CaptureError(
            f"The lens distortion of {name} cannot be undone up to the corners; "
            "check k1, k2, k3, p1 and p2, or undistort the pictures first."
        )


def _notes(names: Sequence[str], loaded: Sequence[_Loaded], source: str) -> list[str]:
    """What was done to pictures, a sentence each kind."""

    def those(attribute: str) -> list[str]:
        return [n for n, each in zip(names, loaded, strict=True) if getattr(each, attribute)]

    sentences = {
        "resized": f"Pictures of another size than {source} says; their cameras are scaled",
        "as_stored": "Pictures with an EXIF note to turn them; taken as stored, as poses go by",
        "turned": "Pictures turned upright, as their EXIF note says and their cameras go by",
    }
    found = {text: those(attribute) for attribute, text in sentences.items()}
    return [f"{text}: {listed(which)}." for text, which in found.items() if which]


def _background(
    alphas: list[Tensor | None], loaded: Sequence[_Loaded], own: OwnScene | None
) -> tuple[bool, tuple[Tensor, ...] | None, list[str]]:
    """Whether this is an object on nothing, the opacity of all pictures then, and what to say."""
    clear = [alpha is not None and bool((alpha < CLEAR).any()) for alpha in alphas]
    empty = all(alpha is not None for alpha in alphas) and 2 * sum(clear) >= len(clear)
    bounded = empty if own is None else own.bounded
    if bounded and any(clear):
        opaque = [torch.full(each.image.shape[:2], 255, dtype=torch.uint8) for each in loaded]
        kept = (o if a is None else a for a, o in zip(alphas, opaque, strict=True))
        return True, tuple(kept), []
    if any(clear) and own is None:
        return (
            False,
            None,
            [
                f"Only {sum(clear)} of {len(clear)} pictures have a transparent background; it is "
                "laid on white, and the scene is taken as one that goes on to all sides."
            ],
        )
    return bounded, None, []


def _placed(
    cameras: list[Camera],
    bounded: bool,
    alphas: tuple[Tensor, ...] | None,
    own: OwnScene | None,
    focus_distance: float | None,
) -> tuple[tuple[Camera, ...], Tensor]:
    if own is None:
        return normalised(cameras, bounded=bounded, alphas=alphas, focus_distance=focus_distance)
    single = (replace(c, camera_to_world=c.camera_to_world.float()) for c in cameras)
    return tuple(single), torch.eye(4) if own.world_from_scene is None else own.world_from_scene
