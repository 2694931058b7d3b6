"""The cursor for statements that are run again and again, beside psycopg's own, on a real server."""

from __future__ import annotations

import datetime as dt
import os
import socket
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from adapters.postgresql.cursor import MOST, PreparedCursor
from tests.adapters.postgres import postgres_url  # noqa: F401  # a fixture

VALUES = [
    0, 2**15, 2**31, 2**63, -1, 1.5, Decimal("12.50"), "", "O'Brien ü", b"\x00\xff", True, None,
    dt.date(1998, 3, 2), dt.time(9, 30), dt.datetime(2026, 1, 31, 9, 30, 5, tzinfo=dt.UTC), uuid.UUID(int=7),
]  # fmt: skip


@pytest.fixture
def connection(postgres_url: str) -> Iterator[Any]:  # noqa: F811  # the fixture
    """A connection as the kind makes it: autocommit, with a list of what is to be freed."""
    opened: Any = psycopg.connect(postgres_url, autocommit=True, cursor_factory=psycopg.RawCursor)
    opened.unused = []
    with opened:
        yield opened


def prepared(connection: Any) -> int:
    """How many statements the server keeps for the connection."""
    (found,) = connection.execute("SELECT count(*) FROM pg_prepared_statements", prepare=False).fetchone()
    return int(found)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_go_and_come_as_with_psycopg(connection: Any, value: Any) -> None:
    """Whatever psycopg sends for a value, and reads of a result, this cursor does too."""
    cursor = PreparedCursor(connection)
    plain = value is None or isinstance(value, str)  # sent without a type
    kind = "text" if plain else connection.execute("SELECT pg_typeof($1)::text", [value]).fetchone()[0]
    statement = f"SELECT $1::{kind}, 1"
    for _ in range(2):
        cursor.execute(statement, [value])
        assert cursor.fetchall() == connection.execute(statement, [value]).fetchall() == [(value, 1)]


def test_each_set_of_types_is_prepared_once(connection: Any) -> None:
    """psycopg sends a small and a large number as other types: two statements, however often they run."""
    cursor = PreparedCursor(connection)
    for number in (1, 2, 2**40, 3, 2**41):
        cursor.execute("SELECT $1 + 1", [number])
        assert cursor.fetchall() == [(number + 1,)]
    assert prepared(connection) == 2


def test_rows_come_in_pieces(connection: Any) -> None:
    """`fetchmany`, then the rest; `rowcount` is all of them, and a new run begins anew."""
    cursor = PreparedCursor(connection)
    for _ in range(2):
        cursor.execute("SELECT generate_series(1, $1::int)", [5])
        assert cursor.rowcount == 5
        assert cursor.fetchmany(2) == [(1,), (2,)]
        assert cursor.fetchall() == [(3,), (4,), (5,)]
        assert cursor.fetchmany(2) == cursor.fetchall() == []


def test_what_a_closed_cursor_prepared_is_freed(connection: Any) -> None:
    """Not at once, since a connection may be silent: before the next statement is prepared."""
    first = PreparedCursor(connection)
    first.execute("SELECT 1")
    first.execute("SELECT 2")
    first.close()
    assert prepared(connection) == 2
    PreparedCursor(connection).execute("SELECT 3")
    assert (prepared(connection), connection.unused) == (1, [])


def test_errors_are_psycopgs(connection: Any) -> None:
    """With their SQLSTATE, while preparing and while running; the cursor goes on afterwards."""
    cursor = PreparedCursor(connection)
    with pytest.raises(psycopg.errors.UndefinedTable):
        cursor.execute("SELECT * FROM no_such_table")
    with pytest.raises(psycopg.errors.DivisionByZero) as caught:
        cursor.execute("SELECT 1 / $1::int", [0])
    assert caught.value.sqlstate == "22012"
    cursor.execute("SELECT 1 / $1::int", [1])
    assert cursor.fetchall() == [(1,)]


def test_a_statement_that_brings_no_rows_is_refused(connection: Any) -> None:
    """It reads; whatever else a text may do is no read."""
    with pytest.raises(psycopg.InternalError, match="COMMAND_OK"):
        PreparedCursor(connection).execute("SET work_mem = '4MB'")


def test_a_lost_connection_is_an_operational_error(connection: Any) -> None:
    """Whether the server ends the session or the socket is shut: what the guard takes for a source that is away."""
    cursor = PreparedCursor(connection)
    cursor.execute("SELECT 1")
    with socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError):
            cursor.execute("SELECT 1")
    cursor.close()


def test_statements_of_one_text_are_bounded(connection: Any) -> None:
    """A list of numbers of any size has many sets of types; what no longer fits is freed at once."""
    cursor = PreparedCursor(connection)
    sizes = (1, 40_000, 2**40)
    for first in sizes:
        for second in sizes:
            for third in sizes:
                cursor.execute("SELECT 5::int8 IN ($1, $2, $3)", [first, second, third])
                assert prepared(connection) <= MOST
    assert connection.unused == []


def test_no_other_process_means_another_statement_by_a_name(connection: Any) -> None:
    """The name has the process in it, and a number of its own that no fork has."""
    PreparedCursor(connection).execute("SELECT 1")
    (name,) = connection.execute("SELECT name FROM pg_prepared_statements", prepare=False).fetchone()
    assert name.startswith(f"bascule_{os.getpid()}_")
