"""Write-back: the original document with changed numbers, and nothing else changed."""

import re
from dataclasses import fields, replace

import pytest
import torch
from lxml import etree

from pds.base.errors import SVGError
from pds.kinds.svg.document import Document
from pds.kinds.svg.shapes import Parameters
from tests.doubles.svg_samples import FEATURES, HEAD, ICON, svg


def read(text: str) -> Document:
    return Document.read(text.encode())


def jiggle(document: Document, *, seed: int = 0, size: float = 1.0) -> Parameters:
    """All numbers of a drawing moved a little, in range."""
    generator = torch.Generator().manual_seed(seed)

    def noise(values: torch.Tensor, width: float) -> torch.Tensor:
        draw = torch.rand(values.shape, generator=generator, dtype=torch.float64)
        return size * width * (draw - 0.5)

    p, drawing = document.parameters, document.drawing
    move = 0.05 * drawing.side * noise(p.points, 1.0)
    return replace(
        p,
        points=p.points + (drawing.point_frame @ move[:, :, None])[:, :, 0],
        colors=(p.colors + noise(p.colors, 0.4)).clamp(0, 1),
        opacities=(p.opacities + noise(p.opacities, 0.4)).clamp(0.02, 1),
        widths=p.widths * (1 + noise(p.widths, 0.5)),
        stop_colors=(p.stop_colors + noise(p.stop_colors, 0.4)).clamp(0, 1),
        stop_opacities=(p.stop_opacities + noise(p.stop_opacities, 0.4)).clamp(0.02, 1),
        stop_offsets=(p.stop_offsets + noise(p.stop_offsets, 0.1)).clamp(0, 1),
    )


def moved(document: Document, id_: str, by: float = 1.0) -> Parameters:
    """The numbers with all points of one element moved to the right."""
    points = document.parameters.points.clone()
    points[rows_of(document, id_)] += torch.tensor([by, 0.0], dtype=torch.float64)
    return replace(document.parameters, points=points)


def rows_of(document: Document, id_: str) -> torch.Tensor:
    elements = [element.id for element in document.drawing.elements]
    return (document.drawing.point_element == elements.index(id_)).nonzero().flatten()


def attributes(data: bytes) -> dict[str, dict[str, str]]:
    """Attributes by `id`."""
    return {node.get("id"): dict(node.attrib) for node in etree.fromstring(data).iter("{*}*")}


@pytest.mark.parametrize("name", FEATURES)
def test_unedited_is_the_same_document(name):
    document = read(FEATURES[name])
    data = document.write()
    assert etree.canonicalize(data.decode()) == etree.canonicalize(FEATURES[name])
    assert document.write(document.parameters) == data
    assert Document.read(data).write() == data


@pytest.mark.parametrize("name", FEATURES)
def test_what_is_written_is_what_is_read(name):
    document = read(FEATURES[name])
    edited = jiggle(document)
    data = document.write(edited)
    again = Document.read(data)
    assert len(again.drawing.layers()) == len(document.drawing.layers())
    for before, after in zip(document.drawing.layers(), again.drawing.layers(), strict=True):
        assert after.outline.orders.tolist() == before.outline.orders.tolist()
        wanted = edited.points[before.outline.indices]
        found = again.parameters.points[after.outline.indices]
        tolerance = 1e-4 * document.drawing.side / before.matrix[:, :2].abs().max().item()
        torch.testing.assert_close(found, wanted, atol=tolerance, rtol=0)
    for field in fields(Parameters):
        if field.name not in ("points", "widths"):
            wanted, found = getattr(edited, field.name), getattr(again.parameters, field.name)
            torch.testing.assert_close(found, wanted, atol=0.51 / 255, rtol=0)
    torch.testing.assert_close(again.parameters.widths, edited.widths, atol=1e-3, rtol=0)
    assert again.write() == data
    assert again.write(again.parameters) == data


def test_float32_numbers_that_did_not_move_leave_the_file_alone():
    document = read(ICON)
    numbers = document.parameters.to(torch.float32)
    assert document.write(numbers) == document.write()


def test_one_moved_shape_changes_one_element():
    document = read(ICON)
    before, after = (
        attributes(document.write()),
        attributes(document.write(moved(document, "disc"))),
    )
    assert [id_ for id_ in before if before[id_] != after[id_]] == ["disc"]
    assert set(after["disc"]) == {"id", "d"}


