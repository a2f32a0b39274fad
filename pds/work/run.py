"""A run: work that is done in steps, can be stopped after any of them, and has a result."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Generic, Protocol, TypeVar, runtime_checkable

from PIL import Image

from pds.kinds.asset import Asset
from pds.kinds.output import Film, Made

Result = TypeVar("Result", covariant=True)


@runtime_checkable
class Step(Protocol):
    """What a step says of itself."""

    @property
    def index(self) -> int:
        """From 0."""

    @property
    def total(self) -> int:
        """Steps wanted."""

    @property
    def curve_value(self) -> float:
        """What the run's curve shows."""


class Run(ABC, Generic[Result]):
    """Work in steps. Built where the device is, driven by `pds.work.drive.drive` alone.

    Attributes:
        title: one line for lists.
        doing: what is going on, in a few words.
        curve_label: what the curve's value is; empty if there is no curve.
        from_zero: whether the curve begins at zero.
        warnings: one sentence each.
        recipe: the recipe's JSON with the fingerprint of the prior at hand; empty if there is none.
    """

    title: str
    doing: str
    curve_label: str = ""
    from_zero: bool = True
    warnings: tuple[str, ...] = ()
    recipe: str = ""

    @abstractmethod
    def steps(self) -> Generator[Step, None, None]:
        """Takes the steps; each item is a step taken. Closing the iterator stops the run."""

    @abstractmethod
    def snapshot(self) -> Asset | None:
        """What the last finished step has reached, frozen; None while there is nothing.

        To be called between two steps, by whoever takes them.
        """

    @abstractmethod
    def picture(self, snapshot: Asset | None) -> Image.Image | None:
        """A preview of a snapshot; safe to call from any thread, while the run goes on."""

    @property
    @abstractmethod
    def result(self) -> Result | None:
        """What the run has reached; None if that is nothing."""


class Making(Run[Made]):
    """A run whose result is an asset.

    Attributes:
        source: what it began with, or None.
        film: of the process.
    """

    source: Asset | None = None
    film: Film | None = None

    @property
    def result(self) -> Made | None:
        """The asset, with everything that its outputs want to know."""
        reached = self.snapshot()
        if reached is None:
            return None
        return Made(edited=reached, source=self.source, recipe=self.recipe, film=self.film)


class Chain(Making):
    """Runs one after the other, each made of the one before it; a run itself.

    Args:
        first: the first run.
        then: make the next run of the one that has ended.
    """

    def __init__(self, first: Making, *then: Callable[[Making], Making]):
        self._runs = [first]
        self._then = then

    @property
    def _now(self) -> Making:
        return self._runs[-1]

    def steps(self) -> Generator[Step, None, None]:
        """The records of all, each run's counted from 0."""
        yield from self._now.steps()
        for make in self._then:
            self._runs.append(make(self._now))
            yield from self._now.steps()

    def snapshot(self) -> Asset | None:
        return self._now.snapshot()

    def picture(self, snapshot: Asset | None) -> Image.Image | None:
        return self._now.picture(snapshot)

    @property
    def title(self) -> str:  # type: ignore[override]
        return self._runs[0].title

    @property
    def doing(self) -> str:  # type: ignore[override]
        return self._now.doing

    @property
    def curve_label(self) -> str:  # type: ignore[override]
        return self._now.curve_label

    @property
    def from_zero(self) -> bool:  # type: ignore[override]
        return self._now.from_zero

    @property
    def warnings(self) -> tuple[str, ...]:  # type: ignore[override]
        said = [sentence for run in self._runs for sentence in run.warnings]
        return tuple(dict.fromkeys(said))

    @property
    def recipe(self) -> str:  # type: ignore[override]
        return self._now.recipe

    @property
    def source(self) -> Asset | None:  # type: ignore[override]
        return self._runs[0].source

    @property
    def film(self) -> Film | None:  # type: ignore[override]
        films = [run.film for run in self._runs if run.film is not None]
        return Films(films) if films else None


class Films:
    """Films one after the other."""

    def __init__(self, films: Sequence[Film]):
        self._films = tuple(films)

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        """The frames of all."""
        for film in self._films:
            yield from film.frames(size_px)
