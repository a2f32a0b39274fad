"""`pds inspect`: what files are, what of them can move, or why one is refused."""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

from pds.base.errors import InputError
from pds.cli.backend import Backend
from pds.cli.files import read_asset
from pds.cli.progress import BAD_INPUT, FINE
from pds.kinds import KINDS, kind_of
from pds.kinds.asset import Asset

SIDE_PX = 64
NAMED_AT_MOST = 20


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds what the command takes."""
    parser.description = (
        "Says of each file what it is, what of it can move, what is not drawn, or why it is "
        "refused. No model is loaded. The exit code is 2 if one is refused."
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a drawing, a scene, a picture, or what a scene is made of: a folder, a zip, a video",
    )
    parser.add_argument(
        "--only-refused",
        dest="only_refused",
        action="store_true",
        help="say nothing of files that can be used",
    )


def run_command(arguments: argparse.Namespace, backend: Backend) -> int:
    """Prints what there is to say; returns the exit code."""
    code = FINE
    for file in arguments.files:
        try:
            lines = list(_described(Path(file)))
        except InputError as error:
            code = BAD_INPUT
            print(f"{file}: refused. {error}")
            continue
        if not arguments.only_refused:
            print("\n".join([f"{file}: {lines[0]}", *(f"  {line}" for line in lines[1:])]))
    return code


def _described(path: Path) -> Iterator[str]:
    """What there is to say of a file, a line each.

    Raises:
        InputError: it is refused.
    """
    if "\0" not in str(path) and (path.is_dir() or _is_of_a_maker(path)):
        yield from _brought(path)
        return
    asset = read_asset(path)
    noun = kind_of(asset.kind).noun
    yield f"a {noun}{': ' if asset.about else ''}{asset.about}."
    yield f"can move: {_movable(asset)}"
    if asset.parts:
        named = ", ".join(asset.parts[:NAMED_AT_MOST])
        more = len(asset.parts) - NAMED_AT_MOST
        yield f"can be locked: {named}{f' and {more} more' if more > 0 else ''}"
    if asset.prompt:
        yield f"shows: {asset.prompt}"
    yield from (f"note: {sentence}" for sentence in asset.warnings)


def _is_of_a_maker(path: Path) -> bool:
    """Whether it is no asset itself, but something that one can be made of."""
    ending = path.suffix.lower()
    if any(ending in kind.endings for kind in KINDS.values()):
        return False
    return any(ending in kind.maker.endings for kind in KINDS.values() if kind.maker)


def _brought(path: Path) -> Iterator[str]:
    """What a kind could be made of."""
    maker = next(kind.maker for kind in KINDS.values() if kind.maker)
    with tempfile.TemporaryDirectory(prefix="pds-inspect-") as work:
        brought = maker.inspect(path, work=Path(work))
    yield f"{brought.about}."
    yield from (f"note: {sentence}" for sentence in brought.warnings)


def _movable(asset: Asset) -> str:
    """The groups of numbers that an edit can change, as `--move` names them."""
    kind = kind_of(asset.kind)
    try:
        moving = kind.parametric(
            asset,
            kind.Settings(),
            size_px=SIDE_PX,
            device="cpu",
            generator=torch.Generator().manual_seed(0),
        )
    except InputError as error:
        return f"nothing. {error}"
    counts: dict[str, int] = {}
    for group in moving.parameter_groups():
        numbers = sum(parameter.numel() for parameter in group.parameters)
        counts[group.name] = counts.get(group.name, 0) + numbers
    return ", ".join(f"{name} ({count} numbers)" for name, count in counts.items())
