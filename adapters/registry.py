"""Finds a kind of source by its name.

In charge of the look-up: a module of this package, then the entry-point group `bascule.adapters`. It must not know what a
kind does, and imports one only when it is asked for.
"""

from __future__ import annotations

import difflib
import pkgutil
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final

import adapters
from adapters.port import Kind

GROUP: Final = "bascule.adapters"

_NO_KINDS: Final = {"conformance", "diagnosis", "guard", "over_odbc", "port", "registry", "sql"}


class UnknownKind(LookupError):
    """No kind of that name. `nearest` are the names that look like it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nearest = tuple(difflib.get_close_matches(name, kinds()))
        meant = f"; did you mean {' or '.join(self.nearest)}?" if self.nearest else f"; there are {', '.join(kinds())}"
        super().__init__(f"no kind of source is called {name!r}{meant}")


@cache
def kinds() -> tuple[str, ...]:
    """The names of all kinds, in order."""
    return tuple(sorted({*_built_in(), *(entry.name for entry in entry_points(group=GROUP))}))


def kind(name: str) -> Kind:
    """The kind of that name. Raises UnknownKind; TypeError if a module that another distribution brought has no KIND."""
    found = import_module(_module(name)).KIND
    if not isinstance(found, Kind):
        raise TypeError(f"the KIND of source kind {name!r} is no adapters.port.Kind")
    return found


def _module(name: str) -> str:
    if name in _built_in():
        return f"adapters.{name}"
    for entry in entry_points(group=GROUP, name=name):
        return entry.value
    raise UnknownKind(name)


@cache
def _built_in() -> frozenset[str]:
    """The modules of this package that are kinds: all but those that serve the kinds."""
    return frozenset(module.name for module in pkgutil.iter_modules(adapters.__path__)) - _NO_KINDS
