"""The gate refuses what could act, reach out or exhaust, and says what to do."""

import codecs

import pytest
from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.document import Document
from pds.kinds.svg.read.budget import MAX_NESTING, MAX_SEGMENTS, Budget
from pds.kinds.svg.read.canvas import MAX_ASPECT
from pds.kinds.svg.read.css import MAX_CSS_CHARACTERS
from pds.kinds.svg.read.decoding import MAX_BYTES
from pds.kinds.svg.read.gate import parse_svg
from pds.kinds.svg.read.styles import MAX_RULES
from pds.kinds.svg.read.sweeper import MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MAX_OUTSIDE, Sweeper
from tests.doubles.svg_samples import HEAD, ICON, UNDRAWN, svg

RECT = '<rect width="9" height="9"/>'
DOCTYPE = '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
PLAIN_DOCTYPE = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://a.b/svg11.dtd">'
MANY_ENTITIES = "".join(f"<!ENTITY a{i} 'b'>" for i in range(65))
LAUGHS = (
    "<!DOCTYPE svg [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {c} '{f'&{b};' * 10}'>" for b, c in zip("abcdefgh", "bcdefghi"))
    + "]>"
)
BOMB = "".join(
    f'<g id="g{i}">{f"""<use href="#g{i - 1}"/>""" * 10}</g>' if i else f'<g id="g0">{RECT}</g>'
    for i in range(8)
)


def nested(depth: int) -> str:
    return svg("<g>" * depth + RECT + "</g>" * depth)


