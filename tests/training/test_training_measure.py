"""Yardsticks: word gain, the diffusion classifier, held-out pictures, the table."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from pds.training import dataset
from pds.training.__main__ import main
from pds.training.denoiser import Denoiser
from pds.training.errors import TrainingDataError
from pds.training.export import export
from pds.training.held_out import (
    Pair,
    Shown,
    pair_svg,
    read_pairs,
    stamps,
    unseen_drawings,
)
from pds.training.measure import (
    core_concepts,
    measure,
    read_figures,
    seen_drawings,
    table,
    write_figures,
)
from pds.training.model import to_latent
from pds.training.named import Namer, draw_things, model_renders
from pds.training.sources import read_sources
from pds.training.yardsticks import TIMESTEPS, Figure, choose, classify, prompt_of, word_gain
from tests.doubles.training_doubles import CONCEPTS, disc, entry, trainer

RED, BLUE = disc(), disc((40, 60, 220))
THINGS = {"disc": RED, "square": BLUE}


def _knowing(share: float) -> Denoiser:
    """Told the right words it sees `share` of the error less; wrong words tell it nothing."""
    prompts = {prompt_of(thing): number for number, thing in enumerate(THINGS, start=1)}
    clean = {
        number: to_latent(torch.from_numpy(p).permute(2, 0, 1)[None] / 255, 4)
        for number, p in enumerate(THINGS.values(), start=1)
    }

    def embed(words):
        return torch.tensor([float(prompts.get(w, 0)) for w in words])[:, None, None]

    def predict_v(noisy, timestep, hidden):
        alpha_bar = torch.linspace(0.999, 0, 1000)[timestep].view(-1, 1, 1, 1)
        wrong = torch.zeros_like(noisy)
        for row, number in enumerate(hidden[:, 0, 0].long().tolist()):
            if number:
                side = noisy.shape[-1]
                whole = torch.nn.functional.interpolate(clean[number], size=(side, side))
                wrong[row] = (1 - (1 - share) ** 0.5) * whole[0]
        x0 = wrong
        return (alpha_bar.sqrt() * noisy - x0) / (1 - alpha_bar).sqrt()

    return Denoiser(
        name="toy",
        alpha_bar=torch.linspace(0.999, 0, 1000),
        factor=4,
        image_size=80,
        embed=embed,
        predict_v=predict_v,
    )


def _shown(count: int) -> list[Shown]:
    things = list(THINGS.items())
    return [
        Shown(thing=things[n % 2][0], source="toy", picture=things[n % 2][1]) for n in range(count)
    ]


def test_the_word_gain_is_the_share_of_the_error_that_words_take_away():
    for share in (0.0, 0.3):
        found = word_gain(_knowing(share), _shown(6), seed=0, draws=1)
        assert set(found) == set(TIMESTEPS)
        for figure in found.values():
            assert figure.value == pytest.approx(share, abs=0.12)
            assert figure.error < 0.1
            assert figure.count == 6


def test_the_classifier_names_what_the_words_explain():
    assert classify(_knowing(0.5), _shown(6), seed=0).value == 1.0


def test_equal_seeds_measure_the_same():
    first, again = (word_gain(_knowing(0.3), _shown(4), seed=1, draws=1) for _ in range(2))
    assert first == again


def test_things_take_turns_in_the_choice():
    many = [Shown(thing="disc", source="a", picture=RED)] * 9
    chosen = choose([*many, Shown(thing="square", source="a", picture=BLUE)], 2, 0)
    assert {shown.thing for shown in chosen} == {"disc", "square"}
    assert len(choose(many, 20, 0)) == 9


def test_priors_of_other_schedules_are_measured_at_the_same_noise():
    run = Denoiser.of_trainer(trainer())
    for timestep in TIMESTEPS:
        own = run.timestep_like(timestep)
        assert own < timestep  # the chain that ends in pure noise gets there earlier
        betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
        wanted = torch.cumprod(1 - betas, 0)[timestep].item()
        assert run.alpha_bar[own].item() == pytest.approx(wanted, rel=0.03)


def test_an_exported_prior_predicts_as_the_run_it_came_from(tmp_path):
    run = trainer()
    export(run, CONCEPTS, tmp_path / "prior")
    ours, theirs = Denoiser.of_trainer(run), Denoiser.of_folder(tmp_path / "prior")
    noisy = torch.randn((2, 48, 4, 4), generator=torch.Generator().manual_seed(0))
    times = torch.tensor([100, 800])
    found = [d.predict_x0(noisy, times, d.embed(["a red disc", ""])) for d in (ours, theirs)]
    torch.testing.assert_close(*found, atol=0.05, rtol=0.05)
    torch.testing.assert_close(ours.alpha_bar, theirs.alpha_bar)


def _evaluation_packages(data):
    body = '<circle cx="8" cy="8" r="7" fill="#dc2828"/>'
    for source in read_sources("evaluation"):
        folder = data / source.name
        folder.mkdir(parents=True)
        if source.kind == "icons":
            name = "disc" if source.name == "emojione-v1" else "disc-1"
            pack = {"icons": {name: {"body": body}}}
            (folder / "icons.json").write_text(json.dumps(pack), encoding="utf-8")
    for name, caption in (("red", "A ball."), ("gone", "A square."), ("small", "A disc.")):
        (folder / f"{name}.txt").write_text(f"{caption}\nde.utf8=Ein Ball.\n", encoding="utf-8")
    Image.new("RGBA", (60, 60), (200, 0, 0, 255)).save(folder / "red.png")
    Image.new("RGBA", (9, 9), (200, 0, 0, 255)).save(folder / "small.png")
    (folder / "svg.txt").write_text("The disc\n", encoding="utf-8")
    (folder / "svg.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{body}</svg>',
        encoding="utf-8",
    )
    (folder / "bad.txt").write_text("A disc.\n", encoding="utf-8")
    (folder / "bad.svg").write_text("<svg", encoding="utf-8")


def test_unseen_drawings_come_from_both_held_out_sets(tmp_path):
    _evaluation_packages(tmp_path)
    found = list(unseen_drawings(CONCEPTS, tmp_path))
    assert {(shown.thing, shown.source) for shown in found} == {
        ("disc", "emojione-v1"),
        ("disc", "streamline-emojis"),
    }


def test_stamps_are_known_by_their_captions(tmp_path):
    _evaluation_packages(tmp_path)
    found = list(stamps(CONCEPTS, tmp_path))
    assert [shown.thing for shown in found] == ["disc", "disc"]  # a synonym, and a drawing


def test_forty_pairs_of_both_held_out_sets_change_what_the_prior_can_draw(tmp_path):
    pairs = read_pairs()
    assert len(pairs) == len({(pair.set, pair.icon) for pair in pairs}) == 40
    kept = {source.name for source in read_sources("evaluation") if source.kind == "icons"}
    assert {pair.set for pair in pairs} == kept
    concepts = dataset.read_concepts()["emoji"]
    known = {name for c in concepts for name in (c["name"], *c.get("synonyms", ()))}
    bare = {name for name in known if " " not in name} | {n.split()[0] for n in known}
    for pair in pairs:
        assert pair.source != pair.target
        noun = pair.target.split()[-1]
        assert noun in bare or any(name.endswith(noun) for name in known), pair.target
    _evaluation_packages(tmp_path)
    disc_pair = Pair(set="emojione-v1", icon="disc", source="a", target="b", group="add")
    assert "circle" in pair_svg(disc_pair, tmp_path)
    with pytest.raises(TrainingDataError, match="emojione-v1 has no drawing cat-face"):
        pair_svg(pairs[0], tmp_path)


def _work(folder):
    """A work folder with a set of three drawings, one of them restyled."""
    kept = [(RED, entry("disc")), (BLUE, entry("disc", restyle="line")), (BLUE, entry("square"))]
    dataset.save(iter(kept), folder / dataset.FOLDER / "noto.npz")
    _evaluation_packages(folder / "data")
    return folder


def test_seen_drawings_are_those_as_they_are(tmp_path):
    first, second = seen_drawings(CONCEPTS, _work(tmp_path))
    assert (first.thing, second.thing) == ("disc", "square")
    assert np.array_equal(first.picture, RED)


def test_the_core_of_the_shipped_list_is_what_every_version_knows():
    core = core_concepts(dataset.read_concepts())["emoji"]
    assert len(core) == 156
    assert core[0]["name"] == "cat face"


def test_all_yardsticks_are_measured_saved_and_laid_side_by_side(tmp_path):
    concepts = {"emoji": [{**c, "core": True} for c in CONCEPTS["emoji"]], "models": []}
    denoiser, lines = Denoiser.of_trainer(trainer()), []
    features = nn.Flatten()
    work = _work(tmp_path)
    found = measure(denoiser, work, concepts, count=2, seed=0, features=features, log=lines.append)
    assert len(found) == len(lines) == 2 * len(TIMESTEPS) + 5
    assert found["real unseen drawings named by the judge"].value == 1.0
    assert found["own drawings named"].count == 2
    assert found["named of 20, stamps"].count == 2
    write_figures(found, denoiser, tmp_path / "measured.json")
    assert read_figures(tmp_path / "measured.json") == found
    rows = table(
        {"a": Figure(value=0.5, error=0.01, count=9)},
        {"b": found["named of 20, seen"]},
        ("old", "new"),
    )
    assert "| a | 50.0 ± 1.0 % | – |" in rows
    assert rows.splitlines()[0] == "| measure | old | new |"
    with pytest.raises(TrainingDataError, match="measure` first"):
        read_figures(tmp_path / "none.json")


def test_models_are_asked_for_and_judged_as_models(tmp_path):
    kept = [(BLUE, entry("3d:cube", source="models", design=f"Shop #{n}")) for n in range(30)]
    dataset.save(iter(kept), tmp_path / dataset.FOLDER / "models.npz")
    renders = model_renders(CONCEPTS, tmp_path, 0)
    assert [shown.thing for shown in renders] == ["3d:cube"] * 24
    namer = Namer(nn.Flatten(), [*renders, Shown(thing="disc", source="a", picture=RED)], 16)
    assert namer.names_real(renders).value == 1.0
    images = draw_things(Denoiser.of_trainer(trainer()), namer.things, 0)
    assert images.shape == (2, 3, 16, 16)


def test_the_command_says_when_there_is_nothing_to_measure_with(tmp_path, capsys):
    export(trainer(), CONCEPTS, tmp_path / "old")
    threads = torch.get_num_threads()
    asked = ["--work", str(_work(tmp_path)), "measure", "--prior", str(tmp_path / "old")]
    try:
        code = main(asked)
    finally:
        torch.set_num_threads(threads)
    said = capsys.readouterr()
    assert code == 2
    assert "too few unseen pictures" in said.err
    assert "old" in said.out
