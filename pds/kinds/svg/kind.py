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
from pds.kinds.svg.settings import SVGSettings
from pds.kinds.svg.shapes import Drawing
from pds.kinds.svg.write.png import draw
from pds.settings import Prompts, Settings


@final
class SVGKind(Kind):
    """SVG drawings: control points, colours, opacities, widths and gradients move."""

    key: ClassVar[str] = "svg"
    label: ClassVar[str] = "Drawing"
    noun: ClassVar[str] = "drawing"
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
        document = (start or asset).content.document
        return SVGImage(document, settings, size_px=size_px, device=device, generator=generator)

    def snapshot(self, moving: SVGImage, *, name: str, prompts: Prompts) -> Asset:
        content = DrawingContent(document=moving.document, parameters=moving.numbers())
        return _asset(content, name)

    def draw(self, asset: Asset, look: Look, size_px: int) -> Image.Image:
        content: DrawingContent = asset.content
        return draw(content.drawing, content.parameters, size_px)

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
