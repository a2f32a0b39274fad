"""Volume rendering against closed forms: a ball and a slab of known density."""

import math

import pytest
import torch

from pds.kinds.nerf.cameras import orbit
from pds.kinds.nerf.fields.grid_field import GridField
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.fields.plane_field import PlaneField
from pds.kinds.nerf.render.rays import render_rays
from pds.kinds.nerf.render.rendering import render
from pds.kinds.nerf.render.sampling import resampled_edges, unwarp, warp
from tests.doubles.nerf_samples import AnalyticField, soft_ball

DISTANCE = 4.0


def camera(size_px: int = 16, azimuth_deg: float = 30.0):
    return orbit(azimuth_deg, 20.0, distance=DISTANCE, fov_deg=40.0, size_px=size_px)


def down_the_middle(offset: float = 0.0):
    """A ray along +y that passes the origin at a distance."""
    return torch.tensor([[offset, -DISTANCE, 0.0]]), torch.tensor([[0.0, 1.0, 0.0]])


@pytest.mark.parametrize("value", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("offset", [0.0, 0.3])
def test_a_ball_lets_through_what_its_chord_says(value, offset):
    field = AnalyticField(radius=0.5, value=value)
    seen = render_rays(field, *down_the_middle(offset), samples=2000, background=1.0)
    chord = 2 * math.sqrt(0.5**2 - offset**2)
    through = math.exp(-value * chord)
    assert float(seen.opacity.detach()) == pytest.approx(1 - through, rel=5e-3, abs=1e-5)
    expected = [(1 - through) * paint + through for paint in field.paint]
    assert seen.color[0].tolist() == pytest.approx(expected, abs=5e-3)


def test_the_depth_of_something_solid_is_the_distance_to_its_surface():
    field = AnalyticField(radius=0.5, value=1e5)
    seen = render_rays(field, *down_the_middle(), samples=4000)
    assert float(seen.depth.detach()) == pytest.approx(DISTANCE - 0.5, abs=1e-3)


def test_the_depth_of_thin_fog_is_the_middle_of_it():
    field = AnalyticField(radius=0.5, value=0.02)
    seen = render_rays(field, *down_the_middle(), samples=4000)
    assert float(seen.depth.detach()) == pytest.approx(DISTANCE, abs=5e-3)


def test_rays_that_miss_the_cube_show_the_background_and_nothing_else():
    field = AnalyticField(radius=5.0, value=10.0)
    origins = torch.tensor([[0.0, -DISTANCE, 0.0], [1.5, -DISTANCE, 0.0], [0.0, DISTANCE, 0.0]])
    directions = torch.tensor([[0.0, 1.0, 0.0]]).repeat(3, 1)
    seen = render_rays(field, origins, directions, background=0.25, normals=True)
    assert seen.opacity.tolist() == pytest.approx([1, 0, 0], abs=1e-4)
    assert seen.color[1:].tolist() == [[0.25] * 3] * 2
    assert seen.depth[1:].tolist() == [0, 0]
    assert seen.normals[1:].tolist() == [[0.0] * 3] * 2


def test_each_ray_can_have_a_background_of_its_own():
    field = AnalyticField(radius=0.01, value=0.0)
    origins = torch.tensor([[0.5, -DISTANCE, 0.0], [1.5, -DISTANCE, 0.0]])
    directions = torch.tensor([[0.0, 1.0, 0.0]]).repeat(2, 1)
    behind = torch.tensor([[1.0, 0.0, 0.5], [0.2, 0.3, 0.4]])
    seen = render_rays(field, origins, directions, background=behind)
    assert torch.allclose(seen.color, behind)


def test_a_camera_inside_the_cube_sees_only_what_is_before_it():
    field = AnalyticField(radius=0.2, value=1e4)
    origin = torch.tensor([[0.0, 0.5, 0.0], [0.0, -0.5, 0.0]])
    seen = render_rays(field, origin, torch.tensor([[0.0, 1.0, 0.0]]).repeat(2, 1), samples=500)
    assert seen.opacity.tolist() == pytest.approx([0, 1], abs=1e-4)


def test_weights_sum_to_the_opacity_and_edges_rise():
    field = soft_ball()
    origins, directions = camera().rays()
    seen = render_rays(field, origins, directions, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(seen.weights.sum(1), seen.opacity, atol=1e-5)
    hit = seen.opacity > 0.01
    assert bool(hit.any())
    assert bool((seen.edges[hit].diff(dim=1) > 0).all())


def test_normals_of_a_ball_point_outward():
    view = camera(24)
    with torch.no_grad():
        drawn = render(soft_ball(48), view, normals=True)
    origins, directions = view.rays()
    depth, normals = drawn.depth.flatten(), drawn.normals[0].flatten(1).T
    outward = origins + depth[:, None] * directions
    outward = outward / outward.norm(dim=1, keepdim=True)
    facing = (outward * directions).sum(1) < -0.3  # not at the rim
    solid = (drawn.opacity.flatten() > 0.9) & facing
    assert int(solid.sum()) > 20
    assert float((normals * outward).sum(1)[solid].min()) > 0.97
    assert torch.allclose(normals[solid].norm(dim=1), torch.ones(int(solid.sum())), atol=1e-4)


def test_a_rendering_has_the_shapes_and_ranges_it_promises():
    view = orbit(0, 0, distance=4, fov_deg=40, size_px=20).resized(20, 12)
    with torch.no_grad():
        drawn = render(soft_ball(), view, normals=True)
    assert drawn.image.shape == (1, 3, 12, 20)
    assert drawn.depth.shape == drawn.opacity.shape == (1, 1, 12, 20)
    assert drawn.normals.shape == (1, 3, 12, 20)
    for part in (drawn.image, drawn.opacity):
        assert float(part.min()) >= 0
        assert float(part.max()) <= 1 + 1e-5


def test_the_picture_is_the_right_way_up_and_round():
    field = soft_ball(24, radius=0.8)  # x is red, z is blue
    view = orbit(0.0, 0.0, distance=DISTANCE, fov_deg=40.0, size_px=24)  # from the front, -y
    with torch.no_grad():
        image = render(field, view, background=0.0).image[0]
    assert float(image[0, 12, 15]) > float(image[0, 12, 9]) + 0.1  # +x is on the right
    assert float(image[2, 9, 12]) > float(image[2, 15, 12]) + 0.1  # +z is above


@pytest.mark.parametrize("max_points", [100, 1000, 10**6])
def test_the_size_of_a_chunk_does_not_change_the_picture(max_points):
    field, view = soft_ball(16), camera()
    with torch.no_grad():
        whole = render(field, view, samples=32)
        parts = render(field, view, samples=32, max_points=max_points)
    assert torch.allclose(whole.image, parts.image, atol=1e-6)
    assert torch.allclose(whole.depth, parts.depth, atol=1e-5)


def test_rendering_is_pure_and_chance_comes_from_the_generator():
    field, view = soft_ball(16), camera()

    def drawn(seed):
        chance = None if seed is None else torch.Generator().manual_seed(seed)
        with torch.no_grad():
            return render(field, view, samples=16, generator=chance).image

    assert torch.equal(drawn(None), drawn(None))
    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))
    assert not torch.equal(drawn(1), drawn(None))


