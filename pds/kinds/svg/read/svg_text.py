"""The bytes of a drawing's file as the text that a recipe carries."""

from pds.kinds.svg.document import Document


def svg_text(data: bytes) -> str:
    """:attr:`Document.text` of a file, for those who need nothing else of it.

    Raises:
        SVGError: it cannot be read.
    """
    return Document.read(data).text
