"""Judge a prior: one number for each concept, and sheets to look at."""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pds.training.batches import Batches
from pds.training.captions import STYLES, VIEWS, Thing, coloured
from pds.training.classifier import Judge, Verdict, judge_pictures
from pds.training.denoiser import Denoiser
from pds.training.sampling import sample, sheet
from pds.training.train import Trainer

DRAWING_STYLES = ("soft", "glossy", "flat", "outlined", "rendered")
FULL_WEIGHT = 0.5
"""Concepts drawn seldomer than this in training are asked for in the first two styles alone."""


def prompts_for(concepts: dict) -> list[tuple[str, str]]:
    """Concept key and prompt of every concept in its styles or from every side."""
    asked = []
    for concept in concepts["emoji"]:
        full = concept["weight"] >= FULL_WEIGHT
        for style in DRAWING_STYLES if full else DRAWING_STYLES[:2]:
            prompt = STYLES[style][-1 if style == "outlined" else 1].format(Thing(concept["name"]))
            asked.append((concept["name"], prompt))
    for concept in concepts["models"]:
        text = STYLES["model"][0].format(Thing(concept["name"]))
        views = ("",) if concept.get("symmetric") else VIEWS
        asked += [(f"3d:{concept['name']}", f"{text}, {v}" if v else text) for v in views]
    return asked


def generate(
    trainer: Trainer, prompts: list[str], *, seed: int, guidance_scale: float, steps: int
) -> Tensor:
    """Pictures [n 3 H W] in [0, 1] for the prompts, with the run's averaged weights."""
    denoiser = Denoiser.of_trainer(trainer)
    generator = torch.Generator().manual_seed(seed)
    parts = [
        sample(
            denoiser,
            prompts[start : start + 16],
            generator=generator,
            guidance_scale=guidance_scale,
            steps=steps,
        )
        for start in range(0, len(prompts), 16)
    ]
    return torch.cat(parts)


def style_sheet(asked: list[tuple[str, str]], images: Tensor) -> Image.Image:
    """One row a concept, one column a style or view, in two blocks side by side."""
    rows: dict[str, list[Tensor]] = {}
    for (concept, _), image in zip(asked, images, strict=True):
        rows.setdefault(concept, []).append(image)
    listed = [(name, torch.stack(found)) for name, found in rows.items()]
    half = (len(listed) + 1) // 2
    left = sheet(listed[:half], label_px=110)
    if len(listed) == half:
        return left
    right = sheet(listed[half:], label_px=110)
    page = Image.new("RGB", (left.width + right.width, left.height), "white")
    page.paste(left, (0, 0))
    page.paste(right, (left.width, 0))
    return page


def colour_prompts(concepts: dict, colours: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """For each concept that can be recoloured, a prompt a colour."""
    seen = {}
    for concept in concepts["emoji"] + concepts["models"]:
        if concept.get("colour") and concept["name"] not in seen:
            seen[concept["name"]] = [
                str(Thing(coloured(concept["name"], c, clothes=concept.get("clothes", False))))
                for c in colours
            ]
    return list(seen.items())


def check_judge(judge: Judge, batches: Batches, *, count: int, seed: int) -> float:
    """The judge's accuracy on freshly augmented real pictures, 0 to 1."""
    images, _, labels = batches.draw(count, np.random.default_rng(seed))
    names = batches.concepts
    asked = [names[label] for label in labels.tolist()]
    return judge_pictures(judge, images, asked, names).overall


def write_verdict(verdict: Verdict, real_accuracy: float, seen: int, path: Path) -> None:
    """Save the figures as JSON."""
    data = {
        "samples_seen": seen,
        "pictures_judged": verdict.pictures,
        "accuracy": round(verdict.overall, 4),
        "judge_on_real_pictures": round(real_accuracy, 4),
        "per_concept": {k: round(v, 3) for k, v in sorted(verdict.per_concept.items())},
        "mistaken_for": dict(sorted(verdict.mistaken_for.items())),
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
