"""How the room of drawings hangs together: no circles, and one meaning for each number."""

import ast
import doctest
from pathlib import Path

import pds.kinds.svg as room
from pds.kinds.svg.raster import columns, strokes
from pds.kinds.svg.raster.paint import SPREADS

ROOM = Path(room.__file__).parent


def part_of(module: str) -> str:
    """The folder or file of the room that a module is in."""
    return module.removeprefix(f"{room.__name__}.").split(".")[0]


def imports() -> dict[str, set[str]]:
    """Which parts of the room each part imports."""
    found: dict[str, set[str]] = {}
    for path in ROOM.rglob("*.py"):
        part = path.relative_to(ROOM).with_suffix("").parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(room.__name__):
                found.setdefault(part, set()).add(part_of(node.module))
    return {part: others - {part} for part, others in found.items()}


def test_the_parts_of_the_room_import_each_other_in_one_direction():
    waiting = imports()
    while waiting:
        free = [part for part, others in waiting.items() if not others & waiting.keys()]
        assert free, f"these import each other: {sorted(waiting)}"
        for part in free:
            del waiting[part]


def test_the_numbers_of_the_kernels_are_the_places_in_the_lists_of_names():
    assert [strokes.CAPS[i] for i in (columns.BUTT, columns.ROUND_CAP, columns.SQUARE)] == [
        "butt",
        "round",
        "square",
    ]
    assert [strokes.JOINS[i] for i in (columns.MITER, columns.ROUND, columns.BEVEL)] == [
        "miter",
        "round",
        "bevel",
    ]
    assert [SPREADS[i] for i in (columns.PAD, columns.REFLECT, columns.REPEAT)] == [
        "pad",
        "reflect",
        "repeat",
    ]


def test_the_example_at_the_door_is_true():
    assert doctest.testmod(room).attempted >= 4
    assert doctest.testmod(room).failed == 0
