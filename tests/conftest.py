"""Switches the checks of shapes and types on for the whole package, in every test run.

Left out are `pds.settings`, which checks its values itself and tells users what is wrong (a type
checker in front of it would hide that), and the numba kernels, which are compiled.
"""

from pathlib import Path

from jaxtyping import install_import_hook

from tests import typechecker
from tests.skips import pytest_runtest_makereport  # noqa: F401

ROOT = Path(__file__).resolve().parents[1]


def checked_modules() -> list[str]:
    """Every module of the package that is not left out; a package's name would cover all of it."""
    files = sorted(ROOT.glob("pds/**/*.py"))
    names = [".".join(f.relative_to(ROOT).with_suffix("").parts) for f in files]
    return [
        name
        for name in names
        if not name.endswith(("__init__", "_numba")) and not name.startswith("pds.settings.")
    ]


install_import_hook(checked_modules(), f"{typechecker.__name__}.checked")
