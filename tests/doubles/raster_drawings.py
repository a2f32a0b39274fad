"""Small drawings for the rasteriser's tests, built by hand."""

import torch

from pds.kinds.svg.shapes import (
    Clip,
    ClipShape,
    Drawing,
    Element,
    Gradient,
    Group,
    Layer,
    Outline,
    Parameters,
    Solid,
    Stroke,
)

IDENTITY = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], dtype=torch.float64)


class Sketch:
    """Collects numbers; every method returns the row or the outline that refers to them."""

    def __init__(self, view_box: tuple[float, float, float, float] = (0.0, 0.0, 16.0, 16.0)):
        self.view_box = view_box
        self.points: list[tuple[float, float]] = []
        self.colors: list[tuple[float, float, float]] = []
        self.opacities: list[float] = []
        self.widths: list[float] = []
        self.stops: list[tuple[float, tuple[float, float, float], float]] = []
        self.clips: list[Clip] = []

    def outline(self, *subpaths: list, closed: bool = True) -> Outline:
        """Subpaths as lists: a start point, then tuples of 1, 2 or 3 further control points."""
        indices, orders, numbers = [], [], []
        for number, (start, *segments) in enumerate(subpaths):
            self.points.append(start)
            first = last = len(self.points) - 1
            for segment in segments:
                self.points.extend(segment)
                new = list(range(len(self.points) - len(segment), len(self.points)))
                row = [last, *new]
                indices.append(row + [row[-1]] * (4 - len(row)))
                orders.append(len(segment))
                numbers.append(number)
                last = new[-1]
            if closed:
                indices.append([last, first, first, first])
                orders.append(1)
                numbers.append(number)
        return Outline(
            indices=torch.tensor(indices, dtype=torch.int64).reshape(-1, 4),
            orders=torch.tensor(orders, dtype=torch.int64),
            subpaths=torch.tensor(numbers, dtype=torch.int64),
            closed=torch.tensor([closed] * len(subpaths), dtype=torch.bool),
        )

    def polygon(self, *points: tuple[float, float], closed: bool = True) -> Outline:
        return self.outline([points[0], *((p,) for p in points[1:])], closed=closed)

    def rect(self, x: float, y: float, w: float, h: float) -> Outline:
        return self.polygon((x, y), (x + w, y), (x + w, y + h), (x, y + h))

    def circle(self, cx: float, cy: float, r: float) -> Outline:
        k = 0.5522847498 * r
        return self.outline(
            [
                (cx + r, cy),
                ((cx + r, cy + k), (cx + k, cy + r), (cx, cy + r)),
                ((cx - k, cy + r), (cx - r, cy + k), (cx - r, cy)),
                ((cx - r, cy - k), (cx - k, cy - r), (cx, cy - r)),
                ((cx + k, cy - r), (cx + r, cy - k), (cx + r, cy)),
            ]
        )

    def solid(self, *color: float) -> Solid:
        self.colors.append(color)
        return Solid(color=len(self.colors) - 1)

    def opacity(self, value: float) -> int:
        self.opacities.append(value)
        return len(self.opacities) - 1

    def width(self, value: float) -> int:
        self.widths.append(value)
        return len(self.widths) - 1

    def gradient(self, kind: str, coordinates: tuple[float, ...], stops: list, **options):
        self.stops.extend(stops)
        rows = tuple(range(len(self.stops) - len(stops), len(self.stops)))
        options = {
            "matrix": IDENTITY,
            "units": "userSpaceOnUse",
            "spread": "pad",
            **options,
        }
        return Gradient(kind=kind, coordinates=coordinates, stops=rows, **options)

    def clip(self, *shapes, clips: tuple[int, ...] = ()) -> int:
        self.clips.append(Clip(shapes=shapes, clips=clips))
        return len(self.clips) - 1

    def finish(
        self, *items: Layer | Group, dtype: torch.dtype = torch.float64
    ) -> tuple[Drawing, Parameters]:
        parameters = Parameters(
            points=torch.tensor(self.points, dtype=dtype).reshape(-1, 2),
            colors=torch.tensor(self.colors, dtype=dtype).reshape(-1, 3),
            opacities=torch.tensor(self.opacities, dtype=dtype),
            widths=torch.tensor(self.widths, dtype=dtype),
            stop_colors=torch.tensor([s[1] for s in self.stops], dtype=dtype).reshape(-1, 3),
            stop_opacities=torch.tensor([s[2] for s in self.stops], dtype=dtype),
            stop_offsets=torch.tensor([s[0] for s in self.stops], dtype=dtype),
        )

        def rows(count: int) -> torch.Tensor:
            return torch.zeros(count, dtype=torch.int64)

        drawing = Drawing(
            view_box=self.view_box,
            items=items,
            clips=tuple(self.clips),
            elements=(Element(id="", tag="path", order=0),),
            point_element=rows(len(self.points)),
            point_frame=torch.eye(2, dtype=torch.float64).repeat(len(self.points), 1, 1),
            color_element=rows(len(self.colors)),
            opacity_element=rows(len(self.opacities)),
            width_element=rows(len(self.widths)),
            stop_element=rows(len(self.stops)),
        )
        return drawing, parameters


