"""The kind `sqlite`: a database file, opened for reading only.

In charge of what SQLite does differently; `types` has what declared types mean, `catalog` reads the schema. It knows the port,
`sql` and `guard`, and the standard library's driver.

SQLite stores by affinity, not by declared type, so that a few things are agreed on here: `CHAR(n)` holds blank-padded
text (option `char`), dates and times ISO text, `BOOLEAN` 0 or 1, `UUID` 36 characters of either case. A DECIMAL column
holds 64-bit integers or binary floating point (https://www.sqlite.org/datatype3.html, 3): fractions are exact to 15
significant digits, whole numbers to 18. A name that means a size elsewhere is taken at its word (`INT`, `BIGINT`); `INTEGER`,
SQLite's own name for integers of any size, says none.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy.dialects import sqlite as sqlalchemy_sqlite

from adapters.guard import Driver, Guard
from adapters.port import (
    BadData,
    ColumnType,
    Denied,
    Examination,
    Finding,
    Kind,
    Locked,
    Missing,
    Option,
    Source,
    Terms,
    TimedOut,
    Traits,
    Unavailable,
)
from adapters.sql import Backend, Convert, Faults, Fetcher, SqlSource, Turns, to_integer, to_text
from adapters.sqlite.catalog import describe, inspect, listing
from adapters.sqlite.types import declared_type

__all__ = ["BACKEND", "FAULTS", "KIND", "TRAITS", "declared_type"]

TRAITS: Final = Traits(pads_char=False, nulls_first=True, row_values=True, max_parameters=32766)

# Values.


def _number(value: Any) -> Any:
    """A number as SQLite stores it: an integer of 64 bits, or a float.

    An integer beyond 64 bits equals no stored one, and compares rightly as a float.
    """
    whole = to_integer(value)
    if isinstance(whole, int):
        return whole if -(2**63) <= whole < 2**63 else float(whole)
    return float(whole) if isinstance(whole, Decimal) else whole


def _date(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        value = value.date()
    return value.isoformat() if isinstance(value, dt.date) else value


def _moment(digits: int | None, value: Any) -> Any:
    """A time or timestamp with that many digits of fraction; None: none for a whole second, else six."""
    if not isinstance(value, dt.datetime | dt.time):
        return value
    spell = partial(value.isoformat, " ") if isinstance(value, dt.datetime) else value.isoformat
    if digits is None:
        return spell(timespec="microseconds" if value.microsecond else "seconds")
    text = spell(timespec="microseconds" if digits else "seconds")
    return text[: len(text) - 6 + min(digits, 6)] if digits and value.tzinfo is None else text


def _padded(length: int, value: Any) -> Any:
    """Trailing blanks of a CHAR are no part of its value; all `length` characters of it are stored."""
    return to_text(value).rstrip(" ").ljust(length)


_CONVERTS: Final[Mapping[str, Convert]] = {
    "char": to_text,
    "varchar": to_text,
    "integer": _number,
    "decimal": _number,
    "float": _number,
    "boolean": _number,
    "date": _date,
}


def _bind(kind: ColumnType, *, padded: bool) -> Convert | None:
    """What makes a value for a column. A partial of C functions where it can be: it runs for each value."""
    if kind.base == "char" and padded and kind.length is not None:
        return partial(_padded, kind.length)
    if kind.base in {"time", "timestamp", "timestamptz"}:
        return partial(_moment, kind.length)
    return _CONVERTS.get(kind.base)


# Connections.


def _connect(path: Path, seconds: float) -> sqlite3.Connection:
    """Open the file for reading: `mode=ro` never creates one, `query_only` is the second lock.

    LIKE is made case-sensitive, as it is elsewhere; only so can it use an ordinary index.
    """
    if not path.is_file():
        raise Unavailable(f"there is no database file {path}")
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=min(seconds, 1.0),
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        connection.execute("PRAGMA case_sensitive_like=ON")
        connection.execute("PRAGMA query_only=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _codes(error: BaseException) -> Sequence[str]:
    """The message before the result code's name: SQLITE_ERROR says nothing by itself."""
    return (str(error), getattr(error, "sqlite_errorname", "") or type(error).__name__)


# https://www.sqlite.org/rescode.html
FAULTS: Final = Faults(
    _codes,
    {
        "SQLITE_BUSY": Locked,
        "SQLITE_LOCKED": Locked,
        "SQLITE_PROTOCOL": Locked,
        "SQLITE_INTERRUPT": TimedOut,
        "interrupted": TimedOut,
        "SQLITE_CANTOPEN": Unavailable,
        "SQLITE_IOERR": Unavailable,
        "SQLITE_NOTADB": Unavailable,
        "SQLITE_NOMEM": Unavailable,
        "Cannot operate on a closed database": Unavailable,
        "SQLITE_AUTH": Denied,
        "SQLITE_PERM": Denied,
        "SQLITE_READONLY": Denied,
        "SQLITE_SCHEMA": Missing,
        "no such table": Missing,
        "no such column": Missing,
        "SQLITE_CORRUPT": BadData,
        "SQLITE_MISMATCH": BadData,
        "Could not decode to UTF-8": BadData,
    },
)


def _explain(connection: sqlite3.Connection, statement: str, parameters: Sequence[Any]) -> Sequence[str]:
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]


BACKEND: Final = Backend(
    kind="sqlite",
    traits=TRAITS,
    dialect=sqlalchemy_sqlite.dialect(paramstyle="qmark"),
    bind=partial(_bind, padded=True),
    inspect=inspect,
    describe=describe,
    explain=_explain,
    listing=listing,
    fetch=Fetcher(turns=Turns()),  # each row is computed without the interpreter's lock, in a microsecond
)


def _open(name: str, options: Mapping[str, str], terms: Terms) -> Source:
    backend = replace(BACKEND, bind=partial(_bind, padded=options.get("char", "padded") != "plain"))
    connect = partial(_connect, Path(options["path"]))
    driver = Driver(connect, sqlite3.Connection.interrupt, FAULTS.translate, local=True)
    return SqlSource(name, backend, Guard(name, driver, terms))


def _machine(_options: Mapping[str, str]) -> Iterator[Finding]:
    yield Finding("library", "ok", f"SQLite {sqlite3.sqlite_version}, of Python itself")


def _way(options: Mapping[str, str], _seconds: float) -> Iterator[Finding]:
    """The file: there, readable by this user, and a database (https://www.sqlite.org/fileformat.html, 1.3)."""
    path = Path(options["path"])
    if not path.is_file():
        yield Finding("file", "missing", f"file {path}", ("correct `path` in gateway.yaml, or bring the file there",))
        return
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        mend = (f"let the gateway's user read it: ls -l {path}",)
        yield Finding("file", "failed", f"file {path}: {error.strerror}", mend)
        return
    if head and head != b"SQLite format 3\0":  # an empty file is a database without tables
        yield Finding("file", "failed", f"file {path} is no SQLite 3 database", ("see what it is: file " + str(path),))
        return
    yield Finding("file", "ok", f"file {path}")


KIND: Final = Kind(
    name="sqlite",
    summary="A SQLite database file, opened for reading only",
    options=(
        Option("path", "The file; it must exist", required=True, path=True, example="archive.db"),
        Option("char", "How `CHAR(n)` columns are stored: `padded` with blanks (default) or `plain`", example="plain"),
    ),
    traits=TRAITS,
    open=_open,
    examine=Examination(_machine, _way),
)
