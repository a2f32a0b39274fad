"""Zips from outside: nothing leaves the folder, fills the disk, or stays after a refusal."""

import struct
import zipfile
from pathlib import Path

import pytest

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.archive import (
    MAX_ARCHIVE_BYTES,
    MAX_DIRECTORY_BYTES,
    MAX_MEMBERS,
    _extract,
    unzip,
)
from pds.kinds.nerf.capture.paths import below, find_picture, listed, natural, relative_parts, shown


def archive(path: Path, members: dict[str | zipfile.ZipInfo, bytes], **options) -> Path:
    with zipfile.ZipFile(path, "w", **options) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def files_below(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def refused(path: Path, work: Path, match: str, **options) -> None:
    """Refused with these words, and nothing left behind, inside or outside `work`."""
    work.mkdir(exist_ok=True)
    before = files_below(work.parent)
    with pytest.raises(CaptureError, match=match):
        unzip(path, work=work, **options)
    assert list(work.iterdir()) == []
    assert files_below(work.parent) == before


def test_pictures_and_poses_are_unpacked_and_the_rest_is_left_out(tmp_path):
    path = archive(
        tmp_path / "a.zip",
        {
            "room/images/a.PNG": b"one",
            "room/transforms.json": b"{}",
            "room/sparse/0/cameras.bin": b"two",
            "room/run.sh": b"#!",
            "room/.hidden.png": b"x",
            "__MACOSX/room/a.png": b"x",
            "room/empty/": b"",
            "room\\images\\b.jpg": b"three",
        },
        compression=zipfile.ZIP_DEFLATED,
    )
    folder = unzip(path, work=tmp_path / "new" / "work")
    assert folder.parent == tmp_path / "new" / "work"
    assert files_below(folder) == [
        "room/images/a.PNG",
        "room/images/b.jpg",
        "room/sparse/0/cameras.bin",
        "room/transforms.json",
    ]
    assert (folder / "room/images/b.jpg").read_bytes() == b"three"


def test_two_zips_go_to_two_folders(tmp_path):
    path = archive(tmp_path / "a.zip", {"a.png": b"one"})
    assert unzip(path, work=tmp_path) != unzip(path, work=tmp_path)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("../a.png", "leads out"),
        ("images/../../a.png", "leads out"),
        ("..\\..\\a.png", "leads out"),
        ("/etc/a.png", "absolute path"),
        ("C:/a.png", "absolute path"),
        ("C:\\a.png", "absolute path"),
        ("a\nb.png", "control characters"),
        ("a\x7f.png", "control characters"),
        ("a/" + "x" * 300 + ".png", "no name of a file"),
        ("./", "no name of a file"),
        ("../harmless.exe", "leads out"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path, name, match):
    path = archive(tmp_path / "a.zip", {"good.png": b"x", name: b"evil"})
    refused(path, tmp_path / "work", match)


def test_a_name_with_a_hidden_end_is_refused(tmp_path):
    """`zipfile` cuts a name at its NUL; what lies behind is looked at all the same."""
    path = archive(tmp_path / "a.zip", {"a.png|b.exe": b"x"})
    path.write_bytes(path.read_bytes().replace(b"a.png|b.exe", b"a.png\0b.exe"))
    refused(path, tmp_path / "work", "control characters")


@pytest.mark.parametrize("kind", [0o120777, 0o020666, 0o010666], ids=["link", "device", "pipe"])
def test_links_and_devices_are_refused(tmp_path, kind):
    member = zipfile.ZipInfo("images/a.png")
    member.external_attr = kind << 16
    refused(archive(tmp_path / "a.zip", {member: b"/etc/passwd"}), tmp_path / "work", "is a link")


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.99])
def test_a_truncated_zip_is_refused(tmp_path, kept):
    path = archive(tmp_path / "a.zip", {f"{i}.png": bytes(range(256)) * 9 for i in range(9)})
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    refused(path, tmp_path / "work", "damaged or incomplete")


def test_a_zip_with_a_flipped_byte_is_refused(tmp_path):
    path = archive(tmp_path / "a.zip", {"a.png": b"wonderful" * 100}, compression=0)
    path.write_bytes(path.read_bytes().replace(b"wonderful", b"wonderfil", 1))
    refused(path, tmp_path / "work", "damaged or incomplete")


@pytest.mark.parametrize("data", [b"", b"PK", b"hello" * 30, b"PK\x05\x06"])
def test_bytes_that_are_no_zip_are_refused(tmp_path, data):
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    refused(path, tmp_path / "work", "not a zip")


def test_a_zip_that_is_not_there_is_refused(tmp_path):
    refused(tmp_path / "none.zip", tmp_path / "work", "cannot be unpacked: No such file")


def test_too_many_members_are_refused(tmp_path):
    members = {f"{i}.png": b"" for i in range(MAX_MEMBERS + 1)}
    refused(archive(tmp_path / "a.zip", members), tmp_path / "work", "at most 5000")


def test_an_endless_table_of_contents_is_refused_before_it_is_read(tmp_path):
    path = archive(tmp_path / "a.zip", {"a.png": b"x"})
    data = bytearray(path.read_bytes())
    data[-10:-6] = struct.pack("<I", MAX_DIRECTORY_BYTES + 1)
    path.write_bytes(data)
    refused(path, tmp_path / "work", "too many files")


def test_a_zip64_table_of_contents_is_refused(tmp_path):
    """It is only needed for more than is accepted anyway, and would hide the real count."""
    path = archive(tmp_path / "a.zip", {"a.png": b"x"})
    data = path.read_bytes()
    path.write_bytes(data[:-22] + b"PK\x06\x07" + bytes(16) + data[-22:])
    refused(path, tmp_path / "work", "too many files")


