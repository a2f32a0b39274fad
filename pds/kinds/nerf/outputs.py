"""What can be taken away of a scene."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

from PIL import Image

from pds.base.files import write_bytes
from pds.base.pngs import write_image
from pds.kinds.film_output import film_output
from pds.kinds.nerf.export.capture_folder import write_capture
from pds.kinds.nerf.export.turntable import (
    FRAMES,
    before_after_frames,
    turntable_frames,
    write_film,
)
from pds.kinds.nerf.fields.occupancy import Occupancy
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.render.pictures import picture
from pds.kinds.nerf.render.viewing import preview_cameras
from pds.kinds.nerf.settings import MESH_FACES, MESH_RESOLUTION
from pds.kinds.output import Made, Output, OutputFile, OutputStep
from pds.kinds.shared_outputs import recipe_output, source_output
from pds.settings import Settings, number, whole

MIN_SIZE_PX, MAX_SIZE_PX = 32, 1024
# A film is many pictures: at 256 px two turntables are drawn in under a minute on two cores.
FILM_PX = 256
VIEWS = 4
Path_of = Callable[[str], Path]


class ViewSettings(Settings):
    """How large pictures are."""

    title: ClassVar[str] = "the pictures"

    size_px: int = whole(
        512,
        MIN_SIZE_PX,
        MAX_SIZE_PX,
        label="Size of pictures in px",
        help="longer side of pictures",
        flag="--size",
        metavar="PX",
        level="main",
        unit="px",
    )


class TurntableSettings(Settings):
    """How large and how long a turntable is."""

    title: ClassVar[str] = "the turntable"

    film_px: int = whole(
        FILM_PX,
        MIN_SIZE_PX,
        MAX_SIZE_PX,
        label="Size of films in px",
        help="longer side of films",
        flag="--film-size",
        metavar="PX",
        level="main",
        unit="px",
    )
    frames: int = whole(
        FRAMES, 2, 2000, label="Frames", help="pictures of a turntable", flag="--frames"
    )
    elevation_deg: float = number(
        15.0,
        -90,
        90,
        label="Height of the camera in degrees",
        help="above the horizon",
        flag="--elevation",
        unit="°",
    )


class MeshSettings(Settings):
    """How fine a mesh is."""

    title: ClassVar[str] = "the mesh"

    faces: int = whole(
        MESH_FACES,
        100,
        1_000_000,
        label="Triangles at most",
        help="triangles at most",
        flag="--faces",
    )
    mesh_resolution: int = whole(
        MESH_RESOLUTION,
        16,
        384,
        label="Points along a side",
        help="points along a side that the mesh is made of",
        flag="--mesh-resolution",
    )


class CaptureSettings(Settings):
    """How large a capture's pictures are, and how many."""

    title: ClassVar[str] = "the capture"

    capture_px: int = whole(
        0,
        32,
        2048,
        label="Size of the capture's pictures in px",
        help="longer side of a capture's pictures",
        flag="--capture-size",
        level="main",
        metavar="PX",
        zero="the cameras' own",
        unit="px",
    )
    capture_views: int = whole(
        0,
        1,
        2000,
        label="Pictures of the capture",
        help="how many pictures a capture has",
        flag="--capture-views",
        zero="one for each of the scene's cameras",
    )


def _write_scene(made: Made, settings: Settings, path: Path_of) -> Iterator[OutputStep]:
    write_bytes(path("scene"), made.edited.data)
    yield OutputStep(index=0, total=1)


def _write_views(made: Made, settings: ViewSettings, path: Path_of) -> Iterator[OutputStep]:
    scene: FittedScene = made.edited.content
    occupancy = Occupancy(scene.field)
    cameras = preview_cameras(scene, settings.size_px)
    for number_, camera in enumerate(cameras, start=1):
        drawn = picture(scene, camera, occupancy=occupancy)
        write_image(path(f"view_{number_}"), drawn)
        yield OutputStep(index=number_ - 1, total=len(cameras), picture=drawn)


