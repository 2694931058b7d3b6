"""The catalog of a source, as ODBC's functions tell it: SQLTables, SQLColumns, SQLPrimaryKeys, SQLForeignKeys, SQLStatistics.

In charge of asking in a way that drivers of every conformance level understand. It must not know a driver.

Columns of the answers are counted, not named: an ODBC 2 driver calls them otherwise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.odbc.types import column_type, described
from adapters.over_odbc import load
from adapters.port import Column, ForeignKey, Index, Listed, Missing, Table, TableKind

_KINDS: Final[Mapping[str, TableKind]] = {
    "TABLE": "table",
    "VIEW": "view",
    "SYNONYM": "alias",
    "ALIAS": "alias",
    "LINK": "alias",
}
_NO_ANSWER: Final = ("08", "HY008", "HYT")  # SQLSTATEs: the connection died, the call was cancelled, its time was over


@dataclass(frozen=True, slots=True)
class _Place:
    """Where SQLTables found a table. `remarks` is its description."""

    schema: str
    name: str
    kind: TableKind
    remarks: str

    @property
    def qualified(self) -> str:
        """The name with its schema."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


def listing(connection: Any) -> Sequence[Listed]:
    """Tables and views. Where they are in several schemas, each has its schema before its name."""
    return [Listed(name, place.kind, place.remarks, place.schema) for name, place in _all(_places(connection)).items()]


def inspect(connection: Any, tables: Sequence[str] | None) -> Mapping[str, Table]:
    """Tables and views by the names that were asked for. Raises Missing for one that stands in several schemas.

    Where all tables are asked for they have the names of `listing`.
    """
    places = _places(connection)
    every = _all(places)
    found = every if tables is None else {name: place for name in tables if (place := _named(name, places)) is not None}
    spelled = {(place.schema, place.name): name for names in (every, found) for name, place in names.items()}
    return {name: _table(connection, name, place, spelled) for name, place in found.items()}


def describe(connection: Any, query: str) -> Sequence[Column]:
    """A query's columns, of a result that is asked for no row."""
    cursor = connection.cursor()
    try:
        cursor.execute(f"SELECT * FROM (\n{query}\n) q WHERE 1 = 0")  # noqa: S608  # the contract's own text
        return described(cursor.description)
    finally:
        cursor.close()


def ask(connection: Any, function: str, **arguments: Any) -> list[tuple[Any, ...]]:
    """All rows of a catalog function."""
    cursor = connection.cursor()
    try:
        return [tuple(row) for row in getattr(cursor, function)(**arguments).fetchall()]
    finally:
        cursor.close()


def _if_it_can(connection: Any, function: str, **arguments: Any) -> list[tuple[Any, ...]]:
    """The rows of a catalog function that a driver need not have; without it, none. Raises what says nothing of that."""
    try:
        return ask(connection, function, **arguments)
    except load().Error as error:
        if str(error.args[0]).startswith(_NO_ANSWER):
            raise
        return []


def _places(connection: Any) -> list[_Place]:
    rows = ask(connection, "tables")
    return sorted(
        (
            _Place(schema or "", name, _KINDS[kind.upper()], remarks or "")
            for _, schema, name, kind, remarks, *_ in rows
            if (kind or "").upper() in _KINDS
        ),
        key=lambda place: (place.schema, place.name),
    )


def _all(places: Sequence[_Place]) -> Mapping[str, _Place]:
    """Every table by the shortest name that means it."""
    plain = len({place.schema for place in places}) < 2
    return {place.name if plain else place.qualified: place for place in places}


def _named(name: str, places: Sequence[_Place]) -> _Place | None:
    """The table that a name means, with its schema or without."""
    exact = [place for place in places if place.qualified == name]
    found = exact or [place for place in places if place.name == name]
    if len(found) > 1:
        schemas = ", ".join(place.schema for place in found)
        raise Missing(f"{name} is in several schemas ({schemas}): name it with its own")
    return found[0] if found else None


