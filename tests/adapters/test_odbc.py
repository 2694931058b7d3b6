"""The kind odbc passes the suite of all kinds over two drivers, as far as the drivers can."""

from __future__ import annotations

import datetime as dt
import sqlite3
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from adapters import odbc, over_odbc
from adapters.conformance import Limit, SourceConformance
from adapters.odbc.session import Session
from adapters.port import ColumnType, Source, Terms
from tests.adapters.odbc_drivers import postgresql_driver, sqlite_driver
from tests.adapters.postgres import postgres_url, sleeping

__all__ = ["postgres_url", "postgresql_driver", "sqlite_driver"]


def _in_a_result(kind: ColumnType) -> ColumnType:
    """pyodbc describes a result by Python's types: it cannot tell CHAR from VARCHAR, nor a text's length from a buffer's."""
    return ColumnType("varchar") if kind.base in {"char", "varchar"} else kind


class TestSqliteDriver(SourceConformance):
    """Debian's libsqliteodbc. Without `BigInt` it cuts what is in an INTEGER column to 32 bits, and says nothing."""

    exact_digits = Limit(15, "a DECIMAL column of SQLite is a 64-bit float beyond 64-bit integers")
    exact_fraction = Limit(3, "the driver writes a timestamp with milliseconds, and SQLite compares it as text")
    counted = Limit(0, "the driver does not tell how many rows a table has")
    overlooked = Limit(1, "the driver describes a result before SQLite has noticed that the table is another one")
    test_what_cannot_be_read_is_bad_data = None  # type: ignore[assignment]  # it reads whatever it stores
    slow_query = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 10000000000) SELECT count(*) AS n FROM c"
    path: Path
    driver: str
    opened: list[over_odbc.Connection]

    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path, sqlite_driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path, self.driver, self.opened = tmp_path / "odbc.db", sqlite_driver, []
        sqlite3.connect(self.path).close()
        self.path.touch()
        connect = Session.open

        def noted(session: Session, seconds: float) -> over_odbc.Connection:
            self.opened.append(connect(session, seconds))
            return self.opened[-1]

        monkeypatch.setattr(Session, "open", noted)

    def open_source(self, connections: int = 4, seconds: float = 5.0) -> Source:
        options = {
            "driver": self.driver,
            "connection": f"Database={{{self.path}}};BigInt=1;NoCreat=1",
            "setup": "PRAGMA query_only=ON\nPRAGMA case_sensitive_like=ON",
        }
        return odbc.KIND.open("test", options, Terms(connections, seconds))

    def execute(self, *statements: str) -> None:
        connection = sqlite3.connect(self.path)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def break_connections(self, source: Source) -> None:  # noqa: ARG002  # all that were opened
        for connection in self.opened:
            connection.raw.close()

    def declared(self, kind: ColumnType) -> ColumnType:
        return ColumnType("integer", precision=19, scale=0) if kind.base == "integer" else kind

    def described(self, kind: ColumnType) -> ColumnType:
        return _in_a_result(kind)

    def literal(self, kind: ColumnType, value: Any) -> str:
        spelled = value.isoformat(" ", "milliseconds") if isinstance(value, dt.datetime) else value
        return super().literal(kind, spelled)

    def read(self, kind: ColumnType, stored: Any) -> Any:
        readers: dict[str, Any] = {"decimal": Decimal, "uuid": uuid.UUID}
        return readers.get(kind.base, lambda value: value)(stored)


class TestPostgresqlDriver(SourceConformance):
    """psqlODBC. With its server-side preparation a parameter is read as a value of the column's own type."""

    counted = Limit(0, "the driver does not tell how many rows a table has")
    slow_query = "SELECT pg_sleep(90)::text AS n"
    unreadable = "SELECT CAST(CAST('x' AS varchar(9)) AS integer) AS n"
    url: str
    driver: str

    @pytest.fixture(autouse=True)
    def _server(self, postgres_url: str, postgresql_driver: str) -> None:
        self.url, self.driver = postgres_url, postgresql_driver

    def open_source(self, connections: int = 4, seconds: float = 5.0) -> Source:
        at = urlsplit(self.url)
        options = {
            "driver": self.driver,
            "connection": f"Server={at.hostname};Port={at.port};Database=postgres;BoolsAsChar=0;UseServerSidePrepare=0",
            "user": "bascule",
            "setup": "SET default_transaction_read_only = on",
            "nulls": "last",
            "limit": "limit",
            "prepared": "yes",
        }
        return odbc.KIND.open("test", options, Terms(connections, seconds))

    def execute(self, *statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def break_connections(self, source: Source) -> None:  # noqa: ARG002  # the server ends all but the one that asks
        self.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )

    def running(self) -> int:
        return sleeping(self.url)

    def declared(self, kind: ColumnType) -> ColumnType:
        return ColumnType("integer", precision=10, scale=0) if kind == ColumnType("integer") else kind

    def described(self, kind: ColumnType) -> ColumnType:
        return _in_a_result(kind)

    def read(self, kind: ColumnType, stored: Any) -> Any:
        return uuid.UUID(stored) if kind.base == "uuid" else stored

    def declare(self, kind: ColumnType) -> str:
        return "BYTEA" if kind.base == "binary" else super().declare(kind)

    def literal(self, kind: ColumnType, value: Any) -> str:
        return f"'\\x{value.hex()}'" if isinstance(value, bytes) else super().literal(kind, value)
