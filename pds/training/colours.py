"""Find the main colour of a picture, and paint the same picture in another one."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

PALETTE: dict[str, tuple[float, float, float]] = {
    "red": (0.0, 0.82, 0.86),
    "orange": (30.0, 0.88, 0.96),
    "yellow": (50.0, 0.80, 0.98),
    "green": (115.0, 0.68, 0.66),
    "blue": (218.0, 0.76, 0.86),
    "purple": (278.0, 0.62, 0.72),
    "pink": (332.0, 0.45, 0.97),
    "brown": (24.0, 0.62, 0.50),
    "black": (0.0, 0.0, 0.16),
    "white": (0.0, 0.0, 0.95),
    "gray": (0.0, 0.0, 0.58),
}
"""Colour word -> typical hue in degrees, saturation and value in [0, 1]."""

_HUE_NAMES = (
    (17.0, "red"),
    (38.0, "orange"),
    (66.0, "yellow"),
    (165.0, "green"),
    (255.0, "blue"),
    (300.0, "purple"),
    (341.0, "pink"),
    (360.0, "red"),
)


@dataclass(frozen=True, kw_only=True)
class MainColour:
    """The dominant saturated colour of a picture.

    Attributes:
        name: its word, a key of `PALETTE`.
        hue_deg: its hue, 0 to 360.
        saturation: median saturation of its pixels, 0 to 1.
        value: median value of its pixels, 0 to 1.
        share: its pixels' share of all ink.
    """

    name: str
    hue_deg: float
    saturation: float
    value: float
    share: float


def to_hsv(picture: np.ndarray) -> np.ndarray:
    """uint8 RGB [... 3] -> hue in degrees, saturation, value in [0, 1], float32 [... 3]."""
    rgb = picture.astype(np.float32) / 255
    value = rgb.max(-1)
    spread = value - rgb.min(-1)
    safe = np.maximum(spread, 1e-6)
    r, g, b = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    hue = np.where(
        value == r,
        ((g - b) / safe) % 6,
        np.where(value == g, (b - r) / safe + 2, (r - g) / safe + 4),
    )
    saturation = spread / np.maximum(value, 1e-6)
    return np.stack([np.where(spread > 0, hue * 60, 0), saturation, value], axis=-1)


def to_rgb(hsv: np.ndarray) -> np.ndarray:
    """Hue in degrees, saturation, value [... 3] -> uint8 RGB [... 3]."""
    hue, saturation, value = hsv[..., 0:1] % 360, hsv[..., 1:2], hsv[..., 2:3]
    k = (np.array([5.0, 3.0, 1.0], dtype=np.float32) + hue / 60) % 6
    rgb = value - value * saturation * np.clip(np.minimum(k, 4 - k), 0, 1)
    return np.round(rgb.clip(0, 1) * 255).astype(np.uint8)


def _apart(hue: np.ndarray, centre: float) -> np.ndarray:
    return np.abs((hue - centre + 180) % 360 - 180)


def name_colour(hue_deg: float, saturation: float, value: float) -> str:
    """The palette word for a colour."""
    if saturation < 0.16 or saturation * value < 0.12:
        return "black" if value < 0.36 else "white" if value > 0.85 else "gray"
    if value < 0.2:
        return "black"
    word = next(name for limit, name in _HUE_NAMES if hue_deg % 360 <= limit)
    if word in ("orange", "red", "yellow") and 6 < hue_deg < 45 and value < 0.68:
        return "brown"
    if word == "red" and saturation < 0.5 and value > 0.75:
        return "pink"
    return word


def main_colour(picture: np.ndarray, *, least_share: float = 0.3) -> MainColour | None:
    """The one saturated colour that rules a picture on white, if there is one.

    Args:
        picture: uint8 RGB [height width 3] on white.
        least_share: share of the ink that the colour must cover, 0 to 1.

    Returns:
        The colour, or None where none rules or two compete.
    """
    hsv = to_hsv(picture)
    ink = (picture.min(-1) < 235).sum()
    vivid = (hsv[..., 1] > 0.35) & (hsv[..., 2] > 0.22)
    if not ink or vivid.sum() < least_share * ink:
        return None
    hue, weight = hsv[..., 0][vivid], (hsv[..., 1] * hsv[..., 2])[vivid]
    bins = np.bincount((hue // 10).astype(int) % 36, weight, 36)
    smooth = bins + np.roll(bins, 1) + np.roll(bins, -1)
    peak = float(np.argmax(smooth)) * 10 + 5
    near = _apart(hue, peak) < 28
    if near.sum() < least_share * ink or weight[near].sum() < 0.6 * weight.sum():
        return None
    centre = (peak + np.median((hue[near] - peak + 180) % 360 - 180)) % 360
    saturation = float(np.median(hsv[..., 1][vivid][near]))
    value = float(np.median(hsv[..., 2][vivid][near]))
    return MainColour(
        name=name_colour(float(centre), saturation, value),
        hue_deg=float(centre),
        saturation=saturation,
        value=value,
        share=float(near.sum() / ink),
    )


def ruling_colours(picture: Image.Image, *, first: float = 0.3, second: float = 0.2) -> tuple:
    """Up to two colour words that cover most of an RGBA picture's ink.

    Args:
        picture: RGBA, transparent where nothing is drawn.
        first: share of the ink that the stronger colour must cover, 0 to 1.
        second: share that the other one must cover.
    """
    small = np.asarray(picture.resize((38, 38), Image.Resampling.NEAREST))
    ink = small[small[..., 3] > 128][:, :3] // 16 * 16 + 8
    if not len(ink):
        return ()
    colours, counts = np.unique(ink, axis=0, return_counts=True)
    shares: dict[str, float] = {}
    for hsv, count in zip(to_hsv(colours.astype(np.uint8)), counts, strict=True):
        word = name_colour(*hsv.tolist())
        shares[word] = shares.get(word, 0) + count / len(ink)
    ordered = sorted(shares.items(), key=lambda item: -item[1])[:2]
    return tuple(word for (word, share), least in zip(ordered, (first, second)) if share >= least)


def repaint(picture: np.ndarray, colour: MainColour, word: str) -> np.ndarray:
    """The same picture with its main colour changed; everything of another hue stays.

    Shading is kept: value and saturation go through the power curve that takes the old
    median to the palette's.

    Args:
        picture: uint8 RGB [height width 3] on white.
        colour: its main colour, from `main_colour`.
        word: key of `PALETTE`.
    """
    hue_to, saturation_to, value_to = PALETTE[word]
    hsv = to_hsv(picture)
    near = np.clip((42 - _apart(hsv[..., 0], colour.hue_deg)) / 10, 0, 1)
    near = near * np.clip((hsv[..., 1] - 0.04) / 0.08, 0, 1)
    new = hsv.copy()
    shift = (hsv[..., 0] - colour.hue_deg + 180) % 360 - 180
    new[..., 0] = hue_to + 0.5 * shift
    depth = np.clip(hsv[..., 1] / max(colour.saturation, 0.05), 0, 1)
    new[..., 1] = np.clip(hsv[..., 1] / max(colour.saturation, 0.05) * saturation_to, 0, 1)
    curve = np.log(value_to) / np.log(np.clip(colour.value, 0.1, 0.97))
    shaded = np.clip(hsv[..., 2], 1e-3, 1) ** np.clip(curve, 0.1, 12)
    scaled = np.clip(hsv[..., 2] / max(colour.value, 0.1) * value_to, 0, 1)
    target = np.where(colour.value > 0.93, scaled, shaded)
    new[..., 2] = hsv[..., 2] * (1 - depth) + target * depth
    mixed = near[..., None] * to_rgb(new) + (1 - near[..., None]) * picture
    return np.round(mixed).astype(np.uint8)
