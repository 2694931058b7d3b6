"""One ODBC connection, of which another thread can cancel what runs.

In charge of opening one within a time limit, and of its running cursor: ODBC cancels a statement, not a connection. It must
not know a driver, nor who keeps its cursors for what.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from adapters.over_odbc.manager import load

_CB_DELETE: Final = 0  # SQLGetInfo, SQL_CURSOR_COMMIT_BEHAVIOR: a commit, so each statement, discards what was prepared


class Cursor:
    """A pyodbc cursor that is never cancelled while it is being closed. Everything else is pyodbc's own."""

    __slots__ = ("_connection", "raw")

    def __init__(self, connection: Connection, raw: Any) -> None:
        self._connection, self.raw = connection, raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.raw)

    def execute(self, statement: str, *parameters: Any) -> Any:
        """Run a statement, which can be cancelled from here on."""
        self._connection.begin(self)
        return self.raw.execute(statement, *parameters)

    def rest(self) -> bool:
        """Close the result, and keep what was prepared (SQL_CLOSE); whether it was the only one. Nothing is cancelled then.

        pyodbc does so where SQLMoreResults finds no further result.
        """
        more = self.raw.nextset()
        self._connection.end(self)
        return not more

    def close(self) -> None:
        """Free the statement; a cancellation that is under way is waited for."""
        self._connection.finish(self)


class Connection:
    """A pyodbc connection that knows its running cursor. Used by one thread at a time, cancelled by any.

    A statement that is freed while another thread cancels it would be memory that is freed while the driver uses it. So
    cancelling and freeing exclude each other; running does not take the lock.

    `kept` is for whoever keeps cursors with their connection (`adapters.sql`); None where the driver forgets what it prepared.
    """

    __slots__ = ("_cursor", "_lock", "kept", "raw")

    def __init__(self, raw: Any, *, keeps: bool = True) -> None:
        self.raw = raw
        self.kept: dict[str, Any] | None = {} if keeps else None
        self._lock = threading.Lock()
        self._cursor: Cursor | None = None

    def cursor(self) -> Cursor:
        """A new cursor; those before it must be closed or at rest: several drivers serve one at a time."""
        cursor = Cursor(self, self.raw.cursor())
        self._cursor = cursor
        return cursor

    def cancel(self) -> None:
        """Ask the driver to end what runs (SQLCancel), if anything does. May be called from any thread."""
        with self._lock:
            if self._cursor is not None:
                self._cursor.raw.cancel()

    def begin(self, cursor: Cursor) -> None:
        """A cursor of this connection begins to run: it is the one to be cancelled."""
        self._cursor = cursor

    def end(self, cursor: Cursor) -> None:
        """It has ended; a cancellation that is under way is waited for, so that it cannot meet the next statement."""
        with self._lock:
            if self._cursor is cursor:
                self._cursor = None

    def finish(self, cursor: Cursor) -> None:
        """Close a cursor of this connection."""
        with self._lock:
            if self._cursor is cursor:
                self._cursor = None
            cursor.raw.close()

    def close(self) -> None:
        """Close the connection, and with it what it keeps."""
        with self._lock:
            self._cursor = None
            try:
                self.raw.close()
            finally:
                self.kept = None  # not before: each cursor would be freed on its own, which may ask the source


def cancel(connection: Connection) -> None:
    """`Driver.cancel` of the kinds over ODBC."""
    connection.cancel()


def connect(
    text: str,
    seconds: float,
    *,
    attributes: Mapping[int, int] | None = None,
    set_up: Callable[[Any], None] | None = None,
) -> Connection:
    """Connect by a connection string within so many seconds, reading only, and set the session up.

    The login timeout of ODBC has whole seconds: a fraction counts as one. `attributes` are connection attributes that are
    set before the log-in; `set_up` is given the pyodbc connection. Raises what pyodbc raises; a connection whose set-up
    fails is closed.
    """
    pyodbc = load()
    raw = pyodbc.connect(
        text,
        autocommit=True,
        readonly=True,
        timeout=max(1, math.ceil(seconds)),
        attrs_before=dict(attributes or {}),
    )
    try:
        if set_up is not None:
            set_up(raw)
    except BaseException:
        raw.close()
        raise
    return Connection(raw, keeps=_keeps(raw))


def _keeps(raw: Any) -> bool:
    """Whether what was prepared outlives its first run; a driver that does not say is taken to do what most do."""
    pyodbc = load()
    try:
        return bool(raw.getinfo(pyodbc.SQL_CURSOR_COMMIT_BEHAVIOR) != _CB_DELETE)
    except pyodbc.Error:
        return True
