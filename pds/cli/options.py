"""Options of the command line, made of the declarations of settings.

A command line is read twice: first as options and values, whatever they belong to; then, when it is
known what is edited and by which method, an option becomes the setting that declares it there. So
`--resolution` is the side of a drawing's rendering or of a scene's, and what belongs to neither is
refused in words.

>>> from pds.kinds.image.settings import ImageSettings
>>> section = Section(settings=ImageSettings, whose="pictures")
>>> section.values({"--resolution": 96, "--source": "a cat"})
{'size_px': 96}
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pds.base.errors import ConfigError
from pds.settings import Corners, Declaration, Flag, Number, Settings, Several, Words

SHARED = "what is edited"  # heads the options that mean something to several kinds


@dataclass(frozen=True, kw_only=True)
class Section:
    """Settings as a group of options.

    Attributes:
        settings: where they are declared.
        whose: what they belong to, as in "drawings"; empty if to everything.
        without: fields that are not meant, since another section has them.
    """

    settings: type[Settings]
    whose: str = ""
    without: frozenset[str] = frozenset()

    def declarations(self) -> dict[str, Declaration]:
        """What is declared, by field."""
        declared = self.settings.declarations()
        return {name: d for name, d in declared.items() if name not in self.without}

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The values of these settings, by field, out of options that may belong to others."""
        declared = self.declarations().items()
        return {name: given[d.flag] for name, d in declared if d.flag in given}

    def flags(self) -> dict[str, str]:
        """The names of the fields by option."""
        return {d.flag: name for name, d in self.declarations().items()}


@dataclass(frozen=True, kw_only=True)
class _Use:
    """What an option means to one section."""

    section: Section
    declaration: Declaration
    default: Any

    def text(self) -> str:
        """For the help: what it does, and its default."""
        default = self.declaration.shown(self.default)
        return f"{self.declaration.help} (default: {default})"


def add_sections(parser: argparse.ArgumentParser, sections: Sequence[Section]) -> None:
    """Adds an option for every setting; what is not given is not set.

    An option that several sections declare is added once; its help says what it means to each.

    Args:
        parser: where to.
        sections: in the order of the help.
    """
    uses: dict[str, list[_Use]] = {}
    for section in sections:
        defaults = section.settings.defaults()
        for name, declaration in section.declarations().items():
            use = _Use(section=section, declaration=declaration, default=defaults[name])
            uses.setdefault(declaration.flag, []).append(use)
    groups: dict[str, Any] = {}
    for flag, of_flag in uses.items():
        titles = {use.section.settings.title for use in of_flag}
        title = titles.pop() if len(titles) == 1 else SHARED
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        groups[title].add_argument(
            flag,
            dest=flag,
            default=argparse.SUPPRESS,
            help=_help(of_flag).replace("%", "%%"),
            **_form(of_flag[0].declaration),
        )


def _help(uses: Sequence[_Use]) -> str:
    """What an option means, each meaning once, with whom it is of where it is not of all."""
    whose: dict[str, list[str]] = {}
    for use in uses:
        whose.setdefault(use.text(), []).append(use.section.whose)
    if len(whose) == 1 and all(not use.section.whose for use in uses):
        return uses[0].text()
    return "; ".join(f"{', '.join(filter(None, of)) or 'all'}: {t}" for t, of in whose.items())


def _form(declaration: Declaration) -> dict[str, Any]:
    """What argparse is told about the values of an option."""
    if isinstance(declaration, Flag):
        return {"action": argparse.BooleanOptionalAction}
    if isinstance(declaration, Corners):
        axes = tuple("XYZXYZ")
        return {"type": float, "nargs": len(axes), "metavar": axes}
    kind: Any = str
    if isinstance(declaration, Number):
        kind = number
    elif isinstance(declaration, Several | Words):
        kind = words
    return {"type": kind, "metavar": declaration.metavar}


def number(text: str) -> int | float:
    """`3` as a whole number, `3.0` as another; argparse reports a ValueError."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def words(text: str) -> tuple[str, ...]:
    """`a,b` as `("a", "b")`; blanks are dropped."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def given_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was given, by option."""
    return {name: value for name, value in vars(arguments).items() if name.startswith("--")}


def check_belonging(
    given: Mapping[str, Any], active: Sequence[Section], known: Sequence[Section]
) -> None:
    """Refuses options that say nothing of what is done.

    Args:
        given: by option.
        active: what counts now.
        known: what could count in another case.

    Raises:
        ConfigError: one is given that no active section has; says whose it is.
    """
    for flag in given:
        owners = [section for section in known if flag in section.flags()]
        if owners and not any(flag in section.flags() for section in active):
            whose = " and ".join(dict.fromkeys(section.whose for section in owners))
            here = " and ".join(s.whose for s in active if s.whose)
            raise ConfigError(f"{flag} is an option of {whose}; this is about {here}.")


def add_prior(parser: argparse.ArgumentParser, *, default: str | None = "built-in") -> None:
    """Adds `--prior`, `--device`, `--dtype`."""
    group = parser.add_argument_group("the prior")
    group.add_argument(
        "--prior",
        dest="prior",
        metavar="NAME",
        default=default,
        help="built-in, a folder in diffusers format, or a model of the hub (default: built-in)",
    )
    add_device(group)
    group.add_argument(
        "--dtype",
        dest="dtype",
        metavar="NAME",
        default="auto",
        help="auto, float32, float16 or bfloat16 (default: auto)",
    )


def add_device(group: Any) -> None:
    """Adds `--device`."""
    group.add_argument(
        "--device",
        dest="device",
        metavar="NAME",
        default="auto",
        help="auto, cpu, cuda or cuda:N (default: auto)",
    )
