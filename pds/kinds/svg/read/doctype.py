"""What stands before the drawing: a DOCTYPE is expanded by this program and dropped, or refused.

By hand, because a parser that is asked to read a DTD also does what the DTD says; what leaves
this module has none, and the parser never sees an entity.
"""

import re
from xml.sax.saxutils import escape

from pds.base.errors import SVGError

MAX_ENTITIES = 64
MAX_ENTITY_CHARACTERS = 200  # of the text of one entity
MAX_EXPANSION = 1_000_000  # characters that all references of a file may add

_NAME = r"[A-Za-z_:][\w:.-]*"
_LITERAL = r"(?:\"[^\"]*\"|'[^']*')"
_START = re.compile(r"<!DOCTYPE(?=[\s>\[])", re.IGNORECASE)
_HEAD = re.compile(
    rf"<!DOCTYPE\s+{_NAME}\s*(?:PUBLIC\s*{_LITERAL}\s*(?:{_LITERAL}\s*)?|SYSTEM\s*{_LITERAL}\s*)?",
    re.IGNORECASE,
)
_ENTITY = re.compile(rf"<!ENTITY\s+({_NAME})\s+({_LITERAL})\s*>")
# Sodipodi and Illustrator say there which namespaces they use, and say it again in the file.
_NAMESPACE = re.compile(
    rf"<!ATTLIST\s+{_NAME}(?:\s+xmlns(?::{_NAME})?\s+CDATA\s+#FIXED\s+{_LITERAL})+\s*>"
)
_MARK = re.compile(rf"<!--|<!\[CDATA\[|<\?|&({_NAME});")
_ENDS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_BUILT_IN = ("amp", "lt", "gt", "quot", "apos")


def drop_doctype(text: str) -> str:
    """The text of an XML file without its DOCTYPE, its plain entities written out.

    A file without a DOCTYPE comes back as it is. Entities are expanded where XML would: in text
    and attribute values, not in comments, CDATA and instructions, and never as markup.

    Raises:
        SVGError: the DOCTYPE is broken or declares anything but namespaces and at most
            `MAX_ENTITIES` entities of at most `MAX_ENTITY_CHARACTERS` characters of plain text,
            or they expand to more than `MAX_EXPANSION` characters.
    """
    start = _skip_prolog(text, 0)
    if not text.startswith("<!", start):
        return text
    if not _START.match(text, start):
        raise _refusal("is broken")
    head = _HEAD.match(text, start)
    if head is None:
        raise _refusal("is broken")
    end, entities = head.end(), {}
    if text.startswith("[", end):
        end, entities = _internal_subset(text, end + 1)
    if not text.startswith(">", end):
        raise _refusal("is broken")
    rest = _expand(text[end + 1 :], entities)
    if rest.startswith("<!", _skip_prolog(rest, 0)):
        raise _refusal("is not the only one")
    return text[:start] + rest


def _refusal(fault: str) -> SVGError:
    return SVGError(
        f"The file's DOCTYPE {fault}; delete everything from <!DOCTYPE to its >, or save the "
        "drawing as plain SVG."
    )


def _skip_prolog(text: str, position: int) -> int:
    """The first position that is neither blank nor in a declaration, comment or instruction."""
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        mark = next((m for m in ("<!--", "<?") if text.startswith(m, position)), None)
        if mark is None:
            return position
        end = text.find(_ENDS[mark], position + len(mark))
        if end < 0:
            return len(text)  # not closed; the parser reports it
        position = end + len(_ENDS[mark])


def _internal_subset(text: str, position: int) -> tuple[int, dict[str, str]]:
    """Where the declaration goes on behind `]`, and the entities declared before."""
    entities: dict[str, str] = {}
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if text.startswith("<!--", position) and (end := text.find("-->", position + 4)) >= 0:
            position = end + 3
        elif match := _ENTITY.match(text, position):
            _declare(entities, match.group(1), match.group(2)[1:-1])
            position = match.end()
        elif match := _NAMESPACE.match(text, position):
            position = match.end()
        elif text.startswith("]", position):
            break
        else:
            raise _refusal("declares more than short entities of plain text, which may hide much")
    position += 1
    while position < len(text) and text[position].isspace():
        position += 1
    return position, entities


def _declare(entities: dict[str, str], name: str, value: str) -> None:
    if any(mark in value for mark in "&%<"):
        raise _refusal("declares an entity that is not plain text")
    if len(value) > MAX_ENTITY_CHARACTERS:
        raise _refusal(f"declares an entity of more than {MAX_ENTITY_CHARACTERS} characters")
    if len(entities) >= MAX_ENTITIES:
        raise _refusal(f"declares more than {MAX_ENTITIES} entities")
    if name not in _BUILT_IN:
        entities.setdefault(name, value)


def _expand(text: str, entities: dict[str, str]) -> str:
    """The text with references to these entities written out; others stay."""
    if not entities:
        return text
    quotes = {'"': "&quot;", "'": "&apos;"}
    written = {name: escape(value, quotes) for name, value in entities.items()}
    out: list[str] = []
    position = copied = added = 0
    while match := _MARK.search(text, position):
        position = match.end()
        if match.group() in _ENDS:
            end = text.find(_ENDS[match.group()], position)
            if end < 0:
                break  # not closed; the parser reports it
            position = end
        elif match.group(1) in written:
            value = written[match.group(1)]
            added += len(value)
            if added > MAX_EXPANSION:
                raise _refusal(f"expands to more than {MAX_EXPANSION} characters")
            out += (text[copied : match.start()], value)
            copied = position
    return "".join((*out, text[copied:]))
