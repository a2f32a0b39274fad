"""Coverage, compositing and the rules around the public function."""

import math
import subprocess
import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace

import pytest
import torch

from pds.base.errors import SVGError
from pds.kinds.svg.raster.rasteriser import Rasteriser, available_backends, load_form, rasterise
from pds.kinds.svg.shapes import ClipShape, Group, Outline
from tests.doubles.raster_drawings import IDENTITY, Sketch, layer

FORMS = pytest.mark.parametrize("form", ["torch", "numba"])


def ink(drawing, parameters, form, size=16, **options):
    """How much of each pixel is black, for black drawings on white."""
    picture = rasterise(drawing, parameters, size_px=(size, size), backend=form, **options)
    return 1 - picture[0]


def black(sketch, outline, **options):
    return sketch.finish(layer(outline, sketch.solid(0.0, 0.0, 0.0), **options))


@FORMS
def test_a_rectangle_on_pixel_borders_covers_whole_pixels_only(form):
    sketch = Sketch()
    cover = ink(*black(sketch, sketch.rect(3, 4, 5, 2)), form)
    expected = torch.zeros(16, 16, dtype=torch.float64)
    expected[4:6, 3:8] = 1
    assert torch.equal(cover, expected)


@FORMS
def test_a_rectangle_covers_border_pixels_by_the_exact_fraction(form):
    sketch = Sketch()
    cover = ink(*black(sketch, sketch.rect(3.5, 4.25, 4, 2)), form)
    assert cover[5, 3] == pytest.approx(0.5)
    assert cover[4, 5] == pytest.approx(0.75)
    assert cover[6, 7] == pytest.approx(0.5 * 0.25)
    assert cover.sum() == pytest.approx(8.0)


@FORMS
@pytest.mark.parametrize("turn", [1, -1])
def test_a_triangle_covers_its_area_whichever_way_it_turns(form, turn):
    sketch = Sketch()
    corners = [(1.3, 2.1), (14.2, 5.7), (4.4, 13.9)][::turn]
    area = abs((14.2 - 1.3) * (13.9 - 2.1) - (4.4 - 1.3) * (5.7 - 2.1)) / 2
    assert ink(*black(sketch, sketch.polygon(*corners)), form).sum() == pytest.approx(area)


@FORMS
def test_a_circle_covers_its_area_to_one_percent(form):
    sketch = Sketch()
    area = ink(*black(sketch, sketch.circle(8.2, 7.9, 5.3)), form).sum()
    assert area == pytest.approx(math.pi * 5.3**2, rel=0.01)
    fine = ink(*black(sketch, sketch.circle(8.2, 7.9, 5.3)), form, size=256).sum() / 256
    assert fine == pytest.approx(math.pi * 5.3**2, rel=0.001)


@FORMS
def test_an_even_odd_ring_has_a_hole_and_a_nonzero_one_has_not(form):
    sketch = Sketch()
    square = [(2.0, 2.0), ((14.0, 2.0),), ((14.0, 14.0),), ((2.0, 14.0),)]
    inner = [(5.0, 5.0), ((11.0, 5.0),), ((11.0, 11.0),), ((5.0, 11.0),)]
    outline = sketch.outline(square, inner)
    assert ink(*black(sketch, outline, fill_rule="evenodd"), form).sum() == pytest.approx(108)
    assert ink(*black(sketch, outline, fill_rule="nonzero"), form).sum() == pytest.approx(144)


@FORMS
def test_open_outlines_are_closed_when_filled(form):
    sketch = Sketch()
    outline = sketch.polygon((2, 2), (12, 2), (12, 12), closed=False)
    assert ink(*black(sketch, outline), form).sum() == pytest.approx(50)


@FORMS
@pytest.mark.parametrize(
    ("x", "y", "inside"),
    [(-9, 3, 0), (17, 3, 0), (3, -9, 0), (3, 17, 0), (-3.5, 3, 4.5), (12.5, 14.5, 5.25)],
)
def test_what_is_off_canvas_is_cut_off_and_nothing_leaks_in(form, x, y, inside):
    sketch = Sketch()
    drawing, parameters = black(sketch, sketch.rect(x, y, 5, 3))
    points = parameters.points.requires_grad_()
    cover = ink(drawing, parameters, form)
    cover.sum().backward()
    assert cover.sum().item() == pytest.approx(inside)
    assert torch.isfinite(points.grad).all()