def _write_turntable(
    made: Made, settings: TurntableSettings, path: Path_of
) -> Iterator[OutputStep]:
    options = {
        "frames": settings.frames,
        "size_px": settings.film_px,
        "elevation_deg": settings.elevation_deg,
    }
    if made.source is None:
        frames = turntable_frames(made.edited.content, **options)
    else:
        frames = before_after_frames(made.source.content, made.edited.content, **options)
    drawn: list[Image.Image] = []
    for frame in frames:
        drawn.append(frame)
        yield OutputStep(index=len(drawn) - 1, total=settings.frames + 1, picture=frame)
    result = drawn if made.source is None else [_right_half(frame) for frame in drawn]
    write_film(path("turntable"), iter(result))
    write_film(path("turntable-webp"), iter(result))
    if made.source is not None:
        write_film(path("before-after"), iter(drawn))
    yield OutputStep(index=settings.frames, total=settings.frames + 1)


def _write_depth(made: Made, settings: TurntableSettings, path: Path_of) -> Iterator[OutputStep]:
    frames = turntable_frames(
        made.edited.content,
        frames=settings.frames,
        size_px=settings.film_px,
        elevation_deg=settings.elevation_deg,
        what="depth",
    )
    drawn: list[Image.Image] = []
    for frame in frames:
        drawn.append(frame)
        yield OutputStep(index=len(drawn) - 1, total=settings.frames + 1, picture=frame)
    write_film(path("depth"), iter(drawn))
    yield OutputStep(index=settings.frames, total=settings.frames + 1)


def _write_mesh(made: Made, settings: MeshSettings, path: Path_of) -> Iterator[OutputStep]:
    # trimesh takes as long to import as everything else of a scene together.
    from pds.kinds.nerf.export.mesh import extract_mesh, write_glb, write_ply

    mesh = extract_mesh(
        made.edited.content, resolution=settings.mesh_resolution, faces=settings.faces
    )
    yield OutputStep(index=0, total=2)
    write_ply(path("ply"), mesh)
    write_glb(path("glb"), mesh)
    yield OutputStep(index=1, total=2)


def _write_capture(made: Made, settings: CaptureSettings, path: Path_of) -> Iterator[OutputStep]:
    scene: FittedScene = made.edited.content
    size_px, views = settings.capture_px, settings.capture_views
    write_capture(path("capture"), scene, size_px=size_px, views=views)
    yield OutputStep(index=0, total=1)


def _right_half(frame: Image.Image) -> Image.Image:
    return frame.crop((frame.width // 2, 0, frame.width, frame.height))


def _file(key: str, label: str, tail: str, plain: str) -> OutputFile:
    return OutputFile(key=key, label=label, tail=tail, ending=Path(plain).suffix, plain=plain)


OUTPUTS = (
    Output(
        key="scene",
        label="Scene file",
        quick=True,
        files=(_file("scene", "Scene file", "", "edited.safetensors"),),
        write=_write_scene,
    ),
    recipe_output(),
    source_output(".safetensors"),
    Output(
        key="views",
        label="Make four views",
        files=tuple(
            _file(f"view_{i}", f"View {i}, PNG", f" view {i}", f"view_{i}.png")
            for i in range(1, VIEWS + 1)
        ),
        Settings=ViewSettings,
        write=_write_views,
    ),
    film_output(FILM_PX),
    Output(
        key="turntable",
        label="Make the turntable",
        files=(
            _file("turntable", "Turntable, MP4", " turntable", "turntable.mp4"),
            _file("turntable-webp", "Turntable, WebP", " turntable", "turntable.webp"),
            _file("before-after", "Before and after, MP4", " before and after", "before_after.mp4"),
        ),
        Settings=TurntableSettings,
        write=_write_turntable,
    ),
    Output(
        key="depth",
        label="Make the depth film",
        files=(_file("depth", "Depth, MP4", " depth", "depth.mp4"),),
        Settings=TurntableSettings,
        write=_write_depth,
        whole=False,
    ),
    Output(
        key="mesh",
        label="Make the mesh",
        files=(
            _file("glb", "Mesh, GLB", "", "mesh.glb"),
            _file("ply", "Mesh, PLY", "", "mesh.ply"),
        ),
        Settings=MeshSettings,
        write=_write_mesh,
        note="The mesh is **rougher than the rendering**: hair, glass and soft edges become one "
        "closed surface with one colour a corner. For what you see in the pictures, take the scene "
        "file or the films.",
    ),
    Output(
        key="capture",
        label="Make a capture",
        files=(_file("capture", "Capture, zip", " capture", "capture.zip"),),
        Settings=CaptureSettings,
        write=_write_capture,
        whole=False,
        note="The scene file opens here again. A capture is pictures with their cameras "
        "(`transforms.json`), for nerfstudio, instant-ngp and this page.",
    ),
)
