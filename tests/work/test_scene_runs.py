"""Runs on scenes: what a job sees of them."""

import itertools
from dataclasses import replace

import pytest
import torch

from pds.base.errors import CaptureError, ConfigError
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.render.rendering import render
from pds.settings.config import EditConfig
from pds.settings.scene_config import FitConfig, NeRFConfig, RefineConfig
from pds.work.scene_recipe import SceneRecipe
from pds.work.scene_runs import FitRun, SceneEditRun, SceneRefineRun
from tests.doubles.engine_doubles import gaussian_prior
from tests.doubles.scene_doubles import ball_scene


def prior():
    return gaussian_prior(source=0.2, target=0.9)


def recipe(*, refine=None, **edit):
    settings = {"source_prompt": "source", "target_prompt": "target", "steps": 4} | edit
    return SceneRecipe(
        name="ball",
        scene_sha256="",
        edit=EditConfig(**settings),
        nerf=NeRFConfig(view_words=False, resolution_px=16),
        refine=refine,
    )


def edit_run(**edit):
    return SceneEditRun(recipe(**edit), ball_scene(has_front=False), prior())


def ball_capture(views=6):
    scene = ball_scene(views=views, size_px=24, has_front=False)
    shots = [render(scene.field, camera) for camera in scene.cameras]
    images = tuple((s.image[0].permute(1, 2, 0) * 255).byte() for s in shots)
    alphas = tuple((s.opacity[0, 0] * 255).byte() for s in shots)
    return Capture(
        cameras=scene.cameras,
        images=images,
        alphas=alphas,
        names=scene.names,
        bounded=True,
        has_front=False,
        world_from_scene=torch.eye(4),
        warnings=("one picture is missing",),
    )


def same(one, other):
    pairs = zip(one.field.parameters(), other.field.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_an_edit_takes_its_steps_and_tells_of_them():
    run = edit_run()
    steps = list(run.steps())
    assert [s.index for s in steps] == [0, 1, 2, 3]
    assert [index for index, _ in run.curve] == [0, 1, 2, 3]
    assert all(value > 0 for _, value in run.curve)
    assert not same(run.scene(), run.source_scene())


def test_the_result_tells_what_was_done():
    run = edit_run()
    list(run.steps())
    result = run.scene()
    assert result.prompt == "target"
    assert result.history == ("source → target",)
    assert run.scene().history == result.history


def test_an_edit_stopped_after_a_step_keeps_it():
    run = edit_run(steps=50)
    steps = run.steps()
    next(steps)
    steps.close()
    assert not same(run.scene(), run.source_scene())
    assert len(run.curve) == 1


def test_the_same_recipe_gives_the_same_scene():
    one, other = edit_run(seed=3), edit_run(seed=3)
    list(one.steps())
    list(other.steps())
    assert same(one.scene(), other.scene())


def test_previews_go_around_the_scene():
    run = edit_run()
    sizes = {run.preview().size for _ in range(4)}
    assert sizes == {(192, 192)}


def test_any_view_of_result_and_source_can_be_asked_for():
    run = edit_run(steps=20, identity_weight=0.0)
    list(run.steps())
    now, before = run.picture(30, 10, 32), run.picture(30, 10, 32, source=True)
    assert now.size == before.size == (32, 32)
    assert now.getpixel((16, 16))[0] > before.getpixel((16, 16))[0] + 20
    assert run.picture(30, 10, 32, what="depth").size == (32, 32)


def test_the_film_goes_from_the_source_to_the_last_step_and_has_the_asked_size():
    run = edit_run(steps=4, identity_weight=0.0)
    list(run.steps())
    frames = list(run.frames(64))
    assert len(frames) == 5
    assert {f.size for f in frames} == {(64, 64)}
    reds = [frame.getpixel((32, 32))[0] for frame in frames]
    assert reds == sorted(reds)
    assert reds[-1] > reds[0]


def test_the_film_of_a_long_edit_stays_short():
    run = edit_run(steps=60)
    list(run.steps())
    assert len(list(run.frames())) == 48


def test_the_film_of_a_stopped_edit_ends_with_the_state_that_is_kept():
    run = edit_run(steps=200, identity_weight=0.0)
    steps = run.steps()
    next(steps)
    next(steps)
    steps.close()
    assert len(list(run.frames())) == 2
    assert len(list(run.frames())) == 2


def test_a_refinement_begins_with_the_edited_scene_and_changes_it():
    first = edit_run()
    list(first.steps())
    settings = RefineConfig(steps=3, guidance_scale=1.0)
    run = SceneRefineRun(recipe(refine=settings), first.source_scene(), first.scene(), prior())
    assert same(run.scene(), first.scene())
    steps = list(run.steps())
    assert len(steps) == 3
    assert not same(run.scene(), first.scene())
    assert run.scene().history == ("source → target",)
    assert same(run.source_scene(), first.source_scene())


def test_a_refinement_needs_its_settings():
    scene = ball_scene()
    with pytest.raises(ConfigError, match="no refinement"):
        SceneRefineRun(recipe(), scene, scene, prior())


def test_other_weights_than_the_recipes_are_told():
    model = prior()
    model.fingerprint = "bb"
    run = SceneEditRun(
        replace(recipe(), prior_fingerprint="aa"), ball_scene(has_front=False), model
    )
    assert "other weights" in run.warnings[0]
    assert run.recipe.prior_fingerprint == "bb"


def test_a_fit_makes_a_scene_of_a_capture(tmp_path):
    config = FitConfig(steps=30, resolution=16, rays_per_step=256, holdout=3)
    run = FitRun(ball_capture(), config, name="ball", work=tmp_path)
    assert run.warnings == ("one picture is missing",)
    steps = list(run.steps())
    assert steps[-1].total == len(run.curve) == 30
    assert run.curve[-1][1] > run.curve[0][1]
    assert run.scene().name == "ball"
    assert run.quality.views == 2
    assert run.source_scene() is None


def test_a_fit_has_no_source_to_show(tmp_path):
    config = FitConfig(steps=2, resolution=16, rays_per_step=64)
    run = FitRun(ball_capture(), config, name="ball", work=tmp_path)
    with pytest.raises(ConfigError, match="no source"):
        run.picture(0, 0, 32, source=True)


def test_a_fit_goes_on_from_a_scene(tmp_path):
    config = FitConfig(steps=10, resolution=16, rays_per_step=256)
    first = FitRun(ball_capture(), config, name="ball", work=tmp_path)
    list(first.steps())
    again = FitRun(ball_capture(), config, name="ball", work=tmp_path, resume=first.scene())
    assert same(again.scene(), first.scene())


def test_while_cameras_are_looked_for_there_is_a_blank_and_no_scene(tmp_path):
    paths = tuple(tmp_path / f"{i}.png" for i in range(8))
    for path in paths:
        path.write_bytes(b"")
    photos = Photos(names=tuple(path.name for path in paths), paths=paths)
    run = FitRun(photos, FitConfig(), name="room", work=tmp_path)
    assert run.preview().getcolors() == [(192 * 192, (255, 255, 255))]
    with pytest.raises(CaptureError, match="not known yet"):
        run.scene()


def test_words_that_the_prior_does_not_know_are_told():
    class Vocabulary:
        def warnings(self, text):
            return tuple(f"unknown: {word}" for word in text.split())

    model = prior()
    model.vocabulary = Vocabulary()
    run = SceneEditRun(recipe(), ball_scene(has_front=False), model)
    assert list(itertools.islice(run.warnings, 2)) == ["unknown: source", "unknown: target"]
