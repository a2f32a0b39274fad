"""What an asset is and what it should become, in words."""

from dataclasses import dataclass

from pds.base.checks import check_prompt


@dataclass(frozen=True, kw_only=True)
class Prompts:
    """A pair of prompts.

    Attributes:
        source: what the asset is.
        target: what it should become.

    Raises:
        PromptError: one that is empty or longer than 400 characters.
    """

    source: str
    target: str

    def __post_init__(self) -> None:
        check_prompt("source prompt", self.source)
        check_prompt("target prompt", self.target)

    @property
    def change(self) -> str:
        """Both in a line: what an edit is called in lists."""
        return f"{self.source} → {self.target}"
