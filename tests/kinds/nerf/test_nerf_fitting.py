"""Fits: they converge, hold views out, stop, go on, and refuse what cannot be fitted."""

import itertools
import threading
from dataclasses import replace

import pytest
import torch

from pds.base.errors import CaptureError, ConfigError, NonFiniteGradient
from pds.kinds.nerf.cameras import Camera
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.checkpoint import load_scene, save_scene
from pds.kinds.nerf.fields.grid_field import GridField
from pds.kinds.nerf.fit.fit_plan import plan_for
from pds.kinds.nerf.fit.fitting import Fit
from pds.kinds.nerf.fit.held_out import held_out_indices
from pds.kinds.nerf.fit.ray_bank import RayBank
from pds.kinds.nerf.fit.shrinking import capture_at
from pds.kinds.nerf.render.pictures import picture
from pds.kinds.nerf.settings import FitSettings
from tests.doubles.nerf_samples import Ball, object_capture

BALL = (Ball((0.1, 0.0, -0.1), 0.6, (0.8, 0.3, 0.2), (0.2, 0.5, 0.8), 2.0),)


def ball_capture(views: int = 12, size_px: int = 24) -> Capture:
    return object_capture(views, size_px, BALL)


def room_capture() -> Capture:
    """The same pictures as if they went on to all sides."""
    seen = ball_capture()
    cameras = tuple(
        replace(one, camera_to_world=one.camera_to_world * torch.tensor([1.0, 1, 1, 0.2]))
        for one in seen.cameras
    )
    return replace(seen, cameras=cameras, alphas=None, bounded=False, has_front=False)


def quick(**changes) -> FitSettings:
    return FitSettings(**({"resolution": 24, "steps": 60, "rays_per_step": 512} | changes))


def test_a_short_fit_of_an_object_reaches_a_likeness_of_views_it_never_saw():
    fit = Fit(ball_capture(), quick(steps=120))
    steps = list(fit.steps())
    assert [step.index for step in steps] == list(range(120))
    assert {step.total for step in steps} == {120}
    assert steps[-1].held_out_psnr > 22
    assert steps[-1].psnr == steps[-1].curve_value > steps[5].psnr + 5
    quality = fit.held_out
    assert quality.views == 1
    assert quality.psnr > 22
    assert quality.ssim > 0.75
    assert sum(step.held_out_psnr is not None for step in steps) == 20
    times = [step.seconds for step in steps]
    assert times == sorted(times)
    assert fit.field.resolution == 24  # finer than it began


@pytest.mark.slow
def test_a_preset_like_object_passes_thirty_decibels():
    fit = Fit(object_capture(24, 64, BALL), FitSettings(steps=200))
    for _ in fit.steps():
        pass
    assert fit.held_out.psnr > 30


def test_the_background_of_an_object_with_alpha_stays_empty():
    fit = Fit(ball_capture(), quick(steps=120))
    for _ in fit.steps():
        pass
    corner = torch.tensor([[0.9, 0.9, 0.9], [-0.9, 0.9, -0.9], [0.9, -0.9, 0.0]])
    assert float(fit.field.density(corner).detach().max()) < 0.5
    line = torch.linspace(-0.7, -0.35, 20)  # through the surface
    surface = torch.stack([torch.full((20,), 0.1), line, torch.full((20,), -0.1)], 1)
    assert float(fit.field.density(surface).detach().max()) > 5


def test_a_scene_without_bounds_is_fitted_by_planes():
    config = quick(resolution=32, steps=60, rays_per_step=256, holdout=0)
    fit = Fit(room_capture(), config)
    steps = list(fit.steps())
    assert fit.field.kind == "planes"
    assert steps[-1].psnr > steps[3].psnr + 1
    scene = fit.scene("room")
    assert scene.images is fit.capture.images
    assert not scene.bounded


def test_the_same_seed_gives_the_same_field():
    def fitted(seed):
        fit = Fit(ball_capture(), quick(steps=5, seed=seed))
        for _ in fit.steps():
            pass
        return fit.field.density_raw.detach()

    assert torch.equal(fitted(1), fitted(1))
    assert not torch.equal(fitted(1), fitted(2))


