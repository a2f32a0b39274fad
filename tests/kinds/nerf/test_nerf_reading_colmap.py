"""COLMAP models, text and binary: read as COLMAP means them, or refused."""

import shutil
import struct
from dataclasses import replace

import numpy as np
import pytest
import torch

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.colmap_files import _damage, read_model
from pds.kinds.nerf.capture.colmap_reading import world_to_camera_inverse
from pds.kinds.nerf.capture.reading import open_source
from pds.kinds.nerf.capture.silhouettes import project
from tests.doubles.reading_samples import (
    HEIGHT,
    LENSES,
    NAMES,
    WIDTH,
    arc,
    back_in_the_file,
    colmap_folder,
    picture,
    ring,
    world_to_camera,
    write_colmap_binary,
    write_colmap_text,
    write_pictures,
    zip_of,
)

WRITERS = {"text": write_colmap_text, "binary": write_colmap_binary}


@pytest.fixture(params=WRITERS)
def write_colmap(request):
    return WRITERS[request.param]


def test_a_colmap_model_gives_its_poses_pictures_and_lens(tmp_path, write_colmap):
    capture = open_source(colmap_folder(tmp_path, write_colmap), work=tmp_path / "work")
    assert capture.names == ("img1.png", "img 2.png", "sub/img3.png", "sub/img10.png")
    order = [NAMES.index(name) for name in capture.names]
    want = torch.stack([arc(4)[i].camera_to_world for i in order])
    assert torch.allclose(back_in_the_file(capture), want, atol=1e-5)
    for i, image, camera in zip(order, capture.images, capture.cameras, strict=True):
        assert np.array_equal(image.numpy(), np.array(picture(i)))
        lens = (camera.fl_x, camera.fl_y, camera.cx, camera.cy, camera.distortion)
        assert lens == (40, 41, 16.5, 11.5, ())
    assert capture.warnings == ()


@pytest.mark.parametrize(
    ("lens", "focal", "distortion"),
    [
        ("SIMPLE_PINHOLE", (40, 40), ()),
        ("SIMPLE_RADIAL", (40, 40), (0.05, 0, 0, 0)),
        ("RADIAL", (40, 40), (0.05, -0.02, 0, 0)),
        ("OPENCV", (40, 41), (0.05, -0.02, 0.001, 0.002)),
    ],
)
def test_the_common_lens_models_are_read(tmp_path, write_colmap, lens, focal, distortion):
    folder = colmap_folder(tmp_path, write_colmap, lens=lens)
    for camera in open_source(folder, work=tmp_path / "work").cameras:
        assert (camera.fl_x, camera.fl_y, camera.cx, camera.cy) == (*focal, 16.5, 11.5)
        assert camera.distortion == distortion


def test_points_are_read_from_both_forms(tmp_path):
    for name, write in WRITERS.items():
        write(tmp_path / name, arc(4), NAMES)
        assert read_model(tmp_path / name).points.tolist() == [[0.1, 0.2, 0.3]]
        for path in (tmp_path / name).glob("points3D.*"):
            path.unlink()
        assert read_model(tmp_path / name).points.shape == (0, 3)


def test_models_and_projections_are_those_of_colmap_itself(tmp_path):
    """Written by pycolmap; its own projection of points must land on the same pixels."""
    import pycolmap

    model, numbers = pycolmap.Reconstruction(), np.random.default_rng(0)
    for i, (lens, (_, values)) in enumerate(LENSES.items()):
        model.add_camera_with_trivial_rig(
            pycolmap.Camera(model=lens, width=WIDTH, height=HEIGHT, params=values, camera_id=i + 1)
        )
    poses = {}
    for i in range(10):
        turn = pycolmap.Rotation3d(numbers.normal(size=4))
        turn.normalize()
        pose = pycolmap.Rigid3d(turn, numbers.normal(size=3))
        image = pycolmap.Image(name=f"{i}.png", camera_id=i % 5 + 1, image_id=i + 1)
        spots = [pycolmap.Point2D(numbers.uniform(0, 20, 2)) for _ in range(i % 3)]
        image.points2D = pycolmap.Point2DList(spots)
        model.add_image_with_trivial_frame(image, pose)
        poses[image.name] = (pose, model.cameras[image.camera_id])
    for ending, write in (("bin", model.write_binary), ("txt", model.write_text)):
        folder = tmp_path / ending
        (folder / "sparse").mkdir(parents=True)
        write(str(folder / "sparse"))
        write_pictures(folder / "images", list(poses))
        capture = open_source(folder, work=tmp_path / "work")
        scene_from_world = torch.linalg.inv(capture.world_from_scene.double())
        for name, camera in zip(capture.names, capture.cameras, strict=True):
            pose, lens = poses[name]
            seen = np.array([[0.1, -0.2, 1.0], [-0.3, 0.1, 1.0], [0.0, 0.5, 2.0]])
            world = torch.tensor(np.array([pose.inverse() * point for point in seen]))
            scene = world @ scene_from_world[:3, :3].T + scene_from_world[:3, 3]
            want = np.array([lens.img_from_cam(point) for point in seen]).reshape(-1, 2)
            pixels, in_front = project(camera, scene)
            assert bool(in_front.all())
            assert pixels.numpy() == pytest.approx(want, abs=1e-3)


