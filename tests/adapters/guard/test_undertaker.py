"""The undertaker: what nobody waits for is ended, its connection kept only where that is safe, and what stays away counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from time import monotonic

import pytest

from adapters.guard import Guard, guard, undertaker
from adapters.guard.board import FAILED_LOGINS
from adapters.port import Notice, SourceError, Terms, TimedOut, Unavailable
from tests.adapters.guard.fakes import FOREVER, PATIENCE, Connection, Host, eventually, fail_with, hasty, threads


class Scene:
    """A guard before a host; `told` are the notices. Sessions that hang are freed at the end."""

    def __init__(self, connections: int = 2) -> None:
        self.host = Host()
        self.told: list[Notice] = []
        self._before = threads()
        self._connections = connections

    def start(self) -> None:
        """Make the guard, when the host's steps are set."""
        self.guard = Guard("scene", self.host.driver(), Terms(self._connections, PATIENCE, notice=self.told.append))

    def hang(self) -> None:
        """A call that is given up, on a session that was opened before: a log-in may take longer than the call has."""
        if not self.guard._pool._resting:
            self.answer()
        with hasty(self.guard), pytest.raises(TimedOut):
            self.guard.call(None, Connection.hang)

    def answer(self) -> int:
        """The number of the session that answers."""
        return self.guard.call(None, Connection.answer)[0]

    def events(self) -> list[str]:
        """What was told, in order."""
        return [notice.event for notice in self.told]

    @property
    def settled(self) -> bool:
        """Whether nothing is given up any more."""
        return not self.guard._undertaker.given_up

    def end(self) -> None:
        """Free what hangs; afterwards nothing is left, and every lease is back."""
        self.host.before_connect = self.host.before_close = lambda: None
        self.host.cancel = lambda connection: connection.freed.set()
        for connection in self.host.opened:
            connection.freed.set()
        eventually(lambda: self.settled)
        self.guard.close()
        eventually(lambda: threads() <= self._before)
        assert self.host.open == 0
        assert self.guard._board.held() == (0, 0)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A scene in which the undertaker is quick."""
    monkeypatch.setattr(undertaker, "_STEP", 0.02)
    made = Scene()
    yield made
    made.end()


def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each step as long as it takes."""
    monkeypatch.setattr(undertaker, "_STEP", FOREVER)


