"""The drawing as SVG."""

from pathlib import Path

from pds.base.files import write_bytes


def write_svg(path: str | Path, data: bytes) -> Path:
    """Writes a complete SVG document (as `Document.write` gives it), atomically.

    Raises:
        ExportError: it cannot be written.
    """
    return write_bytes(path, data)
