"""The kind `postgresql`: PostgreSQL 12 or later, through psycopg 3.

In charge of what PostgreSQL does differently; `types` has what its types mean, `catalog` reads its system catalogs. It knows
the port, `sql` and `guard`; psycopg is imported when a source is opened, so that a gateway without one runs without it.

Values are bound without a cast: the server then takes a text parameter in the type of the column beside it, which keeps a
`char(n)` comparison on the column's index and cuts no value short, as `::char(3)` would.
"""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy.dialects.postgresql import psycopg as sqlalchemy_psycopg

from adapters.diagnosis import libpq, package
from adapters.guard import Driver, Guard
from adapters.port import (
    BadData,
    Busy,
    ColumnType,
    Denied,
    Examination,
    Kind,
    Locked,
    Missing,
    Option,
    Refused,
    Source,
    SourceError,
    Terms,
    TimedOut,
    Traits,
    Unavailable,
)
from adapters.postgresql.catalog import describe, inspect, listing, rows
from adapters.postgresql.cursor import PreparedCursor
from adapters.sql import Backend, Convert, Faults, Fetcher, SqlSource, to_decimal, to_integer, to_text

TRAITS: Final = Traits(pads_char=True, nulls_first=False, row_values=True, max_parameters=65535)

_GRACE: Final = 2.0  # seconds by which the server's own time limit comes after the gateway's
_CANCEL_SECONDS: Final = 2.0

# Values.


def _text(value: Any) -> Any:
    """Text as PostgreSQL can hold it: a NUL is in no stored value, and its stand-in in none that is Unicode text."""
    text = to_text(value)
    return text.replace("\0", "\uffff") if "\0" in text else text


def _float(value: Any) -> Any:
    """A float as text, which the server reads in the column's own type: `real = 0.1::float8` is false for a stored 0.1.

    Beyond the range of a `real` it stays a float, since the server would refuse such text there.
    """
    number = float(value) if not isinstance(value, str) else value
    small = isinstance(number, float) and (number == 0 or 1.2e-38 <= abs(number) <= 3.4e38)
    return repr(number) if small else number


def _boolean(value: Any) -> Any:
    return bool(value) if isinstance(value, int) else value


_CONVERTS: Final[Mapping[str, Convert]] = {
    "char": _text,
    "varchar": _text,
    "integer": to_integer,
    "decimal": to_decimal,
    "float": _float,
    "boolean": _boolean,
}


def _bind(kind: ColumnType) -> Convert | None:
    return _CONVERTS.get(kind.base)


# Connections.


def _driver() -> Any:
    """The psycopg module."""
    try:
        import psycopg  # noqa: PLC0415  # only a gateway with such a source needs it
    except ImportError as error:
        raise Unavailable(
            f"PostgreSQL needs psycopg, which cannot be imported ({error}); run: pip install 'bascule[postgresql]'"
        ) from error
    return psycopg


def _connect(options: Mapping[str, str], statement_seconds: float, seconds: float) -> Any:
    """Connect within so many seconds, and set the session up in one round trip."""
    psycopg = _driver()
    given = {key: options[key] for key in ("user", "password") if options.get(key)}
    connection = psycopg.connect(
        options["url"],
        **given,
        autocommit=True,
        cursor_factory=psycopg.RawCursor,  # takes $1, and leaves every other sign of the text alone
        connect_timeout=max(2, math.ceil(seconds)),
        application_name="bascule",
        client_encoding="UTF8",
        keepalives=1,
        keepalives_idle=30,
        keepalives_interval=10,
        keepalives_count=3,
    )
    try:
        _set_up(connection, options.get("schema", ""), statement_seconds)
    except BaseException:
        connection.close()
        raise
    connection.kept = {}  # for the Fetcher
    connection.unused = []  # for the PreparedCursor
    return connection


def _set_up(connection: Any, schema: str, seconds: float) -> None:
    """Reading only; a time limit that outlives this process; times as UTC, so that year 1 and year 9999 can be read."""
    settings = {
        "default_transaction_read_only": "on",
        "statement_timeout": str(math.ceil((seconds + _GRACE) * 1000)),
        "TimeZone": "UTC",
    }
    if schema:
        settings["search_path"] = '"' + schema.replace('"', '""') + '"'
    names, values = list(settings), list(settings.values())
    connection.execute(
        "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS s(name, value)", [names, values]
    )


def _cancel(connection: Any) -> None:
    connection.cancel_safe(timeout=_CANCEL_SECONDS)


def _ping(connection: Any) -> None:
    connection.execute("").close()


