"""Checks of single values, strict JSON, the registry, pictures as files."""

import math

import pytest
from PIL import Image

from pds.base.checks import check_choice, check_range, check_whole
from pds.base.errors import ConfigError, ExportError
from pds.base.pngs import check_size, write_image
from pds.base.registry import Registry
from pds.base.strict_json import read_json_object


@pytest.mark.parametrize("value", [0, 1, 0.5, 1.0])
def test_a_number_in_its_range_passes(value):
    check_range("x", value, 0, 1)


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf, True, "1", None, 10**400, [1]])
def test_a_number_out_of_its_range_is_refused_with_the_range(value):
    with pytest.raises(ConfigError, match="must be a number from 0 to 1"):
        check_range("x", value, 0, 1)


@pytest.mark.parametrize("value", [-1, 3, 1.0, True, "1", None, 10**400])
def test_what_is_no_whole_number_in_its_range_is_refused(value):
    with pytest.raises(ConfigError, match="must be a whole number from 0 to 2"):
        check_whole("x", value, 0, 2)


@pytest.mark.parametrize("value", ["c", 3, None, ["a"], {}])
def test_an_unknown_name_is_refused_with_the_known(value):
    with pytest.raises(ConfigError, match="known are: a, b"):
        check_choice("x", value, ("a", "b"))


def read(text, **options):
    return read_json_object(text, what="The menu", max_bytes=1000, **options)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "The menu is not valid JSON: .* in line 1"),
        ("[1]", "The menu must be a JSON object"),
        ('{"a": 1, "a": 2}', "a key twice"),
        ('{"a": {"b": 1, "b": 1}}', "a key twice"),
        ('{"a": NaN}', "holds NaN"),
        ('{"a": -Infinity}', "holds -Infinity"),
        ('{"a": 1e999}', "holds 1e999, which is too large"),
        ('{"a": ' + "1" * 20 + "}", "20 digits"),
        (b"\xff", "not UTF-8"),
        ("[" * 999, "nested too deeply|not valid"),
        (" " * 1001, "larger than 0.001 MB"),
    ],
)
def test_json_from_outside_is_read_strictly(text, sentence):
    with pytest.raises(ConfigError, match=sentence) as caught:
        read(text)
    assert str(caught.value).endswith(".")


def test_json_is_read_with_or_without_a_byte_order_mark():
    assert read(b'\xef\xbb\xbf{"a": 1.5}') == read('{"a": 1.5}') == {"a": 1.5}
    assert math.isinf(read('{"a": 1e999}', finite=False)["a"])


def test_a_registry_imports_an_entry_when_it_is_asked_for():
    registry = Registry({"pi": "math:pi", "none": "no_such_module:x"})
    assert list(registry) == ["pi", "none"]
    assert len(registry) == 2
    assert registry["pi"] == math.pi
    with pytest.raises(ModuleNotFoundError):
        registry["none"]
    with pytest.raises(KeyError):
        registry["nothing"]


@pytest.mark.parametrize("size", [15, 4097, 16.0, True, "16"])
def test_the_size_of_a_png_is_checked(size):
    with pytest.raises(ConfigError, match="from 16 to 4096"):
        check_size(size)


def test_a_picture_is_written_whole_or_not_at_all(tmp_path):
    path = write_image(tmp_path / "new" / "a.png", Image.new("RGB", (4, 2), "red"))
    with Image.open(path) as picture:
        assert picture.size == (4, 2)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ExportError):
        write_image(tmp_path / "file" / "a.png", Image.new("RGB", (4, 2)))
