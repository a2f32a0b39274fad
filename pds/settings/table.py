"""The table of settings in the README, made of their declarations."""

from typing import Any

from pds.settings.declaration import Choice, Corners, Declaration, Flag, Number, Several
from pds.settings.settings import Settings

HEAD = "| setting | option | default | range | what it does |\n|---|---|---|---|---|"


def settings_table(*classes: type[Settings]) -> str:
    """One row a setting, under a row with the title of each class; Markdown.

    Args:
        classes: in the order of the table; a setting that an earlier class of the same title has
            is not repeated.
    """
    rows = [HEAD]
    titles: set[str] = set()
    told: set[tuple[str, str]] = set()
    for cls in classes:
        defaults = cls.defaults()
        for name, declaration in cls.declarations().items():
            if (cls.title, name) in told:
                continue
            if cls.title not in titles:
                rows.append(f"| **{cls.title.removeprefix('the ')}** | | | | |")
            titles.add(cls.title)
            told.add((cls.title, name))
            rows.append(_row(name, declaration, defaults[name]))
    return "\n".join(rows)


def _row(name: str, declaration: Declaration, default: Any) -> str:
    option = declaration.flag
    if isinstance(declaration, Flag):
        option = f"{option}, --no-{option.removeprefix('--')}"
    cells = (
        f"`{name}`",
        f"`{option}`",
        declaration.shown(default),
        _range(declaration),
        declaration.help,
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _range(declaration: Declaration) -> str:
    """What is admitted."""
    if isinstance(declaration, Number):
        unit = f" {declaration.unit}" if declaration.unit else ""
        zero = "0, " if declaration.zero and declaration.low > 0 else ""
        return f"{zero}{_plain(declaration.low)} to {_plain(declaration.high)}{unit}"
    if isinstance(declaration, Choice | Several):
        return ", ".join(declaration.labels)
    if isinstance(declaration, Corners):
        return f"six numbers, {declaration.low:g} to {declaration.high:g}"
    return "yes, no" if isinstance(declaration, Flag) else "ids"


def _plain(value: float) -> str:
    """A limit as people write it."""
    if value == 2**53:
        return "2⁵³"
    return f"{value:.0f}" if value == int(value) else f"{value:g}"
