"""Whatever is brought is told apart and read in one place, for the page and the command alike."""

import zipfile
from pathlib import Path

import pytest
from PIL import Image

from pds.base.errors import CaptureError, ConfigError
from pds.kinds.nerf.capture.bringing import CAPTURE_ENDINGS, check_files, read_pictures
from pds.kinds.nerf.capture.capture import Capture
from pds.kinds.nerf.capture.photos import Photos
from pds.kinds.nerf.export.capture_folder import write_capture
from tests.doubles.scene_fields import ball, ring, shape_scene


def photo(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (80, 80), "red").save(path)
    return path


@pytest.fixture
def capture(tmp_path) -> Path:
    scene = shape_scene(ball(), cameras=ring(3, size_px=16))
    return write_capture(tmp_path / "capture.zip", scene)


def brought(*paths: Path, work: Path, **options):
    return read_pictures(paths, longer_side_px=64, work=work, **options)


def test_photos_of_the_same_name_from_two_folders_are_kept_apart(tmp_path):
    paths = [photo(tmp_path / folder / "IMG_1.jpg") for folder in ("monday", "tuesday")]
    photos = brought(*paths, work=tmp_path)
    assert photos.names == ("IMG_1.jpg", "IMG_1 (2).jpg")
    assert photos.paths == tuple(paths)


def test_one_photo_alone_is_a_photo(tmp_path):
    assert brought(photo(tmp_path / "A.PNG"), work=tmp_path).names == ("A.PNG",)


def test_a_capture_is_read_from_a_zip_a_folder_and_its_listing(tmp_path, capture):
    folder = tmp_path / "unpacked.jpg"  # a folder, whatever its name says
    with zipfile.ZipFile(capture) as archive:
        archive.extractall(folder)
    other = capture.rename(tmp_path / "capture.backup")  # a zip, whatever its name says
    for path in (other, folder, folder / "transforms.json"):
        read = brought(path, work=tmp_path / "work")
        assert isinstance(read, Capture)
        assert len(read) == 3


def test_a_folder_and_a_zip_of_photos_are_photos(tmp_path):
    for name in ("b.jpg", "a.jpg"):
        photo(tmp_path / "folder" / name)
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for one in sorted((tmp_path / "folder").iterdir()):
            archive.write(one, one.name)
    for given in (tmp_path / "folder", path):
        photos = brought(given, work=tmp_path / "work")
        assert isinstance(photos, Photos)
        assert photos.names == ("a.jpg", "b.jpg")


def test_a_video_is_read_as_so_many_frames(tmp_path):
    film = tmp_path / "film.MP4"
    film.write_bytes(b"no film at all")
    with pytest.raises(CaptureError, match="not a video that can be opened"):
        brought(film, work=tmp_path)
    with pytest.raises(ConfigError, match="frames is 5"):
        brought(film, work=tmp_path, frames=5)


@pytest.mark.parametrize("name", ["gone.zip", "gone", "a\0b.jpg"])
def test_what_is_not_there_is_named(tmp_path, name):
    with pytest.raises(CaptureError, match=r"no file or folder .*; check the name"):
        brought(tmp_path / name, work=tmp_path)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], "Bring a capture first"),
        (["notes.txt"], "notes.txt is nothing that a scene is fitted to"),
        (["no_ending"], "no_ending is nothing"),
        (["a.zip", "b.zip"], "a.zip is not a photo. Bring one folder, zip or video alone"),
        (["a.jpg", "film.mp4"], "film.mp4 is not a photo"),
        (["a.jpg", "transforms.json"], "transforms.json is not a photo"),
    ],
)
def test_what_cannot_be_one_capture_is_refused_by_its_names(tmp_path, names, words):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(CaptureError, match=words):
        check_files([tmp_path / name for name in names])


def test_a_folder_among_photos_is_refused(tmp_path):
    folder = tmp_path / "more.jpg"
    folder.mkdir()
    with pytest.raises(CaptureError, match=r"more\.jpg' is not a photo; give one folder alone"):
        brought(photo(tmp_path / "a.jpg"), folder, work=tmp_path)


def test_every_ending_that_is_offered_is_accepted_alone(tmp_path):
    for ending in CAPTURE_ENDINGS:
        path = tmp_path / f"x{ending.upper()}"
        path.touch()
        check_files([path])
