"""Outputs that every kind has: the recipe, and the source as it was."""

from collections.abc import Callable, Iterator
from pathlib import Path

from pds.base.files import write_bytes
from pds.kinds.output import Made, Output, OutputFile, OutputStep
from pds.settings import Settings


def recipe_output() -> Output:
    """The recipe as JSON."""

    def write(made: Made, settings: Settings, path: Callable[[str], Path]) -> Iterator[OutputStep]:
        write_bytes(path("recipe"), made.recipe.encode())
        yield OutputStep(index=0, total=1)

    return Output(
        key="recipe",
        label="Recipe",
        quick=True,
        files=(
            OutputFile(
                key="recipe", label="Recipe", tail=" recipe", ending=".json", plain="recipe.json"
            ),
        ),
        write=write,
        offered=lambda made: bool(made.recipe),
    )


def source_output(ending: str) -> Output:
    """The bytes that the run began with, in a file with that ending."""

    def write(made: Made, settings: Settings, path: Callable[[str], Path]) -> Iterator[OutputStep]:
        assert made.source is not None
        write_bytes(path("source"), made.source.data)
        yield OutputStep(index=0, total=1)

    return Output(
        key="source",
        label="Source",
        files=(
            OutputFile(
                key="source",
                label="Source",
                tail=" source",
                ending=ending,
                plain=f"source{ending}",
            ),
        ),
        write=write,
        offered=lambda made: made.source is not None,
    )
