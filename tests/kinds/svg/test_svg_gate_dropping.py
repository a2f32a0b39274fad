"""What the gate leaves out instead of refusing, and that it says so."""

import pytest

from pds.kinds.svg.document import Document
from tests.doubles.svg_samples import HEAD, ICON, svg

RECT = '<rect width="9" height="9"/>'
PLAIN_DOCTYPE = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://a.b/svg11.dtd">'

# what is left out -> (inside the drawing, the thing that no longer stands in the file)
ACTIVE = {
    "scripts (script)": ("<script>alert(1)</script>", "alert"),
    "event handlers (onclick)": ('<rect onclick="x()" width="9" height="9"/>', "onclick"),
    "event handlers (ONLOAD)": ('<g ONLOAD="x()"/>', "ONLOAD"),
    "foreign content (foreignObject)": ("<foreignObject><p>a</p></foreignObject>", "foreign"),
    "embedded HTML (b)": ('<h:b xmlns:h="http://www.w3.org/1999/xhtml">bold</h:b>', "bold"),
    "embedded MathML (mi)": (
        '<metadata><m:mi xmlns:m="http://www.w3.org/1998/Math/MathML"/></metadata>',
        "<m:mi",
    ),
    "links (javascript:alert(1))": ('<a href="javascript:alert(1)"/>', "alert"),
    "links (https://a.b/)": ('<a xlink:href="https://a.b/"/>', "https://a.b"),
    "fonts (@font-face)": ("<style>@font-face{src:url(http://a.b/c)}a{}</style>", "c)"),
    "linked pictures (image)": ('<image href="file:///etc/passwd"/>', "passwd"),
    "linked pictures (feImage)": (
        '<filter id="f"><feImage xlink:href="http://a.b/c.png"/></filter>',
        "c.png",
    ),
}


@pytest.mark.parametrize("sentence", ACTIVE)
def test_what_acts_is_left_out_and_named(sentence):
    body, trace = ACTIVE[sentence]
    document = Document.read(svg(RECT + body).encode())
    assert f"Dropped from the file: {sentence}." in document.warnings
    assert trace not in document.write().decode()
    assert trace not in document.text
    assert Document.read(document.text.encode()).write() == document.write()


def test_a_drawing_in_a_picture_is_left_out():
    image = '<image href="data:image/svg+xml,x"/>'
    assert b"image" not in Document.read(svg(RECT + image).encode()).write()


DOCTYPES = {
    "bare": "<!DOCTYPE svg>",
    "public": PLAIN_DOCTYPE,
    "after a comment": f"<?xml version='1.0'?><!-- x -->\n{PLAIN_DOCTYPE}\n<!-- y -->",
    "system": '<!DOCTYPE svg SYSTEM "http://a.b/svg11.dtd">',
    "in small letters": "<!doctype svg>",
    "empty subset": "<!DOCTYPE svg [ <!-- nothing --> ] >",
    "namespaces": '<!DOCTYPE svg [ <!ATTLIST svg\n xmlns:xlink CDATA #FIXED "urn:x"> ]>',
    "unused entities": '<!DOCTYPE svg [\n<!ENTITY ns_a "http://ns.adobe.com/a/">\n]>',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("name", DOCTYPES)
def test_a_harmless_doctype_is_dropped(name, encoding):
    document = Document.read((DOCTYPES[name] + ICON).encode(encoding))
    assert document.warnings == ()
    assert b"DOCTYPE" not in document.write()
    assert document.drawing.elements == Document.read(ICON.encode()).drawing.elements


def test_entities_of_illustrator_are_written_out():
    text = (
        '<!DOCTYPE svg [<!ENTITY ns_svg "http://www.w3.org/2000/svg"><!ENTITY c "#f00">'
        "<!ENTITY say 'a \"b\" > c'><!ENTITY amp 'x'><!ENTITY c '#00f'>]>"
        '<svg xmlns="&ns_svg;" viewBox="0 0 9 9"><title>&say; &amp; &lt;</title>'
        '<desc><![CDATA[&c;]]></desc><!-- &c; --><rect width="9" height="9" fill="&c;"/></svg>'
    )
    document = Document.read(text.encode())
    assert document.parameters.colors.tolist() == [[1, 0, 0]]
    written = document.write().decode()
    assert '<title>a "b" &gt; c &amp; &lt;</title>' in written
    assert "<desc><![CDATA[&c;]]></desc><!-- &c; -->" in written


@pytest.mark.parametrize("root", ["", 'width="100%" height="100%"', 'width="40"'])
def test_a_drawing_without_a_size_gets_that_of_its_shapes(root):
    body = '<rect x="10" y="20" width="30" height="10" stroke="red" stroke-width="4"/>'
    document = Document.read(f"{HEAD}{root}>{body}</svg>".encode())
    assert document.drawing.view_box == (8, 18, 34, 14)
    assert len(document.warnings) == 1
    assert "no size" in document.warnings[0]
    assert Document.read(document.write()).warnings == ()
    assert Document.read(document.write()).drawing.view_box == (8, 18, 34, 14)


def test_a_line_without_a_size_gets_room_beside_it():
    document = Document.read(f'{HEAD}><path d="M0 0h100" stroke="red"/></svg>'.encode())
    x, y, width, height = document.drawing.view_box
    assert (x, width) == (-0.5, 101)
    assert y < 0 < y + height
