"""What is declared of one setting, and how a value is checked against it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from pds.base.checks import check_choice, check_range, check_whole
from pds.base.errors import ConfigError

LEVELS = ("main", "choice", "advanced")


@dataclass(frozen=True, kw_only=True)
class Declaration(ABC):
    """One setting, in words and numbers.

    Attributes:
        label: what a widget is called.
        help: what it does, in a few words that go on from its name: an option's help, a widget's
            info, a row of the README's table.
        flag: the option of the command line.
        level: where the page shows it: `main`, `choice` or `advanced`.
        metavar: what stands for its value in the help of the command line.
    """

    label: str
    help: str
    flag: str
    level: str = "advanced"
    metavar: str = "X"

    @abstractmethod
    def check(self, name: str, value: Any) -> Any:
        """The value in the setting's own type.

        Raises:
            ConfigError: it cannot be; the sentence names the setting and says what it must be.
        """

    def shown(self, value: Any) -> str:
        """A value as the help and the README's table show it."""
        return str(value)


@dataclass(frozen=True, kw_only=True)
class Number(Declaration):
    """A number in a range.

    Attributes:
        low, high: of the range, both admitted.
        whole: whether it must be an integer.
        zero: what 0 stands for, where 0 is admitted below the range; empty where it is not.
        step: of a widget.
        slider: upper end of a slider, beyond which few go; 0 for a plain field.
        unit: of the value.
    """

    low: float
    high: float
    whole: bool = False
    zero: str = ""
    step: float = 1.0
    slider: float = 0.0
    unit: str = ""

    def check(self, name: str, value: Any) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (self.zero and is_number and value == 0):
            if self.whole:
                check_whole(name, value, int(self.low), int(self.high))
            else:
                check_range(name, value, self.low, self.high)
        if self.whole and not isinstance(value, int):
            check_whole(name, value, int(self.low), int(self.high))
        return value if self.whole else float(value)

    def shown(self, value: Any) -> str:
        if self.zero and value == 0:
            return f"0 = {self.zero}"
        return f"{value:g}"


@dataclass(frozen=True, kw_only=True)
class Choice(Declaration):
    """One of some names; `labels` says how a widget shows them."""

    labels: Mapping[str, str]
    metavar: str = "NAME"

    def check(self, name: str, value: Any) -> Any:
        check_choice(name, value, tuple(self.labels))
        return value


@dataclass(frozen=True, kw_only=True)
class Several(Declaration):
    """At least one of some names."""

    labels: Mapping[str, str]
    metavar: str = "A,B"

    def check(self, name: str, value: Any) -> Any:
        value = text_tuple(name, value)
        if not value:
            raise ConfigError(
                f"Nothing may {name}; allow at least one of: {', '.join(self.labels)}."
            )
        for item in value:
            check_choice(name, item, tuple(self.labels))
        return value

    def shown(self, value: Any) -> str:
        return "all" if set(value) == set(self.labels) else ", ".join(value)


@dataclass(frozen=True, kw_only=True)
class Words(Declaration):
    """Any number of names that nobody can list beforehand, such as ids."""

    metavar: str = "A,B"

    def check(self, name: str, value: Any) -> Any:
        return text_tuple(name, value)

    def shown(self, value: Any) -> str:
        return ", ".join(value) or "none"


@dataclass(frozen=True, kw_only=True)
class Flag(Declaration):
    """Yes or no."""

    def check(self, name: str, value: Any) -> Any:
        if not isinstance(value, bool):
            raise ConfigError(f"{name} is {value!r}; it must be true or false.")
        return value

    def shown(self, value: Any) -> str:
        return "yes" if value else "no"


@dataclass(frozen=True, kw_only=True)
class Corners(Declaration):
    """A box: low x, y, z, then high x, y, z; empty for everywhere."""

    low: float
    high: float
    metavar: str = "X"
    axes: str = field(default="xyz")

    def check(self, name: str, value: Any) -> Any:
        listed = isinstance(value, list | tuple)
        if not listed or any(isinstance(v, bool) or not isinstance(v, int | float) for v in value):
            raise ConfigError(f"{name} is {value!r}; it must be a list of numbers.")
        if not value:
            return ()
        if len(value) != 6:
            raise ConfigError(f"{name} needs six numbers: low x, y, z, then high x, y, z.")
        for number in value:
            check_range(name, number, self.low, self.high)
        if any(low >= high for low, high in zip(value[:3], value[3:], strict=True)):
            raise ConfigError(f"{name} is empty: each low number must be below its high one.")
        return tuple(float(number) for number in value)

    def shown(self, value: Any) -> str:
        return " ".join(f"{number:g}" for number in value) or "everywhere"


def text_tuple(name: str, value: Any) -> tuple[str, ...]:
    """The value as a tuple of text; raises ConfigError unless it is a list or tuple of text."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{name} is {value!r}; it must be a list of text.")
    return tuple(value)


def declared(default: Any, declaration: Declaration) -> Any:
    """A field of a `Settings` class with this default and declaration."""
    return Field(default, description=declaration.help, json_schema_extra=_Extra(declaration))


class _Extra(dict[str, Any]):
    """What the schema says beside pydantic's own; carries the declaration itself along."""

    def __init__(self, declaration: Declaration):
        extra: dict[str, Any] = {"title": declaration.label}
        if isinstance(declaration, Number):
            low = min(0, declaration.low) if declaration.zero else declaration.low
            extra |= {"minimum": low, "maximum": declaration.high}
        if isinstance(declaration, Choice):
            extra |= {"enum": list(declaration.labels)}
        if isinstance(declaration, Several):
            extra |= {"items": {"type": "string", "enum": list(declaration.labels)}, "minItems": 1}
        super().__init__(extra)
        self.declaration = declaration


def number(default: float, low: float, high: float, **words: Any) -> Any:
    """Declares a number; see `Number`."""
    return declared(float(default), Number(low=low, high=high, **words))


def whole(default: int, low: int, high: int, **words: Any) -> Any:
    """Declares an integer; see `Number`."""
    words = {"metavar": "N", **words}
    return declared(default, Number(low=low, high=high, whole=True, **words))


def choice(default: str, labels: Mapping[str, str], **words: Any) -> Any:
    """Declares one of some names; see `Choice`."""
    return declared(default, Choice(labels=labels, **words))


def several(default: tuple[str, ...], labels: Mapping[str, str], **words: Any) -> Any:
    """Declares some of some names; see `Several`."""
    return declared(default, Several(labels=labels, **words))


def words(default: tuple[str, ...] = (), **told: Any) -> Any:
    """Declares a list of free names; see `Words`."""
    return declared(default, Words(**told))


def flag(default: bool, **words: Any) -> Any:
    """Declares yes or no; see `Flag`."""
    return declared(default, Flag(**words))


def corners(low: float, high: float, **words: Any) -> Any:
    """Declares a box, everywhere by default; see `Corners`."""
    return declared((), Corners(low=low, high=high, **words))
