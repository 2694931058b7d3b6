"""Asking: what a look asks of a source, one statement after the other.

In charge of what all of it has in common: the bounds, a count of the rows that were read, and that nothing more is asked once whoever
looks is to stop. It must not know why something is asked, nor what becomes of an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic, sleep
from typing import Any

from adapters.port import Catalog, Listed, Shape, Source, Spent
from app.drift.bounds import Bounds
from app.plan.rows import Row


class Stopped(Exception):
    """The look is to end: nothing more is asked."""


class Asking:
    """A source, as one look asks it. Every method raises SourceError, or Stopped in the place of a further statement.

    `stop` says whether to stop. `read` are the rows that were read until now; they count for the source's day.
    """

    def __init__(self, source: Source, bounds: Bounds, stop: Callable[[], bool]) -> None:
        self.name = source.name
        self.read = 0
        self._source, self._bounds, self._stop = source, bounds, stop

    @property
    def left(self) -> int | None:
        """The rows that may still be read; None: any number."""
        return None if self._bounds.granted is None else self._bounds.granted - self.read

    def ping(self) -> None:
        """Nothing, if the source is there."""
        self._go_on()
        self._source.ping(self._deadline())

    def tables(self) -> Sequence[Listed]:
        """Everything that can be read."""
        self._go_on()
        return self._source.tables()

    def catalog(self, tables: Sequence[str], queries: Mapping[str, str] | None = None) -> Catalog:
        """What these tables and queries are, those that exist."""
        self._go_on()
        return self._source.catalog(tables, queries)

    def rows(self, shape: Shape, values: Sequence[Any]) -> Sequence[Row]:
        """The rows of a read that has a limit. Raises Spent where those that a look is granted were read."""
        self._go_on()
        if self.left is not None and self.left <= 0:
            raise Spent(f"a look may read {self._bounds.granted} rows, and they were read")
        rows = self._source.run(shape, values, self._deadline(), self._bounds.lane).rows
        self.read += len(rows)
        return rows

    def _go_on(self) -> None:
        """Leave the source to others for a moment."""
        sleep(self._bounds.rest)
        if self._stop():
            raise Stopped

    def _deadline(self) -> float:
        return monotonic() + self._bounds.seconds
