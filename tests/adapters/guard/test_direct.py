"""Connections that the caller's own thread works on, because cutting the socket always wakes it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from adapters.guard import Driver, Guard, links, watchdog
from adapters.port import Terms, TimedOut, Unavailable
from tests.adapters.guard.fakes import FOREVER, PATIENCE, Connection, Host, eventually, hasty, threads, translate


class Wire(Host):
    """A host at which a statement hangs until it is cancelled there, if cancelling helps, or its socket is cut."""

    def __init__(self) -> None:
        super().__init__()
        self.cancelling, self.over = threading.Event(), threading.Event()
        self.cancel = self.reach
        self.helps = True
        self.cut: list[int] = []

    def reach(self, connection: Connection) -> None:
        """Ask the server to end a statement; `helps`: it hears, else asking hangs as well, until the test is over."""
        self.cancelling.set()
        if self.helps:
            connection.freed.set()
        else:
            self.over.wait(FOREVER)

    def direct(self) -> Driver:
        """Connections that can be used directly."""
        return Driver(self.connect, self.reach, translate, sever=self.shut, direct=True)

    def shut(self, connection: Connection) -> None:
        """Cut the socket."""
        self.cut.append(connection.number)
        connection.ending = ConnectionError("the socket was cut")
        connection.freed.set()


@pytest.fixture
def wire() -> Wire:
    """A host behind a wire."""
    return Wire()


@pytest.fixture
def guarded(wire: Wire) -> Iterator[Guard]:
    """Its guard, which leaves nothing behind."""
    made = Guard("wire", wire.direct(), Terms(2, PATIENCE))
    yield made
    wire.over.set()
    made.close()
    eventually(lambda: made._board.held() == (0, 0))
    assert wire.open == 0


def _thread(_: Connection) -> str:
    return threading.current_thread().name


def test_statements_run_in_the_caller_s_thread(guarded: Guard) -> None:
    """No hand-over: that is what it is for."""
    assert guarded.call(None, _thread)[0] == threading.current_thread().name


def test_a_statement_that_overruns_is_cancelled_and_keeps_its_connection(
    guarded: Guard, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ended it in time: the session is as it was."""
    monkeypatch.setattr(links, "_CANCELLED", PATIENCE)
    guarded.call(None, Connection.answer)
    with hasty(guarded), pytest.raises(TimedOut, match="cancelled"):
        guarded.call(None, Connection.hang)
    assert guarded.call(None, Connection.answer)[0] == 0
    assert (wire.tried, wire.cut) == (1, [])


def test_a_statement_that_cannot_be_cancelled_is_cut(
    guarded: Guard, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a dead network asking hangs; the caller leaves all the same, and the next has another connection."""
    monkeypatch.setattr(watchdog, "_AGAIN", 0.05)
    guarded.call(None, Connection.answer)
    wire.helps = False
    with hasty(guarded), pytest.raises(TimedOut, match="socket was cut"):
        guarded.call(None, Connection.hang)
    assert set(wire.cut) == {0}  # it is cut again and again until the caller is back
    assert guarded.call(None, Connection.answer)[0] == 1
    eventually(lambda: wire.closed == [wire.opened[0]])
    assert guarded.health().abandoned == 0


def test_a_cancellation_that_may_still_come_spoils_the_connection(guarded: Guard, wire: Wire) -> None:
    """The statement ended by itself while the server was being asked: whatever is asked next could be hit."""

    def end_by_itself(connection: Connection) -> int:
        assert wire.cancelling.wait(PATIENCE)
        return connection.number

    guarded.call(None, Connection.answer)
    wire.helps = False
    with hasty(guarded):
        assert guarded.call(None, end_by_itself)[0] == 0
    assert guarded.call(None, Connection.answer)[0] == 1


def test_a_session_that_ends_is_retried_once(guarded: Guard, wire: Wire) -> None:
    """As on any other connection."""
    assert guarded.call(None, Connection.answer)[0] == 0
    wire.opened[0].dead = True
    assert guarded.call(None, Connection.answer)[0] == 1


def test_a_log_in_that_hangs_keeps_nobody(guarded: Guard, wire: Wire) -> None:
    """There is no socket to cut yet: the log-in has a thread, and the caller leaves it."""
    release = threading.Event()
    wire.before_connect = lambda: release.wait(FOREVER)
    with hasty(guarded), pytest.raises(TimedOut, match="log-in"):
        guarded.call(None, Connection.answer)
    release.set()
    eventually(lambda: guarded._pool._resting)
    assert guarded.call(None, Connection.answer)[0] == 0


def test_what_dies_before_its_deadline_has_died(guarded: Guard) -> None:
    """It is no time-out."""

    def die(_: Connection) -> None:
        raise ConnectionError("dead")

    with pytest.raises(Unavailable, match="dead"):
        guarded.call(None, die)


def test_no_thread_outlives_the_guard(wire: Wire) -> None:
    """Neither links' nor the watchdog's."""
    before = threads()
    made = Guard("wire", wire.direct(), Terms(2, PATIENCE))
    made.call(None, Connection.answer)
    made.close()
    assert threads() <= before