def test_a_cancelled_statement_leaves_a_good_connection(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelling works: the same session answers the next request."""
    _patient(monkeypatch)
    scene.start()
    for _ in range(3):
        scene.hang()
        eventually(lambda: scene.guard._pool._resting)
    assert scene.answer() == 0
    assert scene.host.tried == 1


def test_a_statement_that_is_killed_takes_its_session_along(scene: Scene) -> None:
    """Where cancelling does nothing, killing frees the thread; the next request gets another session."""
    scene.host.cancel = lambda _: None

    def kill(connection: Connection) -> None:
        connection.ending = ConnectionError("killed")
        connection.freed.set()

    scene.host.kill = kill
    scene.start()
    scene.hang()
    eventually(lambda: scene.host.closed == [scene.host.opened[0]])
    assert scene.answer() == 1


@pytest.mark.parametrize("step", ["kill", "sever"])
def test_a_session_that_was_killed_is_not_used_whatever_its_statement_says(scene: Scene, step: str) -> None:
    """The late cancellation may have ended the statement: the kill that followed has ended the session all the same."""
    scene.host.cancel = lambda _: None
    setattr(scene.host, step, lambda connection: connection.freed.set())  # it ends as if it had been cancelled
    scene.start()
    scene.hang()
    eventually(lambda: scene.host.closed == [scene.host.opened[0]])
    assert scene.answer() == 1


def test_cutting_the_socket_is_the_last_resort(scene: Scene) -> None:
    """The three are tried in order, each once, and one that fails does not keep the next from being tried."""
    tried = []

    def note(name: str) -> None:
        tried.append(name)

    def sever(connection: Connection) -> None:
        note("sever")
        connection.ending = ConnectionError("cut")
        connection.freed.set()

    def refuse(connection: Connection) -> None:
        note("kill")
        connection.host.refuse()  # type: ignore[attr-defined]  # there is no such thing: it raises

    scene.host.cancel = lambda _: note("cancel")
    scene.host.kill, scene.host.sever = refuse, sever
    scene.start()
    scene.hang()
    eventually(lambda: len(tried) == 3)
    assert tried == ["cancel", "kill", "sever"]


def test_a_statement_that_begins_after_its_cancellation_is_ended_too(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread was not scheduled in time, and the first cancellation met nothing: lost, it is cancelled again."""
    monkeypatch.setattr(undertaker, "OVERDUE", 0.05)
    monkeypatch.setattr(undertaker, "_AGAIN", 10**6)
    cancelled = threading.Event()

    def cancel(connection: Connection) -> None:
        if connection.hanging.is_set():
            connection.freed.set()
        cancelled.set()

    def hang_late(connection: Connection) -> int:
        assert cancelled.wait(PATIENCE)
        return connection.hang()

    scene.host.cancel = cancel
    scene.start()
    scene.answer()
    with hasty(scene.guard), pytest.raises(TimedOut):
        scene.guard.call(None, hang_late)
    eventually(lambda: sorted(scene.events()) == ["abandoned", "returned"])
    eventually(lambda: scene.host.closed == [scene.host.opened[0]])
    assert scene.answer() == 1


def test_a_statement_that_ended_by_itself_costs_its_session(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cancellation is on its way, and may hit whatever runs there next."""
    _patient(monkeypatch)

    def too_late(connection: Connection) -> None:
        connection.ending = None
        connection.freed.set()

    scene.host.cancel = too_late
    scene.start()
    scene.hang()
    eventually(lambda: scene.host.closed == [scene.host.opened[0]])
    assert scene.answer() == 1


def test_a_statement_that_does_not_end_loses_its_lease_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overdue, its lease goes to somebody else; it is counted, told, and buried when it is back at last."""
    monkeypatch.setattr(undertaker, "OVERDUE", 0.05)
    scene.host.cancel = lambda _: None
    scene.start()
    scene.hang()
    scene.hang()
    eventually(lambda: scene.guard.health().abandoned == 2)
    eventually(lambda: scene.guard._board.held()[0] == 0)
    assert {scene.answer(), scene.answer()} == {2}
    eventually(lambda: scene.events() == ["abandoned", "abandoned"])
    scene.host.opened[0].freed.set()
    eventually(lambda: scene.guard.health().abandoned == 1)
    eventually(lambda: scene.events()[2:] == ["returned"])
    eventually(lambda: scene.host.closed == [scene.host.opened[0]])
    assert scene.guard._board.held()[0] == 1


def test_what_came_back_in_time_was_never_missed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what was abandoned is told to have returned."""
    _patient(monkeypatch)
    monkeypatch.setattr(guard, "PING", 0.02)
    scene.start()
    scene.answer()
    scene.guard._pool._resting[0].used = monotonic() - 100  # so that it is pinged
    scene.host.ping = Connection.hang  # type: ignore[assignment]  # what it gives does not matter
    scene.answer()
    eventually(lambda: scene.host.closed == [scene.host.opened[0]])
    assert scene.events() == []


def test_a_cancellation_that_hangs_keeps_nobody(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The link stays away until its cancellation is over too: that could hit the next user."""
    monkeypatch.setattr(undertaker, "OVERDUE", 0.05)
    release = threading.Event()
    scene.host.cancel = lambda _: release.wait(FOREVER)  # type: ignore[assignment]  # as above
    scene.start()
    scene.hang()
    scene.host.opened[0].freed.set()  # the statement ends as if it had been cancelled
    eventually(lambda: scene.guard.health().abandoned == 1)
    assert scene.answer() == 1
    assert not scene.host.closed
    release.set()
    eventually(lambda: scene.host.closed == [scene.host.opened[0]])


def test_what_is_lost_is_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many lost threads: the process says that it should be replaced, and asks no more; they may still come back."""
    monkeypatch.setattr(undertaker, "OVERDUE", 0.0)
    scene.host.cancel = lambda _: None
    scene.start()
    for lost in range(1, 9):
        assert not scene.guard.health().exhausted
        for _ in range(2):
            scene.answer()  # so that the circuit stays closed
        scene.hang()
        eventually(lambda lost=lost: scene.guard.health().abandoned == lost)  # type: ignore[misc]  # a loop's variable
    assert scene.guard.health().exhausted
    with pytest.raises(Unavailable, match="given up"):
        scene.answer()
    assert scene.host.tried == 8
    for connection in scene.host.opened:
        connection.freed.set()
    eventually(lambda: not scene.guard.health().exhausted)
    assert scene.answer() == 8


def test_a_slow_log_in_is_not_wasted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log-in that outlasts its request is there for the next one."""
    _patient(monkeypatch)
    release = threading.Event()
    scene.host.before_connect = lambda: release.wait(FOREVER)
    scene.start()
    with hasty(scene.guard), pytest.raises(TimedOut):
        scene.answer()
    release.set()
    eventually(lambda: scene.guard._pool._resting)
    assert scene.answer() == 0
    assert scene.host.tried == 1


def test_a_slow_log_in_that_fails_counts_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It failed for the request that left; that it fails in the end as well is one failed log-in, no second failed call."""
    _patient(monkeypatch)
    release = threading.Event()

    def connect() -> None:
        release.wait(FOREVER)
        raise ConnectionError("silence")

    scene.host.before_connect = connect
    scene.start()
    with hasty(scene.guard), pytest.raises(TimedOut):
        scene.answer()
    release.set()
    eventually(lambda: scene.guard._board.read(FAILED_LOGINS) == 1)
    eventually(lambda: scene.guard._board.held() == (0, 0))
    assert scene.guard._admission.last == "silence"
    assert scene.guard._board.counted(monotonic()) == (0, 1)


def test_a_ping_that_hangs_does_not_come_back_beside_its_successor(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease went over to the new session: used again, it would be one session too many."""
    _patient(monkeypatch)
    monkeypatch.setattr(guard, "PING", 0.02)
    scene.start()
    scene.answer()
    scene.guard._pool._resting[0].used = monotonic() - 100
    scene.host.ping = Connection.hang  # type: ignore[assignment]  # as above
    with monkeypatch.context() as patch:
        patch.setattr(scene.guard._pool, "flush", lambda _link=None: [])  # what rests stays: the worst of the races
        assert scene.answer() == 1
        eventually(lambda: scene.host.closed == [scene.host.opened[0]])


def test_a_listener_that_fails_hurts_nobody(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notices are for people; that nobody can take them is no reason to lose a lease or the janitor."""
    monkeypatch.setattr(undertaker, "OVERDUE", 0.0)
    scene.host.cancel = lambda _: None
    scene.start()
    object.__setattr__(scene.guard._terms, "notice", fail_with(RuntimeError("deaf")))
    scene.hang()
    eventually(lambda: scene.guard.health().abandoned == 1)
    scene.hang()
    eventually(lambda: scene.guard.health().abandoned == 2)
    eventually(lambda: scene.guard._board.held() == (0, 0))


def test_a_storm_of_everything_loses_no_lease(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements that answer, die, hang, are cancelled, killed or lost: in the end leases and sessions agree."""
    monkeypatch.setattr(undertaker, "OVERDUE", 0.03)
    scene._connections = 4
    scene.host.cancel = lambda connection: connection.freed.set() if connection.number % 3 else None
    scene.host.kill = lambda connection: connection.freed.set() if connection.number % 2 else None
    scene.start()
    monkeypatch.setattr(scene.guard._breaker, "due", lambda _: False)  # it would end the storm early

    def live(number: int) -> None:
        for turn in range(12):
            work = (Connection.answer, Connection.hang, fail_with(ConnectionError("died")))[(number + turn) % 3]
            try:
                scene.guard.call(monotonic() + 0.01 * (1 + turn % 3), work)
            except SourceError:
                continue

    crowd = [threading.Thread(target=live, args=(number,)) for number in range(8)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    for connection in scene.host.opened:
        connection.freed.set()
    eventually(lambda: scene.settled)
    pool = scene.guard._pool
    eventually(lambda: scene.guard._board.held()[0] == pool.held == len(pool._resting) == scene.host.open)
