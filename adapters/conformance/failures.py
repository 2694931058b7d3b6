"""The promises about what goes wrong: named, bounded in time, and without a trace afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Final

import pytest

from adapters.conformance.bench import PATIENCE, Bench, whole
from adapters.port import (
    BadData,
    Busy,
    Catalog,
    Column,
    ColumnType,
    Compare,
    Missing,
    Order,
    Rows,
    Shape,
    Source,
    SourceError,
    Table,
    TimedOut,
)

_SOON: Final = 0.2  # seconds
_LONGER: Final = (2.0, 4.0, 8.0, 16.0)  # seconds that a slow read lasts, until the machine lets another one meet it
_SLOW: Final = Table("slow", (Column("n", ColumnType("integer")),))
_ONE: Final = Shape(("ID",), "FAIL", where=Compare("ID", "="))


class FailurePromises(Bench):
    """Deadlines, crowds, dead connections, and the names of failures."""

    def _ready(self, source: Source) -> Shape:
        """A table to read, and the shape of a read that takes far too long."""
        self.make("FAIL", [whole("ID")], [(number,) for number in range(1, 101)], key=["ID"])
        known = source.catalog(["FAIL"])
        source.learn(Catalog(known.tables, {"slow": _SLOW}), {"slow": self.slow_query})
        return Shape(("n",), query=self.slow_query)

    @contextmanager
    def _opened(self, connections: int) -> Iterator[Source]:
        source = self.open_source(connections=connections, seconds=PATIENCE)
        try:
            yield source
        finally:
            source.close()

    def test_a_statement_that_overruns_is_cancelled(self) -> None:
        """TimedOut comes, and the next read is served at once; where the kind `cancels`, the statement ended at the source."""
        with self._opened(1) as source:
            slow = self._ready(source)
            for _ in range(2):
                with pytest.raises(TimedOut):
                    source.run(slow, (), monotonic() + _SOON)
                assert self._served(source, 7) == [7]
            assert self._ended() or not source.traits.cancels

    def _served(self, source: Source, number: int) -> list[int]:
        """The answer of a read that comes again where it found no connection free: a slow machine's time in the queue is short."""
        until = monotonic() + PATIENCE
        while True:
            try:
                return self.answer(source, _ONE, number)
            except Busy:
                if monotonic() >= until:
                    raise

    def _ended(self) -> bool:
        """Whether no slow query runs any more, or nobody can tell; it may take a moment."""
        until = monotonic() + PATIENCE
        while self.running() and monotonic() < until:
            sleep(_SOON)
        return not self.running()

    def test_without_a_deadline_the_source_s_own_seconds_count(self) -> None:
        """A caller that names no deadline does not wait for ever."""
        source = self.open_source(connections=1, seconds=_SOON)
        source.learn(Catalog({}, {"slow": _SLOW}), {"slow": self.slow_query})
        with pytest.raises(TimedOut):
            source.run(Shape(("n",), query=self.slow_query), ())
        source.close()

    def test_a_passed_deadline_is_told_before_anything_is_asked(self, source: Source) -> None:
        """A read whose time is over does not start."""
        self._ready(source)
        with pytest.raises(TimedOut):
            source.run(_ONE, (1,), monotonic() - 1)

    def test_a_crowd_waits_no_longer_than_its_deadline(self) -> None:
        """While the only connection is in use, others get Busy in time; afterwards it serves again."""
        with self._opened(1) as source, ThreadPoolExecutor(1) as threads:
            slow = self._ready(source)
            for seconds in _LONGER:
                running = threads.submit(source.run, slow, (), monotonic() + seconds)
                met = self._meets(source, running)
                ended = running.exception()
                assert self._served(source, 7) == [7]
                if met:
                    break
            assert met, "nobody was told that the connection is in use"
            assert isinstance(ended, TimedOut)

    def _meets(self, source: Source, running: Future[Rows]) -> bool:
        """Read until the other thread's statement has taken the connection; not if that one, or a read, was too late for it."""
        while not running.done():
            try:
                source.run(_ONE, (1,), monotonic() + _SOON)
            except Busy:
                return True
            except TimedOut:
                break
        return False

    def test_many_threads_get_their_own_answers(self) -> None:
        """Eight threads over four connections never see each other's rows."""
        with self._opened(4) as source, ThreadPoolExecutor(8) as threads:
            self._ready(source)
            start = threading.Barrier(8)

            def reads(first: int) -> list[bool]:
                start.wait(PATIENCE)
                return [self._served(source, number) == [number] for number in range(first, 101, 8)]

            results = list(threads.map(reads, range(1, 9)))
            assert all(all(each) for each in results)
            assert sum(map(len, results)) == 100

    def test_dead_connections_are_replaced_unseen(self) -> None:
        """Connections that died at rest cost the caller nothing: the read is done again on a new one."""
        with self._opened(3) as source, ThreadPoolExecutor(3) as threads:
            self._ready(source)
            together = threading.Barrier(3)

            def read(number: int) -> list[int]:
                together.wait(PATIENCE)
                return self._served(source, number)

            assert list(threads.map(read, (1, 2, 3))) == [[1], [2], [3]]
            self.break_connections(source)
            assert list(threads.map(read, (4, 5, 6))) == [[4], [5], [6]]

    def test_a_closed_source_can_be_used_again(self, source: Source) -> None:
        """`close` gives connections back, and forgets nothing that was learned."""
        self._ready(source)
        source.close()
        assert self.answer(source, _ONE, 7) == [7]

    def test_ping_answers_nothing(self, source: Source) -> None:
        """A source that can be reached raises nothing."""
        source.ping()

    def test_what_was_not_learned_is_missing(self, source: Source) -> None:
        """Tables, columns and queries that the catalog did not name are refused without asking the source."""
        self._ready(source)
        for shape in (
            Shape(("ID",), "NO_SUCH"),
            Shape(("NO_SUCH",), "FAIL"),
            Shape(("ID",), "FAIL", where=Compare("NO_SUCH", "=")),
            Shape(("ID",), "FAIL", order=(Order("NO_SUCH"),)),
            Shape(("n",), query="SELECT 1 AS n"),
        ):
            with pytest.raises(Missing):
                source.run(shape, (1,))

    def test_drift_is_missing(self, source: Source) -> None:
        """A table or column that went away since the catalog was read is named as such by the source."""
        self._ready(source)
        known = source.catalog(["FAIL"])
        drifted = Table("FAIL", (*known.tables["FAIL"].columns, Column("GONE", ColumnType("integer"))))
        source.learn(Catalog({"FAIL": drifted, "GONE": drifted}))
        for shape in (
            Shape(("GONE",), "FAIL"),
            Shape(("ID",), "GONE"),
            Shape(("ID",), "FAIL", where=Compare("GONE", "=")),
        ):
            with pytest.raises(Missing):
                source.run(shape, (1,) * (shape.where == Compare("GONE", "=")))

    def test_what_cannot_be_read_is_bad_data(self, source: Source) -> None:
        """A stored value that the source or its driver cannot read is no failure of the connection.

        A kind that reads whatever it stores sets this test to None.
        """
        source.learn(
            Catalog({}, {"bad": Table("bad", (Column("n", ColumnType("varchar")),))}), {"bad": self.unreadable}
        )
        with pytest.raises(BadData):
            source.run(Shape(("n",), query=self.unreadable), ())

    def test_nothing_can_be_written(self, source: Source) -> None:
        """A named query that writes is refused by the session itself."""
        self._ready(source)
        query = f"DELETE FROM {self.quote('FAIL')}"  # noqa: S608  # names of this suite's own
        with pytest.raises(SourceError):
            source.catalog([], {"q": query})
        assert self.answer(source, Shape((), "FAIL", count=True)) == [100]
