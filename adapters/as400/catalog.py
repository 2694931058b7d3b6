"""The catalog of Db2 for i: tables, views, files and aliases, with their columns, keys and indexes.

In charge of its queries, and of which library a name stands for. It must not know how a type is bound.

Each part is asked for once a library, however many tables it has. Who may not see a part (SQL0551), or works on a release that
does not have it (SQL0204), gets the catalog without it; only tables and columns must be there.

Served are tables (T) and physical files (P), views (V), logical files of one format (L), materialized query tables (M), and
aliases (A) of those, with the columns and keys of what they stand for. Of a file with several members SQL reads the first; the
others can be read through an alias that somebody made (`CREATE ALIAS LIB.NAME FOR LIB.FILE (MEMBER)`), and not otherwise: the
gateway makes nothing. A table may be named by its long name or by its short one.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.as400.columns import BYTES, declared_type
from adapters.as400.faults import FAULTS
from adapters.as400.parts import (
    ACCESS_PATHS,
    COLUMNS,
    CONSTRAINTS,
    FIELDS,
    FILES,
    INDEXES,
    LIBRARIES,
    OLD_COLUMNS,
    SCHEMA,
    Part,
)
from adapters.port import Column, Denied, Index, Missing, Table
from adapters.sql import fetch

log = logging.getLogger("bascule.as400")

_NAMES_AT_ONCE: Final = 200  # more of one library, and the whole library is read
_UNIQUE_PATHS: Final = {"0", "1"}  # SYSTABLEINDEXSTAT.UNIQUE: unique, unique but for NULL
_UNIQUE_INDEXES: Final = {"U", "V"}

_USERS: Final = {"CURRENT", "USER"}  # parts of a library list; the system's own libraries are named with their name

Row = Sequence[Any]
Name = tuple[str, str]
"""A library and a name in it."""


@dataclass(frozen=True, slots=True)
class Session:
    """What of a source's options decides what a name means, and what a column is.

    `libraries` as they were given; `along` the library list unqualified names are looked for, else in the first library;
    `translated`: columns of CCSID 65535 come as text.
    """

    libraries: tuple[str, ...] = ()
    along: bool = False
    translated: bool = False


@dataclass(frozen=True, slots=True)
class _File:
    """A row of SYSTABLES; `base` is what an alias stands for, else the file itself."""

    place: Name
    short: str
    text: str
    base: Name


def inspect(connection: Any, tables: Sequence[str] | None, session: Session) -> Mapping[str, Table]:
    """Tables by the name that was asked for; without names all of the libraries, each by the shortest that means it."""
    path = _path(connection, session)
    wanted = None if tables is None else {name: _split(name) for name in tables}
    files = list(_files(connection, wanted, [*path, *_others(path, session)]))
    found = _listed(files, path) if wanted is None else _named(files, wanted, path)
    bases = {file.base for file in found.values()}
    columns, shorts = _columns(connection, bases, session)
    keyed = _Keyed(connection, bases, shorts)
    return {
        name: keyed.table(name, file.base, columns[file.base], file.text)
        for name, file in found.items()
        if file.base in columns
    }


# Which library a name stands for.


def _split(name: str) -> Name:
    library, _, file = name.rpartition(".")
    return library, file


def _path(connection: Any, session: Session) -> list[str]:
    """The libraries in which a name without one is looked for, the first first."""
    if not session.along:
        return [_text(schema) for (schema,) in fetch(connection, SCHEMA, ())]
    named = list(session.libraries)
    if named and "*USRLIBL" not in named:
        return named
    rows = [[_text(each) for each in row] for row in _optional(connection, "library list", LIBRARIES)]
    users = [library for library, kind in rows if kind in _USERS]
    if not named:
        return users
    at = named.index("*USRLIBL")
    return [*named[:at], *users, *named[at + 1 :]]


def _others(path: Sequence[str], session: Session) -> list[str]:
    """The libraries whose tables have to be named with them."""
    return [library for library in session.libraries if library not in path and not library.startswith("*")]


def _listed(files: Iterable[_File], path: Sequence[str]) -> Mapping[str, _File]:
    rank = {library: number for number, library in reversed(list(enumerate(path)))}
    ordered = sorted(files, key=lambda file: (rank.get(file.place[0], len(rank)), file.place))
    found: dict[str, _File] = {}
    for file in ordered:
        library, name = file.place
        plain = library in rank and name not in found
        found[name if plain else f"{library}.{name}"] = file
    return found


def _named(files: Sequence[_File], wanted: Mapping[str, Name], path: Sequence[str]) -> Mapping[str, _File]:
    by_name = {(file.place[0], file.short): file for file in files} | {file.place: file for file in files}
    found = {}
    for spelling, (library, name) in wanted.items():
        places = [(each, name) for each in ([library] if library else path)]
        there = [by_name[place] for place in places if place in by_name]
        if there:
            found[spelling] = there[0]
    return found


# The parts.


def _files(connection: Any, wanted: Mapping[str, Name] | None, libraries: Sequence[str]) -> Iterator[_File]:
    """The files of these libraries, or those that are wanted, wherever they are looked for."""
    if wanted is None:
        places: dict[str, set[str]] = {library: set() for library in libraries}
    else:
        places = defaultdict(set)
        for library, name in wanted.values():
            for each in [library] if library else libraries:
                places[each].add(name)
    for library, names in places.items():
        for row in _of_library(connection, FILES, library, names):
            schema, name, short, kind, text, base_schema, base_name = (_text(each) for each in row)
            base = (base_schema, base_name) if kind == "A" else (schema, name)
            yield _File((schema, name), short or name, text, base)


def _columns(
    connection: Any, places: Iterable[Name], session: Session
) -> tuple[Mapping[Name, list[tuple[Column, str]]], Mapping[Name, str]]:
    """The columns of each table, each with its short name, and the short names of the tables."""
    try:
        rows = list(_of_places(connection, COLUMNS, places))
    except Exception as error:
        if not isinstance(FAULTS.translate(error), Missing | Denied):
            raise
        rows = list(_of_places(connection, OLD_COLUMNS, places))
    columns: dict[Name, list[tuple[Column, str]]] = defaultdict(list)
    shorts: dict[Name, str] = {}
    for schema, table, short_table, name, short, *declared, nullable, text, heading in rows:
        place = _text(schema), _text(table)
        shorts[place] = _text(short_table)
        kind = _declared(*declared, translated=session.translated)
        column = Column(_text(name), kind, nullable != "N", described(_text(text), _text(heading)))
        columns[place].append((column, _text(short)))
    return columns, shorts


def _declared(name: Any, length: Any, scale: Any, fraction: Any, ccsid: Any, *, translated: bool) -> Any:
    tag = None if translated and ccsid == BYTES else ccsid
    return declared_type(_text(name), length, scale, fraction, tag)


def described(text: str, heading: str) -> str:
    """What is known of a column in words: its text, and its heading (three lines of 20) where that says something else."""
    lines = " ".join(heading.split())
    words = " ".join(text.split())
    if not words or not lines or lines.casefold() in words.casefold():
        return words or lines
    return f"{words} ({lines})"


class _Keyed:
    """Keys and indexes of some tables: constraints, SQL indexes, and the access paths of files."""

    def __init__(self, connection: Any, places: Iterable[Name], shorts: Mapping[Name, str]) -> None:
        names = list(places)
        self._constraints = _grouped(_optional_of(connection, "constraints", CONSTRAINTS, names))
        self._indexes = _grouped(_optional_of(connection, "indexes", INDEXES, names))
        self._paths = _grouped(_optional_of(connection, "access paths", ACCESS_PATHS, names))
        longs = {(place[0], short): place for place, short in shorts.items()}
        fields = _optional_of(connection, "key fields", FIELDS, list(longs))
        self._fields = _grouped(
            (*longs[_text(row[0]), _text(row[1])], row[2]) for row in fields if _place(row) in longs
        )

    def table(self, name: str, place: Name, columns: Sequence[tuple[Column, str]], text: str) -> Table:
        """A table with its key, which is that of its constraint, or of a file that lets no key come twice."""
        known = {short: column.name for column, short in columns} | {column.name: column.name for column, _ in columns}
        found = {index.name: index for index in self._found(place, known)}
        return Table(
            name,
            tuple(column for column, _ in columns),
            self._key(place, known),
            tuple(index for index in found.values() if index.columns),
            text,
        )

    def _key(self, place: Name, known: Mapping[str, str]) -> tuple[str, ...]:
        primary = [column for _, kind, column in self._constraints[place] if kind == "PRIMARY KEY"]
        if primary:
            return tuple(primary)
        unique = (
            _known(columns.split(","), known)
            for _, kind, rule, columns, _ in self._paths[place]
            if kind == "PHYSICAL" and rule in _UNIQUE_PATHS
        )
        return next((columns for columns, whole in unique if whole), ())

    def _found(self, place: Name, known: Mapping[str, str]) -> Iterator[Index]:
        """Every index, the surest source of its columns last."""
        partial = {index for index, *_, condition in self._paths[place] if condition}
        if self._fields[place]:
            columns, _ = _known((field for (field,) in self._fields[place]), known)
            yield Index(place[1], columns)
        for index, _, rule, listed, _ in self._paths[place]:
            columns, whole = _known(listed.split(","), known)
            if index not in partial:
                yield Index(index, columns, whole and rule in _UNIQUE_PATHS)
        for index, rule, names in _merged(self._indexes[place]):
            columns, whole = _known(names, known)
            if index not in partial:
                yield Index(index, columns, whole and rule in _UNIQUE_INDEXES)
        for index, _, names in _merged(self._constraints[place]):
            yield Index(index, tuple(names), unique=True)


def _known(names: Iterable[str], known: Mapping[str, str]) -> tuple[tuple[str, ...], bool]:
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


def _grouped(rows: Iterable[Row]) -> Mapping[Name, list[list[str]]]:
    groups: dict[Name, list[list[str]]] = defaultdict(list)
    for row in rows:
        groups[_place(row)].append([_text(each) for each in row[2:]])
    return groups


def _place(row: Row) -> Name:
    return _text(row[0]), _text(row[1])


def _text(value: Any) -> str:
    return "" if value is None else str(value).rstrip()


# Asking.


def _optional_of(connection: Any, what: str, part: Part, places: Sequence[Name]) -> Sequence[Row]:
    try:
        return list(_of_places(connection, part, places))
    except Exception as error:  # noqa: BLE001  # whatever the driver raises is read below
        return _without(what, error)


def _optional(connection: Any, what: str, statement: str) -> Sequence[Row]:
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


def _of_places(connection: Any, part: Part, places: Iterable[Name]) -> Iterator[Row]:
    """The rows of a part for these tables."""
    libraries: dict[str, set[str]] = defaultdict(set)
    for library, name in places:
        libraries[library].add(name)
    for library, names in libraries.items():
        for row in _of_library(connection, part, library, names):
            if _text(row[1]) in names:
                yield row


def _of_library(connection: Any, part: Part, library: str, names: Iterable[str]) -> Sequence[Row]:
    """The rows of a part for a library: for these names in it, or for all if there are many, or none."""
    few = sorted(names)
    if len(few) > _NAMES_AT_ONCE:
        few = []
    return fetch(connection, part.statement(len(few)), (library, *few * part.times))
