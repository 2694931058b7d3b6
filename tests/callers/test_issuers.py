"""The keys of an issuer: when they are fetched, and how long they hold while it is down."""

from __future__ import annotations

import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.callers import issuers
from app.callers.fetching import NotFetched
from app.callers.issuers import (
    COOL_DOWN,
    FRESH,
    KEPT,
    MOST_FLIGHTS,
    WAITERS,
    IssuerKeys,
    KeySet,
)
from tests.callers.issuing import KEYS, PATIENT, Clock, Shelf, jwk, private_key, settle, spec, until

CURVE = jwk(private_key("ES256", "first"), "ES256", kid="first")
LATER = jwk(private_key("ES256", "second"), "ES256", kid="second")


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """What a test has had fetched has landed before the next one begins, which would hear of it."""
    yield
    until(lambda: not any(each.name == "bascule-issuer" for each in threading.enumerate()))


def opened(*keys: dict[str, Any]) -> tuple[IssuerKeys, Shelf, Clock]:
    """The keys of an issuer that publishes these, not fetched yet."""
    shelf, clock = Shelf(), Clock()
    shelf.publish(*(keys or (CURVE,)))
    return IssuerKeys(spec(), shelf, clock), shelf, clock


def has(keys: IssuerKeys, kid: str | None, algorithm: str = "ES256") -> bool:
    """Whether a key is found, waiting for a fetch if one is due."""
    return keys.find(kid, algorithm)[1] is not None


# When they are fetched.


def test_nothing_is_fetched_before_it_is_needed() -> None:
    """Opening an issuer asks nobody and starts no thread: that is for the worker, after the fork."""
    _, shelf, _ = opened()
    assert shelf.asked == []
    assert not any(each.name == "bascule-issuer" for each in threading.enumerate())


def test_the_first_request_waits_for_the_keys() -> None:
    """The first token is verified with keys that were fetched for it."""
    keys, shelf, _ = opened()
    assert has(keys, "first")
    assert shelf.asked == [KEYS]


def test_known_keys_are_not_fetched_again() -> None:
    """A thousand tokens with a known key cost one fetch."""
    keys, shelf, _ = opened()
    assert all(has(keys, "first") for _ in range(1000))
    assert shelf.asked == [KEYS]


def test_a_new_key_is_fetched_once() -> None:
    """After a rotation the first token with the new key has the keys fetched, and is accepted."""
    keys, shelf, clock = opened()
    assert has(keys, "first")
    shelf.publish(LATER)
    clock.now += COOL_DOWN
    assert has(keys, "second")
    assert not has(keys, "first")
    assert len(shelf.asked) == 2


def test_unknown_keys_cost_a_fetch_in_thirty_seconds() -> None:
    """A flood of invented names leads to one fetch in each cool-down, counted from when it began."""
    keys, shelf, clock = opened()
    for second in range(100):
        clock.now = second + 1000.0
        assert not any(has(keys, f"invented-{second}-{each}") for each in range(5))
    assert len(shelf.asked) == 4


def test_a_flood_during_the_cool_down_does_not_hide_a_key() -> None:
    """Known keys are found as before, and a new one as soon as the cool-down is over."""
    keys, shelf, clock = opened()
    assert has(keys, "first")
    shelf.publish(CURVE, LATER)
    clock.now += COOL_DOWN - 0.1
    assert not has(keys, "second")
    assert has(keys, "first")
    clock.now += 0.1
    assert has(keys, "second")


def test_failing_fetches_cool_down_too() -> None:
    """While an issuer is down it is asked once in thirty seconds, whatever comes."""
    keys, shelf, clock = opened()
    shelf.down = "it answers 500"
    for second in range(100):
        clock.now = second + 1000.0
        assert not any(has(keys, kid) for kid in ("first", "other", None))
    assert len(shelf.asked) == 4
    shelf.down = ""
    clock.now += COOL_DOWN
    assert has(keys, "first")


def test_keys_are_refreshed_behind_the_requests() -> None:
    """After an hour one request has the keys fetched and does not wait for it; what it finds holds from then on."""
    keys, shelf, clock = opened()
    assert has(keys, "first")
    shelf.publish(LATER)
    clock.now += FRESH - 1
    assert has(keys, "first")
    assert len(shelf.asked) == 1
    clock.now += 1
    shelf.open.clear()
    assert all(has(keys, "first") for _ in range(50))
    shelf.open.set()
    settle(keys)
    assert has(keys, "second")
    assert not has(keys, "first")
    assert len(shelf.asked) == 2


