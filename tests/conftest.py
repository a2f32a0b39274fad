"""Switches the checks of shapes and types on for the whole package, in every test run.

`pds.config` is left out: it checks its values itself and tells users what is wrong with them, which
a type checker in front of it would hide.
"""

from pathlib import Path

from jaxtyping import install_import_hook

from tests import typechecker

ROOMS = Path(__file__).resolve().parents[1].joinpath("pds").glob("[a-z]*")
CHECKED = sorted(f"pds.{room.stem}" for room in ROOMS if room.stem != "config")

install_import_hook(CHECKED, f"{typechecker.__name__}.checked")
