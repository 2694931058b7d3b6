"""One flight: those who want the same answer at the same time cost one read, and each of them keeps its own deadline."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pytest

from app.contract.model import CacheSpec
from app.kept.entry import Entry, finished
from app.kept.memory import Memory
from app.kept.store import Overdue, Store
from app.problems import ProblemError
from app.stages.cache import Cache, Served, Wanted, key_of
from tests.callers.children import in_children
from tests.stages.cache_scene import KEY, PATIENT, PLAIN, Line, Scene, status_of

CROWD = 20


@dataclass
class Held:
    """A read that begins, and goes on when it may. It gives what `end` does."""

    end: Callable[[], Entry] = lambda: finished(b"led", monotonic(), weak=False)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    may_end: threading.Event = field(default_factory=threading.Event)
    count: int = 0

    def __call__(self) -> Entry:
        """Read."""
        self.count += 1
        self.begun.release()
        assert self.may_end.wait(PATIENT)
        return self.end()


def wanted(read: Callable[[], Entry], wait: float = PATIENT, key: bytes = KEY, spec: CacheSpec = PLAIN) -> Wanted:
    """What a request wants that reads so."""
    return Wanted(key, spec, wait, read, read)


def never() -> Entry:
    """A read that must not happen."""
    raise AssertionError("read")


@pytest.fixture
def cache() -> Cache:
    """A cache with nothing behind it."""
    return Cache(Store(Memory(1_000_000)), Line())


@contextmanager
def leading(cache: Cache, held: Held, *, anew: bool = False) -> Iterator[Future[Served]]:
    """A request whose read has begun."""
    with ThreadPoolExecutor(1) as pool:
        leader = pool.submit(cache.fetch, wanted(held), anew=anew)
        assert held.begun.acquire(timeout=PATIENT)
        try:
            yield leader
        finally:
            held.may_end.set()


@contextmanager
def following(
    cache: Cache, number: int, read: Callable[[], Entry] = never, **more: Any
) -> Iterator[list[Future[Served]]]:
    """Requests that wait for what somebody else reads: all of them, before the block begins."""
    waiting, flight = threading.Semaphore(0), cache._flights[KEY]
    end = flight.end

    def told(timeout: float) -> Any:
        waiting.release()
        return end(timeout)

    flight.end = told  # type: ignore[method-assign]  # it tells that somebody waits
    with ThreadPoolExecutor(number) as pool:
        futures = [pool.submit(cache.fetch, wanted(read), **more) for _ in range(number)]
        for _ in range(number):
            assert waiting.acquire(timeout=PATIENT)
        yield futures


def test_those_who_want_the_same_cost_one_read(cache: Cache) -> None:
    """One reads; the others get its very answer, and it is said that they did."""
    held = Held()
    with leading(cache, held) as leader, following(cache, CROWD) as followers:
        held.may_end.set()
        assert {id(each.result().kept) for each in followers} == {id(leader.result().kept)}
        assert status_of(leader.result().status) == {"fwd": "uri-miss", "stored": True}
        assert [status_of(each.result().status) for each in followers] == [
            {"fwd": "uri-miss", "collapsed": True}
        ] * CROWD
    assert (held.count, cache._flights) == (1, {})


def test_one_read_however_the_threads_interleave(cache: Cache) -> None:
    """Between finding nothing and reading, nobody else can have read: many rounds of threads that begin together."""
    with ThreadPoolExecutor(CROWD) as pool:
        for number in range(30):
            key, read, barrier = key_of(str(number)), list[int](), threading.Barrier(CROWD)

            def made(read: list[int] = read) -> Entry:
                read.append(1)
                return finished(b"", monotonic(), weak=False)

            def ask(key: bytes = key, made: Callable[[], Entry] = made, barrier: threading.Barrier = barrier) -> Served:
                barrier.wait(PATIENT)
                return cache.fetch(wanted(made, key=key))

            for future in [pool.submit(ask) for _ in range(CROWD)]:
                future.result()
            assert read == [1]


def test_a_failure_is_that_of_all_who_waited_and_of_nobody_after(cache: Cache) -> None:
    """The same one for those who wanted the same; the next one reads for himself."""
    failure = ProblemError("source-unavailable")

    def fail() -> Entry:
        raise failure

    held = Held(fail)
    with leading(cache, held) as leader, following(cache, CROWD) as followers:
        held.may_end.set()
        assert {id(each.exception()) for each in (leader, *followers)} == {id(failure)}
    assert (held.count, cache._flights) == (1, {})
    assert cache.fetch(wanted(lambda: finished(b"after", monotonic(), weak=False))).kept.entry.body == b"after"


def test_each_waits_as_long_as_it_may(cache: Cache) -> None:
    """Who has no time left is told so, does not read as well, and ends nobody else's waiting."""
    held = Held()
    with leading(cache, held) as leader, following(cache, 1) as (patient,):
        for wait in (0.0, 0.001):
            with pytest.raises(Overdue):
                cache.fetch(wanted(never, wait))
        held.may_end.set()
        assert leader.result().kept is patient.result().kept


