"""What can be taken away of an edited drawing."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

from pds.base.files import write_bytes
from pds.base.pngs import MAX_PNG_PX, MIN_PNG_PX
from pds.kinds.film_output import film_output
from pds.kinds.output import Made, Output, OutputFile, OutputStep
from pds.kinds.shared_outputs import recipe_output, source_output
from pds.kinds.svg.content import DrawingContent
from pds.kinds.svg.write.png import write_png
from pds.settings import Settings, flag, whole

FILM_PX = 384


class PNGSettings(Settings):
    """How large the picture is."""

    title: ClassVar[str] = "the PNG"

    png_px: int = whole(
        1024,
        MIN_PNG_PX,
        MAX_PNG_PX,
        label="Longer side in px",
        help="longer side of the PNG",
        flag="--png-size",
        metavar="PX",
        level="main",
        unit="px",
    )
    transparent: bool = flag(
        False,
        label="Without background",
        help="PNG without background",
        flag="--transparent",
        level="main",
    )


def _write_svg(made: Made, settings: Settings, path: Callable[[str], Path]) -> Iterator[OutputStep]:
    write_bytes(path("svg"), made.edited.data)
    yield OutputStep(index=0, total=1)


def _write_png(
    made: Made, settings: PNGSettings, path: Callable[[str], Path]
) -> Iterator[OutputStep]:
    content: DrawingContent = made.edited.content
    write_png(
        path("png"),
        content.drawing,
        content.parameters,
        settings.png_px,
        transparent=settings.transparent,
    )
    yield OutputStep(index=0, total=1)


OUTPUTS = (
    Output(
        key="svg",
        label="SVG",
        quick=True,
        files=(
            OutputFile(key="svg", label="Download SVG", tail="", ending=".svg", plain="edited.svg"),
        ),
        write=_write_svg,
    ),
    Output(
        key="png",
        label="Make the PNG",
        quick=True,
        files=(
            OutputFile(key="png", label="Download PNG", tail="", ending=".png", plain="edited.png"),
        ),
        Settings=PNGSettings,
        write=_write_png,
    ),
    film_output(FILM_PX),
    recipe_output(),
    source_output(".svg"),
)
