"""Unpacking a zip from outside: nothing leaves the folder, nothing fills the disk.

By hand: `zipfile` bounds neither the table of contents nor what comes out, and renames bad names
where they are to be refused.
"""

import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path

from pds.base.errors import CaptureError
from pds.kinds.nerf.capture.paths import PICTURE_SUFFIXES, relative_parts, shown

MAX_ARCHIVE_BYTES = 2_000_000_000
MAX_BYTES = 2_000_000_000  # unpacked
MAX_MEMBERS = 5000
MAX_RATIO = 200  # above this a file is made to blow up; pictures and poses are below 20
RATIO_FROM_BYTES = 1_000_000
MAX_DIRECTORY_BYTES = 4_000_000  # of the archive's table of contents
CHUNK = 1 << 20
WANTED_SUFFIXES = (*PICTURE_SUFFIXES, ".json", ".txt", ".bin", ".npy")
PLAIN = "pack it as a plain zip"
PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

END = b"PK\x05\x06"
END_BYTES = 22
END64_LOCATOR = b"PK\x06\x07"
END64_LOCATOR_BYTES = 20


def unzip(path: Path, *, work: Path, max_bytes: int = MAX_BYTES) -> Path:
    """Unpacks the pictures and poses of a zip into a new folder.

    Everything that is no picture, JSON, text, COLMAP or NumPy file is left out.

    Args:
        path: the zip.
        work: the new folder is made in it.
        max_bytes: what may come out, counted while it is written.

    Returns:
        The new folder; the caller removes it when it is done.

    Raises:
        CaptureError: damaged, locked, too much in it, or a name that leads out of the folder. Then
            nothing of it is left.
    """
    work.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="capture-", dir=work))
    done = False
    try:
        _check_directory(path)
        with zipfile.ZipFile(path) as archive:
            left = max_bytes
            for member, parts in _checked(archive.infolist(), path.name, max_bytes):
                left -= _extract(archive, member, folder.joinpath(*parts), left)
        done = True
    except NotImplementedError as error:
        raise CaptureError(f"{path.name} is packed in an unusual way; {PLAIN}.") from error
    except OSError as error:
        raise CaptureError(f"{path.name} cannot be unpacked: {error.strerror}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, ValueError) as error:
        raise CaptureError(
            f"{path.name} is not a zip, or is damaged or incomplete; pack it again."
        ) from error
    finally:
        if not done:
            shutil.rmtree(folder, ignore_errors=True)
    return folder


def _check_directory(path: Path) -> None:
    """Looks at the size of the table of contents before `zipfile` reads all of it."""
    size = path.stat().st_size
    if size > MAX_ARCHIVE_BYTES:
        raise CaptureError(
            f"{path.name} has {size / 1e9:.1f} GB; the most accepted is "
            f"{MAX_ARCHIVE_BYTES / 1e9:g} GB."
        )
    with open(path, "rb") as file:
        file.seek(max(0, size - END_BYTES - 65_535 - END64_LOCATOR_BYTES))
        tail = file.read()
    at = len(tail) - END_BYTES
    if not (tail[at : at + 4] == END and tail.endswith(b"\0\0")):
        at = tail.rfind(END)
    if at < 0 or len(tail) < at + END_BYTES:
        raise zipfile.BadZipFile("no end")
    directory_bytes = struct.unpack("<I", tail[at + 12 : at + 16])[0]
    locator = tail[max(0, at - END64_LOCATOR_BYTES) : at]
    if directory_bytes > MAX_DIRECTORY_BYTES or locator.startswith(END64_LOCATOR):
        raise _too_many(path.name)


def _checked(
    members: list[zipfile.ZipInfo], name: str, max_bytes: int
) -> list[tuple[zipfile.ZipInfo, tuple[str, ...]]]:
    """The files to unpack, with the parts of their names; refuses the archive for any bad one."""
    if len(members) > MAX_MEMBERS:
        raise _too_many(name)
    if sum(member.file_size for member in members) > max_bytes:
        raise _too_large(max_bytes)
    wanted = []
    for member in members:
        parts = relative_parts(member.orig_filename)
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise CaptureError(
                f"{shown(member.filename)} in {name} is a link or a device; pack the files "
                "themselves."
            )
        hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
        if member.is_dir() or hidden or not parts[-1].lower().endswith(WANTED_SUFFIXES):
            continue
        _check_packing(member, name)
        wanted.append((member, parts))
    return wanted


def _check_packing(member: zipfile.ZipInfo, name: str) -> None:
    if member.flag_bits & 0x1:
        raise CaptureError(f"{name} is locked with a password; pack it without one.")
    if member.compress_type not in PLAIN_METHODS:
        raise CaptureError(
            f"{shown(member.filename)} in {name} is packed in an unusual way; {PLAIN}."
        )
    large = member.file_size > RATIO_FROM_BYTES
    if large and member.file_size > MAX_RATIO * max(1, member.compress_size):
        raise CaptureError(
            f"{shown(member.filename)} in {name} would unpack to more than {MAX_RATIO} times its "
            "size; that is not a picture."
        )


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Writes one file and returns its size; stops as soon as it is larger than `left`."""
    written = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, open(target, "xb") as file:
            while chunk := source.read(CHUNK):
                written += len(chunk)
                if written > left:
                    raise _too_large(left)
                file.write(chunk)
    except (FileExistsError, NotADirectoryError) as error:
        raise CaptureError(
            f"{shown(member.filename)} is in the zip twice; pack it again."
        ) from error
    return written


def _too_many(name: str) -> CaptureError:
    return CaptureError(
        f"{name} holds too many files; at most {MAX_MEMBERS} are accepted. Pack only the pictures "
        "and the poses."
    )


def _too_large(max_bytes: int) -> CaptureError:
    return CaptureError(
        f"The zip would unpack to more than {max_bytes / 1e9:g} GB; pack fewer or smaller pictures."
    )
