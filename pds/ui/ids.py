"""Ids of a tab's widgets: no two of a page are the same."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Ids:
    """Makes ids.

    Attributes:
        noun: of the tab's kind.
        first: whether this is the page's first tab, whose inputs have short ids.
    """

    noun: str
    first: bool

    @property
    def prefix(self) -> str:
        """Of what is put in."""
        return "" if self.first else f"{self.noun}-"

    def of_input(self, name: str) -> str:
        """The id of something that is put in, or pressed."""
        return f"{self.prefix}{name}"

    def of_result(self, name: str) -> str:
        """The id of something that comes out."""
        return f"{self.noun}-{name}".replace("_", "-")
