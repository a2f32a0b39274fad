"""The reader: values, paths, styles, rows."""

import math

import pytest
import torch

from pds.base.errors import SVGError
from pds.kinds.svg.document import Document
from pds.kinds.svg.read.colours import to_color
from pds.kinds.svg.read.css import parse_declarations, parse_rules, split_declarations
from pds.kinds.svg.read.pathdata import MAX_SEGMENTS, arc_to_cubics, parse_path
from pds.kinds.svg.read.svg_text import svg_text
from pds.kinds.svg.read.values import fit, inverse, multiply, to_matrix
from pds.kinds.svg.shapes import Gradient, Group, Solid
from tests.doubles.svg_samples import FEATURES, HEAD, ICON, svg


def read(body: str, **options) -> Document:
    return Document.read(svg(body, **options).encode())


@pytest.mark.parametrize(
    ("text", "rgb", "alpha"),
    [
        ("#f80", (1, 136 / 255, 0), 1),
        ("#ff880080", (1, 136 / 255, 0), 128 / 255),
        ("RED", (1, 0, 0), 1),
        ("rgb(255, 0, 51)", (1, 0, 0.2), 1),
        ("rgb(10% 20% 30% / 40%)", (0.1, 0.2, 0.3), 0.4),
        ("rgba(0,0,0,.5)", (0, 0, 0), 0.5),
        ("hsl(120, 100%, 25%)", (0, 0.5, 0), 1),
        ("hsla(0.5turn 100% 50% / 1)", (0, 1, 1), 1),
        ("hwb(120 20% 40%)", (0.2, 0.6, 0.2), 1),
        ("rebeccapurple", (0.4, 0.2, 0.6), 1),
        ("rgb(300, -20, 0)", (1, 0, 0), 1),
        ("transparent", (0, 0, 0), 0),
        ("#abc icc-color(x)", (170 / 255, 187 / 255, 204 / 255), 1),
    ],
)
def test_colours_are_read(text, rgb, alpha):
    color = to_color(text)
    assert color.rgb == pytest.approx(rgb)
    assert color.alpha == pytest.approx(alpha)


@pytest.mark.parametrize(
    "text",
    ["#12", "#ggg", "rgb(1,2)", "rgb(a,b,c)", "nocolour", "var(--x)", "color()", "", "lab(1 2 3)"],
)
def test_what_is_no_colour_is_none(text):
    assert to_color(text) is None


def test_transform_lists_apply_the_last_first():
    matrix = to_matrix("translate(10) rotate(90, 0, 0), scale(2 3)", "it")
    assert matrix == pytest.approx((0, 2, -3, 0, 10, 0))
    assert multiply(matrix, inverse(matrix)) == pytest.approx((1, 0, 0, 1, 0, 0))


def test_a_singular_matrix_has_no_inverse():
    assert inverse((1, 2, 2, 4, 0, 0)) is None


@pytest.mark.parametrize(
    ("aspect", "matrix"),
    [
        ("", (2, 0, 0, 2, 10, 0)),
        ("xMinYMin", (2, 0, 0, 2, 0, 0)),
        ("xMidYMax slice", (4, 0, 0, 4, 0, -20)),
        ("none", (4, 0, 0, 2, 0, 0)),
    ],
)
def test_preserve_aspect_ratio_places_the_view_box(aspect, matrix):
    assert fit((0, 0, 10, 10), (40, 20), aspect) == pytest.approx(matrix)


def test_compact_path_data_is_read_to_the_end():
    (path,) = parse_path("M.5.5-1-1l1e1.5a1 1 0 012-2", "it", 99)
    assert path.segments[:2] == [((-1.0, -1.0),), ((9.0, -0.5),)]
    assert path.segments[-1][-1] == (11.0, -2.5)


def test_drawing_goes_on_from_the_start_after_z():
    first, second = parse_path("m1 1h4v4zl-1-1", "it", 99)
    assert first.closed
    assert not second.closed
    assert second.start == (1.0, 1.0)
    assert second.segments == [((0.0, 0.0),)]