def test_a_stopped_fit_goes_on_where_it_was():
    capture = ball_capture()
    fit = Fit(capture, quick(steps=40))
    steps = fit.steps()
    for _ in range(25):
        next(steps)
    steps.close()
    assert fit.steps_done == 25
    half = fit.scene("half")
    again = Fit(capture, quick(steps=40), field=half.field, steps_done=25)
    rest = list(again.steps())
    assert [rest[0].index, rest[-1].index] == [25, 39]
    assert again.held_out.psnr > fit.held_out.psnr
    assert fit.steps_done == 25


def test_a_saved_fit_goes_on_with_the_rest_of_its_own_plan():
    capture = ball_capture()
    fit = Fit(capture, quick(steps=12))
    steps = fit.steps()
    for _ in range(5):
        next(steps)
    saved = load_scene(save_scene(fit.scene("half")))
    assert (saved.steps_done, saved.steps_planned) == (5, 12)
    # The kind's own plan has 800 steps; that of the scene had 12.
    again = Fit.going_on(capture, quick(steps=0), saved)
    assert [(step.index, step.total) for step in again.steps()] == [(i, 12) for i in range(5, 12)]
    assert again.scene().steps_done == 12
    longer = Fit.going_on(capture, quick(steps=14), again.scene())
    assert [step.index for step in longer.steps()] == [12, 13]


def test_a_fit_at_the_end_of_its_plan_asks_for_more_steps():
    done = replace(Fit(ball_capture(), quick()).scene(), steps_done=60, steps_planned=60)
    with pytest.raises(ConfigError, match=r"end of its plan, 60 steps; .* ask for more steps"):
        Fit.going_on(ball_capture(), quick(), done)


def test_a_scene_that_does_not_know_its_plan_is_fitted_by_a_whole_one():
    unknown = replace(Fit(ball_capture(), quick()).scene(), steps_done=0, steps_planned=0)
    fit = Fit.going_on(ball_capture(), quick(steps=2), unknown)
    assert [step.index for step in fit.steps()] == [0, 1]


def test_a_fit_that_goes_on_draws_other_rays_than_it_began_with():
    def loss(steps_done):
        fit = Fit(ball_capture(), quick(), field=GridField(24), steps_done=steps_done)
        return next(fit.steps()).loss

    assert loss(0) == loss(0)
    assert loss(0) != loss(1)


def test_a_picture_of_a_scene_stays_the_same_while_its_fit_goes_on():
    fit = Fit(ball_capture(), quick(steps=30))
    steps = fit.steps()
    next(steps)
    stop, looks = threading.Event(), []

    def watch():
        while not stop.is_set() or not looks:
            scene = fit.scene()
            before = [p.clone() for p in scene.field.parameters()]
            first, second = (picture(scene, scene.cameras[0]).tobytes() for _ in range(2))
            unmoved = map(torch.equal, before, scene.field.parameters())
            frozen = not any(p.requires_grad for p in scene.field.parameters())
            looks.append(first == second and all(unmoved) and frozen)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        for _ in steps:  # the resolution changes on the way
            pass
    finally:
        stop.set()
    watcher.join()
    assert all(looks)


def test_a_scene_never_shows_a_step_half_taken():
    answers, watchers = [], []

    class Asking(GridField):
        def project(self):
            """In the middle of a step another thread asks for the scene; it is told to wait."""
            watcher = threading.Thread(target=lambda: answers.append(fit.scene()), daemon=True)
            watcher.start()
            watcher.join(0.2)
            assert not answers
            watchers.append(watcher)
            super().project()

    fit = Fit(ball_capture(), quick(), field=Asking(24))
    next(fit.steps())
    watchers[0].join()
    assert answers[0].steps_done == 1
    assert torch.equal(answers[0].field.density_raw, fit.field.density_raw)


def test_a_fit_leaves_the_field_it_goes_on_from_as_it_is():
    start = GridField(24)
    before = start.density_raw.detach().clone()
    for _ in Fit(ball_capture(), quick(steps=3), field=start).steps():
        pass
    assert torch.equal(start.density_raw, before)


def test_a_time_limit_ends_a_fit():
    ticks = itertools.count(step=2.0)  # two a step: 4 s
    fit = Fit(ball_capture(), quick(steps=100_000, minutes=1.0), clock=lambda: next(ticks))
    steps = list(fit.steps())
    assert len(steps) == 15
    assert fit.field.resolution == 24  # it came to its end in that time


