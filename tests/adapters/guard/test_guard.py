"""The guard whole, before a host behind a network: retries, pings, deadlines, and what is left after closing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from adapters.guard import Guard, guard, pool, undertaker
from adapters.port import (
    Deadlocked,
    SourceError,
    Terms,
    TimedOut,
    Unavailable,
)
from tests.adapters.guard.fakes import FOREVER, PATIENCE, Connection, Host, eventually, fail_with, threads
from tests.adapters.guard.scene import Scene

# Retries.


def test_a_read_on_a_connection_that_died_is_done_again(scene: Scene) -> None:
    """A connection that had answered before may have died since: once more, on a new one."""
    scene.answer()
    scene.host.opened[0].dead = True
    assert scene.answer() == 1
    assert scene.events() == ["retried"]


def test_a_connection_that_never_answered_is_no_reason_to_try_again(scene: Scene) -> None:
    """A host that takes log-ins and drops them is left in peace."""
    scene.fail(ConnectionError("dropped"))
    assert (scene.host.tried, scene.events()) == (1, [])


def test_a_log_in_is_not_tried_again(scene: Scene) -> None:
    """Nor is one that fails."""
    scene.host.before_connect = fail_with(ConnectionError("refused"))
    scene.fail(ConnectionError("never reached"))
    assert scene.host.tried == 1


def test_the_victim_of_a_deadlock_is_done_again(scene: Scene) -> None:
    """On the same connection, which is good."""
    ends: list[BaseException] = [BlockingIOError("deadlock")]

    def work(connection: Connection) -> int:
        if ends:
            raise ends.pop()
        return connection.answer()

    assert scene.guard.call(None, work)[0] == 0
    assert scene.host.tried == 1


def test_nothing_is_done_a_third_time(scene: Scene) -> None:
    """Two failures are an answer."""
    asked = []

    def work(_: Connection) -> None:
        asked.append(1)
        raise BlockingIOError("deadlock")

    with pytest.raises(Deadlocked):
        scene.guard.call(None, work)
    assert len(asked) == 2


def test_no_retry_after_the_deadline(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the pause would end after the request's time, the failure is the answer."""
    monkeypatch.setattr(scene.guard._retries, "pause", lambda: 2 * PATIENCE)
    scene.answer()
    scene.host.opened[0].dead = True
    with pytest.raises(Unavailable):
        scene.answer()
    assert scene.host.tried == 1


def test_a_host_that_fails_always_gets_a_fifth_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 100 % failures there are at most 1.2 attempts a call, beside the few that a quiet source is granted."""
    scene, asked = Scene(), []
    monkeypatch.setattr(scene.guard._retries, "pause", lambda: 0.0)
    monkeypatch.setattr(scene.guard._breaker, "due", lambda _: False)

    def work(_: Connection) -> None:
        asked.append(1)
        raise BlockingIOError("deadlock")

    for _ in range(500):
        with pytest.raises(Deadlocked):
            scene.guard.call(None, work)
    assert 500 * 1.15 <= len(asked) <= 500 * 1.2 + 3
    scene.guard.close()


def test_two_that_died_cost_one_flush(scene: Scene) -> None:
    """The second failure does not close what was opened after the first."""
    inside = threading.Barrier(2)

    def meet(connection: Connection) -> int:
        inside.wait(PATIENCE)
        return connection.answer()

    with ThreadPoolExecutor(2) as crowd:
        list(crowd.map(lambda _: scene.guard.call(None, meet), range(2)))
    assert scene.host.tried == 2
    late = threading.Event()

    def die_late(connection: Connection) -> int:
        if connection.number < 2:
            assert late.wait(PATIENCE)
            raise ConnectionError("dead")
        return connection.answer()

    for connection in scene.host.opened:
        connection.dead = True
    with ThreadPoolExecutor(1) as crowd:
        second = crowd.submit(scene.guard.call, None, die_late)
        eventually(lambda: len(scene.guard._pool._resting) == 1)
        assert scene.answer() == 2
        late.set()
        assert second.result(PATIENCE)[0] in {2, 3}
    assert scene.host.opened[2] not in scene.host.closed


# Pings.


def _rest(scene: Scene) -> None:
    """Let what rests have rested for long."""
    for link in scene.guard._pool._resting:
        link.used = monotonic() - guard.STALE - 1


def test_only_what_rested_for_long_is_pinged(scene: Scene) -> None:
    """A statement on a warm connection costs one round trip."""
    pinged: list[int] = []
    scene.host.ping = lambda connection: pinged.append(connection.number)
    scene.answer()
    scene.answer()
    assert pinged == []
    _rest(scene)
    assert scene.answer() == 0
    assert pinged == [0]


def test_a_connection_that_died_at_rest_is_replaced_unseen(scene: Scene) -> None:
    """The request does not even need its retry, and what rested beside it is closed as well."""
    scene.answer()
    scene.host.ping = lambda connection: None if connection.number else fail_with(ConnectionError("dead"))()
    _rest(scene)
    assert scene.answer() == 1
    assert scene.events() == []
    eventually(lambda: scene.host.closed == [scene.host.opened[0]])


def test_a_ping_that_is_interrupted_costs_no_lease(scene: Scene) -> None:
    """What is no Exception passes through."""
    scene.answer()
    scene.host.ping = fail_with(KeyboardInterrupt())
    _rest(scene)
    with pytest.raises(KeyboardInterrupt):
        scene.answer()
    eventually(lambda: scene.guard._board.held() == (0, 0))


# Deadlines, and the end.


def test_a_lease_is_had_when_the_connection_before_it_is_closed(scene: Scene) -> None:
    """The source never has more sessions than it grants, not even while dead ones are being replaced."""
    closes = threading.Event()
    scene.host.before_close = lambda: closes.wait(FOREVER)
    scene.answer()
    scene.fail(ConnectionError("gone"))  # as does the connection of its second attempt
    assert scene.guard._board.held() == (2, 2)
    closes.set()
    eventually(lambda: scene.guard._board.held() == (0, 0))


def test_a_connection_that_does_not_close_keeps_nobody(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing can hang, for longer than a source may be without its connections."""
    monkeypatch.setattr(pool, "CLOSING", 0.05)
    closes = threading.Event()
    scene.host.before_close = lambda: closes.wait(FOREVER)
    scene.answer()
    scene.fail(ConnectionError("gone"))
    eventually(lambda: scene.guard._board.held() == (0, 0))
    assert scene.guard.health().abandoned == 2
    assert scene.answer() == 2
    closes.set()
    eventually(lambda: scene.guard.health().abandoned == 0)


