"""Files of a scene that take a while: films around it, its mesh, its capture. Each is a run."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from pds.kinds.nerf.checkpoint import load_scene
from pds.kinds.nerf.export.capture_folder import write_capture
from pds.kinds.nerf.export.mesh import extract_mesh, write_glb, write_ply
from pds.kinds.nerf.export.turntable import (
    FRAMES,
    before_after_frames,
    turntable_frames,
    write_film,
)

# What each kind writes: name of its button -> ending of its file.
FILES = {
    "turntable": {
        "turntable": "turntable.mp4",
        "turntable-webp": "turntable.webp",
        "before-after": "before and after.mp4",
    },
    "depth": {"depth": "depth.mp4"},
    "mesh": {"glb": "mesh.glb", "ply": "mesh.ply"},
    "capture": {"capture": "capture.zip"},
}
KINDS = tuple(FILES)
TITLES = {
    "turntable": "Turntable",
    "depth": "Depth film",
    "mesh": "Mesh",
    "capture": "Capture",
}


@dataclass(frozen=True, kw_only=True)
class ExportOrder:
    """Write some files of a scene.

    Attributes:
        kind: one of KINDS.
        name: first part of the files' names.
        scene: its checkpoint.
        source: checkpoint of what it was made from, or None.
        folder: where to.
        size_px: longer side of the films' frames.
    """

    kind: str
    name: str
    scene: Path
    source: Path | None
    folder: Path
    size_px: int = 256

    @property
    def title(self) -> str:
        """What the export is called."""
        return f"{TITLES[self.kind]} of {self.name}"

    def files(self) -> dict[str, Path]:
        """Where its files will be, by the names of their buttons."""
        sized = f" {self.size_px}px" if self.kind in ("turntable", "depth") else ""
        return {
            button: self.folder / f"{self.name}{sized} {ending}"
            for button, ending in FILES[self.kind].items()
            if self.source is not None or button != "before-after"
        }

    def ready(self) -> dict[str, Path]:
        """Those of its files that are written, if all are."""
        files = self.files()
        return files if all(path.exists() for path in files.values()) else {}


@dataclass(frozen=True, kw_only=True)
class ExportStep:
    """One piece of the work: `index` from 0 of `total`."""

    index: int
    total: int
    curve_value: float = 0.0


class ExportRun:
    """Carries an export order out; a step is a frame, or a file.

    Args:
        order: what to write.

    Raises:
        CheckpointError: a scene cannot be read.
    """

    warnings: tuple[str, ...] = ()

    def __init__(self, order: ExportOrder):
        self.order = order
        self.scene = load_scene(order.scene)
        self.source = None if order.source is None else load_scene(order.source)
        self._frame = Image.new("RGB", (8, 8), "white")

    def steps(self) -> Iterator[ExportStep]:
        """Does the work.

        Raises:
            ExportError: a file cannot be written, or the scene is empty.
        """
        work = {
            "turntable": self._turntable,
            "depth": self._depth,
            "mesh": self._mesh,
            "capture": self._capture,
        }
        self.order.folder.mkdir(parents=True, exist_ok=True)
        yield from work[self.order.kind]()

    def preview(self) -> Image.Image:
        """The newest frame."""
        return self._frame

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        """The newest frame; an export leaves no film of itself."""
        yield self._frame.resize((size_px, size_px))

    def _turntable(self) -> Iterator[ExportStep]:
        files = self.order.files()
        if self.source is None:
            frames = turntable_frames(self.scene, size_px=self.order.size_px)
        else:
            frames = before_after_frames(self.source, self.scene, size_px=self.order.size_px)
        drawn: list[Image.Image] = []
        yield from self._collect(frames, drawn, more=1)
        result = drawn if self.source is None else [_right_half(frame) for frame in drawn]
        write_film(files["turntable"], iter(result))
        write_film(files["turntable-webp"], iter(result))
        if self.source is not None:
            write_film(files["before-after"], iter(drawn))
        yield ExportStep(index=FRAMES, total=FRAMES + 1)

    def _depth(self) -> Iterator[ExportStep]:
        frames = turntable_frames(self.scene, size_px=self.order.size_px, what="depth")
        drawn: list[Image.Image] = []
        yield from self._collect(frames, drawn, more=1)
        write_film(self.order.files()["depth"], iter(drawn))
        yield ExportStep(index=FRAMES, total=FRAMES + 1)

    def _mesh(self) -> Iterator[ExportStep]:
        files = self.order.files()
        mesh = extract_mesh(self.scene)
        yield ExportStep(index=0, total=2)
        write_ply(files["ply"], mesh)
        write_glb(files["glb"], mesh)
        yield ExportStep(index=1, total=2)

    def _capture(self) -> Iterator[ExportStep]:
        write_capture(self.order.files()["capture"], self.scene)
        yield ExportStep(index=0, total=1)

    def _collect(
        self, frames: Iterator[Image.Image], drawn: list[Image.Image], *, more: int
    ) -> Iterator[ExportStep]:
        for index, frame in enumerate(frames):
            self._frame = frame
            drawn.append(frame)
            yield ExportStep(index=index, total=FRAMES + more)


def _right_half(frame: Image.Image) -> Image.Image:
    return frame.crop((frame.width // 2, 0, frame.width, frame.height))