def test_the_gradient_equals_finite_differences():
    chance = torch.Generator().manual_seed(0)
    field = GridField(4).double()
    with torch.no_grad():
        for parameter in field.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=chance, dtype=torch.float64))
        field.density_raw.sub_(2)
    origins, directions = (part.double() for part in camera(4).rays())
    weights = torch.randn(16, 3, generator=chance, dtype=torch.float64)

    def value():
        seen = render_rays(field, origins, directions, samples=8)
        return (seen.color * weights).sum() + seen.depth.sum() * 0.1

    slopes = torch.autograd.grad(value(), list(field.parameters()))
    with torch.no_grad():
        for parameter, slope in zip(field.parameters(), slopes):
            way = torch.randn(parameter.shape, generator=chance, dtype=torch.float64)
            parameter.add_(1e-5 * way)
            more = value()
            parameter.sub_(2e-5 * way)
            less = value()
            parameter.add_(1e-5 * way)
            expected = float((slope * way).sum())
            assert float(more - less) / 2e-5 == pytest.approx(expected, rel=1e-5)


def test_occupancy_skips_empty_space_and_keeps_the_picture():
    view = camera(24)
    ball = soft_ball(32, radius=0.4)
    with torch.no_grad():
        plain = render(ball, view)
        quick = render(ball, view, occupancy=Occupancy(ball))
    assert torch.allclose(plain.image, quick.image, atol=5e-3)
    field = AnalyticField(radius=0.4, value=50.0)
    occupancy, field.looked = Occupancy(field), 0
    with torch.no_grad():
        render(field, view, occupancy=occupancy)
        skipped, field.looked = field.looked, 0
        render(field, view)
    assert skipped < 0.3 * field.looked


