"""What a drawing is parsed to."""

from dataclasses import dataclass

from pds.kinds.svg.document import Document
from pds.kinds.svg.shapes import Drawing, Parameters


@dataclass(frozen=True, kw_only=True)
class DrawingContent:
    """A document with numbers of its own.

    Attributes:
        document: the file.
        parameters: the numbers, in place of those of the file.
        text: the file's text, if the numbers are its own; None if it is to be written.
    """

    document: Document
    parameters: Parameters
    text: str | None = None

    @property
    def drawing(self) -> Drawing:
        """The structure."""
        return self.document.drawing

    def write(self) -> bytes:
        """The bytes of the file."""
        if self.text is not None:
            return self.text.encode("utf-8")
        return self.document.write(self.parameters)
