"""A client of Redis that no request waits for: the time that an answer has, and what is no answer."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import pytest
from limits.errors import ConfigurationError

from app.outages import Outage
from app.state import redis_client
from app.state.redis_client import NoAnswerError, RedisClient
from tests.callers.children import in_children
from tests.callers.keys_scene import Clock
from tests.redis_server import Server, patient, redis

__all__ = ["patient", "redis"]

pytestmark = pytest.mark.usefixtures("patient")

SCRIPT = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
Served = Callable[[socket.socket, bytes], None]  # told a connection and what was read from it


def _client(url: str, connections: int = 1) -> RedisClient:
    return RedisClient(url, SCRIPT, Outage("gone: %s", "back"), connections)


def _ready(url: str, connections: int = 1) -> RedisClient:
    client = _client(url, connections)
    assert client.prepare()
    return client


@contextmanager
def _serving(serve: Served) -> Iterator[str]:
    """The URL of a server that answers so, each connection in a thread of its own."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=_accept, args=(listener, serve), daemon=True).start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, serve: Served) -> None:
    try:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, serve), daemon=True).start()
    except OSError:
        return  # the test is over


def _serve(connection: socket.socket, serve: Served) -> None:
    with connection, suppress(OSError):  # the client is gone, as the tests expect
        while asked := connection.recv(65536):
            serve(connection, asked)


def _well_until_asked(answer: Served) -> Served:
    """A server that greets and takes scripts as Redis does; what it says to a GET is `answer`."""

    def serve(connection: socket.socket, asked: bytes) -> None:
        if b"GET" in asked:
            answer(connection, asked)
        else:
            connection.sendall(b"+OK\r\n")

    return serve


def _saying(said: bytes) -> Served:
    return lambda connection, _: connection.sendall(said)


def _dripping(ended: threading.Event) -> Served:
    """An answer of 40 kB, some thousands of bytes a second."""

    def answer(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"$40000\r\n")
        while not ended.wait(0.0003):
            connection.sendall(b"x")

    return answer


def test_commands_and_the_script_are_answered(redis: Server) -> None:
    """Bytes go and come as they are; a number is a number, nothing is None."""
    client = _ready(redis.url)
    assert client.ask("SET", "a", b"\x00\r\n\xff") == b"OK"
    assert client.ask("GET", "a") == b"\x00\r\n\xff"
    assert client.ask("GET", "b") is None
    assert [client.run(["n"], [2]), client.run(["n"], [3])] == [2, 5]


def test_a_refusal_is_no_outage(redis: Server, caplog: pytest.LogCaptureFixture) -> None:
    """Where Redis is full, what it has is still read; that it refuses is logged once."""
    client = _ready(redis.url)
    client.ask("SET", "a", b"kept")
    client.ask("CONFIG", "SET", "maxmemory", "1")
    with caplog.at_level(logging.WARNING, "bascule"):
        for _ in range(3):
            with pytest.raises(NoAnswerError):
                client.ask("SET", "b", b"new")
            assert client.ask("GET", "a") == b"kept"
    assert [record.getMessage().split(" (")[0] for record in caplog.records] == ["Redis refuses a command"]


def test_an_outage_is_logged_once_for_all(caplog: pytest.LogCaptureFixture) -> None:
    """The log has one line when it begins, for whoever notices it first, and one when it has ended for everybody."""
    outage = Outage("gone: %s", "back")
    with caplog.at_level(logging.WARNING, "bascule"):
        outage.ends("one")
        for who in ("one", "two", "one"):
            outage.begins(OSError("dark"), who)
        outage.ends("one")
        outage.ends("two")
        outage.ends("two")
        outage.begins(OSError("dark"), "two")
    assert [record.getMessage() for record in caplog.records] == ["gone: dark", "back", "gone: dark"]


