"""LLFF's `poses_bounds.npy`: read in the order of the names, or refused."""

import shutil
import struct
from dataclasses import replace

import numpy as np
import pytest
import torch

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.llff import MAX_BYTES, read_llff, read_table
from pds.kinds.nerf.capture.reading import open_source
from tests.doubles.reading_samples import (
    HEIGHT,
    WIDTH,
    arc,
    back_in_the_file,
    llff_folder,
    llff_table,
)


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


def npy(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    size = struct.pack("<H" if version == b"\x01\x00" else "<I", len(header))
    return b"\x93NUMPY" + version + size + header.encode("latin1") + data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello there",
        b"\x93NUMPY\x01\x00v\x00{'descr'",
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1"),
        npy("[1, 2]"),
        npy("{'descr': '<z9', 'fortran_order': False, 'shape': (1, 17)}"),
        npy("{'descr': 3, 'fortran_order': False, 'shape': (1, 17)}"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (True, -17)}")[:-1],
        npy("(" * 9_000),
        npy("-" * 9_000 + "1"),
        npy(" " * 20_000 + "{}"),
        npy("__import__('os').abort()"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 17)}", version=b"\x03\x00"),
    ],
    ids=range(13),
)
def test_bytes_that_are_no_table_are_refused(tmp_path, data):
    path = tmp_path / "poses_bounds.npy"
    path.write_bytes(data)
    with pytest.raises(CaptureError, match="not a NumPy file, or is damaged"):
        read_table(path)


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
    with pytest.raises(CaptureError, match=r"larger than .* MB"):
        read_table(path)
