"""Small questions to an element, and user text as it may be quoted."""

from lxml import etree

from pds.kinds.svg.read import names


def local_name(node: etree._Element) -> str:
    """The tag without its namespace; empty for comments and the like."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def short(text: str, limit: int = 40) -> str:
    """User text as it may be quoted in a message: printable, one line, cut."""
    clean = "".join(c if c.isprintable() else " " for c in text).strip()
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def describe(node: etree._Element) -> str:
    """How an element is called in messages."""
    name, id_ = local_name(node), node.get("id", "")
    return f'<{name} id="{short(id_, 30)}">' if id_ else f"<{name}>"


def reference(node: etree._Element) -> str | None:
    """The id that `href` or `xlink:href` points to within the document, or None."""
    href = node.get("href") or node.get(f"{{{names.XLINK}}}href") or ""
    return href.strip()[1:] if href.strip().startswith("#") else None
