"""Scene coordinates from cameras alone: up, centre, size, and the way back."""

import math

import numpy as np
import pytest
import torch

from pds.base.errors import CaptureError
from pds.kinds.nerf.cameras import look_at, orbit
from pds.kinds.nerf.capture.normalising import focus_point, normalised, up_direction
from pds.kinds.nerf.capture.silhouettes import outline_box
from tests.doubles.reading_samples import a_similarity, arc, ellipsoid, moved, ring, wide


def elsewhere(cameras, similarity):
    """The cameras as another tool would give them: in other coordinates, float64."""
    return [wide(pose[:3]) for pose in moved(cameras, similarity)]


def alphas_of(cameras, **shape):
    drawn = (ellipsoid(camera, **shape) for camera in cameras)
    return [torch.from_numpy(np.array(each)[..., 3].copy()) for each in drawn]


def stacked(cameras):
    return torch.stack([camera.camera_to_world for camera in cameras])


@pytest.mark.parametrize("bounded", [True, False])
def test_the_way_back_leads_to_the_poses_given(bounded):
    given = elsewhere(arc(), a_similarity())
    cameras, world_from_scene = normalised(given, bounded=bounded)
    back = torch.stack(moved(cameras, world_from_scene))[:, :3]
    assert torch.allclose(back, stacked(given), atol=1e-4)
    assert all(camera.camera_to_world.dtype == torch.float32 for camera in cameras)
    assert world_from_scene.dtype == torch.float32


def test_the_result_does_not_depend_on_the_coordinates_given():
    """Up to the turn about z, which is the cameras' own: they look along +y."""
    here, _ = normalised(arc(), bounded=False)
    there, _ = normalised(elsewhere(arc(), a_similarity()), bounded=False)
    assert torch.allclose(stacked(here), stacked(there), atol=1e-5)


def test_cameras_of_a_tiny_or_far_away_world_are_brought_here():
    here = stacked(normalised(arc(), bounded=False)[0])
    for scale, shift in ((1e-5, 0.0), (1e6, 1e8)):
        similarity = torch.eye(4, dtype=torch.float64)
        similarity[:3, :3] *= scale
        similarity[:3, 3] = shift
        there = normalised(elsewhere(arc(), similarity), bounded=False)[0]
        assert torch.allclose(here, stacked(there), atol=1e-4)


def test_unbounded_cameras_look_at_the_origin_from_minus_y_within_distance_1():
    cameras, _ = normalised(elsewhere(arc(9), a_similarity()), bounded=False)
    poses = stacked(cameras)
    assert float(poses[:, :, 3].norm(dim=1).max()) == pytest.approx(1)
    ahead = -poses[:, :, 2].mean(0)
    assert float(ahead[0]) == pytest.approx(0, abs=1e-5)
    assert float(ahead[1]) > 0.9
    assert float(poses[:, 1, 3].max()) < 0
    miss = torch.linalg.cross(poses[:, :, 3], poses[:, :, 2]).norm(dim=1)
    assert float(miss.max()) < 0.02


def test_up_is_z_and_an_objects_azimuths_stay():
    cameras, world_from_scene = normalised(ring(elevation_deg=30), bounded=True)
    assert torch.allclose(stacked(cameras), stacked(ring(elevation_deg=30)), atol=1e-5)
    assert torch.allclose(world_from_scene, torch.eye(4), atol=1e-5)


def test_level_cameras_on_one_side_of_a_ring_still_tell_up():
    """The mean of their own up would lean, for they all look down to one side."""
    side = [
        orbit(azimuth, 40, distance=3, fov_deg=40, size_px=48) for azimuth in range(-90, 91, 15)
    ]
    up = up_direction(stacked(side).double())
    assert up.tolist() == pytest.approx([0, 0, 1], abs=1e-6)
    mean = stacked(side)[:, :, 1].mean(0)
    assert float(mean[2] / mean.norm()) < 0.95


def test_up_is_up_and_not_down_for_cameras_below():
    below = [orbit(a, -50, distance=3, fov_deg=40, size_px=48) for a in range(0, 360, 30)]
    assert up_direction(stacked(below).double()).tolist() == pytest.approx([0, 0, 1], abs=1e-6)


def test_of_a_narrow_arc_up_is_the_mean_of_the_cameras_own():
    poses = stacked(arc()).double()
    poses[0, :, :3] = poses[0, :, :3] @ torch.tensor(
        [[0.9, -(0.19**0.5), 0], [0.19**0.5, 0.9, 0], [0, 0, 1]], dtype=torch.float64
    )
    want = poses[:, :, 1].mean(0)
    assert torch.allclose(up_direction(poses), want / want.norm())


def test_cameras_held_in_every_way_leave_z_up():
    upright = torch.cat([torch.eye(3), torch.ones(3, 1)], 1).double()
    upside_down = upright * torch.tensor([[-1.0, -1.0, 1.0, 1.0]]).double()
    assert up_direction(torch.stack([upright, upside_down])).tolist() == [0, 0, 1]


def test_a_world_that_stands_on_its_head_is_turned_over():
    flipped = torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0], dtype=torch.float64))
    cameras, _ = normalised(elsewhere(ring(), flipped), bounded=True)
    assert float(stacked(cameras)[:, 2, 1].min()) > 0.5
    assert float(stacked(cameras)[:, 2, 3].min()) > 0


