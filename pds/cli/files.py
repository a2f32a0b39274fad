"""Files that a command is given."""

from pathlib import Path

from pds.base.errors import InputError, RecipeError
from pds.kinds import kind_of_file
from pds.kinds.asset import Asset
from pds.kinds.kind import Kind
from pds.work.names import clean_name, plain_name
from pds.work.recipe import MAX_RECIPE_BYTES, Recipe


def read_given(
    path: str | Path, what: str, *, max_bytes: int, error_class: type[Exception] = InputError
) -> bytes:
    """The file's bytes, at most one more than `max_bytes`, so that a reader can refuse them.

    Args:
        path: as typed.
        what: what it should be, for the sentence.
        max_bytes: what the reader accepts.
        error_class: raised, with a sentence, if the file cannot be read.
    """
    if "\0" in str(path):
        raise error_class(f"The {what} {str(path)!r} cannot be read: no possible name.")
    try:
        with Path(path).open("rb") as file:
            return file.read(max_bytes + 1)
    except OSError as error:
        raise error_class(f"The {what} {str(path)!r} cannot be read: {error.strerror}.") from error


def read_asset(path: str | Path, kind: Kind | None = None) -> Asset:
    """Reads a drawing, a scene or a picture.

    Args:
        path: as typed.
        kind: of what it should be; None to tell by the ending.

    Raises:
        InputError: no kind has such an ending, it cannot be read, or it is refused.
    """
    kind = kind_of_file(path) if kind is None else kind
    data = read_given(path, kind.noun, max_bytes=kind.max_bytes)
    if len(data) > kind.max_bytes:
        raise InputError(
            f"{Path(path).name} is larger than {kind.max_bytes / 1e6:g} MB, the most for a "
            f"{kind.noun}."
        )
    asset = kind.read(data, name="")  # which takes its own name, if its file holds one
    name = plain_name(asset.name) or clean_name(Path(path).name, otherwise=kind.noun)
    return asset.named(name)


def read_recipe(path: str | Path) -> Recipe:
    """Reads a recipe.

    Raises:
        RecipeError: it cannot be read or used.
    """
    data = read_given(path, "recipe", max_bytes=MAX_RECIPE_BYTES, error_class=RecipeError)
    return Recipe.from_json(data)


def source_beside(path: str | Path, kind: Kind) -> Path | None:
    """The source that an edit wrote beside a recipe, if it is there."""
    beside = Path(path).parent / f"source{kind.endings[0]}"
    return beside if beside.is_file() else None
