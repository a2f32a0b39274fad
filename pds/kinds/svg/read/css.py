"""Style text to declarations and rules; the tokens are those of tinycss2."""

from dataclasses import dataclass

import tinycss2
from tinycss2.ast import Declaration, Node, QualifiedRule

from pds.base.errors import SVGError
from pds.kinds.svg.read import names

MAX_CSS_CHARACTERS = 500_000  # of a style sheet, and of all different style= of a file
_MAX_DEPTH = 16  # of brackets within a value

Declarations = dict[str, tuple[str, bool]]


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
    declarations: Declarations

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


def parse_declarations(text: str) -> Declarations:
    """The text of a `style=`, `name: value; …`, as property -> (value, important)."""
    return _to_declarations(tinycss2.parse_blocks_contents(text, True, True))


def parse_rules(text: str) -> tuple[list[Rule], list[str]]:
    """Rules of a style sheet in cascade order, and what in it is not understood.

    Selectors other than tag, `.class` and `#id`, at-rules and rules within rules are not.

    Raises:
        SVGError: the sheet is too long.
    """
    rules: list[Rule] = []
    unknown: list[str] = []
    for node in parse_sheet(text):
        if node.type == "at-rule":
            unknown.append(f"@{node.at_keyword}")
        if node.type != "qualified-rule":
            continue
        content = tinycss2.parse_blocks_contents(node.content, True, True)
        declarations = _to_declarations(content)
        unknown.extend("{" for part in content if isinstance(part, QualifiedRule))
        for selector in _split(node.prelude, ","):
            rule = _to_rule(selector, declarations)
            if rule:
                rules.append(rule)
            elif declarations.keys() & names.PROPERTIES:
                unknown.append(_text_of(selector))
    rules.sort(key=lambda r: (bool(r.id), len(r.classes), bool(r.tag)))
    return rules, unknown


def parse_sheet(text: str) -> list[Node]:
    """The rules of a style sheet as tinycss2's nodes.

    Raises:
        SVGError: the sheet is too long.
    """
    if len(text) > MAX_CSS_CHARACTERS:
        raise too_much_css()
    return tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)


def too_much_css() -> SVGError:
    """The error of style text that takes too long to read."""
    return SVGError(
        f"The file has more than {MAX_CSS_CHARACTERS} characters of style text; simplify it, or "
        "remove the fonts it embeds."
    )


def without_fonts(text: str) -> str:
    """A style sheet without comments and `@font-face` rules, which only text would need.

    Raises:
        SVGError: the sheet is too long.
    """
    nodes = parse_sheet(text)
    kept = [node for node in nodes if node.type != "error" and not _is_font(node)]
    return "\n".join(_text_of([node]) for node in kept)


def _is_font(node: Node) -> bool:
    return node.type == "at-rule" and node.lower_at_keyword == "font-face"


def split_declarations(text: str) -> list[str]:
    """The declarations of a `style=` one by one, each as it is written."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    parts, begin = [], 0
    for token in tinycss2.parse_component_value_list(text):
        if token == ";":
            at = starts[token.source_line - 1] + token.source_column - 1
            parts.append(text[begin:at])
            begin = at + 1
    return [part for part in (*parts, text[begin:]) if part.strip()]


def _to_declarations(nodes: list[Node]) -> Declarations:
    found = {}
    for node in nodes:
        if isinstance(node, Declaration) and (value := _text_of(node.value)):
            found[node.lower_name] = (value, node.important)
    return found


def _text_of(nodes: list[Node]) -> str:
    """Nodes as text again; empty where brackets are nested beyond all sense."""
    return tinycss2.serialize(nodes).strip() if _is_shallow(nodes) else ""


def _is_shallow(nodes: list[Node]) -> bool:
    level = nodes
    for _ in range(_MAX_DEPTH):
        level = [
            inner
            for node in level
            for name in ("prelude", "content", "arguments", "value")
            if isinstance(children := getattr(node, name, None), list)
            for inner in children
        ]
        if not level:
            return True
    return False


def _split(tokens: list[Node], mark: str) -> list[list[Node]]:
    parts: list[list[Node]] = [[]]
    for token in tokens:
        if token == mark:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _to_rule(tokens: list[Node], declarations: Declarations) -> Rule | None:
    """A selector of one element: `tag`, `.class`, `#id` or several of them at once."""
    while tokens and tokens[0].type in ("whitespace", "comment"):
        tokens = tokens[1:]
    while tokens and tokens[-1].type in ("whitespace", "comment"):
        tokens = tokens[:-1]
    tag, ids, classes = "", [], []
    rest = list(tokens)
    if rest and (rest[0].type == "ident" or rest[0] == "*"):
        tag = rest.pop(0).value
    while rest:
        token = rest.pop(0)
        if token.type == "hash" and token.is_identifier:
            ids.append(token.value)
        elif token == "." and rest and rest[0].type == "ident":
            classes.append(rest.pop(0).value)
        else:
            return None
    if not tokens or len(ids) > 1:
        return None
    return Rule(
        tag="" if tag == "*" else tag,
        id=ids[0] if ids else "",
        classes=frozenset(classes),
        declarations=declarations,
    )
