"""What can be taken away of an edited picture."""

from collections.abc import Callable, Iterator
from pathlib import Path

from pds.base.files import write_bytes
from pds.kinds.film_output import film_output
from pds.kinds.output import Made, Output, OutputFile, OutputStep
from pds.kinds.shared_outputs import recipe_output, source_output
from pds.settings import Settings

FILM_PX = 384


def _write_png(made: Made, settings: Settings, path: Callable[[str], Path]) -> Iterator[OutputStep]:
    write_bytes(path("png"), made.edited.data)
    yield OutputStep(index=0, total=1)


OUTPUTS = (
    Output(
        key="png",
        label="PNG",
        quick=True,
        files=(
            OutputFile(key="png", label="Download PNG", tail="", ending=".png", plain="edited.png"),
        ),
        write=_write_png,
    ),
    film_output(FILM_PX),
    recipe_output(),
    source_output(".png"),
)
