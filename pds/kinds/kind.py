"""A kind of asset: how it is read, moved, drawn and written."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import torch
from PIL import Image

from pds.base.checks import check_choice
from pds.engine.parametric import ParametricImage
from pds.kinds.asset import Asset
from pds.kinds.output import Output
from pds.settings import Prompts, Settings


@dataclass(frozen=True, kw_only=True)
class Look:
    """From where, and what of an asset is looked at; what is flat has one look only.

    Attributes:
        azimuth_deg, elevation_deg: of what has sides, see `orbit_camera`.
        what: `color`, `depth` or `normals`.
        along: place on the closed path around the asset, from 0 to 1, in place of the angles;
            None to use these.
    """

    azimuth_deg: float = 0.0
    elevation_deg: float = 0.0
    what: str = "color"
    along: float | None = None


@runtime_checkable
class Making(Protocol):
    """An asset on its way: what a maker's run goes through.

    Attributes:
        doing: what is going on, in a few words.
        curve_label: what the curve's value is.
        warnings: one sentence each.
        quality: how well what was held out is met, in the maker's own form; None if unknown.
    """

    doing: str
    curve_label: str
    warnings: tuple[str, ...]
    quality: Any

    def steps(self) -> Iterator[Any]:
        """Records with `index`, `total` and `curve_value`; closing it stops."""

    def snapshot(self) -> Asset | None:
        """The asset after the last finished step; None while there is none."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What files are that an asset could be made of.

    Attributes:
        about: what they are, in a line without full stop.
        warnings: what is left out of them, one sentence each.
    """

    about: str
    warnings: tuple[str, ...] = ()


class Maker(ABC):
    """How an asset of a kind is made of other files, such as a scene of photos.

    Attributes:
        key, label: its name, and the button's.
        noun: what it makes it of, for sentences.
        note: what to bring and how long it takes, in Markdown.
        endings: of the files that it takes, lower case, with the dot.
        Settings: of the making.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    noun: ClassVar[str]
    note: ClassVar[str] = ""
    endings: ClassVar[tuple[str, ...]]
    Settings: ClassVar[type[Settings]]

    def limit_s(self, settings: Any) -> float:
        """After how many seconds a making ends, done or not; 0 if it takes what it takes."""
        return 0.0

    @abstractmethod
    def check(self, files: Sequence[Path]) -> None:
        """Refuses, before any work, what cannot be used. Raises InputError."""

    @abstractmethod
    def inspect(self, file: Path, *, work: Path) -> Brought:
        """Says what a file or folder is, without making anything of it.

        Args:
            file: what could be brought.
            work: a folder for what is unpacked.

        Raises:
            InputError: it cannot be used; the text says why.
        """

    @abstractmethod
    def begin(
        self,
        files: Sequence[Path],
        settings: Any,
        *,
        name: str,
        work: Path,
        resume: Asset | None,
        device: torch.device | str,
    ) -> Making:
        """Starts; reading of the files included.

        Args:
            files: what was brought.
            settings: of the making.
            name: file stem of the asset.
            work: a folder for what is unpacked; must outlive the making.
            resume: an asset made before of the same files, to go on from.
            device: where to compute.

        Raises:
            InputError: the files cannot be used.
        """


