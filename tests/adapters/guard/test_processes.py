"""One guard in several processes: made before the fork, used after it, and killed in the midst of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from adapters.guard import Guard, janitor, pool
from adapters.guard.board import OWED_UNTIL, Board
from adapters.port import Busy, SourceError, Terms
from tests.adapters.guard.fakes import FOREVER, PATIENCE, Child, Connection, Flag, Host, eventually, hasty, threads


def _guard(host: Host, connections: int, workers: int) -> Guard:
    return Guard("shared", host.driver(), Terms(connections, PATIENCE, workers))


def test_a_child_opens_its_own() -> None:
    """The parent's session is neither used nor closed in the child, which has none of the parent's threads."""
    host = Host()
    guarded = _guard(host, 4, 2)
    guarded.call(None, Connection.answer)

    def use() -> bool:
        assert not threads()
        number = guarded.call(None, Connection.answer)[0]
        guarded.close()
        return number == 1 and host.opened[0] not in host.closed and host.opened[1] in host.closed

    assert Child(use).good()
    assert guarded.call(None, Connection.answer)[0] == 0
    assert not host.closed
    guarded.close()


def test_a_child_of_a_busy_parent_is_free() -> None:
    """Neither locks that another thread held nor statements that hang at the time of the fork reach the child."""
    host = Host()
    guarded = _guard(host, 4, 2)
    with ThreadPoolExecutor(2) as crowd:
        hanging = crowd.submit(guarded.call, monotonic() + PATIENCE, Connection.hang)
        eventually(lambda: host.opened and host.opened[0].hanging.is_set())
        with guarded._pool._lock, guarded._admission._counting, guarded._janitor._deciding, guarded._retries._lock:
            child = Child(lambda: guarded.call(None, Connection.answer)[0] == 1 and guarded.health().connections == 1)
        assert child.good()
        host.opened[0].ending = None
        host.opened[0].freed.set()
        assert hanging.result(PATIENCE)[0] == 0
    guarded.close()


def test_sessions_of_all_processes_are_bounded() -> None:
    """Three children with six threads each hold at most four sessions at any moment; afterwards every lease is back."""
    host, counted, ready = Host(), Board(4), Flag()
    guarded = _guard(host, 4, 3)

    def storm() -> bool:
        counted.forked()
        ready.hear()

        def use(_: int) -> bool:
            try:
                guarded.call(None, lambda _: threading.Event().wait(0.001))
            except Busy:
                return True
            return counted.held()[1] <= 4

        host.before_connect = lambda: counted.grant(10**6)
        host.before_close = counted.release
        with ThreadPoolExecutor(6) as crowd:
            good = all(crowd.map(use, range(120)))
        guarded.close()
        return good and host.open == 0

    children = [Child(storm) for _ in range(3)]
    for _ in children:
        ready.say()
    assert all(child.good() for child in children)
    assert guarded._board.held() == (0, 0)


def test_a_process_killed_with_all_sessions_leaves_them_to_the_others() -> None:
    """SIGKILL in the midst of statements: the next request of another process is served."""
    host, full = Host(), Flag()
    guarded = _guard(host, 2, 2)

    def hold() -> None:
        with ThreadPoolExecutor(2) as crowd:
            for _ in range(2):
                crowd.submit(guarded.call, None, Connection.hang)
            eventually(lambda: sum(each.hanging.is_set() for each in host.opened) == 2)
            full.say()

    child = Child(hold)
    full.hear()
    with hasty(guarded), pytest.raises(Busy):
        guarded.call(None, Connection.answer)
    child.kill()
    assert guarded.call(None, Connection.answer)[0] == 0
    assert guarded._board.held() == (1, 1)
    guarded.close()


def test_who_rests_on_everything_yields(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process whose connections all rest gives one up for another one that has none; the janitor sees to it."""
    monkeypatch.setattr(janitor, "TIDY", 0.01)
    monkeypatch.setattr(pool, "_UNUSED", 0.01)
    monkeypatch.setattr(pool, "QUEUE", PATIENCE)
    host, rests, done = Host(), Flag(), Flag()
    guarded = _guard(host, 2, 2)

    def rest() -> bool:
        inside = threading.Barrier(2)
        with ThreadPoolExecutor(2) as crowd:
            list(crowd.map(lambda _: guarded.call(None, lambda _: inside.wait(PATIENCE)), range(2)))
        rests.say()
        done.hear()
        eventually(lambda: guarded._board.held()[0] == host.open < 2)  # the other may take long to close
        return True

    child = Child(rest)
    rests.hear()
    assert guarded.call(None, Connection.answer)[0] == 0
    done.say()
    assert child.good()
    guarded.close()


def test_one_connection_for_three_processes_goes_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer connections than processes: everybody is served, none of them for ever."""
    monkeypatch.setattr(janitor, "TIDY", 0.01)
    monkeypatch.setattr(pool, "_UNUSED", 0.01)
    monkeypatch.setattr(pool, "QUEUE", PATIENCE)
    host, ready = Host(), Flag()
    guarded = _guard(host, 1, 3)

    def work() -> bool:
        ready.hear()
        for _ in range(5):
            guarded.call(None, Connection.answer)
        guarded.close()
        return host.most_open == 1

    children = [Child(work) for _ in range(3)]
    for _ in children:
        ready.say()
    assert all(child.good() for child in children)
    assert guarded._board.read(OWED_UNTIL) < monotonic() + PATIENCE


def test_processes_that_are_killed_all_the_time_lose_nothing() -> None:
    """Workers die in the midst of their work again and again; the next ones always find every connection."""
    host, working = Host(), Flag()
    guarded = _guard(host, 3, 2)

    def work() -> None:
        with ThreadPoolExecutor(4) as crowd:
            for turn in range(10**6):
                crowd.submit(_quietly, guarded)
                if turn == 20:
                    working.say()

    for _ in range(5):
        child = Child(work)
        working.hear()
        child.kill()
    inside = threading.Barrier(3)
    until = monotonic() + FOREVER  # one that was killed while it logged in has its turn still
    with ThreadPoolExecutor(3) as crowd:
        list(crowd.map(lambda _: guarded.call(until, lambda _: inside.wait(FOREVER)), range(3)))
    assert guarded._board.held() == (3, 3)
    guarded.close()


def _quietly(guarded: Guard) -> None:
    """One call, however it ends."""
    try:
        guarded.call(None, Connection.answer)
    except SourceError:
        return