def test_comments_titles_ids_and_groups_stay():
    document = read(ICON)
    text = document.write(jiggle(document)).decode()
    assert "<!-- kept --><title>A sun</title>" in text
    assert re.findall(r'id="(\w+)"', text) == re.findall(r'id="(\w+)"', ICON)
    assert 'viewBox="0 0 64 64"' in text


def test_a_moved_basic_shape_becomes_a_path_with_its_other_attributes():
    document = read(
        svg('<rect id="r" x="4" y="4" width="8" height="8" rx="1" class="c" fill="red"/>')
    )
    text = document.write(moved(document, "r")).decode()
    (tag,) = re.findall(r"<(\w+) id=", text)
    after = attributes(text.encode())["r"]
    assert tag == "path"
    assert set(after) == {"id", "class", "fill", "d"}


def test_rules_for_a_tag_still_hold_when_the_tag_changes():
    body = "<style>circle{fill:#f00;stroke:#00f}</style>"
    document = read(svg(body + '<circle id="c" r="8" style="stroke:#0f0"/>'))
    again = Document.read(document.write(moved(document, "c")))
    assert again.parameters.colors.tolist() == document.parameters.colors.tolist()


def test_holes_stay_subpaths_of_one_path():
    document = read(FEATURES["holes"])
    paths = re.findall(r' d="([^"]*)"', document.write(jiggle(document)).decode())
    assert [data.count("z") for data in paths] == [2, 2]
    assert [data.count("M") for data in paths] == [2, 2]


def test_a_line_that_moved_stays_without_fill():
    document = read(svg('<g fill="red"><line id="l" x2="9" y2="9" stroke="#000"/></g>'))
    data = document.subdivide(2).write(jiggle(document.subdivide(2)))
    assert attributes(data)["l"]["fill"] == "none"
    assert len(Document.read(data).drawing.layers()) == 1


def test_written_path_data_is_compact_and_precise():
    body = '<path id="p" d="M0.5 0.25L0.75 0.5L10 0.5L10 -3.25Q1 2 3 4C1 2 3 4 5 6z"/>'
    document = read(svg(body, box="0 0 100 100"))
    after = attributes(document.write(moved(document, "p")))["p"]["d"]
    assert after == "M1.5 .25l.25 .25h9.25v-3.75q-9 5.25-7 7.25c-2-2 0 0 2 2z"


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_digits_fit_the_size_of_the_canvas(scale):
    side = 64 * scale
    text = f'{HEAD}viewBox="0 0 {side} {side}"><path d="M0 0H{side}L{side / 3} {side}z"/></svg>'
    document = read(text)
    edited = jiggle(document)
    again = Document.read(document.write(edited))
    torch.testing.assert_close(again.parameters.points, edited.points, atol=5e-5 * side, rtol=0)


def recolored(document: Document, value: float = 0.0) -> Parameters:
    return replace(document.parameters, colors=torch.full_like(document.parameters.colors, value))


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ('<rect id="e" fill="red" width="9" height="9"/>', 'fill="#000000"'),
        (
            '<rect id="e" width="9" height="9" style="a:b; fill : red;c:d"/>',
            'style="a:b;fill:#000000;c:d"',
        ),
        ('<rect id="e" class="k" width="9" height="9"/>', 'style="fill:#000000"'),
        ('<rect id="e" class="i" width="9" height="9"/>', 'style="fill:#000000 !important"'),
        ('<rect id="e" width="9" height="9" style="fill:red !important"/>', "#000000 !important"),
        ('<g fill="red"><rect id="e" width="9" height="9"/></g>', 'height="9" fill="#000000"'),
        (
            '<g color="red" fill="currentColor"><rect id="e" width="9" height="9"/></g>',
            'height="9" fill="#000000"',
        ),
        (
            '<g fill="rgba(255,0,0,.5)"><rect id="e" width="9" height="9"/></g>',
            'fill="rgba(0,0,0,.5)"',
        ),
    ],
)
def test_a_colour_is_written_where_it_wins(element, expected):
    rules = "<style>.k{fill:red}.i{fill:red!important}</style>"
    document = read(svg(rules + element))
    data = document.write(recolored(document))
    assert expected in data.decode()
    assert Document.read(data).parameters.colors.tolist() == [[0, 0, 0]]


