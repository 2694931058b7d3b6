"""A real SQL Server, where `BASCULE_TEST_SQLSERVER` has an ODBC connection string of a login that may create databases.

In charge of databases of the tests' own, one for each collation and each process of tests, made anew. SQL Server 2016 or later
(for `DROP … IF EXISTS`; UTF-8 needs 2019). Without the variable nothing here is used, and no test is collected that needs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from time import monotonic, sleep
from typing import Any, Final

import pyodbc

from adapters.guard import Guard
from adapters.over_odbc import connection_string, connection_words
from adapters.port import Source, Terms
from adapters.sql import SqlSource
from adapters.sqlserver import BACKEND, driver, session

TEXT: Final = os.environ.get("BASCULE_TEST_SQLSERVER", "")

UNICODE: Final = "Latin1_General_100_BIN2"
UTF_8: Final = "Latin1_General_100_BIN2_UTF8"

_ADMINISTRATOR: Final = "bascule tests"
_GONE_SECONDS: Final = 10.0


def words(**changed: str) -> str:
    """The connection string with these keywords instead of its own, in whatever case those are."""
    known = connection_words(TEXT)
    kept = {keyword: value for keyword, value in known.items() if keyword.upper() not in changed}
    return connection_string({**kept, **changed})


@contextmanager
def administrator(database: str = "master", *, autocommit: bool = True) -> Iterator[Any]:
    """A connection that may change things."""
    connection = pyodbc.connect(words(DATABASE=database, APP=_ADMINISTRATOR), autocommit=autocommit, timeout=15)
    try:
        yield connection
    finally:
        if not autocommit:
            connection.rollback()
        connection.close()


def execute(database: str, *statements: str) -> None:
    """Run statements, each on its own."""
    with administrator(database) as connection:
        for statement in statements:
            connection.execute(statement).close()


def rows(database: str, statement: str) -> Sequence[Any]:
    """The rows of a statement."""
    with administrator(database) as connection:
        found: Sequence[Any] = connection.execute(statement).fetchall()
        return found


@cache
def database(collation: str) -> str:
    """An empty database of that collation, for this process."""
    name = f"bascule_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{collation.lower()}"
    execute(
        "master",
        f"IF DB_ID(N'{name}') IS NOT NULL ALTER DATABASE [{name}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE",
        f"DROP DATABASE IF EXISTS [{name}]",
        f"CREATE DATABASE [{name}] COLLATE {collation}",
        f"ALTER DATABASE [{name}] SET ALLOW_SNAPSHOT_ISOLATION ON",
    )
    return name


def opened(
    name: str, connections: int = 4, seconds: float = 5.0, isolation: str = "read-committed", **changed: str
) -> Source:
    """A source over a database, as the kind opens one, by the connection string."""
    terms = Terms(connections, seconds)
    connect = partial(session.open_by, words(DATABASE=name, APP="bascule", **changed), isolation, terms)
    return SqlSource("test", BACKEND, Guard("test", driver(connect), terms))


_SESSIONS: Final = (
    "FROM sys.dm_exec_sessions AS s WHERE s.program_name = N'bascule' AND s.database_id = DB_ID(N'{name}')"
)


def end_sessions(name: str) -> None:
    """End the gateway's sessions in a database, and wait until they are gone."""
    listing = f"SELECT s.session_id {_SESSIONS.format(name=name)}"
    for (number,) in rows("master", listing):
        execute("master", f"KILL {number}")
    until = monotonic() + _GONE_SECONDS
    while rows("master", listing) and monotonic() < until:
        sleep(0.05)


def running(name: str) -> int:
    """How many of them are busy with a statement."""
    requests = "EXISTS (SELECT * FROM sys.dm_exec_requests AS r WHERE r.session_id = s.session_id)"
    [[count]] = rows("master", f"SELECT COUNT(*) {_SESSIONS.format(name=name)} AND {requests}")
    return int(count)
