"""The visual hull of a ball."""

from dataclasses import replace

import torch

from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.fit.carving import visual_hull
from pds.kinds.nerf.render.rendering import render
from tests.doubles.scene_doubles import ball_scene


def ball_capture(radius=0.5, size_px=48):
    scene = ball_scene(views=8, size_px=size_px, resolution=24, radius=radius)
    shots = [render(scene.field, camera) for camera in scene.cameras]
    return Capture(
        cameras=scene.cameras,
        images=tuple((s.image[0].permute(1, 2, 0) * 255).byte() for s in shots),
        alphas=tuple((s.opacity[0, 0] * 255).byte() for s in shots),
        names=scene.names,
        bounded=True,
        has_front=False,
        world_from_scene=torch.eye(4),
    )


def test_the_hull_holds_the_ball_and_not_much_more():
    hull = visual_hull(ball_capture(), 32)
    ticks = torch.linspace(-1, 1, 32)
    x, y, z = torch.meshgrid(ticks, ticks, ticks, indexing="ij")
    distance = (x * x + y * y + z * z).sqrt()
    assert hull[distance < 0.5].all()
    assert hull.float().mean() < 0.3
    assert not hull[(x.abs() > 0.9) | (y.abs() > 0.9)].any()


def test_pictures_without_silhouettes_have_no_hull():
    capture = ball_capture()
    assert visual_hull(replace(capture, alphas=None), 8) is None


def test_what_no_picture_shows_may_hold_matter():
    capture = ball_capture()
    empty = tuple(torch.zeros_like(a) for a in capture.alphas)
    assert not visual_hull(replace(capture, alphas=empty), 8)[3:5, 3:5, 3:5].any()
    close = tuple(replace(c, fl_x=c.fl_x * 20, fl_y=c.fl_y * 20) for c in capture.cameras)
    assert visual_hull(replace(capture, alphas=empty, cameras=close), 8)[0, 0, 0]


def test_only_the_pictures_that_may_tell_carve():
    capture = ball_capture()
    lying = (torch.zeros_like(capture.alphas[0]), *capture.alphas[1:])
    capture = replace(capture, alphas=lying)
    assert not visual_hull(capture, 8)[3:5, 3:5, 3:5].any()
    assert visual_hull(capture, 8, range(1, 8))[3:5, 3:5, 3:5].all()