def test_a_scene_holds_what_was_fitted_and_where_from():
    capture = ball_capture()
    fit = Fit(capture, quick(steps=3))
    glance = [step.held_out_psnr for step in fit.steps()][-1]
    scene = fit.scene("ball")
    assert scene.name == "ball"
    assert scene.cameras == fit.capture.cameras
    assert scene.images is None  # an object's renderings stand for its pictures
    assert scene.has_front
    assert scene.psnr == glance
    assert scene.field is not fit.field
    assert fit.held_out.psnr == fit.scene("ball").psnr


def test_without_held_out_views_there_is_no_quality():
    fit = Fit(ball_capture(), quick(steps=2, holdout=0))
    assert all(step.held_out_psnr is None for step in fit.steps())
    assert fit.held_out is None
    assert fit.scene("ball").psnr is None


@pytest.mark.parametrize(
    ("count", "every", "held"),
    [(1, 8, []), (4, 8, []), (5, 8, [4]), (20, 8, [4, 12]), (4, 2, [1, 3]), (9, 0, [])],
)
def test_held_out_views_lie_evenly_and_never_are_all(count, every, held):
    assert held_out_indices(count, every) == held


def test_a_kind_that_does_not_suit_the_capture_is_refused():
    with pytest.raises(CaptureError, match="needs a grid"):
        Fit(ball_capture(), quick(field="planes"))
    with pytest.raises(CaptureError, match="needs planes"):
        Fit(room_capture(), quick(field="grid"))


def test_a_field_that_is_not_finite_is_reported_with_the_step():
    broken = GridField(24)
    with torch.no_grad():
        broken.density_raw.fill_(1.0)
        broken.color_raw.fill_(float("nan"))
    fit = Fit(ball_capture(), quick(), field=broken, steps_done=7)
    with pytest.raises(NonFiniteGradient, match="Step 7") as caught:
        next(fit.steps())
    assert caught.value.step == 7


def test_large_pictures_are_fitted_at_the_size_asked_for():
    capture = ball_capture(2, 48)
    small = capture_at(capture, 32)
    assert {(one.width, one.height) for one in small.cameras} == {(32, 32)}
    assert all(image.shape == (32, 32, 3) for image in small.images)
    assert all(alpha.shape == (32, 32) for alpha in small.alphas)
    one, other = (float(c.images[0].float().mean()) for c in (small, capture))
    assert one == pytest.approx(other, abs=1)
    assert capture_at(capture, 48) is capture


def test_a_plan_takes_the_numbers_of_the_config():
    plan = plan_for("grid", FitSettings(resolution=128, steps=7, rays_per_step=99))
    assert (plan.steps, plan.rays) == (7, 99)
    assert [cells for _, cells in plan.resolutions] == [64, 128]
    assert plan.resolution_at(0.0) == 64
    assert plan.resolution_at(1.0) == 128
    assert plan.rate_at(0.0) == 1
    assert plan.rate_at(1.0) == pytest.approx(plan.last_rate)


def test_a_kind_without_a_plan_cannot_be_fitted():
    with pytest.raises(ConfigError, match="these can: grid, planes"):
        plan_for("confined", FitSettings())


def test_rays_of_the_bank_are_those_of_the_cameras():
    capture = ball_capture(3, 24)
    bent = replace(capture.cameras[1], distortion=(0.05, 0.0, 0.001, 0.0))
    cameras: tuple[Camera, ...] = (capture.cameras[0], bent, capture.cameras[2])
    bank = RayBank(cameras, capture.images, None)
    pixels = torch.tensor([0, 575, 576, 1000, 1151, 1152, 1727])
    origins, directions, colors, alphas = bank.at(pixels)
    every = [camera.rays() for camera in cameras]
    assert torch.allclose(origins, torch.cat([one[0] for one in every])[pixels])
    assert torch.allclose(directions, torch.cat([one[1] for one in every])[pixels], atol=1e-6)
    expected = torch.cat([image.reshape(-1, 3) for image in capture.images])[pixels] / 255
    assert torch.allclose(colors, expected)
    assert alphas is None


def test_rays_are_drawn_mostly_near_the_object():
    capture = ball_capture(4, 48)
    bank = RayBank(capture.cameras, capture.images, capture.alphas)
    assert len(bank) < 0.8 * 4 * 48 * 48
    drawn = bank.draw(2000, torch.Generator().manual_seed(0))
    share = float((drawn[3] > 0).float().mean())
    whole = float((torch.stack(capture.alphas) > 0).float().mean())
    assert whole + 0.1 < share < 1
