"""`bascule` on a machine from which `sql.example.com` leads to a SQL Server that is made up.

    python -m tests.docs.erpsql doctor FOLDER

In charge of that server: it answers the catalog's queries about one table, and a read with two of its rows, as pyodbc brings
them. It runs no SQL. A page is followed with its own gateway.yaml; what stands between the connection and the answer is the
product's, and so are the options. No driver is used: those are tested against a server that speaks their protocol
(tests/adapters/test_sqlserver_drivers.py).
"""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from adapters.port import Terms
from adapters.sqlserver import session
from adapters.sqlserver.options import words
from tests.docs.noon import at_noon

HOST: Final = "sql.example.com"
_ADDRESS: Final = "192.0.2.50"  # of the addresses that are for documentation
_TABLE: Final = 901578250
_PAGE: Final = 1252

# What sys.objects, sys.columns, sys.indexes and sys.foreign_keys say: the rows of the catalog's queries, each by a word of its query.
_CATALOG: Final[Mapping[str, Sequence[tuple[Any, ...]]]] = {
    "sys.synonyms": [(_TABLE, "dbo", "Orders", 1, 0, "table", 48_213, "Order headers")],
    "FROM sys.foreign_keys": [],
    "FROM sys.columns": [
        (_TABLE, 1, False, None, "OrderNo", "int", 4, 10, 0, None),
        (_TABLE, 2, False, None, "CustomerCode", "char", 10, 0, 0, _PAGE),
        (_TABLE, 3, False, None, "OrderedAt", "datetime", 8, 23, 3, None),
        (_TABLE, 4, False, "Without tax", "Total", "money", 8, 19, 4, None),
        (_TABLE, 5, False, None, "Status", "char", 1, 0, 0, _PAGE),
        (_TABLE, 6, True, None, "Note", "nvarchar", 400, 0, 0, None),
    ],
    "FROM sys.indexes": [
        (_TABLE, "PK_Orders", True, True, 1),
        (_TABLE, "IX_Orders_Customer", False, False, 2),
        (_TABLE, "IX_Orders_Customer", False, False, 1),
    ],
}
_ROWS: Final = {
    4712: (
        "C-1001    ",
        dt.datetime.fromisoformat("2026-02-28T09:30:05.123"),
        Decimal("2375.5000"),
        "S",
        "Gate 3, Müller",
    ),
    4711: ("C-1001    ", dt.datetime.fromisoformat("2026-01-31T16:00:00"), Decimal("18950.0000"), "R", None),
}


class _Cursor:
    """Answers a statement of the catalog or a read of the table."""

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> _Cursor:
        catalog = next((rows for sign, rows in _CATALOG.items() if sign in statement), None)
        self._rows = self._read(statement) if catalog is None else list(catalog)
        self.asked = statement, parameters
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows

    def close(self) -> None:
        """Nothing is held."""

    def _read(self, statement: str) -> list[tuple[Any, ...]]:
        """All rows, the newest first, with the columns in the order of the statement."""
        names = ["OrderNo", "CustomerCode", "OrderedAt", "Total", "Status", "Note"]
        chosen = sorted((statement.find(f"[{name}]"), at) for at, name in enumerate(names) if f"[{name}]" in statement)
        rows = [(number, *rest) for number, rest in _ROWS.items()]
        return [tuple(row[at] for _, at in chosen) for row in rows] if "[Orders]" in statement else [(1,)]


class _Connection:
    """What the kind takes for a connection."""

    def __init__(self) -> None:
        self.raw = SimpleNamespace(timeout=0)
        self.kept = None  # no statement is kept prepared

    def cursor(self) -> _Cursor:
        return _Cursor()

    def close(self) -> None:
        """Nothing is held."""


def _open(options: Mapping[str, str], driver: str, terms: Terms, seconds: float) -> _Connection:
    """Open a connection, if the options make a connection string for this server."""
    said = words(options, driver, "here")
    assert (HOST in said["Server"], said["PWD"] != "", terms.seconds > 0, seconds > 0) == (True,) * 4, said
    return _Connection()


@contextmanager
def on_the_way() -> Iterator[None]:
    """Connections of the kind `sqlserver` lead to the server that is made up."""
    with patch.object(session, "open_connection", _open):
        yield


@contextmanager
def _on_this_network() -> Iterator[None]:
    """The host's name resolves, and its port answers."""
    resolve = socket.getaddrinfo
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    reach = socket.create_connection

    def resolved(host: Any, *rest: Any, **more: Any) -> Any:
        return resolve(_ADDRESS if host == HOST else host, *rest, **more)

    def reached(address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        return reach(("127.0.0.1", port) if address[0] == HOST else address, *rest, **more)

    with listener, patch.object(socket, "getaddrinfo", resolved), patch.object(socket, "create_connection", reached):
        yield


if __name__ == "__main__":
    from app.cli import main

    with at_noon(), on_the_way(), _on_this_network():
        main()
