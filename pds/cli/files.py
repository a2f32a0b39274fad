"""Files that a command is given."""

from pathlib import Path


def read_given(
    path: str | Path, error_class: type[Exception], what: str, *, max_bytes: int
) -> bytes:
    """The file's bytes, at most one more than `max_bytes`, so that a reader can refuse them.

    Args:
        path: as typed.
        error_class: raised, with a sentence, if the file cannot be read.
        what: what it should be, for the sentence.
        max_bytes: what the reader accepts.
    """
    if "\0" in str(path):
        raise error_class(f"The {what} {str(path)!r} cannot be read: no possible name.")
    try:
        with Path(path).open("rb") as file:
            return file.read(max_bytes + 1)
    except OSError as error:
        raise error_class(f"The {what} {str(path)!r} cannot be read: {error.strerror}.") from error
