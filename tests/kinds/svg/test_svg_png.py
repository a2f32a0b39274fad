"""PNG files of drawings."""

import numpy as np
import pytest
from PIL import Image

from pds.base.errors import ConfigError
from pds.kinds.svg.document import Document
from pds.kinds.svg.write.png import TILE_PX, draw, write_png

WIDE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 5 40 20">'
    '<rect x="-10" y="5" width="20" height="10" fill="#ff0000"/>'
    '<circle cx="20" cy="15" r="7.3" fill="#0000ff" fill-opacity="0.5"/></svg>'
)


def test_a_png_has_the_canvas_shape_and_its_longer_side_as_asked(tmp_path):
    document = Document.read(WIDE.encode())
    path = write_png(tmp_path / "a.png", document.drawing, document.parameters, 100)
    with Image.open(path) as picture:
        assert (picture.size, picture.mode) == ((100, 50), "RGB")
        assert picture.getpixel((10, 10)) == (255, 0, 0)
        assert picture.getpixel((40, 40)) == (255, 255, 255)
        assert picture.getpixel((75, 25)) == (128, 128, 255)


def test_a_transparent_png_has_straight_colours_and_no_background():
    document = Document.read(WIDE.encode())
    picture = draw(document.drawing, document.parameters, 100, transparent=True)
    assert picture.mode == "RGBA"
    assert picture.getpixel((40, 40))[3] == 0
    red, blue = picture.getpixel((10, 10)), picture.getpixel((75, 25))
    assert red == (255, 0, 0, 255)
    assert np.abs(np.subtract(blue, (0, 0, 255, 128))).max() <= 1


def test_a_large_png_is_put_together_without_seams():
    document = Document.read(WIDE.encode())
    large = TILE_PX + 400
    whole = draw(document.drawing, document.parameters, TILE_PX)
    tiled = draw(document.drawing, document.parameters, large)
    assert tiled.size == (large, large // 2)
    small = np.asarray(tiled.resize(whole.size, Image.Resampling.BOX)).astype(int)
    assert np.abs(small - np.asarray(whole)).mean() < 0.1
    blue = np.asarray(tiled)[large // 4, :, 0]
    assert len(set(blue[TILE_PX - 5 : TILE_PX + 5])) == 1


@pytest.mark.parametrize("size", [0, 15, 4097, True])
def test_a_png_size_out_of_range_is_refused(tmp_path, size):
    document = Document.read(WIDE.encode())
    with pytest.raises(ConfigError, match="from 16 to 4096"):
        write_png(tmp_path / "a.png", document.drawing, document.parameters, size)