def test_moves_without_segments_are_left_out():
    assert parse_path("M0 0M1 1M2 2h3M9 9", "it", 1)[0].start == (2.0, 2.0)
    assert parse_path("  ", "it", 1) == []
    assert parse_path("none", "it", 1) == []


def test_one_path_with_too_many_segments_is_refused_before_its_end():
    with pytest.raises(SVGError, match=f"more than {MAX_SEGMENTS} path segments"):
        parse_path("M0 0h1v1h1v1 and never read", "it", 3)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("sweep", [False, True])
def test_arcs_lie_on_their_ellipse(large, sweep):
    cubics = arc_to_cubics((0.0, 0.0), (3.0, 1.0), 4.0, 2.0, 0.0, large, sweep)
    points, at = [], (0.0, 0.0)
    for b, c, d in cubics:
        for t in (0.25, 0.5, 0.75, 1.0):
            w = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            points.append([sum(wi * p[k] for wi, p in zip(w, (at, b, c, d))) for k in (0, 1)])
        at = d
    scaled = torch.tensor([[x / 4, y / 2] for x, y in [[0, 0], *points]], dtype=torch.float64)
    # centre by least squares: |p|^2 = 2 c.p + k
    system = torch.cat([2 * scaled, torch.ones(len(scaled), 1, dtype=torch.float64)], dim=1)
    solution = torch.linalg.lstsq(system, (scaled**2).sum(1)[:, None]).solution.flatten()
    radius = (scaled - solution[:2]).norm(dim=1)
    torch.testing.assert_close(radius, torch.ones_like(radius), atol=3e-4, rtol=0)
    assert len(cubics) == (4 if large else 1)


def test_arcs_that_cannot_reach_are_enlarged_and_flat_ones_are_lines():
    (path,) = parse_path("M0 0A1 1 0 0 1 10 0", "it", 99)
    top = min(p[1] for s in path.segments for p in s)
    assert top == pytest.approx(-5.0)
    assert parse_path("M0 0A0 1 0 0 1 4 4", "it", 9)[0].segments == [((4.0, 4.0),)]
    assert parse_path("M0 0A1 1 0 0 1 0 0h1", "it", 9)[0].segments == [((1.0, 0.0),)]


def test_segments_of_a_closed_path_share_their_points():
    outline = read('<path d="M1 1h4v4z"/>').drawing.layers()[0].outline
    assert outline.indices[:, 0].tolist() == [0, 1, 2]
    assert outline.indices[2].tolist() == [2, 0, 0, 0]
    assert outline.closed.tolist() == [True]


def test_a_last_point_on_the_start_is_the_start():
    document = read('<path d="M1 1h4v4l-4-4z"/><path d="M1 1h4v4l-4-4" stroke="red"/>')
    first, second = (layer.outline for layer in document.drawing.layers()[:2])
    assert first.indices.unique().numel() == 3
    assert second.indices.unique().numel() == 4


def test_fill_and_stroke_and_every_use_share_one_outline():
    document = read('<path id="a" stroke="red" d="M0 0h9v9z"/><use href="#a" x="9"/>')
    outlines = {id(layer.outline) for layer in document.drawing.layers()}
    assert len(document.drawing.layers()) == 4
    assert len(outlines) == 1
    assert len(document.parameters.points) == 3


def test_inherited_colours_give_each_element_a_row_of_its_own():
    document = read('<g fill="red"><path d="M0 0h9v9"/><path d="M0 0h9v9"/></g>')
    rows = [layer.paint.color for layer in document.drawing.layers()]
    assert len(set(rows)) == 2
    assert document.parameters.colors.tolist() == [[1, 0, 0], [1, 0, 0]]


def test_uses_of_one_shape_in_two_colours_have_two_rows():
    drawing = Document.read(FEATURES["use"].encode()).drawing
    rectangles = [x for x in drawing.layers() if drawing.elements[x.element].tag == "rect"]
    circles = [x for x in drawing.layers() if drawing.elements[x.element].tag == "circle"]
    assert len({x.paint.color for x in rectangles}) == 3
    assert len({x.paint.color for x in circles}) == 1


