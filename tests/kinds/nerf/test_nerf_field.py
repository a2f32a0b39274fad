"""Fields: what their numbers mean, what moves what, how they grow finer."""

import pytest
import torch
import torch.nn.functional as F

from pds.base.errors import ConfigError
from pds.kinds.nerf.fields.building import build_field
from pds.kinds.nerf.fields.field import Field
from pds.kinds.nerf.fields.grid_field import RAW_EMPTY, RAW_FULL, GridField, density_of, raw_density
from pds.kinds.nerf.fields.interpolation import corners, gather
from pds.kinds.nerf.fields.plane_field import INNER, PlaneField, contract

KINDS = {
    "grid": {"resolution": 9},
    "planes": {"resolution": 9, "density_channels": 3, "color_channels": 4},
}


def random_field(kind: str) -> Field:
    field = build_field(kind, KINDS[kind])
    chance = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in field.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=chance))
    return field


def random_points(count: int, *, reach: float = 0.99) -> tuple[torch.Tensor, torch.Tensor]:
    chance = torch.Generator().manual_seed(1)
    points = (torch.rand(count, 3, generator=chance) * 2 - 1) * reach
    return points, F.normalize(torch.randn(count, 3, generator=chance), dim=1)


def test_an_unknown_kind_is_refused_and_the_known_are_named():
    with pytest.raises(ConfigError, match="grid, planes"):
        build_field("octree", {})


def test_an_unknown_setting_is_refused():
    with pytest.raises(ConfigError, match="no setting 'depth'"):
        build_field("grid", {"depth": 3})


@pytest.mark.parametrize("value", [3, 257, 10**9, True, "64", 64.0])
def test_a_setting_out_of_its_range_is_refused(value):
    with pytest.raises(ConfigError, match="resolution"):
        build_field("grid", {"resolution": value})


