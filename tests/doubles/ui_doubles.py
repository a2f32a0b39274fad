"""Doubles for tests of the page: quick runs without a prior, small presets, a whole service."""

import contextlib
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from pds.base.errors import CaptureError, NonFiniteGradient
from pds.diffusion.gaussian import GaussianPrior
from pds.diffusion.schedule import NoiseSchedule
from pds.diffusion.vocabulary import Vocabulary
from pds.engine.distil import DistilSettings
from pds.kinds import kind_of
from pds.kinds.asset import Asset
from pds.kinds.kind import Look
from pds.settings import Prompts
from pds.work.driver import Driver, LocalDriver
from pds.work.order import EditOrder, MakeOrder, Order, RefineOrder, Tools
from pds.work.preset import Credit, Preset
from pds.work.prior import LazyPrior
from pds.work.recipe import Recipe
from pds.work.record import JobView
from pds.work.runs import Filmed
from pds.work.service import Service
from tests.doubles.scene_ui_doubles import ball_asset, grown

CAT = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><title>cat</title>
<path id="ears" d="M18 14 L38 32 L22 50 Z M82 14 L62 32 L78 50 Z" fill="#f59e0b"/>
<circle id="face" cx="50" cy="54" r="34" fill="#fbbf24"/>
<circle id="left-eye" cx="38" cy="48" r="5" fill="#1c1917"/>
<circle id="right-eye" cx="62" cy="48" r="5" fill="#1c1917"/>
<path id="mouth" d="M42 66 Q50 74 58 66" fill="none" stroke="#1c1917" stroke-width="3"/></svg>
"""
PROMPTS = Prompts(source="a drawing of a cat", target="a drawing of a dog")
SD15 = {
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
}
VOCABULARY = Vocabulary(
    concepts=("cat", "dog", "pumpkin", "banana"),
    words=frozenset(("a", "drawing", "of", "cat", "dog", "pumpkin", "banana", "red")),
    groups={"animals": ("cat", "dog"), "food": ("pumpkin", "banana")},
)
CREDIT = Credit(author="the project", source="made for its tests", licence="CC0-1.0")
DOING = {EditOrder: "Editing", RefineOrder: "Refining", MakeOrder: "Fitting"}


def wordy_prior() -> GaussianPrior:
    """A prior with a vocabulary; no test of the page asks it for more."""
    prior = GaussianPrior({"cat": -1.0, "dog": 1.0}, schedule=NoiseSchedule.from_config(SD15))
    prior.vocabulary = VOCABULARY
    return prior


# --- runs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FakeStep:
    index: int
    total: int
    curve_value: float


class FakeRun(Filmed):
    """Changes its asset a little with each step, and takes `seconds` for it.

    A making of a file whose name begins with "wall" fails as photos of a white wall do.

    Args:
        order: what is asked for.
        seconds: of a step.
        fail_at: the step that fails, if one does.
        before_step: is called before each; may wait.
    """

    def __init__(
        self,
        order: Any,
        *,
        seconds: float = 0.0,
        fail_at: int | None = None,
        before_step: Callable[[int], None] = lambda index: None,
    ):
        super().__init__(kind_of(order.kind), order.source)
        self.order, self.seconds, self.fail_at = order, seconds, fail_at
        self.before_step = before_step
        self.title, self.doing = order.title, DOING[type(order)]
        self.warnings: tuple[str, ...] = ("The filter “blur” is not drawn.",)
        self.taken = 0
        if isinstance(order, MakeOrder):
            if order.files[0].name.startswith("wall"):
                raise CaptureError("Only 2 of 12 photos found a place; take sharper ones.")
            self.curve_label, self.from_zero = "PSNR in dB", False
            self.total = order.settings.steps or 8
            self.start = replace(ball_asset(order.name), name=order.name)
        else:
            self.curve_label = "Size of the gradient"
            self.total = order.recipe.run.steps
            self.recipe = order.recipe.to_json()
            self.start = order.edited if isinstance(order, RefineOrder) else order.asset

    def steps(self) -> Iterator[FakeStep]:
        yield from self.filmed(self._steps())

    def _steps(self) -> Iterator[FakeStep]:
        for index in range(self.total):
            self.before_step(index)
            time.sleep(self.seconds)
            if index == self.fail_at:
                raise NonFiniteGradient("The gradient became infinite.", step=index)
            self.taken = index + 1
            yield FakeStep(index=index, total=self.total, curve_value=10.0 + index)

    def snapshot(self) -> Asset:
        return CHANGES[self.kind.key](self.start, self.taken, self.total)


def _browner(asset: Asset, taken: int, total: int) -> Asset:
    """The drawing's face turns from yellow to green."""
    text = asset.data.decode().replace("#fbbf24", f"#{251 - min(taken, 200):02x}bf24")
    return kind_of("svg").read(text.encode(), name=asset.name)


