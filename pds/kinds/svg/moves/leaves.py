"""The tensors an optimiser moves: displacements of chosen rows, each within its bounds."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.base.errors import SVGError
from pds.engine.coupling import Coupling
from pds.kinds.svg.document import Document
from pds.kinds.svg.moves.locks import Free, free_rows
from pds.kinds.svg.moves.regularisers import neighbours_of, outlines_of
from pds.kinds.svg.settings import SVGSettings
from pds.kinds.svg.shapes import Drawing, Parameters, Solid

MARGIN = 0.1  # canvas sides; points stay within the canvas and this much around it
MIN_ALPHA = 0.02  # below it a shape would get no gradient and never come back
MIN_WIDTH = 1e-3  # canvas sides


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """Rows of one table of `Parameters` that move together.

    Attributes:
        group: name of the parameter group.
        table: name of the field of `Parameters`.
        rows: which rows of it.
        delta: the leaf: what is added, in canvas sides (points, widths) or in the range [0, 1]
            (colours, opacities); zero at the start.
        scale: canvas sides to local units: a matrix for points, a factor for widths, else None.
        low, high: bounds of `delta`.
        learning_rate: in units of `delta`.
        coupling: how the rows hang together, or None.
    """

    group: str
    table: str
    rows: Int[Tensor, " rows"]
    delta: Float[Tensor, "rows ..."]
    scale: Float[Tensor, "rows ..."] | None
    low: Float[Tensor, "rows ..."]
    high: Float[Tensor, "rows ..."]
    learning_rate: float
    coupling: Coupling | None = None

    def change(self) -> Float[Tensor, "rows ..."]:
        """What is added to the table, in its own units."""
        if self.scale is None:
            return self.delta
        if self.scale.dim() == 3:
            return (self.scale @ self.delta[:, :, None])[:, :, 0]
        return self.scale * self.delta

    def detached(self) -> "Leaf":
        """A copy without history, float64 on the CPU."""

        def copy(values: Tensor) -> Tensor:
            return values.detach().to(device="cpu", dtype=torch.float64, copy=True)

        scale = None if self.scale is None else copy(self.scale)
        rows = self.rows.cpu()
        return replace(self, rows=rows, delta=copy(self.delta), scale=scale)

    @torch.no_grad()
    def project(self) -> None:
        """Clamps the leaf to its bounds."""
        self.delta.copy_(torch.minimum(torch.maximum(self.delta, self.low), self.high))


def apply_leaves(base: Parameters, leaves: tuple[Leaf, ...]) -> Parameters:
    """The numbers with all displacements added, graph attached."""
    changed: dict[str, Tensor] = {}
    for leaf in leaves:
        table = changed.get(leaf.table, getattr(base, leaf.table))
        step = leaf.change().to(device=table.device, dtype=table.dtype)
        changed[leaf.table] = table.index_add(0, leaf.rows.to(table.device), step)
    return replace(base, **changed)


def canvas_points(drawing: Drawing, parameters: Parameters) -> Float[Tensor, "points 2"]:
    """Every point in canvas units, by the matrix of the first layer that draws it."""
    points = parameters.points
    found = torch.zeros_like(points)
    seen = torch.zeros(len(points), dtype=torch.bool)
    for layer in drawing.layers():
        rows = layer.outline.indices.flatten().unique()
        rows = rows[~seen[rows]]
        seen[rows] = True
        matrix = layer.matrix.to(points.dtype)
        found[rows] = points[rows] @ matrix[:, :2].T + matrix[:, 2]
    return found


def couple(
    drawing: Drawing, rows: Int[Tensor, " rows"], passes: int, device: torch.device
) -> Coupling:
    """Points that follow each other along an outline are neighbours, a subpath is a block.

    Args:
        drawing: whose outlines count.
        rows: the points that move, ascending; the others are left out.
        passes: of averaging.
        device: where the points move.
    """
    count = int(drawing.point_frame.shape[0])
    place = torch.full((count,), -1)
    place[rows] = torch.arange(len(rows))
    pairs = place[neighbours_of(drawing)]
    pairs = pairs[(pairs >= 0).all(1)].sort(dim=1).values.unique(dim=0)
    blocks, begun = torch.zeros(count, dtype=torch.int64), 1
    for outline in outlines_of(drawing):
        for column in outline.indices.unbind(1):
            blocks[column] = begun + outline.subpaths
        begun += len(outline.closed)
    blocks = blocks[rows].unique(return_inverse=True)[1]
    return Coupling(pairs=pairs.to(device), blocks=blocks.to(device), passes=passes)


def make_leaves(document: Document, config: SVGSettings, device: torch.device) -> tuple[Leaf, ...]:
    """The leaves of a drawing: what `config.move` allows and `config.locked_ids` leaves free.

    Raises:
        SVGError: an unknown id is to be locked, or nothing is left that could move.
    """
    build = _Leaves(document, config, free_rows(document, config.locked_ids), device)
    builders = {
        "points": build.points,
        "fill": lambda: build.colors("fill"),
        "stroke": lambda: build.colors("stroke"),
        "opacity": build.opacities,
        "stroke_width": build.widths,
        "gradient": build.stops,
    }
    for name in dict.fromkeys(config.move):
        builders[name]()
    if not build.leaves:
        raise SVGError(
            f"Nothing in this drawing can move: it has no free {', '.join(config.move)}; allow "
            "more to move or unlock elements."
        )
    return tuple(build.leaves)


class _Leaves:
    def __init__(self, document: Document, config: SVGSettings, free: Free, device: torch.device):
        self._drawing, self._base = document.drawing, document.parameters
        self._config, self._free, self._device = config, free, device
        self.leaves: list[Leaf] = []

    def _add(
        self,
        group: str,
        table: str,
        free: Tensor,
        low: Tensor,
        high: Tensor,
        learning_rate: float,
        scale: Tensor | None = None,
    ) -> None:
        """Adds a leaf for the free rows; `low`, `high` and `scale` are of all rows."""
        rows = free.nonzero().flatten()
        if len(rows) == 0 or learning_rate == 0:
            return

        def place(values: Tensor) -> Tensor:
            return values[rows].to(device=self._device, dtype=torch.float32)

        self.leaves.append(
            Leaf(
                group=group,
                table=table,
                rows=rows.to(self._device),
                delta=torch.zeros_like(place(low)).requires_grad_(),
                scale=None if scale is None else place(scale),
                low=place(low),
                high=place(high),
                learning_rate=learning_rate,
                coupling=self._coupling(table, rows),
            )
        )

    def _coupling(self, table: str, rows: Tensor) -> Coupling | None:
        """Points hang together along outlines, the channels of a colour in its direction."""
        if not self._config.coherence:
            return None
        if table == "points":
            return couple(self._drawing, rows, self._config.coherence, self._device)
        if table in ("colors", "stop_colors"):
            alone = torch.zeros(0, 2, dtype=torch.int64, device=self._device)
            each = torch.arange(len(rows), device=self._device)
            return Coupling(pairs=alone, blocks=each, passes=0)
        return None

    def points(self) -> None:
        drawing, side = self._drawing, self._drawing.side
        x, y, width, height = drawing.view_box
        now = canvas_points(drawing, self._base)
        corner = torch.tensor([x, y], dtype=now.dtype)
        far = corner + torch.tensor([width, height], dtype=now.dtype)
        low = torch.minimum(corner - MARGIN * side - now, torch.zeros_like(now)) / side
        high = torch.maximum(far + MARGIN * side - now, torch.zeros_like(now)) / side
        rate = self._config.points_rate / 1000
        scale = drawing.point_frame * side
        self._add("points", "points", self._free.points, low, high, rate, scale)

    def colors(self, kind: str) -> None:
        """Rows of fills, or rows that only strokes use."""
        filled = torch.zeros(len(self._base.colors), dtype=torch.bool)
        for layer in self._drawing.layers():
            if layer.stroke is None and isinstance(layer.paint, Solid):
                filled[layer.paint.color] = True
        chosen = filled if kind == "fill" else ~filled
        base, rate = self._base.colors, self._config.color_rate / 1000
        self._add(kind, "colors", self._free.colors & chosen, -base, 1 - base, rate)

    def opacities(self) -> None:
        self._fractions("opacity", "opacities", self._free.opacities)

    def _fractions(self, group: str, table: str, free: Tensor) -> None:
        base = getattr(self._base, table)
        low = torch.minimum(MIN_ALPHA - base, torch.zeros_like(base))
        self._add(group, table, free, low, 1 - base, self._config.opacity_rate / 1000)

    def widths(self) -> None:
        """Widths move in canvas sides, by the scale of the first layer that uses them."""
        base, side = self._base.widths, self._drawing.side
        scale = torch.ones_like(base)
        for layer in reversed(self._drawing.layers()):
            if layer.stroke is not None:
                area = torch.linalg.det(layer.matrix[:, :2]).abs().clamp_min(1e-12)
                scale[layer.stroke.width] = side / area.sqrt()
        now = base / scale
        low = torch.minimum(MIN_WIDTH - now, torch.zeros_like(now))
        rate = self._config.width_rate / 1000
        high = torch.ones_like(now)
        self._add("stroke_width", "widths", self._free.widths, low, high, rate, scale)

    def stops(self) -> None:
        base, rate = self._base.stop_colors, self._config.color_rate / 1000
        self._add("gradient", "stop_colors", self._free.stops, -base, 1 - base, rate)
        self._fractions("gradient", "stop_opacities", self._free.stops)
