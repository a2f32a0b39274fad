"""The pictures of a capture: alpha, sizes, EXIF notes, memory."""

import numpy as np
import pytest
import torch
from PIL import Image

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.assembling import MAX_SIDE_PX, PosedPicture, assemble
from pds.kinds.nerf.capture.transforms_json import read_transforms
from tests.doubles.reading_samples import (
    HEIGHT,
    WIDTH,
    arc,
    ellipsoid,
    intrinsics,
    picture,
    ring,
    wide,
    write_transforms,
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
