"""The catalog: tables and views with their columns, keys, indexes and references, and what a named query returns.

In charge of reading SQLite's schema. It must not know how values are bound.

SQLite keeps no descriptions and no names of references. It counts rows only when somebody runs ANALYZE (sqlite_stat1); without
that, a table whose rows it numbers itself has at most as many as lie between the first number and the last, which are the two
ends of its tree. A key of somebody else's making (`INTEGER PRIMARY KEY`) may have gaps of any size, and says nothing.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import string
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.port import Column, ColumnType, ForeignKey, Index, Listed, Table, TableKind
from adapters.sqlite.types import BINARY, FLOAT, INTEGER, VARCHAR, declared_type

log = logging.getLogger("bascule.sqlite")

Row = tuple[Any, ...]

_SEEN: Final = {int: INTEGER, float: FLOAT, bytes: BINARY, str: VARCHAR}
_SAMPLE: Final = 100  # rows of a query that are looked at for a value of an expression
_MAIN: Final = "main"
_OWN: Final = "sqlite_"  # begins the names of SQLite's own tables
_NUMBER: Final = "_rowid_"
_RENAMED: Final = re.compile(r".*:\d+", re.DOTALL)  # what a view calls the second column of a name: `id:1`
_FOLD: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row of sqlite_schema. `stored`: it has pages, as a view or a virtual table has not; `rows` as ANALYZE counted them."""

    name: str
    kind: TableKind
    stored: bool
    rows: int | None


_Schema = Mapping[str, _Entry]
"""The entries of one schema, by folded name."""


def listing(connection: sqlite3.Connection) -> Sequence[Listed]:
    """The tables and views of the file. A name that holds a dot would be taken for one with its schema, and is left out."""
    entries = _schema(connection, _MAIN).values()
    return [
        Listed(each.name, each.kind, schema=_MAIN)
        for each in entries
        if not ("." in each.name or each.name.startswith(_OWN))
    ]


def inspect(connection: sqlite3.Connection, tables: Sequence[str] | None) -> Mapping[str, Table]:
    """Tables and views by the name that was asked for; a view of what is no longer there is left out, with a warning."""
    names = [each.name for each in listing(connection)] if tables is None else tables
    attached = {schema for _, schema, _ in connection.execute("PRAGMA database_list")}
    wanted = {_split(name)[0] for name in names}
    schemas = {schema: _schema(connection, schema) for schema in sorted(attached & wanted)}
    reader = _Reader(connection, schemas, {_place(name): name for name in reversed(names)})
    found = ((name, reader.table(name)) for name in names)
    return {name: table for name, table in found if table is not None}


# Names.


def _split(name: str) -> tuple[str, str]:
    """The schema, and the name in it."""
    schema, _, plain = name.rpartition(".")
    return schema or _MAIN, plain


def _place(name: str) -> tuple[str, str]:
    """Which table a name means, whatever the case of its letters: the schema, and the folded name in it."""
    schema, plain = _split(name)
    return schema, _folded(plain)


def _folded(name: str) -> str:
    """A name as SQLite compares it: case counts for nothing in the letters of ASCII."""
    return name.translate(_FOLD)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _pragma(connection: sqlite3.Connection, pragma: str, schema: str, name: str) -> list[Row]:
    return connection.execute(f"PRAGMA {_quoted(schema)}.{pragma}({_quoted(name)})").fetchall()


# Tables.


def _schema(connection: sqlite3.Connection, schema: str) -> _Schema:
    rows = connection.execute(
        f"SELECT name, type, rootpage FROM {_quoted(schema)}.sqlite_schema"  # noqa: S608  # an attached schema's own name
        " WHERE type IN ('table', 'view') ORDER BY name"
    ).fetchall()
    counts = _counts(connection, schema)
    return {
        _folded(name): _Entry(name, "view" if kind == "view" else "table", bool(page), counts.get(_folded(name)))
        for name, kind, page in rows
    }


def _counts(connection: sqlite3.Connection, schema: str) -> Mapping[str, int]:
    """The rows that ANALYZE counted: the first number of each `stat` (https://www.sqlite.org/fileformat2.html, 2.6.3)."""
    statement = f"SELECT tbl, max(CAST(stat AS INTEGER)) FROM {_quoted(schema)}.sqlite_stat1 GROUP BY tbl"  # noqa: S608  # as above
    try:
        return {_folded(name): rows for name, rows in connection.execute(statement)}
    except sqlite3.OperationalError as error:
        if not _lacking(error):
            raise
        return {}


def _lacking(error: sqlite3.OperationalError) -> bool:
    """Whether something that a statement names is not there; and not that the file is locked, or time was over."""
    return error.sqlite_errorcode == sqlite3.SQLITE_ERROR


