"""Draw training batches: which picture, which caption, where and how large it is shown."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.training.captions import Subject, caption
from pds.training.dataset import FOLDER, Entry, by_key, load, subjects
from pds.training.sources import read_sources

KIND_SHARES = {"plain": 0.44, "restyled": 0.34, "painted": 0.22}
"""How often a drawing is shown as it is, restyled and repainted, where there is each."""
NAME_COLOUR_SHARE = 0.45
MIRROR_SHARE = 0.5
SIZES = (0.60, 0.92)
"""The longer side of what is drawn, as a share of the picture's: there is always a margin."""
MARGIN, FARTHEST = 0.04, 0.3
"""Least distance from the edge, and farthest shift, in shares of half the side."""
WARPED_SHARE = 0.7
TURN_DEG, STRETCH = 12.0, 0.1
SUPERSAMPLING = 2
PAPER, LEAST_REACH = 250, 0.2
"""Value of a pixel from which it counts as paper, and half a side that no ink falls below."""


@dataclass
class _Design:
    """Numbers of the pictures of one design of one thing, by kind."""

    share: float
    kinds: dict[str, list[int]] = field(default_factory=dict)


class Batches:
    """Endless random batches from pictures held in memory.

    A thing is drawn by its weight, then one of its designs, then a picture of that design: a
    design that exists in many renderings counts no more than one that exists in one.

    Args:
        pictures: uint8 [n side side 3], centred on white.
        entries: what they show; same order.
        subjects: what captions can say about them; same order.
        weights: how often each concept is drawn, by its key; 0 or missing = never.
        shares: how often designs are drawn relative to others, by name of their source.
        image_size: side of the pictures in a batch.
        empty_share: share of empty captions, for classifier-free guidance.
    """

    def __init__(
        self,
        pictures: np.ndarray,
        entries: Sequence[Entry],
        subjects: Sequence[Subject],
        *,
        weights: dict[str, float],
        shares: dict[str, float] | None = None,
        image_size: int,
        empty_share: float = 0.12,
    ):
        self._pictures = torch.from_numpy(pictures)
        self._entries, self._subjects = entries, subjects
        self._size, self._empty = image_size, empty_share
        found: dict[str, dict[str, _Design]] = {}
        for index, entry in enumerate(entries):
            if weights.get(entry.concept):
                designs = found.setdefault(entry.concept, {})
                share = (shares or {}).get(entry.source, 1.0)
                design = designs.setdefault(entry.design, _Design(share))
                kind = "painted" if entry.painted else "restyled" if entry.restyle else "plain"
                design.kinds.setdefault(kind, []).append(index)
        self._concepts = sorted(found)
        self._designs = [list(found[name].values()) for name in self._concepts]
        chance = np.array([weights[name] for name in self._concepts])
        self._chance = chance / chance.sum()
        self._reach = _ink_reach(pictures)
        self._is_model = np.array([entry.is_model for entry in entries])

    @property
    def concepts(self) -> list[str]:
        """The concepts' keys, in the order of `draw`'s labels."""
        return list(self._concepts)

    def draw(
        self, count: int, rng: np.random.Generator
    ) -> tuple[Float[Tensor, "count 3 size size"], list[str], Int[Tensor, " count"]]:
        """One batch.

        Args:
            count: pictures in the batch.
            rng: source of chance.

        Returns:
            Images [count 3 size size] in [0, 1], captions, concept numbers [count].
        """
        plan = self.plan(count, rng)
        return self.show(plan), plan.texts, torch.from_numpy(plan.labels)

    def plan(self, count: int, rng: np.random.Generator) -> "Plan":
        """What one batch will show, without its pixels."""
        labels = rng.choice(len(self._concepts), size=count, p=self._chance)
        chosen = np.array([self._pick(label, rng) for label in labels.tolist()])
        mirrored = rng.random(count) < MIRROR_SHARE
        mirrored &= ~self._is_model[chosen]
        texts = [
            self._say(i, m, rng) for i, m in zip(chosen.tolist(), mirrored.tolist(), strict=True)
        ]
        return Plan(chosen, self._place(chosen, mirrored, rng), texts, labels)

    def show(self, plan: "Plan") -> Float[Tensor, "count 3 size size"]:
        """The pictures of a plan, in [0, 1], where the pictures are kept."""
        where = torch.from_numpy(plan.chosen).to(self._pictures.device)
        return show(self._pictures[where], plan.theta, self._size)

    def without_pixels(self) -> "Batches":
        """The same batches for planning alone: small enough to hand to another process."""
        bare = copy.copy(self)
        bare._pictures = self._pictures[:0].cpu()
        return bare

    def to(self, device: str) -> None:
        """Keep the pictures on another device, and make batches there."""
        self._pictures = self._pictures.to(device)

    def _pick(self, label: int, rng: np.random.Generator) -> int:
        designs = self._designs[label]
        shares = np.array([design.share for design in designs])
        design = designs[rng.choice(len(designs), p=shares / shares.sum())]
        kinds = list(design.kinds)
        chance = np.array([KIND_SHARES[kind] for kind in kinds])
        kind = kinds[rng.choice(len(kinds), p=chance / chance.sum())]
        return int(rng.choice(design.kinds[kind]))

    def _say(self, index: int, mirrored: bool, rng: np.random.Generator) -> str:
        name_colour = self._entries[index].painted or rng.random() < NAME_COLOUR_SHARE
        text = caption(self._subjects[index], rng, name_colour=name_colour, mirrored=mirrored)
        return "" if rng.random() < self._empty else text

    def _place(
        self, chosen: np.ndarray, mirrored: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Drawings a little turned, sheared and stretched; everything in a margin, whole."""
        upright = self._is_model[chosen] | (rng.random(len(chosen)) > WARPED_SHARE)
        shape = _warps(np.where(upright, 0.0, 1.0), mirrored, rng)
        reach = (np.abs(shape) @ self._reach[chosen][:, :, None])[:, :, 0]
        scale = rng.uniform(*SIZES, len(chosen)) / reach.max(1)
        forward = shape * scale[:, None, None]
        room = (1 - MARGIN - reach * scale[:, None]).clip(0, FARTHEST)
        shift = rng.uniform(-1, 1, room.shape) * room
        back = np.linalg.inv(forward)
        return np.concatenate([back, -back @ shift[:, :, None]], axis=2)


@dataclass(frozen=True)
class Plan:
    """What a batch shows.

    Attributes:
        chosen: numbers of its pictures [count].
        theta: affine maps [count 2 3], see `show`.
        texts: its captions.
        labels: concept numbers [count].
    """

    chosen: np.ndarray
    theta: np.ndarray
    texts: list[str]
    labels: np.ndarray


def show(pictures: Tensor, theta: np.ndarray, size: int) -> Float[Tensor, "n 3 size size"]:
    """Pictures seen through affine maps, smoothed as a rasteriser would.

    Args:
        pictures: uint8 [n side side 3] on white.
        theta: maps [n 2 3] from the new picture's coordinates in [-1, 1] to the old one's.
        size: side of the new pictures.
    """
    canvas = pictures.permute(0, 3, 1, 2).float() / 255
    dense = SUPERSAMPLING * size
    maps = torch.from_numpy(theta).to(canvas)
    shape = (len(pictures), 3, dense, dense)
    grid = torch.nn.functional.affine_grid(maps, shape, align_corners=False)
    seen = torch.nn.functional.grid_sample(canvas, grid, padding_mode="border", align_corners=False)
    return torch.nn.functional.avg_pool2d(seen, SUPERSAMPLING)


def centred(pictures: np.ndarray, size: int, share: float = 0.8) -> Float[Tensor, "n 3 size size"]:
    """Pictures upright in the middle, their ink `share` of the side long: for evaluation."""
    scale = share / _ink_reach(pictures).max(1)
    theta = np.zeros((len(pictures), 2, 3))
    theta[:, 0, 0] = theta[:, 1, 1] = 1 / scale
    return show(torch.from_numpy(pictures), theta, size)


def _warps(warp: np.ndarray, mirrored: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Linear maps [n 2 2]: turn, shear, stretch, each as far as `warp` says, and mirror."""
    count = len(warp)
    turn = np.radians(TURN_DEG) * warp * rng.uniform(-1, 1, count)
    shear = STRETCH * warp * rng.uniform(-1, 1, count)
    aspect = np.exp(STRETCH / 2 * warp * rng.uniform(-1, 1, count))
    cos, sin = np.cos(turn), np.sin(turn)
    rotate = np.stack([np.stack([cos, -sin], 1), np.stack([sin, cos], 1)], 1)
    zero = np.zeros(count)
    across = np.where(mirrored, -aspect, aspect)
    stretch = np.stack([np.stack([across, shear], 1), np.stack([zero, 1 / aspect], 1)], 1)
    return rotate @ stretch


def _ink_reach(pictures: np.ndarray) -> np.ndarray:
    """Half width and half height [n 2] of each centred picture's ink, shares of the half side."""
    side = pictures.shape[1]
    from_middle = np.abs(np.arange(side) + 0.5 - side / 2) * 2 / side + 1 / side
    reach = np.full((len(pictures), 2), LEAST_REACH)
    for start in range(0, len(pictures), 1024):
        part = slice(start, start + 1024)
        ink = pictures[part].min(-1) < PAPER
        for axis, lines in enumerate((ink.any(1), ink.any(2))):
            reach[part, axis] = (lines * from_middle).max(1).clip(LEAST_REACH)
    return reach


def read_batches(work: Path, concepts: dict, image_size: int) -> Batches:
    """Batches from all sets that were drawn.

    Args:
        work: folder of all data.
        concepts: the concept list.
        image_size: side of the pictures in a batch.
    """
    pictures, entries = load(work / FOLDER)
    return Batches(
        pictures,
        entries,
        list(subjects(entries, concepts)),
        weights={key: concept["weight"] for key, concept in by_key(concepts).items()},
        shares={source.name: source.share for source in read_sources("training")},
        image_size=image_size,
    )
