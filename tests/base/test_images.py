"""Pictures: opened safely, converted exactly, put on contact sheets."""

import io
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from pds.base.errors import ImageError
from pds.base.images import (
    MAX_IMAGE_BYTES,
    fit_on_white,
    layers,
    on_white,
    open_image,
    open_stored,
    resize,
    stored_orientation,
    stored_size,
    to_images,
    to_pil,
    to_tensor,
)
from pds.base.table import SheetRow, contact_sheet


def encoded(picture: Image.Image, form: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, format=form, **options)
    return file.getvalue()


def noise(size=(7, 5), seed=0) -> Image.Image:
    levels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(levels)


def test_a_batch_goes_to_a_tensor_and_back_unchanged():
    pictures = [noise(seed=1), noise(seed=2)]
    batch = to_tensor(pictures)
    assert batch.shape == (2, 3, 5, 7)
    assert batch.dtype == torch.float32
    assert float(batch.max()) <= 1
    for before, after in zip(pictures, to_images(batch), strict=True):
        assert np.array_equal(np.array(before), np.array(after))


def test_a_tensor_keeps_the_order_of_rows_columns_and_channels():
    picture = Image.new("RGB", (3, 2))
    picture.putpixel((2, 1), (255, 51, 0))
    assert to_tensor([picture])[0, :, 1, 2].tolist() == pytest.approx([1.0, 0.2, 0.0])


def test_values_out_of_range_are_clipped_and_four_channels_are_transparent():
    batch = torch.tensor([-1.0, 2.0, 0.5, 0.5]).reshape(1, 4, 1, 1)
    assert to_pil(batch).getpixel((0, 0)) == (0, 255, 128, 128)


def test_a_graph_does_not_hinder_the_conversion():
    assert to_pil(torch.ones(1, 3, 2, 2, dtype=torch.float64, requires_grad=True)).size == (2, 2)


def test_two_channels_are_no_picture():
    with pytest.raises(ImageError, match="not 2"):
        to_images(torch.zeros(1, 2, 4, 4))


def test_no_pictures_and_pictures_of_different_sizes_are_refused():
    with pytest.raises(ImageError, match="no picture"):
        to_tensor([])
    with pytest.raises(ImageError, match="differ in size"):
        to_tensor([noise((4, 4)), noise((5, 4))])


def test_resizing_keeps_the_mean_and_passes_gradients():
    batch = torch.rand(2, 3, 32, 48, generator=torch.Generator().manual_seed(0))
    batch.requires_grad_()
    small = resize(batch, (8, 12))
    assert small.shape == (2, 3, 8, 12)
    means = (float(each.detach().mean()) for each in (small, batch))
    assert next(means) == pytest.approx(next(means), abs=0.005)
    small.sum().backward()
    assert float(batch.grad.abs().min()) > 0


def test_resizing_to_the_same_size_is_the_identity():
    batch = torch.rand(2, 3, 8, 8)
    assert resize(batch, (8, 8)) is batch


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_the_accepted_formats_open_as_rgb(form):
    picture = open_image(encoded(Image.new("RGB", (9, 6), "red"), form))
    assert (picture.mode, picture.size) == ("RGB", (9, 6))
    assert np.abs(np.array(picture)[0, 0].astype(int) - (255, 0, 0)).max() < 12


def test_a_path_opens_like_its_bytes(tmp_path):
    path = tmp_path / "bild.png"
    path.write_bytes(encoded(noise()))
    assert np.array_equal(np.array(open_image(path)), np.array(noise()))


def test_transparent_parts_become_white():
    clear = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    clear.putpixel((1, 0), (255, 0, 0, 128))
    picture = open_image(encoded(clear))
    assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert picture.getpixel((1, 0)) == (255, 127, 127)


def test_a_palette_with_a_transparent_colour_becomes_white_there():
    picture = Image.new("P", (2, 2), 0)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    assert open_image(encoded(picture, transparency=0)).getpixel((0, 0)) == (255, 255, 255)


def test_sixteen_bit_grey_is_scaled():
    grey = Image.fromarray(np.full((2, 2), 32768, dtype=np.uint16))
    assert on_white(grey).getpixel((0, 0)) == (128, 128, 128)


def test_a_photo_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert open_image(encoded(Image.new("RGB", (8, 4)), "JPEG", exif=exif)).size == (4, 8)


@pytest.mark.parametrize("data", [b"", b"hello", encoded(noise(), "GIF"), encoded(noise(), "TIFF")])
def test_other_formats_are_refused(data):
    with pytest.raises(ImageError, match="PNG, JPEG or WebP"):
        open_image(data)


def test_a_photo_with_damaged_notes_is_refused():
    exif = Image.Exif()
    exif[0x0100], exif[0x0112] = 1, 6
    data = bytearray(encoded(Image.new("RGB", (8, 6)), "JPEG", exif=exif))
    assert data[data.index(b"Exif") + 19] == 4  # the kind of the first note: a whole number
    data[data.index(b"Exif") + 19] = 1  # another kind, which Pillow cannot write again
    with pytest.raises(ImageError, match="damaged or incomplete"):
        open_image(bytes(data))


