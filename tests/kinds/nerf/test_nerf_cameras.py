"""Cameras: conventions, rays against projection, lens distortion and its inverse."""

import math

import pytest
import torch

from pds.base.errors import CaptureError
from pds.kinds.nerf.cameras import (
    Camera,
    azimuth_of,
    distort,
    look_at,
    orbit,
    undistort,
    view_words,
)
from pds.kinds.nerf.capture.silhouettes import project

FOX_LIKE = (0.0578, -0.0805, -0.00098, 0.00016)
STRONG = (-0.28, 0.09, 0.001, -0.0005, -0.01)


def camera(**values: object) -> Camera:
    pose = torch.tensor([[1.0, 0, 0, 1], [0, 1, 0, 2], [0, 0, 1, 3]])
    own = {"width": 6, "height": 4, "fl_x": 5.0, "fl_y": 4.0, "cx": 3.2, "cy": 1.9}
    return Camera(**{"camera_to_world": pose, **own, **values})


def test_the_ray_through_the_principal_point_is_the_optical_axis():
    origins, directions = camera().rays(torch.tensor([[3.2, 1.9]]))
    assert origins.tolist() == [[1.0, 2.0, 3.0]]
    assert directions[0].tolist() == pytest.approx([0, 0, -1])


def test_right_in_the_picture_is_x_and_down_in_the_picture_is_minus_y():
    _, directions = camera().rays(torch.tensor([[4.2, 1.9], [3.2, 2.9]]))
    right, down = (d / -d[2] for d in directions)
    assert right.tolist() == pytest.approx([1 / 5, 0, -1])
    assert down.tolist() == pytest.approx([0, -1 / 4, -1])


def test_rays_have_unit_length_and_go_row_by_row_through_the_pixel_centres():
    one = camera(distortion=FOX_LIKE)
    assert one.pixels()[[0, 1, 6]].tolist() == [[0.5, 0.5], [1.5, 0.5], [0.5, 1.5]]
    origins, directions = one.rays()
    assert origins.shape == directions.shape == (24, 3)
    assert torch.allclose(directions.norm(dim=1), torch.ones(24), atol=1e-6)
    assert torch.equal(directions, one.rays(one.pixels())[1])


@pytest.mark.parametrize("coefficients", [(), FOX_LIKE, STRONG])
def test_a_point_on_a_ray_is_seen_at_the_pixel_of_the_ray(coefficients):
    lens = orbit(33, 21, distance=2, fov_deg=70, size_px=20)
    lens = camera(
        camera_to_world=lens.camera_to_world.double(),
        width=20,
        height=16,
        fl_x=14.0,
        fl_y=13.0,
        cx=10.3,
        cy=7.8,
        distortion=coefficients,
    )
    pixels = lens.pixels().double()
    origins, directions = lens.rays(pixels)
    for distance in (0.5, 3.0):
        seen, in_front = project(lens, origins + distance * directions)
        assert bool(in_front.all())
        assert float((seen - pixels).abs().max()) < 1e-6
    assert not bool(project(lens, origins - directions)[1].any())


def test_points_that_a_lens_model_would_fold_into_the_picture_are_not_in_front():
    """Barrel distortion without end: far aside, k1 pulls points back to the middle."""
    lens = camera(distortion=(-0.2, 0.0, 0.0, 0.0))
    aside = lens.camera_to_world[:, :3] @ torch.tensor([math.sqrt(5.0), 0.0, -1.0])
    seen, in_front = project(lens, (lens.position + aside)[None])
    assert seen[0].tolist() == pytest.approx([3.2, 1.9], abs=1e-4)
    assert in_front.tolist() == [False]


def test_distortion_is_opencvs_formula():
    x, y, (k1, k2, p1, p2, k3) = 0.3, -0.4, (0.1, -0.05, 0.01, 0.02, 0.03)
    r = math.hypot(x, y)
    radial = 1 + k1 * r**2 + k2 * r**4 + k3 * r**6
    want_x = x * radial + 2 * p1 * x * y + p2 * (r**2 + 2 * x**2)
    want_y = y * radial + p1 * (r**2 + 2 * y**2) + 2 * p2 * x * y
    point = torch.tensor([[x, y]], dtype=torch.float64)
    assert distort(point, (k1, k2, p1, p2, k3))[0].tolist() == pytest.approx([want_x, want_y])
    assert torch.equal(distort(point, (k1, k2)), distort(point, (k1, k2, 0.0, 0.0, 0.0)))


@pytest.mark.parametrize("coefficients", [FOX_LIKE, STRONG, (0.3, 0.1), (0.0, 0.0, 0.02, -0.03)])
def test_undistort_is_the_inverse_of_distort(coefficients):
    side = torch.linspace(-0.8, 0.8, 17, dtype=torch.float64)
    ideal = torch.cartesian_prod(side, side)
    assert float((undistort(distort(ideal, coefficients), coefficients) - ideal).abs().max()) < 1e-9


def test_undistort_stays_finite_where_the_lens_model_has_no_inverse():
    beyond = torch.tensor([[2.0, 2.0], [-3.0, 0.5]])
    assert bool(undistort(beyond, (-0.5, 0.0)).isfinite().all())