class Kind(ABC):
    """A kind of asset. Abstract here; `svg`, `nerf` and `image` are final.

    Attributes:
        key: its name in recipes and presets.
        label: its name on the page: "Drawing".
        noun: the same in a sentence: "drawing".
        intro: what an edit does to it, in a sentence or two of Markdown.
        pasted: what its file is called where it can be pasted as text; empty where it cannot.
        shown_px: longer side of a picture that the page shows.
        endings: of its files, lower case, with the dot; the first is the one that is written.
        max_bytes: a larger file is not read.
        asset_field: what a `preset.json` calls the asset's file.
        settings_field: what a `preset.json` and older recipes call its settings.
        Settings: how an asset takes part in an edit.
        outputs: what can be taken away of a run.
        turns: whether it has sides to be seen from; else it is flat.
        looks: the values of `Look.what` with their labels.
        embedded: whether a recipe carries the asset itself; else it only names it.
        examples: placeholders of the two prompts.
        maker: how one is made of other files, or None.
        steps_slider: where the page's slider of steps ends.
        interval_s: least time between two views of a run; one costs a picture.
        direct_interval_s: the same where a view has to cross the border of a process.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    noun: ClassVar[str]
    intro: ClassVar[str] = ""
    pasted: ClassVar[str] = ""
    shown_px: ClassVar[int] = 720
    endings: ClassVar[tuple[str, ...]]
    max_bytes: ClassVar[int]
    asset_field: ClassVar[str]
    settings_field: ClassVar[str]
    Settings: ClassVar[type[Settings]]
    outputs: ClassVar[tuple[Output, ...]]
    turns: ClassVar[bool] = False
    looks: ClassVar[Mapping[str, str]] = {"color": "Colour"}
    embedded: ClassVar[bool] = True
    examples: ClassVar[tuple[str, str]]
    maker: ClassVar[Maker | None] = None
    steps_slider: ClassVar[int] = 1000
    interval_s: ClassVar[float] = 0.2
    direct_interval_s: ClassVar[float] = 0.2

    @abstractmethod
    def read(self, data: bytes, *, name: str) -> Asset:
        """Reads a file from anywhere: untrusted in, checked once.

        Raises:
            InputError: it is refused; the text says why and what to do.
        """

    @abstractmethod
    def parametric(
        self,
        asset: Asset,
        settings: Any,
        *,
        size_px: int,
        device: torch.device | str,
        generator: torch.Generator,
        start: Asset | None = None,
    ) -> ParametricImage:
        """What the engine moves.

        Args:
            asset: the source; it stays as it is.
            settings: how it takes part.
            size_px: side of a rendering where the settings do not say.
            device: where to draw.
            generator: of all chance, on the CPU.
            start: what to begin with, by default the source itself.

        Raises:
            InputError: nothing can move, or the two do not belong together.
        """

    @abstractmethod
    def snapshot(self, moving: Any, *, name: str, prompts: Prompts) -> Asset:
        """What has been reached, frozen: it does not change when `moving` does.

        Args:
            moving: made by `parametric`; between two steps.
            name: file stem of the result.
            prompts: of the edit, which the asset remembers if it can.
        """

    @abstractmethod
    def draw(self, asset: Asset, look: Look, size_px: int) -> Image.Image:
        """A picture, its longer side `size_px`; on white.

        Raises:
            ConfigError: a number of the look, or the size, is out of range.
        """

    @abstractmethod
    def embed(self, asset: Asset) -> str:
        """The asset as text, for a recipe; empty if it is not `embedded`."""

    @abstractmethod
    def unembed(self, text: str) -> bytes:
        """The bytes of the file that `embed` made a text of.

        Raises:
            InputError: no such text.
        """

    def worded(self, asset: Asset, prompt: str) -> Asset:
        """The asset, remembering what it shows, as far as its files can."""
        return asset

    def cold_s(self) -> float:
        """About how many seconds `warm` takes now; 0 if there is nothing to prepare."""
        return 0.0

    def warm(self) -> None:  # noqa: B027 — most kinds have nothing to prepare
        """Prepares what the first step would have to wait for, such as compiled kernels."""

    def measures(self, asset: Asset) -> dict[str, float | None]:
        """What was measured of an asset, by name; None for what was not."""
        return {}

    def home(self, asset: Asset) -> Look:
        """From where an asset is shown at first."""
        return Look()

    def preview(self, asset: Asset, number: int, size_px: int) -> Image.Image:
        """A picture while a run goes on; each number may show another side."""
        return self.draw(asset, self.home(asset), size_px)

    def output(self, key: str) -> Output:
        """The output of that name; raises ConfigError for an unknown one and lists the known."""
        outputs = {output.key: output for output in self.outputs}
        check_choice("output", key, tuple(outputs))
        return outputs[key]
