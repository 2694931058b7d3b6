"""A database inside this process: connections are bounded, cancelled in time, replaced, and never shared with a child."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from adapters.guard import Driver, Guard, pool
from adapters.port import Busy, SourceError, Terms, TimedOut, Unavailable, Unknown
from tests.adapters.guard.fakes import FOREVER, PATIENCE, hasty


class FakeConnection:
    """A connection whose work can be cancelled, and that can die."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.cancelled = threading.Event()
        self.dead = self.closed = False

    def work(self) -> int:
        if self.dead:
            raise ConnectionError("dead")
        return self.number

    def hang(self) -> None:
        if not self.cancelled.wait(PATIENCE):
            raise AssertionError("never cancelled")
        raise InterruptedError("cancelled")

    def finish_late(self) -> int:
        assert self.cancelled.wait(PATIENCE)
        return self.number

    def close(self) -> None:
        self.closed = True


class Host:
    """Opens fake connections, and remembers them."""

    def __init__(self) -> None:
        self.opened: list[FakeConnection] = []
        self.refuses = False

    def connect(self, seconds: float) -> FakeConnection:
        assert seconds > 0
        if self.refuses:
            raise ConnectionError("refused")
        self.opened.append(FakeConnection(len(self.opened)))
        return self.opened[-1]

    def driver(self) -> Driver:
        return Driver(self.connect, lambda connection: connection.cancelled.set(), _translate, local=True)


def _translate(error: BaseException) -> SourceError:
    if isinstance(error, SourceError):
        return error
    meanings: dict[type[BaseException], type[SourceError]] = {
        ConnectionError: Unavailable,
        InterruptedError: TimedOut,
    }
    return meanings.get(type(error), Unknown)(str(error))


def _guard(connections: int = 2) -> tuple[Host, Guard]:
    host = Host()
    return host, Guard("test", host.driver(), Terms(connections, PATIENCE))


def test_a_connection_is_used_again() -> None:
    """One caller after the other needs one connection, opened at the first use."""
    host, guarded = _guard()
    assert host.opened == []
    assert [guarded.call(None, FakeConnection.work)[0] for _ in range(5)] == [0] * 5
    assert len(host.opened) == 1
    guarded.close()
    assert host.opened[0].closed


def test_no_more_connections_than_allowed() -> None:
    """Whatever the crowd, the host sees at most the agreed number of sessions."""
    host, guarded = _guard(connections=3)
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda _: guarded.call(None, FakeConnection.work), range(200)))
    assert 1 <= len(host.opened) <= 3
    guarded.close()


def test_dead_connections_are_replaced_once() -> None:
    """Work is done again on a new connection, and all that rested beside the dead one are closed."""
    host, guarded = _guard()
    guarded.call(None, FakeConnection.work)
    host.opened[0].dead = True
    assert guarded.call(None, FakeConnection.work)[0] == 1
    assert [connection.closed for connection in host.opened] == [True, False]
    guarded.close()


def test_a_new_connection_that_dies_is_not_retried() -> None:
    """A host that takes connections and drops them is left in peace."""
    host, guarded = _guard()

    def die(connection: FakeConnection) -> None:
        connection.dead = True
        connection.work()

    with pytest.raises(Unavailable):
        guarded.call(None, die)
    assert len(host.opened) == 1
    assert host.opened[0].closed


def test_a_host_that_refuses_keeps_no_ticket() -> None:
    """Failed attempts to connect do not use the pool up."""
    host, guarded = _guard(connections=1)
    host.refuses = True
    for _ in range(3):
        with pytest.raises(Unavailable):
            guarded.call(None, FakeConnection.work)
    host.refuses = False
    assert guarded.call(None, FakeConnection.work)[0] == 0
    guarded.close()