def test_gradients_follow_their_chain_and_share_stops():
    document = Document.read(FEATURES["linear gradients"].encode())
    paints = [layer.paint for layer in document.drawing.layers()]
    assert all(isinstance(paint, Gradient) for paint in paints)
    assert {paint.stops for paint in paints} == {(0, 1, 2)}
    assert paints[2].units == "userSpaceOnUse"
    assert paints[2].spread == "reflect"
    assert document.parameters.stop_opacities.tolist() == [1.0, 1.0, 0.4]


def test_gradients_without_length_show_their_last_stop():
    stops = '<stop stop-color="red"/><stop offset="1" color="#00f" stop-color="currentColor"/>'
    document = read(
        f'<linearGradient id="a" x2="0">{stops}</linearGradient><radialGradient id="b" r="0" '
        'href="#a"/><rect width="9" height="9" fill="url(#a)" stroke="url(#b)"/>'
    )
    assert [layer.paint.stops for layer in document.drawing.layers()] == [(1,), (1,)]
    assert document.parameters.stop_colors[1].tolist() == [0, 0, 1]


def test_missing_and_empty_paints_fall_back():
    document = read(
        '<linearGradient id="e"/><path d="M0 0h9v9" fill="url(#gone) red"/>'
        '<path d="M0 0h9v9" fill="url(#gone)"/><path d="M0 0h9v9" fill="url(#e)" stroke="#00f"/>'
    )
    assert all(isinstance(layer.paint, Solid) for layer in document.drawing.layers())
    assert document.parameters.colors.tolist() == [[1, 0, 0], [0, 0, 1]]


def test_opacity_of_several_layers_makes_a_group_and_of_one_does_not():
    document = read(
        '<g opacity=".5"><rect width="9" height="9"/></g>'
        '<rect width="9" height="9" stroke="red" opacity=".5"/>'
    )
    single, group = document.drawing.items
    assert isinstance(group, Group)
    assert len(group.children) == 2
    assert document.parameters.opacities[list(single.opacities)].tolist() == [1.0, 0.5]


def test_a_clip_around_the_whole_canvas_is_left_out():
    document = read(
        '<clipPath id="c"><rect width="64" height="64"/></clipPath>'
        '<g clip-path="url(#c)"><rect width="9" height="9"/><rect width="5" height="5"/></g>'
    )
    assert document.drawing.clips == ()
    assert len(document.drawing.items) == 2


def test_points_of_clips_belong_to_no_element():
    drawing = Document.read(FEATURES["shared clip"].encode()).drawing
    rows = drawing.clips[0].shapes[0].outline.indices.unique()
    assert (drawing.point_element[rows] == -1).all()
    assert (drawing.point_frame[rows] == 0).all()


def test_an_empty_clip_leaves_nothing():
    document = read(
        '<clipPath id="c"/><rect width="9" height="9" clip-path="url(#c)"/>'
        '<rect width="5" height="5" clip-path="url(#gone)"/>'
    )
    assert len(document.drawing.items) == 1


def test_point_frames_turn_canvas_steps_into_local_ones():
    drawing = read('<g transform="rotate(90) scale(2)"><path d="M0 0h9v9z"/></g>').drawing
    frame = drawing.point_frame[0]
    step = frame @ torch.tensor([0.0, 1.0], dtype=torch.float64)
    matrix = drawing.layers()[0].matrix[:, :2]
    torch.testing.assert_close(matrix @ step, torch.tensor([0.0, 1.0], dtype=torch.float64))


@pytest.mark.parametrize(
    ("size", "aspect", "box"),
    [
        ("", "", (0, 0, 20, 10)),
        ('width="40" height="20"', "", (0, 0, 20, 10)),
        ('width="40"', "", (0, 0, 20, 10)),
        ('width="40" height="40"', "", (0, -5, 20, 20)),
        ('width="40" height="40"', "xMidYMin slice", (5, 0, 10, 10)),
        ('width="40" height="40"', "none", (0, 0, 40, 40)),
    ],
)
def test_width_and_height_decide_what_of_the_view_box_is_seen(size, aspect, box):
    text = f'{HEAD}viewBox="0 0 20 10" {size} preserveAspectRatio="{aspect}">'
    drawing = Document.read(f'{text}<rect width="20" height="10"/></svg>'.encode()).drawing
    assert drawing.view_box == pytest.approx(box)
    if aspect == "none":
        assert drawing.layers()[0].matrix[:, :2].diagonal().tolist() == [2.0, 4.0]


