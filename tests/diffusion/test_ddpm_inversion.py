"""Edit-friendly DDPM inversion: gives the picture back, follows other words, equals diffusers'."""

import pytest
import torch
from diffusers import DDIMScheduler, LEditsPPPipelineStableDiffusion

from pds.base.errors import ConfigError
from pds.diffusion.ddpm_inversion import chain, invert, regenerate
from pds.diffusion.pretrained import load_diffusion_prior
from pds.diffusion.prior import Embedding
from tests.doubles.engine_doubles import gaussian_prior
from tests.doubles.tiny_pipeline import save_pipeline


def picture(batch=2):
    generator = torch.Generator().manual_seed(5)
    return torch.rand((batch, 3, 8, 8), generator=generator, dtype=torch.float64) * 2 - 1


def inverted(prior, latent, *, start=0.7, steps=20, guidance=1.0, seed=3):
    return invert(
        prior,
        latent,
        prior.embed(["source"] * len(latent)),
        start=start,
        steps=steps,
        guidance_scale=guidance,
        generator=torch.Generator().manual_seed(seed),
    )


@pytest.mark.parametrize("guidance", [1.0, 3.5])
@pytest.mark.parametrize("start", [0.2, 1.0])
def test_the_same_words_give_the_picture_back(start, guidance):
    prior, latent = gaussian_prior(std=0.5), picture()
    space = inverted(prior, latent, start=start, guidance=guidance)
    again = regenerate(prior, space, prior.embed(["source", "source"]), guidance_scale=guidance)
    assert again == pytest.approx(latent, abs=1e-9)


def test_other_words_move_it_and_more_noise_moves_it_further():
    prior = gaussian_prior(std=1.0)
    latent = torch.full((1, 3, 8, 8), -1.0, dtype=torch.float64)
    means = []
    for start in (0.1, 0.4, 0.9):
        space = inverted(prior, latent, start=start)
        found = regenerate(prior, space, prior.embed(["target"]), guidance_scale=1.0)
        means.append(found.mean().item())
    assert means == sorted(means)
    assert means[0] > -1
    assert means[-1] > 0


def test_every_step_has_a_noise_of_its_own():
    space = inverted(gaussian_prior(std=0.5), picture(1), start=1.0, steps=50)
    flat = space.noises.flatten(1)
    neighbours = torch.nn.functional.cosine_similarity(flat[1:], flat[:-1], dim=1)
    # Two draws around one picture differ, and each noise takes the next one's deviation back.
    assert neighbours.mean() < 0


def test_the_same_seed_gives_the_same_noises_and_another_gives_others():
    prior = gaussian_prior(std=0.5)
    first, again, other = (inverted(prior, picture(), seed=seed).noises for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_a_chain_stands_at_equal_distances_and_leaves_the_very_end():
    schedule = gaussian_prior(std=1.0).schedule
    assert chain(schedule, 4).tolist() == [751, 501, 251, 1]


@pytest.mark.parametrize("steps", [0, 501])
def test_too_few_or_too_many_steps_are_refused(steps):
    with pytest.raises(ConfigError, match="steps is"):
        chain(gaussian_prior(std=1.0).schedule, steps)


class WholeTimesteps(DDIMScheduler):
    """The pipeline hands timesteps to `add_noise` as floats, with which it cannot index."""

    def add_noise(self, original_samples, noise, timesteps):
        return super().add_noise(original_samples, noise, timesteps.long())


def ledits(prior):
    """diffusers' pipeline around the very modules of a prior."""
    prior.tokenizer.model_max_length = prior.text_encoder.config.max_position_embeddings
    return LEditsPPPipelineStableDiffusion(
        vae=prior.codec.vae,
        text_encoder=prior.text_encoder,
        tokenizer=prior.tokenizer,
        unet=prior.unet,
        scheduler=WholeTimesteps(
            beta_schedule="scaled_linear",
            beta_start=0.00085,
            beta_end=0.012,
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def test_it_equals_the_inversion_and_the_edit_of_diffusers(tmp_path):
    """LEDITS++ with DDIM and no masks is edit-friendly DDPM inversion."""
    folder = save_pipeline(tmp_path)
    prior = load_diffusion_prior(folder, device="cpu", dtype="float32")
    theirs = ledits(prior)
    image = torch.rand((1, 3, 32, 32), generator=torch.Generator().manual_seed(2))
    theirs.invert(
        image=image,
        source_prompt="a cat",
        source_guidance_scale=3.5,
        num_inversion_steps=8,
        skip=0.25,
        generator=torch.Generator().manual_seed(9),
        height=32,
        width=32,
    )
    # The same latent: theirs takes the mode of the posterior, as ours does.
    latent = prior.encode(image)
    words = prior.embed(["a cat"])
    # Theirs takes the two halves of the guidance for each other while it inverts.
    swapped = Embedding(conditional=words.unconditional, unconditional=words.conditional)
    space = invert(
        prior,
        latent,
        swapped,
        start=0.8,
        steps=10,
        guidance_scale=3.5,
        generator=torch.Generator().manual_seed(9),
    )
    assert space.timesteps.tolist() == theirs.inversion_steps.tolist()
    assert space.start == pytest.approx(theirs.init_latents, abs=1e-4)
    assert space.noises == pytest.approx(theirs.zs, abs=2e-3)
    edited = theirs(
        editing_prompt=["a dog"],
        edit_guidance_scale=7.5,
        edit_threshold=0.0,
        use_intersect_mask=False,
        output_type="latent",
    ).images
    ours = regenerate(prior, space, prior.embed(["a dog"]), guidance_scale=7.5)
    assert ours == pytest.approx(edited, abs=5e-3)
