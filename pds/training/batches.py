"""Draw training batches: which picture, which caption, which zoom and shift."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from pds.training.captions import caption
from pds.training.dataset import Entry
from pds.training.emoji import ARTWORK_PX

RECOLOURED_SHARE = 0.45
NAME_COLOUR_SHARE = 0.4
MIRROR_SHARE = 0.5


class Batches:
    """Endless random batches from pictures held in memory.

    Args:
        pictures: uint8 [n side side 3], artwork `ARTWORK_PX` long on white.
        entries: what they show; same order.
        image_size: side of the pictures in a batch.
        empty_share: share of empty captions, for classifier-free guidance.
    """

    def __init__(
        self,
        pictures: np.ndarray,
        entries: list[Entry],
        *,
        image_size: int,
        empty_share: float = 0.12,
    ):
        self._pictures, self._entries = pictures, entries
        self._size, self._empty = image_size, empty_share
        plain: dict[str, list[int]] = {}
        painted: dict[str, list[int]] = {}
        weight: dict[str, float] = {}
        for index, entry in enumerate(entries):
            if not entry.weight:
                continue
            (painted if entry.recoloured else plain).setdefault(entry.concept, []).append(index)
            weight[entry.concept] = entry.weight
        self._concepts = sorted(plain)
        self._plain = [np.array(plain[name]) for name in self._concepts]
        self._painted = [np.array(painted.get(name, [])) for name in self._concepts]
        chance = np.array([weight[name] for name in self._concepts])
        self._chance = chance / chance.sum()

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
        labels = rng.choice(len(self._concepts), size=count, p=self._chance)
        chosen = np.array([self._pick(label, rng) for label in labels.tolist()])
        texts = [self._say(index, rng) for index in chosen.tolist()]
        images = self._augment(chosen, rng)
        return images, texts, torch.from_numpy(labels)

    def _pick(self, label: int, rng: np.random.Generator) -> int:
        painted = self._painted[label]
        if len(painted) and rng.random() < RECOLOURED_SHARE:
            return int(rng.choice(painted))
        return int(rng.choice(self._plain[label]))

    def _say(self, index: int, rng: np.random.Generator) -> str:
        entry = self._entries[index]
        name_colour = entry.recoloured or rng.random() < NAME_COLOUR_SHARE
        text = caption(entry.subject, rng, name_colour=name_colour)
        return "" if rng.random() < self._empty else text

    def _augment(self, chosen: np.ndarray, rng: np.random.Generator) -> Tensor:
        """Small zoom and shift; mirrored by chance, models never."""
        is_model = np.array([self._entries[i].concept.startswith("3d:") for i in chosen])
        zoom = rng.uniform(np.where(is_model, 0.72, 0.8), 1.0)
        shift = rng.uniform(-1, 1, (2, len(chosen))) * (1.04 - zoom)
        flip = np.where(is_model | (rng.random(len(chosen)) >= MIRROR_SHARE), 1.0, -1.0)
        side = self._pictures.shape[1]
        reach = ARTWORK_PX / side / zoom
        zero = np.zeros(len(chosen))
        theta = np.stack(
            [
                np.stack([flip * reach, zero, shift[0] * reach], 1),
                np.stack([zero, reach, shift[1] * reach], 1),
            ],
            axis=1,
        )
        canvas = torch.from_numpy(self._pictures[chosen]).permute(0, 3, 1, 2).float() / 255
        shape = (len(chosen), 3, self._size, self._size)
        grid = torch.nn.functional.affine_grid(
            torch.from_numpy(theta).float(), shape, align_corners=False
        )
        return torch.nn.functional.grid_sample(
            canvas, grid, padding_mode="border", align_corners=False
        )
