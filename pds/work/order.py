"""Orders: work that is asked for, before anything of it is built. They can be pickled."""

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pds.diffusion.devices import pick_device
from pds.diffusion.prior import Prior
from pds.kinds import kind_of
from pds.kinds.asset import Asset
from pds.kinds.output import Made
from pds.settings import Settings
from pds.work.names import result_stem
from pds.work.recipe import Recipe
from pds.work.run import Making, Run
from pds.work.runs import ExportRun, MakeRun, RefineRun, make_edit


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What orders are carried out with, where the device is.

    Attributes:
        prior: gives the loaded prior; asked only by those who need it.
        folder: where runs may unpack files; they remove them.
        device: where assets are made: `auto`, `cpu`, `cuda` or `cuda:N`.
        prepare: prepares the drawing of a kind, given its key, or waits until that is done.
    """

    prior: Callable[[], Prior]
    folder: Path
    device: str = "auto"
    prepare: Callable[[str], None] = lambda kind: None


class Order(ABC):
    """Work asked for.

    Attributes:
        kind: key of the kind of what is made.
        name: file stem of the result.
        title: what the run is called in lists.
        source: what the run begins with, or None.
        notes: sentences for the user about what was asked.
    """

    kind: str
    notes: tuple[str, ...]

    @property
    @abstractmethod
    def name(self) -> str:
        """First part of the names of the result's files."""

    @property
    @abstractmethod
    def title(self) -> str:
        """One line for lists."""

    @property
    def source(self) -> Asset | None:
        """What the run begins with."""
        return None

    @property
    def limit_s(self) -> float:
        """After how many seconds the run ends, done or not; 0 if it takes what it takes."""
        return 0.0

    @abstractmethod
    def make_run(self, tools: Tools) -> Run[Any]:
        """Builds the run; called where the device is.

        Raises:
            PDSError: what was given cannot be used.
        """


@dataclass(frozen=True, kw_only=True, eq=False)
class EditOrder(Order):
    """Edit an asset by words; if the recipe has a refinement, that follows.

    Attributes:
        recipe: everything but the asset.
        asset: the source.
    """

    recipe: Recipe
    asset: Asset
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:  # type: ignore[override]
        return self.recipe.kind

    @property
    def name(self) -> str:
        return result_stem(self.recipe.name, self.recipe.prompts.target)

    @property
    def title(self) -> str:
        return self.recipe.title

    @property
    def source(self) -> Asset:
        return self.asset

    def make_run(self, tools: Tools) -> Making:
        prior = tools.prior()
        tools.prepare(self.kind)
        return make_edit(self.recipe, self.asset, prior)


@dataclass(frozen=True, kw_only=True, eq=False)
class RefineOrder(Order):
    """Refine an edited asset.

    Attributes:
        recipe: of the edit, with `after` set.
        asset: before the edit.
        edited: after it.
    """

    recipe: Recipe
    asset: Asset
    edited: Asset
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:  # type: ignore[override]
        return self.recipe.kind

    @property
    def name(self) -> str:
        return result_stem(self.recipe.name, self.recipe.prompts.target)

    @property
    def title(self) -> str:
        return f"Refined: {self.recipe.title}"

    @property
    def source(self) -> Asset:
        return self.asset

    def make_run(self, tools: Tools) -> Making:
        prior = tools.prior()
        tools.prepare(self.kind)
        return RefineRun(self.recipe, self.asset, self.edited, prior)


@dataclass(frozen=True, kw_only=True, eq=False)
class MakeOrder(Order):
    """Make an asset of other files, such as a scene of photos.

    Attributes:
        kind: key of what is made.
        files: what was brought.
        asset_name: file stem of the asset.
        settings: of the making.
        resume: an asset made before of the same files, to go on from; or None.
        filmed: whether the process is filmed.
    """

    kind: str
    files: tuple[Path, ...]
    asset_name: str
    settings: Settings
    resume: Asset | None = None
    filmed: bool = True
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.asset_name

    @property
    def title(self) -> str:
        maker = kind_of(self.kind).maker
        return f"{'Make' if maker is None else maker.label} of {self.asset_name}"

    @property
    def limit_s(self) -> float:
        maker = kind_of(self.kind).maker
        return 0.0 if maker is None else maker.limit_s(self.settings)

    def make_run(self, tools: Tools) -> Making:
        tools.folder.mkdir(parents=True, exist_ok=True)
        return MakeRun(
            kind_of(self.kind),
            self.files,
            self.settings,
            name=self.asset_name,
            work=Path(tempfile.mkdtemp(prefix="make-", dir=tools.folder)),
            resume=self.resume,
            device=pick_device(tools.device),
            filmed=self.filmed,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class ExportOrder(Order):
    """Write an output of a result.

    Attributes:
        kind: key of the kind of what is written.
        output: key of the output.
        made: of what.
        settings: of the output.
        folder: where to.
        stem: first part of the files' names; empty for their plain names.
    """

    kind: str
    output: str
    made: Made
    settings: Settings
    folder: Path
    stem: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        return self.stem

    @property
    def title(self) -> str:
        return f"{kind_of(self.kind).output(self.output).label}: {self.stem}"

    def make_run(self, tools: Tools) -> ExportRun:
        return ExportRun(
            kind_of(self.kind).output(self.output),
            lambda: self.made,
            self.settings,
            self.folder,
            stem=self.stem,
        )
