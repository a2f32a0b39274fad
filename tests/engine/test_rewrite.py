"""Loop 2 on a plain picture and on a small field, with SDEdit as the rewriter."""

import pytest
import torch

from pds.base.errors import ConfigError, NonFiniteGradient, OutOfMemory
from pds.engine.parametric import Pixels
from pds.engine.rewrite import RewriteSettings, rewrite
from pds.engine.rewriters import REWRITERS, SDEdit, rewriter_class
from pds.kinds.nerf.moves.parametric import NeRFImage
from pds.kinds.nerf.settings import NeRFSettings
from pds.settings import Prompts
from tests.doubles.engine_doubles import gaussian_prior, pixels
from tests.doubles.scene_doubles import ball_scene


def run(moving, *, prior=None, seed=0, strength=1.0, **changes):
    values = {"steps": 20, "guidance_scale": 1.0, "noise_high": 0.6} | changes
    steps = rewrite(
        moving,
        prior or gaussian_prior(source=0.2, target=0.8, std=0.05),
        Prompts(source="source", target="target"),
        SDEdit.take(values),
        RewriteSettings.take(values),
        strength=strength,
        generator=torch.Generator().manual_seed(seed),
    )
    return list(steps)


def test_a_picture_moves_towards_the_words():
    moving = pixels(0.3)
    steps = run(moving, steps=40)
    assert moving.pixels.mean().item() > 0.5
    assert [s.index for s in steps] == list(range(40))
    assert steps[-1].total == 40


def test_pictures_are_made_anew_every_so_many_steps():
    steps = run(pixels(), steps=12, refresh_every=5)
    assert [s.index for s in steps if s.rewritten] == [0, 5, 10]


def test_every_view_is_rewritten_before_any_is_rewritten_again():
    moving = NeRFImage(
        ball_scene(views=4), NeRFSettings(), size_px=8, generator=torch.Generator().manual_seed(0)
    )
    words = ("front view", "side view", "back view")
    prior = gaussian_prior(**{"source": 0.2}, target=0.8, std=0.05)
    prior.means |= {f"target, {word}": 0.8 for word in words}
    prior.means |= {f"source, {word}": 0.2 for word in words}
    steps = run(moving, prior=prior, steps=6, refresh_every=100)
    assert [s.rewritten for s in steps] == [True] * 4 + [False] * 2


def test_a_field_gets_nearer_to_its_rewritten_pictures():
    source = ball_scene(views=2, has_front=False, color=0.2)
    moving = NeRFImage(
        source,
        NeRFSettings(sparsity_weight=0.0, smoothness_weight=0.0),
        size_px=8,
        generator=torch.Generator().manual_seed(0),
    )
    steps = run(moving, steps=40, refresh_every=1000)
    # The background turns grey too, which the field cannot follow everywhere.
    assert steps[-1].loss < 0.8 * steps[2].loss


def test_renderings_larger_than_the_prior_keep_their_size():
    moving = pixels(0.3, size=16)
    steps = run(moving, steps=3)
    assert steps[0].image.shape[-1] == 16
    assert moving.pixels.mean().item() > 0.3


def test_the_same_seed_rewrites_alike():
    one, other = pixels(), pixels()
    run(one, seed=1)
    run(other, seed=1)
    assert torch.equal(one.pixels, other.pixels)


def test_a_gradient_that_is_not_finite_stops_with_its_step():
    moving = pixels()
    moving.pixels.data[0, 0, 0, 0] = float("nan")
    with pytest.raises(NonFiniteGradient, match="step 1"):
        run(moving)


class Hungry(Pixels):
    """Runs out of memory when it is drawn with a graph."""

    def render(self, view):
        if torch.is_grad_enabled():
            raise torch.OutOfMemoryError("too little")
        return super().render(view)


def test_running_out_of_memory_says_so_and_keeps_the_parameters():
    moving = Hungry(torch.full((1, 3, 8, 8), 0.3, dtype=torch.float64))
    with pytest.raises(OutOfMemory, match="smaller resolution"):
        run(moving)
    assert moving.pixels.detach().unique().tolist() == pytest.approx([0.3])


def test_strength_multiplies_the_learning_rates():
    gentle, strong = pixels(), pixels()
    run(gentle, steps=1, strength=0.5)
    run(strong, steps=1, strength=2.0)
    ratio = (strong.pixels - 0.3).abs().mean() / (gentle.pixels - 0.3).abs().mean()
    assert ratio.item() == pytest.approx(4.0, rel=1e-3)


def test_the_curve_of_a_run_shows_the_difference():
    step = run(pixels(), steps=1)[0]
    assert step.curve_value == step.loss > 0


def test_an_unknown_rewriter_is_refused_with_the_known_ones():
    assert rewriter_class("sdedit") is REWRITERS["sdedit"] is SDEdit
    with pytest.raises(ConfigError, match="known are: sdedit"):
        rewriter_class("magic")
