"""COLMAP (text and binary), LLFF and plain photos; and which of them a folder is."""

import shutil
import struct
from dataclasses import replace

import numpy as np
import pytest
import torch

from pds.errors import CaptureError
from pds.nerf.capture import Capture
from pds.nerf.colmap_files import _damage, read_model
from pds.nerf.colmap_reading import world_to_camera_inverse
from pds.nerf.llff import MAX_BYTES, read_llff, read_table
from pds.nerf.paths import MAX_PICTURES
from pds.nerf.photos import Photos
from pds.nerf.reading import MAX_FOLDERS, _open_folder, open_source
from pds.nerf.silhouettes import project
from tests.reading_samples import (
    HEIGHT,
    LENSES,
    WIDTH,
    arc,
    llff_table,
    moved,
    picture,
    ring,
    world_to_camera,
    write_colmap_binary,
    write_colmap_text,
    write_pictures,
    write_transforms,
    zip_of,
)

NAMES = ("img1.png", "img 2.png", "sub/img10.png", "sub/img3.png")
WRITERS = {"text": write_colmap_text, "binary": write_colmap_binary}


@pytest.fixture(params=WRITERS)
def write_colmap(request):
    return WRITERS[request.param]


def colmap_folder(folder, write, *, lens="PINHOLE", names=NAMES, inside="sparse/0"):
    write(folder / inside, arc(len(names)), names, lens=lens)
    write_pictures(folder / "images", names)
    return folder


def back_in_the_file(capture: Capture) -> torch.Tensor:
    return torch.stack(moved(capture.cameras, capture.world_from_scene))[:, :3].float()


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


# ------------------------------------------------------------------------------------------- LLFF


def llff_folder(folder, cameras=None, *, pictures="images", **bounds):
    cameras = arc() if cameras is None else cameras
    names = [f"img{i:02d}.png" for i in range(len(cameras))]
    write_pictures(folder / pictures, names)
    np.save(folder / "poses_bounds.npy", llff_table(cameras, **bounds))
    return folder


def test_llff_gives_its_poses_in_the_order_of_the_names(tmp_path):
    folder = llff_folder(tmp_path)
    capture = open_source(folder, work=tmp_path / "work")
    want = torch.stack([camera.camera_to_world for camera in arc()])
    assert torch.allclose(back_in_the_file(capture), want, atol=1e-5)
    assert capture.names == tuple(f"images/img{i:02d}.png" for i in range(6))
    camera = capture.cameras[0]
    assert (camera.fl_x, camera.fl_y, camera.cx, camera.cy) == (40, 40, WIDTH / 2, HEIGHT / 2)
    assert not capture.bounded
    assert len(open_source(folder / "poses_bounds.npy", work=tmp_path / "work")) == 6


def test_llff_pictures_may_lie_in_a_smaller_folder(tmp_path):
    folder = llff_folder(tmp_path, pictures="images_4")
    assert open_source(folder, work=tmp_path / "work").names[0] == "images_4/img00.png"


def test_llffs_depths_tell_where_parallel_cameras_look(tmp_path):
    cameras = [arc()[0], arc()[0]]
    aside = cameras[0].camera_to_world.clone()
    aside[:, 3] += 0.2 * aside[:, 0]
    cameras[1] = replace(cameras[1], camera_to_world=aside)
    near = open_source(llff_folder(tmp_path / "a", cameras, near=2, far=6), work=tmp_path / "work")
    assert float(near.world_from_scene[:3, 0].norm()) == pytest.approx(3, rel=0.01)
    none = open_source(llff_folder(tmp_path / "b", cameras, near=0, far=0), work=tmp_path / "work")
    assert float(none.world_from_scene[:3, 0].norm()) < 1


def test_llff_with_another_number_of_pictures_is_refused(tmp_path):
    folder = llff_folder(tmp_path)
    (folder / "images" / "img03.png").unlink()
    with pytest.raises(CaptureError, match="poses for 6 pictures, but there are 5"):
        read_llff(folder / "poses_bounds.npy")
    shutil.rmtree(folder / "images")
    with pytest.raises(CaptureError, match="there are 0"):
        read_llff(folder / "poses_bounds.npy")