def test_the_same_keys_stay_the_same_object() -> None:
    """A refresh that brings nothing new is not noticed by what was verified."""
    keys, shelf, clock = opened()
    before, _ = keys.find("first", "ES256")
    clock.now += FRESH
    keys.current()
    settle(keys)
    assert len(shelf.asked) == 2
    assert keys.current() is before


# While the issuer is down.


def test_the_last_good_keys_hold_for_a_day() -> None:
    """Keys go on for 24 hours after they were fetched, and not longer."""
    keys, shelf, clock = opened()
    assert has(keys, "first")
    shelf.down = "it cannot be reached"
    start = clock.now
    for hour in range(1, 24):
        clock.now = start + hour * 3600
        assert has(keys, "first")
        settle(keys)
    clock.now = start + KEPT - 0.1
    assert has(keys, "first")
    settle(keys)
    clock.now = start + KEPT + COOL_DOWN
    assert not has(keys, "first")
    shelf.down = ""
    clock.now += COOL_DOWN
    assert has(keys, "first")


def test_old_keys_are_gone_at_once_after_a_quiet_day() -> None:
    """Where nobody asked for a day, the first request does not find keys of yesterday."""
    keys, shelf, clock = opened()
    assert has(keys, "first")
    shelf.down = "it cannot be reached"
    clock.now += KEPT
    assert keys.current() == KeySet()
    settle(keys)


def test_a_broken_document_leaves_the_keys_alone() -> None:
    """An error page instead of keys counts as being down."""
    keys, shelf, clock = opened()
    assert has(keys, "first")
    shelf.documents[KEYS] = {"error": "down for maintenance"}
    clock.now += FRESH
    keys.current()
    settle(keys)
    assert has(keys, "first")


def test_a_document_that_breaks_its_reader_leaves_the_keys_alone(caplog: pytest.LogCaptureFixture) -> None:
    """A key with a member that is nested too deep to be compared counts as being down, too, and is told of."""
    keys, shelf, clock = opened()
    assert has(keys, "first")
    deep: list[Any] = []
    for _ in range(sys.getrecursionlimit()):
        deep = [deep]
    shelf.publish({**CURVE, "deep": deep})
    clock.now += COOL_DOWN
    assert not has(keys, "second")
    assert has(keys, "first")
    assert "its answer cannot be read: RecursionError" in caplog.text


def test_an_issuer_may_withdraw_all_keys(caplog: pytest.LogCaptureFixture) -> None:
    """An empty set is an answer: no token holds any more, and the operator is told."""
    keys, shelf, clock = opened()
    assert has(keys, "first")
    shelf.publish()
    clock.now += FRESH
    keys.current()
    settle(keys)
    assert not has(keys, "first")
    assert "issuer plant publishes no key that its tokens may be signed with" in caplog.text


def test_an_outage_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """The log has one line when an issuer goes down and one when it is back, however long that takes."""
    caplog.set_level(logging.INFO, "bascule")
    keys, shelf, clock = opened()
    shelf.down = "it answers 500"
    for _ in range(5):
        assert not has(keys, "first")
        clock.now += COOL_DOWN
    shelf.down = ""
    assert has(keys, "first")
    assert [record.getMessage() for record in caplog.records] == [
        "the keys of issuer plant cannot be fetched: it answers 500",
        "the keys of issuer plant are fetched again",
    ]


# Threads and processes.


def test_many_threads_share_one_fetch() -> None:
    """Requests that come before the first fetch has ended wait for that one, all of them."""
    keys, shelf, _ = opened()
    shelf.open.clear()
    with ThreadPoolExecutor(16) as pool:
        waiting = [pool.submit(has, keys, "first") for _ in range(16)]
        until(lambda: len(shelf.asked) == 1)
        shelf.open.set()
        assert all(each.result(PATIENT) for each in waiting)
    assert shelf.asked == [KEYS]


def test_a_flood_does_not_take_every_thread() -> None:
    """Of many requests with unknown keys a few wait for the fetch, the others are refused at once; known keys never wait."""
    keys, shelf, clock = opened()
    assert has(keys, "first")
    clock.now += COOL_DOWN
    shelf.open.clear()
    with ThreadPoolExecutor(16) as pool:
        flood = [pool.submit(has, keys, "invented") for _ in range(16)]
        until(lambda: sum(each.done() for each in flood) == 16 - WAITERS)
        assert has(keys, "first")
        shelf.open.set()
        assert not any(each.result(PATIENT) for each in flood)
    assert len(shelf.asked) == 2


