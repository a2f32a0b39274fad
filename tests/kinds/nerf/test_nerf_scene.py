"""A radiance field as a scene of the engine."""

import queue
import threading
from dataclasses import replace

import pytest
import torch

from pds.base.errors import ConfigError
from pds.engine.distil import DistilSettings, distil
from pds.engine.methods import make_method
from pds.kinds.nerf.cameras import orbit
from pds.kinds.nerf.fields.building import build_field
from pds.kinds.nerf.moves.parametric import NeRFImage, crops, square_views
from pds.kinds.nerf.render.rendering import render
from pds.kinds.nerf.settings import NeRFSettings
from pds.settings import Prompts
from tests.doubles.engine_doubles import gaussian_prior
from tests.doubles.scene_doubles import ball_field, ball_scene


def make(source=None, config=None, *, size_px=8, seed=0, **options):
    return NeRFImage(
        source or ball_scene(has_front=False),
        config or NeRFSettings(),
        size_px=size_px,
        generator=torch.Generator().manual_seed(seed),
        **options,
    )


def steps_of(scene, *, steps=6, identity_weight=1.0, **settings):
    return distil(
        scene,
        gaussian_prior(source=0.2, target=0.9),
        Prompts(source="source", target="target"),
        make_method("pds", {"guidance_scale": 1.0, "identity_weight": identity_weight}),
        DistilSettings(steps=steps, **settings),
    )


def edited(scene, **settings):
    return list(steps_of(scene, **settings))


def changed(scene, source):
    """Whether density and colour differ from the source's."""
    pairs = zip(scene.field.parameters(), source.field.parameters(), strict=True)
    return [not torch.equal(one, other) for one, other in pairs]


def test_it_begins_as_the_source():
    scene = make()
    view = scene.views()[0]
    assert torch.equal(scene.render(view), scene.source(view))


def test_an_edit_moves_density_and_colour_and_leaves_the_source_alone():
    source = ball_scene(has_front=False)
    before = [p.clone() for p in source.field.parameters()]
    scene = make(source)
    edited(scene)
    assert changed(scene, source) == [True, True]
    assert all(torch.equal(a, b) for a, b in zip(before, source.field.parameters(), strict=True))


@pytest.mark.parametrize(
    ("move", "expected"), [("color", [False, True]), ("density", [True, False])]
)
def test_only_what_may_move_moves(move, expected):
    source = ball_scene(has_front=False)
    scene = make(source, NeRFSettings(move=(move,)))
    edited(scene)
    assert changed(scene, source) == expected


def test_an_edit_makes_the_pictures_brighter_when_the_words_say_so():
    scene = make(size_px=8)
    view = scene.views()[0]
    before = scene.render(view)[..., 3:5, 3:5].mean().item()
    edited(scene, steps=20, identity_weight=0.0)
    assert scene.render(view)[..., 3:5, 3:5].mean().item() > before + 0.1


def test_outside_the_box_everything_stays():
    source = ball_scene(has_front=False)
    scene = make(source, NeRFSettings(box=(0.0, -1.0, -1.0, 1.0, 1.0, 1.0)))
    edited(scene)
    moved = scene.field.color_raw != source.field.color_raw
    assert not moved[:6].any()
    assert moved[6:].any()
    assert torch.equal(scene.field.density_raw[:6], source.field.density_raw[:6])


def test_a_box_beside_the_scene_is_refused():
    with pytest.raises(ConfigError, match="holds nothing"):
        make(config=NeRFSettings(box=(5.0, 5.0, 5.0, 6.0, 6.0, 6.0)))


def test_a_start_of_another_shape_is_refused():
    with pytest.raises(ConfigError, match="not one of the source"):
        make(start=ball_field(resolution=8))


def test_a_start_is_where_it_begins():
    start = ball_field(color=0.9)
    scene = make(start=start)
    assert torch.equal(scene.field.color_raw, start.color_raw)
    view = scene.views()[0]
    assert not torch.equal(scene.render(view), scene.source(view))


def test_views_are_named_where_the_scene_has_a_front():
    words = [v.words for v in make(ball_scene(views=4)).views()]
    assert words == ["front view", "side view", "back view", "side view"]
    assert {v.words for v in make(ball_scene(has_front=False)).views()} == {""}
    assert {v.words for v in make(ball_scene(), NeRFSettings(view_words=False)).views()} == {""}


def test_long_pictures_are_seen_as_three_squares():
    camera = replace(
        orbit(0.0, 0.0, distance=4.0, fov_deg=40.0, size_px=40), width=40, height=80, cy=40.0
    )
    assert crops(camera) == [(0, 0, 40), (0, 20, 40), (0, 40, 40)]
    scene = replace(ball_scene(views=1), cameras=(camera,))
    views = square_views(scene, 20, words=False)
    assert [v.index for v in views] == [0, 1, 2]
    assert [v.camera.cy for v in views] == [20.0, 10.0, 0.0]
    assert {(v.camera.width, v.camera.height) for v in views} == {(20, 20)}


