"""How one statement is run on a connection, and its rows are fetched.

In charge of cursors: which of them a connection keeps for the next run of the same statement, and which thread fetches when.
It must not know a driver.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

Fetched = Sequence[Sequence[Any]]

KEPT: Final = 32  # cursors that a connection keeps: a plan's usual statements, and few enough for small servers
KEPT_SECONDS: Final = 60.0  # after which it is prepared anew: no driver overlooks a changed table for longer
SMALL: Final = 500  # rows that one thread fetches while others wait for their turn
PATIENCE: Final = 0.005  # seconds that a thread waits for another one's rows: so many take well under a millisecond


class Turns:
    """Has the threads of this process fetch one after the other, where a driver lets go of the interpreter at each row.

    Threads that all want it back so often spend more time on handing it over than on the rows. Where a fetch takes long,
    since the rows are yet to be found or to arrive, the others go ahead: nobody waits for one that has lasted `PATIENCE`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since = 0.0

    def fetch(self, cursor: Any) -> Fetched:
        """All rows of a cursor, at most `SMALL` of them while others wait."""
        mine = self._lock.acquire(False) or self._waited()  # a keyword costs as much as the call
        try:
            if mine:
                self._since = monotonic()
            rows: Fetched = cursor.fetchmany(SMALL)
        finally:
            if mine:
                self._lock.release()
        return rows if len(rows) < SMALL else [*rows, *cursor.fetchall()]

    def _waited(self) -> bool:
        return monotonic() - self._since < PATIENCE and self._lock.acquire(timeout=PATIENCE)


@dataclass(slots=True)
class Prepared:
    """A cursor that has run a statement, and when it did first. Drivers know the statement again by the text *object*."""

    text: str
    cursor: Any
    since: float


def _at_rest(cursor: Any) -> bool:
    """Of a driver whose cursors hold nothing once their rows are fetched."""
    del cursor
    return True


def _not_mended(connection: Any, error: Exception) -> bool:
    """Of a driver that prepares nothing, or says nothing of it."""
    del connection, error
    return False


@dataclass(frozen=True, slots=True)
class Fetcher:
    """How a kind's statements are run. Declared by each kind, and given to the gate as its work.

    `keeps`: a connection keeps its cursors, in a dictionary `kept` (None: this one cannot); they are used again for the same
    text, so that it is prepared once. `rest` then frees what a fetched result holds at the source, and tells whether
    that could be done without closing the cursor. `mend` is given what a statement failed with: whether it only meant that what
    was prepared no longer fits its tables, and has been forgotten. The statement is then run once more, from the start.

    `open` makes the cursor that is kept, where the driver has one for statements that are run again and again.

    `turns`, one for all connections of a driver, has threads fetch pages one after the other; for a single row that costs more
    than it brings.
    """

    keeps: bool = False
    rest: Callable[[Any], bool] = _at_rest
    mend: Callable[[Any, Exception], bool] = _not_mended
    open: Callable[[Any], Any] = lambda connection: connection.cursor()
    turns: Turns | None = None

    def __call__(self, connection: Any, statement: str, parameters: Sequence[Any], limit: int | None = None) -> Fetched:
        """Run one statement on a DBAPI connection, and give its rows, or the first `limit` of them."""
        try:
            return self._run(connection, statement, parameters, limit)
        except Exception as error:
            if not self.mend(connection, error):
                raise
        return self._run(connection, statement, parameters, limit)

    def _run(self, connection: Any, statement: str, parameters: Sequence[Any], limit: int | None) -> Fetched:
        kept: dict[str, Prepared] | None = connection.kept if self.keeps else None
        if kept is not None:
            return self._again(connection, kept, statement, parameters, limit)
        cursor = connection.cursor()
        try:
            cursor.execute(statement, parameters)
            return self._fetched(cursor, limit)
        finally:
            cursor.close()

    def _again(
        self,
        connection: Any,
        kept: dict[str, Prepared],
        statement: str,
        parameters: Sequence[Any],
        limit: int | None,
    ) -> Fetched:
        """Run it on its kept cursor, or one to keep; a cursor whose statement failed, or left rows unread, is closed."""
        prepared = _taken(kept, statement) or Prepared(statement, self.open(connection), monotonic())
        cursor = prepared.cursor
        try:
            cursor.execute(prepared.text, parameters)
            rows = self._fetched(cursor, limit)
            again = (limit is None or len(rows) < limit) and self.rest(cursor)
        except BaseException:
            cursor.close()
            raise
        if again:
            _put(kept, prepared)
        else:
            cursor.close()
        return rows

    def _fetched(self, cursor: Any, limit: int | None) -> Fetched:
        if limit is None and self.turns is not None:
            return self.turns.fetch(cursor)
        rows: Fetched = cursor.fetchall() if limit is None else cursor.fetchmany(limit)
        return rows


def _taken(kept: dict[str, Prepared], statement: str) -> Prepared | None:
    """The kept cursor of a statement, unless it is too old; it is no longer kept while it is used."""
    prepared = kept.pop(statement, None)
    if prepared is not None and monotonic() - prepared.since > KEPT_SECONDS:
        prepared.cursor.close()
        return None
    return prepared


def _put(kept: dict[str, Prepared], prepared: Prepared) -> None:
    """Keep a cursor; the one that was used longest ago makes room."""
    if len(kept) >= KEPT:
        kept.pop(next(iter(kept))).cursor.close()
    kept[prepared.text] = prepared


fetch: Final = Fetcher()
"""Runs a statement on a cursor of its own: for catalogs, probes, and kinds that declare nothing else."""