_NO_LONGER_PREPARED: Final = {
    "0A000",
    "26000",
    "42P05",
}  # "cached plan must not change result type", "… does not exist", "… already exists"


def _forget(connection: Any, error: Exception) -> bool:
    """`mend`: where a table has changed under what was prepared, or a pooler between has forgotten it, prepare everything anew."""
    if getattr(error, "sqlstate", None) not in _NO_LONGER_PREPARED:
        return False
    connection.kept.clear()
    connection.unused.clear()
    connection.execute("DEALLOCATE ALL").close()  # psycopg forgets what it prepared, too
    return True


def _sever(connection: Any) -> None:
    """Shut the socket down under libpq, which then reads the end of the stream."""
    with socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)


def _codes(error: BaseException) -> Sequence[str]:
    """The SQLSTATE; without one, the message (of libpq, when no session began) and the exception's class."""
    state = getattr(error, "sqlstate", None)
    if state:
        return (state,)
    message = str(error)
    marks = [mark for mark in _MESSAGES if mark in message]
    return (*marks, type(error).__name__)


# What libpq says while it connects comes without a SQLSTATE in the exception.
_MESSAGES: Final[Mapping[str, type[SourceError]]] = {
    "password authentication failed": Refused,
    "no password supplied": Refused,
    "authentication failed": Refused,
    "no pg_hba.conf entry": Refused,
    'role "': Refused,
    "too many clients": Busy,
    "remaining connection slots": Busy,
    "too many connections": Busy,
    "permission denied for database": Denied,
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
FAULTS: Final = Faults(
    _codes,
    {
        **_MESSAGES,
        "08": Unavailable,
        "57P": Unavailable,  # shut down, starting up, database dropped, idle too long
        "57014": TimedOut,  # query_canceled: by the gateway, or by statement_timeout
        "25P03": Unavailable,
        "25P04": TimedOut,
        "25006": Denied,  # read_only_sql_transaction
        "53300": Busy,  # too_many_connections
        "53": Unavailable,  # out of memory, disk, or configured limits
        "58": Unavailable,  # system_error, io_error
        "28": Refused,
        "3D000": Missing,
        "3F000": Missing,
        "42501": Denied,
        "42P01": Missing,
        "42703": Missing,
        "42883": Missing,
        "42704": Missing,
        "40001": Locked,
        "40P01": Locked,
        "55P03": Locked,
        "55006": Locked,
        "22": BadData,
        "XX001": BadData,
        "XX002": BadData,
        "OperationalError": Unavailable,  # without a SQLSTATE: the connection died, or never was
        "ConnectionTimeout": Unavailable,
        "CancellationTimeout": TimedOut,
        "InterfaceError": Unavailable,
        "DataError": BadData,
    },
)


def _explain(connection: Any, statement: str, parameters: Sequence[Any]) -> Sequence[str]:
    return [line for (line,) in rows(connection, f"EXPLAIN {statement}", *parameters)]


BACKEND: Final = Backend(
    kind="postgresql",
    traits=TRAITS,
    dialect=sqlalchemy_psycopg.dialect(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]  # SQLAlchemy's
    bind=_bind,
    inspect=inspect,
    describe=describe,
    explain=_explain,
    listing=listing,
    fetch=Fetcher(keeps=True, rest=PreparedCursor.rest, mend=_forget, open=PreparedCursor),
)


def _open(name: str, options: Mapping[str, str], terms: Terms) -> Source:
    _driver()
    driver = Driver(
        partial(_connect, options, terms.seconds), _cancel, FAULTS.translate, _ping, sever=_sever, direct=True
    )
    return SqlSource(name, BACKEND, Guard(name, driver, terms))


KIND: Final = Kind(
    name="postgresql",
    summary="PostgreSQL 12 or later, through psycopg 3, in sessions that can only read",
    options=(
        Option(
            "url",
            "Where the server is, as libpq reads it, without a password",
            required=True,
            example="postgresql://bascule@pg.example/erp",
        ),
        Option("user", "The user, where the URL has none", example="bascule"),
        Option("password", "The user's password", secret=True, example="${PG_PASSWORD}"),
        Option(
            "schema",
            "The schema of tables that are named without one; else the user's own search path decides",
            example="erp",
        ),
    ),
    traits=TRAITS,
    open=_open,
    examine=Examination(
        machine=lambda _options: iter((package("psycopg", "postgresql"),)),
        way=lambda options, seconds: libpq.way(options["url"], seconds),
        advice=libpq.ADVICE,
        grant=libpq.grant,
    ),
)
