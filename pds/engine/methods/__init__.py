"""The methods of distillation, by name.

>>> from pds.engine.methods import METHODS, make_method
>>> list(METHODS)
['pds', 'dds', 'sds']
>>> make_method("pds", {"identity_weight": 1, "steps": 200}).identity_weight
1.0
"""

from collections.abc import Mapping
from typing import Any

from pds.base.checks import check_choice
from pds.engine.methods.dds import DDS
from pds.engine.methods.method import Method
from pds.engine.methods.pair import Gradient, Pair, noise_difference
from pds.engine.methods.pds import PDS
from pds.engine.methods.sds import SDS

METHODS: Mapping[str, type[Method]] = {method.key: method for method in (PDS, DDS, SDS)}

__all__ = [
    "DDS",
    "METHODS",
    "PDS",
    "SDS",
    "Gradient",
    "Method",
    "Pair",
    "make_method",
    "method_class",
    "noise_difference",
]


def method_class(key: str) -> type[Method]:
    """The method of that name; raises ConfigError for an unknown one and lists the known."""
    check_choice("method", key, tuple(METHODS))
    return METHODS[key]


def make_method(key: str, values: Mapping[str, Any]) -> Method:
    """A method with those of the values that are its settings; the others are not looked at.

    Raises:
        ConfigError: an unknown method, or a setting that cannot be.
    """
    return method_class(key).take(values)