def layer(outline: Outline, paint, **options) -> Layer:
    """A layer with the identity matrix and no opacities unless told."""
    options = {"matrix": IDENTITY, "opacities": (), **options}
    return Layer(element=0, outline=outline, paint=paint, **options)


def everything() -> tuple[Drawing, Parameters, int]:
    """A drawing with every feature at general positions, and its number of clip points.

    The points of the clip path come first: they have no gradient.
    """
    s = Sketch()
    half, most = s.opacity(0.5), s.opacity(0.8)
    skew = torch.tensor([[0.9, -0.4, 2.0], [0.3, 1.1, -1.0]], dtype=torch.float64)
    clip = s.clip(
        ClipShape(outline=s.circle(8.3, 8.1, 6.2), matrix=IDENTITY),
        ClipShape(outline=s.rect(1.2, 1.3, 5, 5), matrix=IDENTITY),
    )
    fixed = len(s.points)
    red, green, blue = (0.9, 0.1, 0.1), (0.1, 0.7, 0.2), (0.2, 0.3, 0.9)
    stops = [(0.0, red, 1.0), (0.4, green, 0.6), (1.0, blue, 0.9)]
    box = {"units": "objectBoundingBox"}
    two_bends = s.outline(
        [(5.0, 5.0), ((9.0, 4.0), (12.0, 9.0)), ((3.0, 14.0),)],
        [(6.0, 6.0), ((8.0, 7.0),), ((7.0, 9.0),)],
        closed=False,
    )
    bend = s.outline([(3.0, 12.0), ((6.0, 5.0), (12.0, 17.0), (14.0, 8.0))], closed=False)
    across = s.gradient("linear", (0.0, 0.1, 1.0, 0.8), stops, **box)
    around = s.gradient("radial", (5.0, 10.0, 3.0, 4.2, 9.6, 0.3), stops, spread="reflect")
    inside = s.gradient("radial", (0.5, 0.5, 0.4, 0.6, 0.4, 0.0), stops, spread="repeat", **box)
    round_ = Stroke(width=s.width(1.3), cap="round", join="round", miter_limit=4.0)
    square = Stroke(width=s.width(0.9), cap="square", join="bevel", miter_limit=4.0)
    sharp = Stroke(width=s.width(0.7), cap="butt", join="miter", miter_limit=10.0)
    zigzag = s.polygon((2.1, 3.0), (12.2, 4.1), (7.3, 9.2), closed=False)
    triangle = s.polygon((3.1, 3.0), (5.2, 8.1), (9.3, 2.2))
    group = Group(
        children=(
            layer(zigzag, s.solid(*blue), stroke=round_),
            layer(bend, inside, stroke=square, matrix=skew),
            layer(triangle, s.solid(*green), stroke=sharp, opacities=(most,)),
        ),
        opacities=(s.opacity(0.75),),
        clips=(clip,),
    )
    drawing, parameters = s.finish(
        layer(s.rect(1.3, 2.2, 9.1, 7.7), s.solid(*red), opacities=(half,)),
        layer(two_bends, s.solid(*green), fill_rule="evenodd", opacities=(half, most)),
        layer(s.circle(9.2, 9.7, 4.1), across, matrix=skew),
        layer(s.circle(5.2, 10.7, 3.3), around, clips=(clip,)),
        group,
    )
    return drawing, parameters, fixed
