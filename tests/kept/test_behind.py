"""Reads that nobody waits for: few threads, none that is not needed, and none that a failure ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from app.kept import behind
from app.kept.behind import MOST_WAITING, THREADS, Behind
from tests.adapters.guard.fakes import eventually
from tests.callers.children import in_children

PATIENT = 30.0


def threads() -> int:
    """How many of its threads there are."""
    return sum(thread.name == "bascule-behind" for thread in threading.enumerate())


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Threads end as soon as they have nothing to do, those of other tests too."""
    _have_ended()
    monkeypatch.setattr(behind, "REST", 0.0)
    yield
    _have_ended()


def _have_ended() -> None:
    for thread in threading.enumerate():
        if thread.name == "bascule-behind":
            thread.join(PATIENT)


@contextmanager
def busy(work: Behind, number: int = THREADS) -> Iterator[None]:
    """All of its threads are at work until the end."""
    begun, end = threading.Semaphore(0), threading.Event()

    def hold() -> None:
        begun.release()
        end.wait(PATIENT)

    for _ in range(number):
        assert work.submit(hold)
    for _ in range(number):
        assert begun.acquire(timeout=PATIENT)
    try:
        yield
    finally:
        end.set()


def done(work: Behind, what: Callable[[], None] = lambda: None) -> bool:
    """Whether something that is submitted now is done."""
    ended = threading.Event()

    def do() -> None:
        what()
        ended.set()

    return work.submit(do) and ended.wait(PATIENT)


def test_work_is_done_by_a_few_threads() -> None:
    """However much there is, no more than THREADS do it, in the order in which it came."""
    work, order = Behind(), list[int]()
    with busy(work):
        for number in range(20):
            assert work.submit(lambda number=number: order.append(number))  # type: ignore[misc]  # bound now
        assert threads() == THREADS
        assert order == []
    eventually(lambda: len(order) == 20)
    one_thread = Behind(1)
    with busy(one_thread, 1):
        for number in range(20, 30):
            one_thread.submit(lambda number=number: order.append(number))  # type: ignore[misc]  # bound now
    assert done(one_thread)
    assert order[20:] == list(range(20, 30))
    assert sorted(order[:20]) == list(range(20))


def test_there_is_no_thread_without_work() -> None:
    """None before the first, which may come before a fork; none a while after the last; a new one for the next."""
    work = Behind()
    before = threads()
    for _ in range(3):
        assert done(work)
        _have_ended()
        assert (before, threads(), work._threads) == (0, 0, 0)


def test_a_thread_that_waits_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that comes one after the other makes no second thread."""
    monkeypatch.setattr(behind, "REST", PATIENT)
    work, pause = Behind(), threading.Event()
    for _ in range(5):
        assert done(work)
        while not work._idle:
            pause.wait(0.001)
        assert threads() == 1
    monkeypatch.setattr(behind, "REST", 0.0)
    assert done(work)


def test_what_cannot_be_done_soon_is_refused() -> None:
    """MOST_WAITING at most stand in line; what was taken is done all the same."""
    work, ended = Behind(), threading.Semaphore(0)
    with busy(work):
        taken = [work.submit(ended.release) for _ in range(MOST_WAITING + 5)]
        assert taken == [True] * MOST_WAITING + [False] * 5
    assert all(ended.acquire(timeout=PATIENT) for _ in range(MOST_WAITING))
    assert done(work)
    assert not ended.acquire(blocking=False)


@pytest.mark.parametrize("failure", [ZeroDivisionError, SystemExit, KeyboardInterrupt])
def test_a_failure_ends_no_thread(failure: type[BaseException], caplog: pytest.LogCaptureFixture) -> None:
    """Whatever it is: it is told, and what comes next is done."""
    work = Behind()

    def fail() -> None:
        raise failure

    with caplog.at_level(logging.ERROR, "bascule"):
        for _ in range(2 * THREADS):
            assert work.submit(fail)
        assert done(work)
    assert "behind the requests failed" in caplog.text


def test_a_system_without_threads_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody would do is not taken; where one thread is there, it does it all."""

    def refuse(self: threading.Thread) -> None:
        del self
        raise RuntimeError("can't start new thread")

    work, order = Behind(), list[int]()
    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", refuse)
        assert not work.submit(lambda: order.append(1))
    with busy(work, 1), monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", refuse)
        assert work.submit(lambda: order.append(2))
        assert order == []
    assert done(work)
    eventually(lambda: order == [2])  # by the one thread, while another was to be had for what came then


def test_a_child_does_its_own_work_alone() -> None:
    """What waits at a fork is the parent's to do; the child has threads of its own."""
    work, order = Behind(1), list[str]()

    def child() -> int:
        return int(done(work) and order == [])

    with busy(work, 1):
        work.submit(lambda: order.append("parent's"))
        assert in_children(1, child) == [1]
    assert done(work)
    assert order == ["parent's"]
