"""Bytes of an SVG file to text, whatever its encoding."""

import codecs
import re

from pds.base.errors import SVGError
from pds.kinds.svg.read.nodes import short

MAX_BYTES = 5_000_000
SAVE_AGAIN = "open it in a drawing program and save it as plain SVG"

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_UTF8_NAMES = ("utf-8", "utf8", "us-ascii", "ascii")
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "iso-8859-15": "iso8859-15",
    "windows-1252": "cp1252",
}
_MAGIC = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a WebP picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
)
_DECLARED_ENCODING = re.compile(rb"\s*<\?xml\s[^?>]*encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']")


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16, UTF-32 or a declared one-byte encoding.

    Raises:
        SVGError: too many bytes, none, compressed, another kind of file, or no readable text.
    """
    if len(data) > MAX_BYTES:
        raise SVGError(
            f"The file has {len(data) / 1e6:.1f} MB; drawings up to {MAX_BYTES / 1e6:.0f} MB are "
            "accepted, so simplify it or remove embedded pictures."
        )
    if not data.strip(b"\0 \t\r\n"):
        raise SVGError("The file is empty; choose an SVG drawing.")
    if data[:2] == b"\x1f\x8b":
        raise SVGError("The file is a compressed SVG (.svgz); unpack it and bring the plain .svg.")
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise SVGError(f"The file is {what}, not an SVG drawing; choose an .svg file.")
    encoding, skip = _encoding(data)
    try:
        text = data[skip:].decode(encoding)
    except UnicodeDecodeError:
        raise SVGError(
            f"The file is no readable text ({encoding}); {SAVE_AGAIN} in UTF-8."
        ) from None
    if "\0" in text:
        raise SVGError(f"The file holds zero bytes and is no text; {SAVE_AGAIN} in UTF-8.")
    return text


def utf8_text(data: bytes) -> str | None:
    """The text of a file that is UTF-8 and does not say otherwise, without a mark; else None."""
    declared = _DECLARED_ENCODING.match(data.removeprefix(codecs.BOM_UTF8)[:400])
    if declared and declared.group(1).decode("ascii").lower() not in _UTF8_NAMES:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _encoding(data: bytes) -> tuple[str, int]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding, len(bom)
    for start, encoding in _UNMARKED:
        if data.startswith(start):
            return encoding, 0
    declared = _DECLARED_ENCODING.match(data[:400])
    if not declared:
        return "utf-8", 0
    name = declared.group(1).decode("ascii").lower()
    if name.startswith("utf-16"):  # says so, but single bytes were seen above
        return "utf-8", 0
    if name not in _ENCODINGS:
        raise SVGError(f"The file is written in the encoding {short(name)!r}; save it in UTF-8.")
    return _ENCODINGS[name], 0
