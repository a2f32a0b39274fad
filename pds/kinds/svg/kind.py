"""Drawings as a kind."""

from typing import Any, ClassVar, final

import torch
from PIL import Image

from pds.base.errors import SVGError
from pds.kinds.asset import Asset
from pds.kinds.kind import Kind, Look
from pds.kinds.output import Output
from pds.kinds.svg.content import DrawingContent
from pds.kinds.svg.document import Document
from pds.kinds.svg.moves.parametric import SVGImage
from pds.kinds.svg.outputs import OUTPUTS
from pds.kinds.svg.raster.warming import is_warm, warm
from pds.kinds.svg.settings import SVGSettings
from pds.kinds.svg.shapes import Drawing
from pds.kinds.svg.write.png import draw
from pds.settings import Prompts, Settings

# On two busy cores; about ten on an idle one.
COMPILING_S = 30.0


@final
class SVGKind(Kind):
    """SVG drawings: control points, colours, opacities, widths and gradients move."""

    key: ClassVar[str] = "svg"
    label: ClassVar[str] = "Drawing"
    noun: ClassVar[str] = "drawing"
    intro: ClassVar[str] = (
        "A drawing's own curves and colours move until it fits the words, and the result is still "
        "an SVG."
    )
    pasted: ClassVar[str] = "SVG text"
    endings: ClassVar[tuple[str, ...]] = (".svg",)
    max_bytes: ClassVar[int] = 20_000_000
    asset_field: ClassVar[str] = "drawing"
    settings_field: ClassVar[str] = "svg"
    Settings: ClassVar[type[Settings]] = SVGSettings
    outputs: ClassVar[tuple[Output, ...]] = OUTPUTS
    examples: ClassVar[tuple[str, str]] = ("a drawing of a cat", "a drawing of a dog")

    def read(self, data: bytes, *, name: str) -> Asset:
        document = Document.read(data)
        content = DrawingContent(
            document=document, parameters=document.parameters, text=document.text
        )
        return _asset(content, name, parts=document.element_ids())

    def parametric(
        self,
        asset: Asset,
        settings: Any,
        *,
        size_px: int,
        device: torch.device | str,
        generator: torch.Generator,
        start: Asset | None = None,
    ) -> SVGImage:
        source: Document = asset.content.document
        options = {"size_px": size_px, "device": device, "generator": generator}
        if start is None:
            return SVGImage(source, settings, **options)
        # As its file has it, with everything that the edit has added.
        edited = Document.read(start.data)
        if edited.drawing.view_box != source.drawing.view_box:
            raise SVGError("The edited drawing is not one of the source drawing; open its own.")
        again = settings.but(subdivide=0, extra_paths=0)
        return SVGImage(edited, again, source=source, **options)

    def snapshot(self, moving: SVGImage, *, name: str, prompts: Prompts) -> Asset:
        content = DrawingContent(document=moving.document, parameters=moving.numbers())
        return _asset(content, name)

    def draw(self, asset: Asset, look: Look, size_px: int) -> Image.Image:
        content: DrawingContent = asset.content
        return draw(content.drawing, content.parameters, size_px)

    def cold_s(self) -> float:
        return 0.0 if is_warm() else COMPILING_S

    def warm(self) -> None:
        warm()

    def embed(self, asset: Asset) -> str:
        return asset.data.decode("utf-8")

    def unembed(self, text: str) -> bytes:
        try:
            return text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise SVGError("The drawing's text holds half a character; open it again.") from error


def _asset(content: DrawingContent, name: str, *, parts: tuple[str, ...] = ()) -> Asset:
    return Asset(
        kind=SVGKind.key,
        name=name,
        content=content,
        write=DrawingContent.write,
        warnings=content.document.warnings,
        parts=parts,
        about=_about(content.drawing),
    )


def _about(drawing: Drawing) -> str:
    shapes = len(drawing.layers())
    return "1 shape" if shapes == 1 else f"{shapes} shapes"


SVG = SVGKind()
