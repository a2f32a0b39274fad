"""What can be taken away of a run: one declaration for page, command line and API."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from PIL import Image

from pds.kinds.asset import Asset
from pds.settings import Settings


@runtime_checkable
class Film(Protocol):
    """How a run went, as pictures."""

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        """The process from the source to the last state, an even timeline; longer side given."""


# Inside a class that has a `Settings` of its own, the name means that one.
AnySettings = Settings


class NoSettings(Settings):
    """For outputs that have none."""

    title: ClassVar[str] = "the output"


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a run has made.

    Attributes:
        source: what it began with, or None if it made something of other files.
        edited: what it reached.
        recipe: the recipe's JSON; empty if there is none.
        film: of the process, or None if there is none.
    """

    edited: Asset
    source: Asset | None = None
    recipe: str = ""
    film: Film | None = None


@dataclass(frozen=True, kw_only=True)
class OutputFile:
    """A file that an output writes.

    Attributes:
        key: its name among all files of its kind.
        label: on its button.
        tail: what stands between the result's name and the ending, such as " turntable".
        ending: with the dot.
        plain: its name in a folder of its own, such as `turntable.mp4`.
    """

    key: str
    label: str
    tail: str
    ending: str
    plain: str

    def path(self, folder: Path, stem: str) -> Path:
        """Where it is written: under its plain name if the stem is empty."""
        return folder / (f"{stem}{self.tail}{self.ending}" if stem else self.plain)


@dataclass(frozen=True, kw_only=True)
class OutputStep:
    """How far the writing of an output is; `index` from 0."""

    index: int
    total: int
    picture: Image.Image | None = None

    @property
    def curve_value(self) -> float:
        """Nothing that a curve could show."""
        return 0.0


Write = Callable[[Made, Any, Callable[[str], Path]], Iterator[OutputStep]]


@dataclass(frozen=True, kw_only=True)
class Output:
    """Files that are written together.

    Attributes:
        key: its name.
        label: on the button that makes it.
        files: what it writes.
        quick: whether it is written at the end of every run without being asked for.
        whole: whether a folder of everything has it.
        Settings: sizes and the like.
        write: does it, given what was made, the settings and the path of each file by key; each
            file is complete or not there. May raise ExportError or ConfigError.
        offered: whether this is there at all for what was made.
        note: what to know of the files, in Markdown.
    """

    key: str
    label: str
    files: tuple[OutputFile, ...]
    write: Write
    quick: bool = False
    whole: bool = True
    Settings: type[AnySettings] = NoSettings
    offered: Callable[[Made], bool] = lambda made: True
    note: str = ""

    def steps(
        self, made: Made, settings: AnySettings, folder: Path, *, stem: str = ""
    ) -> Iterator[OutputStep]:
        """Writes the files, a record at a time.

        Args:
            made: what a run has made.
            settings: of this output.
            folder: where to; made if need be.
            stem: first part of the files' names; empty for their plain names.

        Raises:
            ExportError: a file cannot be written, or the result has nothing to write.
        """
        places = {file.key: file.path(folder, stem) for file in self.files}
        yield from self.write(made, settings, places.__getitem__)

    def paths(self, folder: Path, *, stem: str = "") -> dict[str, Path]:
        """Where the files lie, as far as they are there, by key."""
        places = {file.key: file.path(folder, stem) for file in self.files}
        return {key: path for key, path in places.items() if path.exists()}
