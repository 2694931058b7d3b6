"""Asking the catalog views: one part at a time, for the tables of one library, with what may not be seen left out.

In charge of how often and for what a view is asked. What its rows mean is the callers' business.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.as400.faults import FAULTS
from adapters.as400.parts import Part
from adapters.port import Denied, Missing
from adapters.sql import fetch

log = logging.getLogger("bascule.as400")

_NAMES_AT_ONCE: Final = 200  # more of one library, and the whole library is read

Row = Sequence[Any]
Name = tuple[str, str]
"""A library and a name in it."""


def optional_of(connection: Any, what: str, part: Part, places: Sequence[Name]) -> Sequence[Row]:
    """The rows of a part for these tables; none, and a warning that names `what`, where it is not there or not for this profile."""
    try:
        return list(of_places(connection, part, places))
    except Exception as error:  # noqa: BLE001  # whatever the driver raises is read below
        return _without(what, error)


def optional(connection: Any, what: str, statement: str) -> Sequence[Row]:
    """The rows of a statement without parameters, or none, as above."""
    try:
        return fetch(connection, statement, ())
    except Exception as error:  # noqa: BLE001  # as above
        return _without(what, error)


def _without(what: str, error: Exception) -> Sequence[Row]:
    """No rows, where a part is not there or not for this profile; any other failure goes on."""
    if not isinstance(FAULTS.translate(error), Missing | Denied):
        raise error
    log.warning("the catalog is read without its %s: %s", what, error)
    return []


def of_places(connection: Any, part: Part, places: Iterable[Name]) -> Iterator[Row]:
    """The rows of a part for these tables."""
    libraries: dict[str, set[str]] = defaultdict(set)
    for library, name in places:
        libraries[library].add(name)
    for library, names in libraries.items():
        for row in of_library(connection, part, library, names):
            if text_of(row[1]) in names:
                yield row


def of_library(connection: Any, part: Part, library: str, names: Iterable[str]) -> Sequence[Row]:
    """The rows of a part for a library: for these names in it, or for all if there are many, or none."""
    few = sorted(names)
    if len(few) > _NAMES_AT_ONCE:
        few = []
    return fetch(connection, part.statement(len(few)), (library, *few * part.times))


def grouped(rows: Iterable[Row]) -> Mapping[Name, list[list[str]]]:
    """What follows the library and the table's name in each row, as text, by these two."""
    groups: dict[Name, list[list[str]]] = defaultdict(list)
    for row in rows:
        groups[place_of(row)].append([text_of(each) for each in row[2:]])
    return groups


def place_of(row: Row) -> Name:
    """The library and the name with which a row begins."""
    return text_of(row[0]), text_of(row[1])


def text_of(value: Any) -> str:
    """A value of the catalog without the blanks that fill it; nothing for NULL."""
    return "" if value is None else str(value).rstrip()
