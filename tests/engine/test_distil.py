"""The loop: a generator of steps over any scene and any prior."""

import itertools

import pytest
import torch

from pds.base.errors import NonFiniteGradient, OutOfMemory
from pds.diffusion.gaussian import GaussianPrior
from pds.engine.distil import DistilSettings, distil, rate_factor
from pds.engine.methods import make_method
from pds.engine.parametric import ParameterGroup, Pixels, View
from pds.settings import Prompts
from tests.doubles.engine_doubles import gaussian_prior, pixels, sd_schedule


def settings(**changes) -> DistilSettings:
    return DistilSettings.take({"steps": 40, **changes})


def run(moving, prior, *, method="pds", **changes):
    """The steps of a loop; all settings, the method's too, by their names."""
    gradient = make_method(method, {"guidance_scale": 1, **changes})
    prompts = Prompts(source="source", target="target")
    return distil(moving, prior, prompts, gradient, settings(**changes))


def prior(**options):
    return gaussian_prior(source=0.3, target=0.7, std=0.1, **options)


@pytest.mark.parametrize("method", ["pds", "dds", "sds"])
def test_every_method_moves_the_picture_towards_the_target(method):
    moving = pixels(0.3)
    records = list(run(moving, prior(), method=method))
    assert len(records) == 40
    assert moving.pixels.mean().item() > 0.45


def test_more_identity_weight_moves_less():
    moved = []
    for weight in (0.0, 1.0, 5.0):
        moving = pixels(0.3)
        list(run(moving, prior(), identity_weight=weight, steps=150))
        moved.append(moving.pixels.mean().item())
    assert moved[0] > moved[1] > moved[2] > 0.3


def test_the_same_seed_gives_the_same_steps_and_another_seed_others():
    def taken(seed):
        moving = pixels()
        records = list(run(moving, prior(), seed=seed, timestep_order="uniform", steps=8))
        return moving.pixels.detach().clone(), [r.gradient_norm for r in records]

    first, again, other = taken(3), taken(3), taken(4)
    assert torch.equal(first[0], again[0])
    assert first[1] == again[1]
    assert not torch.equal(first[0], other[0])


def test_closing_the_iterator_keeps_what_was_reached():
    moving = pixels()
    steps = run(moving, prior())
    taken = list(itertools.islice(steps, 5))
    steps.close()
    assert [r.index for r in taken] == [0, 1, 2, 3, 4]
    assert moving.pixels.mean() > 0.3
    assert moving.pixels.grad is None


def test_records_tell_step_total_timestep_and_time():
    records = list(run(pixels(), prior(), steps=3))
    assert [r.total for r in records] == [3, 3, 3]
    assert records[0].timestep > records[1].timestep > records[2].timestep
    assert records[0].seconds <= records[-1].seconds
    assert 0 <= records[0].prior_seconds <= records[0].seconds
    assert records[0].image.shape == (1, 3, 8, 8)


def test_renderings_of_another_size_are_resized_for_the_prior():
    moving = pixels(0.3, size=32)
    list(run(moving, prior(), steps=5))
    assert moving.pixels.mean() > 0.3


class TwoViews(Pixels):
    """Left and right half as two views, the second with words of its own."""

    def views(self):
        return (View(index=0), View(index=1, words="back view"))

    def _half(self, image, view):
        return image[..., :4] if view.index == 0 else image[..., 4:]

    def render(self, view):
        return self._half(super().render(view), view)

    def source(self, view):
        return self._half(super().source(view), view)


def two_view_prior():
    means = {"source": 0.3, "target": 0.7, "source, back view": 0.3, "target, back view": 0.1}
    return GaussianPrior(means, schedule=sd_schedule(), std=0.1, image_size=4)


def test_each_view_is_pulled_by_its_own_words():
    moving = TwoViews(torch.full((1, 3, 4, 8), 0.3, dtype=torch.float64))
    list(run(moving, two_view_prior(), views_per_step=2, steps=60))
    assert moving.pixels[..., :4].mean() > 0.4
    assert moving.pixels[..., 4:].mean() < 0.25


class BreaksAt(Pixels):
    """Renders something unusable from a given step on."""

    def __init__(self, image, *, step, error):
        super().__init__(image)
        self.left, self.error = step, error

    def render(self, view):
        self.left -= 1
        if self.left < 0:
            if self.error is not None:
                raise self.error
            return super().render(view) * float("nan")
        return super().render(view)


def test_a_gradient_that_is_not_finite_stops_the_run_and_keeps_the_last_good_state():
    moving = BreaksAt(torch.full((1, 3, 8, 8), 0.3, dtype=torch.float64), step=4, error=None)
    with pytest.raises(NonFiniteGradient, match="at step 5") as caught:
        list(run(moving, prior()))
    assert caught.value.step == 4
    assert torch.isfinite(moving.pixels).all()
    assert moving.pixels.mean() > 0.3


def test_running_out_of_memory_is_told_in_a_sentence_and_keeps_the_last_good_state():
    moving = BreaksAt(
        torch.full((1, 3, 8, 8), 0.3, dtype=torch.float64),
        step=2,
        error=torch.OutOfMemoryError("no memory"),
    )
    with pytest.raises(OutOfMemory, match=r"ran out at step 3 .* at 8 px; .* of 16 px should fit"):
        list(run(moving, prior()))
    assert moving.pixels.mean() > 0.3