@FORMS
def test_a_shape_far_larger_than_the_canvas_covers_it(form):
    sketch = Sketch()
    drawing, parameters = black(sketch, sketch.circle(8, 8, 1e12))
    points = parameters.points.requires_grad_()
    cover = ink(drawing, parameters, form)
    cover.sum().backward()
    assert cover.min().item() == pytest.approx(1, abs=1e-4)
    assert torch.isfinite(points.grad).all()


@FORMS
def test_a_drawing_without_anything_leaves_the_background(form):
    drawing, parameters = Sketch().finish()
    picture = rasterise(
        drawing, parameters, size_px=(4, 6), background=(0.2, 0.4, 0.6), backend=form
    )
    assert torch.allclose(
        picture, picture.new_tensor([0.2, 0.4, 0.6])[:, None, None].expand(3, 4, 6)
    )


@FORMS
def test_an_outline_without_segments_paints_nothing(form):
    sketch = Sketch()
    nothing = Outline(
        indices=torch.zeros(0, 4, dtype=torch.int64),
        orders=torch.zeros(0, dtype=torch.int64),
        subpaths=torch.zeros(0, dtype=torch.int64),
        closed=torch.zeros(0, dtype=torch.bool),
    )
    assert ink(*black(sketch, nothing), form).abs().max() == 0


@FORMS
def test_the_view_box_is_fitted_and_centred(form):
    sketch = Sketch((10.0, 20.0, 8.0, 4.0))
    drawing, parameters = black(sketch, sketch.rect(10, 20, 8, 4))
    cover = ink(drawing, parameters, form)
    assert cover[4:12].min() == 1
    assert cover[:4].max() == 0
    assert cover[12:].max() == 0


@FORMS
def test_opacities_multiply(form):
    sketch = Sketch()
    rows = (sketch.opacity(0.5), sketch.opacity(0.4))
    cover = ink(*black(sketch, sketch.rect(0, 0, 16, 16), opacities=rows), form)
    assert torch.allclose(cover, torch.full_like(cover, 0.2))


@FORMS
def test_a_group_is_laid_down_as_one(form):
    sketch = Sketch()
    paint = sketch.solid(0.0, 0.0, 0.0)
    children = (layer(sketch.rect(0, 0, 10, 16), paint), layer(sketch.rect(6, 0, 10, 16), paint))
    row = sketch.opacity(0.5)
    together = ink(*sketch.finish(Group(children=children, opacities=(row,))), form)
    assert torch.allclose(together, torch.full_like(together, 0.5))
    one_by_one = tuple(replace(child, opacities=(row,)) for child in children)
    assert ink(*sketch.finish(*one_by_one), form).max() == pytest.approx(0.75)


@FORMS
def test_clips_cut_and_the_shapes_of_one_clip_unite(form):
    sketch = Sketch()

    def clip_shape(*rect):
        return ClipShape(outline=sketch.rect(*rect), matrix=IDENTITY)

    union = sketch.clip(clip_shape(2, 2, 6, 6), clip_shape(6, 6, 6, 6))
    cover = ink(*black(sketch, sketch.rect(0, 0, 16, 16), clips=(union,)), form)
    assert cover.sum() == pytest.approx(36 + 36 - 4)
    inner = sketch.clip(clip_shape(2, 2, 10, 3.5), clips=(union,))
    both = black(sketch, sketch.rect(0, 0, 16, 16), clips=(inner, union))
    assert ink(*both, form).sum() == pytest.approx(6 * 3.5)
    group = Group(
        children=(layer(sketch.rect(0, 0, 3, 16), sketch.solid(0, 0, 0)),), clips=(union,)
    )
    assert ink(*sketch.finish(group), form).sum() == pytest.approx(6)


@FORMS
def test_a_transparent_picture_has_straight_colour_and_alpha(form):
    sketch = Sketch()
    row = sketch.opacity(0.5)
    item = layer(sketch.rect(4, 4, 8, 8), sketch.solid(0.2, 0.4, 0.6), opacities=(row,))
    picture = rasterise(*sketch.finish(item), size_px=(16, 16), background=None, backend=form)
    assert picture.shape == (4, 16, 16)
    assert picture[:, 8, 8].tolist() == pytest.approx([0.2, 0.4, 0.6, 0.5])
    assert picture[:, 1, 1].tolist() == [0, 0, 0, 0]


