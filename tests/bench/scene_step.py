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
from pds.engine.distil import PARTS
from pds.kinds.nerf.checkpoint import load_scene
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.settings.config import EditConfig
from pds.work.scene_presets import load_scene_presets
from pds.work.scene_recipe import SceneRecipe
from pds.work.scene_runs import SceneEditRun

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
        edit = EditConfig(source_prompt="a cat", target_prompt="a dog")
        recipe = SceneRecipe(name="scene", scene_sha256="", edit=edit)
        measure(options.scene.stem, recipe, load_scene(options.scene), prior, options.steps)
        return
    for key, preset in load_scene_presets().items():
        measure(key, preset.recipe, load_scene(preset.checkpoint()), prior, options.steps)


def measure(key: str, recipe: SceneRecipe, scene: FittedScene, prior, steps: int) -> None:
    """Prints one row."""
    edit = replace(recipe.edit, steps=steps + WARM_UP)
    run = SceneEditRun(replace(recipe, edit=edit), scene, prior)
    before, total, parts = 0.0, [], {name: [] for name in PARTS}
    # Not `run.steps()`, which also draws the film of the process.
    for step in run.engine_steps():
        total.append(step.seconds - before)
        before = step.seconds
        for name in PARTS:
            parts[name].append(step.timings[name])
    medians = [statistics.median(parts[name][WARM_UP:]) * 1e3 for name in PARTS]
    whole = statistics.median(total[WARM_UP:]) * 1e3
    cells = scene.field.resolution
    print(f"{key:26} {cells:6d} {whole:8.1f}" + "".join(f"{m:11.1f}" for m in medians), flush=True)


if __name__ == "__main__":
    main()
