"""Keys, indexes and references of files: constraints, SQL indexes, and the access paths that DDS made.

In charge of what counts as a key, and of which of several sources of an index is to be believed. It must not know which library
a name stands for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.as400.asking import Name, Row, grouped, optional_of, place_of, text_of
from adapters.as400.parts import ACCESS_PATHS, CONSTRAINTS, FIELDS, FOREIGN, INDEXES
from adapters.port import Index

_UNIQUE_PATHS: Final = {"0", "1"}  # SYSTABLEINDEXSTAT.UNIQUE: unique, unique but for NULL
_UNIQUE_INDEXES: Final = {"U", "V"}


class Keyed:
    """Keys and indexes of some tables: constraints, SQL indexes, and the access paths of files."""

    def __init__(self, connection: Any, places: Iterable[Name], shorts: Mapping[Name, str]) -> None:
        names = list(places)
        self._constraints = grouped(optional_of(connection, "constraints", CONSTRAINTS, names))
        self._indexes = grouped(_named(optional_of(connection, "indexes", INDEXES, names)))
        self._paths = grouped(_named(optional_of(connection, "access paths", ACCESS_PATHS, names)))
        longs = {(place[0], short): place for place, short in shorts.items()}
        fields = optional_of(connection, "key fields", FIELDS, list(longs))
        self._fields = grouped(
            (*longs[text_of(row[0]), text_of(row[1])], row[2]) for row in fields if place_of(row) in longs
        )

    def key(self, place: Name, known: Mapping[str, str]) -> tuple[str, ...]:
        """The key: that of the constraint, or of a file that lets no key come twice. `known` has a column by either name."""
        primary = [column for _, kind, column in self._constraints[place] if kind == "PRIMARY KEY"]
        if primary:
            return tuple(primary)
        unique = (
            _leading(columns.split(","), known)
            for _, kind, rule, columns, _ in self._paths[place]
            if kind == "PHYSICAL" and rule in _UNIQUE_PATHS
        )
        return next((columns for columns, whole in unique if whole), ())

    def indexes(self, place: Name, known: Mapping[str, str]) -> tuple[Index, ...]:
        """The indexes of which at least the first column is known."""
        found = {index.name: index for index in self._found(place, known)}
        return tuple(index for index in found.values() if index.columns)

    def _found(self, place: Name, known: Mapping[str, str]) -> Iterator[Index]:
        """Every index, the surest source of its columns last."""
        partial = {index for index, *_, condition in self._paths[place] if condition}
        if self._fields[place]:
            columns, _ = _leading((field for (field,) in self._fields[place]), known)
            yield Index(place[1], columns)
        for index, _, rule, listed, _ in self._paths[place]:
            columns, whole = _leading(listed.split(","), known)
            if index not in partial:
                yield Index(index, columns, whole and rule in _UNIQUE_PATHS)
        for index, rule, names in _merged(self._indexes[place]):
            columns, whole = _leading(names, known)
            if index not in partial:
                yield Index(index, columns, whole and rule in _UNIQUE_INDEXES)
        for index, _, names in _merged(self._constraints[place]):
            yield Index(index, tuple(names), unique=True)


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: `columns` in the order of `references`, which are columns of the file at `other`."""

    name: str
    columns: tuple[str, ...]
    other: Name
    references: tuple[str, ...]


def references(connection: Any, places: Sequence[Name]) -> Mapping[Name, Sequence[Reference]]:
    """The foreign keys of each file, by their names."""
    found = grouped(optional_of(connection, "foreign keys", FOREIGN, places))
    return {place: tuple(_references(rows)) for place, rows in found.items()}


def _references(rows: Iterable[Sequence[str]]) -> Iterator[Reference]:
    parts: dict[tuple[str, Name], list[tuple[str, str]]] = defaultdict(list)
    for name, column, library, table, referenced in rows:
        parts[name, (library, table)].append((column, referenced))
    for (name, other), pairs in parts.items():
        yield Reference(name, tuple(own for own, _ in pairs), other, tuple(referenced for _, referenced in pairs))


def _named(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows of indexes, each with one name for its library and its name: an index need not lie where its table does.

    The table's own library goes without saying, so that of two indexes of one name each has its own.
    """
    for library, table, place, index, *rest in rows:
        elsewhere = text_of(place) != text_of(library)
        yield library, table, f"{text_of(place)}.{text_of(index)}" if elsewhere else index, *rest


def _leading(names: Iterable[str], known: Mapping[str, str]) -> tuple[tuple[str, ...], bool]:
    """The leading columns that the table has, and whether that is all: a key may be an expression."""
    columns: list[str] = []
    for name in names:
        column = known.get(name.strip())
        if column is None:
            return tuple(columns), False
        columns.append(column)
    return tuple(columns), bool(columns)


def _merged(rows: Iterable[Row]) -> Iterator[tuple[str, str, list[str]]]:
    """Rows of one key column each, in order, as one for each key."""
    merged: dict[str, tuple[str, list[str]]] = {}
    for name, rule, column in rows:
        merged.setdefault(name, (rule, []))[1].append(column)
    return ((name, rule, columns) for name, (rule, columns) in merged.items())
