"""Scenes that a page keeps, by the digest of their checkpoints, and pictures of them."""

import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from pds.base.errors import JobError
from pds.base.files import write_bytes
from pds.kinds.nerf.checkpoint import load_scene
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.render.pictures import picture
from pds.kinds.nerf.render.viewing import orbit_camera
from pds.kinds.svg.write.png import write_image
from pds.ui.desk import digest
from pds.work.scene_recipe import digest as digest_of

SHOWN_PX = 384
FROM_AZIMUTH_DEG, FROM_ELEVATION_DEG = 30, 15
SCENES_IN_MEMORY = 3
MOST_VIEWS = 300
OLD_S = 8 * 3600


@dataclass(frozen=True, kw_only=True)
class View:
    """From where and what is looked at: the orbit control."""

    azimuth_deg: float = FROM_AZIMUTH_DEG
    elevation_deg: float = FROM_ELEVATION_DEG
    what: str = "color"
    size_px: int = SHOWN_PX


class SceneStore:
    """Scenes as files in a folder of the page's own, the last few also in memory.

    Args:
        folder: a temporary folder.
        device: where scenes are drawn.
    """

    def __init__(self, folder: Path, *, device: str = "cpu"):
        self.folder = folder
        self.device = device
        self._scenes: OrderedDict[str, FittedScene] = OrderedDict()
        self._drawing_s: dict[str, float] = {}
        self._loading = threading.Lock()

    def keep(self, data: bytes) -> str:
        """Checks a checkpoint, keeps it and returns its key.

        Raises:
            CheckpointError: it is none.
            ExportError: it cannot be written.
        """
        key = digest_of(data)
        path = self._path(key)
        if not path.exists():
            scene = load_scene(data)
            write_bytes(path, data)
            with self._loading:
                self._remember(key, scene)
            _sweep(path.parent)
        return key

    def checkpoint(self, key: str) -> Path:
        """Where a kept scene lies.

        Raises:
            JobError: it is not kept (any more).
        """
        path = self._path(key)
        if not key or not path.exists():
            raise JobError("There is no scene yet: press a preset, open a scene, or fit one.")
        path.touch()
        return path

    def scene(self, key: str) -> FittedScene:
        """A kept scene, ready to be drawn.

        Raises:
            JobError: it is not kept (any more).
            CheckpointError: it cannot be read.
        """
        with self._loading:
            if key not in self._scenes:
                self._remember(key, load_scene(self.checkpoint(key)))
            self._scenes.move_to_end(key)
            return self._scenes[key]

    def home(self, key: str) -> View:
        """From where a scene is shown at first: an object a little from the side and above.

        Raises:
            JobError, CheckpointError: as :meth:`scene`.
        """
        bounded = self.scene(key).bounded
        return View() if bounded else View(azimuth_deg=0, elevation_deg=0)

    def picture(self, key: str, view: View) -> str:
        """Path of a PNG of a kept scene, drawn once.

        Raises:
            ConfigError: a number out of range.
            JobError, CheckpointError, ExportError: as :meth:`scene`; or it cannot be written.
        """
        path = self._view_path(f"{key} {view}")
        if not path.exists():
            scene, begun = self.scene(key), time.monotonic()
            camera = orbit_camera(scene, view.azimuth_deg, view.elevation_deg, view.size_px)
            drawn = picture(scene, camera, view.what)
            self._drawing_s[key] = (time.monotonic() - begun) / view.size_px**2
            write_image(path, drawn)
            _thin(path.parent)
        return str(path)

    def drawing_s(self, key: str, size_px: int) -> float:
        """Seconds that a picture of a scene takes, by the last one; infinite if not known."""
        return self._drawing_s.get(key, math.inf) * size_px**2

    def keep_picture(self, name: str, drawn: Image.Image) -> str:
        """Path of a picture that was drawn elsewhere."""
        path = write_image(self._view_path(name), drawn)
        _thin(path.parent)
        return str(path)

    def _remember(self, key: str, scene: FittedScene) -> None:
        self._scenes[key] = replace(scene, field=scene.field.to(self.device))
        while len(self._scenes) > SCENES_IN_MEMORY:
            old, _ = self._scenes.popitem(last=False)
            self._drawing_s.pop(old, None)

    def _path(self, key: str) -> Path:
        # Keys come from this program alone; one that did not could still not leave the folder.
        return self.folder / "scenes" / f"{Path(key).name}.safetensors"

    def _view_path(self, name: str) -> Path:
        return self.folder / "views" / f"{digest(name.encode())}.png"


def _thin(folder: Path) -> None:
    """Removes the oldest pictures of a folder when there are many."""
    files = sorted(folder.glob("*.png"), key=lambda path: path.stat().st_mtime)
    if len(files) > MOST_VIEWS:
        for path in files[: MOST_VIEWS // 3]:
            path.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Removes scenes that nobody has used for hours."""
    for path in folder.glob("*.safetensors"):
        if time.time() - path.stat().st_mtime > OLD_S:
            path.unlink(missing_ok=True)
