"""Switches the checks of shapes and types on for the whole package, in every test run."""

from jaxtyping import install_import_hook

from tests import typechecker

install_import_hook("pds", f"{typechecker.__name__}.checked")