def test_without_distortion_nothing_is_changed():
    points = torch.rand(5, 2)
    assert undistort(points, ()) is points
    assert undistort(points, (0.0, 0.0)) is points


def test_a_resized_camera_sees_the_same_rays():
    one = camera(distortion=FOX_LIKE)
    twice = one.resized(12, 8)
    assert (twice.width, twice.height) == (12, 8)
    places = torch.tensor([[0.5, 3.5], [5.0, 1.0]])
    assert torch.allclose(one.rays(places)[1], twice.rays(2 * places)[1], atol=1e-6)


def test_fitting_scales_the_longer_side_and_keeps_at_least_a_pixel():
    assert (camera().fitted(3).width, camera().fitted(3).height) == (3, 2)
    thin = camera(width=400, height=2).fitted(40)
    assert (thin.width, thin.height) == (40, 1)


@pytest.mark.parametrize(
    ("azimuth", "place"),
    [(0, (0, -2, 0)), (90, (2, 0, 0)), (180, (0, 2, 0)), (270, (-2, 0, 0))],
)
def test_azimuths_go_from_the_front_to_the_right_side(azimuth, place):
    one = orbit(azimuth, 0, distance=2, fov_deg=40, size_px=8)
    assert one.position.tolist() == pytest.approx(place, abs=1e-6)
    assert azimuth_of(one) == pytest.approx(azimuth)


def test_an_orbit_looks_at_its_target_with_the_horizon_level():
    target = (0.3, -0.2, 0.5)
    one = orbit(40, 25, distance=3, fov_deg=50, size_px=64, target=target)
    seen, _ = project(one, torch.tensor([target]))
    assert seen[0].tolist() == pytest.approx([32, 32], abs=1e-4)
    assert float((one.position - torch.tensor(target)).norm()) == pytest.approx(3)
    assert float(one.camera_to_world[2, 0]) == pytest.approx(0, abs=1e-6)
    assert float(one.camera_to_world[2, 1]) > 0
    assert one.position[2] == pytest.approx(0.5 + 3 * math.sin(math.radians(25)))


def test_the_angle_of_view_reaches_from_side_to_side():
    one = orbit(0, 0, distance=3, fov_deg=50, size_px=64)
    _, edges = one.rays(torch.tensor([[0.0, 32.0], [64.0, 32.0]]))
    assert math.degrees(math.acos(float(edges[0] @ edges[1]))) == pytest.approx(50, abs=1e-3)


@pytest.mark.parametrize("elevation", [90, -90])
def test_a_camera_straight_above_or_below_has_a_pose(elevation):
    one = orbit(0, elevation, distance=2, fov_deg=40, size_px=8)
    assert -one.camera_to_world[:, 2] @ one.position == pytest.approx(-2)


def test_look_at_puts_up_upwards_in_the_picture_and_keeps_the_number_format():
    eye, target = torch.tensor([3.0, 1, 2]).double(), torch.tensor([0.0, 1, 0]).double()
    for up in (None, torch.tensor([0.0, 1.0, 0.0]).double()):
        pose = look_at(eye, target, up)
        assert pose.dtype == torch.float64
        assert torch.linalg.det(pose[:, :3]) == pytest.approx(1)
        assert (target - eye) @ -pose[:, 2] == pytest.approx(float((target - eye).norm()))
        sky = torch.tensor([0.0, 0.0, 1.0]).double() if up is None else up
        assert pose[:, 1] @ sky > 0
        assert pose[:, 0] @ sky == pytest.approx(0)


@pytest.mark.parametrize(
    ("azimuth", "words"),
    [
        (0, "front view"),
        (37, "front view"),
        (323, "front view"),
        (38, "side view"),
        (142, "side view"),
        (143, "back view"),
        (-180, "back view"),
        (360 + 90, "side view"),
    ],
)
def test_view_words_follow_the_azimuth(azimuth, words):
    assert view_words(azimuth) == words


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("name", ["fl_x", "cy"])
def test_numbers_that_are_not_finite_are_refused(name, value):
    with pytest.raises(CaptureError, match="not finite"):
        camera(**{name: value})


def test_a_distortion_or_a_pose_that_is_not_finite_is_refused():
    with pytest.raises(CaptureError, match="not finite"):
        camera(distortion=(math.nan, 0.0))
    with pytest.raises(CaptureError, match="not finite"):
        camera(camera_to_world=torch.full((3, 4), math.nan))


@pytest.mark.parametrize("focal", [0.0, -5.0])
def test_a_focal_length_must_be_above_zero(focal):
    with pytest.raises(CaptureError, match="above zero"):
        camera(fl_y=focal)


@pytest.mark.parametrize("size", [{"width": 0}, {"height": 8193}])
def test_an_impossible_size_is_refused(size):
    with pytest.raises(CaptureError, match="sides from 1 to 8192"):
        camera(**size)


@pytest.mark.parametrize(
    "diagonal", [(1.0, 1.0, -1.0), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0)], ids=["mirror", "scale", "0"]
)
def test_a_pose_that_is_no_rotation_is_refused(diagonal):
    with pytest.raises(CaptureError, match="not a rotation"):
        camera(camera_to_world=torch.cat([torch.diag(torch.tensor(diagonal)), torch.ones(3, 1)], 1))
