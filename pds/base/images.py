"""Pictures: opening them safely, PIL to tensor and back, resizing.

A picture as a tensor is `[B 3 H W]` float32 sRGB in [0, 1]; as PIL it is mode RGB.
"""

import io
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

import numpy as np
import torch
from jaxtyping import Float
from PIL import ExifTags, Image, ImageOps
from torch import Tensor

from pds.base.errors import ImageError
from pds.base.files import read_bounded

MAX_IMAGE_BYTES = 50_000_000
MAX_IMAGE_PIXELS = 4096 * 4096
IMAGE_FORMATS = ("PNG", "JPEG", "WEBP")

# What Pillow raises for bytes that are not (or not quite) a picture.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, OverflowError, struct.error)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def open_image(source: bytes | Path, *, max_pixels: int = MAX_IMAGE_PIXELS) -> Image.Image:
    """Opens a picture from outside: PNG, JPEG or WebP, turned upright, laid on white.

    The size in the header is checked before a single pixel is decoded, so that a small file cannot
    fill the memory.

    Args:
        source: the file's bytes, or where it lies.
        max_pixels: width times height that is still accepted.

    Returns:
        An RGB picture; of an animation the first frame.

    Raises:
        ImageError: unreadable, another format, damaged, or too large.
    """
    picture = open_stored(source, max_pixels=max_pixels)
    try:
        return on_white(ImageOps.exif_transpose(picture))
    except _BROKEN as error:
        raise _damaged() from error


def open_stored(source: bytes | Path, *, max_pixels: int = MAX_IMAGE_PIXELS) -> Image.Image:
    """Opens a picture from outside as it is stored: neither turned nor laid on white.

    Args:
        source: the file's bytes, or where it lies.
        max_pixels: width times height that is still accepted.

    Returns:
        A decoded picture in the file's own mode, maybe with transparency; of an animation the
        first frame. See `stored_orientation` and `layers`.

    Raises:
        ImageError: as `open_image`.
    """
    data = _read(source)
    picture = _header(io.BytesIO(data), max_pixels)
    try:
        picture.load()
    except _BROKEN as error:
        raise _damaged() from error
    return picture


def stored_size(path: Path, *, max_pixels: int = MAX_IMAGE_PIXELS) -> tuple[int, int]:
    """Width and height in pixels as stored, without decoding.

    Raises:
        ImageError: unreadable, not a picture, or too large.
    """
    try:
        with open(path, "rb") as file:
            return _header(file, max_pixels).size
    except OSError as error:
        raise ImageError(f"The picture {path} cannot be read: {error.strerror}.") from error


def stored_orientation(picture: Image.Image) -> int:
    """How the file says that the picture is to be turned: 1 (not at all) to 8, as in EXIF."""
    try:
        value = picture.getexif().get(ExifTags.Base.Orientation, 1)
    except _BROKEN:
        return 1
    return value if value in range(1, 9) else 1


def layers(picture: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The picture as RGB on white, and its opacity (mode L), None if it has no transparency."""
    alpha = None
    if picture.has_transparency_data:
        alpha = picture.convert("RGBA").getchannel("A")
    return on_white(picture), alpha


def _header(file: io.BufferedIOBase, max_pixels: int) -> Image.Image:
    """The picture, not decoded yet."""
    try:
        picture = Image.open(cast(IO[bytes], file), formats=IMAGE_FORMATS)
    except _BOMB as error:
        raise _too_large(max_pixels) from error
    except _BROKEN as error:
        raise ImageError(
            "This is not a picture that can be opened; use PNG, JPEG or WebP."
        ) from error
    if picture.width * picture.height > max_pixels:
        raise _too_large(max_pixels)
    return picture


def _damaged() -> ImageError:
    return ImageError("The picture is damaged or incomplete; save it again.")


def _read(source: bytes | Path) -> bytes:
    what = "The picture"
    if not isinstance(source, bytes):
        return read_bounded(source, MAX_IMAGE_BYTES, what=f"{what} {source}", error=ImageError)
    if len(source) > MAX_IMAGE_BYTES:
        raise ImageError(f"{what} is larger than {MAX_IMAGE_BYTES / 1e6:g} MB, the most accepted.")
    return source


def _too_large(max_pixels: int) -> ImageError:
    return ImageError(
        f"The picture has too many pixels; make it at most {max_pixels / 1e6:.0f} megapixels, "
        f"for instance {int(max_pixels**0.5)} x {int(max_pixels**0.5)}."
    )


def on_white(picture: Image.Image) -> Image.Image:
    """The picture as RGB, transparent parts laid on white, 16-bit grey scaled to 8 bits."""
    if picture.mode.startswith("I"):
        grey = np.asarray(picture).astype(np.float64) / 257.0
        return Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return picture.convert("RGB")


def to_tensor(pictures: Sequence[Image.Image]) -> Float[Tensor, "batch 3 height width"]:
    """Pictures of one size as a batch, float32 in [0, 1] on the CPU.

    Raises:
        ImageError: none given, or of different sizes.
    """
    if not pictures:
        raise ImageError("There is no picture to convert.")
    if len({picture.size for picture in pictures}) > 1:
        raise ImageError("The pictures differ in size; resize them to one size first.")
    stacked = np.stack([np.array(on_white(picture), dtype=np.uint8) for picture in pictures])
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).contiguous().to(torch.float32) / 255


def to_images(batch: Float[Tensor, "batch channels height width"]) -> list[Image.Image]:
    """A batch in [0, 1] (clipped, rounded) as pictures: RGB for 3 channels, RGBA for 4.

    Raises:
        ImageError: neither 3 nor 4 channels.
    """
    if batch.shape[1] not in (3, 4):
        raise ImageError(f"A picture has 3 or 4 channels, not {batch.shape[1]}.")
    levels = batch.detach().to("cpu", torch.float32).clamp(0, 1).mul(255).round().to(torch.uint8)
    return [Image.fromarray(picture) for picture in levels.permute(0, 2, 3, 1).numpy()]


def to_pil(picture: Float[Tensor, "1 channels height width"]) -> Image.Image:
    """A batch of one, `[1, 3 or 4, H, W]` in [0, 1], as PIL."""
    return to_images(picture)[0]


def resize(
    batch: Float[Tensor, "batch channels height width"], size_px: tuple[int, int]
) -> Float[Tensor, "batch channels new_height new_width"]:
    """Resamples to `size_px` = (height, width): bilinear with antialiasing, differentiable."""
    if tuple(batch.shape[-2:]) == tuple(size_px):
        return batch
    return torch.nn.functional.interpolate(
        batch, size=size_px, mode="bilinear", align_corners=False, antialias=True
    )


def fit_on_white(picture: Image.Image, size_px: int) -> Image.Image:
    """The whole picture, scaled to touch the sides of a white square and centred in it."""
    scale = size_px / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    scaled = on_white(picture).resize((width, height), Image.Resampling.LANCZOS)
    square = Image.new("RGB", (size_px, size_px), "white")
    square.paste(scaled, ((size_px - width) // 2, (size_px - height) // 2))
    return square
