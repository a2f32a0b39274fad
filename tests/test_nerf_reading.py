"""`transforms.json` in every dialect, and the pictures it names: read right or refused by name."""

import json
import math
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from pds.errors import CaptureError
from pds.nerf.assembling import MAX_SIDE_PX, PosedPicture, assemble
from pds.nerf.capture import Capture
from pds.nerf.paths import MAX_PICTURES
from pds.nerf.poses import rigid
from pds.nerf.reading import open_source
from pds.nerf.strict_json import MAX_BYTES, number, read_object
from pds.nerf.transforms_json import read_transforms
from tests.reading_samples import (
    HEIGHT,
    WIDTH,
    a_similarity,
    arc,
    ellipsoid,
    frame,
    intrinsics,
    moved,
    picture,
    ring,
    wide,
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


def back_in_the_file(capture: Capture) -> torch.Tensor:
    """Poses in the file's coordinates, through `world_from_scene`."""
    return torch.stack(moved(capture.cameras, capture.world_from_scene)).float()


def test_poses_pictures_and_intrinsics_are_those_of_the_file(tmp_path):
    cameras = arc()
    poses = moved(cameras, a_similarity())
    path = write_transforms(
        tmp_path, cameras, poses=poses, k1=0.05, k2=-0.04, k3=0.002, p1=0.001, p2=-0.002
    )
    capture = read_transforms(path)
    assert torch.allclose(back_in_the_file(capture), torch.stack(poses).float(), atol=1e-4)
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
    assert torch.allclose(back_in_the_file(capture)[:, :3], whole, atol=1e-5)


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


def test_transparent_pictures_are_an_object_on_nothing(tmp_path):
    cameras = ring()
    pictures = [ellipsoid(camera) for camera in cameras]
    capture = read_transforms(write_transforms(tmp_path, cameras, pictures=pictures))
    assert capture.bounded
    for image, alpha, drawn in zip(capture.images, capture.alphas, pictures, strict=True):
        assert torch.equal(alpha, torch.from_numpy(np.array(drawn)[..., 3]))
        assert image[0, 0].tolist() == [255, 255, 255]
        assert image[24, 24].tolist() == [200, 30, 20]


def test_half_transparent_pixels_are_laid_on_white_and_keep_their_alpha(tmp_path):
    pictures = [ellipsoid(camera) for camera in ring()]
    pictures[0].putpixel((24, 24), (200, 30, 20, 128))
    capture = read_transforms(write_transforms(tmp_path, ring(), pictures=pictures))
    assert capture.images[0][24, 24].tolist() == pytest.approx([227, 142, 137], abs=1)
    assert int(capture.alphas[0][24, 24]) == 128


def test_an_alpha_channel_that_is_opaque_everywhere_is_no_background(tmp_path):
    pictures = [picture(i).convert("RGBA") for i in range(6)]
    capture = read_transforms(write_transforms(tmp_path, pictures=pictures))
    assert (capture.bounded, capture.alphas, capture.warnings) == (False, None, ())


def test_some_transparent_pictures_among_others_are_named(tmp_path):
    pictures = [
        ellipsoid(wide(c.camera_to_world)) if i < 2 else picture(i) for i, c in enumerate(arc())
    ]
    capture = read_transforms(write_transforms(tmp_path, pictures=pictures))
    assert (capture.bounded, capture.alphas) == (False, None)
    assert capture.warnings[0].startswith("Only 2 of 6 pictures have a transparent background")


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


def test_a_picture_of_the_same_shape_has_its_camera_scaled_with_a_warning(tmp_path):
    pictures = [picture(i, (16, 12) if i == 1 else (WIDTH, HEIGHT)) for i in range(6)]
    capture = read_transforms(write_transforms(tmp_path, pictures=pictures))
    assert capture.warnings == (
        "Pictures of another size than transforms.json says; their cameras are scaled: "
        "images/1.png.",
    )
    want = {"w": 16, "h": 12, "fl_x": 20.0, "fl_y": 20.5, "cx": 8.25, "cy": 5.75}
    assert intrinsics(capture.cameras[1]) == want


def test_a_picture_of_another_shape_is_refused_by_name(tmp_path):
    pictures = [picture(i, (40, 24) if i == 1 else (WIDTH, HEIGHT)) for i in range(6)]
    with pytest.raises(CaptureError, match=r"images/1.png is 40 x 24 px, but .* 32 x 24 px"):
        read_transforms(write_transforms(tmp_path, pictures=pictures))


def oriented(path, orientation: int, size: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture(0, size).save(path, exif=exif)


def test_pictures_are_taken_as_stored_whatever_exif_says_about_turning_them(tmp_path):
    path = write_transforms(tmp_path)
    oriented(tmp_path / "images" / "0.png", 6, (WIDTH, HEIGHT))
    oriented(tmp_path / "images" / "1.png", 3, (WIDTH, HEIGHT))
    capture = read_transforms(path)
    assert np.array_equal(capture.images[0].numpy(), np.array(picture(0)))
    assert np.array_equal(capture.images[1].numpy(), np.array(picture(0)))
    assert capture.warnings == (
        "Pictures with an EXIF note to turn them; taken as stored, as poses go by: "
        "images/0.png, images/1.png.",
    )


def test_a_picture_is_turned_upright_where_only_then_it_has_its_cameras_shape(tmp_path):
    path = write_transforms(tmp_path)
    oriented(tmp_path / "images" / "0.png", 6, (HEIGHT, WIDTH))
    capture = read_transforms(path)
    turned = np.rot90(np.array(picture(0, (HEIGHT, WIDTH))), -1)
    assert np.array_equal(capture.images[0].numpy(), turned)
    assert capture.warnings[0].startswith("Pictures turned upright")


def test_a_turned_picture_of_a_third_shape_is_refused(tmp_path):
    path = write_transforms(tmp_path)
    oriented(tmp_path / "images" / "0.png", 6, (50, 20))
    with pytest.raises(CaptureError, match="another shape"):
        read_transforms(path)


def test_large_pictures_are_read_smaller_with_their_cameras(tmp_path):
    cameras = [camera.resized(4 * 1024, 8) for camera in arc(3)]
    capture = read_transforms(write_transforms(tmp_path, cameras))
    assert capture.images[0].shape == (4, MAX_SIDE_PX, 3)
    assert capture.cameras[0].fl_x == pytest.approx(cameras[0].fl_x / 2)
    assert capture.cameras[0].width == MAX_SIDE_PX


def test_all_pictures_together_stay_within_a_budget(tmp_path):
    cameras = [camera.resized(400, 300) for camera in arc(5)]
    path = write_transforms(tmp_path, cameras)
    pictures = [
        PosedPicture(name=str(i), path=path.parent / "images" / f"{i}.png", camera=camera)
        for i, camera in enumerate(cameras)
    ]
    capture = assemble(pictures, source="list", memory_pixels=100_000)
    assert 60_000 < sum(image.shape[0] * image.shape[1] for image in capture.images) <= 101_000
    assert capture.warnings[0].startswith("To fit into memory, pictures are read at most ")
    assert capture.cameras[0].width == capture.images[0].shape[1]


def test_small_errors_of_a_rotation_are_put_right_and_a_scale_is_dropped():
    true = arc()[0].camera_to_world.double()
    bent = true.clone()
    bent[:, :3] = 2.5 * (true[:, :3] + 1e-3 * torch.tensor([[1, 2, 0], [0, 1, 1], [2, 0, 1]]))
    pose = rigid(bent, of="a.png")
    assert torch.allclose(pose[:, :3] @ pose[:, :3].T, torch.eye(3).double(), atol=1e-12)
    assert torch.allclose(pose, true, atol=5e-3)
    assert torch.equal(pose[:, 3], true[:, 3])


def pose_with(**changes: float) -> torch.Tensor:
    """A good 4 x 4 pose with some entries replaced, named r<row>c<column>."""
    pose = torch.cat([arc()[0].camera_to_world.double(), torch.tensor([[0.0, 0, 0, 1]]).double()])
    for where, value in changes.items():
        pose[int(where[1]), int(where[3])] = value
    return pose


@pytest.mark.parametrize(
    ("pose", "match"),
    [
        (torch.eye(4)[:2], "has 2 rows"),
        (pose_with(r0c1=math.nan), "not finite"),
        (pose_with(r1c3=math.inf), "not finite"),
        (pose_with(r3c3=2.0), "last row"),
        (pose_with(r3c0=0.1), "last row"),
        (pose_with(r0c3=1e10), "farther than"),
        (torch.zeros(3, 4), "singular"),
        (pose_with(r0c0=0, r0c1=0, r0c2=0), "singular"),
        (torch.diag(torch.tensor([1.0, 1.0, 1.2, 1.0])), "shears or stretches"),
        (torch.diag(torch.tensor([1.0, 1.0, -1.0, 1.0])), "mirrors"),
    ],
)
def test_poses_that_are_none_are_refused(pose, match):
    with pytest.raises(CaptureError, match=match):
        rigid(pose, of="a.png")


def test_a_pose_that_is_not_finite_is_refused_by_the_name_of_its_picture(tmp_path):
    poses = [camera.camera_to_world.clone() for camera in arc()]
    for value in (math.nan, math.inf):
        poses[2][1, 1] = value
        with pytest.raises(CaptureError, match=r"matrix of images/2.png is not a finite number"):
            read_transforms(write_transforms(tmp_path, poses=poses))


def test_a_singular_pose_is_refused_by_the_name_of_its_picture(tmp_path):
    poses = [camera.camera_to_world.clone() for camera in arc()]
    poses[3][:, :3] = 0
    with pytest.raises(CaptureError, match=r"images/3.png is singular"):
        read_transforms(write_transforms(tmp_path, poses=poses))


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"frames": []}, "lists no pictures"),
        ({"frames": None}, "lists no pictures"),
        ({"frames": {"a": 1}}, "lists no pictures"),
        ({"frames": [1]}, "Frame 0 has no file_path"),
        ({"frames": [{"file_path": ""}]}, "Frame 0 has no file_path"),
        ({"frames": [{"file_path": 7}]}, "Frame 0 has no file_path"),
        ({"frames": [{}] * (10 * MAX_PICTURES + 1)}, "too many"),
        ({"frames": [frame("../0.png", torch.eye(4))]}, "leads out"),
        ({"frames": [frame("/etc/passwd", torch.eye(4))]}, "absolute path"),
        ({"frames": [frame("a\nb.png", torch.eye(4))]}, "control characters"),
        ({"frames": [{"file_path": "images/0.png"}]}, "no transform_matrix"),
        ({"frames": [{"file_path": "images/0.png", "transform_matrix": [[1, 2]]}]}, "4 rows of 4"),
        ({"fl_x": None, "fl_y": None}, "Nothing is said of the lens of images/0.png"),
        ({"fl_x": "40"}, "fl_x of images/0.png must be a number"),
        ({"fl_x": True}, "fl_x of images/0.png must be a number"),
        ({"cx": [1]}, "cx of images/0.png must be a number"),
        ({"k1": "0"}, "k1 of images/0.png must be a number"),
        ({"w": 31.5}, "whole numbers"),
        ({"w": 0}, "images/0.png: .*sides from 1"),
        ({"h": -24}, "images/0.png: .*sides from 1"),
        ({"fl_x": 0}, "images/0.png: .*above zero"),
        ({"fl_x": None, "fl_y": None, "camera_angle_x": 0}, "between 0 and pi"),
        ({"fl_x": None, "fl_y": None, "camera_angle_x": 3.2}, "between 0 and pi"),
        ({"camera_model": "OPENCV_FISHEYE"}, "'OPENCV_FISHEYE' of images/0.png is not supported"),
        ({"camera_model": ["x"]}, "is not supported"),
        ({"is_fisheye": True}, "described by is_fisheye"),
        ({"k4": 0.1}, "described by k4"),
        ({"k1": -3.0}, "cannot be undone up to the corners"),
        ({"pds": 1}, '"pds" in transforms.json must say'),
        ({"pds": {"bounded": True}}, '"pds" in transforms.json must say'),
        ({"pds": {"bounded": 1, "has_front": True}}, '"pds" in transforms.json must say'),
    ],
)
def test_wrong_entries_are_refused(tmp_path, values, match):
    with pytest.raises(CaptureError, match=match):
        read_transforms(write_transforms(tmp_path, **values))


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "not valid JSON"),
        (b'{"frames": [', "not valid JSON.*It may be incomplete"),
        (b"[]", "must be a JSON object"),
        (b'{"a": 1, "a": 2}', "a key twice"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": ' + b"9" * 401 + b"}", "401 digits"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
        (b" " * (MAX_BYTES + 1), "larger than 20 MB"),
    ],
)
def test_json_is_read_strictly(tmp_path, data, match):
    path = tmp_path / "transforms.json"
    path.write_bytes(data)
    with pytest.raises(CaptureError, match=match):
        read_object(path)


