"""Log-ins: a wrong password is tried once, by one thread of one process, and a crowd does not storm a host."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from adapters.guard import Guard, logins
from adapters.guard.board import LOGIN_UNTIL, PROVED, REFUSED, Board
from adapters.guard.logins import LOGIN, TRUST, Logins
from adapters.port import Busy, Notice, Refused, SourceError, Terms, TimedOut
from tests.adapters.guard.fakes import FOREVER, PATIENCE, Child, Connection, Flag, Host, eventually, fail_with, hasty

WRONG = PermissionError("password expired")


def _guard(host: Host, told: list[Notice] | None = None, workers: int = 1, connections: int = 8) -> Guard:
    notice = (told if told is not None else []).append
    return Guard("test", host.driver(), Terms(connections, PATIENCE, workers, notice=notice))


def _outcome(guarded: Guard) -> type[SourceError] | None:
    try:
        guarded.call(None, Connection.answer)
    except SourceError as failure:
        return type(failure)
    return None


def _crowd(guarded: Guard, size: int = 20) -> list[type[SourceError] | None]:
    """How a call ends for each of so many threads."""
    with ThreadPoolExecutor(size) as threads:
        return list(threads.map(lambda _: _outcome(guarded), range(size)))


def test_a_wrong_password_is_tried_once_by_all_processes() -> None:
    """Four processes with twenty threads each make one log-in together, and nobody makes another one afterwards."""
    host, tried = Host(), Board(4)

    def refuse() -> None:
        tried.charge(1, 1)
        raise WRONG

    host.before_connect = refuse
    guarded, ready = _guard(host, workers=4), Flag()

    def storm() -> bool:
        tried.forked()
        ready.hear()
        return set(_crowd(guarded)) == {Refused}

    children = [Child(storm) for _ in range(4)]
    for _ in children:
        ready.say()
    assert all(child.good() for child in children)
    assert tried.charged(1) == 1
    assert _outcome(guarded) is Refused
    assert guarded.health().state == "refused"
    assert guarded._board.held() == (0, 0)


def test_a_password_that_expires_in_the_night_is_tried_once() -> None:
    """That it was right yesterday lets no crowd try it today."""
    host, told = Host(), []  # type: ignore[var-annotated]  # of Notice
    guarded = _guard(host, told)
    assert _outcome(guarded) is None
    guarded.close()
    guarded._board.write(PROVED, monotonic() - TRUST - 1)
    host.before_connect = fail_with(WRONG)
    assert set(_crowd(guarded)) == {Refused}
    assert host.tried == 2
    assert [(notice.event, notice.text) for notice in told] == [("refused", "password expired")]


def test_one_logs_in_alone_and_then_a_crowd() -> None:
    """Nobody follows before the first was accepted; then nobody waits for anybody."""
    host = Host()
    first, rest = threading.Event(), threading.Barrier(3)
    host.before_connect = lambda: first.wait(PATIENCE) if host.tried == 1 else rest.wait(PATIENCE)
    guarded = _guard(host, connections=4)
    entered = threading.Barrier(4)

    def stay(connection: Connection) -> int:
        entered.wait(PATIENCE)  # until all four are inside: none is lent twice
        return connection.number

    with ThreadPoolExecutor(4) as threads:
        calls = [threads.submit(guarded.call, None, stay) for _ in range(4)]
        eventually(lambda: guarded._pool.held == 4 and host.tried)
        assert host.tried == 1
        first.set()
        assert sorted(call.result(PATIENCE)[0] for call in calls) == [0, 1, 2, 3]
    guarded.close()


def test_a_slow_log_in_keeps_its_turn() -> None:
    """Who has half a minute for his request may need it for his log-in: nobody else begins meanwhile."""
    board = Board(1)
    until = monotonic() + FOREVER
    Logins(board).await_turn(until)
    assert board.read(LOGIN_UNTIL) >= until
    with pytest.raises(TimedOut):
        Logins(board).await_turn(monotonic() + 0.03)


def test_a_hasty_request_s_log_in_has_its_time_too() -> None:
    """A log-in goes on where the request that began it has left."""
    board, begun = Board(1), monotonic()
    Logins(board).await_turn(begun + 0.01)
    assert board.read(LOGIN_UNTIL) >= begun + LOGIN


def test_a_killed_process_s_turn_is_taken_over() -> None:
    """A turn ends with its time, whatever became of who had it."""
    board = Board(2)
    assert Child(lambda: Logins(board).await_turn(monotonic() + 1), board).good()
    board.write(LOGIN_UNTIL, monotonic() - 0.001)
    Logins(board).await_turn(monotonic() + 1)


def test_waiting_for_a_log_in_that_hangs_is_a_sign_of_illness(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who waited for it timed out as much as who made it: the circuit learns of all of them."""
    monkeypatch.setattr(logins, "LOGIN", FOREVER)
    host, release = Host(), threading.Event()
    host.before_connect = lambda: release.wait(FOREVER)
    guarded = _guard(host)
    with hasty(guarded):
        assert set(_crowd(guarded, 4)) == {TimedOut}
    assert guarded._board.counted(monotonic()) == (0, 4)
    assert host.tried == 1
    release.set()
    eventually(lambda: guarded._pool._resting)
    guarded.close()
    eventually(lambda: guarded._board.held() == (0, 0))


def test_a_log_in_that_fails_otherwise_is_tried_again() -> None:
    """A host that is down is no wrong password: the turn passes on at once."""
    board = Board(1)
    turns = Logins(board)
    turns.await_turn(monotonic() + PATIENCE)
    assert not turns.failed(refused=False)
    turns.await_turn(monotonic() + PATIENCE)
    assert turns.failed(refused=True)
    assert not turns.failed(refused=True)
    with pytest.raises(Refused):
        turns.await_turn(monotonic() + PATIENCE)


def test_a_turn_that_is_free_because_of_a_refusal_is_nobody_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal may come between the look for one and the look for the turn, which it frees."""
    board, read = Board(1), Board.read
    turns = Logins(board)
    turns.await_turn(monotonic() + PATIENCE)

    def look(looked: Board, cell: int) -> float:
        found = read(looked, cell)
        if cell == REFUSED:
            monkeypatch.setattr(Board, "read", read)
            turns.failed(refused=True)
        return found

    monkeypatch.setattr(Board, "read", look)
    with pytest.raises(Refused):
        Logins(board).await_turn(monotonic() + PATIENCE)


def test_a_turn_that_cannot_be_used_costs_no_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no room for another thread keeps its leases, and its janitor comes when there is room again."""
    host = Host()
    guarded = _guard(host, connections=1)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail_with(RuntimeError("can't start new thread")))
        for _ in range(3):
            with pytest.raises(Busy):
                guarded.call(None, Connection.answer)
    assert guarded._board.held() == (0, 0)
    assert guarded._janitor.thread is None
    assert _outcome(guarded) is None
    guarded.close()


def test_trust_is_shorter_than_any_password_s_life() -> None:
    """The numbers fit together: a turn lasts less long than trust."""
    assert LOGIN < TRUST