@pytest.mark.parametrize("kind", KINDS)
def test_settings_rebuild_a_field_of_the_same_shapes(kind):
    field = random_field(kind)
    again = build_field(field.kind, field.settings())
    again.load_state_dict(field.state_dict())
    points, directions = random_points(50)
    for one, other in zip(field.query(points, directions), again.query(points, directions)):
        assert torch.equal(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_the_groups_hold_every_parameter_once(kind):
    field = random_field(kind)
    grouped = [id(p) for group in field.groups().values() for p in group]
    assert list(field.groups()) == ["density", "color"]
    assert sorted(grouped) == sorted(id(p) for p in field.parameters())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("moved", ["density", "color"])
def test_a_group_moves_only_what_it_is_named_for(kind, moved):
    field = random_field(kind)
    points, directions = random_points(50)
    before = dict(zip(("density", "color"), field.query(points, directions)))
    with torch.no_grad():
        for parameter in field.groups()[moved]:
            parameter.add_(0.5)
    after = dict(zip(("density", "color"), field.query(points, directions)))
    for name in before:
        assert torch.equal(before[name], after[name]) == (name != moved)


@pytest.mark.parametrize("kind", KINDS)
def test_density_and_colour_alone_equal_the_query(kind):
    field = random_field(kind)
    points, directions = random_points(50)
    with torch.no_grad():
        density, color = field.query(points, directions)
    assert torch.equal(field.density(points), density)
    assert torch.equal(field.color(points, directions), color)
    assert bool((density >= 0).all())
    assert float(color.min()) >= 0
    assert float(color.max()) <= 1


def test_a_grid_reads_linear_values_exactly_between_its_nodes():
    field = GridField(8)
    line = torch.linspace(-1, 1, 8)
    x, y, z = torch.meshgrid(line, line, line, indexing="ij")
    with torch.no_grad():
        field.density_raw.copy_(x - 0.5 * y + 0.25 * z)
        field.color_raw.copy_(torch.stack([x, 2 * y, -z], -1))
    points, directions = random_points(200)
    density, color = field.query(points, directions)
    raw = points @ torch.tensor([1.0, -0.5, 0.25])
    assert torch.allclose(density, density_of(raw), rtol=1e-4)
    assert torch.allclose(color, (points * torch.tensor([1.0, 2, -1])).sigmoid(), atol=1e-5)


def test_nothing_is_outside_a_grid():
    field = GridField(8)
    with torch.no_grad():
        field.density_raw.fill_(RAW_FULL)
    outside = torch.tensor([[1.01, 0.0, 0.0], [0.0, -2.0, 0.0], [0.0, 0.0, 50.0]])
    assert field.density(outside).tolist() == [0, 0, 0]
    assert float(field.density(torch.ones(1, 3)).detach()) > 100


@pytest.mark.parametrize("channels", [1, 3, 12])
def test_interpolation_and_its_gradient_equal_grid_sample(channels):
    points, _ = random_points(300, reach=1.2)
    points = points.double().clamp(-1, 1)
    chance = torch.Generator().manual_seed(5)
    table = torch.randn(7, 7, 7, channels, generator=chance, dtype=torch.float64)
    table.requires_grad_()
    ours = gather(table.view(-1, channels), *corners(points, 7))
    volume = table.permute(3, 0, 1, 2)[None]
    places = points.flip(1)[None, :, None, None]  # grid_sample wants the last axis first
    theirs = F.grid_sample(volume, places, align_corners=True)[0, :, :, 0, 0].T
    assert torch.allclose(ours, theirs, atol=1e-12)
    weights = torch.randn(ours.shape, generator=chance, dtype=torch.float64)
    one = torch.autograd.grad((ours * weights).sum(), table)[0]
    other = torch.autograd.grad((theirs * weights).sum(), table)[0]
    assert torch.allclose(one, other, atol=1e-12)


def test_raw_density_inverts_density_within_its_range():
    raw = torch.linspace(RAW_EMPTY, RAW_FULL, 50)
    assert torch.allclose(raw_density(density_of(raw)), raw, atol=1e-2)


def test_an_empty_grid_holds_nothing_and_has_a_gradient():
    field = GridField(6)
    points, _ = random_points(30)
    density = field.density(points)
    assert float(density.detach().min()) >= 0
    assert float(density.detach().max()) < 1e-5
    density.sum().backward()
    assert float(field.density_raw.grad.max()) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_empty_space_grows_matter_within_two_hundred_steps_of_an_edit(kind):
    field = build_field(kind, KINDS[kind])
    with torch.no_grad():
        field.sink(100.0)
        field.project()  # as empty as it can become
    points, _ = random_points(30, reach=0.4)
    optimiser = torch.optim.Adam(field.groups()["density"], lr=0.05)
    for _ in range(200):
        optimiser.zero_grad()
        torch.exp(-field.density(points) * 0.1).mean().backward()
        optimiser.step()
        field.project()
    assert float(field.density(points).detach().median()) > 5


@pytest.mark.parametrize("kind", KINDS)
def test_projecting_bounds_every_value(kind):
    field = random_field(kind)
    points, directions = random_points(20)
    with torch.no_grad():
        for parameter in field.parameters():
            parameter.mul_(1e6)
    field.project()
    density, color = field.query(points, directions)
    assert bool(density.isfinite().all())
    assert bool(color.isfinite().all())
    assert max(float(p.detach().abs().max()) for p in field.parameters()) <= 100


@pytest.mark.parametrize("kind", KINDS)
def test_a_grid_twice_as_fine_holds_the_same_field(kind):
    field = random_field(kind)
    points, directions = random_points(100)
    before = field.query(points, directions)
    field.upsample(17)
    after = field.query(points, directions)
    assert field.resolution == 17
    assert field.settings()["resolution"] == 17
    for one, other in zip(before, after):
        assert torch.allclose(one, other, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_does_not_share_parameters(kind):
    field = random_field(kind)
    copy = field.copy()
    points, _ = random_points(20)
    before = field.density(points)
    with torch.no_grad():
        for parameter in copy.parameters():
            parameter.zero_()
    assert torch.equal(field.density(points), before)
    assert not torch.equal(copy.density(points), before)


@pytest.mark.parametrize("kind", KINDS)
def test_the_density_grid_equals_the_density_at_its_nodes(kind):
    field = random_field(kind)
    for resolution in (9, 5):
        line = torch.linspace(-1, 1, resolution)
        nodes = torch.cartesian_prod(line, line, line)
        grid = field.grid_density(resolution).reshape(-1)
        if kind == "planes":  # only the inner half is scaled and nothing more
            inner = (nodes.abs() <= 0.5).all(1)
            nodes, grid = nodes[inner] * 2 * INNER, grid[inner]
        assert torch.allclose(field.density(nodes), grid, rtol=1e-3, atol=1e-4)


def test_smoothness_is_the_mean_squared_step_between_neighbours():
    field = GridField(5)
    with torch.no_grad():
        field.density_raw.fill_(1.0)
        field.color_raw.zero_()
        field.color_raw[2:] = 100.0  # half grey to white, over one of four steps along x
    assert float(field.smoothness("density").detach()) == 0
    assert float(field.smoothness("color").detach()) == pytest.approx(0.25 / 4)


def test_smoothness_of_planes_falls_where_its_gradient_leads():
    field = random_field("planes")
    for name in ("density", "color"):
        before = field.smoothness(name)
        parameters = field.groups()[name][:2]
        slopes = torch.autograd.grad(before, parameters)
        with torch.no_grad():
            for parameter, slope in zip(parameters, slopes):
                parameter.sub_(10 * slope)
        assert float(field.smoothness(name).detach()) < float(before.detach())


def test_contraction_keeps_the_inside_and_brings_all_the_rest_within_two():
    points, _ = random_points(100)
    assert torch.equal(contract(points), points)
    far = points * 1e4
    assert float(contract(far).abs().max()) <= 2
    assert float(contract(far).abs().amax(1).min()) > 1.9
    border = F.normalize(points, p=float("inf"), dim=1)
    assert torch.allclose(contract(border * 1.0001), border, atol=1e-3)


def test_colours_of_planes_depend_on_the_direction_of_sight():
    field = random_field("planes")
    with torch.no_grad():
        field.color_weights.mul_(3000)
    points, directions = random_points(20)
    assert not torch.allclose(field.color(points, directions), field.color(points, -directions))


def test_planes_know_far_and_near_places():
    field = PlaneField(16, 2, 2)
    points = torch.tensor([[0.0, 0, 0], [1e3, 0, 0], [0, -1e6, 0]])
    assert bool(field.density(points).isfinite().all())
