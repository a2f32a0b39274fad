"""Pictures as a kind: what is read, what moves, what is written."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from pds.base.errors import ImageError
from pds.base.images import to_pil, to_tensor
from pds.engine.distil import DistilSettings, distil
from pds.engine.methods import DDS
from pds.engine.parametric import View
from pds.kinds.image.kind import IMAGE, MAX_SIDE_PX
from pds.kinds.image.parametric import EditedPicture
from pds.kinds.image.settings import ImageSettings
from pds.kinds.kind import Look
from pds.settings import Prompts
from tests.doubles.work_doubles import PROMPTS, picture_bytes, tiny_prior


def saved(picture: Image.Image, format="PNG", **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, format=format, **options)
    return file.getvalue()


def gradient(width=24, height=16, mode="RGB") -> Image.Image:
    rows = np.linspace(0, 255, width * height * 3).reshape(height, width, 3)
    return Image.fromarray(rows.astype(np.uint8)).convert(mode)


def pixels_of(data: bytes) -> np.ndarray:
    return np.asarray(to_pil(IMAGE.read(data, name="x").content)).astype(int)


def shown(image: torch.Tensor, **settings) -> EditedPicture:
    return EditedPicture(image, ImageSettings(**settings), size_px=16)


def noise(height, width, seed=0) -> torch.Tensor:
    return torch.rand((1, 3, height, width), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("format", "options", "off"),
    [
        ("PNG", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("JPEG", {"quality": 95}, 12),
        ("WEBP", {"quality": 95}, 12),
    ],
)
def test_every_format_is_read_as_what_it_shows(format, options, off):
    found = pixels_of(saved(gradient(), format, **options))
    assert np.abs(found - np.asarray(gradient()).astype(int)).max() <= off


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "LA"])
def test_every_mode_is_read_as_colours(mode):
    data = saved(gradient(mode=mode), "JPEG" if mode == "CMYK" else "PNG")
    assert pixels_of(data).shape == (16, 24, 3)


def test_what_is_transparent_lies_on_white():
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    half = Image.new("RGBA", (8, 8), (255, 0, 0, 128))
    assert (pixels_of(saved(clear)) == 255).all()
    assert np.abs(pixels_of(saved(half))[0, 0] - [255, 127, 127]).max() <= 1


def test_a_photo_taken_upright_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    found = pixels_of(saved(gradient(24, 16), "JPEG", exif=exif, quality=95))
    assert found.shape == (24, 16, 3)
    turned = np.asarray(gradient(24, 16).transpose(Image.Transpose.ROTATE_270)).astype(int)
    assert np.abs(found - turned).max() <= 12


def test_of_an_animation_the_first_frame_is_taken():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    assert pixels_of(data)[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        picture_bytes()[:60],
        saved(gradient(), "GIF"),
        saved(gradient(), "BMP"),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        bytes(range(256)) * 4,
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(data):
    with pytest.raises(ImageError) as caught:
        IMAGE.read(data, name="x")
    assert str(caught.value).endswith(".")


def test_a_small_file_of_endless_pixels_is_refused_before_it_is_decoded():
    with pytest.raises(ImageError, match="too many pixels"):
        IMAGE.read(saved(Image.new("1", (5000, 5000))), name="x")


def test_a_large_picture_is_made_smaller_and_that_is_said():
    asset = IMAGE.read(saved(Image.new("RGB", (2 * MAX_SIDE_PX, 100), "red")), name="x")
    assert asset.content.shape == (1, 3, 50, MAX_SIDE_PX)
    assert asset.warnings == (
        f"The picture was 4096 × 100 px; it is edited at {MAX_SIDE_PX} × 50 px.",
    )
    assert asset.about == "2048 × 50 px"
    assert IMAGE.read(picture_bytes(), name="x").warnings == ()


def test_a_written_picture_opens_with_the_same_pixels():
    asset = IMAGE.read(picture_bytes(20, 10), name="x")
    with Image.open(io.BytesIO(asset.data)) as picture:
        assert (picture.format, picture.size) == ("PNG", (20, 10))
        assert torch.equal(to_tensor([picture]), asset.content)


@pytest.mark.parametrize(("height", "width"), [(8, 12), (12, 8), (16, 16), (40, 30), (1, 50)])
def test_a_picture_of_any_shape_lies_in_the_middle_of_a_white_square(height, width):
    moving = shown(noise(height, width) * 0.5)
    square = moving.render(View()).detach()
    assert square.shape == (1, 3, 16, 16)
    assert torch.equal(square, moving.source(View()))
    rows = (square < 1).any(1)[0].any(1).nonzero().flatten()
    columns = (square < 1).any(1)[0].any(0).nonzero().flatten()
    for found in (rows, columns):
        assert abs(int(found[0]) - (15 - int(found[-1]))) <= 1
    assert 16 in (len(rows), len(columns))


def test_what_the_edit_does_not_touch_stays_exact():
    image = noise(40, 30)
    moving = shown(image)
    assert torch.equal(moving.picture(), image)
    with torch.no_grad():
        moving.change[..., :2, :2] = 0.25
    moving.project()
    changed = moving.picture()
    assert torch.equal(changed[..., 20:, 15:], image[..., 20:, 15:])
    assert (changed[..., :4, :4] >= image[..., :4, :4]).all()


def test_nothing_but_the_picture_moves_and_colours_stay_in_their_range():
    moving = shown(noise(8, 16))
    with torch.no_grad():
        moving.change += 5
    moving.project()
    square = moving.render(View())
    assert square.min() >= 0
    assert square.max() <= 1 + 1e-6
    assert moving.change.shape == (1, 3, 8, 16)
    assert (moving.picture() == 1).all()


def test_finer_detail_than_the_edit_has_stays():
    image = noise(64, 64)
    moving = shown(image)
    with torch.no_grad():
        moving.change += 0.1
    moving.project()
    inside = (image < 0.8) & (image > 0.0)
    difference = (moving.picture() - image)[inside]
    assert difference.mean() == pytest.approx(0.1, abs=0.02)
    assert difference.std() < 0.03


def test_the_penalty_on_rough_changes_is_off_at_first_and_grows_with_roughness():
    assert shown(noise(8, 8)).regulariser() is None
    moving = shown(noise(8, 8), smoothness_weight=2.0)
    assert moving.regulariser().item() == 0
    with torch.no_grad():
        moving.change[..., ::2, :] = 0.1
    assert moving.regulariser().item() == pytest.approx(2 * 0.01, rel=1e-3)


def test_the_size_that_is_edited_is_the_settings_or_the_priors():
    assert shown(noise(8, 8)).size_px == 16
    assert shown(noise(8, 8), size_px=32).render(View()).shape[-1] == 32


def test_dds_moves_a_picture_to_the_words_as_in_its_paper():
    """With an exact prior each pixel is moved by the difference of the two means."""
    prior = tiny_prior(std=0.05)
    moving = EditedPicture(torch.full((1, 3, 16, 16), 0.2), ImageSettings(), size_px=16)
    settings = DistilSettings(steps=120, timestep_order="uniform")
    list(distil(moving, prior, PROMPTS, DDS(guidance_scale=1), settings))
    assert moving.picture().mean().item() == pytest.approx(0.9, abs=0.05)


def test_equal_words_change_nothing():
    moving = shown(noise(8, 12))
    before = moving.picture()
    same = Prompts(source="source", target="source")
    list(distil(moving, tiny_prior(), same, DDS(guidance_scale=1), DistilSettings(steps=3)))
    assert torch.equal(moving.picture(), before)


def test_a_refinement_of_a_picture_goes_on_from_the_edited_one():
    source = IMAGE.read(picture_bytes(12, 8), name="x")
    edited = IMAGE.read(picture_bytes(12, 8, seed=1), name="x")
    options = {"size_px": 16, "device": "cpu", "generator": torch.Generator()}
    moving = IMAGE.parametric(source, ImageSettings(), start=edited, **options)
    assert torch.equal(moving.picture(), edited.content)
    assert not torch.equal(moving.render(View()), moving.source(View()))


def test_a_picture_is_drawn_in_its_own_shape():
    asset = IMAGE.read(picture_bytes(30, 10), name="x")
    assert IMAGE.draw(asset, Look(), 60).size == (60, 20)
    assert IMAGE.draw(asset, Look(), 16).size == (16, 5)
