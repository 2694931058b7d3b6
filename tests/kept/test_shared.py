"""Answers that hosts share in Redis: what is found, who may read, and no request that fails because of Redis."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from limits.errors import ConfigurationError

from app.kept.shared import MOST_BYTES, Shared
from app.state import redis_client
from app.state.redis_client import RETRY_SECONDS
from tests.callers.children import in_children
from tests.redis_server import Server, patient, redis, required_program

__all__ = ["patient", "redis"]

pytestmark = pytest.mark.usefixtures("patient")

KEY, OTHER = bytes(range(16)), bytes(16)
NOWHERE = "redis://127.0.0.1:1/0"  # nothing listens on the port of tcpmux


class Hand:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Hosts:
    """As many hosts as a test asks for."""

    def __init__(self, url: str, ending: ExitStack) -> None:
        self._url, self._ending = url, ending

    def __call__(self, clock: Hand | None = None) -> Shared:
        shared = Shared(self._url, connections=2, now=clock or Hand())
        self._ending.callback(shared.close)
        assert shared.prepare()
        return shared


@pytest.fixture
def host(redis: Server) -> Iterator[Hosts]:
    """Makes hosts that share a server."""
    with ExitStack() as ending:
        yield Hosts(redis.url, ending)


def _left(shared: Shared, name: str) -> int:
    """Milliseconds until Redis forgets the key."""
    milliseconds: int = shared._client.ask("PTTL", name)
    return milliseconds


def _passes(shared: Shared, name: str) -> None:
    """The time of a key passes."""
    assert shared._client.ask("PEXPIRE", name, 0) == 1


def _without(shared: Shared) -> None:
    """What a host does where Redis gives no answer."""
    assert shared.get(KEY) is None
    shared.put(KEY, b"lost", 60.0)
    assert shared.lease(KEY, 30.0) == ""
    shared.release(KEY, "")
    shared.release(KEY, "0" * 32)
    shared.ring()


@pytest.mark.parametrize(
    "value",
    [b"", b"\x00\r\n$-1\r\n\xff", bytes(40_000), bytes(range(256)) * 3_906],
    ids=["nothing", "signs of the protocol", "a page", "almost the most"],
)
def test_what_one_host_puts_another_gets(host: Hosts, value: bytes) -> None:
    """Bytes are found as they were, on every host, under their key alone."""
    one, two = host(), host()
    assert one.get(KEY) is None
    one.put(KEY, value, 60.0)
    assert (one.get(KEY), two.get(KEY), two.get(OTHER)) == (value, value, None)
    two.put(KEY, b"newer", 60.0)
    assert one.get(KEY) == b"newer"


def test_a_name_tells_whose_it_is_and_in_which_form(host: Hosts) -> None:
    """Other users of the server see by the name what it is; the key is in hexadecimal."""
    shared = host()
    shared.put(KEY, b"x", 60.0)
    assert shared._client.ask("KEYS", "*") == [b"bascule:kept:1:000102030405060708090a0b0c0d0e0f"]


def test_an_answer_is_kept_as_long_as_was_said(host: Hosts) -> None:
    """Redis forgets it by itself; what has no time left is not put at all."""
    shared = host()
    name = f"bascule:kept:1:{KEY.hex()}"
    shared.put(KEY, b"x", 60.5)
    assert 0 < _left(shared, name) <= 60_500
    shared.put(KEY, b"x", float("inf"))
    assert _left(shared, name) > 86_400_000
    _passes(shared, name)
    assert shared.get(KEY) is None
    shared.put(KEY, b"x", 0.0)
    shared.put(KEY, b"x", -1.0)
    assert shared.get(KEY) is None


def test_what_is_too_large_is_not_put(host: Hosts) -> None:
    """A megabyte is; a byte more is not."""
    shared = host()
    shared.put(KEY, bytes(MOST_BYTES), 60.0)
    shared.put(OTHER, bytes(MOST_BYTES + 1), 60.0)
    assert (len(shared.get(KEY) or b""), shared.get(OTHER)) == (MOST_BYTES, None)


def test_what_others_left_there_raises_nothing(host: Hosts) -> None:
    """Bytes of somebody else are found as they are; a key of another type is no answer, and no outage."""
    shared = host()
    name = f"bascule:kept:1:{KEY.hex()}"
    shared._client.ask("SET", name, b"\x80\x04garbage")
    assert shared.get(KEY) == b"\x80\x04garbage"
    shared._client.ask("DEL", name)
    shared._client.ask("RPUSH", name, b"a list")
    assert shared.get(KEY) is None
    shared.put(KEY, b"x", 60.0)
    assert shared.get(KEY) == b"x"


def test_an_answer_that_is_no_bytes_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found is bytes or nothing, whatever a server says that is not Redis."""
    with closing(Shared(NOWHERE)) as shared:
        monkeypatch.setattr(shared._client, "ask", lambda *_: 7)
        assert shared.get(KEY) is None


