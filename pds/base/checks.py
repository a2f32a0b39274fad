"""Single values checked, each fault a sentence."""

import math

from pds.base.errors import ConfigError, PromptError

MAX_PROMPT_CHARACTERS = 400


def check_range(name: str, value: object, low: float, high: float) -> None:
    """Raises ConfigError unless `low <= value <= high` (and the value is a finite number)."""
    number = math.nan if isinstance(value, bool) or not isinstance(value, int | float) else value
    if not low <= number <= high or not math.isfinite(number):
        raise ConfigError(f"{name} is {value!r}; it must be a number from {low:g} to {high:g}.")


def check_whole(name: str, value: object, low: int, high: int) -> None:
    """Raises ConfigError unless the value is an integer from `low` to `high`."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ConfigError(f"{name} is {value!r}; it must be a whole number from {low} to {high}.")


def check_choice(name: str, value: object, known: tuple[str, ...]) -> None:
    """Raises ConfigError unless the value is one of `known`."""
    if value not in known:
        raise ConfigError(f"{name} is {value!r}; known are: {', '.join(known)}.")


def check_prompt(name: str, text: object) -> None:
    """Raises PromptError if the text is not text, blank, or longer than 400 characters."""
    if not isinstance(text, str) or not text.strip():
        raise PromptError(f"The {name} is empty; describe the picture in a few words.")
    if len(text) > MAX_PROMPT_CHARACTERS:
        raise PromptError(
            f"The {name} has {len(text)} characters; shorten it to {MAX_PROMPT_CHARACTERS}."
        )
