"""Strokes: areas that are known in closed form, and their gradients."""

import math

import pytest
import torch

from pds.kinds.svg.raster.rasteriser import rasterise
from pds.kinds.svg.shapes import Stroke
from tests.doubles.raster_drawings import Sketch, layer

FORMS = pytest.mark.parametrize("form", ["torch", "numba"])
MIRROR = torch.tensor([[-1.0, 0.0, 16.0], [0.0, 1.0, 0.0]], dtype=torch.float64)


def stroked(sketch, outline, width, *, cap="butt", join="miter", miter_limit=4.0, **options):
    stroke = Stroke(width=sketch.width(width), cap=cap, join=join, miter_limit=miter_limit)
    return sketch.finish(layer(outline, sketch.solid(0.0, 0.0, 0.0), stroke=stroke, **options))


def area(drawing, parameters, form, size=128):
    """Covered area in canvas units."""
    picture = rasterise(drawing, parameters, size_px=(size, size), backend=form)
    return (1 - picture[0]).sum() * (16 / size) ** 2


@FORMS
@pytest.mark.parametrize(("cap", "extra"), [("butt", 0.0), ("square", 4.0), ("round", math.pi)])
def test_a_line_covers_length_times_width_and_its_caps(form, cap, extra):
    sketch = Sketch()
    line = sketch.polygon((4, 8), (12, 8), closed=False)
    assert area(*stroked(sketch, line, 2.0, cap=cap), form) == pytest.approx(16 + extra, rel=2e-3)


@FORMS
@pytest.mark.parametrize(
    ("join", "limit", "extra"),
    [
        ("miter", 4.0, 1.0),
        ("miter", 1.2, 0.5),
        ("bevel", 4.0, 0.5),
        ("round", 4.0, math.pi / 4),
    ],
)
def test_a_right_angle_is_filled_by_its_join(form, join, limit, extra):
    sketch = Sketch()
    line = sketch.polygon((4, 4), (12, 4), (12, 12), closed=False)
    drawing = stroked(sketch, line, 2.0, join=join, miter_limit=limit)
    assert area(*drawing, form) == pytest.approx(2 * 8 * 2 - 1 + extra, rel=1e-3)


@FORMS
@pytest.mark.parametrize("matrix", [None, MIRROR])
def test_a_closed_square_has_four_corners_and_a_hole(form, matrix):
    sketch = Sketch()
    options = {} if matrix is None else {"matrix": matrix}
    drawing = stroked(sketch, sketch.rect(4, 4, 8, 8), 2.0, **options)
    assert area(*drawing, form) == pytest.approx(100 - 36)
    picture = rasterise(*drawing, size_px=(16, 16), backend=form)
    assert picture[0, 5:11, 5:11].min() == 1


@FORMS
def test_a_stroked_circle_is_a_ring(form):
    sketch = Sketch()
    ring = area(*stroked(sketch, sketch.circle(8, 8, 5), 2.0), form)
    assert ring == pytest.approx(math.pi * (36 - 16), rel=3e-3)


@FORMS
def test_a_stroke_wider_than_its_bend_has_no_holes(form):
    sketch = Sketch()
    disk = area(*stroked(sketch, sketch.circle(8, 8, 2), 6.0, join="round"), form)
    assert disk == pytest.approx(math.pi * 25, rel=3e-3)


@FORMS
@pytest.mark.parametrize(("cap", "expected"), [("butt", 0), ("square", 4), ("round", math.pi)])
def test_a_subpath_without_length_is_a_dot_if_it_has_caps(form, cap, expected):
    sketch = Sketch()
    dot = sketch.polygon((8, 8), (8, 8), closed=False)
    drawing, parameters = stroked(sketch, dot, 2.0, cap=cap)
    points = parameters.points.requires_grad_()
    covered = area(drawing, parameters, form)
    covered.backward()
    assert covered.item() == pytest.approx(expected, rel=5e-3)
    assert torch.isfinite(points.grad).all()


@FORMS
def test_repeated_points_change_nothing(form):
    sketch = Sketch()
    plain = stroked(sketch, sketch.polygon((4, 4), (12, 5), (9, 12), closed=False), 2.0)
    twice = sketch.polygon((4, 4), (4, 4), (12, 5), (12, 5), (9, 12), (9, 12), closed=False)
    assert area(*stroked(sketch, twice, 2.0), form) == pytest.approx(area(*plain, form).item())


@FORMS
def test_the_area_of_a_line_grows_with_its_width_by_its_length(form):
    sketch = Sketch()
    line = sketch.polygon((3.3, 8.1), (12.3, 8.1), closed=False)
    drawing, parameters = stroked(sketch, line, 1.3)
    widths, points = parameters.widths.requires_grad_(), parameters.points.requires_grad_()
    area(drawing, parameters, form, size=16).backward()
    assert widths.grad.tolist() == pytest.approx([9.0])
    assert points.grad.flatten().tolist() == pytest.approx([-1.3, 0, 1.3, 0], abs=1e-9)


@FORMS
def test_a_line_of_no_width_can_grow(form):
    sketch = Sketch()
    line = sketch.polygon((3.3, 8.1), (12.3, 8.1), closed=False)
    drawing, parameters = stroked(sketch, line, 0.0)
    widths = parameters.widths.requires_grad_()
    covered = area(drawing, parameters, form, size=16)
    covered.backward()
    assert covered.item() == 0
    assert widths.grad.tolist() == pytest.approx([9.0])
