"""The cache: how long, how much, and that many who want the same cost one read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from app.problems import ProblemError
from app.stages.cache import KEY as ITEM_KEY
from app.stages.cache import OVERHEAD, Cache, Entry, Outcome, Overdue, finished, key_of

KEY = key_of("open", "query")


@dataclass
class Clock:
    """A clock that stands until it is set."""

    now: float = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def entry(clock: Clock, body: bytes = b"body") -> Entry:
    """An entry that was read now."""
    return finished(body, clock(), weak=False)


def fetch(cache: Cache, read: Callable[[], Entry], key: bytes = KEY) -> tuple[Entry, Outcome]:
    """What the cache gives within a second, for entries that are fresh for 30 seconds."""
    return cache.fetch(key, 30.0, 1.0, read)


def never() -> Entry:
    """A read that must not happen."""
    raise AssertionError("read")


def test_what_is_fresh_is_not_read_again() -> None:
    """An entry serves until it is as old as the contract lets it be, to the moment."""
    clock = Clock()
    cache = Cache(10_000, clock)
    first = entry(clock)
    assert fetch(cache, lambda: first) == (first, "miss")
    clock.now += 29.999
    assert fetch(cache, never) == (first, "hit")
    clock.now += 0.001
    second = entry(clock, b"newer")
    assert fetch(cache, lambda: second) == (second, "miss")
    assert fetch(cache, never) == (second, "hit")


def test_keys_are_apart() -> None:
    """Each question has its own answer; where a part ends matters; a key takes the same memory for any question."""
    clock = Clock()
    cache = Cache(10_000, clock)
    keys = [key_of("open", "a"), key_of("open", "b"), key_of("other", "a"), key_of("open", "a\nb", "")]
    for number, key in enumerate(keys):
        fetch(cache, lambda number=number: entry(clock, b"%d" % number), key)  # type: ignore[misc]  # bound now
    assert [fetch(cache, never, key)[0].body for key in keys] == [b"0", b"1", b"2", b"3"]
    assert len(key_of("open", "x" * 16_000, "\ud800")) == 16


def test_memory_is_bounded_by_bytes() -> None:
    """Entries take no more than the cache's size: bodies, cursors, keys and their own weight; the oldest go first."""
    clock = Clock()
    size = 10 * (1000 + ITEM_KEY + OVERHEAD)
    cache = Cache(size, clock)
    for number in range(50):
        fetch(cache, lambda: replace(entry(clock, b"x" * 900), next="c" * 100, keys=("C1001",)), key_of(str(number)))
        assert sum(each.size for each in cache.entries.values()) <= size
    assert len(cache.entries) == 10
    assert fetch(cache, never, key_of("49"))[1] == "hit"
    assert fetch(cache, lambda: entry(clock), key_of("0"))[1] == "miss"


def test_an_answer_larger_than_the_cache_is_served_and_not_kept() -> None:
    """It does not push everything else out, either."""
    clock = Clock()
    cache = Cache(5000, clock)
    fetch(cache, lambda: entry(clock), key_of("small"))
    large = entry(clock, b"x" * 5000)
    assert fetch(cache, lambda: large) == (large, "miss")
    assert fetch(cache, lambda: large) == (large, "miss")
    assert fetch(cache, never, key_of("small"))[1] == "hit"


def test_an_incomplete_answer_is_not_kept() -> None:
    """What lacks a part because a source was down is asked for again by the next."""
    clock = Clock()
    cache = Cache(10_000, clock)
    partial = replace(entry(clock), whole=False)
    assert fetch(cache, lambda: partial) == (partial, "miss")
    assert not cache.entries
    whole = entry(clock)
    assert fetch(cache, lambda: whole) == (whole, "miss")


def together(cache: Cache, read: Callable[[], Entry], number: int) -> list[Future[tuple[Entry, Outcome]]]:
    """What `number` threads get that ask at once; the first to read waits until all the others wait for it."""
    asked = threading.Semaphore(0)
    release = threading.Event()

    def led() -> Entry:
        release.wait(10)
        return read()

    def ask() -> tuple[Entry, Outcome]:
        asked.release()
        return cache.fetch(KEY, 30.0, 10.0, led)

    with ThreadPoolExecutor(number) as pool:
        found = [pool.submit(ask) for _ in range(number)]
        for _ in range(number):
            asked.acquire()
        release.set()
    return found


