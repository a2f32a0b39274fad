"""The refinement stage on a plain picture and on a small field."""

import pytest
import torch
from pds.settings.scene_config import NeRFConfig, RefineConfig

from pds.base.errors import NonFiniteGradient, OutOfMemory
from pds.engine.rewrite import refine
from pds.kinds.nerf.moves.parametric import NeRFScene
from tests.doubles.engine_doubles import gaussian_prior, image_scene
from tests.doubles.scene_doubles import ball_scene


def run(scene, *, prompt="target", prior=None, seed=0, **config):
    prior = prior or gaussian_prior(source=0.2, target=0.8, std=0.05)
    generator = torch.Generator().manual_seed(seed)
    settings = RefineConfig(**{"steps": 20, "guidance_scale": 1.0, "noise_high": 0.6} | config)
    return list(refine(scene, prior, prompt, settings, generator=generator))


def test_a_picture_moves_towards_the_words():
    scene = image_scene(0.3)
    steps = run(scene, steps=40)
    assert scene.pixels.mean().item() > 0.5
    assert [s.index for s in steps] == list(range(40))
    assert steps[-1].total == 40


def test_pictures_are_refined_anew_every_so_many_steps():
    steps = run(image_scene(), steps=12, refresh_every=5)
    assert [s.index for s in steps if s.refined] == [0, 5, 10]


def test_every_view_is_refined_before_any_is_refined_again():
    scene = NeRFScene(
        ball_scene(views=4), NeRFConfig(), size_px=8, generator=torch.Generator().manual_seed(0)
    )
    words = ("front view", "side view", "back view")
    prior = gaussian_prior(**{"source": 0.2}, target=0.8, std=0.05)
    prior.means |= {f"target, {word}": 0.8 for word in words}
    steps = run(scene, prior=prior, steps=6, refresh_every=100)
    assert [s.refined for s in steps] == [True] * 4 + [False] * 2


def test_a_field_gets_nearer_to_its_refined_pictures():
    source = ball_scene(views=2, has_front=False, color=0.2)
    scene = NeRFScene(
        source,
        NeRFConfig(sparsity_weight=0.0, smoothness_weight=0.0),
        size_px=8,
        generator=torch.Generator().manual_seed(0),
    )
    steps = run(scene, steps=40, refresh_every=1000)
    # The background turns grey too, which the field cannot follow everywhere.
    assert steps[-1].loss < 0.8 * steps[2].loss


def test_renderings_larger_than_the_prior_keep_their_size():
    scene = image_scene(0.3, size=16)
    steps = run(scene, steps=3)
    assert steps[0].image.shape[-1] == 16
    assert scene.pixels.mean().item() > 0.3


def test_the_same_seed_refines_alike():
    one, other = image_scene(), image_scene()
    run(one, seed=1)
    run(other, seed=1)
    assert torch.equal(one.pixels, other.pixels)


def test_a_gradient_that_is_not_finite_stops_with_its_step():
    scene = image_scene()
    scene.pixels.data[0, 0, 0, 0] = float("nan")
    with pytest.raises(NonFiniteGradient, match="step 1"):
        run(scene)


class Hungry(type(image_scene())):
    """Runs out of memory when it is drawn with a graph."""

    def render(self, view):
        if torch.is_grad_enabled():
            raise torch.OutOfMemoryError("too little")
        return super().render(view)


def test_running_out_of_memory_says_so_and_keeps_the_parameters():
    scene = Hungry(torch.full((1, 3, 8, 8), 0.3, dtype=torch.float64))
    with pytest.raises(OutOfMemory, match="smaller resolution"):
        run(scene)
    assert scene.pixels.detach().unique().tolist() == pytest.approx([0.3])
