"""The examples in the documentation of the package are true."""

import doctest
import importlib
from pathlib import Path

import pytest

import pds

ROOT = Path(pds.__file__).parent
ROOMS = ("base", "settings", "diffusion", "engine", "kinds", "work")
MODULES = sorted(
    ".".join(("pds", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for path in ROOT.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_an_example_gives_the_result_beside_it(name):
    module = importlib.import_module(name)
    found = doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize("room", ROOMS)
def test_the_door_of_every_room_has_an_example(room):
    assert f"pds.{room}" in MODULES


def test_every_public_name_can_be_had():
    for name in pds.__all__:
        assert getattr(pds, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        pds.nonsense  # noqa: B018