# what is wrong -> (the file, words of the message)
REFUSED = {
    "empty": (b"", "empty"),
    "blank": (b" \n\t ", "empty"),
    "too many bytes": (b" " * (MAX_BYTES + 1), "MB"),
    "gzip": (codecs.encode(ICON.encode(), "zlib").replace(b"x", b"\x1f\x8b", 1), "unpack"),
    "png": (b"\x89PNG\r\n\x1a\n0000", "PNG"),
    "pdf": (b"%PDF-1.4", "PDF"),
    "no text": (b"<svg>\xff\xfe\xfa</svg>", "UTF-8"),
    "zero bytes": (b"<svg>a\0b</svg>", "zero bytes"),
    "strange encoding": (b'<?xml version="1.0" encoding="UTF-7"?><svg/>', "encoding"),
    "plain words": (b"hello there", "well-formed"),
    "html": (b"<html><body/></html>", "<html>"),
    "another namespace": (b'<svg xmlns="urn:x"/>', "namespace"),
    "not closed": (HEAD.encode() + b'viewBox="0 0 9 9"><g>', "well-formed"),
    "comment not closed": (b"<!-- <svg/>", "well-formed"),
    "forbidden character": (svg("<g>\x01</g>"), "well-formed"),
    "doctype": (DOCTYPE + ICON, "DOCTYPE"),
    "doctype after a comment": ("<?xml version='1.0'?><!-- x -->\n" + DOCTYPE + ICON, "DOCTYPE"),
    "doctype in UTF-16": ((DOCTYPE + ICON).encode("utf-16"), "DOCTYPE"),
    "doctype in unmarked UTF-16": ((DOCTYPE + ICON).encode("utf-16-be"), "DOCTYPE"),
    "doctype in UTF-32": (codecs.BOM_UTF32_LE + (DOCTYPE + ICON).encode("utf-32-le"), "DOCTYPE"),
    "a thousand million laughs": (LAUGHS + svg("<g>&i;</g>"), "DOCTYPE"),
    "parameter entity": ('<!DOCTYPE svg [<!ENTITY % a "b">]>' + ICON, "DOCTYPE"),
    "entity of entities": ("<!DOCTYPE svg [<!ENTITY a '&#38;b;'>]>" + ICON, "plain text"),
    "entity of markup": ("<!DOCTYPE svg [<!ENTITY a '<g/>'>]>" + ICON, "plain text"),
    "long entity": (f"<!DOCTYPE svg [<!ENTITY a '{'b' * 201}'>]>{ICON}", "200 characters"),
    "many entities": (f"<!DOCTYPE svg [{MANY_ENTITIES}]>{ICON}", "64 entities"),
    "entities that grow": (
        f"<!DOCTYPE svg [<!ENTITY a '{'b' * 200}'>]>{svg('<g>' + '&a;' * 5001 + '</g>')}",
        "expands",
    ),
    "declared elements": ("<!DOCTYPE svg [<!ELEMENT svg ANY>]>" + ICON, "DOCTYPE"),
    "declared attributes": (
        '<!DOCTYPE svg [<!ATTLIST svg onload CDATA #FIXED "x()">]>' + ICON,
        "DOCTYPE",
    ),
    "two doctypes": (PLAIN_DOCTYPE * 2 + ICON, "DOCTYPE"),
    "doctype that never ends": ("<!DOCTYPE svg [" + ICON, "DOCTYPE"),
    "doctype without a name": ("<!DOCTYPE>" + ICON, "broken"),
    "doctype with words": ("<!DOCTYPE svg foo bar>" + ICON, "broken"),
    "no doctype": ("<!ATTLIST svg a CDATA>" + ICON, "broken"),
    "undeclared entity": (svg("<g>&boom;</g>"), "well-formed"),
    "style sheet instruction": ('<?xml-stylesheet href="a.css"?>' + ICON, "style sheet"),
    "xml:base": (svg('<g xml:base="http://a.b/"/>'), "xml:base"),
    "external href": (svg('<use href="other.svg#a"/>'), "outside"),
    "external xlink": (svg('<use xlink:href="http://a.b/c.svg#d"/>'), "outside"),
    "external paint": (svg('<rect fill="url(http://a.b/c#d)"/>'), "outside"),
    "external filter in style": (svg('<rect style="filter:url( a.svg#d )"/>'), "outside"),
    "escaped url": (svg(r'<rect style="fill:\75 rl(a.svg#d)"/>'), "outside"),
    "import": (svg("<style>@import 'a.css';</style>"), "outside"),
    "import beside a font": (
        svg("<style>@font-face{src:url(a.woff)}@import 'a.css';</style>"),
        "outside",
    ),
    "style text without end": (
        svg(RECT + f"<style>@font-face{{src:url(http://{'a' * MAX_CSS_CHARACTERS})}}</style>"),
        "style text",
    ),
    "styles without end": (
        svg("".join(f'<g style="x:{"a" * 99_999}{i}"/>' for i in range(6))),
        "style text",
    ),
    "script in style": (svg('<rect style="fill:expression(alert(1))"/>'), "script"),
    "depth": (nested(MAX_DEPTH), "nested"),
    "great depth": (nested(3000), "nested"),
    "too many elements": (svg("<g/>" * (MAX_ELEMENTS + 1)), "elements"),
    "too many attributes": (
        svg("<g " + " ".join(f'data-{i}="1"' for i in range(MAX_ATTRIBUTES + 1)) + "/>"),
        "attributes",
    ),
    "comments without end": (ICON + "<!---->" * (MAX_OUTSIDE + 1), "comments"),
    "use bomb": (svg(BOMB + '<use href="#g7"/>'), "<use>"),
    "use of itself": (svg('<g id="a"><use href="#a"/></g>'), "itself"),
    "use in a ring": (
        svg('<defs><g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g></defs>'
            '<use href="#a"/>'),
        "itself",
    ),
    "long chain of uses": (
        svg(
            "<defs>"
            + "".join(f'<use id="u{i}" href="#u{i + 1}"/>' for i in range(MAX_NESTING + 2))
            + '</defs><use href="#u0"/>'
        ),
        "nested",
    ),
    "gradient of itself": (
        svg('<linearGradient id="a" href="#a"/><rect width="9" height="9" fill="url(#a)"/>'),
        "itself",
    ),
    "clip of itself": (
        svg('<clipPath id="a" clip-path="url(#a)"><rect width="4" height="4"/></clipPath>'
            '<rect width="9" height="9" clip-path="url(#a)"/>'),
        "itself",
    ),
    "too many segments": (
        svg(
            f'<defs><path id="p" d="M0 0{"h1v1" * 500}"/></defs>'
            + '<use href="#p"/>' * (MAX_SEGMENTS // 1000 + 1)
        ),
        "segments",
    ),
    "too many segments in the last path": (
        svg(f'<path d="M0 0{"h1v1" * 24_000}"/><path d="M0 0{"h1v1" * 2000}"/>'),
        f"{MAX_SEGMENTS} path segments",
    ),
    "too many rules": (svg(f"<style>{'a{fill:red}' * (MAX_RULES + 1)}</style>{RECT}"), "rules"),
    "too many points": (svg(f'<polygon points="{"0 " * 40 * MAX_SEGMENTS}"/>'), "points"),
    "rules for everything": (svg(f"<style>{'*{fill:red}' * 1900}</style>" + RECT * 60), "rules"),
    "NaN in a path": (svg('<path d="M0 0L NaN 4"/>'), "path data"),
    "infinity in a path": (svg('<path d="M0 0L 1e999 4"/>'), "path data"),
    "path without a move": (svg('<path d="L 4 4"/>'), "path data"),
    "path that ends early": (svg('<path id="z" d="M0 0C1 1 2 2"/>'), "its end"),
    "number after z": (svg('<path d="M0 0h4z 5"/>'), "path data"),
    "arc flag": (svg('<path d="M0 0A1 1 0 2 0 4 4"/>'), "path data"),
    "NaN in a rect": (svg('<rect width="NaN" height="9"/>'), "width="),
    "too large": (svg('<rect width="1e12" height="9"/>'), "too large"),
    "unit": (svg('<rect width="4 furlongs" height="9"/>'), "width="),
    "points": (svg('<polygon points="0,0 4,x"/>'), "points="),
    "opacity": (svg('<g opacity="NaN"><rect width="9" height="9"/></g>'), "opacity"),
    "miter limit": (
        svg('<path d="M0 0h9" stroke="red" stroke-miterlimit="x"/>'),
        "stroke-miterlimit",
    ),
    "transform": (svg('<g transform="spin(4)"/>'), "transform="),
    "transform without brackets": (svg('<g transform="rotate 4"/>'), "transform="),
    "transform overflow": (svg('<g transform="scale(1e8) scale(1e8)"/>'), "transform="),
    "nested transforms": (
        svg('<g transform="scale(1e8)">' * 3 + RECT + "</g>" * 3),
        "beyond all bounds",
    ),
    "far outside": (svg('<rect x="1e8" width="9" height="9"/>'), "outside the picture"),
    "negative width": (f'{HEAD}width="-4" height="4">{RECT}</svg>', "above 0"),
    "viewBox of zero": (svg(RECT, box="0 0 0 9"), "viewBox"),
    "viewBox of NaN": (svg(RECT, box="0 0 NaN 9"), "viewBox"),
    "viewBox of three": (svg(RECT, box="0 0 9"), "viewBox"),
    "nested viewBox": (svg(f'<svg id="i" viewBox="0 0 0 0">{RECT}</svg>'), 'id="i"'),
    "tiny canvas": (svg(RECT, box="0 0 1e-9 1e-9"), "rescale"),
    "long canvas": (svg(RECT, box=f"0 0 {MAX_ASPECT * 2} 1"), "crop"),
    "nothing but a script": (svg("<script>alert(1)</script>"), "no filled or stroked shape"),
    "nothing drawn and no size": (f"{HEAD}><text>a</text></svg>", "no filled or stroked shape"),
    "nothing drawn": (svg("<text>only words</text>"), "no filled or stroked shape"),
    "root hidden": (svg(RECT, root='display="none"'), "no filled or stroked shape"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_is_one_sentence_that_names_the_fault(name):
    data, words = REFUSED[name]
    with pytest.raises(SVGError) as caught:
        Document.read(data if isinstance(data, bytes) else data.encode())
    message = str(caught.value)
    assert words in message
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 320


def test_segments_that_nobody_sees_count_too():
    budget = Budget((0.0, 0.0, 9.0, 9.0))
    budget.parsed(2 * MAX_SEGMENTS)
    with pytest.raises(SVGError, match="path segments"):
        budget.parsed(1)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"]
)
def test_the_same_drawing_is_read_in_every_encoding(encoding):
    declared = {"latin-1": "ISO-8859-1", "cp1252": "Windows-1252", "utf-16-le": "UTF-16"}
    text = ICON.replace("A sun", "Café")
    if encoding in declared:
        text = f'<?xml version="1.0" encoding="{declared[encoding]}"?>\n{text}'
    assert b"Caf\xc3\xa9" in Document.read(text.encode(encoding)).write()


def test_a_declaration_of_utf16_over_single_bytes_is_read_as_utf8():
    text = f'<?xml version="1.0" encoding="UTF-16"?>{ICON}'
    assert Document.read(text.encode()).write().startswith(b"<?xml")


def test_missing_namespaces_of_a_pasted_drawing_are_added():
    text = '<svg viewBox="0 0 9 9"><rect id="r" width="4" height="4"/><use xlink:href="#r"/></svg>'
    assert len(Document.read(text.encode()).drawing.items) == 2


def test_what_is_dropped_leaves_the_text_around_it():
    root = parse_svg(svg("<g>a<q/>b</g><desc>c<?p?>d</desc>").encode()).root
    assert [node.text for node in root] == ["ab", "cd"]


def test_editor_data_comments_and_titles_stay():
    body = (
        '<metadata><c:license xmlns:c="http://creativecommons.org/ns#" about="http://a.b/"/>'
        "</metadata><!-- note --><title>t</title>" + RECT
    )
    safe = parse_svg(svg(body).encode())
    assert safe.dropped == ()
    assert Document.read(svg(body).encode()).write().decode() == svg(body) + "\n"


@pytest.mark.parametrize("feature", UNDRAWN)
def test_what_is_not_drawn_is_reported_by_name(feature):
    warnings = Document.read(UNDRAWN[feature].encode()).warnings
    assert len(warnings) == 1
    assert feature in warnings[0]
    assert warnings[0].endswith(".")


def test_what_the_gate_drops_is_not_in_the_written_file():
    data = Document.read(UNDRAWN["animations"].encode()).write()
    assert b"animate" not in data
    assert b"<rect" in data


def test_a_drawing_without_faults_has_no_warnings():
    assert Document.read(ICON.encode()).warnings == ()


def test_an_entity_that_came_through_all_the_same_is_refused():
    root = etree.fromstring(ICON)
    root.append(etree.Entity("boom"))
    with pytest.raises(SVGError, match="entity"):
        Sweeper().sweep(root)
