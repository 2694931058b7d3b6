"""How statements are run: which cursors a connection keeps, what is run once more, and whose turn it is to fetch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.sql import Fetcher, Turns, fetch, fetching
from adapters.sql.fetching import KEPT, KEPT_SECONDS, SMALL


@dataclass
class _Cursor:
    """Answers with so many rows; raises what its connection is told to raise."""

    connection: _Connection
    ran: list[str] = field(default_factory=list)
    closed: bool = False
    place: int = 0

    def execute(self, statement: str, parameters: Sequence[Any]) -> None:
        assert not self.closed
        self.ran.append(statement)
        self.place = 0
        self.connection.asked.append((statement, tuple(parameters)))
        if self.connection.failures:
            raise self.connection.failures.pop(0)

    def fetchmany(self, count: int) -> list[tuple[int]]:
        start, self.place = self.place, min(self.place + count, self.connection.rows)
        return [(number,) for number in range(start, self.place)]

    def fetchall(self) -> list[tuple[int]]:
        return self.fetchmany(self.connection.rows)

    def close(self) -> None:
        self.closed = True


@dataclass
class _Connection:
    rows: int = 1
    failures: list[Exception] = field(default_factory=list)
    kept: dict[str, Any] | None = field(default_factory=dict)
    asked: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    cursors: list[_Cursor] = field(default_factory=list)

    def cursor(self) -> _Cursor:
        self.cursors.append(_Cursor(self))
        return self.cursors[-1]

    @property
    def open(self) -> int:
        return sum(not cursor.closed for cursor in self.cursors)


_KEEPING = Fetcher(keeps=True)


def test_a_cursor_is_kept_for_its_statement() -> None:
    """The second run has the first one's cursor, and its very text: drivers know it by the object."""
    connection = _Connection()
    first = "SELECT 1"
    equal = f"{first} "[:-1]
    assert first is not equal
    for text in (first, "SELECT 2", equal):
        _KEEPING(connection, text, (7,))
    assert [cursor.ran for cursor in connection.cursors] == [["SELECT 1", "SELECT 1"], ["SELECT 2"]]
    assert connection.cursors[0].ran[1] is first
    assert connection.open == 2


@pytest.mark.parametrize("fetcher", [fetch, Fetcher(keeps=True, rest=lambda _cursor: False)], ids=["not", "no rest"])
def test_what_is_not_kept_is_closed(fetcher: Fetcher) -> None:
    """A kind that keeps nothing, and a cursor that comes to no rest."""
    connection = _Connection()
    for _ in range(2):
        fetcher(connection, "SELECT 1", ())
    assert (len(connection.cursors), connection.open, connection.kept) == (2, 0, {})


def test_a_connection_that_cannot_keep_anything_is_read_all_the_same() -> None:
    """Its driver said so when it was opened."""
    connection = _Connection(kept=None)
    assert _KEEPING(connection, "SELECT 1", ()) == [(0,)]
    assert connection.open == 0


@pytest.mark.parametrize(("rows", "limit", "kept"), [(3, 4, 1), (4, 4, 0), (5, 4, 0), (5, None, 1)])
def test_a_result_that_may_not_have_been_read_to_its_end_is_closed(rows: int, limit: int | None, kept: int) -> None:
    """Its cursor goes with it: some drivers would read the rest."""
    connection = _Connection(rows)
    assert len(_KEEPING(connection, "SELECT 1", (), limit)) == min(rows, limit or rows)
    assert (connection.open, len(connection.kept or ())) == (kept, kept)


def test_the_statement_used_longest_ago_makes_room() -> None:
    """A connection has no more cursors than it may."""
    connection = _Connection()
    for number in range(KEPT):
        _KEEPING(connection, f"SELECT {number}", ())
    _KEEPING(connection, "SELECT 0", ())
    _KEEPING(connection, "SELECT new", ())
    assert connection.open == KEPT
    assert [cursor.ran for cursor in connection.cursors if cursor.closed] == [["SELECT 1"]]


def test_an_old_cursor_is_prepared_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a driver does not notice lasts for a while, and not for ever, however busy the statement is."""
    now = 100.0
    monkeypatch.setattr(fetching, "monotonic", lambda: now)
    connection = _Connection()
    for now in (100.0, 100.0 + KEPT_SECONDS, 100.1 + KEPT_SECONDS):  # noqa: B007  # the clock reads it
        _KEEPING(connection, "SELECT 1", ())
    assert [(len(cursor.ran), cursor.closed) for cursor in connection.cursors] == [(2, True), (1, False)]


def test_a_cursor_whose_statement_failed_is_not_used_again() -> None:
    """The next run prepares anew."""
    connection = _Connection()
    _KEEPING(connection, "SELECT 1", ())
    connection.failures = [RuntimeError("deadlock")]
    with pytest.raises(RuntimeError, match="deadlock"):
        _KEEPING(connection, "SELECT 1", ())
    assert (connection.open, connection.kept) == (0, {})
    _KEEPING(connection, "SELECT 1", ())
    assert len(connection.cursors) == 2


@pytest.mark.parametrize("often", [1, 2])
def test_what_no_longer_fits_is_run_once_more(often: int) -> None:
    """On another cursor; a second failure of that kind is the caller's."""
    mended: list[str] = []

    def mend(_connection: Any, error: Exception) -> bool:
        mended.append(str(error))
        return True

    fetcher = Fetcher(keeps=True, mend=mend)
    connection = _Connection(failures=[RuntimeError("stale")] * often)
    if often == 1:
        assert fetcher(connection, "SELECT 1", (7,)) == [(0,)]
    else:
        with pytest.raises(RuntimeError, match="stale"):
            fetcher(connection, "SELECT 1", (7,))
    assert connection.asked == [("SELECT 1", (7,))] * 2
    assert mended == ["stale"]
    assert len(connection.cursors) == 2


@pytest.mark.parametrize("rows", [0, 1, SMALL - 1, SMALL, SMALL + 1, 3 * SMALL])
def test_taking_turns_loses_no_row(rows: int) -> None:
    """Few rows come at once, many in two parts."""
    assert list(Fetcher(turns=Turns())(_Connection(rows), "SELECT 1", ())) == [(number,) for number in range(rows)]


class _Waiting:
    """A cursor whose rows are yet to arrive."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def fetchmany(self, _count: int) -> list[tuple[int]]:
        self.begun.set()
        assert self.go_on.wait(30)
        return [(1,)]


def test_nobody_waits_for_rows_that_are_yet_to_arrive() -> None:
    """While one fetch hangs, others end; the turn is free again afterwards, and after a failure too."""
    turns, slow = Turns(), _Waiting()
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.extend(turns.fetch(slow)))
    thread.start()
    assert slow.begun.wait(30)
    for _ in range(3):
        assert turns.fetch(_Cursor(_Connection())) == [(0,)]
    assert not found
    slow.go_on.set()
    thread.join(30)
    with pytest.raises(AttributeError):
        turns.fetch(None)
    assert not turns._lock.locked()
    assert found == [(1,)]


def test_a_short_fetch_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads do not fetch at the same time as long as neither takes long."""
    monkeypatch.setattr(fetching, "PATIENCE", 30.0)
    turns, first, second = Turns(), _Waiting(), _Waiting()
    second.go_on.set()
    threads = [threading.Thread(target=turns.fetch, args=(cursor,)) for cursor in (first, second)]
    threads[0].start()
    assert first.begun.wait(30)
    threads[1].start()
    assert not second.begun.wait(0.1)
    first.go_on.set()
    assert second.begun.wait(30)
    for thread in threads:
        thread.join(30)
