"""Small assets of every kind and a prior in closed form: whole runs in a fraction of a second."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from pds.base.images import to_pil
from pds.diffusion.gaussian import GaussianPrior
from pds.engine.distil import DistilSettings
from pds.engine.methods import PDS
from pds.kinds import kind_of
from pds.kinds.asset import Asset
from pds.kinds.nerf.scene_asset import scene_asset
from pds.settings import Prompts, Settings
from pds.work.prior import LazyPrior
from pds.work.recipe import Recipe, Refinement
from tests.doubles.engine_doubles import gaussian_prior
from tests.doubles.scene_doubles import ball_scene

PROMPTS = Prompts(source="source", target="target")
KINDS = ("svg", "nerf", "image")
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">'
    b'<path id="corner" fill="#804040" d="M1 1H7V7Z"/></svg>'
)


def tiny_prior(**options) -> GaussianPrior:
    """Pictures of the source are dark, of the target light; 16 px."""
    return gaussian_prior(**{"source": 0.2, "target": 0.9, "std": 0.1, "image_size": 16, **options})


def lazy(prior: GaussianPrior | None = None) -> LazyPrior:
    ready = prior or tiny_prior()
    return LazyPrior(lambda: ready, name="gaussian")


def picture_bytes(width: int = 12, height: int = 8, *, seed: int = 0, format: str = "PNG") -> bytes:
    chance = torch.Generator().manual_seed(seed)
    image = 0.2 + 0.3 * torch.rand((1, 3, height, width), generator=chance)
    file = io.BytesIO()
    to_pil(image).save(file, format=format)
    return file.getvalue()


def asset_of(kind: str) -> Asset:
    """A small asset of a kind, read from the bytes of a file."""
    return kind_of(kind).read(file_of(kind), name="thing")


def file_of(kind: str) -> bytes:
    if kind == "svg":
        return SVG
    if kind == "image":
        return picture_bytes()
    return scene_asset(ball_scene(has_front=False, views=2), name="thing").data


def blocked(folder: Path) -> Path:
    """A file where a folder should be: not even root can write below it."""
    path = folder / "file"
    path.write_text("in the way")
    return path


def settings_of(kind: str) -> Settings:
    """Quick ones."""
    return kind_of(kind).Settings.take({"view_words": False, "samples": 16, "resolution_px": 16})


def recipe_of(asset: Asset, *, steps: int = 3, change: Callable = lambda r: r, **run) -> Recipe:
    recipe = Recipe.of(
        asset,
        PROMPTS,
        method=PDS(guidance_scale=1, identity_weight=0),
        run=DistilSettings(steps=steps, **run),
        settings=settings_of(asset.kind),
        prior="gaussian",
    )
    return change(recipe)


def refined(recipe: Recipe, **values) -> Recipe:
    after = Refinement.take({"steps": 2, "guidance_scale": 1, **values})
    return replace(recipe, after=after)
