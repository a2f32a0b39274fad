"""Training, resuming, exporting and judging the built-in prior, on networks of toy size."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoTokenizer

from pds.diffusion.pretrained import load_diffusion_prior
from pds.training.__main__ import main
from pds.training.card import loss_picture, write_card
from pds.training.classifier import Judge, judge_pictures, plain_name, train_judge
from pds.training.denoiser import Denoiser
from pds.training.errors import TrainingDataError, TrainingError
from pds.training.evaluate import (
    check_judge,
    colour_prompts,
    generate,
    prompts_for,
    style_sheet,
    write_verdict,
)
from pds.training.export import export
from pds.training.loop import train
from pds.training.measure import write_figures
from pds.training.model import (
    ModelConfig,
    WordEmbedding,
    build_tokenizer,
    encode_prompts,
    from_latent,
    to_latent,
    word_rows,
)
from pds.training.precision import faster_precision
from pds.training.sampling import sample, sheet
from pds.training.starting import start_from_export
from pds.training.train import TrainConfig, Trainer, TrainStep, loss_weight
from pds.training.weights import adam_direction, muon_direction, orthogonalise
from pds.training.yardsticks import Figure
from tests.doubles.training_doubles import CONCEPTS, MODEL, TABLE, batches, trainer


def _run(run: Trainer, steps: int) -> list[float]:
    source = batches()
    return [run.train_step(source).loss for _ in range(steps)]


def test_a_resumed_run_goes_on_bit_for_bit(tmp_path):
    whole = trainer()
    straight = _run(whole, 4)
    first = trainer()
    begun = _run(first, 2)
    first.save(tmp_path / "run.pt")
    second = Trainer.resume(tmp_path / "run.pt", first.config)
    assert begun + _run(second, 2) == straight
    assert (second.step, second.seen) == (4, 16)
    for name, tensor in whole.weights.state().items():
        assert torch.equal(tensor, second.weights.state()[name]), name


@pytest.mark.slow
def test_two_processes_move_the_weights_as_one_does():
    alone, pair = trainer(processes=1), trainer(processes=2)
    start = alone.weights.tensors["masters"].clone()
    try:
        losses = _run(alone, 3), _run(pair, 3)
    finally:
        pair.close()
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    # Where a gradient is nearly zero, rounding decides the sign of Adam's first steps: a single
    # weight may differ by a few steps, all together by next to nothing.
    moved = (alone.weights.tensors["masters"] - start).abs().mean()
    apart = (alone.weights.tensors["masters"] - pair.weights.tensors["masters"]).abs()
    assert apart.mean() < 0.1 * moved


def test_noisy_timesteps_count_fully_and_clean_ones_less():
    snr = torch.tensor([0.01, 1.0, 5.0, 11.0, 59.0], dtype=torch.float64)
    weight = loss_weight(snr / (1 + snr), max_snr=5.0)
    wanted = torch.tensor([1.0, 1.0, 1.0, 0.5, 0.1], dtype=torch.float64)
    torch.testing.assert_close(weight, wanted)


def test_training_lowers_the_loss_and_every_weight_moves():
    run = trainer(batch=4, learning_rate=1e-2)
    start = run.weights.tensors["masters"].clone()
    losses = _run(run, 20)
    assert sum(losses[-5:]) < 0.95 * sum(losses[:5])
    for number, name in enumerate(run.slots.names):
        if "embedding" not in name:
            low = run.slots.view("masters", number).flatten()
            offset = sum(p.numel() for p in run.slots.params[:number])
            assert not torch.equal(low, start[offset : offset + len(low)]), name


def test_half_precision_keeps_float32_masters():
    run = trainer(precision="bfloat16")
    _run(run, 2)
    assert run.slots.params[0].dtype == torch.bfloat16
    assert run.weights.tensors["masters"].dtype == torch.float32
    assert next(run.averaged().parameters()).dtype == torch.float32


def test_words_learned_later_get_new_rows_and_keep_the_old_ones(tmp_path):
    run = trainer()
    run.save(tmp_path / "run.pt")
    grown = Trainer.resume(tmp_path / "run.pt", run.config, ["zebra", run.words[0]])
    assert grown.words == [*run.words, "zebra"]
    old, new = (encode_prompts(t.tokenizer, ["a disc"]) for t in (run, grown))
    assert old.equal(new)


def test_the_log_counts_and_the_checkpoint_is_written_at_the_end(tmp_path):
    run, lines = trainer(batch=1), []
    ticks = iter(range(10_000))
    train(
        run,
        batches(),
        tmp_path / "run.pt",
        until_seen=7,
        every_seconds=4,
        every_steps=5,
        log=lines.append,
        copies=tmp_path / "kept",
        clock=lambda: float(next(ticks)),
    )
    assert len(lines) == 1
    assert lines[0].startswith("step 5 seen 5 loss")
    assert (tmp_path / "kept" / "run.pt").read_bytes() == (tmp_path / "run.pt").read_bytes()
    assert Trainer.resume(tmp_path / "run.pt", run.config).seen == 7


class _RateRecorder(Trainer):
    """Takes no step; notes the factors of the rates that it is given."""

    def __init__(self, *given):
        super().__init__(*given)
        self.factors: list[float] = []

    def train_step(self, batches, rate_factor):
        self.factors.append(rate_factor)
        self.seen += 1
        return TrainStep(step=1, seen=self.seen, loss=0.0)


@pytest.mark.parametrize(("cooldown", "first", "last"), [(0, 1.0, 1.0), (50, 1.0, 0.1)])
def test_the_rates_fall_to_nothing_over_the_cooldown(tmp_path, cooldown, first, last):
    toy = trainer()
    run, ticks = _RateRecorder(toy.model_config, toy.config, toy.words, TABLE), iter(range(10_000))
    train(
        run,
        batches(),
        tmp_path / "run.pt",
        until_seen=1000,
        seconds=100,
        cooldown_seconds=cooldown,
        every_seconds=10_000,
        clock=lambda: float(next(ticks)),
    )
    assert run.factors[0] == first
    assert run.factors == sorted(run.factors, reverse=True)
    assert 0 <= run.factors[-1] <= last
    assert run.factors.count(1.0) >= len(run.factors) // 2 - 1


def test_orthogonalise_brings_all_singular_values_near_one():
    generator = torch.Generator().manual_seed(0)
    for shape, kind in (((24, 40), torch.float32), ((40, 24), torch.bfloat16)):
        matrix = orthogonalise(torch.randn(shape, generator=generator), kind)
        values = torch.linalg.svdvals(matrix)
        assert values.min() > 0.3
        assert values.max() < 1.7


def test_both_directions_have_the_size_of_an_adam_step():
    generator = torch.Generator().manual_seed(0)
    gradient = torch.randn((32, 48), generator=generator)
    muon = muon_direction(gradient, torch.zeros(32, 48), torch.float32)
    assert 0.1 < muon.square().mean().sqrt() < 0.3
    adam = adam_direction(gradient, torch.zeros(32, 48), torch.zeros(32, 48), 1)
    assert adam.abs().mean() == pytest.approx(1, rel=1e-3)


def test_settings_out_of_range_are_refused():
    with pytest.raises(TrainingError, match="warmup_steps"):
        TrainConfig(warmup_steps=0)
    with pytest.raises(TrainingError, match="multiple of processes"):
        TrainConfig(batch=5, processes=2)
    with pytest.raises(TrainingError, match="multiple of 8"):
        ModelConfig(image_size=20)
    with pytest.raises(TrainingError, match="do not fit"):
        word_rows([str(n) for n in range(130)], TABLE, MODEL)
    with pytest.raises(TrainingError, match="4 wide, not 5"):
        word_rows(["a"], TABLE, dataclasses.replace(MODEL, word_width=5))
    with pytest.raises(TrainingError, match="one process trains on cuda, not 2"):
        TrainConfig(batch=4, processes=2, device="cuda")
    with pytest.raises(TrainingError, match="precision 'half'"):
        TrainConfig(precision="half")


def test_a_loss_that_is_not_finite_stops_the_run():
    run = trainer()
    run.weights.tensors["working"].fill_(float("nan"))
    with pytest.raises(TrainingError, match="not finite at step 0"):
        _run(run, 1)


def test_a_missing_checkpoint_or_export_is_named(tmp_path):
    with pytest.raises(TrainingError, match="no checkpoint"):
        Trainer.resume(tmp_path / "run.pt", TrainConfig())
    with pytest.raises(TrainingError, match="no exported prior"):
        start_from_export(tmp_path, MODEL, TrainConfig(), [], TABLE)


def test_the_latent_is_exact_both_ways():
    images = torch.rand((2, 3, 16, 16), generator=torch.Generator().manual_seed(0))
    latents = to_latent(images, 4)
    assert latents.shape == (2, 48, 4, 4)
    assert torch.allclose(from_latent(latents, 4), images, atol=1e-6)


def test_the_tokenizer_splits_words_lower_case_and_marks_unknown_ones():
    tokenizer = build_tokenizer(["a", "red", "disc", ",", "3d"], MODEL, TABLE)
    found = encode_prompts(tokenizer, ["A red 3D disc, zebra globe", ""])
    globe = MODEL.text_rows + 2
    assert found.tolist() == [[2, 4, 5, 8, 6, 7, 1, globe, 3, 0, 0, 0], [2, 3] + [0] * 10]


def test_a_word_is_its_meaning_and_a_trained_word_a_residual_more():
    rows = word_rows(["a", "disc"], TABLE, MODEL)
    embedding = WordEmbedding(rows, MODEL.text_rows, 8)
    known, opened = embedding(torch.tensor([[5, MODEL.text_rows + 1]]))[0]
    torch.testing.assert_close(known - opened, embedding.residual_embedding[5])
    torch.testing.assert_close(opened, rows[5].float() / 127 @ embedding.meaning)
    assert embedding.multiplied_out()[5].equal(known)
    assert not rows[4].any()  # nobody draws an "a"


def test_words_are_read_by_their_meaning_alone_as_often_as_asked():
    run = Trainer(MODEL, TrainConfig(word_dropout=0.5, precision="float32"), ["a", "disc"], TABLE)
    tokens = torch.tensor([[2, 4, 5, 3]]).repeat(400, 1)
    found = run._by_meaning(tokens)
    assert found[:, [0, 1, 3]].equal(tokens[:, [0, 1, 3]])
    assert set(found[:, 2].tolist()) == {5, MODEL.text_rows + 1}
    assert 0.4 < (found[:, 2] == 5).float().mean() < 0.6


def test_the_faster_precision_is_taken_whatever_the_processor_claims():
    for slow, fast in ((torch.bfloat16, "float32"), (torch.float32, "bfloat16")):
        times = [0.0]

        def work(kind, slow=slow, times=times):
            times[0] += 3.0 if kind == slow else 1.0

        assert faster_precision(work, clock=lambda times=times: times[0]) == fast
    assert faster_precision() in ("float32", "bfloat16")


def test_the_export_loads_with_the_standard_classes_and_predicts_the_same(tmp_path):
    run = trainer()
    _run(run, 2)
    export(run, CONCEPTS, tmp_path / "prior")
    unet = UNet2DConditionModel.from_pretrained(tmp_path / "prior", subfolder="unet")
    prior = load_diffusion_prior(tmp_path / "prior", dtype="float32", device="cpu")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "prior" / "tokenizer")
    scheduler = DDPMScheduler.from_pretrained(tmp_path / "prior", subfolder="scheduler")
    assert scheduler.config.prediction_type == "v_prediction"
    tokens = encode_prompts(tokenizer, ["a red disc", "a cube, side view"])
    assert tokens.equal(encode_prompts(run.tokenizer, ["a red disc", "a cube, side view"]))
    noisy = torch.randn((2, 48, 4, 4), generator=torch.Generator().manual_seed(0))
    timestep = torch.tensor([10, 900])
    with torch.no_grad():
        hidden = prior.embed(["a red disc", "a cube, side view"]).conditional
        found = unet.float()(noisy, timestep, encoder_hidden_states=hidden).sample
        wanted = run.averaged()(noisy, timestep, tokens)
    assert torch.allclose(found, wanted, atol=0.05)
    about = json.loads((tmp_path / "prior/pds_prior.json").read_text(encoding="utf-8"))
    assert about["latent"] == {"kind": "pixel_unshuffle", "factor": 4}
    assert about["samples_seen"] == 8
    assert about["vocabulary"]["concepts"] == {"disc": ["ball"], "square": [], "cube": []}
    assert about["vocabulary"]["groups"] == {"flat": ["disc", "square"], "solid": ["cube"]}
    assert not list(tmp_path.glob("*.part"))


def test_an_exported_prior_can_be_trained_on(tmp_path):
    run = trainer()
    _run(run, 1)
    export(run, CONCEPTS, tmp_path)
    again = start_from_export(tmp_path, MODEL, run.config, [*run.words, "zebra"], TABLE)
    assert again.words == [*run.words, "zebra"]
    for number, name in enumerate(run.slots.names):
        kept, given = again.slots.view("masters", number), run.slots.view("ema", number)
        if "residual" in name:
            kept, given = (rows[: 4 + len(run.words)] for rows in (kept, given))
        assert (kept - given).abs().max() < 0.02, name
    assert _run(again, 1)[0] > 0


def test_an_embedding_without_open_words_is_split_into_meaning_and_residual(tmp_path):
    run = trainer()
    export(run, CONCEPTS, tmp_path)
    text = tmp_path / "text_encoder"
    (text / "words.safetensors").unlink()
    old = torch.randn((128, 16), generator=torch.Generator().manual_seed(0))
    stored = load_file(text / "model.safetensors")
    stored["text_model.embeddings.token_embedding.weight"] = old
    save_file(stored, text / "model.safetensors", metadata={"format": "pt"})
    again = start_from_export(tmp_path, MODEL, run.config, ["globe"], TABLE)
    embedding = again.net.text_encoder.get_input_embeddings().multiplied_out()
    known = 4 + len(run.words)
    torch.testing.assert_close(embedding[:known], old[:known])
    ball, disc = again.words.index("ball") + 4, again.words.index("disc") + 4
    globe = embedding[MODEL.text_rows + 2]
    assert torch.nn.functional.cosine_similarity(globe, old[ball] + old[disc], dim=0) > 0.5


def test_samples_follow_the_generator_alone():
    denoiser = Denoiser.of_trainer(trainer())
    first, again, other = (
        sample(
            denoiser,
            ["a disc", "a cube"],
            generator=torch.Generator().manual_seed(seed),
            steps=2,
        )
        for seed in (0, 0, 1)
    )
    assert first.shape == (2, 3, 16, 16)
    assert first.equal(again)
    assert not first.equal(other)
    assert sheet([("disc", first), ("cube", again)], label_px=40).size == (72, 32)


def test_sampling_starts_from_the_mean_picture_as_far_as_the_last_timestep_shows_it():
    seen = []

    def predict_v(noisy, timestep, hidden):
        seen.append(noisy)
        return torch.zeros_like(noisy)

    for last, mean in ((0.09, 0.3 * 0.5), (0.0, 0.0)):
        denoiser = Denoiser(
            name="toy",
            alpha_bar=torch.tensor([0.99, 0.5, last]),
            factor=4,
            image_size=64,
            embed=lambda prompts: torch.zeros(len(prompts), 1, 1),
            predict_v=predict_v,
        )
        noise = torch.Generator().manual_seed(0)
        sample(denoiser, ["a"] * 8, generator=noise, steps=1, mean=0.5)
        assert seen[-1].mean().item() == pytest.approx(mean, abs=0.01)


def test_every_concept_is_asked_for_in_every_style_and_from_every_side():
    asked = prompts_for(CONCEPTS)
    assert ("disc", "a flat vector drawing of a disc") in asked
    assert ("3d:cube", "a 3D model of a cube, back view") in asked
    assert len(asked) == 2 * 5 + 3
    seldom = {"emoji": [{"name": "kite", "weight": 0.2}], "models": []}
    assert len(prompts_for(seldom)) == 2
    assert colour_prompts(CONCEPTS, ("red", "blue")) == [("disc", ["a red disc", "a blue disc"])]
    run = trainer()
    images = generate(run, [p for _, p in asked], seed=0, guidance_scale=2.0, steps=1)
    assert style_sheet(asked, images).size == (2 * 110 + 5 * 16 + 3 * 16, 2 * 16)


class _Brightness(nn.Module):
    """Class 1 for bright pictures, class 0 for dark ones."""

    def forward(self, images):
        bright = images.mean((1, 2, 3))
        return torch.stack([1 - bright, bright], 1)


def test_the_verdict_counts_hits_and_names_mistakes():
    images = torch.cat([torch.zeros(3, 3, 4, 4), torch.ones(1, 3, 4, 4)])
    asked = ["3d:cat", "cat face", "dog", "dog"]
    verdict = judge_pictures(_Brightness(), images, asked, ["cat", "dog"])
    assert verdict.overall == 0.75
    assert verdict.per_concept == {"3d:cat": 1.0, "cat face": 1.0, "dog": 0.5}
    assert verdict.mistaken_for == {"dog": "cat"}
    assert plain_name("tulips") == plain_name("tulip")


def test_the_judge_learns_to_tell_discs_from_cubes():
    source = batches()
    judge = train_judge(source, steps=30, batch=16, seed=0)
    assert isinstance(judge, Judge)
    assert check_judge(judge, source, count=64, seed=1) > 0.7


def test_the_card_names_sources_figures_and_weak_concepts(tmp_path):
    run = trainer()
    run.history = [(50 * n, 200 * n, 1 / n) for n in range(1, 40)]
    export(run, CONCEPTS, tmp_path / "prior")
    images = torch.rand((2, 3, 16, 16), generator=torch.Generator().manual_seed(0))
    for name in ("samples.png", "colours.png"):
        sheet([("disc", images)]).save(tmp_path / name)
    verdict = judge_pictures(_Brightness(), images * 0.1, ["disc", "cube"], ["disc", "cube"])
    write_verdict(verdict, 0.9, 8, tmp_path / "verdict.json")
    with pytest.raises(TrainingDataError, match="measure` first"):
        write_card(tmp_path / "prior", run, tmp_path)
    gain = Figure(value=0.05, error=0.01, count=9)
    write_figures({"word gain": gain}, Denoiser.of_trainer(run), tmp_path / "measured.json")
    write_card(tmp_path / "prior", run, tmp_path)
    text = (tmp_path / "prior/README.md").read_text(encoding="utf-8")
    assert "@iconify-json/noto" in text
    assert "cube (0%)" in text
    assert "| word gain | – | 5.0 ± 1.0 % |" in text
    assert "CC-BY-SA-3.0 (share-alike)" in text
    assert {p.name for p in (tmp_path / "prior").glob("*.png")} == {
        "samples.png",
        "colours.png",
        "loss.png",
    }
    assert np.asarray(loss_picture(run.history)).min() < 100


def test_the_command_line_says_what_is_missing_and_returns_2(tmp_path, capsys):
    threads = torch.get_num_threads()
    try:
        code = main(["--work", str(tmp_path), "train", "--until", "1"])
    finally:
        torch.set_num_threads(threads)
    assert code == 2
    assert "python -m pds.training data" in capsys.readouterr().err
