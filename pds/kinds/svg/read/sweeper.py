"""One walk over an untrusted tree: takes out what acts, reaches out or is unknown; counts."""

from dataclasses import dataclass

from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.read import names
from pds.kinds.svg.read.css import without_fonts
from pds.kinds.svg.read.nodes import local_name, short
from pds.kinds.svg.read.references import (
    check_css,
    is_safe_css,
    outside_reference,
    stays_inside,
)

MAX_DEPTH = 64
MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 500  # of one element
MAX_OUTSIDE = 1000  # comments and the like before and after the drawing
_SHOWN = 8  # names in a sentence
_FREE = ("id", "class", "title", "alt", "d", "requiredFeatures", "requiredExtensions")


def too_deep() -> SVGError:
    """The error of too deep nesting."""
    return SVGError(f"The elements are nested more than {MAX_DEPTH} deep; ungroup the drawing.")


@dataclass(frozen=True, kw_only=True)
class _Removal:
    """Why something is taken out.

    Attributes:
        what: it is called in the sentence.
        name: of the one thing.
        acts: whether it could have acted or reached out of the file.
    """

    what: str
    name: str
    acts: bool = False


class Sweeper:
    """Walks a tree once: refuses what is dangerous, removes what can be left out, counts.

    Attributes:
        cleaned: whether something was taken out that could act or reach out.
    """

    def __init__(self):
        self._elements = 0
        self._removed: dict[str, set[str]] = {}
        self.cleaned = False

    def sentences(self) -> tuple[str, ...]:
        """One for each kind of thing that was taken out."""
        return tuple(
            f"Dropped from the file: {what} ({', '.join(sorted(found)[:_SHOWN])})."
            for what, found in sorted(self._removed.items())
        )

    def sweep(self, root: etree._Element) -> None:
        """Checks the whole tree and changes it in place.

        Raises:
            SVGError: too much of something, or a reference without which it would be another
                drawing.
        """
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
            self._count()
            if depth > MAX_DEPTH:
                raise too_deep()
            self._check_attributes(node)
            if local_name(node) == "style":
                self._check_sheet(node)
            stack.extend((child, depth + 1) for child in self._sweep_children(node))

    def _count(self) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise SVGError(f"The file has more than {MAX_ELEMENTS} elements; simplify the drawing.")

    def _note(self, removal: _Removal) -> None:
        self._removed.setdefault(removal.what, set()).add(short(removal.name))
        self.cleaned |= removal.acts

    def _sweep_children(self, parent: etree._Element) -> list[etree._Element]:
        """Takes out what must not stay and gives the elements to walk into."""
        kept, previous, loose = [], None, []
        for child in list(parent):
            removal = self._removal(child)
            if removal is not None:
                self._count()
                self._note(removal)
                loose.append(child.tail or "")
                child.tail = None
                parent.remove(child)
                continue
            _append_text(parent, previous, loose)
            previous, loose = child, []
            if not isinstance(child, etree._Comment):
                kept.append(child)
        _append_text(parent, previous, loose)
        return kept

    def _removal(self, child: etree._Element) -> _Removal | None:
        """Why a child must not stay; None if it may."""
        if isinstance(child, etree._Comment):
            return None
        if isinstance(child, etree._Entity):
            raise SVGError("The file uses an XML entity; save the drawing as plain SVG.")
        if isinstance(child, etree._ProcessingInstruction):
            self._refuse_stylesheet(child)
            return _Removal(what="processing instructions", name=child.target)
        space, local = etree.QName(child).namespace, etree.QName(child).localname
        if space in names.ACTIVE_NAMESPACES:
            language = names.ACTIVE_NAMESPACES[space]
            return _Removal(what=f"embedded {language}", name=local, acts=True)
        if space in names.EDITOR_NAMESPACES:
            return None
        if space != names.SVG:
            return _Removal(what="elements of unknown namespaces", name=local)
        if local in names.SCRIPT_ELEMENTS:
            return _Removal(what="scripts", name=local, acts=True)
        if local in names.FOREIGN_ELEMENTS:
            return _Removal(what="foreign content", name=local, acts=True)
        if local not in names.ELEMENTS:
            animated = local.startswith("animate") or local in ("set", "discard")
            return _Removal(what="animations" if animated else "unknown elements", name=local)
        return self._linked_picture(child, local)

    @staticmethod
    def _linked_picture(child: etree._Element, local: str) -> _Removal | None:
        if local not in ("image", "feImage"):
            return None
        addresses = [v for k, v in child.attrib.items() if etree.QName(k).localname == "href"]
        if all(stays_inside(child, address) for address in addresses):
            return None
        return _Removal(what="linked pictures", name=local, acts=True)

    def _check_attributes(self, node: etree._Element) -> None:
        if len(node.attrib) > MAX_ATTRIBUTES:
            raise SVGError(
                f"<{local_name(node)}> has more than {MAX_ATTRIBUTES} attributes; remove some."
            )
        foreign = etree.QName(node).namespace != names.SVG
        for key, value in list(node.attrib.items()):
            space, local = etree.QName(key).namespace, etree.QName(key).localname
            removal = self._attribute_removal(node, space, local, value, foreign)
            if removal is not None:
                del node.attrib[key]
                self._note(removal)

    def _attribute_removal(
        self, node: etree._Element, space: str | None, local: str, value: str, foreign: bool
    ) -> _Removal | None:
        """Why an attribute must not stay; None if it may."""
        if space is None and local.lower().startswith("on"):
            return _Removal(what="event handlers", name=local, acts=True)
        if space == names.XML and local == "base":
            raise SVGError("The file sets xml:base, which redirects references; remove it.")
        if foreign or space in names.EDITOR_NAMESPACES:
            return None
        if not self._known(space, local):
            return _Removal(what="unknown attributes", name=local)
        if local == "href" and not stays_inside(node, value):
            if local_name(node) == "a":
                return _Removal(what="links", name=value, acts=True)
            raise outside_reference(node, value)
        if space is None and local != "href":
            self._check_value(node, local, value)
        return None

    def _check_sheet(self, node: etree._Element) -> None:
        """Refuses a `<style>` that reaches out, unless it is only for fonts."""
        where = "A <style> element"
        text = "".join(node.itertext())
        if is_safe_css(text):
            return
        plain = without_fonts(text)
        check_css(plain, where)
        node.text = plain
        for child in list(node):
            node.remove(child)
        self._note(_Removal(what="fonts", name="@font-face", acts=True))

    @staticmethod
    def _known(namespace: str | None, local: str) -> bool:
        if namespace is None:
            return local in names.ATTRIBUTES or local.startswith(("data-", "aria-"))
        if namespace == names.XLINK:
            return local in names.XLINK_ATTRIBUTES
        return namespace == names.XML and local in names.XML_ATTRIBUTES

    @staticmethod
    def _check_value(node: etree._Element, local: str, value: str) -> None:
        if local.startswith(("data-", "aria-")) or local in _FREE:
            return
        if local == "style" or "(" in value or ":" in value:
            check_css(value, f"The attribute {local}= of <{local_name(node)}>")

    @staticmethod
    def _refuse_stylesheet(node: etree._ProcessingInstruction) -> None:
        if node.target.lower() == "xml-stylesheet":
            raise SVGError(
                "The file asks for an external style sheet (<?xml-stylesheet?>); remove that line."
            )


def _append_text(parent: etree._Element, previous: etree._Element | None, loose: list[str]) -> None:
    """Leaves the text that stood behind removed children in its place."""
    text = "".join(loose)
    if text and previous is not None:
        previous.tail = (previous.tail or "") + text
    elif text:
        parent.text = (parent.text or "") + text