def test_a_deadline_that_has_passed_asks_nobody(scene: Scene) -> None:
    """The source is not bothered for a caller who has left."""
    with pytest.raises(TimedOut):
        scene.guard.call(monotonic() - 1, Connection.answer)
    assert scene.host.tried == 0


def test_time_is_told(scene: Scene) -> None:
    """The seconds waited and taken are none below nothing, and no more than passed."""
    begun = monotonic()
    _, waited, took = scene.guard.call(None, Connection.answer)
    assert waited >= 0
    assert took >= 0
    assert waited + took <= monotonic() - begun


def test_two_lanes_reach_the_pool(scene: Scene) -> None:
    """Work in the background is counted as long as it lasts, however it ends."""
    full: list[bool] = []

    def look(_: Connection) -> None:
        full.append(not scene.guard._board.enter(1))

    scene.guard.call(None, look, lane="background")
    with pytest.raises(SourceError):
        scene.guard.call(None, fail_with(LookupError("no")), lane="background")
    scene.host.before_connect = fail_with(ConnectionError("down"))
    scene.guard.close()
    with pytest.raises(Unavailable):
        scene.guard.call(None, Connection.answer, lane="background")
    assert full == [True]
    assert scene.guard._board.enter(1)


def test_closing_while_a_statement_hangs_waits_for_nobody(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in use is closed when it comes back."""
    monkeypatch.setattr(undertaker, "_STEP", 0.01)
    with ThreadPoolExecutor(1) as crowd:
        call = crowd.submit(scene.guard.call, monotonic() + PATIENCE, Connection.hang)
        eventually(lambda: scene.host.opened and scene.host.opened[0].hanging.is_set())
        scene.guard.close()
        assert scene.host.open == 1
        scene.host.opened[0].ending = None
        scene.host.opened[0].freed.set()
        assert call.result(PATIENCE)[0] == 0
    eventually(lambda: scene.host.open == 0)


def test_a_closed_guard_leaves_no_thread() -> None:
    """A process forks safely after it: neither a session's thread nor the janitor nor the watchdog lives on."""
    for local in (False, True):
        before, host = threads(), Host()
        guarded = Guard("end", host.driver(local=local), Terms(2, PATIENCE))
        guarded.call(None, Connection.answer)
        assert threads() > before
        guarded.close()
        assert threads() <= before
        guarded.call(None, Connection.answer)  # and it may be used again
        guarded.close()
        assert host.open == 0
