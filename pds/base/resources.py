"""Where the data that ships with the program lies.

An installed package carries presets and prior inside itself; in a checkout they lie beside it, in
`presets/`, where people look for them.
"""

from importlib.resources import files
from pathlib import Path


def presets_folder(package: str = "pds") -> Path:
    """The folder of the one-click edits, one folder a preset.

    Args:
        package: whose data it is.
    """
    inside = Path(str(files(package)))  # wheels are unpacked when they are installed
    packaged = inside / "_presets"
    return packaged if packaged.is_dir() else inside.parent / "presets"


def prior_folder(package: str = "pds") -> Path:
    """The folder of the built-in prior, in diffusers format.

    Args:
        package: whose data it is.
    """
    return presets_folder(package) / "prior"
