"""Which format a folder or a zip is in; photos without poses."""

import numpy as np
import pytest

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.paths import MAX_PICTURES
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.capture.reading import MAX_FOLDERS, _open_folder, open_source
from tests.doubles.reading_samples import (
    NAMES,
    arc,
    colmap_folder,
    llff_folder,
    llff_table,
    write_colmap_text,
    write_pictures,
    write_transforms,
    zip_of,
)


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