@pytest.mark.parametrize("lens", ["OPENCV_FISHEYE", "FULL_OPENCV", "FOV"])
def test_other_lens_models_are_refused_by_name(tmp_path, lens):
    write_colmap_text(tmp_path / "text", arc(4), NAMES)
    cameras = tmp_path / "text" / "cameras.txt"
    cameras.write_text(cameras.read_text().replace("PINHOLE", lens))
    write_colmap_binary(tmp_path / "binary", arc(4), NAMES)
    number = {"OPENCV_FISHEYE": 5, "FULL_OPENCV": 6, "FOV": 7}[lens]
    data = bytearray((tmp_path / "binary" / "cameras.bin").read_bytes())
    data[12:16] = struct.pack("<i", number)
    (tmp_path / "binary" / "cameras.bin").write_bytes(data)
    for name in WRITERS:
        with pytest.raises(CaptureError, match=f"'{lens}' is not supported"):
            read_model(tmp_path / name)


def test_a_lens_model_of_a_version_to_come_is_refused_by_number(tmp_path):
    write_colmap_binary(tmp_path, arc(4), NAMES)
    data = bytearray((tmp_path / "cameras.bin").read_bytes())
    data[12:16] = struct.pack("<i", 99)
    (tmp_path / "cameras.bin").write_bytes(data)
    with pytest.raises(CaptureError, match="'number 99' is not supported"):
        read_model(tmp_path)


@pytest.mark.parametrize("name", ["cameras", "images", "points3D"])
@pytest.mark.parametrize("kept", [0.05, 0.5, 0.95])
def test_truncated_binary_files_are_refused(tmp_path, name, kept):
    write_colmap_binary(tmp_path, arc(4), NAMES)
    path = tmp_path / f"{name}.bin"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    with pytest.raises(CaptureError, match=f"{name}.bin is damaged or incomplete"):
        read_model(tmp_path)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("images.bin", struct.pack("<Q", 2**60)),
        ("images.bin", struct.pack("<QI7dI", 1, 1, *(0.0,) * 7, 7) + b"x" * 2000 + bytes(9)),
        ("images.bin", struct.pack("<QI7dI", 1, 1, *(0.0,) * 7, 7) + b"\xff\xff\0" + bytes(8)),
        ("points3D.bin", struct.pack("<QQ3d3BdQ", 1, 5, 0, 0, 0, 0, 0, 0, 0, 2**50) + bytes(60)),
        ("cameras.txt", b"7 PINHOLE 32 24 40 41 16.5\n"),
        ("cameras.txt", b"7 PINHOLE 32\n"),
        ("cameras.txt", b"7 PINHOLE 32 24 40 41 16.5 x\n"),
        ("cameras.txt", b"\xff\xfe\n"),
        ("images.txt", b"1 1 0 0 0 0 0 0 7\n"),
        ("images.txt", b"1 1 0 0 0 0 0 0 7 a.png\n2 1 0 0 0 0 0 0 7 b.png\n"),
        ("images.txt", b"1 1 0 0 0 0 0 0 7 a.png\n2 1 0 0 0 0 0 0 7 b c d.png\n"),
        ("points3D.txt", b"1 2 3\n"),
    ],
)
def test_damaged_model_files_are_refused(tmp_path, name, data):
    (write_colmap_text if name.endswith("txt") else write_colmap_binary)(tmp_path, arc(4), NAMES)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CaptureError, match=f"{name} is damaged or incomplete"):
        read_model(tmp_path)


def test_a_model_file_that_cannot_be_read_is_said_to_be_so(tmp_path):
    with (
        pytest.raises(CaptureError, match=r"cameras.bin cannot be read"),
        _damage(tmp_path / "cameras.bin"),
    ):
        (tmp_path / "cameras.bin").read_bytes()


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(CaptureError, match="no COLMAP model"):
        read_model(tmp_path)


def test_binary_files_come_before_text(tmp_path):
    write_colmap_binary(tmp_path, arc(4), NAMES)
    write_colmap_text(tmp_path, arc(2), NAMES[:2])
    assert len(read_model(tmp_path).images) == 4


def test_a_model_that_placed_nothing_is_refused(tmp_path, write_colmap):
    write_colmap(tmp_path, [], [])
    with pytest.raises(CaptureError, match="placed no pictures"):
        open_source(tmp_path, work=tmp_path / "work")


def test_a_picture_of_an_unlisted_camera_is_refused(tmp_path):
    folder = colmap_folder(tmp_path, write_colmap_text)
    images = folder / "sparse/0/images.txt"
    images.write_text(images.read_text().replace(" 7 img1", " 8 img1"))
    with pytest.raises(CaptureError, match=r"img1.png was taken by camera 8, which .* not list"):
        open_source(folder, work=tmp_path / "work")