def _taken(columns: Sequence[Row]) -> bool:
    """Whether the name of the rows' numbers is that of a column."""
    return any(_folded(row[1]) == _NUMBER for row in columns)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads tables, each by the name that was asked for; `asked` has all of those, by the table that each means."""

    connection: sqlite3.Connection
    schemas: Mapping[str, _Schema]
    asked: Mapping[tuple[str, str], str]

    def table(self, name: str) -> Table | None:
        """A table or view, or None if there is none of that name."""
        schema, plain = _split(name)
        entry = self.schemas.get(schema, {}).get(_folded(plain))
        if entry is None:
            return None
        try:
            return self._read(name, schema, entry)
        except sqlite3.OperationalError as error:
            if not _lacking(error):
                raise
            log.warning("the catalog is read without %s: %s", name, error)
            return None

    def _read(self, name: str, schema: str, entry: _Entry) -> Table:
        rows = [row for row in self._pragma("table_xinfo", schema, entry.name) if row[6] != 1]  # 1: of a virtual table
        key = tuple(row[1] for row in sorted((row for row in rows if row[5]), key=lambda row: row[5]))
        rowid = len(key) == 1 and any(row[5] and row[2].upper() == "INTEGER" for row in rows)
        return Table(
            name,
            tuple(Column(row[1], declared_type(row[2]), nullable=not (row[3] or (rowid and row[5]))) for row in rows),
            key,
            self._indexes(schema, entry.name),
            kind=entry.kind,
            rows=self._span(schema, entry) if entry.rows is None and not (rowid or _taken(rows)) else entry.rows,
            foreign=self._foreign(schema, entry.name),
        )

    def _indexes(self, schema: str, name: str) -> tuple[Index, ...]:
        """Whole indexes over plain columns: a partial one, or one over an expression, serves no filter of this gateway."""
        found = []
        for _, index, unique, _, partial in self._pragma("index_list", schema, name):
            columns = [row[2] for row in self._pragma("index_info", schema, index)]
            if not partial and None not in columns:
                found.append(Index(index, tuple(columns), bool(unique)))
        return tuple(sorted(found, key=lambda each: each.name))

    def _foreign(self, schema: str, name: str) -> tuple[ForeignKey, ...]:
        """The references that are declared, in the order of their columns. One to a table that is not there is left out."""
        parts: dict[int, list[Row]] = defaultdict(list)
        for number, _, table, column, referenced, *_ in self._pragma("foreign_key_list", schema, name):
            parts[number].append((table, column, referenced))
        found = (self._reference(schema, rows) for rows in parts.values())
        return tuple(sorted((key for key in found if key is not None), key=lambda key: (key.columns, key.table)))

    def _reference(self, schema: str, rows: Sequence[Row]) -> ForeignKey | None:
        """A reference with the names of the other table and its columns as they were declared; its key, where none are said."""
        entry = self.schemas[schema].get(_folded(rows[0][0]))
        if entry is None:
            return None
        columns = self._pragma("table_info", schema, entry.name)
        known: dict[str, str] = {_folded(row[1]): row[1] for row in columns}
        said = [known.get(_folded(row[2]), str(row[2])) for row in rows if row[2] is not None]
        key = said or [row[1] for row in sorted((row for row in columns if row[5]), key=lambda row: row[5])]
        if len(key) != len(rows):
            return None
        return ForeignKey("", tuple(column for _, column, _ in rows), self._spelled(schema, entry), tuple(key))

    def _spelled(self, schema: str, entry: _Entry) -> str:
        """A table as it was asked for, else by its shortest name."""
        shortest = entry.name if schema == _MAIN else f"{schema}.{entry.name}"
        return self.asked.get((schema, _folded(entry.name)), shortest)

    def _span(self, schema: str, entry: _Entry) -> int | None:
        """From the first row's number to the last; None of what is not stored, or by its key and not by numbers."""
        if not entry.stored:
            return None
        table = f"{_quoted(schema)}.{_quoted(entry.name)}"
        ends = f"(SELECT max({_NUMBER}) FROM {table}) - (SELECT min({_NUMBER}) FROM {table})"  # noqa: S608  # names of the schema's own
        try:
            span: int | None = self.connection.execute(f"SELECT {ends}").fetchone()[0]
        except sqlite3.OperationalError as error:
            if not _lacking(error):
                raise
            return None
        return 0 if span is None else span + 1

    def _pragma(self, pragma: str, schema: str, name: str) -> list[Row]:
        return _pragma(self.connection, pragma, schema, name)


# What a query returns.


def describe(connection: sqlite3.Connection, query: str) -> Sequence[Column]:
    """A query's columns, by way of a temporary view: the driver's own description has no types. Two may have one name.

    A column that comes from a table has its type. An expression has none before SQLite 3.41: it gets the type of the first
    value that is not NULL in a sample of rows, and text where there is none.
    """
    connection.execute("PRAGMA query_only=OFF")  # the file stays protected by mode=ro; the view is of this session
    try:
        connection.execute(f"CREATE TEMP VIEW bascule_described AS {query}")
        try:
            described = connection.execute("PRAGMA temp.table_info(bascule_described)").fetchall()
            untyped = any(not row[2] for row in described)
            limit = _SAMPLE if untyped else 0
            sample = connection.execute("SELECT * FROM temp.bascule_described LIMIT ?", (limit,)).fetchall()
        finally:
            connection.execute("DROP VIEW temp.bascule_described")
    finally:
        connection.execute("PRAGMA query_only=ON")
    names = _said(connection, query, [row[1] for row in described])
    return [
        Column(name, declared_type(row[2]) if row[2] else _seen(values))
        for name, row, values in zip(
            names, described, zip(*sample, strict=True) if sample else [()] * len(described), strict=True
        )
    ]


def _said(connection: sqlite3.Connection, query: str, names: Sequence[str]) -> Sequence[str]:
    """The names that a query says itself, where its view may have made some up; those that SQLite takes for one are one."""
    if not any(map(_RENAMED.fullmatch, names)):
        return names
    known: dict[str, str] = {}
    description = connection.execute(query).description
    return [known.setdefault(_folded(name), name) for name, *_ in description]


def _seen(values: Sequence[Any]) -> ColumnType:
    return next((_SEEN[type(value)] for value in values if value is not None), VARCHAR)
