"""The kind `as400`: Db2 for i on an AS/400, iSeries or IBM i (7.1 or later), through IBM's ODBC driver.

In charge of what Db2 for i does differently. It knows the port, `sql`, `guard` and `over_odbc`; pyodbc and sqlalchemy-ibmi are
imported when a source is opened, so that a gateway without one runs without them.

    keywords   gateway.yaml's words, and the driver's
    dialect    the SQL, as IBM's own SQLAlchemy dialect writes it
    columns    types, and how values are bound and selected
    catalog    tables, files, columns: which library a name stands for (`parts` has the queries, `asking` asks them)
    keys       keys, indexes, references
    describe   the columns of a named query
    faults     what the driver and the database say, and what it means
    examine    what `bascule doctor` looks at, and what mends it

Reads take no locks: every statement ends with `FOR READ ONLY WITH UR`, in a session without commitment control that can only
SELECT. That also rules out QSYS2.CANCEL_SQL, which has to be called: a statement is ended by the driver's own SQLCancel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from adapters.as400 import catalog, columns
from adapters.as400.catalog import Session
from adapters.as400.describe import describe
from adapters.as400.dialect import dialect
from adapters.as400.examine import EXAMINATION
from adapters.as400.faults import FAULTS
from adapters.as400.keywords import OPTIONS, keywords
from adapters.guard import Driver, Guard
from adapters.over_odbc import Connection, Cursor, cancel, connect, connection_string, forgotten, load
from adapters.port import Kind, Source, Terms, Traits, Unavailable, Unknown
from adapters.sql import Backend, Fetcher, Roomy, SqlSource, fetch

__all__ = ["FAULTS", "KIND", "OPTIONS", "TRAITS", "Session", "keywords", "opened"]

TRAITS: Final = Traits(
    pads_char=True,
    nulls_first=False,
    row_values=False,  # documented for Db2 elsewhere, not for Db2 for i
    max_parameters=2000,  # well below what a statement of 2 MB can hold; a driver sends each with its own description
    explains=False,  # its plans are kept for a visual tool, by a database monitor that has to write
)

_PROBE: Final = "SELECT 1 FROM SYSIBM.SYSDUMMY1"
_SUFFIX: Final = "FOR READ ONLY WITH UR"


def opened(
    name: str,
    connection: Callable[[float], Connection],
    terms: Terms,
    session: Session,
    compiler: Any = None,
    *,
    keeps: bool = True,
) -> Source:
    """A source over connections that `connection` opens within so many seconds; `compiler` in place of IBM's dialect.

    `keeps`: what was prepared is kept with its connection.
    """
    driver = Driver(connection, cancel, FAULTS.translate, _ping)
    return SqlSource(name, _backend(session, compiler or dialect(), keeps=keeps), Guard(name, driver, terms))


def _backend(session: Session, compiler: Any, *, keeps: bool) -> Backend:
    return Backend(
        kind="as400",
        traits=TRAITS,
        dialect=compiler,
        bind=columns.bind,
        inspect=partial(_inspect, session),
        describe=describe,
        explain=_explain,
        listing=partial(_listing, session),
        probe=_PROBE,
        place=columns.place,
        project=columns.select,
        suffix=_SUFFIX,
        hoists=True,
        roomy=Roomy(columns.roomy_bind, columns.roomy_place),
        fetch=Fetcher(keeps=keeps, rest=Cursor.rest, mend=forgotten),
    )


def _inspect(session: Session, connection: Any, tables: Any) -> Any:
    return catalog.inspect(connection, tables, session)


def _listing(session: Session, connection: Any) -> Any:
    return catalog.listing(connection, session)


def _explain(*_: Any) -> Any:
    raise Unknown("Db2 for i shows its plans only to Visual Explain, in IBM i Access Client Solutions")


def _ping(connection: Connection) -> None:
    fetch(connection, _PROBE, ())


def _connect(text: str, estimate: int, seconds: float) -> Connection:
    return connect(text, seconds, set_up=partial(_set_up, estimate))


def _set_up(estimate: int, connection: Any) -> None:
    """Have Db2 refuse what it estimates to take longer (SQL0666): it holds ODBC's query timeout against its estimate."""
    if estimate:
        connection.timeout = estimate


def _open(name: str, options: Mapping[str, str], terms: Terms) -> Source:
    load()
    try:
        connection = partial(
            _connect, connection_string(keywords(options)), _whole_seconds(options.get("estimate", ""))
        )
    except ValueError as error:
        raise Unavailable(f"{name} cannot be opened as it is described in gateway.yaml: {error}") from None
    libraries = tuple(filter(None, options.get("libraries", "").split(",")))
    session = Session(libraries, options.get("naming") == "system", options.get("untagged") == "text")
    return opened(name, connection, terms, session, keeps=options.get("prepared") != "no")


def _whole_seconds(text: str) -> int:
    """A number of seconds, 0 where nothing is said. Raises ValueError."""
    if text and not (text.isascii() and text.isdigit()):
        raise ValueError(f"`estimate` is a number of seconds, and not {text!r}")
    return int(text or 0)


KIND: Final = Kind(
    name="as400",
    summary="Db2 for i on an AS/400, iSeries or IBM i, through IBM's ODBC driver, in sessions that can only read",
    options=OPTIONS,
    traits=TRAITS,
    open=_open,
    examine=EXAMINATION,
)
