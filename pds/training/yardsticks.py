"""What a prior knows, measured on pictures: word gain and the diffusion classifier.

Both compare predictions of the clean picture under different words with the same noise, so
neither needs sampling, and two priors can be compared picture by picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pds.training.batches import centred
from pds.training.captions import Thing
from pds.training.denoiser import Denoiser
from pds.training.held_out import Shown
from pds.training.model import to_latent

TIMESTEPS = (600, 750, 900)
"""Of Stable Diffusion's schedule; other schedules are measured at the same noise."""
CHOICES = 20


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured share.

    Attributes:
        value: 0 to 1 (a word gain may be negative).
        error: its standard error.
        count: pictures measured.
    """

    value: float
    error: float
    count: int

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} ± {100 * self.error:.1f} %"


def prompt_of(thing: str) -> str:
    """The words that every measured drawing is described with."""
    return f"a drawing of {Thing(thing)}"


def choose(pictures: Sequence[Shown], count: int, seed: int) -> list[Shown]:
    """At most `count` pictures, things and sets taken in turns so that all are there."""
    rng = np.random.default_rng(seed)
    turn: dict[tuple[str, str], int] = {}
    ranked = []
    for index in rng.permutation(len(pictures)):
        key = (pictures[index].thing, "")
        turn[key] = turn.get(key, 0) + 1
        ranked.append((turn[key], len(ranked), index))
    return [pictures[index] for _, _, index in sorted(ranked)[:count]]


def word_gain(
    denoiser: Denoiser, pictures: Sequence[Shown], *, seed: int, draws: int = 2
) -> dict[int, Figure]:
    """By how much the right words lower the squared error of the clean picture.

    The gain is 1 - sum of errors told / sum of errors untold; its standard error is the
    jackknife's over pictures.

    Args:
        denoiser: the prior.
        pictures: what to measure on.
        seed: of the noise.
        draws: noises a picture and timestep.

    Returns:
        A figure for each of `TIMESTEPS`.
    """
    prompts = [prompt_of(shown.thing) for shown in pictures]
    hidden = denoiser.embed([*prompts, ""])
    told, free = hidden[:-1], hidden[-1:].expand(len(prompts), -1, -1)
    found = {}
    for timestep in TIMESTEPS:
        errors = np.zeros((2, len(pictures)))
        for draw in range(draws):
            clean, noisy, times = _noised(denoiser, pictures, timestep, seed + draw)
            for row, words in enumerate((told, free)):
                errors[row] += _errors(denoiser, clean, noisy, times, words)
        found[timestep] = _ratio(errors[0], errors[1])
    return found


def classify(denoiser: Denoiser, pictures: Sequence[Shown], *, seed: int) -> Figure:
    """Share of noised pictures whose own words, out of twenty things', fit best.

    Li et al. ("Your diffusion model is secretly a zero-shot classifier", ICCV 2023): the words
    under which the error of the prediction is smallest. The nineteen others are drawn by chance
    from the things of all pictures.

    Args:
        denoiser: the prior.
        pictures: what to measure on.
        seed: of noise and choices.
    """
    rng = np.random.default_rng(seed)
    things = sorted({_family(shown.thing) for shown in pictures})
    names = {_family(shown.thing): shown.thing for shown in pictures}
    hits = []
    for number, shown in enumerate(pictures):
        others = [thing for thing in things if thing != _family(shown.thing)]
        wrong = rng.choice(others, size=min(CHOICES - 1, len(others)), replace=False)
        hidden = denoiser.embed([prompt_of(t) for t in (shown.thing, *(names[w] for w in wrong))])
        errors = np.zeros(len(hidden))
        for timestep in TIMESTEPS:
            clean, noisy, times = _noised(denoiser, [shown], timestep, seed + number)
            wide = [part.expand(len(hidden), *part.shape[1:]) for part in (clean, noisy, times)]
            errors += _errors(denoiser, *wide, hidden) / _scale(denoiser, timestep)
        hits.append(int(errors.argmin()) == 0)
    return share(hits)


def share(hits: Sequence[bool]) -> Figure:
    """The share of hits with its binomial standard error.

    >>> print(share([True, True, False, True]))
    75.0 ± 21.7 %
    """
    value = float(np.mean(hits))
    return Figure(value=value, error=(value * (1 - value) / len(hits)) ** 0.5, count=len(hits))


def _family(thing: str) -> str:
    """``cat face`` and ``whole cat`` are no alternatives to ``cat``."""
    return thing.removesuffix(" face").removeprefix("whole ")


def _scale(denoiser: Denoiser, timestep: int) -> float:
    """The noise-to-signal ratio: so that each timestep has a say in the sum of errors."""
    alpha_bar = float(denoiser.alpha_bar[denoiser.timestep_like(timestep)])
    return (1 - alpha_bar) / alpha_bar


def _noised(
    denoiser: Denoiser, pictures: Sequence[Shown], timestep: int, seed: int
) -> tuple[Tensor, Tensor, Tensor]:
    images = centred(np.stack([shown.picture for shown in pictures]), denoiser.image_size)
    clean = to_latent(images, denoiser.factor)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(seed))
    time = denoiser.timestep_like(timestep)
    alpha_bar = denoiser.alpha_bar[time]
    noisy = alpha_bar.sqrt() * clean + (1 - alpha_bar).sqrt() * noise
    return clean, noisy, torch.full((len(clean),), time)


def _errors(
    denoiser: Denoiser, clean: Tensor, noisy: Tensor, times: Tensor, hidden: Tensor
) -> np.ndarray:
    found = denoiser.predict_x0(noisy, times, hidden)
    return (found - clean).square().mean((1, 2, 3)).double().numpy()


def _ratio(told: np.ndarray, free: np.ndarray) -> Figure:
    count = len(told)
    without = 1 - (told.sum() - told) / (free.sum() - free)
    spread = (count - 1) / count * np.square(without - without.mean()).sum()
    return Figure(value=float(1 - told.sum() / free.sum()), error=float(spread**0.5), count=count)
