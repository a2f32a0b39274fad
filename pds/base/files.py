"""Files: read no further than is accepted, written complete or not at all.

The atomic write is by hand: two calls of the standard library, with the errors as our sentences.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pds.base.errors import ExportError, InputError, PDSError


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Gives a temporary path beside `path`, and puts the file there in place at the end.

    The folder is made if need be. If the block fails in any way, nothing is left behind and an
    older file of that name stays as it was.

    Yields:
        A path with the same extension, in the same folder, that does not exist yet.

    Raises:
        ExportError: the folder or the file cannot be written; any OSError in the block.
    """
    path = _possible(path)
    unfinished = path.with_name(f".{secrets.token_hex(8)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        os.replace(unfinished, path)
    except OSError as error:
        raise ExportError(_sentence(path, error)) from error
    finally:
        # After a success there is nothing to remove; after a failure the folder may be missing.
        _remove(unfinished)


def read_bounded(
    path: str | Path, max_bytes: int, *, what: str, error: type[PDSError] = InputError
) -> bytes:
    """The bytes of a file from outside, no more of which is read than is accepted.

    Args:
        path: where it lies.
        max_bytes: the most accepted.
        what: how the sentence of an error begins, such as "The recipe" or the file's name.
        error: what to raise.

    Raises:
        PDSError: of the class `error`: not there, not readable, no possible name, or larger.
    """
    if "\0" in str(path):
        raise error(f"{what} cannot be read: {str(path)!r} is no possible name.")
    try:
        with open(path, "rb") as file:
            # Its size tells most of it at once; what has none, or grows, is bounded all the same.
            large = os.fstat(file.fileno()).st_size > max_bytes
            data = b"" if large else file.read(max_bytes + 1)
    except OSError as problem:
        raise error(f"{what} cannot be read: {problem.strerror or problem}.") from problem
    if large or len(data) > max_bytes:
        raise error(f"{what} is larger than {max_bytes / 1e6:g} MB, the most accepted.")
    return data


def write_bytes(path: str | Path, data: bytes) -> Path:
    """Writes a whole file atomically.

    Raises:
        ExportError: it cannot be written.
    """
    with atomic_path(path) as unfinished:
        unfinished.write_bytes(data)
    return Path(path)


def check_folder(folder: str | Path) -> Path:
    """Makes the folder if need be and tries whether a file can be written there.

    For asking before a long run instead of after it.

    Raises:
        ExportError: not a folder, or not writable.
    """
    folder = _possible(folder)
    probe = folder / f".{secrets.token_hex(8)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
    except OSError as error:
        raise ExportError(_sentence(folder, error)) from error
    finally:
        _remove(probe)
    return folder


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # The folder itself is the trouble, and has been reported.


def _possible(path: str | Path) -> Path:
    if "\0" in str(path):
        raise ExportError(f"{str(path)!r} is not a possible name; choose another.")
    return Path(path)


def _sentence(path: Path, error: OSError) -> str:
    return f"{str(path)!r} cannot be written ({error.strerror or error}); choose another folder."