def test_an_updated_occupancy_sees_new_matter():
    field = GridField(16)
    occupancy = Occupancy(field)
    assert occupancy.share() == 0
    with torch.no_grad():
        field.density_raw[8, 8, 8] = 3.0
    occupancy.update(field)
    assert 0 < occupancy.share() < 0.02
    assert bool(occupancy.at(torch.tensor([[0.06, 0.06, 0.06]])))
    assert not bool(occupancy.at(torch.tensor([[0.9, 0.06, 0.06]])))


def test_leaving_out_the_colours_of_unseen_samples_does_not_show():
    field, view = soft_ball(32), camera(24)
    with torch.no_grad():
        plain = render(field, view)
        quick = render(field, view, color_above=1e-4)
    assert torch.allclose(plain.image, quick.image, atol=32 * 1e-4)
    assert not torch.equal(plain.image, quick.image)


def test_an_unbounded_scene_fills_every_ray():
    field = PlaneField(16, 2, 3)
    origins, directions = camera().rays()
    seen = render_rays(field, origins * 0.2, directions, samples=24)
    assert torch.allclose(seen.opacity, torch.ones(len(origins)), atol=1e-5)
    assert torch.allclose(seen.weights.sum(1), torch.ones(len(origins)), atol=1e-5)


@pytest.mark.parametrize("radius", [0.05, 0.3])
@pytest.mark.parametrize("kept", [False, True])
def test_samples_of_an_unbounded_scene_gather_at_its_surfaces(radius, kept):
    field = AnalyticField(radius=radius, value=2000.0, bounded=False)
    occupancy = Occupancy(field, 96) if kept else None
    origin, direction = down_the_middle()
    seen = render_rays(field, origin / 4, direction, samples=48, occupancy=occupancy)
    assert float(seen.depth.detach()) == pytest.approx(1 - radius, abs=0.03)
    assert seen.color[0].tolist() == pytest.approx(field.paint, abs=1e-3)


def test_warping_distances_is_undone_by_unwarping():
    distances = torch.tensor([0.0, 0.3, 1.0, 5.0, 1000.0])
    assert torch.allclose(unwarp(warp(distances)), distances, rtol=1e-3)
    assert float(warp(distances).max()) < 2


def test_new_edges_are_dense_where_the_weights_are():
    edges = torch.linspace(0, 1, 11)[None]
    weights = torch.zeros(1, 10)
    weights[0, 3] = 1.0
    finer = resampled_edges(edges, weights, 40, None)
    assert finer.shape == (1, 41)
    assert bool((finer.diff(dim=1) >= 0).all())
    assert finer[0, 0] == 0
    assert finer[0, -1] == 1
    inside = (finer > 0.25) & (finer < 0.45)
    assert int(inside.sum()) > 25
    assert int((finer > 0.6).sum()) >= 2  # a few look where nothing was


def test_a_batch_of_two_rays_equals_the_rays_alone():
    field = soft_ball(16)
    origins, directions = camera(2).rays()
    both = render_rays(field, origins[:2], directions[:2]).color
    for index in range(2):
        one = render_rays(field, origins[index : index + 1], directions[index : index + 1])
        assert torch.allclose(one.color[0], both[index], atol=1e-6)
