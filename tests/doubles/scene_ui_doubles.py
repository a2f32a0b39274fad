"""Small scenes for tests of the page."""

from dataclasses import replace

import torch

from pds.engine.distil import DistilSettings
from pds.kinds.asset import Asset
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.scene_asset import scene_asset
from pds.settings import Prompts
from pds.work.recipe import Recipe
from tests.doubles.scene_doubles import SOLID, ball_scene

PROMPTS = {"source_prompt": "a drawing of a cat", "target_prompt": "a drawing of a dog"}


def ball(name: str = "ball", *, color: float = 0.3, psnr: float | None = 31.4) -> FittedScene:
    """A ball with a red side, so that its views differ."""
    scene = replace(ball_scene(color=color), name=name, prompt="a drawing of a cat", psnr=psnr)
    with torch.no_grad():
        scene.field.color_raw[:6, :, :, 0] = 4.0
    return scene


def ball_asset(name: str = "ball", **look) -> Asset:
    """The ball as an asset."""
    return scene_asset(ball(name, **look), name=name)


def grown(asset: Asset, taken: int, total: int) -> Asset:
    """The ball with a block on top of it that grows with the steps taken."""
    base: FittedScene = asset.content
    field = base.field.copy()
    with torch.no_grad():
        filled = 6 + bool(taken) + round(4 * min(1, taken / total))
        field.density_raw[3:9, 3:9, 6:filled] = SOLID
    scene = replace(base, field=field, prompt=PROMPTS["target_prompt"])
    return scene_asset(scene, name=asset.name)


def scene_recipe(asset: Asset, **run) -> Recipe:
    """A recipe on that scene; `run` overrides settings of the loop."""
    prompts = Prompts(source=PROMPTS["source_prompt"], target=PROMPTS["target_prompt"])
    return Recipe.of(asset, prompts, run=DistilSettings(**{"steps": 8, **run}))