def test_running_out_of_memory_with_many_views_names_fewer():
    moving = BreaksAt(
        torch.full((1, 3, 8, 8), 0.3, dtype=torch.float64),
        step=2,
        error=torch.OutOfMemoryError("no memory"),
    )
    with pytest.raises(OutOfMemory, match="2 views a step; 1 view a step should fit"):
        list(run(moving, prior(), views_per_step=2))


def test_a_step_tells_how_long_each_of_its_parts_took():
    records = list(run(pixels(), prior(), steps=3))
    for record in records:
        assert set(record.timings) == {"render", "encode", "prior", "backward", "optimiser"}
        assert all(seconds >= 0 for seconds in record.timings.values())
        assert record.timings["prior"] > 0
    assert sum(sum(r.timings.values()) for r in records) <= records[-1].seconds


class Pulled(Pixels):
    """A regulariser that pulls the pixels back to zero."""

    def regulariser(self):
        return 1e4 * self.pixels.square().sum()


def test_the_regulariser_takes_part_in_the_step():
    moving = Pulled(torch.full((1, 3, 8, 8), 0.3, dtype=torch.float64))
    list(run(moving, prior(), steps=5))
    assert moving.pixels.mean() < 0.3


@pytest.mark.parametrize(
    ("cooldown", "factors"),
    [(0.0, [1, 1, 1, 1]), (0.5, [1, 1, 1, 0.5]), (1.0, [1, 0.75, 0.5, 0.25])],
)
def test_the_rates_fall_over_the_last_share_of_the_steps(cooldown, factors):
    cooling = settings(steps=4, cooldown=cooldown)
    assert [rate_factor(index, cooling) for index in range(4)] == factors


class _Asked(GaussianPrior):
    """Notes the guidance that it is asked with."""

    def predict_noise(self, noisy, timestep, embedding, guidance_scale=1.0):
        self.scales.append(guidance_scale)
        return super().predict_noise(noisy, timestep, embedding, guidance_scale)


def test_the_prior_is_asked_with_the_guidance_of_the_step():
    asked = _Asked({"source": 0.3, "target": 0.7}, schedule=sd_schedule())
    asked.scales = []
    list(run(pixels(), asked, steps=2, guidance_scale=9.0, guidance_end=3.0))
    assert asked.scales == pytest.approx([9, 3])


def test_a_cooled_edit_ends_with_small_steps():
    last = {}
    for cooldown in (0.0, 0.8):
        moving = pixels(0.3)
        seen = []
        for _ in run(moving, prior(), steps=60, cooldown=cooldown):
            seen.append(moving.pixels.detach().clone())
        last[cooldown] = (seen[-1] - seen[-2]).abs().mean().item()
    assert last[0.8] < 0.2 * last[0.0]


def test_strength_multiplies_the_learning_rates():
    gentle, strong = pixels(), pixels()
    list(run(gentle, prior(), steps=1, strength=0.5))
    list(run(strong, prior(), steps=1, strength=2.0))
    ratio = (strong.pixels - 0.3).abs().mean() / (gentle.pixels - 0.3).abs().mean()
    assert ratio.item() == pytest.approx(4.0, rel=1e-3)


def test_parameters_outside_all_groups_stay():
    class Half(Pixels):
        def parameter_groups(self):
            return [ParameterGroup(name="none", parameters=(self.pixels,), learning_rate=0.0)]

    moving = Half(torch.full((1, 3, 8, 8), 0.3, dtype=torch.float64))
    list(run(moving, prior(), steps=3))
    assert torch.equal(moving.pixels.detach(), moving.source(View()))


class Counted(Pixels):
    """Counts how often it is drawn."""

    drawn = 0

    def render(self, view):
        self.drawn += 1
        return super().render(view)


class CountedPrior(GaussianPrior):
    """Notes how many pictures it encodes, and of how many it predicts the noise."""

    def encode(self, image):
        self.encoded.append(len(image))
        return super().encode(image)

    def predict_noise(self, noisy, timestep, embedding, guidance_scale):
        self.predicted.append(len(noisy))
        return super().predict_noise(noisy, timestep, embedding, guidance_scale)


def test_many_noises_a_step_draw_and_encode_what_is_flat_once():
    counted = CountedPrior({"source": 0.3, "target": 0.7}, schedule=sd_schedule())
    counted.encoded, counted.predicted = [], []
    moving = Counted(torch.full((1, 3, 8, 8), 0.3, dtype=torch.float64))
    list(run(moving, counted, views_per_step=4, steps=3))
    assert moving.drawn == 3
    assert counted.encoded == [1, 1, 1, 1]  # the source, once, and three renderings
    assert counted.predicted == [8, 8, 8]  # four noises, target and source


def test_the_gradient_of_many_noises_is_the_mean_over_them():
    """With a Gaussian prior the DDS gradient does not depend on the noise at all."""
    few, many = pixels(), pixels()
    one = next(run(few, prior(), method="dds", views_per_step=1))
    two = next(run(many, prior(), method="dds", views_per_step=5))
    assert two.gradient_norm == pytest.approx(one.gradient_norm)
    torch.testing.assert_close(few.pixels, many.pixels)


def test_the_loop_begins_at_the_least_timestep_of_the_method():
    low = {"timestep_low": 0.01, "timestep_high": 0.01, "steps": 1}
    assert next(run(pixels(), prior(), method="dds", **low)).timestep == 10
    assert next(run(pixels(), prior(), stride=100, **low)).timestep == 100


def test_the_curve_of_a_run_shows_the_gradient():
    record = next(run(pixels(), prior()))
    assert record.curve_value == record.gradient_norm
