"""The Drawing tab's handle on drawings, their presets and the files of their runs."""

from dataclasses import dataclass
from pathlib import Path

from pds.kinds.svg.document import Document
from pds.kinds.svg.exports import export_run
from pds.kinds.svg.read.svg_text import svg_text
from pds.kinds.svg.write.png import write_png
from pds.kinds.svg.write.svg_file import write_svg
from pds.ui.desk import Desk, digest
from pds.ui.driver import Driver
from pds.ui.prior import LazyPrior
from pds.work.presets import Preset
from pds.work.recipe_file import write_recipe

SHOWN_PX = 720


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A drawing that passed the gate.

    Attributes:
        text: the SVG as it goes into a recipe.
        picture: path of a PNG of it, as this program draws it.
        warnings: features that are not drawn, one sentence each.
        ids: of the elements that can be locked.
    """

    text: str
    picture: str
    warnings: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Downloads:
    """Paths of a run's files, as text."""

    svg: str
    png: str
    mp4: str
    webp: str
    recipe: str
    before: str
    after: str


class DrawingDesk(Desk):
    """Drawings and what becomes of them.

    Args:
        driver: runs the edits.
        prior: for its vocabulary and its name.
        presets: one-click edits by key.
        folder: where files of runs are written; a temporary folder of the page's own.
    """

    def __init__(
        self, driver: Driver, prior: LazyPrior, presets: dict[str, Preset], *, folder: Path
    ):
        super().__init__(driver, prior, folder=folder)
        self.presets = presets

    def open_drawing(self, text: str | bytes) -> Drawing:
        """Checks a drawing and prepares its picture.

        Raises:
            SVGError: it is not accepted; the sentence says why.
            ExportError: its picture cannot be written.
        """
        data = text.encode("utf-8", "replace") if isinstance(text, str) else text
        text = svg_text(data)
        document = Document.read(data)
        picture = self.folder / "sources" / f"{digest(data)}.png"
        if not picture.exists():
            write_png(picture, document.drawing, document.parameters, SHOWN_PX)
        return Drawing(
            text=text,
            picture=str(picture),
            warnings=document.warnings,
            ids=document.element_ids(),
        )

    def result_picture(self, job_id: str) -> str | None:
        """Path of a PNG of what an ended run has reached; None if it never began."""
        run = self.driver.result(job_id)
        if run is None:
            return None
        path = self.run_folder(job_id) / "after.png"
        if not path.exists():
            self._write_png(run.svg(), path, SHOWN_PX)
        return str(path)

    def first_files(self, job_id: str) -> dict[str, str]:
        """Writes what is quick to write of an ended run: `svg` and `recipe`, by name.

        Raises:
            ExportError: a file cannot be written.
        """
        run = self.driver.result(job_id)
        if run is None:
            return {}
        folder = self.run_folder(job_id)
        return {
            "svg": str(write_svg(folder / "edited.svg", run.svg())),
            "recipe": str(write_recipe(folder / "recipe.json", run.recipe)),
        }

    def downloads(self, job_id: str) -> Downloads | None:
        """Writes all files of an ended run, once; None if it never began.

        Raises:
            ExportError: a file cannot be written.
        """
        run = self.driver.result(job_id)
        if run is None:
            return None
        folder = self.run_folder(job_id)
        before = folder / "before.png"
        # One at a time: two tabs may show the same run, and the machine is small.
        with self._writing:
            if not before.exists():
                export_run(folder, run)
                self._write_png(run.source_svg(), before, SHOWN_PX)
        return Downloads(
            svg=str(folder / "edited.svg"),
            png=str(folder / "edited.png"),
            mp4=str(folder / "process.mp4"),
            webp=str(folder / "process.webp"),
            recipe=str(folder / "recipe.json"),
            before=str(before),
            after=str(self.result_picture(job_id)),
        )

    def png(self, job_id: str, size_px: int) -> str | None:
        """Writes the result as a PNG with this longer side; None if the run never began.

        Raises:
            ConfigError: a size out of range.
            ExportError: the file cannot be written.
        """
        run = self.driver.result(job_id)
        if run is None:
            return None
        path = self.run_folder(job_id) / f"edited-{size_px}px.png"
        self._write_png(run.svg(), path, size_px)
        return str(path)

    def _write_png(self, svg: bytes, path: Path, size_px: int) -> None:
        document = Document.read(svg)
        write_png(path, document.drawing, document.parameters, size_px)
