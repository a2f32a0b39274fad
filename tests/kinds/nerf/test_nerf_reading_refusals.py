"""Broken `transforms.json`, poses and pictures: refused in words, by name."""

import math
import struct
import zlib

import pytest
import torch

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.assembling import PosedPicture, assemble
from pds.kinds.nerf.capture.paths import MAX_PICTURES
from pds.kinds.nerf.capture.poses import number, rigid
from pds.kinds.nerf.capture.transforms_json import MAX_BYTES, read_transforms
from tests.doubles.reading_samples import (
    arc,
    frame,
    write_transforms,
)

OWN = {"bounded": True, "has_front": True}


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
        read_transforms(path)


def test_a_file_that_cannot_be_read_is_said_to_be_so(tmp_path):
    with pytest.raises(CaptureError, match="cannot be read"):
        read_transforms(tmp_path)


def test_json_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'\xef\xbb\xbf{"frames": []}')
    with pytest.raises(CaptureError, match='"frames" is missing or empty'):
        read_transforms(path)


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
