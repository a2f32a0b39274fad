"""One edit from its recipe to its results, with the record of how it went."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from PIL import Image

from pds.base.images import to_pil
from pds.diffusion.prior import Prior
from pds.engine.distil import EditStep, edit
from pds.kinds.svg.document import Document
from pds.kinds.svg.moves.parametric import SVGScene
from pds.kinds.svg.raster.rasteriser import Rasteriser
from pds.kinds.svg.shapes import Drawing, Parameters
from pds.work.recipe import Recipe, prior_warnings

MAX_FRAMES = 120
PREVIEW_PX = 384


class DrawingRun:
    """An edit of a drawing: build it, iterate :meth:`steps`, read the result at any time.

    Args:
        recipe: everything that defines the run.
        prior: the loaded prior.

    Raises:
        SVGError: the recipe's drawing cannot be read.

    Attributes:
        recipe: as given, with the fingerprint of the prior at hand.
        warnings: features of the file that are not drawn, unknown words; one sentence each.
        curve: (step, gradient norm) of every step taken.
    """

    def __init__(self, recipe: Recipe, prior: Prior):
        self.recipe = replace(recipe, prior_fingerprint=prior.fingerprint)
        self.prior = prior
        document = Document.read(recipe.source.encode("utf-8"))
        self.document = document
        self.generator = torch.Generator().manual_seed(recipe.edit.seed)
        self.scene = SVGScene(
            document,
            recipe.svg,
            size_px=prior.image_size,
            device=prior.device,
            generator=self.generator,
        )
        self.warnings = (*prior_warnings(recipe, prior), *document.warnings)
        self.curve: list[tuple[int, float]] = []
        self._present = self.scene.parameters().detach()
        self._history = [self._present]
        self._every = 1
        self._rasterisers: dict[tuple[int, int], Rasteriser] = {}

    def steps(self) -> Iterator[EditStep]:
        """Runs the edit; each item is a step taken. Closing the iterator stops it."""
        for step in edit(self.scene, self.prior, self.recipe.edit, generator=self.generator):
            self.curve.append((step.index, step.gradient_norm))
            self._present = self.scene.parameters().detach()
            if (step.index + 1) % self._every == 0:
                self._record(self._present)
            yield step

    def svg(self) -> bytes:
        """The drawing as it is now, written into the original document."""
        return self.scene.svg()

    def source_svg(self) -> bytes:
        """The drawing as it was given."""
        return self.recipe.source.encode("utf-8")

    def preview(self, size_px: int = PREVIEW_PX) -> Image.Image:
        """The drawing after the last finished step. Safe to call from any thread."""
        return self._draw(self.scene.document.drawing, self._present, size_px)

    def source_preview(self, size_px: int = PREVIEW_PX) -> Image.Image:
        """The drawing as it was given, drawn at the same place and size."""
        return self._draw(self.document.drawing, self.document.parameters, size_px)

    def frames(self, size_px: int = PREVIEW_PX) -> Iterator[Image.Image]:
        """The process from the source to the present, evenly thinned to at most 120 pictures."""
        for parameters in (*self._history, self._present):
            yield self._draw(self.scene.document.drawing, parameters, size_px)

    @torch.no_grad()
    def _draw(self, drawing: Drawing, parameters: Parameters, size_px: int) -> Image.Image:
        key = (id(drawing), size_px)
        if key not in self._rasterisers:
            self._rasterisers[key] = Rasteriser(drawing, size_px=(size_px, size_px))
        return to_pil(self._rasterisers[key](parameters)[None])

    def _record(self, parameters: Parameters) -> None:
        self._history.append(parameters)
        if len(self._history) > MAX_FRAMES:
            self._history = self._history[::2]
            self._every *= 2


def rehearse(recipe: Recipe, prior: Prior) -> Prior:
    """Takes one step and draws it, so that whatever is compiled at first use is compiled now.

    Returns:
        The prior, as given.

    Raises:
        SVGError: as for a run.
    """
    run = DrawingRun(recipe, prior)
    steps = run.steps()
    next(steps)
    steps.close()
    run.source_preview(64)
    run.preview(64)
    return prior
