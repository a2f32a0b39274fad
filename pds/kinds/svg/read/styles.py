"""The cascade: attributes, rules of `<style>`, `style=`; and who owns an inherited value.

A number that an edit changes has to be written to some element. :class:`Style` therefore
remembers where each inherited value came from, and :meth:`Style.site` names the element to which
a change belongs: the shape itself, so that each element can be recoloured on its own, unless the
shape is drawn through several `<use>` and the value came from outside one of them; then it is
that `<use>`.
"""

from dataclasses import dataclass, field

from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.read import names
from pds.kinds.svg.read.colours import to_color
from pds.kinds.svg.read.css import (
    MAX_CSS_CHARACTERS,
    Declarations,
    Rule,
    parse_declarations,
    parse_rules,
    too_much_css,
)
from pds.kinds.svg.read.nodes import local_name
from pds.kinds.svg.read.values import to_url

MAX_RULES = 2000
MAX_MATCHES = 100_000
_COLORS = frozenset(("fill", "stroke", "color", "stop-color"))


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
        self._written: dict[str, Declarations] = {}
        self._characters = 0
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

    def written(self, node: etree._Element) -> Declarations:
        """The declarations of its own `style=`.

        Raises:
            SVGError: all that are different are too long together.
        """
        text = node.get("style", "")
        if text not in self._written:
            self._characters += len(text)
            if self._characters > MAX_CSS_CHARACTERS:
                raise too_much_css()
            self._written[text] = parse_declarations(text)
        return self._written[text]

    def declared(self, node: etree._Element) -> dict[str, str]:
        """The winning declarations of the properties that the reader looks at."""
        if node not in self._cache:
            found = {k: v.strip() for k, v in node.attrib.items() if k in names.PROPERTIES}
            sources = [rule.declarations for rule in self.matched(node)]
            if node.get("style"):
                sources.append(self.written(node))
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
        own = self.written(node)
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