def test_a_truncated_picture_is_refused():
    data = encoded(noise((64, 64)))
    with pytest.raises(ImageError, match="damaged"):
        open_image(data[: len(data) // 2])


def test_a_file_of_too_many_bytes_is_refused():
    with pytest.raises(ImageError, match="50 MB"):
        open_image(bytes(MAX_IMAGE_BYTES + 1))


def test_too_many_pixels_are_refused():
    with pytest.raises(ImageError, match="too many pixels"):
        open_image(encoded(Image.new("1", (200, 100))), max_pixels=10_000)


def test_a_bomb_is_refused_by_its_header_alone():
    # 60 000 x 60 000 pixels, of which the file holds none.
    header = bytearray(encoded(Image.new("L", (1, 1))))
    header[16:24] = (60_000).to_bytes(4) * 2
    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4)
    with pytest.raises(ImageError, match="too many pixels"):
        open_image(bytes(header))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ImageError, match="cannot be read"):
        open_image(tmp_path / "none.png")


def test_a_wide_picture_is_centred_on_a_white_square():
    square = fit_on_white(Image.new("RGB", (20, 10), "blue"), 40)
    assert square.size == (40, 40)
    assert square.getpixel((20, 4)) == (255, 255, 255)
    assert square.getpixel((20, 20)) == (0, 0, 255)


def test_a_contact_sheet_shows_header_pictures_and_captions():
    red, blue = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    rows = [
        SheetRow(pictures=(red, blue), caption="a caption"),
        SheetRow(pictures=(None, red), caption="x" * 500),
    ]
    bare = contact_sheet([SheetRow(pictures=row.pictures) for row in rows], cell_px=64)
    sheet = contact_sheet(rows, header=("source", "PDS"), cell_px=64)
    colors = np.array(sheet).reshape(-1, 3)
    assert sheet.width == bare.width == 2 * 64 + 3 * 10
    assert sheet.height > bare.height
    assert (colors == (255, 0, 0)).all(1).sum() == 2 * 62 * 62
    assert (colors == (0, 0, 255)).all(1).sum() == 62 * 62
    assert (colors < 60).all(1).sum() > 50
    assert not (np.array(bare).reshape(-1, 3) < 60).all(1).any()


def test_a_long_caption_stays_within_the_sheet():
    row = SheetRow(pictures=(noise(),), caption="many words " * 40)
    pixels = np.array(contact_sheet([row], cell_px=64))
    assert (pixels[:, -10:] == 255).all()


def test_columns_of_a_group_stand_close_together_below_one_title():
    row = SheetRow(pictures=(Image.new("RGB", (8, 8), "red"),) * 4)
    pixels = np.array(contact_sheet([row], header=("one", "two"), cell_px=64, group=2))
    red = (pixels == (255, 0, 0)).all(2).any(0)
    # A cell's border is not red, so a gap of 2 px shows as 4.
    edges = np.flatnonzero(np.diff(red.astype(int)))
    assert np.diff(edges).tolist() == [62, 4, 62, 12, 62, 4, 62]


@pytest.mark.parametrize(
    ("rows", "header", "sentence"),
    [
        ([], (), "at least one row"),
        ([SheetRow(pictures=(None,)), SheetRow(pictures=(None, None))], (), "same length"),
        ([SheetRow(pictures=(None,))], ("a", "b"), "same length"),
        ([SheetRow(pictures=())], (), "same length"),
    ],
)
def test_a_contact_sheet_without_a_shape_is_refused(rows, header, sentence):
    with pytest.raises(ImageError, match=sentence):
        contact_sheet(rows, header=header)


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(noise(), exif=exif)


def test_a_stored_picture_is_neither_turned_nor_laid_on_white():
    picture = open_stored(turned(6))
    assert (picture.size, stored_orientation(picture)) == ((7, 5), 6)
    assert open_image(turned(6)).size == (5, 7)
    clear = open_stored(encoded(Image.new("RGBA", (2, 1), (255, 0, 0, 100))))
    assert clear.getpixel((0, 0)) == (255, 0, 0, 100)


@pytest.mark.parametrize("orientation", [0, 1, 9])
def test_an_orientation_out_of_range_is_none(orientation):
    assert stored_orientation(open_stored(turned(orientation))) == 1


def test_a_picture_without_or_with_a_broken_exif_block_is_not_turned():
    assert stored_orientation(open_stored(encoded(noise()))) == 1
    broken = encoded(noise(), exif=b"Exif\0\0hello there")
    assert stored_orientation(open_stored(broken)) == 1


def test_the_stored_size_is_read_without_decoding(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encoded(noise())[:60])  # the header is whole, the pixels are not
    assert stored_size(path) == (7, 5)
    with pytest.raises(ImageError, match="too many pixels"):
        stored_size(path, max_pixels=34)
    path.write_bytes(b"hello")
    with pytest.raises(ImageError, match="not a picture"):
        stored_size(path)
    with pytest.raises(ImageError, match="cannot be read"):
        stored_size(tmp_path / "gone.png")


def test_layers_are_the_picture_on_white_and_its_opacity():
    clear = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    clear.putpixel((1, 0), (255, 0, 0, 128))
    rgb, alpha = layers(clear)
    assert [rgb.getpixel((x, 0)) for x in (0, 1)] == [(255, 255, 255), (255, 127, 127)]
    assert [alpha.getpixel((x, 0)) for x in (0, 1)] == [0, 128]
    palette = Image.new("P", (1, 1), 0)
    palette.info["transparency"] = 0
    assert layers(palette)[1].getpixel((0, 0)) == 0
    assert layers(noise())[1] is None
    assert layers(Image.new("L", (1, 1), 7))[0].getpixel((0, 0)) == (7, 7, 7)
