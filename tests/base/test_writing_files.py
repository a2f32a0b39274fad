"""Files that are complete or not there."""

import pytest

from pds.base.errors import ExportError
from pds.base.files import atomic_path, check_folder, write_bytes
from tests.doubles.work_doubles import blocked


def test_an_atomic_file_appears_only_when_the_block_ends(tmp_path):
    path = tmp_path / "new" / "folder" / "picture.png"
    with atomic_path(path) as unfinished:
        unfinished.write_text("whole")
        assert unfinished.parent == path.parent
        assert unfinished.suffix == ".png"
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_a_failure_keeps_the_older_file_and_leaves_nothing_else(tmp_path, error):
    path = tmp_path / "a.svg"
    path.write_text("old")

    def write_half():
        with atomic_path(path) as unfinished:
            unfinished.write_text("half")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_fails_before_it_writes_leaves_nothing(tmp_path):
    with pytest.raises(ExportError, match="disk is full"), atomic_path(tmp_path / "a.svg"):
        raise OSError("the disk is full")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.svg", "deeper/a.svg"])
def test_a_file_in_place_of_the_folder_is_an_export_error(tmp_path, name):
    path = blocked(tmp_path) / name
    with pytest.raises(ExportError, match=r"cannot be written .*choose another folder"):
        write_bytes(path, b"x")


def test_a_folder_in_place_of_the_file_is_an_export_error(tmp_path):
    (tmp_path / "a.svg").mkdir()
    with pytest.raises(ExportError, match="cannot be written"):
        write_bytes(tmp_path / "a.svg", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]


@pytest.mark.parametrize(("name", "why"), [("nul\0", "not a possible"), ("x" * 300, "too long")])
def test_an_impossible_name_is_an_export_error(tmp_path, name, why):
    with pytest.raises(ExportError, match=why):
        write_bytes(tmp_path / name / "a.svg", b"x")


def test_a_folder_is_checked_without_a_trace(tmp_path):
    folder = check_folder(tmp_path / "a" / "b")
    assert folder.is_dir()
    assert list(folder.iterdir()) == []
    with pytest.raises(ExportError, match="cannot be written"):
        check_folder(blocked(tmp_path))
    with pytest.raises(ExportError, match="not a possible name"):
        check_folder(tmp_path / "nul\0")
