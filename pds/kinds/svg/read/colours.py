"""CSS colours, by tinycss2."""

from dataclasses import dataclass

import tinycss2
from tinycss2 import color4

_MAX_CHARACTERS = 200
_FUNCTIONS = ("rgb", "rgba", "hsl", "hsla", "hwb")


@dataclass(frozen=True, kw_only=True)
class Color:
    """An sRGB colour.

    Attributes:
        rgb: red, green, blue in [0, 1].
        alpha: in [0, 1].
    """

    rgb: tuple[float, float, float]
    alpha: float = 1.0


def to_color(text: str) -> Color | None:
    """A CSS colour, or None if it is none that this program knows.

    Known are names, hexadecimal digits, and the functions rgb, hsl and hwb. What SVG 1.1 allows
    behind a colour (`#abc icc-color(…)`) is passed over.
    """
    tokens = tinycss2.parse_component_value_list(text.strip()[:_MAX_CHARACTERS], True)
    token = tokens[0] if tokens else None
    if token is None or (token.type == "function" and token.lower_name not in _FUNCTIONS):
        return None
    found = color4.parse_color(token)
    if not isinstance(found, color4.Color):  # no colour, or `currentcolor`
        return None
    channels = found.to("srgb").coordinates
    return Color(rgb=tuple(_unit(channel) for channel in channels), alpha=_unit(found.alpha))


def _unit(value: float | None) -> float:
    return min(1.0, max(0.0, float(value or 0.0)))