def test_a_lens_that_cannot_be_is_refused_by_the_name_of_the_picture(tmp_path):
    folder = colmap_folder(tmp_path, write_colmap_text)
    cameras = folder / "sparse/0/cameras.txt"
    cameras.write_text(cameras.read_text().replace("40.0", "nan"))
    with pytest.raises(CaptureError, match=r"img1.png: .*not finite"):
        open_source(folder, work=tmp_path / "work")


def test_names_in_a_model_cannot_lead_out(tmp_path):
    folder = colmap_folder(tmp_path, write_colmap_text)
    images = folder / "sparse/0/images.txt"
    images.write_text(images.read_text().replace("img1.png", "../../img1.png"))
    with pytest.raises(CaptureError, match="leads out"):
        open_source(folder, work=tmp_path / "work")


def test_pictures_missing_from_a_model_are_named(tmp_path, write_colmap):
    folder = colmap_folder(tmp_path, write_colmap)
    (folder / "images" / "sub/img3.png").unlink()
    capture = open_source(folder, work=tmp_path / "work")
    assert len(capture) == 3
    assert capture.warnings[0].startswith("1 picture listed in the COLMAP model is not there")
    shutil.rmtree(folder / "images")
    with pytest.raises(CaptureError, match="None of the pictures"):
        open_source(folder, work=tmp_path / "work")


@pytest.mark.parametrize("inside", ["sparse/0", "sparse", "colmap/sparse/0", "."])
def test_the_usual_places_of_a_model_are_found(tmp_path, inside):
    folder = colmap_folder(tmp_path, write_colmap_binary, inside=inside)
    assert len(open_source(folder, work=tmp_path / "work")) == 4
    path = zip_of(folder, tmp_path / "a.zip", inside="scene/")
    assert len(open_source(path, work=tmp_path / "work")) == 4
    assert list((tmp_path / "work").iterdir()) == []


def test_smaller_pictures_serve_where_the_full_ones_are_not_there(tmp_path):
    write_colmap_text(tmp_path / "sparse", arc(2), NAMES[:2])
    (tmp_path / "images_2").mkdir()
    for name in NAMES[:2]:
        picture(0, (16, 12)).save(tmp_path / "images_2" / name)
    capture = open_source(tmp_path, work=tmp_path / "work")
    assert capture.cameras[0].fl_x == 20
    assert "their cameras are scaled: img1.png, img 2.png" in capture.warnings[0]


def test_of_models_side_by_side_the_largest_is_taken_and_named(tmp_path):
    folder = colmap_folder(tmp_path, write_colmap_binary, inside="sparse/1")
    write_colmap_binary(folder / "sparse" / "0", arc(2), NAMES[:2])
    capture = open_source(folder, work=tmp_path / "work")
    assert len(capture) == 4
    assert capture.warnings == (
        "COLMAP left 2 separate models; the largest, 1, with 4 of 6 pictures, is taken.",
    )


def test_the_points_tell_where_parallel_cameras_look(tmp_path):
    """Side by side, looking along +y: the points, at depth 30, are the middle of the scene."""
    cameras = arc(4)
    poses = [cameras[0].camera_to_world.clone() for _ in range(4)]
    for i, pose in enumerate(poses):
        pose[:, 3] += 0.1 * i * pose[:, 0]
    cameras = [replace(c, camera_to_world=p) for c, p in zip(cameras, poses, strict=True)]
    write_colmap_text(tmp_path / "sparse", cameras, NAMES)
    write_pictures(tmp_path / "images", NAMES)
    point = poses[0][:, 3] - 30 * poses[0][:, 2]
    (tmp_path / "sparse" / "points3D.txt").write_text(f"1 {' '.join(map(str, point.tolist()))} 0")
    capture = open_source(tmp_path, work=tmp_path / "work")
    assert float(capture.world_from_scene[:3, 0].norm()) == pytest.approx(30, rel=0.01)
    point[:] = poses[0][:, 3] + 30 * poses[0][:, 2]  # behind: tells nothing
    (tmp_path / "sparse" / "points3D.txt").write_text(f"1 {' '.join(map(str, point.tolist()))} 0")
    behind = open_source(tmp_path, work=tmp_path / "work")
    (tmp_path / "sparse" / "points3D.txt").unlink()
    without = open_source(tmp_path, work=tmp_path / "work")
    assert torch.equal(behind.world_from_scene, without.world_from_scene)
    assert float(without.world_from_scene[:3, 0].norm()) < 1


def test_a_colmap_pose_turned_inside_out_is_the_camera_again():
    for camera in ring(7):
        pose = world_to_camera_inverse(*world_to_camera(camera), of="a")
        assert torch.allclose(pose.float(), camera.camera_to_world, atol=1e-6)
        quaternion, translation = world_to_camera(camera)
        longer = [3 * value for value in quaternion]
        assert torch.allclose(world_to_camera_inverse(longer, translation, of="a"), pose)


@pytest.mark.parametrize("quaternion", [(0.0,) * 4, (float("nan"), 0.0, 0.0, 1.0)])
def test_a_quaternion_of_nothing_is_refused(quaternion):
    with pytest.raises(CaptureError, match="singular or not finite"):
        world_to_camera_inverse(quaternion, (0.0, 0.0, 0.0), of="a.png")
