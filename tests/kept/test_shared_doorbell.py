"""The doorbell between hosts: who hears a ring, and what happens to it when Redis goes away."""

from __future__ import annotations

import logging
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest

from app.kept import doorbell
from app.kept import shared as module
from app.kept.shared import Shared
from tests.callers.children import in_children
from tests.redis_server import Server, patient, redis

__all__ = ["patient", "redis"]

pytestmark = pytest.mark.usefixtures("patient")

PATIENCE = 60.0  # seconds; a test fails after it, and takes a fraction of it
KEY = bytes(16)


class Bell:
    """What a host's doorbell calls: counts, and waits for the next one."""

    def __init__(self) -> None:
        self._rung = threading.Semaphore(0)

    def __call__(self) -> None:
        self._rung.release()

    def rings(self) -> bool:
        """Whether it rings, or has since the last call."""
        return self._rung.acquire(timeout=PATIENCE)

    def forget(self) -> None:
        """Whatever rang until now is not counted."""
        while self._rung.acquire(blocking=False):
            pass


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener tries again at once, looks often whether it is to end, and takes no silence for a connection that died."""
    monkeypatch.setattr(doorbell, "RETRY_SECONDS", 0.02)
    monkeypatch.setattr(doorbell, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(doorbell, "QUIET_SECONDS", 10**9)


@pytest.fixture
def ending() -> Iterator[ExitStack]:
    """What a test opens is closed after it."""
    with ExitStack() as stack:
        yield stack


class _AwaitsPongs:
    """A connection that waits for the answer to a ping as long as a busy server takes for it."""

    def __init__(self, beneath: Any) -> None:
        self._beneath, self._pinged = beneath, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._beneath, name)

    def send_command(self, *command: object) -> None:
        """From a ping on, a look at what has come is a patient one."""
        self._pinged = command == ("PING",)
        self._beneath.send_command(*command)

    def can_read(self, timeout: float) -> bool:
        """Whether something has come."""
        waits, self._pinged = PATIENCE if self._pinged else timeout, False
        found: bool = self._beneath.can_read(timeout=waits)
        return found


def _host(url: str, ending: ExitStack, around: Callable[[Any], Any] = lambda made: made) -> tuple[Shared, Bell]:
    """A host that listens, and its bell, which has rung for the connection; `around` is put around that."""
    bell = Bell()
    shared = Shared(url, bell, connections=1)
    connect = shared._client.connection

    @contextmanager
    def connection() -> Iterator[Any]:
        with connect() as made:
            yield around(made)

    shared._client.connection = connection  # type: ignore[method-assign]  # for what is put around it
    ending.callback(shared.close)
    assert shared.prepare()
    shared.listen()
    assert bell.rings()
    return shared, bell


def _thread(shared: Shared) -> threading.Thread:
    thread = shared._doorbell._thread
    assert thread is not None
    return thread


def test_all_hosts_hear_a_ring(redis: Server, ending: ExitStack) -> None:
    """Each host that listens hears it, also the one that rings; each ring is heard."""
    (one, bell_one), (_, bell_two) = _host(redis.url, ending), _host(redis.url, ending)
    for _ in range(3):
        one.ring()
        assert bell_one.rings()
        assert bell_two.rings()


def test_another_process_hears_a_ring(redis: Server, ending: ExitStack) -> None:
    """A worker that was forked from a process that listens listens for itself, from its first question on."""
    shared, _ = _host(redis.url, ending)
    heard = Bell()
    shared._doorbell._heard = heard
    answering, answer = socket.socketpair()

    def ring_when_told() -> None:
        answering.settimeout(PATIENCE)
        if answering.recv(1):
            shared.ring()

    def work() -> int:
        assert shared._doorbell._thread is None
        shared.get(KEY)
        connected = heard.rings()
        answer.send(b"x")
        return int(connected and heard.rings())

    with warnings.catch_warnings(), answering, answer:
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 warns of forks with threads: that is the test
        ringing = threading.Thread(target=ring_when_told, daemon=True)
        ringing.start()
        assert in_children(1, work) == [1]
        ringing.join()


def test_nobody_listens_before_the_first_use(redis: Server) -> None:
    """A store that is only made has no thread and no connection; one that is asked has one thread."""
    shared = Shared(redis.url, connections=1)
    assert shared._doorbell._thread is None
    with closing(shared):
        shared.get(KEY)
        thread = _thread(shared)
        shared.put(KEY, b"x", 60.0)
        shared.listen()
        assert _thread(shared) is thread
        assert thread.daemon


def test_a_new_connection_is_a_ring(redis: Server, ending: ExitStack) -> None:
    """After a restart of Redis the bell rings by itself: what was rung meanwhile, nobody heard. Then it works as before."""
    shared, bell = _host(redis.url, ending)
    redis.kill()
    redis.start()
    assert bell.rings()
    assert shared.prepare()
    shared.ring()
    assert bell.rings()


def test_who_is_not_connected_rings_all_the_same(
    redis: Server, ending: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that only rings, and ends, is heard: a thread connects for it, and its end waits for that."""
    monkeypatch.setattr(module, "CONNECT_SECONDS", PATIENCE)
    _, bell = _host(redis.url, ending)
    with closing(Shared(redis.url, connections=1)) as command:
        command.ring()
        ringing = command._ringing
        assert ringing is not None
    assert not ringing.is_alive()
    assert bell.rings()


