"""Sessions: how one is opened, what is laid down for it once, and how one is asked for its plan of a statement.

In charge of that. It must not know tables or shapes.

What is set here holds for as long as the connection lasts, and nothing else sets anything: the connections are this
gateway's alone, no statement of a plan changes its session, and one that was cancelled is not used again. So nothing leaks
from one request into the next, and nothing has to be set back.
"""

from __future__ import annotations

import math
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from time import monotonic
from typing import Any, Final

from adapters.over_odbc import Connection, connect
from adapters.port import Terms, Unavailable
from adapters.sqlserver.options import address, family, text, words
from adapters.sqlserver.values import literal

_GRACE: Final = 2.0  # seconds by which the driver's own time limit comes after the gateway's
_LOCK_SHARE: Final = 0.5  # of a request's time: what is locked for longer is told as such, not as too slow

_LEVELS: Final = {
    "read-committed": "READ COMMITTED",
    "read-uncommitted": "READ UNCOMMITTED",
    "snapshot": "SNAPSHOT",
}

# FreeTDS leaves the ANSI settings to the server's defaults, and its own configuration may cut text at 64,512 bytes. The
# language decides what a number with a comma, the name of a month and the first day of a week mean; DATEFORMAT comes
# after it, since a language brings its own. Whose deadlock it is, a read of this gateway gives way.
_SET_UP: Final = """\
SET NOCOUNT ON;
SET LANGUAGE us_english;
SET DATEFORMAT ymd;
SET ANSI_NULLS ON;
SET ANSI_PADDING ON;
SET ANSI_WARNINGS ON;
SET ARITHABORT ON;
SET CONCAT_NULL_YIELDS_NULL ON;
SET QUOTED_IDENTIFIER ON;
SET NUMERIC_ROUNDABORT OFF;
SET TEXTSIZE 2147483647;
SET DEADLOCK_PRIORITY LOW;
SET LOCK_TIMEOUT {milliseconds};
SET TRANSACTION ISOLATION LEVEL {level};"""


def set_up(isolation: str, seconds: float) -> str:
    """The statements that lay down how a session reads, for one round trip; `seconds` are a request's."""
    return _SET_UP.format(milliseconds=max(1, int(seconds * _LOCK_SHARE * 1000)), level=_LEVELS[isolation])


def open_connection(options: Mapping[str, str], driver: str, terms: Terms, seconds: float) -> Connection:
    """Connect within so many seconds, and set the session up. Raises Unavailable, and what pyodbc raises."""
    until = monotonic() + seconds
    if family(driver) == "microsoft":
        _knock(options["server"], seconds)
    written = text(words(options, driver, socket.gethostname()), driver)
    return open_by(written, options.get("isolation", "read-committed"), terms, until - monotonic())


def open_by(written: str, isolation: str, terms: Terms, seconds: float) -> Connection:
    """Connect by a connection string, and set the session up."""

    def prepare(raw: Any) -> None:
        raw.timeout = math.ceil(terms.seconds + _GRACE)
        raw.execute(set_up(isolation, terms.seconds)).close()

    return connect(written, seconds, set_up=prepare)


def _knock(server: str, seconds: float) -> None:
    """See whether anything listens: told that nothing does, Microsoft's driver waits for the end of its time limit.

    Where the port is only known to the SQL Server Browser, the driver is left to ask it.
    """
    where = address(server)
    if where.port is None:
        return
    try:
        socket.create_connection((where.host, where.port), timeout=max(seconds, 0.001)).close()
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"nothing answers at {where.host}, port {where.port}: {error}") from error


@contextmanager
def patience(connection: Connection, seconds: float) -> Iterator[None]:
    """Statements may take so long, as those that read the catalog do."""
    usual = connection.raw.timeout
    connection.raw.timeout = math.ceil(seconds)
    try:
        yield
    finally:
        connection.raw.timeout = usual


# Explain.

_PLACES: Final = re.compile(r"'(?:[^']|'')*'|\[(?:[^\]]|\]\])*\]|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\?", re.DOTALL)


def explain(connection: Connection, statement: str, parameters: Sequence[Any]) -> Sequence[str]:
    """The steps of the estimated plan (SHOWPLAN_TEXT, which needs the authority SHOWPLAN in the database).

    Nothing is run meanwhile. The parameters are declared as the driver declares them; the server then knows their types, as
    it does in a read, and estimates without their values.
    """
    cursor = connection.cursor()
    try:
        cursor.execute("SET SHOWPLAN_TEXT ON")
        try:
            cursor.execute(spelled_out(statement, parameters))
            return [line for line in _lines(cursor) if line.lstrip().startswith("|--")]
        finally:
            cursor.execute("SET SHOWPLAN_TEXT OFF")
    finally:
        cursor.close()


def spelled_out(statement: str, parameters: Sequence[Any]) -> str:
    """A batch with variables in the places of the parameters."""
    names = (f"@P{number}" for number in range(1, len(parameters) + 1))
    batch = _PLACES.sub(lambda found: next(names) if found[0] == "?" else found[0], statement)
    declared = [
        f"DECLARE @P{number} {_declared(value)} = {literal(value)};" for number, value in enumerate(parameters, 1)
    ]
    return "\n".join([*declared, batch])


def _declared(value: Any) -> str:
    """The type that pyodbc and the driver give to a value."""
    match value:
        case bool():
            return "bit"
        case int():
            return "int" if -(2**31) <= value < 2**31 else "bigint"
        case float():
            return "float"
        case Decimal():
            digits, exponent = len(value.as_tuple().digits), -int(value.as_tuple().exponent)
            return f"decimal({max(digits, exponent)}, {max(exponent, 0)})"
        case bytes():
            return "varbinary(max)" if len(value) > 8000 else "varbinary(8000)"
        case _:
            return "nvarchar(max)" if len(str(value)) > 4000 else "nvarchar(4000)"


def _lines(cursor: Any) -> Iterator[str]:
    """The first column of all that a batch answers."""
    while True:
        if cursor.description is not None:
            yield from (str(row[0]) for row in cursor.fetchall())
        if not cursor.nextset():
            return
