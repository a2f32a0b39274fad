"""Gradient paints: colours that are known in closed form."""

import pytest
import torch

from pds.kinds.svg.raster.rasteriser import rasterise
from pds.kinds.svg.shapes import Stroke
from tests.doubles.raster_drawings import Sketch, layer

FORMS = pytest.mark.parametrize("form", ["torch", "numba"])
BLACK, WHITE, RED = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (1.0, 0.0, 0.0)
RAMP = [(0.0, BLACK, 1.0), (1.0, WHITE, 1.0)]


def painted(form, kind, coordinates, stops=RAMP, rect=(0, 0, 16, 16), **options):
    sketch = Sketch()
    paint = sketch.gradient(kind, coordinates, stops, **options)
    drawing = sketch.finish(layer(sketch.rect(*rect), paint))
    return rasterise(*drawing, size_px=(16, 16), backend=form)


def centres() -> torch.Tensor:
    return torch.arange(16, dtype=torch.float64) + 0.5


@FORMS
def test_a_linear_gradient_runs_from_its_start_to_its_end(form):
    picture = painted(form, "linear", (4.0, 0.0, 12.0, 0.0))
    expected = ((centres() - 4) / 8).clamp(0, 1)
    assert torch.allclose(picture[1], expected.expand(16, 16))


@FORMS
@pytest.mark.parametrize("spread", ["repeat", "reflect"])
def test_a_gradient_goes_on_beyond_its_ends(form, spread):
    picture = painted(form, "linear", (4.0, 0.0, 8.0, 0.0), spread=spread)
    t = (centres() - 4) / 4
    expected = t % 1 if spread == "repeat" else 1 - (t % 2 - 1).abs()
    assert torch.allclose(picture[1, 0], expected)


@FORMS
def test_box_units_are_fractions_of_what_is_painted(form):
    options = {"rect": (4, 2, 8, 10), "units": "objectBoundingBox"}
    picture = painted(form, "linear", (0.0, 0.0, 1.0, 0.0), **options)
    assert torch.allclose(picture[1, 5, 4:12], (centres()[4:12] - 4) / 8)


@FORMS
def test_a_gradient_has_its_own_transform(form):
    matrix = torch.tensor([[0.0, 1.0, 0.0], [2.0, 0.0, 0.0]], dtype=torch.float64)
    picture = painted(form, "linear", (0.0, 0.0, 8.0, 0.0), matrix=matrix)
    assert torch.allclose(picture[1], (centres() / 16)[:, None].expand(16, 16))


@FORMS
def test_a_radial_gradient_grows_with_the_distance_from_its_centre(form):
    picture = painted(form, "radial", (8.0, 8.0, 6.0, 8.0, 8.0, 0.0))
    x, y = centres()[None] - 8, centres()[:, None] - 8
    assert torch.allclose(picture[1], ((x * x + y * y).sqrt() / 6).clamp(0, 1))


@FORMS
def test_a_focal_circle_shifts_and_widens_the_start(form):
    picture = painted(form, "radial", (8.0, 8.0, 6.0, 5.5, 8.5, 1.0))
    # On the row through the focus the circle of t has its left end at 5.5 - 1 - t (3.5 - 1) ...
    row = picture[1, 8]
    assert row[5] == 0
    x, y = 12.5, 8.5
    t = row[12].item()
    centre = (5.5 + 2.5 * t, 8.5 - 0.5 * t)
    assert ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) ** 0.5 == pytest.approx(1 + 5 * t)


@FORMS
def test_a_focus_outside_is_moved_into_the_circle(form):
    picture = painted(form, "radial", (8.0, 8.0, 4.0, 30.0, 8.0, 0.0))
    assert torch.isfinite(picture).all()
    assert picture[1, 8, 4] > 0.9
    assert picture[1, 8, 11] < picture[1, 8, 8] < picture[1, 8, 4]


@FORMS
def test_stops_have_their_own_opacity(form):
    stops = [(0.0, BLACK, 1.0), (1.0, BLACK, 0.0)]
    picture = painted(form, "linear", (0.0, 0.0, 16.0, 0.0), stops)
    assert torch.allclose(picture[1, 3], centres() / 16)


@FORMS
def test_a_stop_that_steps_back_makes_a_hard_edge(form):
    stops = [(0.0, WHITE, 1.0), (0.5, WHITE, 1.0), (0.2, BLACK, 1.0)]
    picture = painted(form, "linear", (0.0, 0.0, 16.0, 0.0), stops)
    assert picture[1, 0].tolist() == [1.0] * 8 + [0.0] * 8


@FORMS
@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [("linear", (3.0, 3.0, 3.0, 3.0)), ("radial", (8.0, 8.0, 0.0, 8.0, 8.0, 0.0))],
)
def test_a_gradient_without_extent_is_its_last_stop(form, kind, coordinates):
    picture = painted(form, kind, coordinates, [(0.0, BLACK, 1.0), (1.0, RED, 1.0)])
    assert picture[:, 3, 9].tolist() == [1.0, 0.0, 0.0]


@FORMS
def test_one_stop_is_a_solid_colour_and_none_paints_nothing(form):
    ramp = (0.0, 0.0, 16.0, 0.0)
    assert painted(form, "linear", ramp, [(0.3, RED, 1.0)])[:, 0, 0].tolist() == [1.0, 0.0, 0.0]
    assert painted(form, "linear", ramp, []).min() == 1


@FORMS
def test_a_line_without_height_is_not_painted_in_box_units(form):
    sketch = Sketch()
    stops = [(0.0, BLACK, 1.0), (1.0, RED, 1.0)]
    options = {"stroke": Stroke(width=sketch.width(2.0), cap="butt", join="miter", miter_limit=4.0)}
    flat, tall = (
        sketch.gradient("linear", (0.0, 0.0, 1.0, 0.0), stops, units="objectBoundingBox")
        for _ in range(2)
    )
    drawing = sketch.finish(
        layer(sketch.polygon((2, 4), (14, 4), closed=False), flat, **options),
        layer(sketch.polygon((2, 9), (14, 12), closed=False), tall, **options),
    )
    picture = rasterise(*drawing, size_px=(16, 16), backend=form)
    assert picture[1, 4].min() == 1
    assert picture[1, 10].min() < 0.1
