"""The two-dimensional experiment: PDS stays near its start and still reaches the target."""

import pytest
import torch

from pds.base.errors import PromptError
from pds.diffusion.mixture import MixturePrior
from pds.diffusion.schedule import NoiseSchedule
from pds.study.toy import (
    SCHEDULE,
    SOURCE,
    STARTS,
    TARGET,
    Walk,
    marginals,
    published,
    table,
    train,
    walk,
)


@pytest.fixture(scope="module")
def trained():
    torch.set_num_threads(1)
    return train(0, steps=1500)


@pytest.fixture(scope="module")
def walks(trained):
    prior, _ = trained
    return {
        key: [walk(prior, method, start) for start in STARTS] for key, method in published().items()
    }


def arcs(std=0.12):
    """Marginals that are known in closed form: five Gaussians on each of two arcs."""
    samples = marginals(torch.Generator().manual_seed(0), count=5)
    centres = {prompt: [tuple(p) for p in points.tolist()] for prompt, points in samples.items()}
    return MixturePrior(centres, std=std, schedule=NoiseSchedule.from_config(SCHEDULE)), centres


def test_pds_ends_nearer_to_its_start_than_sds_and_dds(walks):
    for pds, sds, dds in zip(walks["pds"], walks["sds"], walks["dds"], strict=True):
        assert pds.moved < 0.9 * min(sds.moved, dds.moved)


def test_pds_ends_within_reach_of_the_target(walks, trained):
    _, samples = trained
    assert max(found.off_target(samples[TARGET]) for found in walks["pds"]) < 0.25
    assert all(found.end[0] > 0 for found in walks["pds"])


def test_pds_keeps_upper_points_up_and_lower_ones_down(walks):
    ends = [float(found.end[1]) for found in walks["pds"]]
    assert ends[0] > 0.5 > ends[1] > -0.5 > ends[2]


def test_the_same_holds_with_the_exact_scores_of_a_mixture():
    prior, centres = arcs()
    target = torch.tensor(centres[TARGET], dtype=torch.float64)
    found = {k: walk(prior, method, STARTS[0], steps=300) for k, method in published().items()}
    assert found["pds"].moved < min(found["sds"].moved, found["dds"].moved)
    assert found["pds"].off_target(target) < 0.6


def test_a_seed_is_one_walk(trained):
    prior, _ = trained
    method = published()["pds"]
    first, again = (walk(prior, method, STARTS[0], steps=20, seed=4) for _ in range(2))
    assert torch.equal(first.path, again.path)
    assert not torch.equal(first.path, walk(prior, method, STARTS[0], steps=20, seed=5).path)


def test_the_table_has_a_row_for_every_method(walks, trained):
    _, samples = trained
    lines = table([w for mine in walks.values() for w in mine], samples[TARGET]).splitlines()
    assert [line.split()[0] for line in lines] == ["method", "SDS", "DDS", "PDS"]
    moved = {line.split()[0]: float(line.split()[1]) for line in lines[1:]}
    assert moved["PDS"] == min(moved.values())


def test_how_far_a_walk_went_is_the_distance_of_its_ends():
    path = torch.tensor([[0.0, 0.0], [1.0, 7.0], [3.0, 4.0]])
    found = Walk(method="pds", path=path)
    assert found.moved == pytest.approx(5)
    assert found.off_target(torch.tensor([[3.0, 3.0], [9.0, 9.0]])) == pytest.approx(1)


@pytest.mark.parametrize("prior", [arcs()[0], train(0, steps=1)[0]], ids=["mixture", "net"])
def test_an_unknown_prompt_is_refused(prior):
    with pytest.raises(PromptError, match="Unknown prompts"):
        prior.embed(["a cat"])


def test_the_exact_score_of_one_gaussian_is_that_of_the_mixture_of_it():
    schedule = NoiseSchedule.from_config(SCHEDULE)
    prior = MixturePrior({SOURCE: [(1.0, -2.0)]}, std=0.5, schedule=schedule)
    noisy = torch.randn(3, 2, 1, 1, dtype=torch.float64)
    timestep = torch.tensor([50, 500, 900])
    found = prior.predict_noise(noisy, timestep, prior.embed([SOURCE] * 3), 1.0)
    alpha_bar = schedule.alpha_bar_at(timestep, noisy)
    mean = torch.tensor([1.0, -2.0], dtype=torch.float64).view(1, 2, 1, 1)
    expected = (1 - alpha_bar).sqrt() * (noisy - alpha_bar.sqrt() * mean)
    assert torch.allclose(found, expected / (alpha_bar * 0.25 + 1 - alpha_bar))


def test_latents_of_the_plane_are_the_points():
    for prior in (arcs()[0], train(0, steps=1)[0]):
        point = torch.tensor([[[[0.3]], [[-1.2]]]], dtype=prior.dtype)
        assert torch.equal(prior.decode(prior.encode(point)), point)
