"""A run from its recipe to its results, on a tiny random model of the real classes."""

from dataclasses import replace

import pytest

from pds.base.errors import SVGError
from pds.diffusion.pretrained import load_diffusion_prior
from pds.settings.config import EditConfig
from pds.work.recipe import Recipe
from pds.work.runs import MAX_FRAMES, DrawingRun, rehearse
from tests.doubles.svg_samples import ICON
from tests.doubles.tiny_pipeline import save_pipeline


@pytest.fixture(scope="module")
def prior(tmp_path_factory):
    folder = save_pipeline(tmp_path_factory.mktemp("prior") / "pixels", vae=False)
    return load_diffusion_prior(folder, device="cpu", dtype="float32")


def recipe(**edit) -> Recipe:
    settings = {"source_prompt": "a cat", "target_prompt": "a red dog", "steps": 3, **edit}
    return Recipe(name="icon", source=ICON, edit=EditConfig(**settings))


def finished(made: Recipe, prior) -> DrawingRun:
    run = DrawingRun(made, prior)
    list(run.steps())
    return run


def test_a_recipe_fed_back_gives_the_same_bytes(prior):
    first = finished(recipe(), prior)
    again = finished(Recipe.from_json(first.recipe.to_json()), prior)
    assert first.svg() != first.source_svg()
    assert again.svg() == first.svg()


def test_another_seed_gives_another_drawing(prior):
    assert finished(recipe(seed=1), prior).svg() != finished(recipe(seed=2), prior).svg()


def test_the_record_goes_from_the_source_to_the_result_and_stays_short(prior):
    run = finished(recipe(steps=MAX_FRAMES + 30), prior)
    frames = list(run.frames(32))
    assert frames[0].tobytes() == run.source_preview(32).tobytes()
    assert frames[-1].tobytes() == run.preview(32).tobytes()
    assert MAX_FRAMES // 2 <= len(frames) <= MAX_FRAMES + 2
    assert len(run.curve) == MAX_FRAMES + 30


def test_stopping_keeps_what_was_reached(prior):
    run = DrawingRun(recipe(steps=50), prior)
    steps = run.steps()
    next(steps)
    steps.close()
    assert run.svg() != run.source_svg()
    assert len(run.curve) == 1


def test_unknown_words_and_other_weights_are_told(prior):
    made = replace(recipe(target_prompt="a zebra"), prior_fingerprint="abc123")
    run = DrawingRun(made, prior)
    assert any("zebra" in sentence for sentence in run.warnings)
    assert any("other weights" in sentence for sentence in run.warnings)
    assert run.recipe.prior_fingerprint == prior.fingerprint


def test_a_drawing_that_cannot_be_read_is_refused(prior):
    with pytest.raises(SVGError):
        DrawingRun(replace(recipe(), source="no drawing"), prior)


def test_a_rehearsal_gives_the_prior_back(prior):
    assert rehearse(recipe(), prior) is prior