def changed(row: int, column: int, value: float) -> np.ndarray:
    table = llff_table(arc())
    table[row, column] = value
    return table


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (changed(2, 3, np.nan), "img02.png holds a number that is not finite"),
        (changed(2, 4, np.nan), "img02.png an impossible size"),
        (changed(2, 9, 1e9), "img02.png an impossible size"),
        (changed(2, 4, 0.2), "img02.png: .*sides from 1"),
        (changed(2, 14, -1), "img02.png: .*above zero"),
        (np.zeros((6, 17)), "impossible size"),
        (changed(2, 0, 9.0), "img02.png is not a rotation"),
    ],
)
def test_wrong_numbers_in_llff_are_refused_by_name(tmp_path, table, match):
    folder = llff_folder(tmp_path)
    np.save(folder / "poses_bounds.npy", table)
    with pytest.raises(CaptureError, match=match):
        read_llff(folder / "poses_bounds.npy")


@pytest.mark.parametrize(
    "table",
    [
        np.zeros((6, 15)),
        np.zeros(17),
        np.zeros((0, 17)),
        np.array([["a"] * 17]),
        np.array([[{}] * 17]),
        np.zeros((6, 17), dtype=complex),
    ],
    ids=["columns", "flat", "empty", "text", "objects", "complex"],
)
def test_tables_of_another_kind_are_refused(tmp_path, table):
    path = tmp_path / "poses_bounds.npy"
    np.save(path, table, allow_pickle=True)
    with pytest.raises(CaptureError, match="must be a table of numbers with 17 columns"):
        read_table(path)


@pytest.mark.parametrize("data", [b"", b"hello there", b"\x93NUMPY\x01\x00v\x00{'descr'"])
def test_bytes_that_are_no_table_are_refused(tmp_path, data):
    path = tmp_path / "poses_bounds.npy"
    path.write_bytes(data)
    with pytest.raises(CaptureError, match="not a NumPy file, or is damaged"):
        read_table(path)


def npy(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    size = struct.pack("<H" if version == b"\x01\x00" else "<I", len(header))
    return b"\x93NUMPY" + version + size + header.encode("latin1") + data


def test_a_header_that_promises_too_much_is_refused_before_anything_is_allocated(tmp_path):
    path = tmp_path / "poses_bounds.npy"
    for rows, match in ((19_000, "is incomplete"), (10**15, "must be a table")):
        header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, 17), }}\n"
        path.write_bytes(npy(header, bytes(17 * 8)))
        with pytest.raises(CaptureError, match=match):
            read_table(path)


def test_other_versions_of_the_file_are_read_or_refused(tmp_path):
    path = tmp_path / "poses_bounds.npy"
    header = "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 17), }\n"
    path.write_bytes(npy(header, bytes(17 * 4), b"\x02\x00"))
    assert read_table(path).tolist() == [[0.0] * 17]
    path.write_bytes(npy(header, bytes(17 * 4), b"\x09\x00"))
    with pytest.raises(CaptureError, match="not a NumPy file"):
        read_table(path)


def test_a_table_that_cannot_be_read_is_said_to_be_so(tmp_path):
    with pytest.raises(CaptureError, match="cannot be read"):
        read_table(tmp_path)


def test_a_huge_file_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "poses_bounds.npy"
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 17), }\n"
    with open(path, "wb") as file:
        file.write(npy(header))
        file.truncate(10 * MAX_BYTES)
    with pytest.raises(CaptureError, match="must be a table"):
        read_table(path)


# ----------------------------------------------------------------------------------- which is it


def test_photos_come_in_the_order_of_their_numbers(tmp_path):
    write_pictures(tmp_path / "in", ["b10.png", "b9.png", "a.png"])
    (tmp_path / "in" / "c.JPG").write_bytes(b"not looked at yet")
    (tmp_path / "in" / "note.txt").write_text("hello")
    (tmp_path / "in" / ".hidden.png").write_bytes(b"")
    photos = open_source(tmp_path / "in", work=tmp_path / "work")
    assert isinstance(photos, Photos)
    assert photos.names == ("a.png", "b9.png", "b10.png", "c.JPG")
    assert all(path.is_file() for path in photos.paths)


def test_photos_of_a_zip_stay_in_the_work_folder(tmp_path):
    write_pictures(tmp_path / "in", ["a.png", "b.png"])
    path = zip_of(tmp_path / "in", tmp_path / "upload", inside="trip/")  # without its ending
    photos = open_source(path, work=tmp_path / "work")
    assert photos.names == ("trip/a.png", "trip/b.png")
    assert all(p.is_file() and p.is_relative_to(tmp_path / "work") for p in photos.paths)