def test_what_overruns_is_cancelled_and_its_connection_kept() -> None:
    """A cancelled statement leaves a good connection: a storm of time-outs is no storm of log-ins."""
    host, guarded = _guard()
    for _ in range(3):
        with hasty(guarded), pytest.raises(TimedOut):
            guarded.call(None, FakeConnection.hang)
        host.opened[0].cancelled.clear()
    assert len(host.opened) == 1
    guarded.close()


def test_work_that_ends_while_it_is_cancelled_gives_its_connection_up() -> None:
    """The cancellation may still be on its way: it must not meet the next user."""
    host, guarded = _guard()
    with hasty(guarded):
        assert guarded.call(None, FakeConnection.finish_late)[0] == 0
    assert host.opened[0].closed
    assert guarded.call(None, FakeConnection.work)[0] == 1
    guarded.close()


def test_an_earlier_deadline_wakes_the_watchdog() -> None:
    """A short deadline that comes after a long one is still met."""
    _, guarded = _guard()
    inside, release = threading.Event(), threading.Event()

    def stay(_: FakeConnection) -> bool:
        inside.set()
        return release.wait(FOREVER)

    with ThreadPoolExecutor(1) as threads:
        patient = threads.submit(guarded.call, monotonic() + 2 * FOREVER, stay)
        assert inside.wait(PATIENCE)
        with hasty(guarded), pytest.raises(TimedOut):
            guarded.call(None, FakeConnection.hang)
        release.set()
        assert patient.result()[0] is True
    guarded.close()


def test_a_crowd_is_told_busy() -> None:
    """Waiting for a connection ends at the caller's deadline."""
    _, guarded = _guard(connections=1)
    with hasty(guarded), pytest.raises(Busy):
        guarded.call(monotonic() + PATIENCE, lambda _: guarded.call(None, FakeConnection.work))
    guarded.close()


def test_an_unknown_failure_costs_the_connection() -> None:
    """Nobody knows what state it is in."""
    host, guarded = _guard()
    with pytest.raises(Unknown, match="bug"):
        guarded.call(None, lambda _: (_ for _ in ()).throw(RuntimeError("bug")).__next__())
    assert host.opened[0].closed


def test_an_interrupted_thread_costs_the_connection() -> None:
    """What is no Exception passes through, and its connection is not used again."""
    host, guarded = _guard(connections=1)

    def stop(_: FakeConnection) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded.call(None, stop)
    assert host.opened[0].closed
    assert guarded.call(None, FakeConnection.work)[0] == 1
    guarded.close()


def test_a_long_idle_connection_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """What rested too long is not trusted: a firewall may have forgotten it."""
    host, guarded = _guard()
    guarded.call(None, FakeConnection.work)
    monkeypatch.setattr(pool, "IDLE", -1.0)
    assert guarded.call(None, FakeConnection.work)[0] == 1
    assert host.opened[0].closed
    guarded.close()


def test_a_connection_in_use_is_closed_when_it_comes_back() -> None:
    """`close` does not pull a connection away from its user."""
    host, guarded = _guard()

    def closing(connection: FakeConnection) -> bool:
        guarded.close()
        return connection.closed

    assert guarded.call(None, closing)[0] is False
    assert host.opened[0].closed


def test_the_watchdog_ends_with_its_connections() -> None:
    """A closed source leaves no thread behind."""
    _, guarded = _guard()
    guarded.call(None, FakeConnection.work)
    thread = guarded._watchdog._thread
    assert thread is not None
    guarded.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_a_child_process_opens_its_own() -> None:
    """After a fork the parent's connection is neither used nor closed, and the watchdog works anew."""
    host, guarded = _guard()
    guarded.call(None, FakeConnection.work)
    child = os.fork()
    if child == 0:
        used = guarded.call(None, FakeConnection.work)[0]
        thread = guarded._watchdog._thread
        good = used == 1 and not host.opened[0].closed and thread is not None and thread.is_alive()
        os._exit(0 if good else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert guarded.call(None, FakeConnection.work)[0] == 0
    guarded.close()
