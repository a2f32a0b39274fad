"""The mesh of a scene: closed, coloured, outward, upright, as trimesh reads the file back."""

import itertools
import math

import numpy as np
import pytest
import torch
import trimesh

from pds.base.errors import ConfigError, ExportError
from pds.kinds.nerf.export.mesh import extract_mesh, write_glb, write_ply
from pds.kinds.nerf.export.solid import extent_of, solidity
from pds.kinds.nerf.fields.grid_field import GridField
from tests.doubles.scene_fields import (
    SHARPNESS,
    arc,
    ball,
    box,
    nothing,
    plain,
    shape_scene,
    split,
    torus,
    union,
    without,
)

RED, BLUE = (0.9, 0.2, 0.1), (0.1, 0.2, 0.9)
QUICK = 48


def check_solid(mesh: trimesh.Trimesh) -> None:
    """Closed, without loose ends, and right-way-out, each part of it."""
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    for part in mesh.split(only_watertight=False):
        assert part.is_watertight
        assert part.volume > 0


def colors_near(mesh: trimesh.Trimesh, point, count: int = 20) -> np.ndarray:
    """Mean colour of the corners nearest to a point, in [0, 1]."""
    nearest = np.linalg.norm(mesh.vertices - point, axis=1).argsort()[:count]
    return mesh.visual.vertex_colors[nearest, :3].mean(0) / 255


def linear(srgb) -> np.ndarray:
    return ((np.asarray(srgb) + 0.055) / 1.055) ** 2.4


def noisy_scene(seed: int, *, resolution: int = 32):
    """A ring as a fit leaves it: rough at its surface and hollow inside."""
    side = torch.linspace(-1, 1, resolution)
    points = torch.stack(torch.meshgrid(side, side, side, indexing="ij"), -1).view(-1, 3)
    distance = torus()(points).view(resolution, resolution, resolution)
    rough = torch.randn(distance.shape, generator=torch.Generator().manual_seed(seed))
    raw = torch.where(distance < -0.12, torch.tensor(-5.0), (-40 * distance).clamp(-5, 4))
    field = GridField(resolution=resolution)
    with torch.no_grad():
        field.density_raw.copy_((raw + 1.5 * rough * (distance < 0.05)).clamp(-5, 6))
    scene = shape_scene(torus())
    return type(scene)(**{**vars(scene), "field": field})


def test_a_ball_becomes_a_closed_outward_ball_of_its_size():
    mesh = extract_mesh(shape_scene(ball(radius=0.5)), resolution=QUICK)
    check_solid(mesh)
    assert mesh.body_count == 1
    assert mesh.volume == pytest.approx(4 / 3 * math.pi * 0.5**3, rel=0.15)
    distances = np.linalg.norm(mesh.vertices, axis=1)
    assert np.abs(distances - 0.5).max() < 2 / QUICK + 5 / SHARPNESS


def test_a_ring_keeps_its_hole():
    mesh = extract_mesh(shape_scene(torus()), resolution=QUICK)
    check_solid(mesh)
    assert mesh.euler_number == 0


def test_each_corner_has_the_colour_of_its_side():
    mesh = extract_mesh(shape_scene(ball(), split(RED, BLUE)), resolution=QUICK)
    assert np.abs(colors_near(mesh, (-0.5, 0, 0)) - RED).max() < 0.02
    assert np.abs(colors_near(mesh, (0.5, 0, 0)) - BLUE).max() < 0.02


def test_corners_have_the_colour_that_is_seen_and_not_that_of_empty_space_or_the_inside():
    def layered(points, directions):
        depth = ball()(points)[:, None]
        inside = torch.where(depth < -0.1, points.new_tensor((0.0, 1.0, 0.0)), torch.tensor(RED))
        return torch.where(depth > 0.03, points.new_tensor((1.0, 0.0, 1.0)), inside)

    mesh = extract_mesh(shape_scene(ball(), layered), resolution=QUICK)
    assert np.abs(mesh.visual.vertex_colors[:, :3] / 255 - RED).max() < 0.06


def test_a_colour_that_depends_on_the_view_is_taken_from_a_camera_in_front():
    def facing(points, directions):
        return (0.5 - 0.5 * directions).clamp(0, 1)

    mesh = extract_mesh(shape_scene(ball(), facing), resolution=QUICK)
    assert colors_near(mesh, (0.5, 0, 0))[0] > 0.9
    assert colors_near(mesh, (-0.5, 0, 0))[0] < 0.1
    assert colors_near(mesh, (0, -0.5, 0))[1] < 0.1


