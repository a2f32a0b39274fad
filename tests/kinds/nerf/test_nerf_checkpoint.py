"""Saved scenes: what goes in comes out, and nothing broken gets in."""

import json
from dataclasses import replace

import pytest
import safetensors.torch
import torch

from pds.base.errors import CaptureError, CheckpointError
from pds.kinds.nerf.cameras import orbit
from pds.kinds.nerf.checkpoint import CHECKPOINT_VERSION, KEY, load_scene, save_scene
from pds.kinds.nerf.fields.building import build_field
from pds.kinds.nerf.fitted_scene import FittedScene
from pds.kinds.nerf.render.rendering import render
from tests.doubles.nerf_samples import soft_ball

SIZE_PX = 12


def a_camera(azimuth_deg: float = 10.0):
    seen = orbit(azimuth_deg, 20, distance=4.0, fov_deg=40.0, size_px=SIZE_PX)
    return replace(seen, distortion=(0.1, -0.02, 0.001, 0.0))


def a_scene(**changes) -> FittedScene:
    facts = {
        "field": soft_ball(12),
        "cameras": (a_camera(), a_camera(50)),
        "names": ("a.png", "é b.png"),
        "bounded": True,
        "has_front": True,
        "symmetric": True,
        "world_from_scene": torch.diag(torch.tensor([2.0, 2.0, 2.0, 1.0])),
        "name": "Ball — 球",
        "prompt": "a ball",
        "credit": "me, CC0",
        "history": ("Fitted.", "Edited."),
        "psnr": 31.5,
    }
    return FittedScene(**(facts | changes))


def real_scene() -> FittedScene:
    planes = {"resolution": 8, "density_channels": 2, "color_channels": 3}
    chance = torch.Generator().manual_seed(0)
    smooth = torch.rand(2, 3, 3, 3, generator=chance)
    smooth = torch.nn.functional.interpolate(smooth, size=(SIZE_PX, SIZE_PX), mode="bilinear")
    images = tuple((image.permute(1, 2, 0) * 255).byte().contiguous() for image in smooth)
    return a_scene(field=build_field("planes", planes), bounded=False, images=images)


def changed(data: bytes, **changes) -> bytes:
    """The same file with other facts in its header."""
    length = int.from_bytes(data[:8], "little")
    facts = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][KEY])
    return safetensors.torch.save(safetensors.torch.load(data), {KEY: json.dumps(facts | changes)})


