"""The kind `as400` passes the suite of all kinds on its stand-in, and what only it must do."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import replace
from typing import Any

import pyodbc
import pytest

from adapters.conformance import SourceConformance
from adapters.port import ColumnType, Source, Terms
from tests.standins.as400 import Standin
from tests.standins.as400.fixture import as400_standin
from tests.standins.as400.kind import KIND

__all__ = ["as400_standin"]

_IF_EXISTS = re.compile(r"\A(DROP (?:TABLE|VIEW)) IF EXISTS ")
_NOT_THERE = ("SQL0204N", "X0X05", "42Y55")


class TestAs400(SourceConformance):
    slow_query = 'SELECT COUNT(*) AS "n" FROM SYS.SYSCOLUMNS A, SYS.SYSCOLUMNS B, SYS.SYSCOLUMNS C, SYS.SYSCOLUMNS D'
    unreadable = 'SELECT INTEGER(TABLENAME) AS "n" FROM SYS.SYSTABLES'
    standin: Standin

    @pytest.fixture(autouse=True)
    def _server(self, as400_standin: Standin) -> None:
        self.standin = as400_standin

    def open_source(self, connections: int = 4, seconds: float = 5.0) -> Source:
        return KIND.open("test", {"connection": self.standin.connection_string()}, Terms(connections, seconds))

    def execute(self, *statements: str) -> None:
        for statement in statements:
            try:
                self.standin.execute(_IF_EXISTS.sub(r"\1 ", statement))
            except pyodbc.Error as error:
                if not (_IF_EXISTS.match(statement) and any(sign in str(error) for sign in _NOT_THERE)):
                    raise

    def break_connections(self, source: Source) -> None:  # noqa: ARG002  # the stand-in ends all of them
        self.standin.cut()

    def declare(self, kind: ColumnType) -> str:
        others = {"binary": "VARCHAR(300) FOR BIT DATA", "uuid": "CHAR(36)", "timestamp": "TIMESTAMP"}
        unbounded = "VARCHAR(99)" if str(kind) == "varchar" else None
        return others.get(kind.base) or unbounded or super().declare(kind)

    def declared(self, kind: ColumnType) -> ColumnType:
        """What Derby makes of it: a TIMESTAMP has no length of its own there, and a binary column a bound."""
        if kind == ColumnType("integer"):
            return ColumnType("integer", precision=10, scale=0)
        return {"timestamp": ColumnType("timestamp"), "binary": ColumnType("binary", 300)}.get(kind.base, kind)

    def read(self, kind: ColumnType, stored: Any) -> Any:
        """Times are selected as text, for the sake of 24:00:00; a UUID has no type of its own."""
        readers: dict[str, Any] = {"time": dt.time.fromisoformat, "uuid": uuid.UUID}
        return readers.get(kind.base, lambda value: value)(stored)


_ = replace