def test_two_things_stay_two_parts_and_floaters_go():
    two = union(ball((0, 0, -0.4), 0.35), ball((0, 0, 0.5), 0.2))
    floater = ball((0.8, 0.8, 0.8), 0.06)
    mesh = extract_mesh(shape_scene(union(two, floater)), resolution=64)
    check_solid(mesh)
    assert mesh.body_count == 2
    assert mesh.bounds[1][0] < 0.5


def test_a_hollow_thing_is_filled():
    hollow = without(ball(radius=0.6), ball(radius=0.4))
    mesh = extract_mesh(shape_scene(hollow), resolution=QUICK)
    check_solid(mesh)
    assert mesh.body_count == 1
    assert mesh.volume == pytest.approx(4 / 3 * math.pi * 0.6**3, rel=0.15)


def test_what_a_wall_of_fog_closes_in_is_no_part_of_its_own():
    wall, inner = without(ball(radius=0.6), ball(radius=0.53)), ball(radius=0.2)

    def bubble(points):
        # About 10 a unit in the wall: 50 % opaque, so that one can see into it.
        thin = torch.where(wall(points) < 0, 2.2 / SHARPNESS, 1.0)
        return torch.minimum(thin, inner(points))

    mesh = extract_mesh(shape_scene(bubble), resolution=64)
    check_solid(mesh)
    assert mesh.body_count == 1
    assert mesh.volume > 0.7


def test_a_thing_of_fog_too_thin_for_the_level_but_opaque_as_a_whole_is_solid():
    def fog(points):
        # About 4 a unit inside a ball of radius 0.7: 99 % opaque through the middle.
        return torch.where(ball(radius=0.7)(points) < 0, 3.2 / SHARPNESS, 1.0)

    mesh = extract_mesh(shape_scene(fog), resolution=QUICK, level=50.0)
    check_solid(mesh)
    assert 0.3 < np.linalg.norm(mesh.vertices, axis=1).max() < 0.72


def test_what_reaches_out_of_the_cube_is_closed_at_its_side():
    mesh = extract_mesh(shape_scene(box((-0.4, -0.4, -3), (0.4, 0.4, 0.2))), resolution=QUICK)
    check_solid(mesh)
    assert mesh.bounds[0][2] == pytest.approx(-1, abs=3 / QUICK)
    assert mesh.bounds[1][2] == pytest.approx(0.2, abs=3 / QUICK)


def test_of_an_open_scene_the_middle_is_cut_out():
    scene = shape_scene(union(ball(radius=0.2), box((-9, -9, -9), (9, 9, -0.3))), bounded=False)
    assert extent_of(scene) == pytest.approx(0.54)
    mesh = extract_mesh(scene, resolution=QUICK)
    check_solid(mesh)
    assert mesh.body_count == 2
    assert np.abs(mesh.bounds).max() < 0.6


@pytest.mark.parametrize("faces", [300, 2000])
def test_there_are_at_most_so_many_triangles_and_nearly_as_many(faces):
    mesh = extract_mesh(shape_scene(torus()), resolution=64, faces=faces)
    check_solid(mesh)
    assert 0.8 * faces < len(mesh.faces) <= faces
    assert len(mesh.visual.vertex_colors) == len(mesh.vertices)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("faces", [400, 3000])
def test_a_rough_fit_gives_a_closed_mesh_whatever_thinning_out_does_to_it(seed, faces):
    mesh = extract_mesh(noisy_scene(seed), resolution=64, faces=faces)
    check_solid(mesh)
    assert len(mesh.faces) <= faces


def test_the_mesh_of_a_fit_half_a_cell_thick_is_still_closed():
    plate = box((-0.7, -0.7, -0.02), (0.7, 0.7, 0.02))
    check_solid(extract_mesh(shape_scene(plate), resolution=QUICK))


