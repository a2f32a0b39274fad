"""The gate: untrusted bytes to a safe element tree.

Nothing else in the package touches bytes that came from outside. What passes is well-formed SVG
of bounded size and depth without a DTD, whose elements and attributes are on a list and whose
references all stay inside the document. It is kept by hand: no library refuses and names this.
The rule for everything else:

* what can be left out (scripts, event handlers, foreign languages, linked pictures, links,
  animations, unlisted elements, attributes and namespaces, processing instructions) is dropped,
  and :attr:`SafeSVG.dropped` names it;
* what would make the drawing something else (other references that leave the document, external
  style sheets, a DOCTYPE that declares more than short plain entities) is refused, and the error
  says what to remove.

The parser never opens a file or a connection.
"""

import re
from dataclasses import dataclass

from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.read import names
from pds.kinds.svg.read.decoding import SAVE_AGAIN, decode, utf8_text
from pds.kinds.svg.read.doctype import drop_doctype
from pds.kinds.svg.read.nodes import local_name, short
from pds.kinds.svg.read.sweeper import Sweeper, too_deep

_DECLARATION = re.compile(r"\s*<\?xml(\s[^?]*)\?>")
_ROOT_TAG = re.compile(r"<svg(?=[\s/>])(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")


@dataclass(frozen=True, kw_only=True)
class SafeSVG:
    """What the gate lets through.

    Attributes:
        root: the outermost `<svg>` element (lxml).
        dropped: one sentence for each kind of thing that was taken out.
        declared: whether the file began with an XML declaration.
        text: the file as it came, or None if it must not be handed on like that: it has a
            DOCTYPE, something that acts or reaches out, or another encoding than UTF-8 (whose
            declaration the text as UTF-8 would contradict).
    """

    root: etree._Element
    dropped: tuple[str, ...]
    declared: bool
    text: str | None


def safe_parser() -> etree.XMLParser:
    """A parser that expands no entity, loads no DTD and opens nothing."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        strip_cdata=False,
        collect_ids=False,
    )


def parse_svg(data: bytes) -> SafeSVG:
    """Parses and checks the bytes of an SVG file.

    Raises:
        SVGError: the bytes are too many, no SVG, broken, or hold something that is refused.
    """
    read = decode(data)
    text = drop_doctype(read)
    match = _DECLARATION.match(text)
    body = text[match.end() :] if match else text
    root = _parse(_with_namespaces(body.strip()))
    if not isinstance(root.tag, str) or root.tag != names.qualified("svg"):
        raise SVGError(
            f"The outermost element is <{short(local_name(root))}>, not an <svg> in the SVG "
            "namespace; choose an SVG drawing."
        )
    sweeper = Sweeper()
    sweeper.sweep(root)
    return SafeSVG(
        root=root,
        dropped=sweeper.sentences(),
        declared=match is not None,
        text=None if sweeper.cleaned or text != read else utf8_text(data),
    )


def serialise(root: etree._Element, declared: bool) -> bytes:
    """A tree as a whole file in UTF-8, with an XML declaration or without."""
    text = etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=declared)
    return text if text.endswith(b"\n") else text + b"\n"


def _with_namespaces(text: str) -> str:
    """Declares the SVG and xlink namespaces where a pasted `<svg>` forgot them."""
    start = text.find("<svg")
    match = _ROOT_TAG.match(text, start) if start >= 0 else None
    if match is None:
        return text
    tag, missing = match.group(), ""
    if not re.search(r"\sxmlns\s*=", tag):
        missing += f' xmlns="{names.SVG}"'
    if "xlink:" in text and "xmlns:xlink" not in text:
        missing += f' xmlns:xlink="{names.XLINK}"'
    return text[: start + 4] + missing + text[start + 4 :]


def _parse(text: str) -> etree._Element:
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), safe_parser())
    except etree.XMLSyntaxError as error:
        if "depth" in str(error.msg).lower():
            raise too_deep() from None
        raise SVGError(
            f"The file is not well-formed XML ({short(str(error.msg), 120)}); choose an SVG "
            f"drawing, or {SAVE_AGAIN}."
        ) from None
    if root.getroottree().docinfo.internalDTD is not None:  # the second lock on the same door
        raise SVGError("The file holds a DOCTYPE that cannot be read; save it as plain SVG.")
    return root
