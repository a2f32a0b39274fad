"""One SVG drawing in other styles: outlined, line art, silhouette, other colours.

Each restyle is a style that users' drawings have, and a word of the caption.
"""

import re

import numpy as np
from PIL import Image

from pds.training.colours import PALETTE, to_hsv, to_rgb
from pds.training.emoji import draw_svg, on_canvas
from pds.training.errors import TrainingDataError

THIN, THICK = 0.018, 0.045
"""Widths of outlines, shares of the drawing's side."""
SOLID_SHARE = 0.74
"""Of its box; a disc covers 0.79."""

_NAMED = {"white": "#ffffff", "black": "#000000", "red": "#ff0000", "currentColor": "#000000"}
_PAINT = re.compile(
    r'((?:fill|stroke|stop-color)\s*[=:]\s*["\']?\s*)'
    r"(#[0-9a-fA-F]{3,8}\b|white\b|black\b|red\b|currentColor\b)"
)
_OPENING = re.compile(r"(<svg\b[^>]*>)(.*)(</svg>)\s*$", re.DOTALL)
_FADES = re.compile(r'\s(?:opacity|fill-opacity|filter|stroke-opacity)="[^"]*"')
_FILL = re.compile(r'(?<![\w-])fill\s*=\s*"(?!none)[^"]*"')
_STROKE = re.compile(r'(?<![\w-])stroke\s*=\s*"(?!none)[^"]*"')
_STYLE_FILL = re.compile(r"(?<![\w-])fill\s*:\s*(?!none)[^;\"']+")
_BOX = re.compile(r'viewBox="\s*([-\d.]+)[ ,]+([-\d.]+)[ ,]+([-\d.]+)[ ,]+([-\d.]+)')


def outlined(svg: str, width: float, colour: str = "#222222") -> str:
    """Give every shape without a stroke an outline.

    Args:
        svg: the drawing.
        width: of the outline, share of the drawing's side.
        colour: of the outline.

    Raises:
        TrainingDataError: the drawing has no viewBox.
    """
    return _wrapped(
        svg,
        f'stroke="{colour}" stroke-width="{width * _side(svg):.3g}" stroke-linejoin="round"',
        margin=width,
    )


def line_art(svg: str, width: float) -> str:
    """Black outlines, everything filled white.

    Raises:
        TrainingDataError: the drawing has no viewBox.
    """
    bare = _STYLE_FILL.sub("fill:#fff", _FILL.sub('fill="#fff"', _FADES.sub("", svg)))
    bare = _STROKE.sub('stroke="#222222"', bare)
    style = f'stroke-width="{width * _side(svg):.3g}" stroke-linejoin="round"'
    return _wrapped(bare, f'fill="#fff" stroke="#222222" {style}', margin=width)


def recoloured(svg: str, rng: np.random.Generator, *, turn_deg: float) -> str:
    """Every colour of the drawing moved by chance, equal colours alike.

    Args:
        svg: the drawing.
        rng: source of chance, for each colour.
        turn_deg: by how much all hues turn together.
    """
    moved: dict[str, str] = {}

    def move(match: re.Match) -> str:
        colour = match[2]
        if colour not in moved:
            moved[colour] = _jittered(_NAMED.get(colour, colour), turn_deg, rng)
        return match[1] + moved[colour]

    return _PAINT.sub(move, svg)


def silhouette(picture: Image.Image, word: str) -> Image.Image:
    """The picture's outline filled with one colour of the palette, RGBA."""
    hue, saturation, value = PALETTE[word]
    rgb = to_rgb(np.array([hue, saturation, value], dtype=np.float32))
    flat = np.zeros((picture.height, picture.width, 4), np.uint8)
    flat[..., :3] = rgb
    flat[..., 3] = np.asarray(picture)[..., 3]
    return Image.fromarray(flat, "RGBA")


def restyles(svg: str, rng: np.random.Generator) -> list[tuple[str, Image.Image]]:
    """All restyles of a drawing that come out well.

    Args:
        svg: the drawing.
        rng: source of chance, for colours.

    Returns:
        Pairs of restyle and RGBA picture.

    Raises:
        TrainingDataError: the drawing cannot be restyled.
    """
    plain = draw_svg(svg)
    word = "black" if rng.random() < 0.7 else str(rng.choice(list(PALETTE)[:8]))
    dark = silhouette(plain, word)
    found = [("silhouette", dark)] if has_outline(on_canvas(dark)) else []
    texts = [
        ("outlined", outlined(svg, THIN)),
        ("thick", outlined(svg, THICK, "#111111")),
        ("line", line_art(svg, THIN if rng.random() < 0.5 else 0.032)),
        ("recoloured", recoloured(svg, rng, turn_deg=rng.normal(0, 20))),
        ("recoloured", recoloured(svg, rng, turn_deg=rng.uniform(-180, 180))),
    ]
    before = on_canvas(plain)
    for name, text in texts:
        picture = draw_svg(text)
        if came_out(name, before, on_canvas(picture)):
            found.append((name, picture))
    return found


def has_outline(picture: np.ndarray) -> bool:
    """Whether a silhouette says more than that there is a disc or a square.

    Args:
        picture: uint8 [80 80 3] on white.
    """
    ink = picture.min(-1) < 200
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    box = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
    return bool(ink.sum() < SOLID_SHARE * box)


def came_out(name: str, before: np.ndarray, after: np.ndarray) -> bool:
    """Whether a restyle shows: it changed the picture, and line art is neither empty nor black.

    Args:
        name: of the restyle.
        before, after: uint8 pictures [80 80 3].
    """
    changed = np.abs(after.astype(int) - before.astype(int)).mean()
    dark = (after.max(-1) < 110).mean()
    if name == "line":
        return bool(0.03 < dark < 0.42 and changed > 3)
    return bool(changed > 3 and (name == "recoloured" or dark < 0.75))


def _jittered(colour: str, turn_deg: float, rng: np.random.Generator) -> str:
    digits = colour.lstrip("#")
    if len(digits) in (3, 4):
        digits = "".join(2 * digit for digit in digits)
    rgb = np.array([int(digits[i : i + 2], 16) for i in (0, 2, 4)], dtype=np.uint8)
    hue, saturation, value = to_hsv(rgb)
    hue = hue + turn_deg + rng.normal(0, 25)
    saturation = np.clip(saturation * rng.uniform(0.6, 1.3), 0, 1)
    value = np.clip(value * rng.uniform(0.75, 1.2), 0, 1)
    red, green, blue = to_rgb(np.array([hue, saturation, value], dtype=np.float32))
    return f"#{red:02x}{green:02x}{blue:02x}{digits[6:]}"


def _side(svg: str) -> float:
    box = _BOX.search(svg)
    if box is None:
        raise TrainingDataError("a drawing without a viewBox cannot be restyled: leave it out")
    return max(float(box[3]), float(box[4]))


def _wrapped(svg: str, attributes: str, margin: float) -> str:
    """The body in a group with attributes, in a viewBox with room for the outlines."""
    left, top, width, height = map(float, _BOX.search(svg).groups())
    room = margin * max(width, height)
    box = f'viewBox="{left - room} {top - room} {width + 2 * room} {height + 2 * room}'
    head, body, tail = _OPENING.search(svg).groups()
    head = re.sub(r'\s(?:width|height)="[^"]*"', "", head)
    return f"{_BOX.sub(box, head)}<g {attributes}>{body}</g>{tail}"
