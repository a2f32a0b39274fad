"""What attribute values and style text may refer to: nothing outside the file."""

import re

from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.read.nodes import local_name, short

_DATA_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
_URL = re.compile(r"url\s*\(\s*[\"']?\s*(#?)", re.IGNORECASE)
_CSS_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)")


def stays_inside(node: etree._Element, address: str) -> bool:
    """Whether an `href` points into its own file, to nothing, or holds a pixel picture itself."""
    address = address.strip()
    if not address or address.startswith("#"):
        return True
    return local_name(node) in ("image", "feImage") and bool(_DATA_IMAGE.match(address))


def outside_reference(node: etree._Element, address: str) -> SVGError:
    """The error of a reference without which the drawing would be another."""
    return SVGError(
        f"<{local_name(node)}> refers to something outside the file ({short(address)!r}); remove "
        "the reference or embed what it points to."
    )


def check_css(text: str, where: str) -> None:
    """Refuses style text that loads or runs something.

    Raises:
        SVGError: `@import`, an address, or a `url()` that is not `url(#id)`.
    """
    plain = _CSS_ESCAPE.sub(_unescape, text)
    lowered = plain.lower()
    outside = any(match.group(1) != "#" for match in _URL.finditer(plain))
    if outside or "@import" in lowered or "://" in lowered or "image-set(" in lowered:
        raise SVGError(
            f"{where} refers to something outside the file; remove it (only url(#id) is accepted)."
        )
    if "javascript:" in lowered or "expression(" in lowered:
        raise SVGError(f"{where} holds a script; remove it.")


def is_safe_css(text: str) -> bool:
    """Whether :func:`check_css` lets style text pass."""
    try:
        check_css(text, "")
    except SVGError:
        return False
    return True


def _unescape(match: re.Match) -> str:
    if match.group(1) is None:
        return match.group(2)
    code = int(match.group(1), 16)
    return chr(code) if 0 < code < 0x110000 else " "
