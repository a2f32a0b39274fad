"""Where the time of a whole edit step goes: inside the prior, or outside it.

    python -m tests.bench.edit_step [--steps 40] [--prior built-in]

Prints, for every drawing preset, milliseconds per step, and the share spent outside the prior
(rendering, backward through the rasteriser, optimiser, projection, regularisers).
"""

import argparse
import statistics
from dataclasses import replace

from pds.diffusion import load_prior
from pds.diffusion.prior import Prior
from pds.engine.distil import distil
from pds.work.preset import Preset, load_presets, of_kind
from pds.work.runs import EditRun

WARM_UP = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=40, help="steps per preset")
    parser.add_argument("--prior", default="built-in", help="built-in, a folder or a hub id")
    options = parser.parse_args()
    prior = load_prior(options.prior)
    print(
        f"{'preset':24} {'layers':>7} {'points':>7} {'ms/step':>8} {'prior ms':>9} {'outside':>8}"
    )
    shares = []
    for key, preset in of_kind(load_presets(), "svg").items():
        shares.append(measure(key, preset, prior, options.steps))
    print(f"median share outside the prior: {statistics.median(shares):.1%}")


def measure(key: str, preset: Preset, prior: Prior, steps: int) -> float:
    """Prints one row; returns the share of time outside the prior."""
    longer = replace(preset.recipe, run=preset.recipe.run.but(steps=steps + WARM_UP))
    run = EditRun(longer, preset.asset, prior)
    drawing = run.moving.document.drawing
    before, total, inside = 0.0, [], []
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
        inside.append(step.prior_seconds)
        before = step.seconds
    whole = statistics.median(total[WARM_UP:])
    within = statistics.median(inside[WARM_UP:])
    share = 1 - within / whole
    layers, points = len(drawing.layers()), len(drawing.point_element)
    print(
        f"{key:24} {layers:7d} {points:7d} {whole * 1e3:8.1f} {within * 1e3:9.1f} {share:8.1%}",
        flush=True,
    )
    return share


if __name__ == "__main__":
    main()