def with_tensors(data: bytes, **changes) -> bytes:
    """The same file with other tensors; None leaves one out."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])["__metadata__"]
    tensors = safetensors.torch.load(data) | {n.replace("__", "."): t for n, t in changes.items()}
    return safetensors.torch.save({n: t for n, t in tensors.items() if t is not None}, header)


def test_what_is_saved_is_what_is_loaded():
    scene = a_scene()
    again = load_scene(save_scene(scene))
    for name in ("names", "bounded", "has_front", "symmetric", "name", "prompt", "credit"):
        assert getattr(again, name) == getattr(scene, name)
    assert again.history == scene.history
    assert again.psnr == scene.psnr
    assert again.images is None
    assert torch.equal(again.world_from_scene, scene.world_from_scene)
    for one, other in zip(scene.cameras, again.cameras):
        assert torch.equal(one.camera_to_world, other.camera_to_world)
        for name in ("width", "height", "fl_x", "fl_y", "cx", "cy", "distortion"):
            assert getattr(one, name) == getattr(other, name)
    with torch.no_grad():
        drawn = [render(each.field, each.cameras[0]).image for each in (scene, again)]
    assert torch.allclose(*drawn, atol=5e-3)  # half precision
    assert all(p.requires_grad and p.dtype == torch.float32 for p in again.field.parameters())


def test_a_real_scene_keeps_its_pictures():
    scene = real_scene()
    again = load_scene(save_scene(scene))
    assert again.field.settings() == scene.field.settings()
    for one, other in zip(scene.images, again.images):
        assert float((one.float() - other.float()).abs().mean()) < 4  # JPEG


def test_equal_scenes_give_equal_bytes_and_loading_changes_nothing():
    data = save_scene(a_scene())
    assert save_scene(a_scene()) == data
    assert save_scene(load_scene(data)) == data


def test_how_far_its_fit_was_is_saved_with_a_scene():
    again = load_scene(save_scene(a_scene(steps_done=7, steps_planned=20)))
    assert (again.steps_done, again.steps_planned) == (7, 20)


def test_a_scene_of_before_fits_were_noted_still_opens_and_is_written_as_it_was():
    data = save_scene(a_scene())
    length = int.from_bytes(data[:8], "little")
    facts = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][KEY])
    assert "fit" not in facts
    assert facts["version"] == 1
    assert (load_scene(data).steps_done, load_scene(data).steps_planned) == (0, 0)


def test_a_scene_of_the_usual_size_stays_below_three_megabytes():
    assert len(save_scene(a_scene(field=build_field("grid", {"resolution": 64})))) < 3e6


def test_a_scene_is_read_from_a_path_too(tmp_path):
    path = tmp_path / "ball.safetensors"
    path.write_bytes(save_scene(a_scene()))
    assert load_scene(path).name == "Ball — 球"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"gone\.safetensors cannot be read"):
        load_scene(tmp_path / "gone.safetensors")


def test_an_enormous_file_is_refused_unread(tmp_path):
    path = tmp_path / "large.safetensors"
    with path.open("wb") as out:
        out.truncate(2**30 + 1)  # sparse: takes no space
    with pytest.raises(CheckpointError, match=r"large\.safetensors is larger than 1073"):
        load_scene(path)


@pytest.mark.parametrize("kept", [0, 5, 9, 10, 100, 2000, -1, -100])
def test_a_truncated_file_is_refused(kept):
    with pytest.raises(CheckpointError):
        load_scene(save_scene(a_scene())[:kept])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a checkpoint at all, but some text",
        bytes(range(256)) * 10,
        b"\x89PNG\r\n\x1a\n" + bytes(500),
        (20).to_bytes(8, "little") + b"{" * 20,
        (4).to_bytes(8, "little") + b"{}  ",
        safetensors.torch.save({"a": torch.zeros(3)}),
        safetensors.torch.save({"a": torch.zeros(3)}, {"format": "pt"}),
        safetensors.torch.save({"a": torch.zeros(3)}, {KEY: "no json"}),
        safetensors.torch.save({"a": torch.zeros(3)}, {KEY: "[1, 2]"}),
        safetensors.torch.save({"a": torch.zeros(3)}, {KEY: "[" * 100_000}),
    ],
    ids=range(11),
)
def test_what_is_no_saved_scene_is_refused(data):
    with pytest.raises(CheckpointError, match="not a scene saved by this program"):
        load_scene(data)


def test_a_newer_version_says_to_update():
    with pytest.raises(CheckpointError, match=r"newer version.*update"):
        load_scene(changed(save_scene(a_scene()), version=CHECKPOINT_VERSION + 1))


@pytest.mark.parametrize(
    "facts",
    [
        {"version": "1"},
        {"version": 0},
        {"version": None},
        {"cameras": None},
        {"cameras": [1, 2]},
        {"cameras": [{}, {}]},
        {"names": 3},
        {"world_from_scene": [[1.0]]},
        {"world_from_scene": [[float("nan")] * 4] * 4},
        {"world_from_scene": "x"},
        {"settings": {"resolution": 13}},
        {"settings": None},
        {"kind": "planes"},
        {"kind": ["grid"]},
        {"bounded": False},
        {"history": 5},
        {"psnr": "good"},
        {"fit": 3},
        {"fit": {"steps_done": "all"}},
        {"fit": {"steps_done": True, "steps_planned": 2}},
        {"fit": {"steps_done": -1}},
        {"fit": {"steps_done": 1, "steps_planned": 10**9}},
    ],
    ids=str,
)
def test_facts_that_cannot_be_are_refused(facts):
    with pytest.raises(CheckpointError, match="damaged or incomplete"):
        load_scene(changed(save_scene(a_scene()), **facts))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"kind": "octree"}, "Unknown field"),
        ({"settings": {"resolution": 10**9}}, "resolution must be"),
        ({"settings": {"size": 5}}, "no setting 'size'"),
        ({"names": ["one"]}, "at least one camera, and a name for each"),
        ({"cameras": []}, "1 to 10000 cameras"),
        ({"fit": {"steps_done": 9, "steps_planned": 8}}, "more steps behind it"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_named(facts, words):
    with pytest.raises(CheckpointError, match=words):
        load_scene(changed(save_scene(a_scene()), **facts))


@pytest.mark.parametrize(
    "change",
    [
        {"size": [0, 12]},
        {"size": [10**6, 12]},
        {"focal": [float("nan"), 1.0]},
        {"focal": [-1.0, 1.0]},
        {"camera_to_world": [[float("inf")] * 4] * 3},
        {"camera_to_world": [[0.0] * 4] * 3},
        {"camera_to_world": [[1.0, 0.0], [0.0, 1.0]]},
        {"camera_to_world": "x"},
        {"size": [float("inf"), 12]},
    ],
    ids=str,
)
def test_cameras_that_cannot_be_are_refused(change):
    data = save_scene(a_scene())
    length = int.from_bytes(data[:8], "little")
    facts = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][KEY])
    facts["cameras"][1] |= change
    with pytest.raises(CheckpointError, match="saved scene"):
        load_scene(changed(data, cameras=facts["cameras"]))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_values_that_are_not_finite_are_refused(value):
    raw = torch.zeros(12, 12, 12, dtype=torch.float16)
    raw[3, 4, 5] = value
    with pytest.raises(CheckpointError, match="not finite"):
        load_scene(with_tensors(save_scene(a_scene()), field__density_raw=raw))


@pytest.mark.parametrize("wrong", [None, torch.zeros(12, 12, dtype=torch.float16), torch.zeros(1)])
def test_tensors_of_the_wrong_shape_are_refused(wrong):
    with pytest.raises(CheckpointError, match="damaged"):
        load_scene(with_tensors(save_scene(a_scene()), field__density_raw=wrong))


def test_values_out_of_their_range_are_brought_back():
    raw = torch.full((12, 12, 12), 6e4, dtype=torch.float16)
    scene = load_scene(with_tensors(save_scene(a_scene()), field__density_raw=raw))
    assert float(scene.field.density_raw.detach().max()) < 10


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        torch.zeros(10, dtype=torch.uint8),
        torch.zeros(10),
        torch.frombuffer(bytearray(b"\xff\xd8\xff\xe0" + bytes(50)), dtype=torch.uint8),
    ],
    ids=["missing", "zeros", "floats", "stub"],
)
def test_broken_pictures_are_refused(wrong):
    with pytest.raises(CheckpointError, match="damaged"):
        load_scene(with_tensors(save_scene(real_scene()), image__00001=wrong))


def test_a_picture_of_another_size_than_its_camera_is_refused():
    small = real_scene()
    large = replace(
        small,
        cameras=tuple(camera.resized(16, 16) for camera in small.cameras),
        images=tuple(torch.zeros(16, 16, 3, dtype=torch.uint8) for _ in small.images),
    )
    image = safetensors.torch.load(save_scene(large))["image.00000"]
    with pytest.raises(CheckpointError, match="damaged"):
        load_scene(with_tensors(save_scene(small), image__00000=image))


@pytest.mark.parametrize(
    "changes",
    [
        {"cameras": ()},
        {"names": ("one",)},
        {"images": (torch.zeros(SIZE_PX, SIZE_PX, 3, dtype=torch.uint8),)},
        {"images": (torch.zeros(4, 5, 3, dtype=torch.uint8),) * 2},
    ],
    ids=["no camera", "one name", "one picture", "wrong size"],
)
def test_a_scene_whose_parts_do_not_fit_together_is_refused(changes):
    with pytest.raises(CaptureError):
        a_scene(**changes)
