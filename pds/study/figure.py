"""The paper's Figure 3 as an SVG drawing: marginals, paths and ends of the methods."""

from collections.abc import Mapping, Sequence
from html import escape

from jaxtyping import Float
from torch import Tensor

from pds.study.toy import SOURCE, TARGET, Walk

SCALE = 140.0
MARGIN = 30.0
LEGEND = 70.0
DOTS = 700  # of each marginal; more only make the file larger
COLOURS = {"sds": "#c0392b", "dds": "#e08e0b", "pds": "#1f6fb2"}
OTHER = "#555555"
CLOUDS = {SOURCE: "#9fb6c9", TARGET: "#a9cfa0"}


def figure_svg(
    walks: Sequence[Walk], samples: Mapping[str, Float[Tensor, "_ 2"]], *, title: str = ""
) -> str:
    """The figure as a complete SVG document.

    Args:
        walks: of the methods, in the order in which they are painted.
        samples: points of the two marginals, by `source` and `target`.
        title: of the document; by default it names the methods.
    """
    frame = _Frame(walks, samples)
    methods = list(dict.fromkeys(walk.method for walk in walks))
    title = title or f"Where {', '.join(m.upper() for m in methods)} take a point"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width:g} {frame.height:g}" '
        'font-family="sans-serif" font-size="14">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{frame.width:g}" height="{frame.height:g}" fill="#ffffff"/>',
    ]
    for prompt, colour in CLOUDS.items():
        parts.append(_cloud(frame, prompt, samples[prompt][:DOTS], colour))
    for method in methods:
        mine = [walk for walk in walks if walk.method == method]
        parts.append(_paths(frame, method, mine))
    parts += [_starts(frame, walks), _legend(frame, methods), "</svg>\n"]
    return "\n".join(parts)


class _Frame:
    """From the plane to the canvas: x to the right, y up."""

    def __init__(self, walks: Sequence[Walk], samples: Mapping[str, Tensor]):
        points = [
            *(cloud.double() for cloud in samples.values()),
            *(w.path.double() for w in walks),
        ]
        self.low = [min(float(p[:, axis].min()) for p in points) for axis in (0, 1)]
        self.high = [max(float(p[:, axis].max()) for p in points) for axis in (0, 1)]
        self.width = round(2 * MARGIN + SCALE * (self.high[0] - self.low[0]))
        self.height = round(2 * MARGIN + LEGEND + SCALE * (self.high[1] - self.low[1]))

    def place(self, point: Sequence[float]) -> tuple[float, float]:
        return (
            round(MARGIN + SCALE * (point[0] - self.low[0]), 1),
            round(MARGIN + SCALE * (self.high[1] - point[1]), 1),
        )


def _cloud(frame: _Frame, prompt: str, points: Tensor, colour: str) -> str:
    places = (frame.place(point) for point in points.tolist())
    data = "".join(f"M{x:g} {y:g}h0" for x, y in places)
    return (
        f'<path id="{prompt}" d="{data}" fill="none" stroke="{colour}" stroke-width="3" '
        'stroke-linecap="round"/>'
    )


def _paths(frame: _Frame, method: str, walks: Sequence[Walk]) -> str:
    colour = COLOURS.get(method, OTHER)
    lines = []
    for walk in walks:
        points = " ".join("{:g},{:g}".format(*frame.place(p)) for p in walk.path.tolist())
        x, y = frame.place(walk.end.tolist())
        lines.append(f'<polyline points="{points}" fill="none" stroke-width="1.6"/>')
        lines.append(f'<circle cx="{x:g}" cy="{y:g}" r="6" fill="{colour}" stroke="#ffffff"/>')
    return f'<g id="{escape(method)}" stroke="{colour}">{"".join(lines)}</g>'


def _starts(frame: _Frame, walks: Sequence[Walk]) -> str:
    places = dict.fromkeys(frame.place(walk.start.tolist()) for walk in walks)
    marks = "".join(
        f'<circle cx="{x:g}" cy="{y:g}" r="6" fill="#ffffff" stroke="#222222" stroke-width="2"/>'
        for x, y in places
    )
    return f'<g id="starts">{marks}</g>'


def _legend(frame: _Frame, methods: Sequence[str]) -> str:
    """Two rows: the marginals and the start, then the ends of the methods."""
    top = [("source", CLOUDS[SOURCE]), ("target", CLOUDS[TARGET]), ("start", "#ffffff")]
    bottom = [(m.upper(), COLOURS.get(m, OTHER)) for m in methods]
    parts = []
    for row, entries in enumerate((top, bottom)):
        y = frame.height - LEGEND + 20 + 26 * row
        for column, (label, colour) in enumerate(entries):
            x = MARGIN + 110 * column
            edge = "#222222" if colour == "#ffffff" else colour
            parts.append(
                f'<circle cx="{x + 6:g}" cy="{y - 5:g}" r="6" fill="{colour}" stroke="{edge}"/>'
                f'<text x="{x + 20:g}" y="{y:g}" fill="#222222">{escape(label)}</text>'
            )
    return f'<g id="legend">{"".join(parts)}</g>'
