"""Drawings of open sets as small pictures on white, found by name or by code point."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image, ImageDraw, ImageFont

from pds.training.errors import TrainingDataError
from pds.training.sources import Source

ARTWORK_PX = 76
CANVAS_PX = 80
DRAWN_PX = 2 * ARTWORK_PX


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


def draw_svg(svg: str, *, artwork_px: int = DRAWN_PX) -> Image.Image:
    """Render SVG text to RGBA, `artwork_px` wide.

    Raises:
        TrainingDataError: the renderer cannot read it.
    """
    try:
        png = resvg_py.svg_to_bytes(svg_string=svg, width=artwork_px, skip_system_fonts=True)
    except ValueError as error:
        raise TrainingDataError("a drawing is damaged: leave it out") from error
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def ink_box(picture: Image.Image) -> tuple[int, int, int, int]:
    """The box of what is not transparent.

    Raises:
        TrainingDataError: the picture is fully transparent.
    """
    box = picture.getchannel("A").point(lambda a: 255 * (a > 8)).getbbox()
    if box is None:
        raise TrainingDataError("the picture is empty; remove it from the concept list")
    return box


def on_canvas(picture: Image.Image) -> np.ndarray:
    """Crop a transparent picture to its ink and centre it on a white canvas.

    Args:
        picture: RGBA picture of any size.

    Returns:
        uint8 array [80 80 3]; the longer side of the ink is 76 pixels.

    Raises:
        TrainingDataError: the picture is fully transparent.
    """
    cut = picture.crop(ink_box(picture))
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


class IconSet:
    """One unpacked package of drawings: SVG text or a picture of an icon by its common name.

    Args:
        folder: the unpacked package.
        source: what it is; ``fxemoji`` uses names of its own, ``named`` sets their own too.
        codes: icon name -> hex code point, for sets whose files are named by code point.
    """

    def __init__(self, folder: Path, source: Source, codes: dict[str, str]):
        self.source = source
        self._codes = codes
        packed = folder / "icons.json"
        self._pack = json.loads(packed.read_text(encoding="utf-8")) if packed.is_file() else None
        self._assets = folder / "assets"
        self._own: dict[str, str] = {}
        if self._pack is not None and (folder / "chars.json").is_file():
            chars = json.loads((folder / "chars.json").read_text(encoding="utf-8"))
            self._own = {code.removesuffix("-fe0f"): name for code, name in chars.items()}

    def names(self, concept: dict) -> Sequence[str]:
        """Names under which this set may have the concept's pictures."""
        if self.source.kind == "named":
            return [concept["name"].removesuffix(" face").replace(" ", "-")]
        return concept.get("fxemoji", []) if self.source.name == "fxemoji" else concept["icons"]

    def svg(self, icon: str) -> str | None:
        """SVG text of one icon, or None where the set lacks it or has it as a picture only."""
        code = self._codes.get(icon, "")
        if self._pack is not None:
            own = self._own.get(code.removesuffix("-fe0f"), icon) if code else icon
            return iconify_svg(self._pack, icon) or iconify_svg(self._pack, own)
        for stem in (code, f"{code}-fe0f") if code else ():
            if (self._assets / f"{stem}.svg").is_file():
                return (self._assets / f"{stem}.svg").read_text(encoding="utf-8")
        return None

    def picture(self, icon: str) -> Image.Image | None:
        """RGBA picture of one icon, or None if the set lacks it."""
        code = self._codes.get(icon)
        for stem in () if code is None else (code, f"{code}-fe0f"):
            if (self._assets / f"{stem}.webp").is_file():
                with Image.open(self._assets / f"{stem}.webp") as picture:
                    return picture.convert("RGBA")
        svg = self.svg(icon)
        return None if svg is None else draw_svg(svg)


class GlyphSet:
    """A font of line drawings, by code point, in several weights.

    Args:
        folder: the unpacked package.
        codes: icon name -> hex code point.
        weights: names of the weights' folders.
    """

    def __init__(self, folder: Path, codes: dict[str, str], weights: Sequence[str]):
        self._codes = codes
        self._fonts = [
            ImageFont.truetype(next((folder / weight).glob("*.ttf")), 2 * DRAWN_PX // 3)
            for weight in weights
        ]

    def pictures(self, icon: str) -> list[Image.Image]:
        """RGBA pictures of one icon, one a weight; none if the font lacks it."""
        code = self._codes.get(icon, "").removesuffix("-fe0f")
        if not code or "-" in code:
            return []
        found = []
        for font in self._fonts:
            page = Image.new("RGBA", (DRAWN_PX, DRAWN_PX))
            glyph = chr(int(code, 16))
            if font.getmask(glyph).getbbox() is None:
                return []
            ImageDraw.Draw(page).text(
                (DRAWN_PX // 2, DRAWN_PX // 2), glyph, font=font, fill="black", anchor="mm"
            )
            found.append(page)
        return found
