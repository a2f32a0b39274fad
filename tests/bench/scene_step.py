"""Where the time of an edit step of a scene goes.

    python -m tests.bench.scene_step [--steps 30] [--prior built-in] [--scene FILE]

Prints medians in milliseconds of rendering, encoding, prior, backward (with the regularisers) and
optimiser: for every scene preset, or for a saved scene (a fitted real capture, say).
"""

import argparse
import statistics
from dataclasses import replace
from pathlib import Path

from pds.diffusion import load_prior
from pds.diffusion.prior import Prior
from pds.engine.distil import PARTS, distil
from pds.kinds import kind_of
from pds.kinds.asset import Asset
from pds.settings import Prompts
from pds.work.preset import load_presets, of_kind
from pds.work.recipe import Recipe
from pds.work.runs import EditRun

WARM_UP = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=30, help="steps per preset")
    parser.add_argument("--prior", default="built-in", help="built-in, a folder or a hub id")
    parser.add_argument("--scene", type=Path, help="a scene file, instead of the presets")
    options = parser.parse_args()
    prior = load_prior(options.prior)
    print(f"{'preset':26} {'cells':>6} {'step ms':>8}" + "".join(f"{p:>11}" for p in PARTS))
    if options.scene is not None:
        asset = kind_of("nerf").read(options.scene.read_bytes(), name="scene")
        recipe = Recipe.of(asset, Prompts(source="a cat", target="a dog"))
        measure(options.scene.stem, recipe, asset, prior, options.steps)
        return
    for key, preset in of_kind(load_presets(), "nerf").items():
        measure(key, preset.recipe, preset.asset, prior, options.steps)


def measure(key: str, recipe: Recipe, asset: Asset, prior: Prior, steps: int) -> None:
    """Prints one row."""
    longer = replace(recipe, run=recipe.run.but(steps=steps + WARM_UP))
    run = EditRun(longer, asset, prior)
    before, total, parts = 0.0, [], {name: [] for name in PARTS}
    # Not `run.steps()`, which also draws the film of the process.
    for step in distil(
        run.moving,
        prior,
        longer.prompts,
        longer.method,
        longer.run,
        generator=run.generator,
    ):
        total.append(step.seconds - before)
        before = step.seconds
        for name in PARTS:
            parts[name].append(step.timings[name])
    medians = [statistics.median(parts[name][WARM_UP:]) * 1e3 for name in PARTS]
    whole = statistics.median(total[WARM_UP:]) * 1e3
    cells = asset.content.field.resolution
    print(f"{key:26} {cells:6d} {whole:8.1f}" + "".join(f"{m:11.1f}" for m in medians), flush=True)


if __name__ == "__main__":
    main()
