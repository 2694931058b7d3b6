"""The columns of a named query, as far as ODBC and some SQL can tell them.

In charge of that. It must not know the catalog: a query is described by running it for no row.

pyodbc gives the same type for CHAR and VARCHAR. What tells them apart is a rule of SQL: the longer of two CHARs is a CHAR of
its length, and a CHAR beside a VARCHAR is a VARCHAR that keeps its own length.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from adapters.port import Column, ColumnType
from adapters.sql import fetch
from adapters.sql.query_text import lead

_FRACTION: Final = 6


def describe(connection: Any, query: str) -> Sequence[Column]:
    """The columns of a query's bare text; whether one can be NULL is not known, so it can."""
    before, rest = lead(query)  # Db2 for i takes no WITH in brackets
    described = _described(connection, before, rest)
    texts = [name for name, kind, *_ in described if kind is str]
    fixed = _fixed(connection, before, rest, texts) if texts else {}
    return [Column(each[0], _type(each, fixed.get(each[0], False))) for each in described]


def _described(connection: Any, before: str, query: str) -> Sequence[Sequence[Any]]:
    """What DBAPI's `description` says of each column."""
    cursor = connection.cursor()
    try:
        cursor.execute(f"{before}SELECT * FROM (\n{query}\n) AS q WHERE 1 = 0")  # noqa: S608  # the contract's own text
        found: Sequence[Sequence[Any]] = cursor.description
        return found
    finally:
        cursor.close()


def _fixed(connection: Any, before: str, query: str, names: Sequence[str]) -> dict[str, bool]:
    """Whether each text column is a CHAR: one row, made of no row of the query."""
    lengths = ", ".join(
        f"LENGTH(CASE WHEN 1 = 0 THEN q.{_quoted(name)} || CAST(' ' AS CHAR(1)) ELSE CAST(' ' AS CHAR(1)) END)"
        for name in names
    )
    statement = f"{before}SELECT {lengths} FROM SYSIBM.SYSDUMMY1 LEFT JOIN (\n{query}\n) AS q ON 1 = 0"  # noqa: S608  # as above
    [row] = fetch(connection, statement, ())
    return {name: length > 1 for name, length in zip(names, row, strict=True)}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _type(described: Sequence[Any], fixed: bool) -> ColumnType:  # noqa: FBT001  # a value like the others
    _, kind, _, size, precision, scale, _ = described
    if kind is str:
        return ColumnType("char" if fixed else "varchar", size or None)
    if kind is int:
        return ColumnType("integer", precision=precision, scale=0)
    if kind is Decimal:
        return ColumnType("decimal", precision=precision, scale=scale)
    if kind is dt.datetime:
        return ColumnType("timestamp", None if scale == _FRACTION else scale)
    if kind in {bytes, bytearray}:
        return ColumnType("binary", size or None)
    return _PLAIN.get(kind, ColumnType("other"))


_PLAIN: Final[dict[Any, ColumnType]] = {
    float: ColumnType("float"),
    bool: ColumnType("boolean"),
    dt.date: ColumnType("date"),
    dt.time: ColumnType("time"),
}
