"""The cascade: attributes, rules of `<style>`, `style=`; and who owns an inherited value.

A number that an edit changes has to be written to some element. :class:`Style` therefore
remembers where each inherited value came from, and :meth:`Style.site` names the element to which
a change belongs: the shape itself, so that each element can be recoloured on its own, unless the
shape is drawn through several `<use>` and the value came from outside one of them; then it is
that `<use>`.
"""

import re
from dataclasses import dataclass, field

from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.read import names
from pds.kinds.svg.read.nodes import local_name
from pds.kinds.svg.read.values import to_color, to_url

MAX_RULES = 2000
MAX_MATCHES = 100_000
_COLORS = frozenset(("fill", "stroke", "color", "stop-color"))

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_COMPOUND = re.compile(r"(\*|[A-Za-z][\w-]*)?((?:[.#][\w-]+)*)$")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One selector of a style sheet with its declarations.

    Attributes:
        tag: element name it asks for, or empty.
        id: id it asks for, or empty.
        classes: classes it asks for.
        declarations: property to `(value, important)`.
    """

    tag: str
    id: str
    classes: frozenset[str]
    declarations: dict[str, tuple[str, bool]]

    def key(self) -> str:
        """One condition that every element it applies to fulfils."""
        if self.id:
            return f"#{self.id}"
        return f".{min(self.classes)}" if self.classes else self.tag or "*"

    def matches(self, tag: str, id_: str | None, classes: set[str]) -> bool:
        """Whether the rule applies to an element with this tag, id and classes."""
        return (
            (not self.tag or tag == self.tag)
            and (not self.id or id_ == self.id)
            and self.classes <= classes
        )


def parse_declarations(text: str) -> dict[str, tuple[str, bool]]:
    """`name: value; …` to property -> (value, important)."""
    found = {}
    for part in _COMMENT.sub(" ", text).split(";"):
        name, colon, value = part.partition(":")
        value, bang, flag = value.strip().partition("!")
        if colon and value.strip():
            important = bool(bang) and flag.strip().lower() == "important"
            found[name.strip().lower()] = (value.strip(), important)
    return found


def parse_rules(text: str) -> tuple[list[Rule], list[str]]:
    """Rules of a style sheet, in cascade order, and the selectors that are not understood."""
    rules, unknown = [], []
    text = _COMMENT.sub(" ", text).replace("<!--", " ").replace("-->", " ")
    position = 0
    while (brace := text.find("{", position)) >= 0:
        end = _block_end(text, brace)
        head, body = text[position:brace].strip(), text[brace + 1 : end]
        position = end + 1
        if head.startswith("@") or "{" in body:
            unknown.append(head.split()[0] if head else "{")
            continue
        declarations = parse_declarations(body)
        for selector in head.split(","):
            rule = _to_rule(selector.strip(), declarations)
            if rule:
                rules.append(rule)
            elif declarations.keys() & names.PROPERTIES:
                unknown.append(selector.strip())
    rules.sort(key=lambda r: (bool(r.id), len(r.classes), bool(r.tag)))
    return rules, unknown


def _block_end(text: str, brace: int) -> int:
    depth, position = 0, brace
    for match in re.compile(r"[{}]").finditer(text, brace):
        depth += 1 if match.group() == "{" else -1
        position = match.start()
        if depth == 0:
            return position
    return len(text)


def _to_rule(selector: str, declarations: dict[str, tuple[str, bool]]) -> Rule | None:
    match = _COMPOUND.match(selector)
    if not selector or not match:
        return None
    parts = re.findall(r"([.#])([\w-]+)", match.group(2))
    ids = [name for mark, name in parts if mark == "#"]
    if len(ids) > 1:
        return None
    tag = match.group(1) or ""
    return Rule(
        tag="" if tag == "*" else tag,
        id=ids[0] if ids else "",
        classes=frozenset(name for mark, name in parts if mark == "."),
        declarations=declarations,
    )


class Cascade:
    """Declared properties of single elements.

    Raises:
        SVGError: more than `MAX_RULES` rules, or (when asked for an element) `MAX_MATCHES` tries.
    """

    def __init__(self, root: etree._Element):
        self._rules: list[Rule] = []
        self.unknown_selectors: list[str] = []
        self.unknown_colors: set[str] = set()
        for sheet in root.iter(names.qualified("style")):
            rules, unknown = parse_rules("".join(sheet.itertext()))
            self._rules.extend(rules)
            self.unknown_selectors.extend(unknown)
        if len(self._rules) > MAX_RULES:
            raise SVGError(f"The style sheet has more than {MAX_RULES} rules; simplify it.")
        self._index: dict[str, list[int]] = {}
        for i, rule in enumerate(self._rules):
            self._index.setdefault(rule.key(), []).append(i)
        self._tried = 0
        self._cache: dict[etree._Element, dict[str, str]] = {}

    def matched(self, node: etree._Element) -> list[Rule]:
        """Rules that apply to an element, weakest first."""
        if not self._rules:
            return []
        tag, id_, classes = local_name(node), node.get("id"), set(node.get("class", "").split())
        keys = ["*", tag, f"#{id_}", *(f".{name}" for name in classes)]
        tried = sorted(i for key in keys for i in self._index.get(key, ()))
        self._tried += len(tried)
        if self._tried > MAX_MATCHES:
            raise SVGError("The style sheet has too many rules for each element; simplify it.")
        rules = (self._rules[i] for i in tried)
        return [rule for rule in rules if rule.matches(tag, id_, classes)]

    def declared(self, node: etree._Element) -> dict[str, str]:
        """The winning declarations of the properties that the reader looks at."""
        if node not in self._cache:
            found = {k: v.strip() for k, v in node.attrib.items() if k in names.PROPERTIES}
            sources = [rule.declarations for rule in self.matched(node)]
            if node.get("style"):
                sources.append(parse_declarations(node.get("style")))
            for important in (False, True):
                for source in sources:
                    for name, (value, flag) in source.items():
                        if name in names.PROPERTIES and flag == important:
                            found[name] = value
            self._cache[node] = {k: v for k, v in found.items() if self._valid(k, v)}
        return self._cache[node]

    def _valid(self, name: str, value: str) -> bool:
        """Whether a declaration counts; one that is not understood never does in CSS."""
        if not value or value == "inherit":
            return False
        if name not in _COLORS or value.lower() in ("none", "currentcolor") or to_url(value):
            return True
        if to_color(value) is None:
            self.unknown_colors.add(value[:30])
            return False
        return True

    def place(self, node: etree._Element, name: str) -> str:
        """Where a change must be written to win: `attribute`, `style` or `important`."""
        own = parse_declarations(node.get("style", ""))
        rules = [r.declarations[name] for r in self.matched(node) if name in r.declarations]
        if name in own:
            return "important" if own[name][1] or any(r[1] for r in rules) else "style"
        if any(rule[1] for rule in rules):
            return "important"
        return "style" if rules else "attribute"


@dataclass(frozen=True, kw_only=True)
class Style:
    """What an element instance inherits and declares.

    Attributes:
        chain: elements from the root down to this one, through `<use>`.
        own: its own declarations.
        inherited: property to `(value, depth in the chain where it was declared)`.
    """

    chain: tuple[etree._Element, ...]
    own: dict[str, str] = field(default_factory=dict)
    inherited: dict[str, tuple[str, int]] = field(default_factory=dict)

    def child(self, node: etree._Element, declared: dict[str, str]) -> "Style":
        """The style of a child element (or of what a `<use>` refers to)."""
        depth = len(self.chain)
        inherited = dict(self.inherited)
        for name, value in declared.items():
            if name in names.INHERITED:
                inherited[name] = (value, depth)
        return Style(chain=(*self.chain, node), own=declared, inherited=inherited)

    def get(self, name: str, default: str) -> str:
        """The value of a property, inherited where it is of that kind."""
        if name in names.INHERITED:
            return self.inherited.get(name, (default, -1))[0]
        return self.own.get(name, default)

    def site(self, name: str, drawn_once: bool) -> etree._Element:
        """The element on which a change of an inherited property is to be written."""
        node = self.chain[-1]
        if drawn_once:
            return node
        depth = max(self.inherited.get(name, ("", -1))[1], 0)
        for element in self.chain[depth:-1]:
            if local_name(element) == "use":
                return element
        return node