def test_one_host_has_the_lease(host: Hosts) -> None:
    """Of all hosts one may read a key; another key is another lease, and no answer is found under a lease."""
    one, two = host(), host()
    token = one.lease(KEY, 30.0)
    assert token
    assert (two.lease(KEY, 30.0), one.lease(KEY, 30.0)) == (None, None)
    assert two.lease(OTHER, 30.0)
    assert two.get(KEY) is None
    one.release(KEY, token)
    assert two.lease(KEY, 30.0)


def test_one_of_many_processes_has_the_lease(redis: Server) -> None:
    """Workers that begin at once get one lease; what was made before the fork serves in each of them."""
    with closing(Shared(redis.url, connections=1)) as shared:
        assert shared.prepare()
        taken = in_children(4, lambda: {None: 0, "": 9}.get(shared.lease(KEY, 30.0), 1) if shared.prepare() else 9)
        assert sorted(taken) == [0, 0, 0, 1]


def test_a_lease_ends_by_itself(host: Hosts) -> None:
    """A holder that dies keeps nobody waiting for longer than it said."""
    one, two = host(), host()
    assert one.lease(KEY, 12.5)
    name = f"bascule:kept:1:{KEY.hex()}:lease"
    assert 0 < _left(one, name) <= 12_500
    _passes(one, name)
    assert two.lease(KEY, 30.0)


def test_a_lease_of_another_is_not_taken_away(host: Hosts) -> None:
    """Who releases a lease that ended meanwhile, and is another's by now, releases nothing."""
    one, two = host(), host()
    token = one.lease(KEY, 30.0)
    assert token
    _passes(one, f"bascule:kept:1:{KEY.hex()}:lease")
    theirs = two.lease(KEY, 30.0)
    assert theirs
    assert theirs != token
    one.release(KEY, token)
    assert one.lease(KEY, 30.0) is None
    two.release(KEY, theirs)
    assert one.lease(KEY, 30.0)


def test_a_server_that_forgot_the_script_costs_a_release(host: Hosts) -> None:
    """SCRIPT FLUSH raises nothing: the lease ends by itself, and the next trial mends it."""
    shared = host()
    token = shared.lease(KEY, 30.0)
    assert token
    shared._client.ask("SCRIPT FLUSH")
    shared.release(KEY, token)
    assert shared.lease(KEY, 30.0) is None
    assert shared.prepare()
    shared.release(KEY, token)
    assert shared.lease(KEY, 30.0)


def test_a_dead_server_fails_no_request(redis: Server, host: Hosts, caplog: pytest.LogCaptureFixture) -> None:
    """Without Redis nothing is found and everybody may read; that it went is logged once, and that it is back."""
    shared = host()
    shared._doorbell.close()  # which has its own say on that
    shared.put(KEY, b"x", 60.0)
    redis.kill()
    with caplog.at_level(logging.WARNING, "bascule"):
        for _ in range(3):
            _without(shared)
        assert not shared.prepare()
        assert not shared.prepare()
        redis.start()
        assert shared.prepare()
        shared.put(KEY, b"y", 60.0)
        assert shared.get(KEY) == b"y"
    assert [record.getMessage().split(" (")[0] for record in caplog.records] == [
        "Redis fails the cache",
        "Redis is back: hosts share answers again",
    ]


