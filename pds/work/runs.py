"""The runs: an edit, a refinement, the making of an asset, and the writing of outputs."""

import shutil
import weakref
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from pds.base.errors import PromptError
from pds.base.film import Film
from pds.diffusion.prior import Prior
from pds.engine.distil import distil
from pds.engine.rewrite import rewrite
from pds.kinds import kind_of
from pds.kinds.asset import Asset
from pds.kinds.kind import Kind, Look
from pds.kinds.output import Made, Output
from pds.settings import Settings
from pds.work.recipe import Recipe, Refinement, prior_warnings
from pds.work.run import Chain, Making, Run, Step

PREVIEW_PX = 384
PREVIEW_TURNING_PX = 192
FRAMES = 120
FRAMES_TURNING = 48
FILM_PX = 384
FILM_TURNING_PX = 256


class Filmed(Making):
    """A run that films its process and shows it, whatever the kind.

    Args:
        kind: of what is made.
        source: what it begins with, the film's first frame; or None.
    """

    def __init__(self, kind: Kind, source: Asset | None):
        self.kind, self.source = kind, source
        self.film: Film = Film(FRAMES_TURNING if kind.turns else FRAMES)
        self._looks = 0

    def filmed(self, steps: Iterator[Step]) -> Iterator[Step]:
        """The steps, with a frame of the film wherever it wants one, and one of the end."""
        if self.source is not None:
            self.film.add(0, self._frame(self.source, 0.0))
        last: Step | None = None
        filmed: Step | None = None
        try:
            for step in steps:
                last = step
                self.film.expect(step.total)
                if self.film.wants(step.index + 1):
                    self._film(step)
                    filmed = step
                yield step
        finally:
            if last is not None and last is not filmed:
                self._film(last)

    def _film(self, step: Step) -> None:
        reached = self.snapshot()
        if reached is not None:
            taken = step.index + 1
            self.film.add(taken, self._frame(reached, taken / step.total))

    def _frame(self, asset: Asset, share: float) -> Image.Image:
        """A frame after this share of the run; the film walks once around what has sides."""
        if not self.kind.turns:
            return self.kind.draw(asset, Look(), FILM_PX)
        return self.kind.draw(asset, Look(along=share % 1), FILM_TURNING_PX)

    def picture(self, snapshot: Asset | None) -> Image.Image | None:
        """A preview; of what has sides each call shows the next one."""
        if snapshot is None:
            return None
        self._looks += 1
        size_px = PREVIEW_TURNING_PX if self.kind.turns else PREVIEW_PX
        return self.kind.preview(snapshot, self._looks, size_px)


class _Worded(Filmed):
    """What an edit and a refinement have in common."""

    def __init__(
        self,
        recipe: Recipe,
        source: Asset,
        prior: Prior,
        *,
        seed: int,
        start: Asset | None = None,
    ):
        kind = kind_of(recipe.kind)
        super().__init__(kind, source)
        self.edit = recipe.on(source).with_prior(recipe.prior, prior.fingerprint)
        self.prior = prior
        self.title = recipe.title
        self.recipe = self.edit.to_json()
        check_target(recipe, prior)
        self.warnings = (*prior_warnings(recipe, prior), *source.warnings)
        self.generator = torch.Generator().manual_seed(seed)
        self.moving = kind.parametric(
            source,
            recipe.settings,
            size_px=prior.image_size,
            device=prior.device,
            generator=self.generator,
            start=start,
        )

    def snapshot(self) -> Asset:
        return self.kind.snapshot(self.moving, name=self.edit.name, prompts=self.edit.prompts)


class EditRun(_Worded):
    """Edits an asset by words.

    Args:
        recipe: everything that defines the run but the asset.
        source: the asset; it stays as it is.
        prior: the loaded prior.

    Raises:
        PromptError: the prior knows no word of the target.
        InputError: nothing can move.
    """

    doing = "Editing"
    curve_label = "Size of the gradient"

    def __init__(self, recipe: Recipe, source: Asset, prior: Prior):
        super().__init__(recipe, source, prior, seed=recipe.run.seed)

    def steps(self) -> Generator[Step, None, None]:
        yield from self.filmed(
            distil(
                self.moving,
                self.prior,
                self.edit.prompts,
                self.edit.method,
                self.edit.run,
                generator=self.generator,
            )
        )


