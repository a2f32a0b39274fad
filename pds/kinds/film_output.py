"""The process of a run as a film: an output that every kind has."""

from collections.abc import Callable, Iterator
from pathlib import Path

from pds.base.video import write_mp4, write_webp
from pds.kinds.output import Made, Output, OutputFile, OutputStep
from pds.settings import Settings


def film_output(size_px: int) -> Output:
    """The output of the film, its frames' longer side `size_px`."""

    def write(made: Made, settings: Settings, path: Callable[[str], Path]) -> Iterator[OutputStep]:
        assert made.film is not None
        frames = list(made.film.frames(size_px))
        write_mp4(path("mp4"), frames)
        yield OutputStep(index=0, total=2)
        write_webp(path("webp"), frames)
        yield OutputStep(index=1, total=2)

    return Output(
        key="film",
        label="Film of the process",
        quick=True,
        files=(
            OutputFile(
                key="mp4", label="Film, MP4", tail=" process", ending=".mp4", plain="process.mp4"
            ),
            OutputFile(
                key="webp",
                label="Film, WebP",
                tail=" process",
                ending=".webp",
                plain="process.webp",
            ),
        ),
        write=write,
        offered=lambda made: made.film is not None,
    )
