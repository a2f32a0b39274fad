"""Pictures as a kind."""

import base64
import binascii
import io
from typing import Any, ClassVar, final

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from pds.base.errors import ImageError
from pds.base.images import open_image, to_pil, to_tensor
from pds.base.pngs import check_size
from pds.kinds.asset import Asset
from pds.kinds.image.outputs import OUTPUTS
from pds.kinds.image.parametric import EditedPicture
from pds.kinds.image.settings import ImageSettings
from pds.kinds.kind import Kind, Look
from pds.kinds.output import Output
from pds.settings import Prompts, Settings

# A picture of more pixels is made smaller when it is opened; recipes carry it.
MAX_SIDE_PX = 2048


@final
class ImageKind(Kind):
    """Pictures: PNG, JPEG or WebP in, PNG out; pixels move (as in the DDS paper)."""

    key: ClassVar[str] = "image"
    label: ClassVar[str] = "Picture"
    noun: ClassVar[str] = "picture"
    intro: ClassVar[str] = (
        "A picture's pixels move until it fits the words, as in the DDS paper. It is the quickest "
        "way to try a prompt."
    )
    endings: ClassVar[tuple[str, ...]] = (".png", ".jpg", ".jpeg", ".webp")
    max_bytes: ClassVar[int] = 50_000_000
    asset_field: ClassVar[str] = "picture"
    settings_field: ClassVar[str] = "image"
    Settings: ClassVar[type[Settings]] = ImageSettings
    outputs: ClassVar[tuple[Output, ...]] = OUTPUTS
    examples: ClassVar[tuple[str, str]] = ("a picture of a red apple", "a picture of a green apple")

    def read(self, data: bytes, *, name: str) -> Asset:
        picture = open_image(data)
        warnings: tuple[str, ...] = ()
        if max(picture.size) > MAX_SIDE_PX:
            before = "{} × {}".format(*picture.size)
            picture.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX), Image.Resampling.LANCZOS)
            after = "{} × {}".format(*picture.size)
            warnings = (f"The picture was {before} px; it is edited at {after} px.",)
        return _asset(to_tensor([picture]), name, warnings=warnings)

    def parametric(
        self,
        asset: Asset,
        settings: Any,
        *,
        size_px: int,
        device: torch.device | str,
        generator: torch.Generator,
        start: Asset | None = None,
    ) -> EditedPicture:
        if start is not None and start.content.shape != asset.content.shape:
            raise ImageError("The edited picture is not one of the source picture; open its own.")
        return EditedPicture(
            asset.content,
            settings,
            size_px=size_px,
            device=device,
            start=None if start is None else start.content,
        )

    def snapshot(self, moving: EditedPicture, *, name: str, prompts: Prompts) -> Asset:
        return _asset(moving.picture(), name)

    def draw(self, asset: Asset, look: Look, size_px: int) -> Image.Image:
        check_size(size_px)
        picture = to_pil(asset.content)
        scale = size_px / max(picture.size)
        size = tuple(max(1, round(side * scale)) for side in picture.size)
        return picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)

    def embed(self, asset: Asset) -> str:
        return base64.b64encode(asset.data).decode("ascii")

    def unembed(self, text: str) -> bytes:
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ImageError("The picture's text is not base64; open the picture again.") from error


def _asset(
    image: Float[Tensor, "1 3 height width"], name: str, *, warnings: tuple[str, ...] = ()
) -> Asset:
    return Asset(
        kind=ImageKind.key,
        name=name,
        content=image,
        write=_png,
        warnings=warnings,
        about=f"{image.shape[-1]} × {image.shape[-2]} px",
    )


def _png(image: Float[Tensor, "1 3 height width"]) -> bytes:
    """The same picture gives the same bytes."""
    file = io.BytesIO()
    to_pil(image).save(file, format="PNG")
    return file.getvalue()


IMAGE = ImageKind()
