"""A registry whose entries are imported when they are first asked for."""

import importlib
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


class Registry(Mapping[str, Entry], Generic[Entry]):
    """Entries by name.

    Args:
        places: `module:attribute` of each entry by its name, in order.
    """

    def __init__(self, places: Mapping[str, str]):
        self._places = dict(places)

    def __getitem__(self, key: str) -> Entry:
        module, _, attribute = self._places[key].partition(":")
        found: Entry = getattr(importlib.import_module(module), attribute)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
