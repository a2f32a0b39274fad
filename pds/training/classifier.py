"""An independent judge: a small network that names the concept of a picture.

It sees only the real pictures in training and never the prior. Its answers on generated
pictures say how many of them show what the prompt asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from pds.training.batches import Batches


class Judge(nn.Module):
    """A plain convolutional classifier for pictures [B 3 64 64] in [0, 1].

    Args:
        classes: number of concepts.
        width: channels of the first layer.
    """

    def __init__(self, classes: int, *, width: int = 32):
        super().__init__()
        sizes = (3, width, 2 * width, 4 * width, 6 * width)
        layers: list[nn.Module] = []
        for before, after in pairwise(sizes):
            layers += [
                nn.Conv2d(before, after, 3, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ]
        self.body = nn.Sequential(*layers, nn.Conv2d(sizes[-1], sizes[-1], 3, padding=1), nn.ReLU())
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(4 * sizes[-1], classes),
        )

    def forward(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch classes"]:
        """Class scores [B classes]."""
        return self.head(self.body(images * 2 - 1))


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How often the judge saw what was asked for.

    Attributes:
        overall: share of pictures named right, 0 to 1.
        per_concept: the same for each concept.
        mistaken_for: each concept's most frequent wrong answer, where there was one.
        pictures: how many were judged.
    """

    overall: float
    per_concept: dict[str, float]
    mistaken_for: dict[str, str]
    pictures: int


def train_judge(
    batches: Batches, *, steps: int, batch: int, seed: int, classes: int | None = None
) -> Judge:
    """Train a judge on augmented real pictures.

    Args:
        batches: the real pictures.
        steps: optimiser steps.
        batch: pictures a step.
        seed: of weights, pictures and dropout.
        classes: number of concepts, by default all of `batches`.
    """
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        judge = Judge(classes or len(batches.concepts)).train()
        optimizer = torch.optim.AdamW(judge.parameters(), lr=1e-3, weight_decay=0.05)
        rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
        for _ in range(steps):
            images, _, labels = batches.draw(batch, rng)
            images = images + 0.06 * torch.rand(batch, 1, 1, 1) * torch.randn(images.shape)
            scores = judge(images)
            loss = nn.functional.cross_entropy(scores, labels, label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rates.step()
    return judge.eval()


@torch.no_grad()
def judge_pictures(
    judge: nn.Module,
    images: Float[Tensor, "batch 3 height width"],
    asked: Sequence[str],
    concepts: Sequence[str],
) -> Verdict:
    """Compare the judge's answers with what was asked for.

    Names that differ only by the ``3d:`` mark, or by ``face``, count as the same thing.

    Args:
        judge: the classifier.
        images: pictures [n 3 64 64] in [0, 1].
        asked: the concept key that each picture should show.
        concepts: the judge's classes in order.
    """
    answers = [concepts[i] for part in images.split(64) for i in judge(part).argmax(1).tolist()]
    hits: dict[str, list[bool]] = {}
    misses: dict[str, list[str]] = {}
    for wanted, answer in zip(asked, answers, strict=True):
        right = plain_name(answer) == plain_name(wanted)
        hits.setdefault(wanted, []).append(right)
        if not right:
            misses.setdefault(wanted, []).append(answer)
    return Verdict(
        overall=sum(map(sum, hits.values())) / len(answers),
        per_concept={name: sum(found) / len(found) for name, found in hits.items()},
        mistaken_for={name: max(set(wrong), key=wrong.count) for name, wrong in misses.items()},
        pictures=len(answers),
    )


def plain_name(concept: str) -> str:
    """``3d:cat``, ``cat face`` -> ``cat``; ``tulips`` -> ``tulip``."""
    name = concept.removeprefix("3d:").removesuffix(" face")
    return "tulip" if name == "tulips" else name
