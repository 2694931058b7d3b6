"""The guard whole, before a host behind a network: retries, the circuit, pings, and what is left after closing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from adapters.guard import Guard, breaker, guard, undertaker
from adapters.guard.board import EPOCH, OPEN_UNTIL, PROBED_UNTIL
from adapters.port import (
    BadData,
    Busy,
    CircuitOpen,
    Deadlocked,
    Locked,
    Missing,
    Notice,
    SourceError,
    Terms,
    TimedOut,
    TooCostly,
    Unavailable,
)
from tests.adapters.guard.fakes import PATIENCE, Connection, Host, eventually, fail_with, threads


class Scene:
    """A host, a guard before it, and what it tells."""

    def __init__(self, connections: int = 2, seconds: float = PATIENCE) -> None:
        self.host = Host()
        self.told: list[Notice] = []
        self.guard = Guard("scene", self.host.driver(), Terms(connections, seconds, notice=self.told.append))

    def answer(self) -> int:
        """The number of the session that answers."""
        return self.guard.call(None, Connection.answer)[0]

    def fail(self, error: BaseException) -> None:
        """A call that fails so."""
        with pytest.raises(SourceError):
            self.guard.call(None, fail_with(error))

    def open_circuit(self) -> None:
        """Fail until the circuit opens."""
        for _ in range(breaker.LEAST_CALLS):
            self.fail(ConnectionError("down"))
        assert self.guard.health().state == "open"

    def end_pause(self) -> None:
        """The circuit's pause is over."""
        self.guard._board.write(OPEN_UNTIL, monotonic() - 0.001)

    def events(self) -> list[str]:
        """What was told, in order."""
        return [notice.event for notice in self.told]


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A scene that ends with no session, no lease and no thread."""
    before = threads()
    made = Scene()
    yield made
    made.guard.close()
    assert made.guard._board.held() == (0, 0)
    assert made.host.open == 0
    assert threads() <= before


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


# The circuit.


@pytest.mark.parametrize("failure", [Busy, Missing, BadData, TooCostly, Locked])
def test_what_is_no_illness_does_not_open_the_circuit(scene: Scene, failure: type[SourceError]) -> None:
    """Bad queries, bad data, refusals, locks and full queues say nothing of the host."""
    for _ in range(3 * breaker.LEAST_CALLS):
        scene.fail(failure("no"))
    assert scene.guard.health().state == "ok"
    assert scene.guard._board.counted(monotonic()) == (0, 0)


def test_a_circuit_that_opened_asks_nothing_until_its_pause_is_over(scene: Scene) -> None:
    """Meanwhile every request is refused at once, and told when to come back."""
    scene.open_circuit()
    tried = scene.host.tried
    scene.guard._board.write(OPEN_UNTIL, monotonic() + PATIENCE)
    for _ in range(5):
        with pytest.raises(CircuitOpen) as caught:
            scene.answer()
        assert caught.value.retry_after is not None
        assert 1 <= caught.value.retry_after <= PATIENCE
    assert scene.host.tried == tried
    assert scene.events()[-1] == "opened"


def test_a_source_that_is_back_costs_one_log_in(scene: Scene) -> None:
    """The trial's connection is new, and serves the request that had it made."""
    scene.open_circuit()
    tried = scene.host.tried
    scene.end_pause()
    assert scene.answer() == tried
    assert scene.host.tried == tried + 1
    assert (scene.guard.health().state, scene.events()[-1]) == ("ok", "closed")


def test_what_rested_when_the_circuit_opened_is_not_used(scene: Scene) -> None:
    """Also in a process that made neither the failures nor the trial."""
    scene.answer()
    board = scene.guard._board
    board.write(EPOCH, board.read(EPOCH) + 1)
    assert scene.answer() == 1
    assert scene.answer() == 1


def test_a_trial_that_fails_keeps_the_circuit_open(scene: Scene) -> None:
    """The request that had it made gets its failure; the others are refused as before."""
    scene.open_circuit()
    scene.host.ping = fail_with(ConnectionError("still down"))
    scene.end_pause()
    with pytest.raises(Unavailable, match="still down"):
        scene.answer()
    with pytest.raises(CircuitOpen):
        scene.answer()
    assert scene.guard._board.read(PROBED_UNTIL) == 0


def test_a_trial_that_goes_wrong_in_an_unforeseen_way_ends(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing leaves the circuit half open."""
    scene.open_circuit()
    scene.end_pause()
    with monkeypatch.context() as patch:
        patch.setattr(scene.guard, "_take", fail_with(RuntimeError("can't start new thread")))
        with pytest.raises(SourceError, match="can't start"):
            scene.answer()
    scene.end_pause()
    assert scene.answer()


def test_one_request_tries_and_the_others_do_not_wait(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one waits a moment for the trial; the trial goes on without it, and closes the circuit."""
    monkeypatch.setattr(guard, "PING", 0.02)
    scene.open_circuit()
    hanging, release = threading.Event(), threading.Event()

    def ping(_: Connection) -> None:
        hanging.set()
        release.wait(PATIENCE)

    scene.host.ping = ping
    scene.end_pause()
    with pytest.raises(Unavailable, match="under way"):
        scene.answer()
    assert hanging.wait(PATIENCE)
    for _ in range(3):
        with pytest.raises(CircuitOpen):
            scene.answer()
    release.set()
    eventually(lambda: scene.guard.health().state == "ok")


def test_a_host_whose_log_ins_are_slow_is_tried_well() -> None:
    """Only the answer's time counts: a legacy host takes seconds for a log-in, ill or not."""
    scene = Scene(seconds=0.5)  # so that a quarter of a second is slow
    scene.open_circuit()
    slept = threading.Event()
    scene.host.before_connect = lambda: slept.wait(0.4)
    scene.end_pause()
    assert scene.answer()
    assert scene.guard.health().state == "ok"
    scene.guard.close()


def test_a_host_that_answers_the_trial_slowly_is_not_well() -> None:
    """A ping that takes more than half of a request's time would only be the first slow answer."""
    scene = Scene(seconds=0.1)
    scene.open_circuit()
    slept = threading.Event()
    scene.host.ping = lambda _: slept.wait(0.08)  # type: ignore[assignment]  # what it gives does not matter
    scene.end_pause()
    with pytest.raises(SourceError):
        scene.answer()
    eventually(lambda: scene.guard._board.read(PROBED_UNTIL) == 0)
    assert scene.guard.health().state in {"open", "probing"}
    scene.guard.close()


def test_log_ins_that_fail_open_the_circuit(scene: Scene) -> None:
    """Five in a row are enough, without ten calls."""
    scene.host.before_connect = fail_with(ConnectionError("down"))
    for _ in range(breaker.LEAST_LOGINS):
        with pytest.raises(Unavailable):
            scene.answer()
    with pytest.raises(CircuitOpen):
        scene.answer()
    assert scene.events() == ["opened"]
    assert scene.guard.health().text == "down"


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
    assert scene.guard._board.held() == (0, 0)


# Deadlines, and the end.


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