def test_the_source_of_a_capture_is_its_picture():
    scene = ball_scene(views=2, size_px=16, has_front=False)
    images = tuple(torch.full((16, 16, 3), 51 * (i + 1), dtype=torch.uint8) for i in range(2))
    made = make(replace(scene, images=images))
    first, second = (made.source(view) for view in made.views())
    assert first.shape == (1, 3, 8, 8)
    assert torch.allclose(first, torch.tensor(0.2))
    assert torch.allclose(second, torch.tensor(0.4))


def test_the_crops_of_a_capture_are_parts_of_its_picture():
    camera = replace(
        orbit(0.0, 0.0, distance=4.0, fov_deg=40.0, size_px=8), width=8, height=16, cy=8.0
    )
    picture = torch.arange(16, dtype=torch.uint8)[:, None, None].expand(16, 8, 3).contiguous()
    scene = replace(ball_scene(views=1), cameras=(camera,), images=(picture,))
    made = make(replace(scene, has_front=False))
    tops = [made.source(view)[0, 0, 0, 0].item() * 255 for view in made.views()]
    assert tops == pytest.approx([0, 4, 8])


def test_the_result_has_a_field_of_its_own():
    scene = make()
    result = scene.scene()
    with torch.no_grad():
        scene.field.color_raw.add_(1.0)
    assert not torch.equal(result.field.color_raw, scene.field.color_raw)
    assert not result.field.color_raw.requires_grad


def test_a_result_stays_as_it_is_while_steps_go_on():
    scene, seen, drawn = make(), queue.SimpleQueue(), []

    def draw():
        while (result := seen.get()) is not None:
            looks = [render(result.field, result.cameras[0]).image for _ in range(3)]
            drawn.append(all(torch.equal(looks[0], look) for look in looks))

    watcher = threading.Thread(target=draw, daemon=True)
    watcher.start()
    try:
        for _ in steps_of(scene, steps=12):
            seen.put(scene.scene())
    finally:
        seen.put(None)
    watcher.join()
    assert drawn == [True] * 12


@pytest.mark.parametrize("box", [(), (0.0, -1.0, -1.0, 1.0, 1.0, 1.0)])
def test_a_result_shares_no_memory_with_the_field_that_moves(box):
    planes = build_field("planes", {"resolution": 8, "density_channels": 2, "color_channels": 2})
    opened = replace(ball_scene(has_front=False), field=planes, bounded=False)
    for source in (ball_scene(has_front=False), opened):
        scene = make(source, NeRFSettings(box=box))
        result = scene.scene()
        one, other = (
            {tensor.data_ptr() for tensor in field.state_dict().values()}
            for field in (scene.field, result.field)
        )
        assert not one & other


def test_an_edited_scene_does_not_claim_the_steps_of_its_sources_fit():
    source = replace(ball_scene(has_front=False), steps_done=5, steps_planned=9)
    result = make(source).scene()
    assert (result.steps_done, result.steps_planned) == (0, 0)


def test_patches_give_the_same_edit():
    one, other = (make(config=NeRFSettings(patch_px=p), size_px=16) for p in (0, 8))
    edited(one, steps=3)
    edited(other, steps=3)
    assert torch.allclose(one.field.color_raw, other.field.color_raw, atol=1e-4)


def test_two_views_a_step_run():
    scene = make()
    assert len(edited(scene, steps=2, views_per_step=2)) == 2


def test_regularisers_that_are_off_cost_nothing():
    off = NeRFSettings(sparsity_weight=0.0, smoothness_weight=0.0)
    assert make(config=off).regulariser() is None


def test_haze_is_penalised_and_the_source_is_not():
    scene = make()
    still = scene.regulariser().item()
    with torch.no_grad():
        scene.field.density_raw.clamp_(min=-1.5)
    assert scene.regulariser().item() > still + 1e-3


def test_matter_that_is_solid_is_not_haze():
    config = NeRFSettings(smoothness_weight=0.0)
    thin, solid = make(config=config), make(config=config)
    with torch.no_grad():
        thin.field.density_raw.fill_(-1.5)
        solid.field.density_raw.fill_(4.0)
    assert solid.regulariser().item() < 0.05 * thin.regulariser().item()


def test_the_spread_of_matter_along_a_ray_can_be_penalised():
    config = NeRFSettings(sparsity_weight=0.0, smoothness_weight=0.0, distortion_weight=1.0)
    thin, solid = make(config=config), make(config=config)
    with torch.no_grad():
        thin.field.density_raw.fill_(-1.5)
    assert thin.regulariser().item() > 3 * solid.regulariser().item() > 0
