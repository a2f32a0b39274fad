"""What both forms of the rasteriser take: the numbers of one rendering."""

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The numbers of one rendering, without history.

    Attributes:
        edges: start and end of the edges of all shapes, pixels.
        shapes: which shape an edge belongs to.
        colors, opacities, stop_colors, stop_opacities: as in `Parameters`.
        matrices: pixels to gradient space, by row of the gradient table.
        positions: offsets of the tabulated stops, never falling.
        visible: 1 or 0, by row of the gradient table.
    """

    edges: Float[Tensor, "edges 2 2"]
    shapes: Int[Tensor, " edges"]
    colors: Float[Tensor, "colors 3"]
    opacities: Float[Tensor, " opacities"]
    stop_colors: Float[Tensor, "stops 3"]
    stop_opacities: Float[Tensor, " stops"]
    matrices: Float[Tensor, "gradients 2 3"]
    positions: Float[Tensor, " entries"]
    visible: Int[Tensor, " gradients"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """The picture that is drawn on: size in samples, and its colour before (premultiplied)."""

    height: int
    width: int
    background: tuple[float, float, float, float]
