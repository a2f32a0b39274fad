"""An edit of an unbounded scene that is confined to a box."""

import pytest
import torch

from pds.base.errors import ConfigError
from pds.kinds.nerf.cameras import orbit
from pds.kinds.nerf.checkpoint import load_scene, save_scene
from pds.kinds.nerf.fields.confined_field import ConfinedField
from pds.kinds.nerf.fields.plane_field import PlaneField
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.moves.confining import Confinement
from pds.kinds.nerf.moves.parametric import NeRFImage
from pds.kinds.nerf.settings import NeRFSettings
from tests.doubles.scene_doubles import ball_field

BOX = (-0.4, -0.4, -0.4, 0.4, 0.4, 0.4)
SMALL = {"resolution": 8, "density_channels": 2, "color_channels": 2}


def planes(shift: float = 0.0) -> PlaneField:
    field = PlaneField(**SMALL)
    with torch.no_grad():
        for parameter in field.parameters():
            parameter.add_(shift)
    return field


def points(seed=0, count=200):
    chance = torch.Generator().manual_seed(seed)
    places = 2 * torch.rand(count, 3, generator=chance) - 1
    ways = torch.nn.functional.normalize(torch.randn(count, 3, generator=chance), dim=1)
    return places, ways


def plane_scene() -> FittedScene:
    camera = orbit(0.0, 0.0, distance=0.9, fov_deg=60.0, size_px=8)
    return FittedScene(
        field=planes().requires_grad_(False),
        cameras=(camera,),
        names=("0.png",),
        bounded=False,
        has_front=False,
        name="room",
    )


def test_inside_it_is_the_edited_field_and_outside_the_original():
    edited, original = planes(5.0), planes()
    field = ConfinedField.of(edited, original, BOX)
    places, ways = points()
    here = places.abs().amax(1) <= 0.4
    assert 5 < here.sum() < 100
    density, color = field.query(places, ways)
    for inside, part in ((here, edited), (~here, original)):
        wanted_density, wanted_color = part.query(places[inside], ways[inside])
        assert torch.equal(density[inside], wanted_density)
        assert torch.equal(color[inside], wanted_color)
    assert torch.equal(field.density(places), density)


def test_only_the_edited_field_gets_a_gradient():
    field = ConfinedField.of(planes(5.0), planes(), BOX).requires_grad_(True)
    density, color = field.query(*points())
    (density.sum() + color.sum()).backward()
    assert all(p.grad is not None for group in field.groups().values() for p in group)
    assert all(p.grad is None for p in field.original.parameters())


def test_an_edit_within_a_box_moves_no_place_outside():
    source = plane_scene()
    scene = NeRFImage(
        source, NeRFSettings(box=BOX), size_px=8, generator=torch.Generator().manual_seed(0)
    )
    optimizer = torch.optim.Adam([p for g in scene.parameter_groups() for p in g.parameters], lr=1)
    scene.render(scene.views()[0]).sum().backward()
    optimizer.step()
    scene.project()
    places, ways = points()
    here = places.abs().amax(1) <= 0.4
    (_, before), (_, after) = source.field.query(places, ways), scene.field.query(places, ways)
    assert torch.equal(before[~here], after[~here])
    assert not torch.equal(before[here], after[here])


def test_it_is_kept_by_a_checkpoint():
    source = plane_scene()
    scene = NeRFImage(
        source, NeRFSettings(box=BOX), size_px=8, generator=torch.Generator().manual_seed(0)
    )
    with torch.no_grad():
        scene.field.edited.color_planes.add_(1.0)
    found = load_scene(save_scene(scene.scene()))
    assert isinstance(found.field, ConfinedField)
    places, ways = points()
    assert torch.allclose(
        found.field.query(places, ways)[1], scene.field.query(places, ways)[1], atol=2e-2
    )


def test_the_larger_density_of_both_is_what_must_not_be_skipped():
    edited, original = planes(5.0), planes()
    field = ConfinedField.of(edited, original, BOX)
    grid = field.grid_density(6)
    assert torch.equal(grid, torch.maximum(edited.grid_density(6), original.grid_density(6)))


def test_a_second_box_is_refused():
    once = ConfinedField.of(planes(), planes(), BOX)
    with pytest.raises(ConfigError, match="within a box before"):
        ConfinedField.of(once, once, BOX)


def test_both_parts_grow_finer_together():
    field = ConfinedField.of(planes(), planes(), BOX)
    field.upsample(16)
    assert field.resolution == field.original.resolution == 16
    assert field.smoothness("density").item() > 0


@pytest.mark.parametrize("box", [(-1, -1, 0, 1, 1, 1), (-1.0, -1.0, 0.0, 1.0, 1.0, 1.0)])
def test_a_box_of_whole_numbers_confines_a_grid_like_one_of_fractions(box):
    moving, original = ball_field(resolution=8), ball_field(resolution=8)
    confinement = Confinement.of(moving, original, box)
    with torch.no_grad():
        moving.color_raw += 1
    confinement.restore()
    changed = (moving.color_raw != original.color_raw).float().mean().item()
    assert 0.3 < changed < 0.7
    field = ConfinedField.of(planes(5.0), planes(), box)
    assert field.box.dtype == torch.float32
