"""Everything that an edit of a scene, or a scene alone, leaves behind in one folder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from PIL import Image

from pds.base.errors import ConfigError, ExportError
from pds.base.files import check_folder, write_bytes
from pds.base.video import write_mp4
from pds.kinds.nerf.checkpoint import save_scene
from pds.kinds.nerf.export.capture_folder import write_capture
from pds.kinds.nerf.export.mesh import FACES, RESOLUTION, extract_mesh, write_glb, write_ply
from pds.kinds.nerf.export.turntable import (
    FRAMES,
    before_after_frames,
    turntable_frames,
    write_film,
)
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.render.pictures import picture
from pds.kinds.nerf.render.viewing import orbit_camera, preview_cameras
from pds.kinds.svg.write.png import write_image
from pds.base.checks import check_range, check_whole
from pds.work.scene_recipe import SceneRecipe

SIZE_PX = 512
MIN_SIZE_PX, MAX_SIZE_PX = 32, 1024
# A film is many pictures: at 256 px two turntables are drawn in under a minute on two cores.
FILM_PX = 256
# The process is recorded at this size while the run goes on.
PROCESS_PX = 256


@runtime_checkable
class ExportableSceneRun(Protocol):
    """What an edit or a refinement must offer to be exported."""

    recipe: SceneRecipe

    def scene(self) -> FittedScene:
        """The scene as it is now."""

    def source_scene(self) -> FittedScene | None:
        """The scene before the edit."""

    def frames(self, size_px: int) -> Iterator[Image.Image]:
        """The process, as pictures of one size."""


def say_nothing(sentence: str) -> None:
    """For who does not want to know."""


def export_scene_run(
    folder: str | Path,
    run: ExportableSceneRun,
    *,
    source: bytes | None = None,
    size_px: int = SIZE_PX,
    film_px: int = FILM_PX,
    frames: int = FRAMES,
    mesh: bool = True,
    mesh_resolution: int = RESOLUTION,
    say: Callable[[str], None] = say_nothing,
) -> list[Path]:
    """Writes a run's results into a folder.

    The files are `edited.safetensors`, `recipe.json`, `source.safetensors`, `view_1.png` to
    `view_4.png`, `process.mp4`, `turntable.mp4`, `turntable.webp`, `before_after.mp4` and
    `mesh.glb`; a run without a source has no source and no before and after. Each is either
    complete or not there; older files of these names are replaced.

    Args:
        folder: made if need be.
        run: what to write.
        source: the bytes of the file that the run's source was read from: the recipe names them
            by their digest. None saves the source anew.
        size_px: longer side of the pictures, 32 to 1024.
        film_px: longer side of a turntable, 32 to 1024.
        frames: of the turntables, 2 to 2000.
        mesh: whether to write the mesh.
        mesh_resolution: points along a side that it is made of, 16 to 384.
        say: is told, in a sentence, why there is no mesh if none could be made.

    Returns:
        The paths written, in the order above.

    Raises:
        ConfigError: a size or number out of range.
        ExportError: the folder or a file in it cannot be written.
    """
    choice = Choice(
        mesh=True, size_px=size_px, film_px=film_px, frames=frames, resolution=mesh_resolution
    )
    folder = check_folder(folder)
    edited, before = run.scene(), run.source_scene()
    paths = [
        write_bytes(folder / "edited.safetensors", save_scene(edited)),
        write_bytes(folder / "recipe.json", run.recipe.to_json().encode()),
    ]
    if before is not None:
        data = save_scene(before) if source is None else source
        paths.append(write_bytes(folder / "source.safetensors", data))
    paths += _write_views(folder, edited, size_px)
    paths.append(write_mp4(folder / "process.mp4", run.frames(PROCESS_PX)))
    if before is None:
        around = list(turntable_frames(edited, frames=frames, size_px=film_px))
        paths += _write_turntable(folder, around)
    else:
        both = list(before_after_frames(before, edited, frames=frames, size_px=film_px))
        paths += _write_turntable(folder, [_right_half(frame) for frame in both])
        paths.append(write_film(folder / "before_after.mp4", iter(both)))
    if mesh:
        paths += _write_meshes(folder, edited, choice, say)
    return paths


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What to write of a scene.

    Attributes:
        turntable: `turntable.mp4` and `turntable.webp`.
        depth: `depth.mp4` if there is a turntable, and `view_..._depth.png` of each view.
        mesh, ply: `mesh.glb` (y up) and `mesh.ply` (z up).
        transforms: `capture.zip`, for nerfstudio, instant-ngp and this program.
        checkpoint: `scene.safetensors`.
        views: azimuth and elevation in degrees of each `view_AZ_EL.png`.
        size_px: longer side of the pictures, 32 to 1024.
        film_px: longer side of the turntable, 32 to 1024.
        frames: of the turntable, 2 to 2000.
        elevation_deg: of the turntable, -90 to 90.
        faces: triangles of the mesh at most, 100 to 1 000 000.
        resolution: points along a side that the mesh is made of, 16 to 384.

    Raises:
        ConfigError: a number out of range, or nothing chosen.
    """

    turntable: bool = False
    depth: bool = False
    mesh: bool = False
    ply: bool = False
    transforms: bool = False
    checkpoint: bool = False
    views: tuple[tuple[float, float], ...] = ()
    size_px: int = SIZE_PX
    film_px: int = FILM_PX
    frames: int = FRAMES
    elevation_deg: float = 15.0
    faces: int = FACES
    resolution: int = RESOLUTION

    def __post_init__(self):
        check_whole("size", self.size_px, MIN_SIZE_PX, MAX_SIZE_PX)
        check_whole("film size", self.film_px, MIN_SIZE_PX, MAX_SIZE_PX)
        check_whole("frames", self.frames, 2, 2000)
        check_range("elevation", self.elevation_deg, -90, 90)
        check_whole("faces", self.faces, 100, 1_000_000)
        check_whole("mesh resolution", self.resolution, 16, 384)
        for azimuth, elevation in self.views:
            check_range("azimuth", azimuth, -360, 360)
            check_range("elevation", elevation, -90, 90)
        parts = (self.turntable, self.mesh, self.ply, self.transforms, self.checkpoint, self.views)
        if not any(parts):
            raise ConfigError("There is nothing to write; choose a turntable, a mesh or a view.")


