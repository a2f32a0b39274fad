"""How a picture takes part in an edit."""

from typing import ClassVar

from pds.settings import Settings, number, whole


class ImageSettings(Settings):
    """At which size a picture is edited, and how fast.

    Attributes:
        size_px: side of the square that is edited, 16 to 1024; 0 takes the prior's own size. The
            change is added to the picture at its full size, so that its finer detail stays.
        color_rate: Adam step of a pixel, thousandths of the range [0, 1].
        smoothness_weight: penalty on changes that differ between neighbouring pixels, 0 to 1000.
    """

    title: ClassVar[str] = "the picture"

    size_px: int = whole(
        0,
        16,
        1024,
        label="Size that is edited, in px",
        help="side of the square that is edited",
        flag="--resolution",
        metavar="PX",
        zero="the prior's own",
        unit="px",
    )
    color_rate: float = number(
        20.0,
        0,
        500,
        label="Speed of colours",
        help="thousandths of their range a step",
        flag="--color-rate",
        step=0.1,
    )
    smoothness_weight: float = number(
        0.0,
        0,
        1000,
        label="For smooth changes",
        help="penalty on changes that differ between neighbouring pixels",
        flag="--smoothness",
        step=0.1,
    )
