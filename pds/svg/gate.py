"""The gate: untrusted bytes to a safe element tree.

Nothing else in the package touches bytes that came from outside. What passes is well-formed SVG
of bounded size and depth without a DTD, whose elements and attributes are on a list and whose
references all stay inside the document. The rule for everything else:

* what can *act* or *reach out* (scripts, event handlers, foreign languages, references that leave
  the document, DTDs and entities) is refused, and the error says what to remove;
* what is merely unknown (unlisted elements, attributes and namespaces, animations, processing
  instructions) is dropped, and :attr:`SafeSVG.dropped` names it.

The parser never opens a file or a connection.
"""

import codecs
import re
from dataclasses import dataclass

from lxml import etree

from pds.errors import SVGError
from pds.svg import names

MAX_BYTES = 5_000_000
MAX_DEPTH = 64
MAX_ELEMENTS = 20_000

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
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
_DECLARATION = re.compile(r"\s*<\?xml(\s[^?]*)\?>")
_DECLARED_ENCODING = re.compile(rb"\s*<\?xml\s[^?>]*encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']")
_ROOT_TAG = re.compile(r"<svg(?=[\s/>])(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
_URL = re.compile(r"url\s*\(\s*[\"']?\s*(#?)", re.IGNORECASE)
_CSS_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)")
_SAVE_AGAIN = "open it in a drawing program and save it as plain SVG"


@dataclass(frozen=True, kw_only=True)
class SafeSVG:
    """What the gate lets through.

    Attributes:
        root: the outermost `<svg>` element (lxml).
        dropped: one sentence for each kind of thing that was taken out.
        declared: whether the file began with an XML declaration.
    """

    root: etree._Element
    dropped: tuple[str, ...]
    declared: bool


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
    text = _decode(data)
    _refuse_doctype(text)
    match = _DECLARATION.match(text)
    body = text[match.end() :] if match else text
    root = _parse(_with_namespaces(body.strip()))
    if not isinstance(root.tag, str) or root.tag != names.qualified("svg"):
        raise SVGError(
            f"The outermost element is <{_short(local_name(root))}>, not an <svg> in the SVG "
            "namespace; choose an SVG drawing."
        )
    sweeper = _Sweeper()
    sweeper.sweep(root)
    return SafeSVG(root=root, dropped=sweeper.sentences(), declared=match is not None)


