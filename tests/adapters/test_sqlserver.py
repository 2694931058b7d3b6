"""SQL Server passes the suite of all kinds, and what only it must do; collected where there is one (see sqlserver_server)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any, ClassVar

from adapters.conformance import SourceConformance
from adapters.port import (
    ColumnType,
    Source,
)
from tests.adapters import sqlserver_server as server

_COLLECTED = bool(server.TEXT)


class TestSqlServer(SourceConformance):
    """Text in nvarchar, in a database whose collation tells every character from every other one."""

    __test__ = _COLLECTED
    collation: ClassVar[str] = server.UNICODE
    page: ClassVar[int] = 1200

    # WAITFOR cannot stand in a query; a count of pairs would be multiplied, were there no condition on all of them.
    slow_query = (
        "SELECT COUNT_BIG(*) AS n FROM sys.all_columns AS a CROSS JOIN sys.all_columns AS b CROSS JOIN sys.all_columns AS c"
        " WHERE CHECKSUM(a.name, b.name, c.name) = 1"
    )
    unreadable = "SELECT CAST(CAST('x' AS varchar(9)) AS int) AS n"

    @property
    def name(self) -> str:
        return server.database(self.collation)

    def open_source(self, connections: int = 4, seconds: float = 5.0) -> Source:
        return server.opened(self.name, connections, seconds)

    def execute(self, *statements: str) -> None:
        server.execute(self.name, *statements)

    def count_rows(self, table: str) -> None:
        """Nothing is to be done: the server counts as it writes."""

    def break_connections(self, source: Source) -> None:  # noqa: ARG002  # the server ends all that are the gateway's
        server.end_sessions(self.name)

    def running(self) -> int:
        return server.running(self.name)

    def declare(self, kind: ColumnType) -> str:
        digits = 6 if kind.length is None else kind.length
        match kind.base:
            case "char" | "varchar":
                return f"N{kind.base.upper()}({kind.length or 'MAX'})"
            case "integer":
                return "INT" if kind.precision is None else "BIGINT"
            case "float":
                return "FLOAT(53)"
            case "boolean":
                return "BIT"
            case "time" | "timestamp":
                return f"{'TIME' if kind.base == 'time' else 'DATETIME2'}({digits})"
            case "binary":
                return "VARBINARY(MAX)"
            case "uuid":
                return "UNIQUEIDENTIFIER"
            case _:
                return str(kind).upper()

    def declared(self, kind: ColumnType) -> ColumnType:
        if kind == ColumnType("integer"):
            return ColumnType("integer", precision=10, scale=0)
        return replace(kind, ccsid=self.page) if kind.base in {"char", "varchar"} else kind

    def literal(self, kind: ColumnType, value: Any) -> str:
        if isinstance(value, bytes):
            return f"0x{value.hex()}"
        if isinstance(value, bool):
            return str(int(value))
        if isinstance(value, str):
            return f"N{super().literal(kind, value)}"
        return super().literal(kind, value)

    def read(self, kind: ColumnType, stored: Any) -> Any:
        return uuid.UUID(stored) if kind.base == "uuid" else stored

    def quote(self, name: str) -> str:
        return "[" + name.replace("]", "]]") + "]"


class TestSqlServerInUtf8(TestSqlServer):
    """Text in varchar, in a database whose code page is UTF-8: every value goes through a cast."""

    collation = server.UTF_8
    page = 65001

    def declare(self, kind: ColumnType) -> str:
        return super().declare(kind).removeprefix("N") if kind.base in {"char", "varchar"} else super().declare(kind)
