"""`transforms.json` in every dialect, and the pictures it names: read right or refused by name."""

import json
import math

import numpy as np
import pytest
import torch

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.reading import open_source
from pds.kinds.nerf.capture.transforms_json import read_transforms
from tests.doubles.reading_samples import (
    HEIGHT,
    WIDTH,
    a_similarity,
    arc,
    back_in_the_file,
    ellipsoid,
    frame,
    intrinsics,
    moved,
    picture,
    ring,
    write_transforms,
    zip_of,
)

OWN = {"bounded": True, "has_front": True}


def rewritten(path, change) -> None:
    """Changes the JSON in a file by a function."""
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def poses_of(capture: Capture) -> torch.Tensor:
    return torch.stack([camera.camera_to_world for camera in capture.cameras])


def test_poses_pictures_and_intrinsics_are_those_of_the_file(tmp_path):
    cameras = arc()
    poses = moved(cameras, a_similarity())
    path = write_transforms(
        tmp_path, cameras, poses=poses, k1=0.05, k2=-0.04, k3=0.002, p1=0.001, p2=-0.002
    )
    capture = read_transforms(path)
    assert torch.allclose(back_in_the_file(capture), torch.stack(poses)[:, :3].float(), atol=1e-4)
    assert capture.names == tuple(f"images/{i}.png" for i in range(6))
    assert capture.warnings == ()
    assert (capture.bounded, capture.has_front, capture.alphas) == (False, False, None)
    for i, (camera, image) in enumerate(zip(capture.cameras, capture.images, strict=True)):
        assert intrinsics(camera) == intrinsics(cameras[0])
        assert camera.distortion == (0.05, -0.04, 0.001, -0.002, 0.002)
        assert image.dtype == torch.uint8
        assert np.array_equal(image.numpy(), np.array(picture(i)))
    assert len(capture) == 6


def test_each_frame_may_have_its_own_lens_and_size(tmp_path):
    small = {"w": 16, "h": 12, "fl_x": 30.0, "fl_y": 31.0, "cx": 8.5, "cy": 6.5, "k1": 0.1}
    pictures = [picture(i, (16, 12) if i == 2 else (WIDTH, HEIGHT)) for i in range(6)]
    path = write_transforms(tmp_path, pictures=pictures)
    rewritten(path, lambda values: values["frames"][2].update(small))
    capture = read_transforms(path)
    other = capture.cameras[2]
    assert intrinsics(other) == {key: small[key] for key in intrinsics(other)}
    assert other.distortion == (0.1, 0.0, 0.0, 0.0)
    assert capture.images[2].shape == (12, 16, 3)
    assert intrinsics(capture.cameras[3])["fl_x"] == 40.0
    assert capture.cameras[3].distortion == ()


def test_an_objects_pictures_may_differ_in_size(tmp_path):
    cameras = [c.resized(24, 24) if i % 2 else c for i, c in enumerate(ring())]
    pictures = [ellipsoid(camera) for camera in cameras]
    path = write_transforms(tmp_path, cameras, pictures=pictures)
    lenses = [intrinsics(camera) for camera in cameras]
    rewritten(path, lambda values: [f.update(v) for f, v in zip(values["frames"], lenses)])
    capture = read_transforms(path)
    assert [alpha.shape[0] for alpha in capture.alphas] == [48, 24] * 4
    assert capture.cameras[1].fl_x == cameras[1].fl_x


def test_a_frames_own_angle_counts_before_the_files_focal_length(tmp_path):
    path = write_transforms(tmp_path)
    rewritten(path, lambda values: values["frames"][0].update(camera_angle_x=math.pi / 2))
    capture = read_transforms(path)
    assert capture.cameras[0].fl_x == pytest.approx(WIDTH / 2)
    assert capture.cameras[1].fl_x == 40.0


def test_an_angle_alone_is_a_lens(tmp_path):
    """As Blender's synthetic scenes have it: no size, no ending, one angle for both axes."""
    cameras = ring()
    pictures = [ellipsoid(camera) for camera in cameras]
    path = write_transforms(tmp_path, cameras, pictures=pictures, name="transforms_train.json")

    def as_blender(values):
        for key in intrinsics(cameras[0]):
            del values[key]
        values["camera_angle_x"] = math.radians(40)
        for each in values["frames"]:
            each["file_path"] = "./" + each["file_path"].removesuffix(".png")

    rewritten(path, as_blender)
    (tmp_path / "transforms_test.json").write_text("{}")
    capture = open_source(tmp_path, work=tmp_path / "work")
    for camera in capture.cameras:
        assert camera.fl_x == camera.fl_y == pytest.approx(cameras[0].fl_x)
        assert (camera.cx, camera.cy, camera.width) == (24, 24, 48)
    assert capture.bounded


def test_both_angles_give_both_focal_lengths(tmp_path):
    path = write_transforms(tmp_path, fl_x=None, fl_y=None, camera_angle_x=1.0, camera_angle_y=0.5)
    camera = read_transforms(path).cameras[0]
    assert camera.fl_x == pytest.approx(WIDTH / 2 / math.tan(0.5))
    assert camera.fl_y == pytest.approx(HEIGHT / 2 / math.tan(0.25))


def test_one_focal_length_holds_for_both_axes_and_the_centre_is_the_middle(tmp_path):
    for missing, value in (("fl_x", 41.0), ("fl_y", 40.0)):
        path = write_transforms(tmp_path, **{missing: None, "cx": None, "cy": None})
        camera = read_transforms(path).cameras[0]
        assert (camera.fl_x, camera.fl_y) == (value, value)
        assert (camera.cx, camera.cy) == (WIDTH / 2, HEIGHT / 2)


