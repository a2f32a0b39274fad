"""The optimiser: plain Adam without coupling, coherent steps with it."""

import pytest
import torch

from pds.engine.coupling import Coupling
from pds.engine.optimiser import CoupledAdam
from pds.engine.parametric import ParameterGroup, Pixels
from tests.doubles.engine_doubles import pixels

BETAS = (0.8, 0.95)


class _Rows(Pixels):
    """A picture whose parameter is a table of rows."""

    def __init__(self, rows: int, coupling: Coupling | None):
        super().__init__(torch.zeros(1, 3, 4, 4))
        self.table = torch.zeros(rows, 2, requires_grad=True)
        self.coupling = coupling

    def parameter_groups(self):
        return [
            ParameterGroup(
                name="points",
                parameters=(self.table,),
                learning_rate=0.1,
                coupling=self.coupling,
            )
        ]


def chain(rows: int, *, passes: int, blocks: list[int] | None = None) -> Coupling:
    pairs = torch.stack([torch.arange(rows - 1), torch.arange(1, rows)], dim=1)
    numbers = torch.tensor(blocks or [0] * rows)
    same = numbers[pairs[:, 0]] == numbers[pairs[:, 1]]
    return Coupling(pairs=pairs[same], blocks=numbers, passes=passes)


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_without_coupling_it_is_adam():
    scene = pixels(0.5)
    twin = scene.pixels.detach().clone().requires_grad_()
    ours = CoupledAdam(scene, strength=2.0, betas=BETAS)
    theirs = torch.optim.Adam([twin], lr=2 * scene.learning_rate, betas=BETAS)
    for step in range(5):
        gradient = random(*twin.shape, seed=step).to(twin) * 10.0**-step
        scene.pixels.grad, twin.grad = gradient.clone(), gradient.clone()
        ours.step()
        theirs.step()
    torch.testing.assert_close(scene.pixels, twin, rtol=1e-5, atol=1e-7)


def test_slowing_down_shortens_the_step_and_is_taken_back():
    lengths = []
    for factor in (1.0, 0.25):
        scene = pixels(0.5)
        optimizer = CoupledAdam(scene, strength=1.0, betas=BETAS)
        scene.pixels.grad = torch.ones_like(scene.pixels)
        optimizer.slow_down(0.5)
        optimizer.slow_down(factor)
        optimizer.step()
        lengths.append((0.5 - scene.pixels.detach()).mean().item())
    assert lengths[1] == pytest.approx(0.25 * lengths[0], rel=1e-3)


def test_a_parameter_without_gradient_stays():
    scene = _Rows(3, None)
    CoupledAdam(scene, strength=1.0, betas=BETAS).step()
    assert not scene.table.any()


def test_averaging_is_symmetric_keeps_the_mean_and_never_overshoots():
    # A point with four neighbours, as where two loops meet, and a pair apart from it.
    pairs = torch.tensor([[0, 1], [0, 2], [0, 3], [0, 4], [5, 6]])
    coupling = Coupling(pairs=pairs, blocks=torch.tensor([0] * 5 + [1] * 2), passes=3)
    matrix = coupling.spread(torch.eye(7))
    torch.testing.assert_close(matrix, matrix.T)
    torch.testing.assert_close(matrix.sum(1), torch.ones(7))
    assert torch.linalg.eigvalsh(matrix).min() > -1e-6
    assert not matrix[:5, 5:].any()


def test_no_pass_changes_nothing():
    values = random(4, 2)
    assert torch.equal(chain(4, passes=0).spread(values), values)


def test_rows_without_neighbours_are_left_alone():
    coupling = Coupling(
        pairs=torch.zeros(0, 2, dtype=torch.int64), blocks=torch.tensor([0, 1]), passes=5
    )
    values = random(2, 2)
    assert torch.equal(coupling.spread(values), values)


def test_a_block_moves_in_the_direction_of_its_gradient_and_at_full_speed():
    scene = _Rows(4, chain(4, passes=0, blocks=[0, 0, 1, 1]))
    gradient = torch.tensor([[3.0, 1.0], [3.0, 1.0], [-2e-6, 4e-6], [-2e-6, 4e-6]])
    scene.table.grad = gradient.clone()
    CoupledAdam(scene, strength=1.0, betas=BETAS).step()
    moved = -scene.table.detach()
    along = torch.nn.functional.cosine_similarity(moved, gradient)
    torch.testing.assert_close(along, torch.ones(4))
    torch.testing.assert_close(
        moved.square().mean(1).sqrt(), torch.full((4,), 0.1), rtol=0.01, atol=0
    )


def test_noise_frays_a_coupled_outline_less_than_a_loose_one():
    roughness = {}
    for passes in (0, 16):
        scene = _Rows(40, chain(40, passes=passes))
        optimizer = CoupledAdam(scene, strength=1.0, betas=BETAS)
        for step in range(30):
            scene.table.grad = random(40, 2, seed=step) + torch.tensor([1.0, 0.0])
            optimizer.step()
        table = scene.table.detach()
        roughness[passes] = (table[1:] - table[:-1]).norm() / table.mean(0).norm()
    assert roughness[16] < 0.2 * roughness[0]