def test_the_glb_is_upright_closed_outward_and_coloured(tmp_path):
    # Tall, red at the front (-y), blue at the back, with a ball on top.
    tall = union(box((-0.3, -0.3, -0.9), (0.3, 0.3, 0.3)), ball((0, 0, 0.5), 0.3))
    scene = shape_scene(tall, split(RED, BLUE, axis=1))
    path = write_glb(tmp_path / "a.glb", extract_mesh(scene, resolution=QUICK))
    mesh = trimesh.load(path, force="mesh")
    check_solid(mesh)
    assert mesh.visual.kind == "vertex"
    low, high = mesh.bounds
    assert (low[1], high[1]) == pytest.approx((-0.9, 0.8), abs=0.06)  # y is up
    assert np.abs(mesh.bounds[:, [0, 2]]).max() < 0.4
    # glTF's front is +z, and its colours are linear light.
    assert np.abs(colors_near(mesh, (0, -0.3, 0.3)) - linear(RED)).max() < 0.02
    assert np.abs(colors_near(mesh, (0, -0.3, -0.3)) - linear(BLUE)).max() < 0.02
    normals = mesh.vertex_normals
    assert (normals * (mesh.vertices - mesh.center_mass)).sum(1).mean() > 0


def test_the_ply_keeps_the_scenes_axes_and_colours(tmp_path):
    scene = shape_scene(ball((0, 0, 0.4), 0.3), split(RED, BLUE))
    mesh = trimesh.load(write_ply(tmp_path / "a.ply", extract_mesh(scene, resolution=QUICK)))
    check_solid(mesh)
    assert mesh.bounds[:, 2] == pytest.approx((0.1, 0.7), abs=0.06)
    assert np.abs(colors_near(mesh, (-0.3, 0, 0.4)) - RED).max() < 0.02


def test_writing_a_mesh_does_not_change_it(tmp_path):
    mesh = extract_mesh(shape_scene(ball()), resolution=32)
    vertices, colors = mesh.vertices.copy(), mesh.visual.vertex_colors.copy()
    write_glb(tmp_path / "a.glb", mesh)
    write_ply(tmp_path / "a.ply", mesh)
    assert np.array_equal(mesh.vertices, vertices)
    assert np.array_equal(mesh.visual.vertex_colors, colors)


@pytest.mark.parametrize("write", [write_glb, write_ply])
def test_a_mesh_into_an_unwritable_folder_is_an_export_error(tmp_path, write):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(ExportError, match="cannot be written"):
        write(blocked / "a.mesh", extract_mesh(shape_scene(ball()), resolution=32))


def test_the_same_scene_gives_the_same_mesh(tmp_path):
    paths = [tmp_path / "a.glb", tmp_path / "b.glb"]
    for path in paths:
        write_glb(path, extract_mesh(noisy_scene(0), resolution=QUICK, faces=1000))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_an_empty_scene_has_no_mesh():
    with pytest.raises(ExportError, match=r"scene is empty: .*Fit or edit it again, or lower"):
        extract_mesh(shape_scene(nothing()), resolution=32)


def test_a_broken_density_counts_as_empty():
    with pytest.raises(ExportError, match="scene is empty"):
        extract_mesh(shape_scene(lambda points: points[:, 0] * math.nan), resolution=16)


def test_what_cannot_be_thinned_out_enough_is_taken_from_a_coarser_grid():
    # 27 balls would need 108 triangles; seen coarsely they are one lump.
    places = itertools.product((-0.3, 0.0, 0.3), repeat=3)
    lump = union(*(ball(place, 0.125) for place in places))
    mesh = extract_mesh(shape_scene(lump), resolution=64, faces=100)
    check_solid(mesh)
    assert len(mesh.faces) <= 100
    assert mesh.bounds.flatten() == pytest.approx([-0.43] * 3 + [0.43] * 3, abs=0.08)


def test_more_things_than_triangles_are_refused():
    places = itertools.product((-0.85, -0.28, 0.28, 0.85), repeat=3)
    many = union(*(ball(place, 0.13) for place in places))
    with pytest.raises(ExportError, match="No closed surface was found with 100 triangles"):
        extract_mesh(shape_scene(many, plain(*RED)), resolution=QUICK, faces=100)


@pytest.mark.parametrize(
    "wanted", [{"resolution": 8}, {"resolution": 999}, {"level": 0.0}, {"faces": 10}]
)
def test_numbers_out_of_range_are_refused(wanted):
    with pytest.raises(ConfigError, match=f"{next(iter(wanted))} is"):
        extract_mesh(shape_scene(ball()), **wanted)


def test_all_that_is_empty_is_connected_with_the_border():
    scene = shape_scene(without(ball(radius=0.6), ball(radius=0.4)), cameras=arc())
    solid = solidity(scene.field, 24, 1.0, 10.0)
    assert solid.shape == (26, 26, 26)
    assert solid[0].max() == 0
    assert solid[13, 13, 13] > 0.5
