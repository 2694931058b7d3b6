"""One ODBC connection, of which another thread can cancel what runs.

In charge of opening one within a time limit and of knowing its running cursor: ODBC cancels a statement, not a connection.
It must not know a driver.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from adapters.over_odbc.manager import load


class Connection:
    """A pyodbc connection that knows its last cursor. Used by one thread at a time, cancelled by any."""

    __slots__ = ("_cursor", "raw")

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self._cursor: Any = None

    def cursor(self) -> Any:
        """A new cursor; the one before it must be closed: several drivers serve one at a time."""
        self._cursor = self.raw.cursor()
        return self._cursor

    def cancel(self) -> None:
        """Ask the driver to end what runs (SQLCancel). May be called from any thread."""
        cursor = self._cursor
        if cursor is not None:
            cursor.cancel()

    def close(self) -> None:
        """Close the connection."""
        self._cursor = None
        self.raw.close()


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

    `attributes` are connection attributes that are set before the log-in; `set_up` is given the pyodbc connection.
    Raises what pyodbc raises; a connection whose set-up fails is closed.
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
    return Connection(raw)