def _table(connection: Any, name: str, place: _Place, spelled: Mapping[tuple[str, str], str]) -> Table:
    """All of one table. Names that SQLColumns takes for patterns bring more than asked for; only the table's own is kept."""
    rows = ask(connection, "columns", table=_pattern(place.name), schema=_pattern(place.schema) or None)
    own = [row for row in rows if row[2] == place.name and (row[1] or "") == place.schema]
    where = {"table": place.name, "schema": place.schema or None}
    child = {"foreignTable": place.name, "foreignSchema": place.schema or None}
    statistics = _if_it_can(connection, "statistics", **where)
    return Table(
        name,
        tuple(_column(row) for row in own),
        _key(_if_it_can(connection, "primaryKeys", **where)),
        _indexes(statistics),
        place.remarks,
        place.kind,
        _rows(statistics) if place.kind == "table" else None,
        _foreign(_if_it_can(connection, "foreignKeys", **child), spelled),
    )


def _pattern(name: str) -> str:
    """A search pattern that fits a name, and perhaps others: drivers differ in how they take an escape sign."""
    return name.replace("\\", "_")


def _column(row: Sequence[Any]) -> Column:
    """One row of SQLColumns; 0 stands for NOT NULL, 1 for NULL, 2 for not known."""
    _, _, _, name, code, type_name, size, _, digits, _, nullable, remarks, *_ = row
    return Column(name, column_type(code, type_name or "", size, digits), nullable != 0, remarks or "")


def _key(rows: Sequence[tuple[Any, ...]]) -> tuple[str, ...]:
    """The columns of SQLPrimaryKeys, in the order of the key."""
    return tuple(name for _, name in sorted((row[4], row[3]) for row in rows))


def _indexes(rows: Sequence[tuple[Any, ...]]) -> tuple[Index, ...]:
    """The indexes of SQLStatistics over whole tables and plain columns; the others serve no filter of this gateway."""
    parts: dict[str, list[tuple[int, str | None]]] = defaultdict(list)
    unique: Counter[str] = Counter()
    for _, _, _, non_unique, _, index, _, position, column, _, _, _, condition, *_ in rows:
        if index is not None:  # else the row counts the table's rows
            parts[index].append((position, None if condition else column))
            unique[index] += non_unique == 0
    return tuple(
        Index(name, tuple(column for _, column in sorted(columns)), bool(unique[name]))  # type: ignore[misc]  # no None: below
        for name, columns in sorted(parts.items())
        if all(column for _, column in columns)
    )


def _rows(statistics: Sequence[tuple[Any, ...]]) -> int | None:
    """The number of rows, of the row of SQLStatistics that is about the table itself; None where the driver does not know."""
    known = (row[10] for row in statistics if row[5] is None and row[10] is not None)
    return next((int(number) for number in known if number >= 0), None)


def _foreign(rows: Sequence[tuple[Any, ...]], spelled: Mapping[tuple[str, str], str]) -> tuple[ForeignKey, ...]:
    """The references of SQLForeignKeys, in the order of their columns. Of keys without a name each begins with part 1."""
    parts: dict[tuple[str, str, str, int], list[tuple[int, str, str]]] = defaultdict(list)
    unnamed = 0
    for _, schema, table, referenced, _, _, _, column, position, _, _, name, *_ in rows:
        unnamed += position == 1 and not name
        parts[name or "", schema or "", table, 0 if name else unnamed].append((position, column, referenced))
    keys = (
        _reference(name, spelled.get((schema, table), table), sorted(columns))
        for (name, schema, table, _), columns in parts.items()
    )
    return tuple(sorted(keys, key=lambda key: (key.columns, key.table, key.name)))


def _reference(name: str, table: str, parts: Sequence[tuple[int, str, str]]) -> ForeignKey:
    return ForeignKey(name, tuple(column for _, column, _ in parts), table, tuple(other for _, _, other in parts))
