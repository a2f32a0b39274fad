"""Files from outside: no more of them is read than is accepted."""

import pytest

from pds.base.errors import CaptureError, InputError
from pds.base.files import read_bounded


def test_a_file_is_read_up_to_what_is_accepted(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"12345")
    assert read_bounded(path, 5, what="The file") == b"12345"
    with pytest.raises(CaptureError, match="The file is larger than 4e-06 MB, the most accepted"):
        read_bounded(path, 4, what="The file", error=CaptureError)


def test_an_enormous_file_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "a.bin"
    with path.open("wb") as file:
        file.truncate(2**40)  # sparse: takes no space, and would take all memory
    with pytest.raises(InputError, match="larger than 1 MB"):
        read_bounded(path, 10**6, what="The file")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none", "The recipe cannot be read: No such file"),
        ("", "The recipe cannot be read: Is a directory"),
        ("a\0b", "The recipe cannot be read: .* is no possible name"),
    ],
)
def test_what_cannot_be_read_is_said_to_be_so(tmp_path, name, words):
    with pytest.raises(InputError, match=words):
        read_bounded(f"{tmp_path}/{name}", 10, what="The recipe")
