"""Contact sheets: a table of pictures with a header row and captions, as one picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

from pds.base.errors import ImageError
from pds.base.images import fit_on_white

Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

_GAP_PX = 10
_NARROW_PX = 2
_INK = (32, 32, 32)
_LINE = (208, 208, 208)


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """One row of a contact sheet.

    Attributes:
        pictures: one a column; None leaves a place empty.
        caption: one line below the row.
    """

    pictures: tuple[Image.Image | None, ...]
    caption: str = ""


def contact_sheet(
    rows: Sequence[SheetRow],
    *,
    header: Sequence[str] = (),
    cell_px: int = 160,
    group: int = 1,
) -> Image.Image:
    """Draws rows of pictures, each fitted into a white square of `cell_px`, with their captions.

    Text is drawn in Pillow's bundled font; what does not fit its place ends in an ellipsis.

    Args:
        rows: of equal length.
        header: a title a column, or a group of columns.
        cell_px: side of a picture.
        group: so many columns stand close together below one title.

    Raises:
        ImageError: no rows, or rows and header of different lengths.
    """
    if not rows:
        raise ImageError("A contact sheet needs at least one row.")
    columns = len(rows[0].pictures)
    lengths = {len(row.pictures) for row in rows} | ({len(header) * group} if header else set())
    if lengths != {columns} or columns == 0:
        raise ImageError("All rows of a contact sheet, and its header, need the same length.")

    lefts = _lefts(columns, cell_px, group)
    font_px = max(10, round(cell_px / 11))
    font = ImageFont.load_default(size=font_px)
    line_px = round(font_px * 1.5)
    head_px = line_px if header else 0
    row_px = cell_px + line_px + _GAP_PX
    size = (lefts[-1] + cell_px + _GAP_PX, head_px + len(rows) * row_px + 2 * _GAP_PX)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for number, text in enumerate(header):
        left, right = lefts[number * group], lefts[(number + 1) * group - 1] + cell_px
        place = ((left + right) / 2, _GAP_PX + line_px / 2)
        draw.text(place, _shorten(text, font, right - left), fill=_INK, font=font, anchor="mm")
    for number, row in enumerate(rows):
        top = head_px + _GAP_PX + number * row_px
        _draw_row(sheet, draw, row, top, lefts, cell_px, line_px, font)
    return sheet


def _lefts(columns: int, cell_px: int, group: int) -> list[int]:
    """Where each column begins."""
    close, wide = cell_px + _NARROW_PX, cell_px + _GAP_PX
    return [
        _GAP_PX + column * close + column // group * (wide - close) for column in range(columns)
    ]


def _draw_row(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    row: SheetRow,
    top: int,
    lefts: list[int],
    cell_px: int,
    line_px: int,
    font: Font,
) -> None:
    for left, picture in zip(lefts, row.pictures, strict=True):
        if picture is not None:
            sheet.paste(fit_on_white(picture, cell_px), (left, top))
        draw.rectangle((left, top, left + cell_px - 1, top + cell_px - 1), outline=_LINE)
    text = _shorten(row.caption, font, sheet.width - 2 * _GAP_PX)
    draw.text((_GAP_PX, top + cell_px + line_px / 2), text, fill=_INK, font=font, anchor="lm")


def _shorten(text: str, font: Font, width_px: int) -> str:
    text = " ".join(text.split())
    if font.getlength(text) <= width_px:
        return text
    while text and font.getlength(text + "...") > width_px:
        text = text[:-1]
    return text.rstrip() + "..."
