"""Buckets in Redis: a count that several hosts share, and no request that fails or waits because of Redis."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.callers.buckets import FOREVER, GRANTED, SECOND, SLACK, Buckets, Draw
from app.callers.limits import Limits
from app.callers.redis_limits import RedisBuckets
from app.contract.model import LimitSpec, Rate
from app.exchange import Caller
from app.problems import ProblemError
from app.state import redis_client
from app.state.redis_client import RETRY_SECONDS
from tests.callers.children import in_children
from tests.redis_server import Server, patient, redis, required_program

__all__ = ["patient", "redis"]

pytestmark = pytest.mark.usefixtures("patient")  # a busy machine may answer later than a request waits

HOUR = 3600 * SECOND
NOWHERE = "redis://127.0.0.1:1/0"  # nothing listens on the port of tcpmux


class Hand:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Spare:
    """The host's own buckets, which count how often they are asked."""

    waits = False

    def __init__(self) -> None:
        self.asked = 0

    def draw(self, holder: str, draws: Sequence[Draw], now: float) -> tuple[int, int]:
        self.asked += 1
        return GRANTED, len(holder) + len(draws) + int(now)


def _slow(burst: int) -> Draw:
    """A bucket that hardly refills while a test runs: one draw an hour."""
    return Draw("requests", HOUR, burst * HOUR + SLACK, burst * HOUR + SLACK)


def _granted(store: RedisBuckets, draw: Draw, times: int, holder: str = "key:a") -> int:
    return sum(store.draw(holder, (draw,), 0.0)[0] == GRANTED for _ in range(times))


def _host(url: str, clock: Callable[[], float] | None = None) -> tuple[RedisBuckets, Spare]:
    spare = Spare()
    return (RedisBuckets(url, spare, 4) if clock is None else RedisBuckets(url, spare, 4, clock)), spare


def test_hosts_share_a_count(redis: Server) -> None:
    """Two hosts together grant exactly the burst, each holder its own, and ask nothing of their own buckets."""
    (one, spare_one), (two, spare_two) = _host(redis.url), _host(redis.url)
    assert one.prepare()
    assert two.prepare()
    assert _granted(one, _slow(30), 20) + _granted(two, _slow(30), 20) == 30
    assert _granted(two, _slow(30), 40, "key:b") == 30
    assert spare_one.asked + spare_two.asked == 0


def test_threads_share_a_count(redis: Server) -> None:
    """Four threads of one process grant exactly the burst together."""
    store, spare = _host(redis.url)
    assert store.prepare()
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(_granted(store, _slow(50), 40))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(counts), spare.asked) == (50, 0)


def test_forked_workers_share_a_count(redis: Server) -> None:
    """What is made before the fork works in each child, which connects for itself."""
    store, _ = _host(redis.url)
    counted = in_children(3, lambda: _granted(store, _slow(40), 30) if store.prepare() else -1)
    assert -1 not in counted
    assert sum(counted) == 40


def test_what_is_told_is_true(redis: Server) -> None:
    """What is left, and how long to wait, are those of the same draws from the host's own table, to a millisecond a draw."""
    store, _ = _host(redis.url)
    assert store.prepare()
    table, draw = Buckets(), _slow(3)
    for _ in range(5):
        ours, theirs = table.draw("key:a", (draw,), 1000.0), store.draw("key:a", (draw,), 1000.0)
        assert ours[0] == theirs[0]
        assert abs(ours[1] - theirs[1]) < 60 * SECOND  # of hours; the clocks are not one


def test_a_charge_is_never_refused_and_has_a_bound(redis: Server) -> None:
    """A caller overdraws by any amount, and is then refused for no longer than the bound says."""
    store, _ = _host(redis.url)
    assert store.prepare()
    look, charge = Draw("rows/erp", 0, HOUR - 1, 2 * HOUR), Draw("rows/erp", 100 * HOUR, FOREVER, 2 * HOUR)
    assert store.draw("key:a", (look, _slow(5)), 0.0)[0] == GRANTED
    assert store.draw("key:a", (charge,), 0.0)[0] == GRANTED
    index, wait = store.draw("key:a", (look, _slow(5)), 0.0)
    assert index == 0
    assert 0.9 * HOUR < wait <= HOUR + 1


def test_a_bucket_is_forgotten_when_it_is_full_again(redis: Server) -> None:
    """Redis keeps a key no longer than its time is ahead, and a name in it is a digest."""
    store, _ = _host(redis.url)
    assert store.prepare()
    store.draw("address:203.0.113.9", (_slow(2),), 0.0)
    (key,) = store._client.ask("KEYS", "*")
    assert b"203.0.113.9" not in key
    assert 3_500_000 < store._client.ask("PTTL", key) <= 3_600_001


def test_the_limits_of_a_contract_hold_over_redis(redis: Server) -> None:
    """A caller is refused with the fields that say so."""
    store, _ = _host(redis.url)
    assert store.prepare()
    limits = Limits({"default": LimitSpec("default", Rate(2, 7200.0), 2)}, store)
    caller = Caller(identity="key:a")
    assert dict(limits.admit(caller, 0.0))["RateLimit"] == '"default";r=1;t=3600'
    limits.admit(caller, 0.0)
    with pytest.raises(ProblemError) as caught:
        limits.admit(caller, 0.0)
    assert caught.value.problem.code == "too-many-requests"


def test_a_password_and_a_database_are_used(tmp_path: Path) -> None:
    """A URL with a password and a number of a database is one that works; a wrong password never does."""
    server = Server(required_program(), tmp_path, "hidden")
    try:
        server.start()
        assert _host(server.url)[0].prepare()
        assert not _host(server.url.replace("hidden", "wrong"))[0].prepare()
    finally:
        server.kill()


