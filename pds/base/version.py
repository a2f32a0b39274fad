"""The program's version, here and nowhere else: the package, recipes and `--version` read it."""

__version__ = "0.1.0"
