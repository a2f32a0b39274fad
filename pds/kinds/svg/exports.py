"""Everything a finished (or stopped) edit of a drawing leaves behind, in one folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

from PIL import Image

from pds.base.files import check_folder
from pds.base.video import write_mp4, write_webp
from pds.kinds.svg.document import Document
from pds.kinds.svg.write.png import check_png_size, write_png
from pds.kinds.svg.write.svg_file import write_svg
from pds.work.recipe import Recipe
from pds.work.recipe_file import write_recipe

FILM_PX = 384


@runtime_checkable
class ExportableRun(Protocol):
    """What a run must offer to be exported."""

    recipe: Recipe

    def svg(self) -> bytes:
        """The edited document."""

    def source_svg(self) -> bytes:
        """The document as it was given."""

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        """The process, as pictures of one size."""


def export_run(
    folder: str | Path,
    run: ExportableRun,
    *,
    png_px: int = 1024,
    transparent: bool = False,
    film_px: int = FILM_PX,
) -> list[Path]:
    """Writes a run's results into a folder.

    The files are `edited.svg`, `edited.png`, `process.mp4`, `process.webp`, `recipe.json` and
    `source.svg`. Each is either complete or not there; older files of these names are replaced.

    Args:
        folder: made if need be.
        run: what to write.
        png_px: longer side of the PNG, 16 to 4096.
        transparent: whether the PNG has no background.
        film_px: side of the film's square frames.

    Returns:
        The paths written, in the order above.

    Raises:
        ConfigError: a PNG size out of range.
        ExportError: the folder or a file in it cannot be written.
    """
    check_png_size(png_px)
    folder = check_folder(folder)
    svg = run.svg()
    edited = Document.read(svg)
    frames = list(run.frames(film_px))
    drawing, parameters = edited.drawing, edited.parameters
    return [
        write_svg(folder / "edited.svg", svg),
        write_png(folder / "edited.png", drawing, parameters, png_px, transparent=transparent),
        write_mp4(folder / "process.mp4", frames),
        write_webp(folder / "process.webp", frames),
        write_recipe(folder / "recipe.json", run.recipe),
        write_svg(folder / "source.svg", run.source_svg()),
    ]
