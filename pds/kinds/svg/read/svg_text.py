"""The bytes of a drawing's file as the text that a recipe carries."""

from pds.kinds.svg.read.gate import parse_svg, serialise
from pds.kinds.svg.read.reader import read_tree


def svg_text(data: bytes) -> str:
    """What `Document.read(data).text` is, for those who need nothing else of the drawing.

    Raises:
        SVGError: it cannot be read.
    """
    safe = parse_svg(data)
    read_tree(safe.root)
    return serialise(safe.root, safe.declared).decode("utf-8") if safe.text is None else safe.text
