"""A cursor for a statement that is run again and again: prepared once, then executed in one call of libpq.

In charge of what psycopg's own cursor does for such a statement without its generators and its book of what is prepared, which take more
processor time than the reading of one row. It must not know what is read.

Values are written and read by psycopg (`Transformer`), errors are psycopg's exceptions. The call blocks without Python's lock; another
thread ends it by cancelling the statement, or by shutting the socket down.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from itertools import count
from typing import Any, Final

MOST: Final = 8  # statements of one text: psycopg has three types for whole numbers, in any order in an IN list
_NUMBERS: Final = count(1)
_HOST: Final = secrets.token_hex(
    4
)  # no two processes may mean two statements by one name: a pooler may share a session


class PreparedCursor:
    """A cursor of a connection in autocommit, for statements that bring rows; their places are `$1`, `$2`, ….

    A statement is prepared for its text and for the types that psycopg gives its parameters, which depend on their values. What a
    closed cursor had prepared is freed before the connection prepares anything else: `connection.unused` has the names.
    """

    def __init__(self, connection: Any) -> None:
        from psycopg import adapt, errors, pq  # noqa: PLC0415  # only a gateway with such a source needs it

        self._connection = connection
        self._names: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._errors, self._pq = errors, pq
        self._automatic = adapt.PyFormat.AUTO
        self._transformer = adapt.Transformer(connection)
        self.rowcount = self._at = 0

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run it. Raises psycopg.Error."""
        link, transformer = self._connection.pgconn, self._transformer
        values = transformer.dump_sequence(parameters, [self._automatic] * len(parameters))
        kinds = transformer.types or ()
        name = self._names.get((statement, kinds)) or self._prepared(link, statement, kinds)
        result = self._sound(link, link.exec_prepared(name, values, transformer.formats), self._pq.ExecStatus.TUPLES_OK)
        transformer.set_pgresult(result)
        self.rowcount, self._at = result.ntuples, 0

    def _prepared(self, link: Any, statement: str, kinds: tuple[int, ...]) -> bytes:
        """The name of the statement, which is prepared now."""
        done = self._pq.ExecStatus.COMMAND_OK
        if len(self._names) >= MOST:
            self.close()
        unused: list[bytes] = self._connection.unused
        while unused:
            self._sound(link, link.exec_(b"DEALLOCATE " + unused[-1]), done)
            unused.pop()
        name = f"bascule_{os.getpid()}_{_HOST}_{next(_NUMBERS)}".encode()
        self._sound(link, link.prepare(name, statement.encode(), kinds), done)
        self._names[statement, kinds] = name
        return name

    def _sound(self, link: Any, result: Any, expected: int) -> Any:
        """The result. Raises what the server, or libpq where the connection is lost, says instead."""
        if result.status == expected:
            return result
        if link.status != self._pq.ConnStatus.OK:
            raise self._errors.OperationalError(result.get_error_message() or "the connection is lost")
        if result.status == self._pq.ExecStatus.FATAL_ERROR:
            raise self._errors.error_from_result(result)
        raise self._errors.InternalError(f"a statement ended as {self._pq.ExecStatus(result.status).name}")

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rows that are left."""
        return self.fetchmany(self.rowcount - self._at)

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """The next rows, at most so many."""
        start, self._at = self._at, min(self._at + size, self.rowcount)
        found: list[tuple[Any, ...]] = self._transformer.load_rows(start, self._at, tuple)
        return found

    def rest(self) -> bool:
        """Let go of the result, whose memory may be large; what is prepared stays. True: the cursor can be kept."""
        self._transformer.set_pgresult(None)
        self.rowcount = self._at = 0
        return True

    def close(self) -> None:
        """Leave what was prepared to be freed; nothing is sent, since the connection may be silent."""
        self._connection.unused += self._names.values()
        self._names = {}