def test_what_drips_is_not_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of which a byte comes now and then is given up as a whole, though each byte comes soon."""
    ended = threading.Event()
    with _serving(_well_until_asked(_dripping(ended))) as url:
        client = _ready(url)
        monkeypatch.setattr(redis_client, "ANSWER_SECONDS", 0.02)
        monkeypatch.setattr(redis_client, "LONGEST_SECONDS", 0.1)
        with pytest.raises(NoAnswerError):
            client.ask("GET", "a")
        assert not client.ready
        ended.set()


def test_a_late_answer_is_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after its question was given up is never taken for the answer to the next one."""
    late = threading.Event()

    def answer(connection: socket.socket, asked: bytes) -> None:
        if b"old" in asked:
            assert late.wait(60)
            connection.sendall(b"$3\r\nold\r\n")
        connection.sendall(b"$3\r\nnew\r\n")

    with _serving(_well_until_asked(answer)) as url:
        client = _ready(url)
        with monkeypatch.context() as patched:
            patched.setattr(redis_client, "ANSWER_SECONDS", 0.02)
            with pytest.raises(NoAnswerError):
                client.ask("GET", "old")
        late.set()
        assert client.prepare()
        assert client.ask("GET", "new") == b"new"


def test_an_interrupted_question_leaves_no_answer_behind(redis: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends a question between asking and the answer, the connection is not used again as it is."""
    client = _ready(redis.url)
    client.ask("SET", "a", b"old")
    (connection,) = client._pool._available_connections
    with monkeypatch.context() as patched:
        patched.setattr(connection, "read_response", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            client.ask("GET", "a")
    assert connection._sock is None
    assert client.prepare()
    assert client.ask("SET", "b", b"new") == b"OK"


def _interrupted() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "said",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b":x\r\n", b"$x\r\n", b"$99999999999999999999\r\n", b"\x00" * 100 + b"\r\n"],
)
def test_what_no_redis_says_is_an_outage(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where something else listens on the port, trials fail, and nothing raises."""
    with _serving(_well_until_asked(_saying(said))) as url:
        client = _ready(url)
        for name in ("ANSWER_SECONDS", "CONNECT_SECONDS"):  # of some of it no end comes
            monkeypatch.setattr(redis_client, name, 1.0)
        with pytest.raises(NoAnswerError):
            client.ask("GET", "a")
        assert not client.ready
    with _serving(_saying(said)) as url:
        assert not _client(url).prepare()


def test_a_child_begins_anew(redis: Server) -> None:
    """A forked process uses no connection of its parent's, and connects for itself."""
    client = _ready(redis.url)
    assert in_children(2, lambda: int(not client.ready and client.prepare() and client.run(["n"], [1]) > 0)) == [1, 1]
    assert client.run(["n"], [1]) == 3


def test_a_closed_client_asks_no_more(redis: Server) -> None:
    """After its end it has no connection, and makes none."""
    client = _ready(redis.url)
    client.close()
    with pytest.raises(NoAnswerError):
        client.ask("GET", "a")
    assert not client.prepare()
    assert not any(each._sock for each in client._pool._available_connections)


def test_a_child_of_a_closed_client_begins_all_the_same(redis: Server) -> None:
    """A server closes what it has tried before it forks: its workers connect, and it does not."""
    client = _ready(redis.url)
    client.close()
    assert in_children(2, lambda: int(client.prepare() and client.run(["n"], [1]) > 0)) == [1, 1]
    assert not client.prepare()


def test_urls_that_cannot_be_read_are_told() -> None:
    """A scheme of another kind, and a port that is no number, are errors when the client is made."""
    for url in ("http://127.0.0.1/0", "redis://127.0.0.1:many/0"):
        with pytest.raises((ValueError, ConfigurationError)):
            _client(url)


def test_nothing_is_tried_twice() -> None:
    """The library's own retries, which go on for seconds, are off."""
    assert _client("redis://127.0.0.1:1/0")._arguments["retry"].get_retries() == 0


def test_a_request_waits_no_longer_than_the_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is given up after 20 ms, any answer after 200; a question of a megabyte has time for the network."""
    monkeypatch.undo()
    clock = Clock(1000.0)
    monkeypatch.setattr(redis_client, "monotonic", clock)
    patience = redis_client._Patience()
    assert patience.left() == redis_client.CONNECT_SECONDS  # no request's
    patience.begins()
    assert patience.left() == pytest.approx(0.02)
    patience.grows(1_000_000)
    assert patience.left() == pytest.approx(0.12)
    patience.grows(1_000_000_000)
    assert patience.left() == pytest.approx(0.2)
    clock.at += 0.19
    assert patience.left() == pytest.approx(0.01)
    clock.at += 0.02
    with pytest.raises(TimeoutError):
        patience.left()