def test_a_dead_server_fails_no_request(redis: Server, caplog: pytest.LogCaptureFixture) -> None:
    """Requests go on with the host's own buckets; what happened is logged once, and that it ended."""
    store, spare = _host(redis.url, Hand())
    assert store.prepare()
    redis.kill()
    with caplog.at_level(logging.WARNING, "bascule"):
        for _ in range(3):
            assert store.draw("key:a", (_slow(2),), 0.0) == (GRANTED, len("key:a") + 1)
        assert not store.prepare()
        assert not store.prepare()
        assert spare.asked == 3
        redis.start()
        assert store.prepare()
    assert [record.getMessage().split(" (")[0] for record in caplog.records] == [
        "Redis does not answer",
        "Redis is back: limits are counted there again",
    ]
    assert _granted(store, _slow(2), 3) == 2
    assert spare.asked == 3


def test_a_silent_server_is_asked_once(redis: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes a request and says nothing is left alone afterwards, until the time for a trial has come."""
    clock = Hand()
    store, spare = _host(redis.url, clock)
    assert store.prepare()
    monkeypatch.setattr(redis_client, "ANSWER_SECONDS", 0.02)
    redis.stall()
    try:
        assert store.draw("key:a", (_slow(2),), 0.0)[0] == GRANTED
        assert not store._client.ready  # nobody asks any more
        assert store._client._next_trial == clock.now + RETRY_SECONDS
        assert _granted(store, _slow(2), 100) == 100
        assert spare.asked == 101
    finally:
        redis.resume()


def test_a_request_never_connects(redis: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a restart of Redis, connections are made by the thread for trials, and requests go on meanwhile."""
    clock = Hand()
    store, spare = _host(redis.url, clock)
    assert store.prepare()
    redis.kill()
    redis.start()
    begun: list[str] = []
    monkeypatch.setattr("app.state.redis_client.begun", _recorder(begun))
    assert store.draw("key:a", (_slow(2),), 0.0)[0] == GRANTED
    assert (spare.asked, begun) == (1, [])  # a trial was made just now
    clock.now += RETRY_SECONDS
    for _ in range(5):
        store.draw("key:a", (_slow(2),), 0.0)
    assert (spare.asked, begun) == (6, ["redis"])
    assert store.prepare()
    assert _granted(store, _slow(2), 3) == 2


def test_more_requests_than_connections_do_not_connect(redis: Server) -> None:
    """Where every connection is in use, a request draws from the host's own buckets."""
    store, spare = _host(redis.url)
    assert store.prepare()
    pool = store._client._pool
    taken = [pool.get_connection() for _ in range(4)]
    assert store.draw("key:a", (_slow(2),), 0.0)[0] == GRANTED
    assert spare.asked == 1
    for connection in taken:
        pool.release(connection)
    assert _granted(store, _slow(2), 3) == 2


def test_a_server_that_forgot_the_script_gets_it_again(redis: Server) -> None:
    """SCRIPT FLUSH fails no request, and the next trial mends it."""
    store, spare = _host(redis.url)
    assert store.prepare()
    store._client.ask("SCRIPT FLUSH")
    assert store.draw("key:a", (_slow(2),), 0.0)[0] == GRANTED
    assert spare.asked == 1
    assert store.prepare()
    assert _granted(store, _slow(2), 3) == 2


def test_a_trial_comes_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """While Redis is away one trial is begun, and another when the time for it has come."""
    clock = Hand()
    store, _ = _host(NOWHERE, clock)
    begun: list[str] = []
    monkeypatch.setattr("app.state.redis_client.begun", _recorder(begun))
    for _ in range(5):
        store.draw("key:a", (_slow(2),), 0.0)
    assert len(begun) == 1
    assert not store.prepare()
    clock.now += RETRY_SECONDS
    for _ in range(5):
        store.draw("key:a", (_slow(2),), 0.0)
    assert len(begun) == 2


def test_requests_that_take_every_connection_hinder_no_trial(redis: Server) -> None:
    """A trial while Redis is asked by as many requests as there are connections has one of its own."""
    store, _ = _host(redis.url)
    assert store.prepare()
    client, connect = store._client, store._client._connect
    taken: list[Any] = []

    def then_busy() -> None:
        connect()
        taken.extend(client._pool.get_connection() for _ in range(4))

    client._connect = then_busy  # type: ignore[method-assign]  # the moment between connecting and the script
    assert store.prepare()
    for each in taken:
        client._pool.release(each)


def test_a_system_without_threads_fails_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no trial can be begun, the host's own buckets are drawn from all the same."""
    store, spare = _host(NOWHERE)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert store.draw("key:a", (_slow(2),), 0.0)[0] == GRANTED
    assert spare.asked == 1


def test_the_log_has_no_password(caplog: pytest.LogCaptureFixture) -> None:
    """A URL's password is in no line of the log and in no repr."""
    store, _ = _host("redis://user:canary-password@127.0.0.1:1/0")
    with caplog.at_level(logging.DEBUG):
        assert not store.prepare()
    assert caplog.records
    assert "canary-password" not in caplog.text + repr(store)


def _recorder(begun: list[str]) -> Callable[[str, Callable[[], bool]], None]:
    """A stand-in for a thread's beginning that notes its name and runs nothing."""

    def record(name: str, do: Callable[[], bool]) -> None:
        assert do.__name__ == "prepare"
        begun.append(name)

    return record
