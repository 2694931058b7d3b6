"""The kind `odbc`: any data source that has an ODBC driver, with no more than ODBC promises.

In charge of what such a source is asked, and in which words. It knows the port, `sql`, `guard` and `over_odbc`; pyodbc is
imported when a source is opened.

    types      ODBC's types, and what a driver is given for a value
    dialect    SQL-92, with the source's own quotes
    catalog    SQLTables, SQLColumns, SQLPrimaryKeys, SQLStatistics
    session    the connection string, and what is checked at connect
    examine    what `bascule doctor` looks at

Drivers differ in what no standard says. What decides a statement's text is declared in gateway.yaml, since statements are
written before anybody connects; the driver is asked at connect, and a contradiction is a failure with the word that mends it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from adapters.guard import Driver, Guard
from adapters.odbc.catalog import ask, describe, inspect, listing
from adapters.odbc.dialect import QUOTES, Dialect
from adapters.odbc.examine import EXAMINATION
from adapters.odbc.session import session
from adapters.odbc.types import binder
from adapters.over_odbc import STATES, Cursor, cancel, codes, forgotten, load
from adapters.port import (
    Kind,
    Locked,
    Missing,
    Option,
    Refused,
    Source,
    Terms,
    TimedOut,
    Traits,
    Unavailable,
    Unknown,
)
from adapters.sql import Backend, Faults, Fetcher, SqlSource

TRAITS: Final = Traits(
    pads_char=False,  # not known: trailing blanks are taken off a value, or added, as the option `char` says
    nulls_first=True,
    row_values=False,
    max_parameters=100,  # what the small ones bear
    lock_free=False,
    explains=False,
    paged=False,
)

# Drivers that say all with HY000, by the beginning of their text.
_TEXTS: Final = {
    "text: no such table": Missing,  # SQLite
    "text: no such column": Missing,
    "text: interrupted": TimedOut,
    "text: database is locked": Locked,
}

_REFUSED: Final = "the log-in was refused"
_REFUSALS: Final = re.compile(
    r"(authentication|log-?in|log-?on) failed|not a valid (account name or )?password|invalid (user ?name|password|authori[sz]ation)"
    r"|access denied for user|(user name|password)[^.]* not defined|no password supplied",
    re.IGNORECASE,
)


def _codes(error: BaseException) -> Sequence[str]:
    """The codes of an exception; before them a mark for a log-in that was refused.

    Drivers say 08001 or HY000 of it (psqlODBC does). Taken for a host that is down it would be tried again, which
    disables a user's profile.
    """
    refused = "(SQLDriverConnect)" in str(error) and _REFUSALS.search(str(error))
    return (_REFUSED, *codes(error)) if refused else codes(error)


FAULTS: Final = Faults(_codes, {**STATES, **_TEXTS, _REFUSED: Refused})

_LIMITS: Final[Mapping[str, Callable[[str, int], str] | None]] = {
    "fetch": None,
    "limit": lambda text, rows: f"{text} LIMIT {rows:d}",
    "rows": lambda text, rows: f"{text} FETCH FIRST {rows:d} ROWS ONLY",
    "top": lambda text, rows: f"SELECT TOP {rows:d} {text.removeprefix('SELECT ')}",
    "first": lambda text, rows: f"SELECT FIRST {rows:d} {text.removeprefix('SELECT ')}",
}
"""How a limit is written, for each word that the option `limit` takes. As a number: TOP and FIRST often take no parameter."""


class OdbcSource(SqlSource):
    """A SQL source without any statement that all such sources would understand."""

    def ping(self, deadline: float | None = None) -> None:
        """Ask for the catalog's entry of a table that is hardly there."""
        self._gate.call(deadline, _reached)


def _reached(connection: Any) -> None:
    ask(connection, "tables", table="BASCULE")


def _explain(connection: Any, statement: str, parameters: Sequence[Any]) -> Sequence[str]:
    del connection, statement, parameters
    raise Unknown("ODBC has no way to ask a source how it would run a statement")


def _backend(options: Mapping[str, str]) -> Backend:
    write_limit = _LIMITS[options.get("limit", "fetch")]
    traits = replace(TRAITS, nulls_first=options.get("nulls", "first") == "first", paged=write_limit is not None)
    return Backend(
        kind="odbc",
        traits=traits,
        dialect=Dialect(options.get("quotes", "double")),
        bind=binder(padded=options.get("char") == "padded", encoding=options.get("encoding", "")),
        inspect=inspect,
        describe=describe,
        explain=_explain,
        listing=listing,
        limits=False,
        write_limit=write_limit,
        bracket_wildcards=options.get("wildcards", "escape") == "brackets",
        fetch=Fetcher(keeps=options.get("prepared") == "yes", rest=Cursor.rest, mend=forgotten),
    )


def _open(name: str, options: Mapping[str, str], terms: Terms) -> Source:
    load()
    opened = session(options, terms.seconds)
    driver = Driver(opened.open, cancel, FAULTS.translate, _reached, spoils=(Unavailable, Unknown, TimedOut))
    return OdbcSource(name, _backend(options), Guard(name, driver, terms))


KIND: Final = Kind(
    name="odbc",
    summary="Any data source with an ODBC driver: Access, FoxPro, Firebird, Paradox and others",
    options=(
        Option("dsn", "The data source, as the driver manager's odbc.ini names it", example="Works"),
        Option(
            "driver",
            "Instead of a DSN: the driver's name in odbcinst.ini, or the path of its library",
            example="Firebird",
        ),
        Option(
            "connection",
            "More keywords of the driver, `Keyword=value;…`, with a value in braces where it has signs of its own",
            example="Dbname=host:/data/works.fdb;CHARSET=UTF8",
        ),
        Option("user", "The user", example="bascule"),
        Option("password", "The user's password", secret=True, example="${ODBC_PASSWORD}"),
        Option(
            "setup",
            "Statements for each new session, one a line: whatever makes it read only, for a start",
            example="SET TRANSACTION READ ONLY",
        ),
        Option(
            "limit",
            "How a statement says how many rows it wants: `fetch` not at all, so that the rest is left unread (default);"
            " `limit` LIMIT 10; `rows` FETCH FIRST 10 ROWS ONLY; `top` SELECT TOP 10; `first` SELECT FIRST 10",
            choices=tuple(_LIMITS),
            example="first",
        ),
        Option(
            "quotes",
            'How names are quoted: `double` "A" (default), `backtick` `A`, `none` not at all',
            choices=tuple(QUOTES),
            example="backtick",
        ),
        Option(
            "nulls",
            "Where NULL stands in ascending order: `first` (default) or `last`",
            choices=("first", "last"),
            example="last",
        ),
        Option(
            "wildcards",
            "How a `%` that is meant stands in a LIKE pattern: `escape` with ESCAPE '/' (default) or `brackets` [%]",
            choices=("escape", "brackets"),
            example="brackets",
        ),
        Option(
            "char",
            "How `CHAR(n)` columns are compared: `plain` without regard to blanks at the end (default) or `padded` with them",
            choices=("plain", "padded"),
            example="padded",
        ),
        Option(
            "prepared",
            "Whether a connection keeps its last 32 statements prepared for a minute, which spares the source half of the work of "
            "reading one item: `no` (default), or `yes` with a driver that notices when somebody changes a table meanwhile. "
            "PostgreSQL's does; SQLite's gives wrong values then; others may keep the table locked",
            choices=("yes", "no"),
            example="no",
        ),
        Option("encoding", "The code page of the source's text, where the driver knows no Unicode", example="cp1252"),
    ),
    traits=TRAITS,
    open=_open,
    examine=EXAMINATION,
)