def test_a_zip_with_a_comment_is_read(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.png", b"x")
        file.comment = b"packed with love"
    assert files_below(unzip(path, work=tmp_path / "work")) == ["a.png"]


def test_an_archive_that_is_itself_too_large_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with open(path, "wb") as file:
        file.truncate(MAX_ARCHIVE_BYTES + 1)  # sparse: takes no room
    refused(path, tmp_path / "work", "the most accepted is 2 GB")


def test_members_that_say_they_are_too_large_are_refused(tmp_path):
    path = archive(tmp_path / "a.zip", {"a.png": b"x" * 600, "b.png": b"x" * 600})
    refused(path, tmp_path / "work", "would unpack to more than", max_bytes=1000)
    assert len(files_below(unzip(path, work=tmp_path / "work", max_bytes=1200))) == 2


def test_members_that_lie_about_their_size_are_stopped(tmp_path):
    """The table says 10 bytes, the data are 600: what comes out is counted, not believed."""
    path = archive(tmp_path / "a.zip", {"a.png": b"x" * 600}, compression=zipfile.ZIP_DEFLATED)
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 600), struct.pack("<I", 10)))
    refused(path, tmp_path / "work", "damaged or incomplete", max_bytes=100)


def test_what_comes_out_is_counted_while_it_is_written(tmp_path):
    path = archive(tmp_path / "a.zip", {"a.png": b"x" * 600})
    with zipfile.ZipFile(path) as file, pytest.raises(CaptureError, match="more than"):
        _extract(file, file.infolist()[0], tmp_path / "a.png", 599)


def test_a_bomb_is_refused_by_its_ratio(tmp_path):
    path = archive(
        tmp_path / "a.zip", {"a.png": bytes(5_000_000)}, compression=zipfile.ZIP_DEFLATED
    )
    refused(path, tmp_path / "work", "more than 200 times")


def test_small_files_may_pack_well(tmp_path):
    path = archive(tmp_path / "a.zip", {"a.json": b" " * 500_000}, compression=zipfile.ZIP_DEFLATED)
    assert files_below(unzip(path, work=tmp_path / "work")) == ["a.json"]


def test_unusual_packing_is_refused(tmp_path):
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        path = archive(tmp_path / "a.zip", {"a.png": b"x" * 100}, compression=method)
        refused(path, tmp_path / "work", "a.png in a.zip is packed in an unusual way")


def test_a_zip_of_a_version_to_come_is_refused(tmp_path):
    path = archive(tmp_path / "a.zip", {"a.png": b"x"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 6] = 99
    path.write_bytes(data)
    refused(path, tmp_path / "work", "a.zip is packed in an unusual way")


def test_a_locked_zip_is_refused(tmp_path):
    path = archive(tmp_path / "a.zip", {"a.png": b"x"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[data.index(b"PK\x03\x04") + 6] |= 1
    path.write_bytes(data)
    refused(path, tmp_path / "work", "password")


def test_a_file_twice_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.png", b"one")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("a.png", b"two")
    refused(path, tmp_path / "work", "in the zip twice")


def test_a_file_that_is_also_a_folder_is_refused(tmp_path):
    path = archive(tmp_path / "a.zip", {"a.png": b"one", "a.png/b.png": b"two"})
    refused(path, tmp_path / "work", "in the zip twice")


def test_a_good_name_is_taken_apart():
    assert relative_parts("./images//a b.png") == ("images", "a b.png")
    assert relative_parts("images\\ä.png") == ("images", "ä.png")


@pytest.mark.parametrize("name", ["", ".", "x" * 1001, "\ud800.png"])
def test_names_of_nothing_are_refused(name):
    with pytest.raises(CaptureError, match=r"no name of a file|control characters"):
        relative_parts(name)


def test_links_that_lead_out_are_refused_and_links_inside_are_followed(tmp_path):
    base = tmp_path / "base"
    base.mkdir()
    (tmp_path / "secret.png").write_bytes(b"x")
    (base / "real.png").write_bytes(b"x")
    (base / "out.png").symlink_to(tmp_path / "secret.png")
    (base / "up").symlink_to(tmp_path)
    (base / "in.png").symlink_to(base / "real.png")
    (base / "loop.png").symlink_to(base / "loop.png")
    for name in ("out.png", "up/secret.png"):
        with pytest.raises(CaptureError, match="leads out"):
            below(base, name)
        with pytest.raises(CaptureError, match="leads out"):
            find_picture(base, name.removesuffix(".png"))
    assert below(base, "in.png") == base / "in.png"
    assert find_picture(base, "loop.png") is None


def test_a_picture_is_found_without_its_ending(tmp_path):
    for name in ("a.png", "b.JPG", "c.webp", "d", "e.0.jpeg"):
        (tmp_path / name).write_bytes(b"x")
    found = [find_picture(tmp_path, name) for name in ("a", "b", "c", "d", "e.0", "f", "a.jpg")]
    assert [p and p.name for p in found] == [
        "a.png",
        "b.JPG",
        "c.webp",
        "d",
        "e.0.jpeg",
        None,
        None,
    ]


def test_messages_name_a_few_and_count_the_rest():
    assert listed(["a", "b"]) == "a, b"
    assert listed(list("abcde")) == "a, b, c and 2 more"
    assert len(shown("x" * 500)) < 80


def test_numbers_in_names_sort_as_numbers():
    names = ["b1.png", "a10.png", "a2.png", "a02b.png", "7.png", "a" + "9" * 30]
    assert sorted(names, key=natural)[:3] == ["7.png", "a2.png", "a02b.png"]
    assert sorted(names, key=natural)[-2:] == ["a" + "9" * 30, "b1.png"]
