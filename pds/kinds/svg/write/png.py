"""The drawing as pixels."""

from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image

from pds.base.images import to_pil
from pds.base.pngs import check_size, write_image
from pds.kinds.svg.raster.rasteriser import rasterise
from pds.kinds.svg.shapes import Drawing, Parameters

# Coverage is exact anyway; two samples resolve overlaps within a pixel, which large ones can spare.
SUPERSAMPLE_UP_TO_PX = 2048
# A tile bounds the memory: the rasteriser holds several layers of it at once.
TILE_PX = 1024


def write_png(
    path: str | Path,
    drawing: Drawing,
    parameters: Parameters,
    size_px: int,
    *,
    transparent: bool = False,
) -> Path:
    """Draws the whole canvas and writes it as PNG, atomically.

    Args:
        path: where to.
        drawing: the structure.
        parameters: the numbers.
        size_px: longer side, 16 to 4096; the other follows from the viewBox.
        transparent: keep the background transparent instead of white.

    Raises:
        ConfigError: a size out of range.
        ExportError: it cannot be written.
    """
    return write_image(path, draw(drawing, parameters, size_px, transparent=transparent))


@torch.no_grad()
def draw(
    drawing: Drawing, parameters: Parameters, size_px: int, *, transparent: bool = False
) -> Image.Image:
    """The whole canvas as a picture whose longer side is `size_px`; RGBA if transparent.

    Raises:
        ConfigError: a size out of range.
    """
    check_size(size_px)
    x, y, width, height = drawing.view_box
    scale = size_px / max(width, height)
    columns, rows = (max(1, round(side * scale)) for side in (width, height))
    numbers = parameters.to(dtype=torch.float32)  # enough for eight bits, and compiled anyway
    picture = Image.new("RGBA" if transparent else "RGB", (columns, rows))
    background = None if transparent else (1.0, 1.0, 1.0)
    for top in range(0, rows, TILE_PX):
        for left in range(0, columns, TILE_PX):
            tall, wide = min(TILE_PX, rows - top), min(TILE_PX, columns - left)
            part = (x + left / scale, y + top / scale, wide / scale, tall / scale)
            tile = rasterise(
                replace(drawing, view_box=part),
                numbers,
                size_px=(tall, wide),
                supersample=2 if size_px <= SUPERSAMPLE_UP_TO_PX else 1,
                background=background,
            )
            picture.paste(to_pil(tile[None]), (left, top))
    return picture