class RefineRun(_Worded):
    """Refines an edited asset.

    Args:
        recipe: of the edit, with `after` set.
        source: the asset before the edit.
        edited: the asset after it.
        prior: the loaded prior.
    """

    doing = "Refining"
    curve_label = "Difference"

    def __init__(self, recipe: Recipe, source: Asset, edited: Asset, prior: Prior):
        self.refinement = recipe.after or Refinement.default()
        super().__init__(recipe, source, prior, seed=self.refinement.settings.seed, start=edited)

    def steps(self) -> Generator[Step, None, None]:
        yield from self.filmed(
            rewrite(
                self.moving,
                self.prior,
                self.edit.prompts,
                self.refinement.rewriter,
                self.refinement.settings,
                strength=self.edit.run.strength,
                generator=self.generator,
            )
        )


def make_edit(recipe: Recipe, source: Asset, prior: Prior) -> Making:
    """The run of a recipe: an edit, and the refinement if the recipe has one.

    Raises:
        InputError: see `EditRun`.
    """
    edit = EditRun(recipe, source, prior)
    if recipe.after is None:
        return edit

    def refined(done: Making) -> Making:
        reached = done.snapshot()
        assert reached is not None
        return RefineRun(recipe, source, reached, prior)

    return Chain(edit, refined)


class MakeRun(Filmed):
    """Makes an asset of other files, such as a scene of photos.

    Args:
        kind: of what is made.
        files: what was brought.
        settings: of the making.
        name: file stem of the asset.
        work: a folder of the run's own, removed with it.
        resume: an asset made before of the same files, to go on from.
        device: where to compute.
        filmed: whether the process is filmed; a frame costs about as much as a step.

    Raises:
        InputError: the files cannot be used.
    """

    from_zero = False

    def __init__(
        self,
        kind: Kind,
        files: Sequence[Path],
        settings: Settings,
        *,
        name: str,
        work: Path,
        resume: Asset | None = None,
        device: torch.device | str = "cpu",
        filmed: bool = True,
    ):
        super().__init__(kind, None)
        self._filming = filmed
        assert kind.maker is not None
        self.title = f"{kind.maker.label} of {name}"
        work.mkdir(parents=True, exist_ok=True)
        weakref.finalize(self, shutil.rmtree, work, ignore_errors=True)
        self._making = kind.maker.begin(
            files, settings, name=name, work=work, resume=resume, device=device
        )

    def steps(self) -> Generator[Step, None, None]:
        steps = self._making.steps()
        yield from self.filmed(steps) if self._filming else steps

    def snapshot(self) -> Asset | None:
        return self._making.snapshot()

    @property
    def quality(self) -> Any:
        """How well the pictures held out are met, if any were; see the maker."""
        return self._making.quality

    @property
    def doing(self) -> str:  # type: ignore[override]
        return self._making.doing

    @property
    def curve_label(self) -> str:  # type: ignore[override]
        return self._making.curve_label

    @property
    def warnings(self) -> tuple[str, ...]:  # type: ignore[override]
        return self._making.warnings


class ExportRun(Run[dict[str, Path]]):
    """Writes an output.

    Args:
        output: what to write.
        made: of what; called when the run begins.
        settings: of the output.
        folder: where to.
        stem: first part of the files' names; empty for their plain names.
    """

    def __init__(
        self,
        output: Output,
        made: Callable[[], Made],
        settings: Settings,
        folder: Path,
        *,
        stem: str = "",
    ):
        self.output, self._made, self.settings = output, made, settings
        self.folder, self.stem = folder, stem
        self.title = f"{output.label}: {stem}" if stem else output.label
        self.doing = output.label
        self._picture: Image.Image | None = None
        self._done = False

    def steps(self) -> Generator[Step, None, None]:
        for step in self.output.steps(self._made(), self.settings, self.folder, stem=self.stem):
            self._picture = step.picture
            yield step
        self._done = True

    def snapshot(self) -> Asset | None:
        return None

    def picture(self, snapshot: Asset | None) -> Image.Image | None:
        """The last picture that was drawn."""
        return self._picture

    @property
    def result(self) -> dict[str, Path] | None:
        """The files by key; None while they are not all written."""
        return self.output.paths(self.folder, stem=self.stem) if self._done else None


def check_target(recipe: Recipe, prior: Prior) -> None:
    """Refuses a target of which the prior knows no word.

    Raises:
        PromptError: it does; the sentence says so.
    """
    vocabulary = prior.vocabulary
    if vocabulary is not None and not vocabulary.knows_any(recipe.prompts.target):
        raise PromptError(no_word_known(recipe.prompts.target))


def no_word_known(target: str) -> str:
    """What to say of a target of which the prior knows no word."""
    return (
        f"The prior knows no word of “{target}”, so it cannot lead there; say it in words of its "
        "list."
    )