def local_name(node: etree._Element) -> str:
    """The tag without its namespace; empty for comments and the like."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _short(text: str, limit: int = 40) -> str:
    """User text as it may be quoted in a message: printable, one line, cut."""
    clean = "".join(c if c.isprintable() else " " for c in text).strip()
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def _decode(data: bytes) -> str:
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
            f"The file is no readable text ({encoding}); {_SAVE_AGAIN} in UTF-8."
        ) from None
    if "\0" in text:
        raise SVGError(f"The file holds zero bytes and is no text; {_SAVE_AGAIN} in UTF-8.")
    return text


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
        raise SVGError(f"The file is written in the encoding {_short(name)!r}; save it in UTF-8.")
    return _ENCODINGS[name], 0


def _refuse_doctype(text: str) -> None:
    """Looks through declaration, comments and instructions before the root for a DTD."""
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if text.startswith("<!--", position):
            position = text.find("-->", position + 4) + 3
        elif text.startswith("<?", position):
            position = text.find("?>", position + 2) + 2
        else:
            break
        if position < 4:  # not closed; the parser reports it
            return
    if text[position : position + 2] == "<!":
        raise SVGError(
            "The file begins with a DOCTYPE, which may hide entities; delete the line that starts "
            "with <!DOCTYPE, or save the drawing as plain SVG."
        )


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
            raise _too_deep() from None
        raise SVGError(
            f"The file is not well-formed XML ({_short(str(error.msg), 120)}); choose an SVG "
            f"drawing, or {_SAVE_AGAIN}."
        ) from None
    except ValueError:
        raise SVGError(f"The file holds characters that XML forbids; {_SAVE_AGAIN}.") from None
    return root


def _too_deep() -> SVGError:
    return SVGError(f"The elements are nested more than {MAX_DEPTH} deep; ungroup the drawing.")


def _check_reference(node: etree._Element, value: str) -> None:
    value = value.strip()
    if not value or value.startswith("#"):
        return
    if local_name(node) in ("image", "feImage") and _DATA_IMAGE.match(value):
        return
    raise SVGError(
        f"<{local_name(node)}> refers to something outside the file ({_short(value)!r}); remove "
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


def _unescape(match: re.Match) -> str:
    if match.group(1) is None:
        return match.group(2)
    code = int(match.group(1), 16)
    return chr(code) if 0 < code < 0x110000 else " "


class _Sweeper:
    """Walks a tree once: refuses what is dangerous, removes what is unknown, counts."""

    def __init__(self):
        self._elements = 0
        self._removed: dict[str, set[str]] = {}

    def sentences(self) -> tuple[str, ...]:
        return tuple(
            f"Dropped from the file: {what} ({', '.join(sorted(found)[:8])})."
            for what, found in sorted(self._removed.items())
        )

    def sweep(self, root: etree._Element) -> None:
        prolog = [*root.itersiblings(preceding=True), *root.itersiblings()]
        for node in prolog:
            if isinstance(node, etree._ProcessingInstruction):
                self._refuse_stylesheet(node)
        stack = [(root, 1)]
        while stack:
            node, depth = stack.pop()
            self._check_count(depth)
            self._check_attributes(node)
            if local_name(node) == "style":
                check_css("".join(node.itertext()), "A <style> element")
            stack.extend((child, depth + 1) for child in list(node) if self._keeps(node, child))

    def _check_count(self, depth: int) -> None:
        self._elements += 1
        if depth > MAX_DEPTH:
            raise _too_deep()
        if self._elements > MAX_ELEMENTS:
            raise SVGError(f"The file has more than {MAX_ELEMENTS} elements; simplify the drawing.")

    def _keeps(self, parent: etree._Element, child: etree._Element) -> bool:
        """Whether to walk into the child; removes it where it must not stay."""
        if isinstance(child, etree._Comment):
            return False
        if isinstance(child, etree._Entity):
            raise SVGError("The file uses an XML entity; save the drawing as plain SVG.")
        if isinstance(child, etree._ProcessingInstruction):
            self._refuse_stylesheet(child)
            self._remove(parent, child, "processing instructions", child.target)
            return False
        name = etree.QName(child)
        if name.namespace in names.ACTIVE_NAMESPACES:
            language = names.ACTIVE_NAMESPACES[name.namespace]
            raise SVGError(f"The file embeds {language} (<{_short(name.localname)}>); remove it.")
        if name.namespace in names.EDITOR_NAMESPACES:
            return True
        if name.namespace != names.SVG:
            self._remove(parent, child, "elements of unknown namespaces", _short(name.localname))
            return False
        if name.localname in names.ACTIVE_ELEMENTS:
            raise SVGError(
                f"The file holds active or foreign content (<{name.localname}>); remove it."
            )
        if name.localname not in names.ELEMENTS:
            animated = name.localname.startswith("animate") or name.localname in ("set", "discard")
            what = "animations" if animated else "unknown elements"
            self._remove(parent, child, what, _short(name.localname))
            return False
        return True

    def _check_attributes(self, node: etree._Element) -> None:
        foreign = etree.QName(node).namespace != names.SVG
        for key, value in list(node.attrib.items()):
            name = etree.QName(key)
            local = name.localname
            if name.namespace is None and local.lower().startswith("on"):
                raise SVGError(
                    f"<{local_name(node)}> has an event handler ({_short(local)}=); remove it."
                )
            if name.namespace == names.XML and local == "base":
                raise SVGError("The file sets xml:base, which redirects references; remove it.")
            if foreign or name.namespace in names.EDITOR_NAMESPACES:
                continue
            if not self._known(name.namespace, local):
                del node.attrib[key]
                self._removed.setdefault("unknown attributes", set()).add(_short(local))
            elif local == "href":
                _check_reference(node, value)
            elif name.namespace is None:
                self._check_value(node, local, value)

    @staticmethod
    def _known(namespace: str | None, local: str) -> bool:
        if namespace is None:
            return local in names.ATTRIBUTES or local.startswith(("data-", "aria-"))
        if namespace == names.XLINK:
            return local in names.XLINK_ATTRIBUTES
        return namespace == names.XML and local in names.XML_ATTRIBUTES

    @staticmethod
    def _check_value(node: etree._Element, local: str, value: str) -> None:
        free = ("id", "class", "title", "alt", "d", "requiredFeatures", "requiredExtensions")
        if local.startswith(("data-", "aria-")) or local in free:
            return
        if local == "style" or "(" in value or ":" in value:
            check_css(value, f"The attribute {local}= of <{local_name(node)}>")

    @staticmethod
    def _refuse_stylesheet(node: etree._ProcessingInstruction) -> None:
        if node.target.lower() == "xml-stylesheet":
            raise SVGError(
                "The file asks for an external style sheet (<?xml-stylesheet?>); remove that line."
            )

    def _remove(self, parent: etree._Element, child: etree._Element, what: str, name: str) -> None:
        """Takes a child out and leaves the text behind it in place."""
        self._removed.setdefault(what, set()).add(name)
        previous, tail = child.getprevious(), child.tail
        child.tail = None
        parent.remove(child)
        if tail and previous is not None:
            previous.tail = (previous.tail or "") + tail
        elif tail:
            parent.text = (parent.text or "") + tail