def test_a_changed_alpha_of_a_colour_is_written_into_the_colour():
    document = read(svg('<rect id="e" fill="#ff000080" width="9" height="9"/>'))
    opacities = torch.tensor([0.25, 1.0], dtype=torch.float64)
    data = document.write(replace(document.parameters, opacities=opacities))
    assert attributes(data)["e"]["fill"] == "rgba(255,0,0,.25)"


def test_uses_are_recoloured_apart():
    document = read(FEATURES["use"])
    colors = torch.rand(
        document.parameters.colors.shape,
        generator=torch.Generator().manual_seed(1),
        dtype=torch.float64,
    )
    again = Document.read(document.write(replace(document.parameters, colors=colors)))
    for before, after in zip(document.drawing.layers(), again.drawing.layers(), strict=True):
        found = again.parameters.colors[after.paint.color]
        torch.testing.assert_close(found, colors[before.paint.color], atol=0.51 / 255, rtol=0)


def test_current_color_through_a_use_is_written_to_the_use():
    body = (
        '<defs><path id="p" fill="currentColor" d="M0 0h9v9z"/></defs>'
        '<use id="a" href="#p" color="red"/><use id="b" href="#p" color="#00f"/>'
    )
    document = read(svg(body))
    after = attributes(document.write(recolored(document, 1.0)))
    assert (after["a"]["color"], after["b"]["color"]) == ("#ffffff", "#ffffff")
    assert after["p"]["fill"] == "currentColor"


def test_a_clip_keeps_its_shape_when_the_shape_it_refers_to_moves():
    document = read(FEATURES["shared clip"])
    clip = document.drawing.clips[0].shapes[0]
    again = Document.read(document.write(moved(document, "p", by=5.0)))
    kept = again.drawing.clips[0].shapes[0]

    def place(shape, numbers):
        points = numbers.points[shape.outline.indices[:, 0]]
        return points @ shape.matrix[:, :2].T + shape.matrix[:, 2]

    torch.testing.assert_close(place(kept, again.parameters), place(clip, document.parameters))
    drawn = again.parameters.points[again.drawing.layers()[0].outline.indices[:, 0]]
    assert drawn[:, 0].tolist() == [13.0, 61.0, 37.0]


def test_a_clip_through_two_uses_keeps_shape_place_and_rule():
    body = (
        '<defs><path id="p" d="M8 8H56V56z" transform="scale(.5)"/><use id="q" href="#p" x="4"/>'
        '</defs><clipPath id="c"><use id="u" href="#q" y="2" clip-rule="evenodd"/></clipPath>'
        '<use href="#p"/><rect width="64" height="64" clip-path="url(#c)"/>'
    )
    document = read(svg(body))
    again = Document.read(document.write(moved(document, "p", by=5.0)))
    before, after = document.drawing.clips[0].shapes[0], again.drawing.clips[0].shapes[0]
    assert after.fill_rule == "evenodd"
    torch.testing.assert_close(after.matrix, before.matrix)
    assert "u" in attributes(again.write())


@pytest.mark.parametrize("field", [f.name for f in fields(Parameters)])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_never_written(field, value):
    document = read(
        FEATURES["linear gradients"].replace("</svg>", '<path d="M0 0h9" stroke="red"/></svg>')
    )
    numbers = getattr(document.parameters, field).clone()
    numbers.view(-1)[-1] = value
    with pytest.raises(SVGError, match="not finite"):
        document.write(replace(document.parameters, **{field: numbers}))


def test_numbers_of_another_drawing_are_refused():
    with pytest.raises(SVGError, match="another drawing"):
        read(ICON).write(read(FEATURES["holes"]).parameters)


def test_ids_are_listed_in_document_order():
    assert read(ICON).element_ids() == ("sky", "back", "sun", "disc", "smile")
    assert read(FEATURES["clips"]).element_ids() == ()


def test_a_declaration_is_written_where_there_was_one():
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- first -->\n{ICON}'
    document = read(text)
    assert document.write(jiggle(document)).startswith(b"<?xml")
    assert b"<!-- first -->" in document.write()
    assert read(ICON).write().startswith(b"<svg")
