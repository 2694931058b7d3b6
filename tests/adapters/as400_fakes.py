"""A driver that is made up, for what only an IBM i says: pyodbc's own exceptions, with the texts of IBM's messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pyodbc

from adapters import as400
from adapters.over_odbc import Connection
from adapters.port import Catalog, Column, ColumnType, Source, Table, Terms

COLUMNS = (
    Column("ORDNO", ColumnType("decimal", precision=7, scale=0), nullable=False),
    Column("CUSNM", ColumnType("char", 8, ccsid=273)),
    Column("TIME", ColumnType("time")),
    Column("STAMP", ColumnType("timestamp", 12)),
    Column("RATE", ColumnType("decimal")),
    Column("COUNT", ColumnType("integer", precision=10, scale=0)),
    Column("RAW", ColumnType("binary", 4)),
    Column("NAME", ColumnType("varchar", 40, ccsid=1208)),
    Column("REAL", ColumnType("float")),
    Column("DAY", ColumnType("date")),
)
TABLE = "PRODLIB.ORDHDR"


class FakeCursor:
    """Raises or answers, and remembers what it was asked."""

    def __init__(self, connection: FakeConnection) -> None:
        self._connection = connection
        self.description = connection.description

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> FakeCursor:
        self._connection.asked.append((statement, tuple(parameters)))
        if isinstance(self._connection.answer, BaseException):
            raise self._connection.answer
        return self

    def fetchall(self) -> Sequence[Sequence[Any]]:
        if isinstance(self._connection.broken, BaseException):
            raise self._connection.broken
        return cast("Sequence[Sequence[Any]]", self._connection.answer)

    def close(self) -> None:
        """Nothing is held."""


class FakeConnection:
    """Answers every statement with the same rows, or the same exception; `broken` is raised while rows are fetched."""

    kept = None  # every statement has a cursor of its own

    def __init__(self, answer: Sequence[Sequence[Any]] | BaseException, broken: BaseException | None = None) -> None:
        self.answer, self.broken = answer, broken
        self.description: Sequence[Sequence[Any]] = ()
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    def cursor(self) -> FakeCursor:
        return FakeCursor(self)

    def cancel(self) -> None:
        """Nothing runs for long."""

    def close(self) -> None:
        """Nothing is held."""


def over(connection: FakeConnection | BaseException) -> Source:
    """The kind's source over this connection, or over none, since connecting fails."""

    def connect(_seconds: float) -> Connection:
        if isinstance(connection, BaseException):
            raise connection
        return cast("Connection", connection)

    source = as400.opened("erp", connect, Terms(1, 30.0), as400.Session())
    source.learn(Catalog({TABLE: Table(TABLE, COLUMNS, ("ORDNO",))}))
    return source


def raised(kind: type[pyodbc.Error], state: str, text: str, native: int = -99999) -> pyodbc.Error:
    """An exception as pyodbc makes it of a diagnostic record."""
    return kind(state, f"[{state}] [IBM][System i Access ODBC Driver]{text} ({native}) (SQLExecDirectW)")
