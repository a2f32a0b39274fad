"""All yardsticks of a prior in one table."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from torch import nn

from pds.training.dataset import FOLDER, load
from pds.training.denoiser import Denoiser
from pds.training.errors import TrainingDataError
from pds.training.held_out import Shown, stamps, unseen_drawings
from pds.training.named import Namer, draw_things, load_features, model_renders
from pds.training.sources import fetch, read_sources
from pds.training.yardsticks import Figure, choose, classify, word_gain

FIRST_SETS = ("noto", "noto-v1", "fxemoji", "emojione", "twemoji", "openmoji", "fluent-emoji-flat")
"""Sets that every version of the prior was trained on: seen drawings are taken from them."""


def core_concepts(concepts: dict) -> dict:
    """The things that every version of the prior knows; measured on these, versions compare."""
    return {"emoji": [c for c in concepts["emoji"] if c.get("core")], "models": []}


def seen_drawings(concepts: dict, work: Path) -> list[Shown]:
    """Drawings of the training set as they are, neither restyled nor repainted."""
    names = {concept["name"] for concept in concepts["emoji"]}
    pictures, entries = load(work / FOLDER)
    return [
        Shown(thing=entry.concept, source=entry.source, picture=picture)
        for picture, entry in zip(pictures, entries, strict=True)
        if entry.concept in names
        and entry.source in FIRST_SETS
        and not entry.restyle
        and not entry.painted
    ]


def measure(
    denoiser: Denoiser,
    work: Path,
    concepts: dict,
    *,
    count: int,
    seed: int,
    features: nn.Module | None = None,
    log: Callable[[str], None] = print,
) -> dict[str, Figure]:
    """Word gains and diffusion classifiers on unseen drawings, stamps and seen drawings; samples.

    Args:
        denoiser: the prior.
        work: folder of all data.
        concepts: the concept list.
        count: pictures of each kind; half as many are classified.
        seed: of pictures, noise and choices: equal seeds compare two priors in pairs.
        features: of the judge of samples; by default EfficientNet-Lite0's.
        log: receives each figure when it is there.

    Returns:
        Name -> figure.

    Raises:
        TrainingDataError: one of the kinds has not even two pictures.
    """
    for source in read_sources("evaluation"):
        fetch(source, work / "data")
    core = core_concepts(concepts)
    unseen = choose(list(unseen_drawings(core, work / "data")), count, seed)
    seen = choose(seen_drawings(core, work), count, seed)
    photos = choose(list(stamps(core, work / "data")), count, seed)
    for kind, pictures in (("unseen", unseen), ("seen", seen), ("stamps", photos)):
        if len(pictures) < 2:
            raise TrainingDataError(f"too few {kind} pictures of these things: draw the sets first")
    figures: dict[str, Figure] = {}

    def note(name: str, figure: Figure) -> None:
        figures[name] = figure
        log(f"{name}: {figure} of {figure.count}")

    for kind, pictures in (("unseen", unseen), ("seen", seen)):
        for timestep, figure in word_gain(denoiser, pictures, seed=seed).items():
            note(f"word gain, {kind}, t = {timestep}", figure)
    half = max(2, count // 2)
    for kind, pictures in (("unseen", unseen), ("stamps", photos), ("seen", seen)):
        note(f"named of 20, {kind}", classify(denoiser, pictures[:half], seed=seed))
    features = features or load_features(work)
    drawn = Namer(features, seen_drawings(core, work), denoiser.image_size)
    note("real unseen drawings named by the judge", drawn.names_real(unseen))
    note("own drawings named", drawn.names(draw_things(denoiser, drawn.things, seed), drawn.things))
    renders = model_renders(concepts, work, seed)
    if renders:
        kinds = Namer(features, renders, denoiser.image_size)
        note(
            "own models named", kinds.names(draw_things(denoiser, kinds.things, seed), kinds.things)
        )
    return figures


def write_figures(figures: dict[str, Figure], denoiser: Denoiser, path: Path) -> None:
    """Save the figures as JSON."""
    data = {"prior": denoiser.name, "figures": {k: asdict(v) for k, v in figures.items()}}
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def read_figures(path: Path) -> dict[str, Figure]:
    """Read what `write_figures` wrote.

    Raises:
        TrainingDataError: there is no such file.
    """
    if not path.is_file():
        raise TrainingDataError(f"no figures at {path}: run `python -m pds.training measure` first")
    data = json.loads(path.read_text(encoding="utf-8"))
    return {name: Figure(**row) for name, row in data["figures"].items()}


def table(before: dict[str, Figure], after: dict[str, Figure], names: tuple[str, str]) -> str:
    """A Markdown table of two priors' figures."""
    lines = [f"| measure | {names[0]} | {names[1]} |", "|---|---|---|"]
    for name in before | after:
        cells = [str(figures[name]) if name in figures else "–" for figures in (before, after)]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)