@FORMS
def test_supersampling_averages_a_picture_of_twice_the_size(form):
    sketch = Sketch()
    drawing, parameters = black(sketch, sketch.circle(8.3, 7.6, 5.1))
    twice = ink(drawing, parameters, form, size=32).reshape(16, 2, 16, 2).mean((1, 3))
    assert torch.allclose(ink(drawing, parameters, form, supersample=2), twice, atol=1e-12)


@FORMS
def test_a_rasteriser_used_twice_gives_the_same_bits_and_forgets_the_first_time(form):
    sketch = Sketch()
    drawing, parameters = black(sketch, sketch.circle(8.3, 7.6, 5.1))
    draw = Rasteriser(drawing, size_px=(16, 16), backend=form)
    first = draw(parameters)
    moved = draw(replace(parameters, points=parameters.points + 1))
    assert not torch.equal(first, moved)
    assert torch.equal(first, draw(parameters))


@FORMS
def test_single_precision_is_close_to_double(form):
    sketch = Sketch()
    drawing, parameters = black(sketch, sketch.circle(8.3, 7.6, 5.1))
    single = ink(drawing, parameters.to(torch.float32), form)
    assert single.dtype == torch.float32
    assert torch.allclose(single.double(), ink(drawing, parameters, form), atol=1e-5)


@FORMS
@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("field", ["points", "colors", "opacities"])
def test_numbers_that_are_not_finite_are_refused(form, bad, field):
    sketch = Sketch()
    row = sketch.opacity(1.0)
    drawing, parameters = black(sketch, sketch.rect(1, 1, 5, 5), opacities=(row,))
    values = getattr(parameters, field).clone()
    values.view(-1)[0] = bad
    with pytest.raises(SVGError, match="NaN or infinite"):
        ink(drawing, replace(parameters, **{field: values}), form)


def test_the_compiled_form_is_the_default_on_the_cpu():
    sketch = Sketch()
    drawing, parameters = black(sketch, sketch.circle(8.3, 7.6, 5.1))
    assert torch.equal(ink(drawing, parameters, "auto"), ink(drawing, parameters, "numba"))


def test_an_unknown_backend_is_refused_and_the_known_ones_are_named():
    drawing, _ = Sketch().finish()
    with pytest.raises(SVGError, match="auto, torch, numba"):
        Rasteriser(drawing, size_px=(8, 8), backend="cairo")


def test_a_missing_backend_is_refused_with_its_remedy():
    drawing, _ = Sketch().finish()
    with pytest.raises(SVGError, match="numba is not installed; install numba"):
        Rasteriser(drawing, size_px=(8, 8), backend="numba", installed=lambda package: False)


def test_auto_falls_back_to_tensors_where_numba_is_missing():
    sketch = Sketch()
    drawing, parameters = black(sketch, sketch.circle(8.3, 7.6, 5.1))
    draw = Rasteriser(drawing, size_px=(16, 16), installed=lambda package: False)
    assert torch.equal(1 - draw(parameters)[0], ink(drawing, parameters, "torch"))
    assert available_backends(lambda package: False) == ("auto", "torch")


def test_the_compiled_form_refuses_other_devices_than_the_cpu():
    drawing, parameters = Sketch().finish()
    with pytest.raises(SVGError, match="CPU only"):
        Rasteriser(drawing, size_px=(8, 8), backend="numba")(parameters.to("meta"))


@pytest.mark.parametrize("size", [(0, 8), (8, 9000)])
def test_sizes_out_of_range_are_refused(size):
    drawing, _ = Sketch().finish()
    with pytest.raises(SVGError, match="outside 1 to 8192"):
        Rasteriser(drawing, size_px=size)


def test_other_supersamplings_than_1_and_2_are_refused():
    drawing, _ = Sketch().finish()
    with pytest.raises(SVGError, match="must be 1 or 2"):
        Rasteriser(drawing, size_px=(8, 8), supersample=3)


def test_importing_the_rasteriser_does_not_import_numba():
    code = "import sys, pds.kinds.svg.raster.rasteriser; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_errors_of_loading_a_form_are_not_hidden_and_numba_is_left_as_it_was():
    numba = ModuleType("numba")
    numba.config = SimpleNamespace(CACHE_LOCATOR_CLASSES="before")

    def import_module(name):
        if name == "numba":
            return numba
        raise RuntimeError("no such processor")

    with pytest.raises(RuntimeError, match="no such processor"):
        load_form("numba", import_module)
    assert numba.config.CACHE_LOCATOR_CLASSES == "before"