def test_missing_pictures_are_left_out_with_one_warning_that_names_them(tmp_path):
    path = write_transforms(tmp_path, arc(9))
    for i in (1, 3, 4, 8):
        (tmp_path / "images" / f"{i}.png").unlink()
    capture = read_transforms(path)
    assert capture.names == tuple(f"images/{i}.png" for i in (0, 2, 5, 6, 7))
    assert capture.warnings == (
        "4 pictures listed in transforms.json are not there and are left out: "
        "images/1.png, images/3.png, images/4.png and 1 more.",
    )
    whole = torch.stack([camera.camera_to_world for camera in arc(9)])[[0, 2, 5, 6, 7]]
    assert torch.allclose(back_in_the_file(capture), whole, atol=1e-5)


def test_one_missing_picture_is_said_in_the_singular(tmp_path):
    path = write_transforms(tmp_path)
    (tmp_path / "images" / "1.png").unlink()
    assert (
        read_transforms(path).warnings[0].startswith("1 picture listed in transforms.json is not")
    )


def test_masks_and_repeated_entries_are_named(tmp_path):
    path = write_transforms(tmp_path)
    rewritten(path, lambda values: values["frames"].append(values["frames"][0]))
    rewritten(path, lambda values: values["frames"][1].update(mask_path="masks/1.png"))
    assert read_transforms(path).warnings == (
        "Masks are not used (1 are listed).",
        "Listed twice, the first entry counts: images/0.png.",
    )


def test_this_projects_own_files_keep_their_coordinates_bit_for_bit(tmp_path):
    cameras = ring(distance=2.5)
    pictures = [ellipsoid(camera) for camera in cameras]
    capture = read_transforms(write_transforms(tmp_path, cameras, pictures=pictures, pds=OWN))
    assert torch.equal(poses_of(capture), torch.stack([c.camera_to_world for c in cameras]))
    assert poses_of(capture).dtype == torch.float32
    assert torch.equal(capture.world_from_scene, torch.eye(4))
    assert (capture.bounded, capture.has_front) == (True, True)
    assert len(capture.alphas) == len(cameras)


def test_an_own_file_says_itself_whether_it_is_bounded(tmp_path):
    cameras = ring()
    opaque = write_transforms(tmp_path / "a", cameras, pds=OWN)
    assert read_transforms(opaque).bounded
    assert read_transforms(opaque).alphas is None
    pictures = [ellipsoid(camera) for camera in cameras]
    block = {"bounded": False, "has_front": False}
    clear = write_transforms(tmp_path / "b", cameras, pictures=pictures, pds=block)
    assert read_transforms(clear).alphas is None
    assert not read_transforms(clear).bounded


def test_an_opaque_picture_among_an_objects_is_opaque(tmp_path):
    pictures = [picture(0, (48, 48)), *(ellipsoid(camera) for camera in ring()[1:])]
    capture = read_transforms(write_transforms(tmp_path, ring(), pictures=pictures, pds=OWN))
    assert int(capture.alphas[0].min()) == 255
    assert int(capture.alphas[1].min()) == 0


def test_a_zip_gives_what_its_folder_gives_and_leaves_nothing(tmp_path):
    folder, work = tmp_path / "fox", tmp_path / "work"
    write_transforms(folder)
    path = zip_of(folder, tmp_path / "fox.zip", inside="deep/fox/")
    unpacked, zipped = open_source(folder, work=work), open_source(path, work=work)
    assert torch.equal(poses_of(unpacked), poses_of(zipped))
    assert zipped.names == unpacked.names
    assert list(work.iterdir()) == []
    assert torch.equal(
        poses_of(open_source(folder / "transforms.json", work=work)), poses_of(zipped)
    )


def test_a_zip_with_a_bad_capture_leaves_nothing(tmp_path):
    write_transforms(tmp_path / "fox", frames=[])
    path = zip_of(tmp_path / "fox", tmp_path / "fox.zip")
    with pytest.raises(CaptureError, match="lists no pictures"):
        open_source(path, work=tmp_path / "work")
    assert list((tmp_path / "work").iterdir()) == []


def test_a_zip_cannot_name_pictures_outside_of_it(tmp_path):
    secret = tmp_path / "work" / "secret.png"
    secret.parent.mkdir()
    picture(0).save(secret)
    for name in ("../secret.png", str(secret)):
        write_transforms(tmp_path / "fox", frames=[frame(name, arc()[0].camera_to_world)])
        path = zip_of(tmp_path / "fox", tmp_path / "fox.zip")
        with pytest.raises(CaptureError, match=r"leads out|absolute path"):
            open_source(path, work=tmp_path / "work")


def test_a_capture_checks_that_its_parts_fit_together():
    camera = arc()[0]
    image = torch.zeros(HEIGHT, WIDTH, 3, dtype=torch.uint8)
    whole = {
        "cameras": (camera,),
        "images": (image,),
        "alphas": None,
        "names": ("a",),
        "bounded": False,
        "has_front": False,
        "world_from_scene": torch.eye(4),
    }
    assert len(Capture(**whole)) == 1
    for broken in ({"cameras": ()}, {"names": ("a", "b")}, {"alphas": ()}):
        with pytest.raises(CaptureError, match="at least one picture"):
            Capture(**{**whole, **broken})
    with pytest.raises(CaptureError, match="a is 24 x 32 px, but its camera says 32 x 24"):
        Capture(**{**whole, "images": (image.permute(1, 0, 2).contiguous(),)})
