"""The gradient taken in two passes is the gradient."""

import pytest
import torch

from pds.kinds.nerf.cameras import orbit
from pds.kinds.nerf.fields.building import build_field
from pds.kinds.nerf.render.rendering import render
from pds.kinds.nerf.render.two_pass import two_pass_render
from tests.doubles.nerf_samples import AnalyticField, soft_ball


class Recorder(AnalyticField):
    """Notes the largest number of points it was asked for at once with a gradient."""

    largest = 0

    def density(self, points):
        if torch.is_grad_enabled():
            self.largest = max(self.largest, len(points))
        return super().density(points)


def view(size_px: int = 12, distance: float = 4.0):
    return orbit(30, 20, distance=distance, fov_deg=40, size_px=size_px)


def a_field(kind: str):
    if kind == "grid":
        return soft_ball(10)
    return build_field("planes", {"resolution": 8, "density_channels": 2, "color_channels": 3})


def gradients(image, field, dtype):
    chance = torch.Generator().manual_seed(0)
    outer = torch.randn(image.shape, generator=chance, dtype=dtype)
    return torch.autograd.grad(image, list(field.parameters()), outer)


@pytest.mark.parametrize("kind", ["grid", "planes"])
@pytest.mark.parametrize("patch_px", [5, 50])
@pytest.mark.parametrize(("dtype", "near"), [(torch.float64, 1e-11), (torch.float32, 1e-4)])
def test_the_gradient_equals_that_of_one_pass(kind, patch_px, dtype, near):
    field = a_field(kind).to(dtype)
    camera = view(distance=4.0 if kind == "grid" else 0.8)
    one = render(field, camera, samples=12).image
    two = two_pass_render(field, camera, patch_px=patch_px, samples=12)
    assert one.dtype == dtype
    assert torch.allclose(one, two, atol=1e-6)
    for a, b in zip(gradients(one, field, dtype), gradients(two, field, dtype)):
        largest = float(a.abs().max())
        assert largest > 0
        assert float((a - b).abs().max()) < near * largest


def test_with_a_generator_the_points_of_backward_are_those_of_forward():
    field = soft_ball(10)
    chance = torch.Generator().manual_seed(0)
    image = two_pass_render(field, view(6), patch_px=4, samples=12, generator=chance)
    outer = torch.randn(image.shape, generator=torch.Generator().manual_seed(1))
    slope = torch.autograd.grad(image, field.density_raw, outer)[0]
    way = torch.randn(slope.shape, generator=torch.Generator().manual_seed(2))
    values = []
    for sign in (1, -1):
        moved = field.copy()
        with torch.no_grad():
            moved.density_raw.add_(sign * 1e-2 * way)
            same = torch.Generator().manual_seed(0)
            drawn = two_pass_render(moved, view(6), patch_px=4, samples=12, generator=same)
            values.append(float((drawn * outer).sum()))
    assert (values[0] - values[1]) / 2e-2 == pytest.approx(float((slope * way).sum()), rel=0.02)


def test_only_the_points_of_one_patch_are_held_with_a_gradient():
    field = Recorder(radius=0.9, value=3.0)
    two_pass_render(field, view(20), patch_px=5, samples=16).sum().backward()
    assert 0 < field.largest <= 5 * 5 * 16
    field.largest = 0
    render(field, view(20), samples=16).image.sum().backward()
    assert field.largest > 2 * 5 * 5 * 16


def test_what_does_not_move_gets_no_gradient():
    field = soft_ball(10)
    field.color_raw.requires_grad_(False)
    two_pass_render(field, view(), patch_px=4, samples=12).square().sum().backward()
    assert field.color_raw.grad is None
    assert float(field.density_raw.grad.abs().max()) > 0


def test_gradients_of_several_views_add_up():
    field = soft_ball(10)
    images = [two_pass_render(field, view(n), patch_px=4, samples=12) for n in (6, 8)]
    sum(image.square().sum() for image in images).backward()
    both = field.density_raw.grad.clone()
    apart = torch.zeros_like(both)
    for n in (6, 8):
        image = render(field, view(n), samples=12).image
        apart += torch.autograd.grad(image.square().sum(), field.density_raw)[0]
    assert torch.allclose(both, apart, rtol=1e-3, atol=1e-5 * float(apart.abs().max()))


def test_a_field_that_moved_before_backward_is_refused():
    field = soft_ball(10)
    image = two_pass_render(field, view(), patch_px=4, samples=12)
    with torch.no_grad():
        field.density_raw.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        image.sum().backward()