def test_a_file_that_cannot_be_read_is_said_to_be_so(tmp_path):
    with pytest.raises(CaptureError, match="cannot be read"):
        read_object(tmp_path)


def test_json_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_object(path) == {"a": 1}


@pytest.mark.parametrize("value", [math.nan, -math.inf, 10**305, 1e301])
def test_numbers_without_end_are_refused(value):
    with pytest.raises(CaptureError, match="x is not a finite number"):
        number(value, "x")


def test_a_capture_without_any_picture_is_refused(tmp_path):
    path = write_transforms(tmp_path)
    for each in (tmp_path / "images").iterdir():
        each.unlink()
    with pytest.raises(CaptureError, match=r"None of the pictures .* is there \(images/0.png, "):
        read_transforms(path)
    with pytest.raises(CaptureError, match=r"None of the pictures that list lists is there\."):
        assemble([], source="list")


def test_too_many_pictures_are_refused(tmp_path):
    one = PosedPicture(name="a", path=tmp_path / "a.png", camera=arc()[0])
    with pytest.raises(CaptureError, match="at most 2000"):
        assemble([one] * (MAX_PICTURES + 1), source="list")


def test_a_file_that_is_no_picture_is_refused_by_name(tmp_path):
    path = write_transforms(tmp_path)
    (tmp_path / "images" / "2.png").write_bytes(b"hello")
    with pytest.raises(CaptureError, match=r"images/2.png: This is not a picture"):
        read_transforms(path)
    for with_size in ({"w": None}, {"h": None}):
        broken = write_transforms(tmp_path, **with_size)
        (tmp_path / "images" / "0.png").write_bytes(b"hello")
        with pytest.raises(CaptureError, match=r"images/0.png: .* not a picture"):
            read_transforms(broken)


def test_a_damaged_picture_is_refused_by_name(tmp_path):
    path = write_transforms(tmp_path)
    target = tmp_path / "images" / "2.png"
    target.write_bytes(target.read_bytes()[:-200])
    with pytest.raises(CaptureError, match=r"images/2.png: The picture is damaged"):
        read_transforms(path)


def test_a_picture_with_too_many_pixels_is_refused_by_its_header(tmp_path):
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    path = write_transforms(tmp_path)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 9000, 9000, 8, 2, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    (tmp_path / "images" / "2.png").write_bytes(data)
    with pytest.raises(CaptureError, match=r"images/2.png: .*too many pixels"):
        read_transforms(path)


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