def test_of_several_folders_images_is_taken_else_all(tmp_path):
    write_pictures(tmp_path, ["images/a.png", "masks/a.png", "images/deep/b.png"])
    assert open_source(tmp_path, work=tmp_path / "w").names == ("images/a.png",)
    (tmp_path / "images").rename(tmp_path / "left")
    assert open_source(tmp_path, work=tmp_path / "w").names == ("left/a.png", "masks/a.png")


def test_too_many_photos_are_refused(tmp_path):
    for i in range(MAX_PICTURES + 1):
        (tmp_path / f"{i}.png").touch()
    with pytest.raises(CaptureError, match="There are 2001 photos"):
        open_source(tmp_path, work=tmp_path / "work")


def test_photos_that_link_elsewhere_are_refused(tmp_path):
    write_pictures(tmp_path, ["secret.png"])
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(CaptureError, match="leads out"):
        open_source(tmp_path / "in", work=tmp_path / "work")


def test_transforms_come_before_colmap_and_colmap_before_llff(tmp_path):
    write_pictures(tmp_path / "images", NAMES)
    np.save(tmp_path / "poses_bounds.npy", llff_table(arc(3)))
    write_colmap_text(tmp_path / "sparse" / "0", arc(4), NAMES)
    assert len(open_source(tmp_path, work=tmp_path / "work")) == 4
    write_transforms(tmp_path, arc(6))
    assert len(open_source(tmp_path, work=tmp_path / "work")) == 6


def test_the_capture_nearest_to_the_top_is_taken(tmp_path):
    write_transforms(tmp_path, arc(6))
    write_transforms(tmp_path / "old", arc(3))
    assert len(open_source(tmp_path, work=tmp_path / "work")) == 6


def test_several_captures_side_by_side_are_refused_with_their_names(tmp_path):
    for name in ("chair", "lego"):
        write_transforms(tmp_path / "json" / name)
        colmap_folder(tmp_path / "colmap" / name, write_colmap_text)
        llff_folder(tmp_path / "llff" / name)
    with pytest.raises(CaptureError, match=r"several captures here \(chair, lego\)"):
        open_source(tmp_path / "json", work=tmp_path / "work")
    with pytest.raises(CaptureError, match=r"several captures here \(chair/sparse, lego/sparse\)"):
        open_source(tmp_path / "colmap", work=tmp_path / "work")
    with pytest.raises(CaptureError, match=r"several captures here \(chair, lego\)"):
        open_source(tmp_path / "llff", work=tmp_path / "work")


def test_a_folder_of_other_things_is_refused_with_what_is_in_it(tmp_path):
    with pytest.raises(CaptureError, match=r"nothing to make a scene of here; give a folder"):
        open_source(tmp_path, work=tmp_path / "work")
    (tmp_path / "a.heic").write_bytes(b"x")
    with pytest.raises(CaptureError, match=r"here \(there are only .heic\)"):
        open_source(tmp_path, work=tmp_path / "work")


def test_a_zip_of_other_things_is_refused_and_leaves_nothing(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("hello")
    with pytest.raises(CaptureError, match="nothing to make a scene of"):
        open_source(zip_of(tmp_path / "in", tmp_path / "a.zip"), work=tmp_path / "work")
    assert list((tmp_path / "work").iterdir()) == []


def test_what_is_not_there_or_no_capture_is_refused(tmp_path):
    with pytest.raises(CaptureError, match=r"There is no gone.zip; give a folder or zip"):
        open_source(tmp_path / "gone.zip", work=tmp_path / "work")
    write_pictures(tmp_path, ["one.png"])
    with pytest.raises(CaptureError, match=r"one.png is no capture; give a folder or zip"):
        open_source(tmp_path / "one.png", work=tmp_path / "work")


def test_a_folder_that_cannot_be_read_is_said_to_be_so(tmp_path):
    with pytest.raises(CaptureError, match="The folder cannot be read: No such file"):
        _open_folder(tmp_path / "gone")


def test_a_folder_of_folders_without_end_is_refused(tmp_path):
    for i in range(MAX_FOLDERS + 1):
        (tmp_path / str(i)).mkdir()
    with pytest.raises(CaptureError, match="too many folders"):
        open_source(tmp_path, work=tmp_path / "work")


def test_links_to_folders_are_not_followed(tmp_path):
    write_transforms(tmp_path / "real")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "real")
    with pytest.raises(CaptureError, match="nothing to make a scene of"):
        open_source(tmp_path / "in", work=tmp_path / "work")
