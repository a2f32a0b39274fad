"""A drawing as a parametric image: what the engine moves when it edits an SVG."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from pds.engine.parametric import ParameterGroup, ParametricImage, View
from pds.kinds.svg.document import Document
from pds.kinds.svg.moves.leaves import apply_leaves, canvas_points, make_leaves
from pds.kinds.svg.moves.regularisers import Regulariser
from pds.kinds.svg.raster.rasteriser import Rasteriser
from pds.kinds.svg.settings import SVGSettings
from pds.kinds.svg.shapes import Parameters


class SVGImage(ParametricImage):
    """A drawing whose control points, colours, opacities and widths move.

    The leaves are displacements from the file's own numbers, zero at the start, so that what the
    edit does not touch is written back exactly. Points and widths move in canvas sides.

    Args:
        document: the drawing.
        config: what may move, how fast, and how finely it is divided first.
        size_px: side of the square picture if `config.resolution_px` is 0; the canvas lies in its
            middle on white.
        device: where to draw.
        generator: places the extra paths.
        source: the drawing before an edit that goes on with `document`, by default that itself.

    Raises:
        SVGError: an unknown id is to be locked, nothing can move, or subdividing would give too
            many segments.

    Attributes:
        document: the drawing with its subdivisions and extra paths.
        size_px: side of the picture.
    """

    def __init__(
        self,
        document: Document,
        config: SVGSettings,
        *,
        size_px: int,
        device: torch.device | str = "cpu",
        generator: torch.Generator,
        source: Document | None = None,
    ):
        self.config = config
        self.size_px = config.resolution_px or size_px
        self._device = torch.device(device)
        self._original = source or document
        extended = document.with_extra_paths(config.extra_paths, generator)
        self.document = extended.subdivide(config.subdivide)
        self._base = self.document.parameters.to(device=self._device, dtype=torch.float32)
        self._leaves = make_leaves(self.document, config, self._device)
        self._draw = self._rasteriser(self.document)
        self._regulariser = self._make_regulariser()
        self._source: Tensor | None = None

    def _rasteriser(self, document: Document) -> Rasteriser:
        return Rasteriser(
            document.drawing,
            size_px=(self.size_px, self.size_px),
            supersample=self.config.supersample,
        )

    def _make_regulariser(self) -> Regulariser | None:
        weights = (self.config.crossing_weight, self.config.smoothness_weight)
        moves = any(leaf.table == "points" for leaf in self._leaves)
        if not moves or not any(weights):
            return None
        drawing = self.document.drawing
        base = canvas_points(drawing, self.document.parameters) / drawing.side
        return Regulariser.of(
            drawing,
            base.to(device=self._device, dtype=torch.float32),
            crossing_weight=weights[0],
            smoothness_weight=weights[1],
        )

    def parameter_groups(self) -> list[ParameterGroup]:
        """One group per leaf: `points`, `fill`, `stroke`, `opacity`, `stroke_width`, `gradient`.

        Gradients have two, for the colours and for the opacities of their stops.
        """
        return [
            ParameterGroup(
                name=leaf.group,
                parameters=(leaf.delta,),
                learning_rate=leaf.learning_rate,
                coupling=leaf.coupling,
            )
            for leaf in self._leaves
        ]

    def views(self) -> Sequence[View]:
        """One flat view."""
        return (View(),)

    def parameters(self) -> Parameters:
        """The present numbers, float32 on its device, graph attached."""
        return apply_leaves(self._base, self._leaves)

    def render(self, view: View) -> Float[Tensor, "1 3 height width"]:
        """The drawing as it is now, in the middle of a white square."""
        return self._draw(self.parameters())[None]

    @torch.no_grad()
    def source(self, view: View) -> Float[Tensor, "1 3 height width"]:
        """The drawing as it was given, without extra paths."""
        if self._source is None:
            numbers = self._original.parameters.to(device=self._device, dtype=torch.float32)
            self._source = self._rasteriser(self._original)(numbers)[None]
        return self._source

    def project(self) -> None:
        """Clamps every leaf to its bounds.

        Points stay within the canvas and a tenth of its side around it (or where the file had
        them, if that is further out), opacities at or above 0.02 (or the file's own), widths
        above zero, colours in [0, 1].
        """
        for leaf in self._leaves:
            leaf.project()

    def regulariser(self) -> Tensor | None:
        """Crossing and strain beyond the source, weighted; None if off or if no point moves."""
        if self._regulariser is None:
            return None
        displacement = torch.zeros_like(self._regulariser.base)
        for leaf in self._leaves:
            if leaf.table == "points":
                displacement = displacement.index_add(0, leaf.rows, leaf.delta)
        return self._regulariser(displacement)

    @torch.no_grad()
    def numbers(self) -> Parameters:
        """Copies of the present numbers, float64 on the CPU, as `Document.write` takes them."""
        leaves = tuple(leaf.detached() for leaf in self._leaves)
        return apply_leaves(self.document.parameters, leaves).detach()

    def svg(self) -> bytes:
        """The drawing as it is now, written into the original file.

        Raises:
            SVGError: a number is not finite.
        """
        return self.document.write(self.numbers())