def test_twenty_who_want_the_same_cost_one_read() -> None:
    """One reads; the others get its answer, by waiting or by coming later."""
    clock = Clock()
    cache = Cache(10_000, clock)
    reads: list[int] = []

    def read() -> Entry:
        reads.append(1)
        return entry(clock)

    outcomes = [future.result() for future in together(cache, read, 20)]
    assert len(reads) == 1
    assert len({id(found) for found, _ in outcomes}) == 1
    assert sorted(outcome for _, outcome in outcomes).count("miss") == 1
    assert {outcome for _, outcome in outcomes} <= {"miss", "collapsed", "hit"}
    assert not cache.flights


def test_one_read_however_the_threads_interleave() -> None:
    """Between finding nothing and reading, nobody else can have read: many rounds of twenty threads, one read each."""
    clock = Clock()
    cache = Cache(1_000_000, clock)
    with ThreadPoolExecutor(20) as pool:
        for number in range(50):
            key, reads, barrier = key_of(str(number)), [0], threading.Barrier(20)

            def ask(key: bytes = key, reads: list[int] = reads, barrier: threading.Barrier = barrier) -> Entry:
                def read() -> Entry:
                    reads[0] += 1
                    return entry(clock)

                barrier.wait(10)
                return cache.fetch(key, 30.0, 10.0, read)[0]

            for future in [pool.submit(ask) for _ in range(20)]:
                future.result()
            assert reads == [1]


def test_a_leader_that_fails_fails_those_who_waited_and_nobody_after() -> None:
    """The same failure for all who wanted the same; the next one reads anew."""
    clock = Clock()
    cache = Cache(10_000, clock)
    failure = ProblemError("source-unavailable")
    calls: list[int] = []

    def read() -> Entry:
        calls.append(1)
        raise failure

    errors = [future.exception() for future in together(cache, read, 5)]
    assert all(error is failure for error in errors)
    assert 1 <= len(calls) <= 5  # one who came after the leader had failed reads for himself
    assert not cache.flights
    assert fetch(cache, lambda: entry(clock))[1] == "miss"


def waiting(cache: Cache, wait: float, lead: Callable[[], Entry]) -> tuple[threading.Thread, threading.Event]:
    """A leader that has begun to read; it reads on when the event is set."""
    begun, release = threading.Event(), threading.Event()

    def led() -> Entry:
        begun.set()
        release.wait(10)
        return lead()

    def run() -> None:
        try:
            cache.fetch(KEY, 30.0, wait, led)
        except SystemExit:
            return

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(10)
    return thread, release


def test_waiting_has_an_end() -> None:
    """Who has waited as long as a request may does not read as well: the source has enough to do."""
    clock = Clock()
    cache = Cache(10_000, clock)
    thread, release = waiting(cache, 10.0, lambda: entry(clock))
    with pytest.raises(Overdue):
        cache.fetch(KEY, 30.0, 0.01, never)
    release.set()
    thread.join(10)
    assert fetch(cache, never)[1] == "hit"


def test_a_leader_that_is_ended_from_outside_leaves_nobody_waiting() -> None:
    """A thread that dies in the middle of its read lets the others read for themselves."""
    clock = Clock()
    cache = Cache(10_000, clock)

    def die() -> Entry:
        raise SystemExit

    thread, release = waiting(cache, 10.0, die)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(cache.fetch, KEY, 30.0, 10.0, lambda: entry(clock))
        release.set()
        assert waits.result(10)[1] in {"bypass", "miss"}
    thread.join(10)
    assert not cache.flights


def test_an_answer_knows_when_it_was_read_and_what_it_is() -> None:
    """The ETag is a digest of the bytes, weak for a list; the time is RFC 3339 in UTC."""
    first, second, other = finished(b"a", 0, weak=False), finished(b"a", 0, weak=True), finished(b"b", 0, weak=False)
    assert second.etag == f"W/{first.etag}"
    assert first.etag != other.etag
    assert first.etag.startswith('"')
    assert len(first.as_of) == len("2026-01-31T09:30:05Z")
    assert first.as_of.endswith("Z")


def test_data_is_as_old_as_its_read() -> None:
    """Data-As-Of is the moment at which the read began, not the one at which it was over."""
    begun = monotonic() - 90
    now = datetime.now(UTC)
    as_of = datetime.fromisoformat(finished(b"", begun, weak=False).as_of)
    assert now - as_of > timedelta(seconds=88)
