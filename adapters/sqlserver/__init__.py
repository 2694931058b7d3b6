"""The kind `sqlserver`: SQL Server 2008 R2 or later, and Azure SQL, through Microsoft's ODBC driver or FreeTDS.

In charge of putting together what SQL Server does differently; each part is a module of this package. It knows the port,
`sql`, `guard` and `over_odbc`; pyodbc is imported when a source is opened.

What stays as SQL Server has it: a column's collation decides whether `=` tells upper from lower case, whether a letter equals
its accented one, and how text sorts; characters without a weight in it count for nothing; bytes are compared without their
trailing zeros. Nothing in a session forbids writing, neither pyodbc's `readonly` nor `ApplicationIntent`: named queries that
are no SELECT are refused here, and the login should have no authority but SELECT.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from adapters.guard import Driver, Guard
from adapters.over_odbc import Cursor, cancel, drivers, forgotten, load
from adapters.port import Kind, Source, Terms, TimedOut, Traits, Unavailable, Unknown
from adapters.sql import Backend, Fetcher, SqlSource, fetch
from adapters.sqlserver import session
from adapters.sqlserver.catalog import describe, inspect, listing
from adapters.sqlserver.dialect import DIALECT
from adapters.sqlserver.examine import EXAMINATION
from adapters.sqlserver.faults import FAULTS
from adapters.sqlserver.options import OPTIONS, family, newest
from adapters.sqlserver.types import bind, operand, place, project
from adapters.sqlserver.values import literal

TRAITS: Final = Traits(
    pads_char=True,
    nulls_first=True,
    row_values=False,
    max_parameters=2090,  # 2,100 to a call; three of them are the call's own (sp_prepexec), and a page has a limit
    lock_free=False,  # READ COMMITTED waits for writers, unless the database keeps row versions
)

BACKEND: Final = Backend(
    kind="sqlserver",
    traits=TRAITS,
    dialect=DIALECT,
    bind=bind,
    inspect=inspect,
    describe=describe,
    explain=session.explain,
    listing=listing,
    wildcards="%_[",
    place=place,
    project=project,
    operand=operand,
    literal=literal,
    hoists=True,
    fetch=Fetcher(keeps=True, rest=Cursor.rest, mend=forgotten),
)


def _ping(connection: Any) -> None:
    fetch(connection, BACKEND.probe, ())


def driver(connect: Any) -> Driver:
    """How the guard treats these connections.

    A statement that was cancelled or timed out costs its connection, and no other: FreeTDS finds the remains of the
    answer on it, and Microsoft's driver may find the server deaf to the cancellation.
    """
    return Driver(connect, cancel, FAULTS.translate, _ping, spoils=(Unavailable, Unknown, TimedOut))


def _open(name: str, options: Mapping[str, str], terms: Terms) -> Source:
    load()
    chosen = options.get("driver") or newest(drivers())
    if chosen is None:
        raise Unavailable(
            "a SQL Server source needs an ODBC driver: install Microsoft's (msodbcsql18) or FreeTDS (on Debian and Ubuntu: "
            "apt install tdsodbc), or name one in `driver`"
        )
    connect = partial(session.open_connection, options, chosen, terms)
    keeps = (
        options.get("prepared") != "no" and family(chosen) == "microsoft"
    )  # FreeTDS prepares each time, whatever is kept
    return SqlSource(name, BACKEND if keeps else replace(BACKEND, fetch=fetch), Guard(name, driver(connect), terms))


KIND: Final = Kind(
    name="sqlserver",
    summary="SQL Server 2008 R2 or later, and Azure SQL, through Microsoft's ODBC driver or FreeTDS; give it a login that may "
    "only read",
    options=OPTIONS,
    traits=TRAITS,
    open=_open,
    examine=EXAMINATION,
)
