"""The catalog of Db2 for i: tables, views, files and aliases, with their columns, keys, indexes and references.

In charge of its tables and columns, and of which library a name stands for. It must not know how a type is bound.

Each part is asked for once a library, however many tables it has. Who may not see a part (SQL0551), or works on a release that
does not have it (SQL0204), gets the catalog without it; only tables and columns must be there.

Served are tables (T) and physical files (P), views (V), logical files of one format (L), materialized query tables (M), and
aliases (A) of those, with the columns and keys of what they stand for. Of a file with several members SQL reads the first; the
others can be read through an alias that somebody made (`CREATE ALIAS LIB.NAME FOR LIB.FILE (MEMBER)`), and not otherwise: the
gateway makes nothing. A table may be named by its long name or by its short one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.as400.asking import Name, of_library, of_places, optional, optional_of, place_of, text_of
from adapters.as400.columns import BYTES, declared_type
from adapters.as400.faults import FAULTS
from adapters.as400.keys import Keyed, Reference, references
from adapters.as400.parts import COLUMNS, FILES, LIBRARIES, OLD_COLUMNS, ROWS, SCHEMA
from adapters.port import Column, Denied, ForeignKey, Listed, Missing, Table, TableKind
from adapters.sql import fetch

_USERS: Final = {"CURRENT", "USER"}  # parts of a library list; the system's own libraries are named with their name
_KINDS: Final[Mapping[str, TableKind]] = {"V": "view", "L": "logical", "A": "alias"}  # SYSTABLES.TABLE_TYPE


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
    kind: TableKind
    text: str
    base: Name

    @property
    def other(self) -> str:
        """Its short name, where it has a long one."""
        return "" if self.short == self.place[1] else self.short


def listing(connection: Any, session: Session) -> Sequence[Listed]:
    """All of the libraries, each by the shortest name that means it."""
    path = _path(connection, session)
    files = _files(connection, None, [*path, *_others(path, session)])
    return [Listed(name, file.kind, file.text, file.place[0]) for name, file in _listed(files, path).items()]


def inspect(connection: Any, tables: Sequence[str] | None, session: Session) -> Mapping[str, Table]:
    """Tables by the name that was asked for; without names all of the libraries, each by the shortest that means it."""
    path = _path(connection, session)
    wanted = None if tables is None else {name: _split(name) for name in tables}
    files = list(_files(connection, wanted, [*path, *_others(path, session)]))
    found = _listed(files, path) if wanted is None else _named(files, wanted, path)
    bases = list({file.base: None for file in found.values()})
    columns, shorts = _columns(connection, bases, session)
    foreign = references(connection, bases)
    named = _spelled(connection, {key.other for keys in foreign.values() for key in keys}, found, path)
    parts = _Parts(columns, Keyed(connection, bases, shorts), _counts(connection, bases), foreign, named)
    return {name: _table(name, file, parts) for name, file in found.items() if file.base in columns}


@dataclass(frozen=True, slots=True)
class _Parts:
    """What is known of some files, by library and name; `named` says how the files are called that they refer to."""

    columns: Mapping[Name, Sequence[Column]]
    keyed: Keyed
    counts: Mapping[Name, int]
    foreign: Mapping[Name, Sequence[Reference]]
    named: Mapping[Name, str]


def _table(name: str, file: _File, parts: _Parts) -> Table:
    columns = parts.columns[file.base]
    known = {column.short: column.name for column in columns} | {column.name: column.name for column in columns}
    return Table(
        name,
        tuple(columns),
        parts.keyed.key(file.base, known),
        parts.keyed.indexes(file.base, known),
        file.text,
        file.kind,
        parts.counts.get(file.base),
        tuple(
            ForeignKey(key.name, key.columns, parts.named[key.other], key.references)
            for key in parts.foreign.get(file.base, ())
        ),
        file.other,
    )


# Which library a name stands for.


def _split(name: str) -> Name:
    library, _, file = name.rpartition(".")
    return library, file


def _path(connection: Any, session: Session) -> list[str]:
    """The libraries in which a name without one is looked for, the first first."""
    if not session.along:
        return [text_of(schema) for (schema,) in fetch(connection, SCHEMA, ())]
    named = list(session.libraries)
    if named and "*USRLIBL" not in named:
        return named
    rows = [[text_of(each) for each in row] for row in optional(connection, "library list", LIBRARIES)]
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


def _spelled(
    connection: Any, places: Iterable[Name], found: Mapping[str, _File], path: Sequence[str]
) -> Mapping[Name, str]:
    """What these files are called: as they were asked for, else by the shortest name that means them.

    Only of a library that is not the first of several has to be asked whether another one hides it.
    """
    known = {file.place: name for name, file in reversed(list(found.items()))}
    unsure = {name: ("", name) for library, name in set(places) - known.keys() if library in path[1:]}
    listed = _listed(_files(connection, unsure, path), path) if unsure else {}
    short = {file.place: name for name, file in listed.items()}
    first = path[0] if path else None
    return {
        (library, name): known.get((library, name))
        or short.get((library, name))
        or (name if library == first else f"{library}.{name}")
        for library, name in places
    }


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
        for row in of_library(connection, FILES, library, names):
            schema, name, short, kind, text, base_schema, base_name = (text_of(each) for each in row)
            base = (base_schema, base_name) if kind == "A" else (schema, name)
            yield _File((schema, name), short or name, _KINDS.get(kind, "table"), text, base)


def _columns(
    connection: Any, places: Sequence[Name], session: Session
) -> tuple[Mapping[Name, Sequence[Column]], Mapping[Name, str]]:
    """The columns of each table, and the short names of the tables."""
    try:
        rows = list(of_places(connection, COLUMNS, places))
    except Exception as error:
        if not isinstance(FAULTS.translate(error), Missing | Denied):
            raise
        rows = list(of_places(connection, OLD_COLUMNS, places))
    columns: dict[Name, list[Column]] = defaultdict(list)
    shorts: dict[Name, str] = {}
    for row in rows:
        place = place_of(row)
        shorts[place] = text_of(row[2])
        columns[place].append(_column(row[3:], session))
    return columns, shorts


def _column(row: Sequence[Any], session: Session) -> Column:
    """A column, with its text and its heading (three lines of 20) each as one line."""
    name, short, *declared, nullable, text, heading = row
    long, system = text_of(name), text_of(short)
    return Column(
        long,
        _declared(*declared, translated=session.translated),
        nullable != "N",
        _line(text),
        _line(heading),
        "" if system == long else system,
    )


def _counts(connection: Any, places: Sequence[Name]) -> Mapping[Name, int]:
    """The rows of each table or physical file."""
    rows = optional_of(connection, "row counts", ROWS, places)
    return {place_of(row): int(row[2]) for row in rows if row[2] is not None}


def _line(text: Any) -> str:
    return " ".join(text_of(text).split())


def _declared(name: Any, length: Any, scale: Any, fraction: Any, ccsid: Any, *, translated: bool) -> Any:
    tag = None if translated and ccsid == BYTES else ccsid
    return declared_type(text_of(name), length, scale, fraction, tag)
