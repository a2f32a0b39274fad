"""Doubles for tests of the page: quick runs without a prior, a small preset, a whole desk."""

import contextlib
import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from pds.base.errors import NonFiniteGradient
from pds.diffusion.gaussian import GaussianPrior
from pds.diffusion.vocabulary import Vocabulary
from pds.settings.config import EditConfig
from pds.ui.drawing_desk import DrawingDesk
from pds.ui.driver import LocalDriver, title_of
from pds.ui.prior import LazyPrior
from pds.work.jobs import Jobs
from pds.work.presets import Credit, Preset
from pds.work.recipe import Recipe
from tests.doubles.engine_doubles import gaussian_prior

CAT = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><title>cat</title>
<path id="ears" d="M18 14 L38 32 L22 50 Z M82 14 L62 32 L78 50 Z" fill="#f59e0b"/>
<circle id="face" cx="50" cy="54" r="34" fill="#fbbf24"/>
<circle id="left-eye" cx="38" cy="48" r="5" fill="#1c1917"/>
<circle id="right-eye" cx="62" cy="48" r="5" fill="#1c1917"/>
<path id="mouth" d="M42 66 Q50 74 58 66" fill="none" stroke="#1c1917" stroke-width="3"/></svg>
"""
VOCABULARY = Vocabulary(
    concepts=("cat", "dog", "pumpkin", "banana"),
    words=frozenset(("a", "drawing", "of", "cat", "dog", "pumpkin", "banana", "red")),
    groups={"animals": ("cat", "dog"), "food": ("pumpkin", "banana")},
)


def wordy_prior() -> GaussianPrior:
    """A prior with a vocabulary; no test of the page asks it for more."""
    prior = gaussian_prior()
    prior.vocabulary = VOCABULARY
    return prior


@dataclass(frozen=True, kw_only=True)
class FakeStep:
    index: int
    total: int
    curve_value: float


class FakeRun:
    """Turns the drawing green and takes `seconds` a step; fails at step `fail_at` if given."""

    def __init__(self, recipe: Recipe, *, seconds: float = 0.0, fail_at: int | None = None):
        self.recipe = recipe
        self.seconds = seconds
        self.fail_at = fail_at
        self.warnings: tuple[str, ...] = ("The filter “blur” is not drawn.",)
        self.taken = 0

    def steps(self) -> Iterator[FakeStep]:
        total = self.recipe.edit.steps
        for index in range(total):
            time.sleep(self.seconds)
            if index == self.fail_at:
                raise NonFiniteGradient("The gradient became infinite.", step=index)
            self.taken = index + 1
            yield FakeStep(index=index, total=total, curve_value=1.0 / (1 + index))

    def svg(self) -> bytes:
        color = f"#{251 - min(self.taken, 200):02x}bf24"
        return self.recipe.source.replace("#fbbf24", color).encode("utf-8")

    def source_svg(self) -> bytes:
        return self.recipe.source.encode("utf-8")

    def preview(self) -> Image.Image:
        picture = Image.new("RGB", (384, 384), "white")
        reach = 20 + 160 * self.taken / self.recipe.edit.steps
        box = [192 - reach, 192 - reach, 192 + reach, 192 + reach]
        ImageDraw.Draw(picture).ellipse(box, fill="#0f766e")
        return picture

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        yield self.preview().resize((size_px, size_px))


def recipe(**edit) -> Recipe:
    """A recipe of the cat; `edit` overrides settings."""
    settings = {"source_prompt": "a drawing of a cat", "target_prompt": "a drawing of a dog"}
    return Recipe(source=CAT, name="cat", edit=EditConfig(**{"steps": 8, **settings, **edit}))


def preset(folder: Path, key: str = "cat-to-dog", **edit) -> Preset:
    """A preset whose files lie in `folder`."""
    drawing = folder / f"{key}.svg"
    drawing.write_text(CAT, encoding="utf-8")
    return Preset(
        key=key,
        title="Cat to dog",
        description="A face changes its kind.",
        kind="svg",
        recipe=recipe(**edit),
        drawing=drawing,
        thumbnail=None,
        tags=(),
        order=1.0,
        credit=Credit(author="the project", source="drawn for its tests", licence="CC0-1.0"),
    )


@contextlib.contextmanager
def quick_desk(folder: Path, *, max_waiting: int = 8, **run) -> Iterator[DrawingDesk]:
    """A desk whose runs are FakeRuns, with `run` as their options, and two presets."""
    prior = LazyPrior(wordy_prior, name="built-in")
    prior.get()
    presets = {key: preset(folder, key) for key in ("cat-to-dog", "cat-to-fox")}
    with Jobs(max_waiting=max_waiting) as jobs:
        driver = LocalDriver(
            jobs, functools.partial(FakeRun, **run), title=title_of, min_interval_s=0.02
        )
        yield DrawingDesk(driver, prior, presets, folder=folder)


def wait_until(claim, timeout_s: float = 20.0) -> None:
    """Waits for `claim()`, at most so long."""
    end = time.monotonic() + timeout_s
    while not claim():
        if time.monotonic() > end:
            raise TimeoutError("It never became true.")
        time.sleep(0.01)