def _spotted(asset: Asset, taken: int, total: int) -> Asset:
    """A dot grows in the picture."""
    picture = kind_of("image").draw(asset, Look(), 96)
    reach = 4 + 30 * taken / total
    box = [48 - reach, 48 - reach, 48 + reach, 48 + reach]
    ImageDraw.Draw(picture).ellipse(box, fill="#0f766e")
    return kind_of("image").read(png(picture), name=asset.name)


CHANGES = {"svg": _browner, "image": _spotted, "nerf": grown}


def png(picture: Image.Image) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    picture.save(file, format="PNG")
    return file.getvalue()


class QuickDriver(Driver):
    """Carries orders out as FakeRuns, on an engine thread as the page's own driver does.

    Args:
        tools: as of any driver.
        forgotten: likewise.
        run: options of the FakeRuns.
        max_waiting: likewise.
    """

    def __init__(
        self, tools: Tools, *, forgotten, run: dict[str, Any], max_waiting: int = 8
    ) -> None:
        self._inner = LocalDriver(tools, forgotten=forgotten, max_waiting=max_waiting)
        self._run = run

    def start(self, order: Order) -> str:
        return self._inner.start(_Quick(order, self._run))

    def watch(self, job_id: str) -> Iterator[JobView]:
        return self._inner.jobs.get(job_id).watch(0.02)

    def view(self, job_id: str) -> JobView:
        return self._inner.view(job_id)

    def stop(self, job_id: str) -> None:
        self._inner.stop(job_id)

    def order(self, job_id: str) -> Order:
        quick = self._inner.order(job_id)
        assert isinstance(quick, _Quick)
        return quick.order

    def reached(self, job_id: str) -> Asset | None:
        return self._inner.reached(job_id)

    def result(self, job_id: str) -> Any:
        return self._inner.result(job_id)

    def close(self) -> None:
        self._inner.close()


class _Quick(Order):
    """An order that becomes a FakeRun."""

    def __init__(self, order: Order, run: dict[str, Any]):
        self.order, self._run = order, run
        self.kind, self.notes = order.kind, order.notes

    @property
    def name(self) -> str:
        return self.order.name

    @property
    def title(self) -> str:
        return self.order.title

    def make_run(self, tools: Tools) -> FakeRun:
        return FakeRun(self.order, **self._run)


# --- recipes, presets, a service ----------------------------------------------------------------


def cat(name: str = "cat-to-dog") -> Asset:
    """The drawing of a cat."""
    return kind_of("svg").read(CAT.encode(), name=name)


def recipe(*, name: str = "cat-to-dog", target: str = PROMPTS.target, **run: Any) -> Recipe:
    """A recipe of the cat; `run` overrides settings of the loop."""
    settings = DistilSettings(**{"steps": 8, **run})
    return Recipe.of(cat(name), Prompts(source=PROMPTS.source, target=target), run=settings)


def preset(folder: Path, kind: str, key: str, title: str, data: bytes) -> Preset:
    """A preset whose asset lies in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{key}{kind_of(kind).endings[0]}"
    path.write_bytes(data)
    return Preset(
        key=key,
        title=title,
        description="Something becomes something else.",
        kind=kind,
        path=path,
        prompts=PROMPTS,
        values={"edit": {"steps": 8}},
        thumbnail=None,
        tags=(),
        order=1.0,
        credit=CREDIT,
    )


def quick_presets(folder: Path) -> dict[str, Preset]:
    """Two drawings, two scenes, a picture."""
    hats = {"ball-to-hat": 0.3, "egg-to-hat": 0.5}
    square = png(Image.new("RGB", (96, 96), "#fbbf24"))
    made = [
        preset(folder, "svg", "cat-to-dog", "Cat to dog", CAT.encode()),
        preset(folder, "svg", "cat-to-fox", "Cat to fox", CAT.replace("50", "51").encode()),
        *(
            preset(folder, "nerf", key, "Ball to hat", ball_asset(key, color=color).data)
            for key, color in hats.items()
        ),
        preset(folder, "image", "square-to-dot", "Square to dot", square),
    ]
    return {each.key: each for each in made}


@contextlib.contextmanager
def quick_service(
    folder: Path,
    *,
    presets: dict[str, Preset] | None = None,
    max_waiting: int = 8,
    **run: Any,
) -> Iterator[Service]:
    """A service whose runs are FakeRuns, with `run` as their options."""
    prior = LazyPrior(wordy_prior, name="built-in")
    prior.get()

    def driver(tools: Tools, *, forgotten: Callable[[str], None]) -> Driver:
        return QuickDriver(tools, forgotten=forgotten, run=run, max_waiting=max_waiting)

    some = quick_presets(folder / "presets") if presets is None else presets
    with Service(prior, some, folder=folder / "work", driver=driver) as service:
        yield service


def wait_until(claim, timeout_s: float = 20.0) -> None:
    """Waits for `claim()`, at most so long."""
    end = time.monotonic() + timeout_s
    while not claim():
        if time.monotonic() > end:
            raise TimeoutError("It never became true.")
        time.sleep(0.01)
