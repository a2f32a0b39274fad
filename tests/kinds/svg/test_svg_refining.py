"""Subdivision and extra paths: more freedom, the same picture, an ordinary file."""

import pytest
import torch

from pds.base.errors import SVGError
from pds.kinds.svg.document import Document
from pds.kinds.svg.raster.rasteriser import rasterise
from pds.kinds.svg.read.budget import MAX_SEGMENTS
from tests.doubles.svg_samples import FEATURES, ICON, svg
from tests.kinds.svg.test_svg_writing import jiggle, moved


def picture(document: Document) -> torch.Tensor:
    return rasterise(document.drawing, document.parameters, size_px=(64, 64), backend="torch")


def evaluate(document: Document, t: torch.Tensor) -> torch.Tensor:
    """Points on every segment of every layer, `[segments, len(t), 2]`."""
    found = []
    for layer in document.drawing.layers():
        outline = layer.outline
        for order, rows in zip(outline.orders.tolist(), outline.indices):
            level = document.parameters.points[rows[: order + 1]][:, None].expand(-1, len(t), 2)
            for _ in range(order):
                level = level[:-1] * (1 - t)[:, None] + level[1:] * t[:, None]
            found.append(level[0])
    return torch.stack(found)


@pytest.mark.parametrize("name", ["icon", "paths", "use", "clips", "strokes", "shapes"])
@pytest.mark.parametrize("times", [1, 2])
def test_subdividing_leaves_every_curve_where_it_was(name, times):
    document = Document.read(FEATURES[name].encode())
    fine = document.subdivide(times)
    pieces = 2**times
    t = torch.linspace(0, 1, 8 * pieces + 1, dtype=torch.float64)
    coarse = evaluate(document, t)
    parts = evaluate(fine, torch.linspace(0, 1, 9, dtype=torch.float64))
    parts = parts.reshape(len(coarse), pieces, 9, 2)
    for i in range(pieces):
        torch.testing.assert_close(parts[:, i], coarse[:, 8 * i : 8 * i + 9])


def test_subdividing_doubles_the_segments_and_keeps_the_file():
    document = Document.read(ICON.encode())
    fine = document.subdivide(1)
    for before, after in zip(document.drawing.layers(), fine.drawing.layers(), strict=True):
        assert len(after.outline.orders) == 2 * len(before.outline.orders)
    assert fine.write() == document.write()
    assert fine.write(fine.parameters) == document.write()
    assert document.subdivide(0) is document


def test_new_points_move_with_their_element():
    fine = Document.read(ICON.encode()).subdivide(2)
    drawing = fine.drawing
    assert len(drawing.point_element) == len(drawing.point_frame) == len(fine.parameters.points)
    for layer in drawing.layers():
        owners = drawing.point_element[layer.outline.indices].unique()
        assert owners.tolist() == [layer.element]


@pytest.mark.parametrize("name", ["icon", "paths", "use"])
def test_an_edit_of_a_subdivided_drawing_reads_back(name):
    fine = Document.read(FEATURES[name].encode()).subdivide(1)
    edited = jiggle(fine)
    again = Document.read(fine.write(edited))
    for before, after in zip(fine.drawing.layers(), again.drawing.layers(), strict=True):
        found = again.parameters.points[after.outline.indices]
        wanted = edited.points[before.outline.indices]
        torch.testing.assert_close(found, wanted, atol=5e-3, rtol=0)


def test_too_fine_a_subdivision_is_refused():
    document = Document.read(ICON.encode())
    with pytest.raises(SVGError, match="subdivide less"):
        document.subdivide(MAX_SEGMENTS.bit_length())


def test_extra_paths_are_cubic_blobs_on_top_with_free_ids():
    text = ICON.replace('id="disc"', 'id="extra-1"')
    document = Document.read(text.encode())
    more = document.with_extra_paths(3, torch.Generator().manual_seed(0))
    new = more.drawing.layers()[-3:]
    assert [more.drawing.elements[layer.element].id for layer in new] == [
        "extra-2",
        "extra-3",
        "extra-4",
    ]
    assert all(layer.outline.orders.tolist() == [3, 3, 3, 3] for layer in new)
    assert len(more.drawing.layers()) == len(document.drawing.layers()) + 3
    assert more.warnings == document.warnings
    assert document.with_extra_paths(0, torch.Generator()) is document


def test_extra_paths_begin_within_what_is_painted_and_near_its_colour():
    body = '<rect x="20" y="30" width="40" height="30" fill="#00ff00"/>'
    document = Document.read(svg(body, box="0 0 100 80").encode())
    more = document.with_extra_paths(8, torch.Generator().manual_seed(3))
    for layer in more.drawing.layers()[1:]:
        points = more.parameters.points[layer.outline.indices[:, 0]]
        low, high = points.amin(0), points.amax(0)
        assert low[0] > 15
        assert low[1] > 25
        assert high[0] < 65
        assert high[1] < 65
        color = more.parameters.colors[layer.paint.color]
        torch.testing.assert_close(
            color, torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64), atol=0.11, rtol=0
        )
    assert (picture(more) - picture(document)).abs().mean() < 0.02


def test_extra_paths_come_from_the_generator_alone():
    document = Document.read(ICON.encode())
    one, two, other = (
        document.with_extra_paths(2, torch.Generator().manual_seed(seed)).write()
        for seed in (5, 5, 6)
    )
    assert one == two
    assert one != other


def test_extra_paths_keep_an_earlier_subdivision_and_are_written_as_any_path():
    document = Document.read(ICON.encode()).subdivide(1)
    more = document.with_extra_paths(1, torch.Generator().manual_seed(0))
    assert more.subdivisions == 1
    assert len(more.drawing.layers()[0].outline.orders) == len(
        document.drawing.layers()[0].outline.orders
    )
    before, after = more.write().decode(), more.write(moved(more, "extra-1")).decode()
    assert before != after
    assert before[: before.index("extra-1")] == after[: after.index("extra-1")]


def test_a_drawing_that_is_all_but_transparent_still_gets_extra_paths():
    document = Document.read(svg('<rect width="9" height="9" fill-opacity=".1"/>').encode())
    more = document.with_extra_paths(2, torch.Generator().manual_seed(0))
    assert len(more.drawing.layers()) == 3
