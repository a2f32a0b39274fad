"""Pictures as PNG files."""

from pathlib import Path

from PIL import Image

from pds.base.errors import ConfigError
from pds.base.files import atomic_path

MIN_PNG_PX = 16
MAX_PNG_PX = 4096


def write_image(path: str | Path, picture: Image.Image) -> Path:
    """Writes a picture as PNG, atomically.

    Raises:
        ExportError: it cannot be written.
    """
    with atomic_path(path) as unfinished:
        picture.save(unfinished, format="PNG", optimize=True)
    return Path(path)


def check_size(size_px: object) -> None:
    """Raises ConfigError unless the size is a whole number from 16 to 4096."""
    number = size_px if isinstance(size_px, int) and not isinstance(size_px, bool) else 0
    if not MIN_PNG_PX <= number <= MAX_PNG_PX:
        raise ConfigError(
            f"The PNG size is {size_px!r}; it must be a whole number of pixels "
            f"from {MIN_PNG_PX} to {MAX_PNG_PX}."
        )