def test_a_silent_server_is_asked_once(redis: Server, host: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes a question and says nothing is left alone until the time for a trial has come."""
    clock = Hand()
    shared = host(clock)
    monkeypatch.setattr(redis_client, "ANSWER_SECONDS", 0.02)
    redis.stall()
    try:
        assert shared.get(KEY) is None
        assert not shared._client.ready
        assert shared._client._next_trial == clock.now + RETRY_SECONDS
        for _ in range(100):
            assert shared.lease(KEY, 30.0) == ""
    finally:
        redis.resume()
    monkeypatch.setattr(redis_client, "ANSWER_SECONDS", 30.0)
    assert shared.prepare()
    shared.put(KEY, b"x", 60.0)
    assert shared.get(KEY) == b"x"


def test_a_socket_that_never_answers_fails_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where connections are taken and nothing is ever said, a trial ends without success, and no request waits for it."""
    monkeypatch.setattr(redis_client, "CONNECT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with closing(Shared(f"redis://127.0.0.1:{port}/0", connections=1)) as shared:
            _without(shared)
            assert not shared.prepare()
            _without(shared)


def test_the_first_question_connects_nobody_but_the_thread(redis: Server) -> None:
    """A request that comes first goes on without Redis; the thread that it began connects for those after it."""
    with closing(Shared(redis.url, connections=1, now=Hand())) as shared:
        trials = _trials(shared)
        assert shared.get(KEY) is None
        assert trials == ["asked"]
        assert shared.prepare()
        shared.put(KEY, b"x", 60.0)
        assert shared.get(KEY) == b"x"
        shared.listen()
        assert trials == ["asked"]


def _trials(shared: Shared) -> list[str]:
    """Trials that are asked for from now on; none is made."""
    asked: list[str] = []
    shared._client.begin = lambda: asked.append("asked")  # type: ignore[method-assign]  # a stand-in
    return asked


def test_a_closed_store_finds_nothing(host: Hosts) -> None:
    """After its end a store answers as one whose Redis is away, and stays so."""
    shared = host()
    shared.put(KEY, b"x", 60.0)
    shared.close()
    _without(shared)
    assert not shared.prepare()
    shared.close()


def test_a_password_and_a_database_are_used(tmp_path: Path) -> None:
    """A URL with a password and a number of a database is one that works, also for the doorbell's ring; a wrong one never does."""
    server = Server(required_program(), tmp_path, "hidden")
    try:
        server.start()
        with closing(Shared(server.url, connections=1)) as shared:
            assert shared.prepare()
            shared.put(KEY, b"x", 60.0)
            assert shared.get(KEY) == b"x"
        with closing(Shared(server.url.replace("hidden", "wrong"), connections=1)) as shared:
            assert not shared.prepare()
    finally:
        server.kill()


def test_urls_that_cannot_be_read_are_told() -> None:
    """A scheme of another kind, and a port that is no number, are errors when the store is made; a server that is away is none."""
    for url in ("http://127.0.0.1/0", "redis://127.0.0.1:many/0"):
        with pytest.raises((ValueError, ConfigurationError)):
            Shared(url)
    Shared(NOWHERE).close()


def test_the_log_has_no_password(caplog: pytest.LogCaptureFixture) -> None:
    """A URL's password is in no line of the log and in no repr."""
    with closing(Shared("redis://user:canary-password@127.0.0.1:1/0")) as shared, caplog.at_level(logging.DEBUG):
        assert not shared.prepare()
        shared.ring()
        assert caplog.records
        assert "canary-password" not in caplog.text + repr(shared)