def test_lengths_in_per_cent_refer_to_the_view_box():
    points = read('<circle cx="50%" cy="25%" r="10%"/>', box="0 0 30 40").parameters.points
    assert points.mean(dim=0)[1] == pytest.approx(10.0)
    assert points[0].tolist() == pytest.approx([15 + math.hypot(30, 40) / math.sqrt(2) / 10, 10])


def test_only_the_first_child_of_a_switch_is_drawn():
    body = '<switch><desc/><rect width="4" height="4"/><rect width="9" height="9"/></switch>'
    assert len(read(body).drawing.items) == 1


def test_shapes_without_area_or_length_are_not_there():
    body = (
        '<rect width="0" height="9"/><circle r="0"/><polygon points="1 1"/><path d=""/>'
        '<rect width="9" height="9" fill-opacity="0"/><path d="M0 0h9" stroke-width="0" '
        'stroke="red" fill="none"/><g transform="scale(0)"><rect width="9" height="9"/></g>'
        '<g opacity="0"><rect width="9" height="9"/></g><rect width="7" height="7"/>'
    )
    assert len(read(body).drawing.items) == 1


STYLES = {
    "fill: red; ; stroke:none": {"fill": ("red", False), "stroke": ("none", False)},
    "FILL:red !important": {"fill": ("red", True)},
    "/* a:b; */fill:/* c */red": {"fill": ("red", False)},
    "font-family:'a;b'; fill:url( #a ) red": {
        "font-family": ('"a;b"', False),
        "fill": ("url(#a) red", False),
    },
    "fill; : red; stroke:": {},
    f"fill:{'(' * 2000}": {},
}


@pytest.mark.parametrize("text", STYLES)
def test_declarations_are_read(text):
    assert parse_declarations(text) == STYLES[text]


def test_rules_are_read_in_the_order_of_the_cascade():
    rules, unknown = parse_rules(
        "<!-- /* a{} */ #i.c{fill:red} rect, .b.a {stroke:red} g>a, :hover{fill:red} a b{x:y}"
        "a b{fill:red}"
        "@media print{a{fill:red}} *{fill:red} #a#b{fill:red} u{v{fill:red}} -->"
    )
    assert [(r.tag, r.id, set(r.classes)) for r in rules] == [
        ("", "", set()),
        ("rect", "", set()),
        ("u", "", set()),
        ("", "", {"a", "b"}),
        ("", "i", {"c"}),
    ]
    assert unknown == ["g>a", ":hover", "a b", "@media", "#a#b", "{"]


def test_declarations_are_split_as_they_are_written():
    text = " fill : red;;font:'a;b' ;\r\n x: (;) ; /* ; */"
    assert split_declarations(text) == [" fill : red", "font:'a;b' ", "\n x: (;) ", " /* ; */"]


def test_a_document_keeps_the_file_as_it_came():
    for text in (ICON, svg('<rect width="9" height="9" p-id="7"/>'), f"\n{ICON}"):
        assert Document.read(text.encode()).text == text
        assert Document.read(text.encode("utf-8-sig")).text == text
        assert svg_text(text.encode()) == text


def test_a_document_in_another_encoding_keeps_the_safe_file():
    declared = f'<?xml version="1.0" encoding="ISO-8859-1"?>{ICON}'.replace("A sun", "Caf\xe9")
    for data in (ICON.encode("utf-16"), declared.encode("latin-1"), declared.encode()):
        document = Document.read(data)
        assert document.text == document.write().decode()
        assert Document.read(document.text.encode()).tree == document.tree


def test_a_document_knows_the_ids_of_what_is_drawn():
    document = Document.read(ICON.encode())
    assert document.element_ids() == ("sky", "back", "sun", "disc", "smile")
    assert document.id_positions() == {"sky": 2, "back": 3, "sun": 4, "disc": 5, "smile": 6}
    assert document.subdivide(1).ids == document.ids
