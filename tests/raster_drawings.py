"""Small drawings for the rasteriser's tests, built by hand."""

import torch

from pds.svg.shapes import (
    Clip,
    Drawing,
    Element,
    Gradient,
    Group,
    Layer,
    Outline,
    Parameters,
    Solid,
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
