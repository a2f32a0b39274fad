"""Photos without poses: complete records, and files made ready for the search."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pds.base.errors import CaptureError, ImageError
from pds.kinds.nerf.capture.photos import Photos, different_names, prepare


def picture(width: int, height: int) -> Image.Image:
    levels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(levels)


def notes(*, focal_35mm: object, turned: bool = False) -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA405] = focal_35mm
    if turned:
        exif[0x0112] = 6
    return exif


@pytest.mark.parametrize(
    ("names", "different"),
    [
        ([], []),
        (["a.jpg", "b.jpg"], ["a.jpg", "b.jpg"]),
        (["a.jpg"] * 3, ["a.jpg", "a (2).jpg", "a (3).jpg"]),
        (["a.jpg", "a.jpg", "a (2).jpg"], ["a.jpg", "a (3).jpg", "a (2).jpg"]),
        (["plain", "plain", ".jpg", ".jpg"], ["plain", "plain (2)", ".jpg", ".jpg (2)"]),
    ],
)
def test_photos_of_one_name_get_names_that_differ(names, different):
    assert list(different_names(names)) == different


def test_many_photos_of_one_name_are_told_apart_at_once():
    assert len(set(different_names(["a.jpg"] * 2000))) == 2000


def test_photos_know_how_many_they_are():
    assert len(Photos(("a", "b"), (Path("a.png"), Path("b.png")))) == 2


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ((), "no photo here"),
        (("a",), "2 photos, 1 names"),
        (("a", "a"), "same name"),
    ],
)
def test_incomplete_photos_are_refused(names, sentence):
    with pytest.raises(CaptureError, match=sentence):
        Photos(names, (Path("a.png"), Path("b.png")) if names else ())


def test_a_photo_of_a_good_size_is_kept_pixel_for_pixel(tmp_path):
    picture(90, 70).save(tmp_path / "a.webp", lossless=True)
    ready = prepare("a", tmp_path / "a.webp", tmp_path / "1.png", longer_side_px=90)
    assert (ready.name, ready.path, ready.width, ready.height) == ("a", tmp_path / "1.png", 90, 70)
    assert ready.focal_35mm == 0
    with Image.open(ready.path) as written:
        assert np.array_equal(np.asarray(written), np.asarray(picture(90, 70)))


def test_a_large_photo_is_turned_upright_and_made_smaller(tmp_path):
    exif = notes(focal_35mm=28, turned=True)
    picture(400, 300).save(tmp_path / "a.jpg", exif=exif)
    ready = prepare("a", tmp_path / "a.jpg", tmp_path / "1.png", longer_side_px=200)
    assert (ready.width, ready.height) == (150, 200)
    assert ready.focal_35mm == 28


@pytest.mark.parametrize("focal", [0, 1, 60000, "wide"])
def test_an_impossible_focal_length_is_passed_over(tmp_path, focal):
    picture(80, 80).save(tmp_path / "a.jpg", exif=notes(focal_35mm=focal))
    assert prepare("a", tmp_path / "a.jpg", tmp_path / "1.png", longer_side_px=90).focal_35mm == 0


def test_damaged_notes_do_not_cost_the_photo(tmp_path):
    picture(80, 80).save(tmp_path / "a.jpg", exif=notes(focal_35mm=28))
    data = bytearray((tmp_path / "a.jpg").read_bytes())
    where = data.index(b"Exif\0\0") + 9
    assert data[where] == ord("*")
    data[where] = ord("x")
    (tmp_path / "a.jpg").write_bytes(data)
    assert prepare("a", tmp_path / "a.jpg", tmp_path / "1.png", longer_side_px=90).focal_35mm == 0


def test_a_tiny_picture_is_refused(tmp_path):
    picture(63, 200).save(tmp_path / "a.png")
    with pytest.raises(ImageError, match="smaller than 64 pixels"):
        prepare("a", tmp_path / "a.png", tmp_path / "1.png", longer_side_px=90)
