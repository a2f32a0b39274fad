"""More freedom for an edit: finer segments, and small new paths."""

from dataclasses import replace
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from pds.base.errors import SVGError
from pds.kinds.svg.read.budget import MAX_SEGMENTS
from pds.kinds.svg.read.rows import Sources
from pds.kinds.svg.shapes import Drawing, Group, Layer, Outline, Parameters

_ARC = 0.5522847498307936  # handle of a quarter circle of radius 1
_AROUND = 7  # pixels; new paths keep this far within what is painted, if they can


def check_halvings(sources: Sources, times: int) -> None:
    """Refuses to make more segments than a drawing may have.

    Raises:
        SVGError: halving every segment `times` times would.
    """
    segments = sum(len(outline.orders) for outline in sources.outlines.values())
    if times > 0 and segments * 2**times > MAX_SEGMENTS:
        raise SVGError(
            f"Subdividing would give {segments * 2**times} path segments, more than "
            f"{MAX_SEGMENTS}; subdivide less often."
        )


def halve(
    drawing: Drawing, parameters: Parameters, sources: Sources
) -> tuple[Drawing, Parameters, Sources]:
    """Splits every drawn segment in two, exactly (de Casteljau at 1/2).

    Rows keep their meaning for end points; inner control points take the nearest new ones.
    Clip paths stay as they are.
    """
    outlines = {id(outline): outline for outline in sources.outlines.values()}
    split = _Splitter(parameters.points)
    new = {key: split.outline(outline) for key, outline in outlines.items()}
    parents = torch.tensor(split.parents, dtype=torch.int64)
    drawing = replace(
        drawing,
        items=tuple(_swap(item, new) for item in drawing.items),
        point_element=torch.cat([drawing.point_element, drawing.point_element[parents]]),
        point_frame=torch.cat([drawing.point_frame, drawing.point_frame[parents]]),
    )
    sources = replace(
        sources, outlines={n: new[id(outline)] for n, outline in sources.outlines.items()}
    )
    return drawing, replace(parameters, points=split.points()), sources


def _swap(item: Layer | Group, new: dict[int, Outline]) -> Layer | Group:
    if isinstance(item, Group):
        return replace(item, children=tuple(_swap(child, new) for child in item.children))
    return replace(item, outline=new[id(item.outline)])


class _Splitter:
    """Grows the table of points while outlines are split.

    Attributes:
        parents: for each new row an old row of the same element.
    """

    def __init__(self, points: Float[Tensor, "points 2"]):
        self._old = points
        self._points: list[list[float]] = points.tolist()
        self.parents: list[int] = []

    def points(self) -> Float[Tensor, "points 2"]:
        return torch.tensor(self._points, dtype=self._old.dtype).reshape(-1, 2)

    def _add(self, point: list[float], parent: int) -> int:
        self._points.append(point)
        self.parents.append(parent)
        return len(self._points) - 1

    def outline(self, outline: Outline) -> Outline:
        rows = []
        for order, indices in zip(outline.orders.tolist(), outline.indices.tolist()):
            rows.extend(self._split(indices[: order + 1]))
        return Outline(
            indices=torch.tensor(rows, dtype=torch.int64).reshape(-1, 4),
            orders=outline.orders.repeat_interleave(2),
            subpaths=outline.subpaths.repeat_interleave(2),
            closed=outline.closed,
        )

    def _split(self, rows: list[int]) -> tuple[list[int], list[int]]:
        """Rows of both halves, padded to four."""
        level = [self._points[row] for row in rows]
        left, right = [], []
        while len(level) > 1:
            level = [[(a + b) / 2 for a, b in zip(p, q)] for p, q in pairwise(level)]
            left.append(level[0])
            right.insert(0, level[-1])
        middle = self._add(left[-1], rows[0])
        inner = rows[1:-1]  # these rows are this segment's alone
        first, second = [rows[0]], [middle]
        for i, row in enumerate(inner):  # cubic: left[0] and right[-1]; quadratic: left[0]
            self._points[row] = left[0] if i == 0 else right[-1]
        if len(rows) == 4:
            first += [inner[0], self._add(left[1], rows[0])]
            second += [self._add(right[1], rows[0]), inner[1]]
        elif len(rows) == 3:
            first.append(inner[0])
            second.append(self._add(right[1], rows[0]))
        first.append(middle)
        second.append(rows[-1])
        return first + [middle] * (4 - len(first)), second + [rows[-1]] * (4 - len(second))


def blob_points(
    center: tuple[float, float], radius: float
) -> list[tuple[tuple[float, float], ...]]:
    """Four cubics around a centre: per segment the points after its start.

    The first segment starts at `(x + radius, y)`.
    """
    x, y = center
    corners = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)]
    segments = []
    for i in range(4):
        (ax, ay), (bx, by) = corners[i], corners[(i + 1) % 4]
        around = ((ax + _ARC * bx, ay + _ARC * by), (bx + _ARC * ax, by + _ARC * ay), (bx, by))
        segments.append(tuple((x + radius * u, y + radius * v) for u, v in around))
    return segments


def choose_places(
    picture: Float[Tensor, "4 height width"], count: int, generator: torch.Generator
) -> tuple[Float[Tensor, "count 2"], Float[Tensor, "count 3"]]:
    """Where new paths begin and in which colours.

    Args:
        picture: the drawing as straight sRGB and alpha.
        count: how many.
        generator: of the choice.

    Returns:
        Centres as fractions of width and height (x, y), within what is painted if anything is,
        and colours a little off those underneath, so that the edit feels both.
    """
    _, height, width = picture.shape
    outside = torch.nn.functional.max_pool2d(1 - picture[3:], _AROUND, 1, _AROUND // 2)
    inside, painted = (outside[0] < 0.5).flatten(), (picture[3] > 0.5).flatten()
    weights = next((w for w in (inside, painted) if w.any()), torch.ones_like(painted)).double()
    draw = torch.rand(count, 6, generator=generator, device=generator.device).cpu().double()
    steps = weights.cumsum(0) / weights.sum()
    pixels = torch.searchsorted(steps, draw[:, 0].contiguous()).clamp(max=weights.numel() - 1)
    x, y = pixels % width + draw[:, 1], pixels // width + draw[:, 2]
    below = picture[:3].flatten(1).t().double()[pixels]
    colors = (below + 0.2 * (draw[:, 3:] - 0.5)).clamp(0.0, 1.0)
    return torch.stack([x / width, y / height], dim=1), colors
