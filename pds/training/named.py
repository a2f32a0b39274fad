"""How many of a prior's own pictures show what was asked for, by a judge trained on photographs."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from pds.training.batches import centred
from pds.training.captions import STYLES, Thing
from pds.training.classifier import plain_name
from pds.training.dataset import FOLDER, MODEL_MARK, load
from pds.training.denoiser import Denoiser
from pds.training.efficientnet import Features, PrototypeJudge
from pds.training.held_out import Shown
from pds.training.sampling import sample
from pds.training.sources import fetch, source_named
from pds.training.yardsticks import Figure, prompt_of, share

VIEWS_A_KIND = 24
STEPS, GUIDANCE, BATCH = 15, 4.0, 16


class Namer:
    """Names pictures by the thing that its real pictures are most like.

    Args:
        features: images -> features of unit length.
        real: pictures of every thing that it may name.
        image_size: side at which pictures are compared.
    """

    def __init__(self, features: nn.Module, real: list[Shown], image_size: int):
        self.things = sorted({shown.thing for shown in real})
        self._size = image_size
        labels = [self.things.index(shown.thing) for shown in real]
        self._judge = PrototypeJudge(features, self._images(real), labels, len(self.things))

    def _images(self, shown: list[Shown]) -> Tensor:
        return centred(np.stack([one.picture for one in shown]), self._size)

    def names(self, images: Tensor, wanted: list[str]) -> Figure:
        """Share of images [n 3 height width] in [0, 1] that are named as wanted."""
        with torch.no_grad():
            answers = torch.cat([self._judge(part) for part in images.split(32)]).argmax(1)
        pairs = zip(answers.tolist(), wanted, strict=True)
        return share([plain_name(self.things[a]) == plain_name(w) for a, w in pairs])

    def names_real(self, shown: list[Shown]) -> Figure:
        """Share of real pictures that are named rightly: how far the judge can be trusted."""
        return self.names(self._images(shown), [one.thing for one in shown])


def model_renders(concepts: dict, work: Path, seed: int) -> list[Shown]:
    """A few renders of every kind of model, by chance, as they are."""
    known = {MODEL_MARK + concept["name"] for concept in concepts["models"]}
    pictures, entries = load(work / FOLDER)
    numbers: dict[str, list[int]] = {}
    for number, entry in enumerate(entries):
        if entry.concept in known and not entry.painted:
            numbers.setdefault(entry.concept, []).append(number)
    rng = np.random.default_rng(seed)
    return [
        Shown(thing=thing, source="models", picture=pictures[number])
        for thing, all_views in numbers.items()
        for number in rng.permutation(all_views)[:VIEWS_A_KIND]
    ]


def load_features(work: Path) -> Features:
    """The judge's network, fetched if need be."""
    source = source_named("efficientnet-lite0", "tools")
    return Features.load(fetch(source, work / "data"))


def draw_things(denoiser: Denoiser, things: list[str], seed: int) -> Tensor:
    """One picture of each thing, from its shortest prompt.

    Args:
        denoiser: the prior.
        things: names, with ``3d:`` before those of models.
        seed: of the noise.
    """
    template = STYLES["model"][0]
    prompts = [
        template.format(Thing(thing.removeprefix(MODEL_MARK)))
        if thing.startswith(MODEL_MARK)
        else prompt_of(thing)
        for thing in things
    ]
    generator = torch.Generator().manual_seed(seed)
    parts = [
        sample(
            denoiser,
            prompts[start : start + BATCH],
            generator=generator,
            guidance_scale=GUIDANCE,
            steps=STEPS,
        )
        for start in range(0, len(prompts), BATCH)
    ]
    return torch.cat(parts)