def test_a_connection_that_died_unseen_is_made_anew(
    redis: Server, ending: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing comes for a while, not even an answer to a ping, the listener connects again, and rings."""
    monkeypatch.setattr(doorbell, "QUIET_SECONDS", 2)
    shared, bell = _host(redis.url, ending)
    missed = threading.Event()
    redis.stall()
    monkeypatch.setattr(shared._doorbell._outage, "begins", lambda *_: missed.set())
    try:
        assert missed.wait(PATIENCE)
        bell.forget()
    finally:
        redis.resume()
    assert bell.rings()


def test_a_quiet_server_is_pinged_and_stays(redis: Server, ending: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody rings for long, an answer to a ping is enough: no new connection is made, and no ring comes of it."""
    monkeypatch.setattr(doorbell, "QUIET_SECONDS", 2)
    shared, bell = _host(redis.url, ending, _AwaitsPongs)
    pinged = threading.Semaphore(0)
    tell = shared._doorbell._tell

    def noted(message: list[object]) -> None:
        pinged.release() if message == [b"pong", b""] else tell(message)

    shared._doorbell._tell = noted  # type: ignore[method-assign]  # a witness
    for _ in range(3):
        assert pinged.acquire(timeout=PATIENCE)
    assert not bell._rung.acquire(blocking=False)
    shared.ring()
    assert bell.rings()


def test_a_bell_that_raises_does_not_end_the_listening(
    redis: Server, ending: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    """What goes wrong behind the bell is logged, and the next ring is heard."""
    shared, bell = _host(redis.url, ending)
    attempts: list[str] = []

    def failing() -> None:
        attempts.append("failed")
        shared._doorbell._heard = bell
        shared.ring()
        raise LookupError("no such log")

    shared._doorbell._heard = failing
    with caplog.at_level(logging.ERROR, "bascule"):
        shared.ring()
        assert bell.rings()
    assert attempts == ["failed"]
    assert "no such log" in caplog.text


def test_something_else_on_the_port_ends_no_thread() -> None:
    """A server that speaks another protocol is tried again and again, and the thread lives."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        with closing(Shared(url, connections=1)) as shared:
            shared._doorbell.listen()
            for said in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b":7\r\n", b"*1\r\n:x\r\n", b"", b"+OK\r\n" * 9):
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(said)
            assert _thread(shared).is_alive()


def test_its_end_ends_the_thread(redis: Server, ending: ExitStack) -> None:
    """After the end nobody listens, nothing is heard, and nobody begins to listen again."""
    shared, bell = _host(redis.url, ending)
    other, _ = _host(redis.url, ending)
    thread = _thread(shared)
    shared.close()
    other.ring()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert not bell._rung.acquire(blocking=False)
    shared.listen()
    assert _thread(shared) is thread
    unused = Shared(redis.url, connections=1)
    unused.close()
    unused.listen()
    assert unused._doorbell._thread is None


def test_a_child_of_who_has_ended_listens(redis: Server, ending: ExitStack) -> None:
    """A server closes what it has tried before it forks: its workers hear all the same."""
    shared, bell = _host(redis.url, ending)
    shared.close()

    def hears() -> int:
        shared.listen()
        return int(bell.rings())  # a new connection counts as a ring

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # as above
        assert in_children(1, hears) == [1]


def test_its_end_does_not_wait_for_a_redis_that_is_away() -> None:
    """A listener that waits for the next trial ends at once."""
    shared = Shared("redis://127.0.0.1:1/0", connections=1)
    shared.listen()
    thread = _thread(shared)
    shared.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()
