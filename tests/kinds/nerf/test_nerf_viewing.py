"""From where a scene is looked at: orbits, closed paths, previews."""

import dataclasses
import itertools
import math

import pytest
import torch

from pds.base.errors import ConfigError
from pds.kinds.nerf.cameras import azimuth_of, orbit
from pds.kinds.nerf.render.viewing import orbit_camera, path_cameras, preview_cameras
from tests.doubles.scene_fields import arc, ball, ring, shape_scene


def places(cameras) -> torch.Tensor:
    return torch.stack([camera.position for camera in cameras])


def turn_of(camera) -> float:
    """Azimuth within -180 to 180."""
    return math.remainder(azimuth_of(camera), 360)


def height_of(camera) -> float:
    return math.degrees(math.asin(float(camera.position[2] / camera.position.norm())))


def looks_at(camera, point) -> float:
    """Cosine between the optical axis and the way to a point."""
    way = torch.nn.functional.normalize(torch.tensor(point) - camera.position, dim=0)
    return float(-camera.camera_to_world[:, 2] @ way)


def steps_of(path) -> torch.Tensor:
    """Lengths of the steps of a closed path."""
    points = places(path)
    return (points - points.roll(-1, 0)).norm(dim=1)


def test_an_object_is_looked_at_as_its_own_cameras_did():
    scene = shape_scene(ball())
    camera = orbit_camera(scene, 70, 25, 96)
    assert (camera.width, camera.height) == (96, 96)
    assert azimuth_of(camera) == pytest.approx(70, abs=1e-3)
    assert height_of(camera) == pytest.approx(25, abs=1e-3)
    assert float(camera.position.norm()) == pytest.approx(4, abs=1e-5)
    assert camera.fl_x == pytest.approx(48 / math.tan(math.radians(20)), rel=1e-6)
    assert looks_at(camera, (0.0, 0.0, 0.0)) == pytest.approx(1, abs=1e-6)


def test_one_odd_camera_does_not_move_the_orbit_of_an_object():
    odd = orbit(10, 80, distance=40.0, fov_deg=5.0, size_px=24)
    scene = shape_scene(ball(), cameras=(*ring(7), odd))
    camera = orbit_camera(scene, 0, 0, 24)
    assert float(camera.position.norm()) == pytest.approx(4, abs=1e-5)
    assert camera.fl_x == pytest.approx(ring()[0].fl_x, rel=1e-6)


@pytest.mark.parametrize(("width", "height"), [(48, 24), (24, 48)])
def test_what_a_wide_or_tall_camera_saw_of_an_object_fits_the_square(width, height):
    tall = tuple(
        dataclasses.replace(one, width=width, height=height, fl_x=40.0, fl_y=40.0) for one in ring()
    )
    camera = orbit_camera(shape_scene(ball(), cameras=tall), 0, 0, 100)
    assert camera.width / camera.fl_x == pytest.approx(48 / 40)


def test_an_open_scene_keeps_the_shape_of_its_pictures_with_even_sides():
    scene = shape_scene(ball(), bounded=False)
    camera = orbit_camera(scene, 0, 0, 101)
    assert (camera.width, camera.height) == (68, 100)
    assert camera.distortion == ()
    assert camera.fl_x / camera.width == pytest.approx(25 / 20, rel=0.02)
    assert camera.fl_y / camera.height == pytest.approx(26 / 30, rel=0.02)
    assert (camera.cx, camera.cy) == (34, 50)


def test_offset_zero_is_near_the_middle_camera_of_an_open_scene():
    camera = orbit_camera(shape_scene(ball(), bounded=False), 0, 0, 32)
    assert turn_of(camera) == pytest.approx(0, abs=0.5)
    assert height_of(camera) == pytest.approx(10, abs=0.5)


def test_offsets_turn_anticlockwise_and_rise_in_an_open_scene():
    scene = shape_scene(ball(), bounded=False)
    turns = [turn_of(orbit_camera(scene, offset, 0, 32)) for offset in (-40, -20, 0, 20, 40)]
    heights = [height_of(orbit_camera(scene, 0, offset, 32)) for offset in (-10, 0, 10)]
    assert turns == sorted(turns)
    assert turns[3] == pytest.approx(20, abs=1.5)
    assert heights == sorted(heights)
    assert heights[2] - heights[0] > 4


@pytest.mark.parametrize("wanted", [(170, 80), (-170, -80), (0, 90), (90, 0), (179, 3)])
def test_no_view_of_an_open_scene_leaves_what_was_captured(wanted):
    scene = shape_scene(ball(), bounded=False)
    camera = orbit_camera(scene, *wanted, 32)
    captured = places(scene.cameras)
    assert (camera.position >= captured.amin(0) - 1e-5).all()
    assert (camera.position <= captured.amax(0) + 1e-5).all()
    assert looks_at(camera, (0.0, 0.0, 0.0)) > 0.999
    assert camera.camera_to_world[2, 0].abs() < 0.02  # held level, as the captured ones


