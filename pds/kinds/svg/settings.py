"""How a drawing takes part in an edit."""

from typing import ClassVar

from pds.settings import Settings, number, several, whole, words

MOVABLE = {
    "points": "Shapes",
    "fill": "Fill colours",
    "stroke": "Line colours",
    "opacity": "Opacity",
    "stroke_width": "Line width",
    "gradient": "Gradients",
}
THOUSANDTHS = "thousandths of the canvas a step"


class SVGSettings(Settings):
    """What may move, how fast, and how finely the drawing is divided first.

    Attributes:
        resolution_px: side of the rendering, 16 to 1024; 0 takes the prior's own size.
        move: which groups may change, out of MOVABLE.
        locked_ids: elements (and their descendants) that stay as they are.
        points_rate: step of control points, thousandths of the canvas side.
        color_rate: step of colours, thousandths of the range [0, 1].
        opacity_rate: step of opacities, thousandths of the range [0, 1].
        width_rate: step of stroke widths, thousandths of the canvas side.
        subdivide: how often every segment is halved before the edit, 0 to 4.
        extra_paths: number of small new paths the edit may grow, 0 to 64.
        crossing_weight: penalty on self-crossing control polygons beyond the source's (Xing).
        smoothness_weight: penalty on displacements that differ between neighbouring points.
        coherence: how far along an outline a point's step is shared with its neighbours, in passes
            of averaging, 0 to 200; 0 moves every point, and every channel of a colour, for itself.
        supersample: samples per pixel and axis of the rasteriser, 1 or 2.
    """

    title: ClassVar[str] = "the drawing"

    move: tuple[str, ...] = several(
        tuple(MOVABLE),
        MOVABLE,
        label="What may change",
        help=f"what may change, of {', '.join(MOVABLE)}",
        flag="--move",
        level="choice",
    )
    locked_ids: tuple[str, ...] = words(
        (),
        label="Locked parts",
        help="elements of the file, by id, that stay exactly as they are",
        flag="--lock",
        level="choice",
        metavar="ID,ID",
    )
    resolution_px: int = whole(
        0,
        16,
        1024,
        label="Resolution in px",
        help="side of the rendering",
        flag="--resolution",
        metavar="PX",
        zero="the prior's own",
        unit="px",
    )
    supersample: int = whole(
        1,
        1,
        2,
        label="Samples a pixel side",
        help="samples per pixel and axis",
        flag="--supersample",
    )
    subdivide: int = whole(
        0,
        0,
        4,
        label="Halve every segment, times",
        help="how often every segment is halved before; gives plain shapes room",
        flag="--subdivide",
    )
    extra_paths: int = whole(
        0,
        0,
        64,
        label="Extra paths",
        help="small new shapes that may grow",
        flag="--extra-paths",
    )
    points_rate: float = number(
        5.0, 0, 100, label="Speed of shapes", help=THOUSANDTHS, flag="--points-rate", step=0.1
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
    opacity_rate: float = number(
        5.0,
        0,
        500,
        label="Speed of opacity",
        help="thousandths a step",
        flag="--opacity-rate",
        step=0.1,
    )
    width_rate: float = number(
        1.0, 0, 100, label="Speed of line width", help=THOUSANDTHS, flag="--width-rate", step=0.1
    )
    crossing_weight: float = number(
        1.0,
        0,
        1000,
        label="Against crossing lines",
        help="penalty on outlines that cross themselves",
        flag="--crossing",
        step=0.1,
    )
    smoothness_weight: float = number(
        1.0,
        0,
        1000,
        label="For smooth changes",
        help="penalty on points that leave their neighbours",
        flag="--smoothness",
        step=0.1,
    )
    coherence: int = whole(
        8,
        0,
        200,
        label="Points move together",
        help="how far along an outline points move together; 0 moves each for itself",
        flag="--coherence",
    )
