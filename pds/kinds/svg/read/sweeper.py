"""One walk over an untrusted tree: refuses what is dangerous, removes what is unknown."""

import re

from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.read import names
from pds.kinds.svg.read.nodes import local_name, short

MAX_DEPTH = 64
MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 500  # of one element
MAX_OUTSIDE = 100  # comments and the like before and after the drawing
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
_URL = re.compile(r"url\s*\(\s*[\"']?\s*(#?)", re.IGNORECASE)
_CSS_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)")


def too_deep() -> SVGError:
    """The error of too deep nesting."""
    return SVGError(f"The elements are nested more than {MAX_DEPTH} deep; ungroup the drawing.")


def _check_reference(node: etree._Element, value: str) -> None:
    value = value.strip()
    if not value or value.startswith("#"):
        return
    if local_name(node) in ("image", "feImage") and _DATA_IMAGE.match(value):
        return
    raise SVGError(
        f"<{local_name(node)}> refers to something outside the file ({short(value)!r}); remove "
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


class Sweeper:
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
        if len(prolog) > MAX_OUTSIDE:
            raise SVGError(
                f"The file has more than {MAX_OUTSIDE} comments or instructions outside the "
                "<svg>; remove them."
            )
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
            raise too_deep()
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
            raise SVGError(f"The file embeds {language} (<{short(name.localname)}>); remove it.")
        if name.namespace in names.EDITOR_NAMESPACES:
            return True
        if name.namespace != names.SVG:
            self._remove(parent, child, "elements of unknown namespaces", short(name.localname))
            return False
        if name.localname in names.ACTIVE_ELEMENTS:
            raise SVGError(
                f"The file holds active or foreign content (<{name.localname}>); remove it."
            )
        if name.localname not in names.ELEMENTS:
            animated = name.localname.startswith("animate") or name.localname in ("set", "discard")
            what = "animations" if animated else "unknown elements"
            self._remove(parent, child, what, short(name.localname))
            return False
        return True

    def _check_attributes(self, node: etree._Element) -> None:
        if len(node.attrib) > MAX_ATTRIBUTES:
            raise SVGError(
                f"<{local_name(node)}> has more than {MAX_ATTRIBUTES} attributes; remove some."
            )
        foreign = etree.QName(node).namespace != names.SVG
        for key, value in list(node.attrib.items()):
            name = etree.QName(key)
            local = name.localname
            if name.namespace is None and local.lower().startswith("on"):
                raise SVGError(
                    f"<{local_name(node)}> has an event handler ({short(local)}=); remove it."
                )
            if name.namespace == names.XML and local == "base":
                raise SVGError("The file sets xml:base, which redirects references; remove it.")
            if foreign or name.namespace in names.EDITOR_NAMESPACES:
                continue
            if not self._known(name.namespace, local):
                del node.attrib[key]
                self._removed.setdefault("unknown attributes", set()).add(short(local))
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