def test_a_request_waits_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that comes late to a fetch that hangs does not wait at all; the fetch itself still counts when it ends."""
    monkeypatch.setattr(issuers, "WAIT", 3.0)
    keys, shelf, clock = opened()
    shelf.open.clear()
    keys.current()
    until(lambda: len(shelf.asked) == 1)
    clock.now += 3.0
    assert not has(keys, "first")
    shelf.open.set()
    settle(keys)
    assert has(keys, "first")
    assert len(shelf.asked) == 1


class Stuck:
    """Fetches each of which hangs until it is let go, with the keys that it is let go with, or none."""

    def __init__(self) -> None:
        self.begun: list[queue.SimpleQueue[list[dict[str, Any]] | None]] = []

    def __call__(self, _: str) -> Any:
        """A fetch."""
        mine: queue.SimpleQueue[list[dict[str, Any]] | None] = queue.SimpleQueue()
        self.begun.append(mine)
        found = mine.get(timeout=PATIENT)
        if found is None:
            raise NotFetched("it cannot be reached")
        return {"keys": found}


def stuck(flights: int) -> tuple[IssuerKeys, Stuck, Clock]:
    """The keys of an issuer so many fetches of which hang, each begun COOL_DOWN after the one before."""
    fetches, clock = Stuck(), Clock()
    keys = IssuerKeys(spec(), fetches, clock)
    for number in range(flights):
        keys.current()
        until(lambda number=number: len(fetches.begun) == number + 1)  # type: ignore[misc]  # mypy cannot infer lambdas with defaults
        clock.now += COOL_DOWN
    return keys, fetches, clock


def test_a_fetch_that_hangs_is_not_waited_for_by_the_next() -> None:
    """After the cool-down another one begins beside it, and brings the keys."""
    keys, fetches, clock = stuck(2)
    clock.now -= COOL_DOWN / 2
    keys.current()
    fetches.begun[1].put([CURVE])
    settle(keys)
    assert has(keys, "first")
    assert len(fetches.begun) == 2
    fetches.begun[0].put(None)


def test_fetches_that_hang_are_few() -> None:
    """Beside as many as there may be none begins, until one of them ends: each has a thread."""
    keys, fetches, clock = stuck(MOST_FLIGHTS)
    for _ in range(3):
        clock.now += 2 * COOL_DOWN
        assert not has(keys, "first")
    assert len(fetches.begun) == MOST_FLIGHTS
    fetches.begun[0].put([CURVE])
    until(lambda: keys._flights < MOST_FLIGHTS)
    clock.now += FRESH
    keys.current()
    until(lambda: len(fetches.begun) == MOST_FLIGHTS + 1)
    for each in fetches.begun[1:]:
        each.put(None)
    assert has(keys, "first")


@pytest.mark.parametrize("late", [[CURVE], None])
def test_what_comes_late_does_not_undo_what_came_before(
    late: list[dict[str, Any]] | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Keys, or a failure, of a fetch that a later one has overtaken are neither used nor told of."""
    keys, fetches, _ = stuck(2)
    fetches.begun[1].put([LATER])
    settle(keys)
    fetches.begun[0].put(late)
    until(lambda: keys._flights == 0)
    assert keys.current().find("second", "ES256") is not None
    assert keys.current().find("first", "ES256") is None
    assert caplog.text == ""


def test_what_comes_late_counts_where_nothing_came_before() -> None:
    """An issuer that is always slow has its keys used all the same."""
    keys, fetches, _ = stuck(2)
    fetches.begun[0].put([CURVE])
    until(lambda: keys._flights == 1)
    assert keys.current().find("first", "ES256") is not None
    fetches.begun[1].put(None)


def test_a_system_without_threads_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be started the token is refused, and the next fetch is tried after the cool-down."""
    keys, _, clock = opened()

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        assert not has(keys, "first")
    clock.now += COOL_DOWN
    assert has(keys, "first")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")  # that is what is tested
def test_a_child_fetches_for_itself() -> None:
    """A process that was forked in the middle of a fetch, with the lock held, begins its own."""
    keys, shelf, _ = opened()
    shelf.open.clear()
    keys.current()
    until(lambda: len(shelf.asked) == 1)
    with keys._lock:
        child = os.fork()
        if child == 0:  # pragma: no cover  # another process
            signal.alarm(int(PATIENT))  # it ends itself should it wait for a lock that nobody gives back
            shelf.open = threading.Event()
            shelf.open.set()
            os._exit(0 if has(keys, "first") and len(shelf.asked) == 2 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    shelf.open.set()
    settle(keys)
    assert has(keys, "first")
