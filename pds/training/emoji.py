"""Emoji of several open sets as small pictures on white."""

import io
import json
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image

from pds.training.errors import TrainingDataError

ARTWORK_PX = 72
CANVAS_PX = 96


def icon_names(folder: Path) -> dict[str, str]:
    """Map from icon name to hex code point, read from an Iconify package's chars.json."""
    chars = json.loads((folder / "chars.json").read_text(encoding="utf-8"))
    return {name: code for code, name in reversed(chars.items())}


def iconify_svg(pack: dict, name: str) -> str | None:
    """SVG text of one icon of an Iconify collection, or None if the set lacks it."""
    name = pack.get("aliases", {}).get(name, {}).get("parent", name)
    icon = pack["icons"].get(name)
    if icon is None:
        return None
    left, top = icon.get("left", 0), icon.get("top", 0)
    width = icon.get("width", pack.get("width", 16))
    height = icon.get("height", pack.get("height", 16))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{left} {top} {width} {height}" width="{width}" height="{height}">'
        f"{icon['body']}</svg>"
    )


def draw_svg(svg: str, *, artwork_px: int = ARTWORK_PX) -> Image.Image:
    """Render SVG text to RGBA, its longer side `artwork_px` long."""
    png = resvg_py.svg_to_bytes(svg_string=svg, width=artwork_px, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def on_canvas(picture: Image.Image) -> np.ndarray:
    """Crop a transparent picture to its ink and centre it on a white canvas.

    Args:
        picture: RGBA picture of any size.

    Returns:
        uint8 array [96 96 3]; the longer side of the ink is 72 pixels.

    Raises:
        TrainingDataError: the picture is fully transparent.
    """
    box = picture.getchannel("A").point(lambda a: 255 * (a > 8)).getbbox()
    if box is None:
        raise TrainingDataError("the picture is empty; remove it from the concept list")
    cut = picture.crop(box)
    scale = ARTWORK_PX / max(cut.size)
    size = tuple(max(1, round(side * scale)) for side in cut.size)
    cut = (
        cut.convert("RGBa")
        .resize(size, Image.Resampling.BOX if scale < 0.5 else Image.Resampling.LANCZOS)
        .convert("RGBA")
    )
    canvas = Image.new("RGBA", (CANVAS_PX, CANVAS_PX), "white")
    canvas.alpha_composite(cut, ((CANVAS_PX - size[0]) // 2, (CANVAS_PX - size[1]) // 2))
    return np.asarray(canvas.convert("RGB"))


class EmojiSet:
    """One unpacked emoji package: draw an icon by its common name.

    Args:
        folder: the unpacked package.
        name: name of the set; ``fxemoji`` uses names of its own.
        codes: icon name -> hex code point, for sets whose files are named by code point.
    """

    def __init__(self, folder: Path, name: str, codes: dict[str, str]):
        self.name = name
        self._codes = codes
        packed = folder / "icons.json"
        self._pack = json.loads(packed.read_text(encoding="utf-8")) if packed.is_file() else None
        self._assets = folder / "assets"

    def names(self, concept: dict) -> list[str]:
        """Names under which this set may have the concept's pictures."""
        return concept.get("fxemoji", []) if self.name == "fxemoji" else concept["icons"]

    def draw(self, icon: str) -> np.ndarray | None:
        """uint8 [96 96 3] picture of one icon, or None if the set lacks it."""
        if self._pack is not None:
            svg = iconify_svg(self._pack, icon)
            return None if svg is None else on_canvas(draw_svg(svg, artwork_px=144))
        code = self._codes.get(icon)
        for stem in () if code is None else (code, f"{code}-fe0f"):
            if (self._assets / f"{stem}.webp").is_file():
                with Image.open(self._assets / f"{stem}.webp") as picture:
                    return on_canvas(picture.convert("RGBA"))
            if (self._assets / f"{stem}.svg").is_file():
                svg = (self._assets / f"{stem}.svg").read_text(encoding="utf-8")
                return on_canvas(draw_svg(svg, artwork_px=144))
        return None
