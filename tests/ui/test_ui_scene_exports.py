import json
import zipfile

import pytest
import trimesh
from PIL import Image

from pds.base.errors import CheckpointError, ExportError
from pds.kinds.nerf.checkpoint import save_scene
from pds.ui.scene_exports import FILES, KINDS, ExportOrder, ExportRun
from tests.doubles.scene_doubles import ball_scene
from tests.doubles.scene_ui_doubles import ball


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    paths = folder / "edited.safetensors", folder / "source.safetensors"
    for path, color in zip(paths, (0.3, 0.8), strict=True):
        path.write_bytes(save_scene(ball(color=color)))
    return paths


def order(scenes, folder, kind: str, *, source: bool = True, **changes) -> ExportOrder:
    return ExportOrder(
        **{
            "kind": kind,
            "name": "ball é",
            "scene": scenes[0],
            "source": scenes[1] if source else None,
            "folder": folder / "out",
            "size_px": 16,
            **changes,
        }
    )


def carry_out(wanted: ExportOrder) -> list:
    return list(ExportRun(wanted).steps())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_writes_its_files_in_steps_and_is_ready_then(scenes, tmp_path, kind):
    wanted = order(scenes, tmp_path, kind)
    assert wanted.ready() == {}
    steps = carry_out(wanted)
    assert [step.index for step in steps] == list(range(steps[0].total))
    assert set(wanted.ready()) == set(FILES[kind])
    assert all(path.stat().st_size > 100 for path in wanted.ready().values())


def test_a_turntable_stands_alone_and_beside_its_source(scenes, tmp_path):
    wanted = order(scenes, tmp_path, "turntable")
    run = ExportRun(wanted)
    next(run.steps())
    assert run.preview().size == (32, 16)
    carry_out(wanted)
    with Image.open(wanted.ready()["turntable-webp"]) as film:
        assert film.size == (16, 16)
        assert film.n_frames > 20


def test_a_scene_without_a_source_has_no_before_and_after(scenes, tmp_path):
    wanted = order(scenes, tmp_path, "turntable", source=False)
    carry_out(wanted)
    assert set(wanted.ready()) == {"turntable", "turntable-webp"}


def test_the_mesh_is_closed_and_coloured(scenes, tmp_path):
    wanted = order(scenes, tmp_path, "mesh")
    carry_out(wanted)
    mesh = trimesh.load(wanted.ready()["glb"], force="mesh")
    assert mesh.is_watertight
    assert mesh.visual.vertex_colors[:, 0].max() > mesh.visual.vertex_colors[:, 2].max()


def test_the_capture_names_its_cameras(scenes, tmp_path):
    wanted = order(scenes, tmp_path, "capture")
    carry_out(wanted)
    with zipfile.ZipFile(wanted.ready()["capture"]) as archive:
        assert len(json.loads(archive.read("transforms.json"))["frames"]) == 4


def test_an_export_that_is_stopped_leaves_no_file(scenes, tmp_path):
    wanted = order(scenes, tmp_path, "turntable")
    steps = ExportRun(wanted).steps()
    next(steps)
    steps.close()
    assert wanted.ready() == {}


def test_films_of_other_sizes_are_other_files(scenes, tmp_path):
    small, large = (order(scenes, tmp_path, "turntable", size_px=px) for px in (16, 32))
    assert not set(small.files().values()) & set(large.files().values())


def test_an_empty_scene_has_no_mesh_and_says_so(tmp_path):
    path = tmp_path / "empty.safetensors"
    path.write_bytes(save_scene(ball_scene(radius=0.0)))
    with pytest.raises(ExportError, match=r"\w+ \w+"):
        carry_out(order((path, path), tmp_path, "mesh"))


def test_a_scene_that_is_gone_is_told(scenes, tmp_path):
    with pytest.raises(CheckpointError, match="cannot be read"):
        carry_out(order(scenes, tmp_path, "mesh", scene=tmp_path / "gone.safetensors"))


def test_an_export_is_shown_by_its_frames(scenes, tmp_path):
    run = ExportRun(order(scenes, tmp_path, "capture"))
    assert [frame.size for frame in run.frames(24)] == [(24, 24)]
    assert run.warnings == ()
    assert run.order.title == "Capture of ball é"
