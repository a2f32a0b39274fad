"""Settings: each declared once, with its type, default, range, label, help and option.

From the declaration come the check, JSON, the option of the command line, the widget of the page,
the schema of the API and the table in the README.

>>> from pds.settings import Settings, number
>>> class Oven(Settings):
...     title = "the oven"
...     degrees: float = number(180, 50, 300, label="Heat", help="how hot", flag="--heat")
>>> Oven(degrees=200).values()
{'degrees': 200.0}
"""

from pds.settings.declaration import (
    Choice,
    Corners,
    Declaration,
    Flag,
    Number,
    Several,
    Words,
    choice,
    corners,
    flag,
    number,
    several,
    whole,
    words,
)
from pds.settings.prompts import Prompts
from pds.settings.settings import Settings

__all__ = [
    "Choice",
    "Corners",
    "Declaration",
    "Flag",
    "Number",
    "Prompts",
    "Settings",
    "Several",
    "Words",
    "choice",
    "corners",
    "flag",
    "number",
    "several",
    "whole",
    "words",
]