def test_beyond_the_captured_arc_the_view_stays_at_its_end():
    scene = shape_scene(ball(), bounded=False)
    end, beyond = (orbit_camera(scene, azimuth, 0, 32) for azimuth in (40, 140))
    assert torch.allclose(end.camera_to_world, beyond.camera_to_world, atol=1e-4)
    assert turn_of(end) > 33


def test_crowds_of_cameras_do_not_pull_the_views_between_them():
    crowds = arc(azimuths=[-20, 20] * 30, elevations=[10])
    scene = shape_scene(ball(), cameras=(*arc(), *crowds), bounded=False)
    for offset in (-10, 0, 10):
        assert turn_of(orbit_camera(scene, offset, 0, 32)) == pytest.approx(offset, abs=2)


def test_an_open_scene_captured_from_all_around_has_no_end():
    around = arc(azimuths=range(0, 360, 20))
    scene = shape_scene(ball(), cameras=around, bounded=False)
    start = turn_of(orbit_camera(scene, 0, 0, 32))
    for offset in (90, 180, 270, 350, 720):
        camera = orbit_camera(scene, offset, 0, 32)
        assert math.remainder(turn_of(camera) - start - offset, 360) == pytest.approx(0, abs=2)


def test_a_scene_of_one_camera_is_seen_from_there():
    one = arc(azimuths=[30], elevations=[10])
    scene = shape_scene(ball(), cameras=one, bounded=False)
    for camera in (*path_cameras(scene, 3, size_px=32), orbit_camera(scene, 50, 50, 32)):
        assert torch.allclose(camera.camera_to_world, one[0].camera_to_world, atol=1e-5)


def test_the_path_around_an_object_closes_in_equal_steps():
    path = path_cameras(shape_scene(ball()), 12, size_px=32, elevation_deg=30)
    assert [round(azimuth_of(camera)) for camera in path] == list(range(0, 360, 30))
    assert {round(height_of(camera)) for camera in path} == {30}
    assert {(camera.width, camera.height) for camera in path} == {(32, 32)}


def test_the_path_through_an_open_scene_closes_in_even_steps_within_the_arc():
    scene = shape_scene(ball(), bounded=False)
    path = path_cameras(scene, 24, size_px=32)
    steps = steps_of(path)
    assert float(steps.max()) < 2 * float(steps.min())
    turns, heights = [turn_of(one) for one in path], [height_of(one) for one in path]
    assert -40 <= min(turns) < -25 < 25 < max(turns) <= 40
    assert 0 <= min(heights) < 6 < 14 < max(heights) <= 20


def test_the_path_of_an_open_scene_captured_from_all_around_goes_around():
    around = arc(azimuths=range(0, 360, 20))
    path = path_cameras(shape_scene(ball(), cameras=around, bounded=False), 36, size_px=32)
    steps = steps_of(path)
    assert float(steps.max()) < 1.2 * float(steps.min())
    assert {int(azimuth_of(camera) // 90) for camera in path} == {0, 1, 2, 3}


def test_previews_show_an_object_from_all_sides():
    azimuths = sorted(azimuth_of(camera) for camera in preview_cameras(shape_scene(ball()), 32))
    assert [round(b - a) for a, b in itertools.pairwise(azimuths)] == [90, 90, 90]


@pytest.mark.parametrize(("azimuths", "least"), [(range(-40, 41, 10), 12), (range(0, 360, 20), 80)])
def test_previews_of_an_open_scene_are_apart(azimuths, least):
    scene = shape_scene(ball(), cameras=arc(azimuths=azimuths), bounded=False)
    turns = sorted(azimuth_of(camera) for camera in preview_cameras(scene, 32))
    turns = sorted(math.remainder(turn - turns[0], 360) for turn in turns)
    assert len(turns) == 4
    assert all(b - a > least for a, b in itertools.pairwise(turns))


@pytest.mark.parametrize("bounded", [True, False])
def test_numbers_out_of_range_are_refused(bounded):
    scene = shape_scene(ball(), bounded=bounded)
    with pytest.raises(ConfigError, match="azimuth_deg is nan"):
        orbit_camera(scene, math.nan, 0, 32)
    with pytest.raises(ConfigError, match="elevation_deg is 91"):
        orbit_camera(scene, 0, 91, 32)
    with pytest.raises(ConfigError, match="size_px is 8"):
        orbit_camera(scene, 0, 0, 8)
    with pytest.raises(ConfigError, match="count is 0"):
        path_cameras(scene, 0, size_px=32)
    with pytest.raises(ConfigError, match="size_px is 9999"):
        path_cameras(scene, 4, size_px=9999)
    with pytest.raises(ConfigError, match="size_px is 8"):
        preview_cameras(scene, 8)
