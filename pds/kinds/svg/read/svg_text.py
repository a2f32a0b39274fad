"""The bytes of a drawing's file as the text that a recipe carries."""

import re

from pds.kinds.svg.document import Document

_DECLARED = re.compile(r"\s*<\?xml\s[^?>]*encoding\s*=\s*[\"']([^\"']+)[\"']")
_UTF8_NAMES = ("utf-8", "utf8", "us-ascii", "ascii")


def svg_text(data: bytes) -> str:
    """Checks that the drawing can be read and gives it as text.

    A UTF-8 file comes back as it is; one in another encoding is written anew, since its text as
    UTF-8 would contradict its own XML declaration.

    Raises:
        SVGError: it cannot be read.
    """
    return text_of(Document.read(data), data)


def text_of(document: Document, data: bytes) -> str:
    """The text that a recipe carries of a file that was read.

    Args:
        document: what `data` was read to.
        data: the bytes of the file.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return document.write().decode("utf-8")
    declared = _DECLARED.match(text)
    if "\0" in text or (declared and declared[1].lower() not in _UTF8_NAMES):
        return document.write().decode("utf-8")
    return text