def export_scene(
    folder: str | Path,
    scene: FittedScene,
    choice: Choice,
    *,
    say: Callable[[str], None] = say_nothing,
) -> list[Path]:
    """Writes what was chosen of a scene into a folder, each file complete or not at all.

    Args:
        folder: made if need be.
        scene: what to write.
        choice: which files.
        say: is told, in a sentence, why there is no mesh if none could be made.

    Returns:
        The paths written.

    Raises:
        ExportError: the folder or a file in it cannot be written.
    """
    folder = check_folder(folder)
    paths = []
    if choice.checkpoint:
        paths.append(write_bytes(folder / "scene.safetensors", save_scene(scene)))
    for azimuth, elevation in choice.views:
        camera = orbit_camera(scene, azimuth, elevation, choice.size_px)
        stem = f"view_{azimuth:g}_{elevation:g}"
        paths.append(write_image(folder / f"{stem}.png", picture(scene, camera)))
        if choice.depth:
            near = picture(scene, camera, "depth")
            paths.append(write_image(folder / f"{stem}_depth.png", near))
    if choice.turntable:
        numbers = {"frames": choice.frames, "size_px": choice.film_px}
        numbers["elevation_deg"] = choice.elevation_deg
        paths += _write_turntable(folder, list(turntable_frames(scene, **numbers)))
        if choice.depth:
            film = turntable_frames(scene, what="depth", **numbers)
            paths.append(write_film(folder / "depth.mp4", film))
    if choice.transforms:
        paths.append(write_capture(folder / "capture.zip", scene))
    if choice.mesh or choice.ply:
        paths += _write_meshes(folder, scene, choice, say)
    return paths


def _write_views(folder: Path, scene: FittedScene, size_px: int) -> list[Path]:
    occupancy = Occupancy(scene.field)
    return [
        write_image(folder / f"view_{number}.png", picture(scene, camera, occupancy=occupancy))
        for number, camera in enumerate(preview_cameras(scene, size_px), start=1)
    ]


def _write_turntable(folder: Path, frames: list[Image.Image]) -> list[Path]:
    return [write_film(folder / f"turntable.{kind}", iter(frames)) for kind in ("mp4", "webp")]


def _write_meshes(
    folder: Path, scene: FittedScene, choice: Choice, say: Callable[[str], None]
) -> list[Path]:
    try:
        solid = extract_mesh(scene, resolution=choice.resolution, faces=choice.faces)
    except ExportError as error:
        say(f"{error} No mesh was written.")
        return []
    paths = [write_glb(folder / "mesh.glb", solid)] if choice.mesh else []
    return [*paths, write_ply(folder / "mesh.ply", solid)] if choice.ply else paths


def _right_half(frame: Image.Image) -> Image.Image:
    return frame.crop((frame.width // 2, 0, frame.width, frame.height))
