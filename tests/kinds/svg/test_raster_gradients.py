"""Gradients: equal to finite differences of the picture, and the same in both forms."""

from dataclasses import replace

import pytest
import torch

from pds.kinds.svg.raster.rasteriser import Rasteriser
from tests.doubles.raster_drawings import Sketch, everything, layer

FORMS = pytest.mark.parametrize("form", ["torch", "numba"])
MOVING = ("points", "colors", "opacities", "widths", "stop_colors", "stop_opacities")


def picture_and_gradients(drawing, parameters, weights, **options):
    leaves = {name: getattr(parameters, name).clone().requires_grad_() for name in MOVING}
    size = tuple(weights.shape[1:])
    picture = Rasteriser(drawing, size_px=size, **options)(replace(parameters, **leaves))
    (picture * weights).sum().backward()
    return picture.detach(), {name: leaf.grad for name, leaf in leaves.items()}


def noise(size, dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(3, size, size, generator=generator, dtype=dtype)


@pytest.mark.parametrize("supersample", [1, 2])
def test_both_forms_give_the_same_picture_and_gradients(supersample):
    drawing, parameters, _ = everything()
    results = [
        picture_and_gradients(drawing, parameters, noise(24), backend=form, supersample=supersample)
        for form in ("torch", "numba")
    ]
    (one, gradients), (other, others) = results
    assert torch.allclose(one, other, atol=1e-12)
    for name in MOVING:
        assert gradients[name].abs().max() > 0.1, name
        assert torch.allclose(gradients[name], others[name], atol=1e-10), name


@pytest.mark.parametrize("name", MOVING)
def test_the_gradient_equals_central_differences(name):
    drawing, parameters, fixed = everything()
    weights, step = noise(24), 1e-6
    _, gradients = picture_and_gradients(drawing, parameters, weights, backend="numba")
    draw = Rasteriser(drawing, size_px=(24, 24), backend="numba")
    values = getattr(parameters, name)
    expected = torch.zeros_like(values)
    for place in range(values.numel()):
        change = torch.zeros_like(values)
        change.view(-1)[place] = step
        up, down = (draw(replace(parameters, **{name: values + s * change})) for s in (1, -1))
        expected.view(-1)[place] = ((up - down) * weights).sum() / (2 * step)
    first = fixed if name == "points" else 0
    assert torch.allclose(gradients[name][first:], expected[first:], rtol=1e-5, atol=1e-6)


@FORMS
def test_the_points_of_a_clip_path_have_no_gradient(form):
    drawing, parameters, fixed = everything()
    _, gradients = picture_and_gradients(drawing, parameters, noise(24), backend=form)
    assert gradients["points"][:fixed].abs().max() == 0


@FORMS
@pytest.mark.parametrize("rule", ["nonzero", "evenodd"])
@pytest.mark.parametrize("turn", [1, -1])
def test_edges_on_pixel_borders_have_the_gradient_of_their_area(form, rule, turn):
    sketch = Sketch()
    outline = sketch.polygon(*[(3, 4), (8, 4), (8, 6), (3, 6)][::turn])
    paint = sketch.solid(0.0, 0.0, 0.0)
    drawing, parameters = sketch.finish(layer(outline, paint, fill_rule=rule))
    darker = -torch.ones(3, 16, 16, dtype=torch.float64) / 3
    _, gradients = picture_and_gradients(drawing, parameters, darker, backend=form)
    expected = [(-1, -2.5), (1, -2.5), (1, 2.5), (-1, 2.5)][::turn]
    assert torch.allclose(gradients["points"], gradients["points"].new_tensor(expected))


@FORMS
def test_a_covered_shape_gets_no_gradient(form):
    sketch = Sketch()
    below = layer(sketch.rect(5.5, 5.5, 4, 4), sketch.solid(1.0, 0.0, 0.0))
    above = layer(sketch.rect(2, 2, 12, 12), sketch.solid(0.0, 0.0, 1.0))
    drawing, parameters = sketch.finish(below, above)
    _, gradients = picture_and_gradients(drawing, parameters, noise(16), backend=form)
    assert gradients["points"][:4].abs().max() < 1e-12
    assert gradients["colors"][0].abs().max() < 1e-12
    assert gradients["points"][4:].abs().max() > 0


@FORMS
def test_a_picture_without_gradient_is_the_same_picture(form):
    drawing, parameters, _ = everything()
    with_gradient, _ = picture_and_gradients(drawing, parameters, noise(24), backend=form)
    without = Rasteriser(drawing, size_px=(24, 24), backend=form)(parameters)
    assert torch.equal(with_gradient, without)


@FORMS
def test_gradients_are_the_same_bits_every_time(form):
    drawing, parameters, _ = everything()
    _, first = picture_and_gradients(drawing, parameters, noise(24), backend=form)
    _, second = picture_and_gradients(drawing, parameters, noise(24), backend=form)
    assert all(torch.equal(first[name], second[name]) for name in MOVING)


@FORMS
def test_points_move_a_disk_onto_another(form):
    sketch = Sketch()
    drawing, parameters = sketch.finish(layer(sketch.circle(6, 7, 3), sketch.solid(0, 0, 0)))
    draw = Rasteriser(drawing, size_px=(16, 16), backend=form)
    wanted = draw(replace(parameters, points=parameters.points + torch.tensor([2.0, 1.0])))
    shift = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([shift], lr=0.3)
    for _ in range(30):
        optimiser.zero_grad()
        loss = (draw(replace(parameters, points=parameters.points + shift)) - wanted).square().sum()
        loss.backward()
        optimiser.step()
    assert shift.tolist() == pytest.approx([2.0, 1.0], abs=0.1)


@pytest.mark.gpu
def test_a_gpu_draws_the_same_picture_and_gradients():
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    drawing, parameters, _ = everything()
    here, gradients = picture_and_gradients(drawing, parameters, noise(24), backend="torch")
    there, others = picture_and_gradients(
        drawing, parameters.to("cuda"), noise(24).cuda(), backend="auto"
    )
    assert torch.allclose(here, there.cpu(), atol=1e-10)
    for name in MOVING:
        assert torch.allclose(gradients[name], others[name].cpu(), atol=1e-8), name