def test_a_leader_that_is_ended_from_outside_leaves_nobody_waiting(cache: Cache) -> None:
    """Where a thread dies in the middle of its read, one of those who waited reads, for all of them."""

    def die() -> Entry:
        raise SystemExit

    held, read = Held(die), list[int]()

    def instead() -> Entry:
        read.append(1)
        return finished(b"instead", monotonic(), weak=False)

    with leading(cache, held) as leader, following(cache, 5, instead) as followers:
        held.may_end.set()
        assert isinstance(leader.exception(), SystemExit)
        assert {each.result().kept.entry.body for each in followers} == {b"instead"}
    assert read == [1]
    assert cache._flights == {}


def test_who_asks_for_what_is_read_now_gets_no_less(cache: Cache) -> None:
    """A read that began before the request may have missed what the request is about: it is waited for, and then not taken."""
    held = Held(lambda: finished(b"before", begun, weak=False))
    begun = monotonic()
    with (
        leading(cache, held),
        following(cache, 1, lambda: finished(b"after", monotonic(), weak=False), anew=True) as (asks,),
    ):
        held.may_end.set()
        assert asks.result().kept.entry.body == b"after"
        assert status_of(asks.result().status) == {"fwd": "request", "stored": True}


def test_those_who_ask_for_what_is_read_now_share_a_read_too(cache: Cache) -> None:
    """A crowd that reloads costs two reads: the one that was under way, and one for all of them."""
    held, after = Held(lambda: finished(b"before", begun, weak=False)), Held()
    begun = monotonic()
    after.may_end.set()
    with leading(cache, held), following(cache, CROWD, after, anew=True) as followers:
        held.may_end.set()
        assert {each.result().kept.entry.body for each in followers} == {b"led"}
    assert after.count == 1


def test_a_read_that_waits_in_line_is_made_by_who_cannot_wait() -> None:
    """Behind a slow source's reads, another source's would come too late: a request that needs one makes it."""
    scene = Scene()
    scene.ask()
    scene.clock.now += 120
    scene.ask()
    (in_line,) = scene.line.waiting
    scene.clock.now += 1000
    assert scene.ask() == (b"first", {"fwd": "stale", "stored": True})
    in_line()
    assert scene.read == ["request", "request"]


def test_a_read_that_finds_no_place_in_line_keeps_nobody_waiting() -> None:
    """Who waits for it meanwhile reads for himself."""
    scene = Scene()
    scene.ask()
    scene.clock.now += 120
    taken = list[Served]()

    def full(work: Callable[[], None]) -> bool:
        del work
        taken.append(scene.cache.fetch(scene.wanted(), anew=True))
        return False

    scene.line.submit = full  # type: ignore[method-assign]  # for this test
    assert scene.ask()[1]["detail"] == "stale-while-revalidate"
    assert status_of(taken[0].status) == {"fwd": "request", "stored": True}
    assert (scene.read, scene.cache._flights) == (["request", "request"], {})


def test_a_child_waits_for_no_read_of_its_parent(cache: Cache) -> None:
    """What was under way at a fork lands in the parent: a child reads for itself."""

    def child() -> int:
        made = wanted(lambda: finished(b"child's", monotonic(), weak=False), 0.0)
        return int(cache.fetch(made).kept.entry.body == b"child's")

    with leading(cache, Held()) as leader:
        assert in_children(1, child) == [1]
    assert leader.result().kept.entry.body == b"led"