def test_the_focus_is_where_the_optical_axes_cross():
    target = torch.tensor([1.0, 2.0, 3.0]).double()
    eyes = torch.tensor([[4.0, 2, 3], [1, 7, 4], [0, 0, 9]]).double()
    poses = torch.stack([look_at(eye, target) for eye in eyes])
    assert torch.allclose(focus_point(poses), target)


def side_by_side(count: int = 4):
    """Parallel cameras, a metre apart, looking along +y."""
    eyes = (torch.tensor([float(i), 0.0, 0.0]) for i in range(count))
    return [wide(look_at(eye, eye + torch.tensor([0.0, 1.0, 0.0]))) for eye in eyes]


def test_parallel_cameras_look_at_a_point_before_them():
    poses = stacked(side_by_side()).double()
    assert focus_point(poses).tolist() == pytest.approx([1.5, 4 * 1.5, 0])
    assert focus_point(poses, 20.0).tolist() == pytest.approx([1.5, 20, 0])
    cameras, _ = normalised(side_by_side(), bounded=False, focus_distance=20.0)
    assert float(cameras[0].position.norm()) == pytest.approx(1)
    assert float(cameras[0].position[1]) == pytest.approx(-20 / math.hypot(20, 1.5))


def test_cameras_that_look_apart_look_at_a_point_before_them_not_behind():
    eyes = [torch.tensor([0.3 * i, 0.0, 0.0]) for i in (-2, -1, 0, 1, 2)]
    poses = [look_at(eye, eye + torch.tensor([float(eye[0]), 1.0, 0.0])) for eye in eyes]
    assert float(focus_point(torch.stack(poses).double())[1]) > 0.5


def test_a_panorama_is_centred_on_where_it_was_taken():
    outwards = [wide(look_at(c.position * 0.1, c.position)) for c in ring(12, elevation_deg=0)]
    cameras, _ = normalised(outwards, bounded=False)
    assert stacked(cameras)[:, :, 3].mean(0).tolist() == pytest.approx([0, 0, 0], abs=1e-5)
    assert float(stacked(cameras)[:, :, 3].norm(dim=1).max()) == pytest.approx(1)


def test_an_object_without_outlines_is_seen_from_distance_4_on_average():
    near_and_far = [*ring(6, distance=2), *ring(6, distance=4)]
    cameras, _ = normalised(near_and_far, bounded=True)
    assert float(stacked(cameras)[:, :, 3].norm(dim=1).mean()) == pytest.approx(4)


@pytest.mark.parametrize("centre", [(0.0, 0.0, 0.0), (0.3, -0.2, 0.1)])
def test_an_object_fills_the_cube_as_its_outlines_tell(centre):
    """Seen from above and below, the box of the visual hull is that of the object."""
    cameras = [*ring(8, elevation_deg=5), *ring(6, elevation_deg=60), *ring(6, elevation_deg=-60)]
    cameras = [camera.resized(96, 96) for camera in cameras]
    shape = {"radii": (0.5, 0.3, 0.7), "centre": centre}
    placed, world_from_scene = normalised(cameras, bounded=True, alphas=alphas_of(cameras, **shape))
    scale = float(world_from_scene[0, 0])
    assert 0.7 < scale < 0.85  # half the height of 1.4 goes to nearly the whole half cube
    assert torch.allclose(world_from_scene[:3, :3], scale * torch.eye(3), atol=1e-4)
    assert world_from_scene[:3, 3].tolist() == pytest.approx(centre, abs=0.04)
    assert placed[0].fl_x == cameras[0].fl_x


def test_the_outlines_box_holds_the_object_and_little_more():
    cameras = [*ring(8, elevation_deg=5), *ring(6, elevation_deg=60), *ring(6, elevation_deg=-60)]
    low, high = outline_box(cameras, alphas_of(cameras, radii=(0.5, 0.3, 0.7)))
    for side, radius in zip((high - low).tolist(), (0.5, 0.3, 0.7), strict=True):
        assert 2 * radius <= side <= 2 * radius + 0.25


def test_one_wrong_outline_among_many_does_no_harm():
    cameras = ring(34)
    alphas = alphas_of(cameras)
    low, high = outline_box(cameras, alphas)
    alphas[3] = torch.zeros_like(alphas[3])
    again = outline_box(cameras, alphas)
    assert torch.allclose(torch.stack(again), torch.stack([low, high]), atol=0.1)


def test_of_many_pictures_the_box_is_told_by_some():
    few, many = ring(60), ring(120)
    box = torch.stack(outline_box(few, alphas_of(few)))
    assert torch.allclose(torch.stack(outline_box(many, alphas_of(many))), box)


def test_outlines_that_contradict_the_poses_are_refused():
    cameras = ring()
    empty = [torch.zeros(48, 48, dtype=torch.uint8) for _ in cameras]
    with pytest.raises(CaptureError, match="contradict the camera poses"):
        normalised(cameras, bounded=True, alphas=empty)


@pytest.mark.parametrize("place", [0.0, 1e6])
def test_cameras_in_one_place_are_refused(place):
    here = torch.full((3,), place)
    turned = [
        wide(look_at(here, here + torch.tensor(ahead)))
        for ahead in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    ]
    for cameras in (turned, turned[:1]):
        with pytest.raises(CaptureError, match="in one place"):
            normalised(cameras, bounded=False)
