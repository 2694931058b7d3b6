"""The lane in a gateway of its own processes: on, off, stopped, reloaded, killed."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.settings import Settings
from app.web import poller, wire
from app.web.server import Address, Process, Server
from tests import shop
from tests.security.raw import connected
from tests.serving.conftest import Start, start
from tests.serving.running import Running

__all__ = ["start"]

CACHE = "cache: {fresh: 1h}\n"
ASKED = b"GET %s HTTP/1.1\r\nHost: shop.example\r\n\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shop, whose items are kept for an hour, and some of them long."""
    built = shop.build(tmp_path / "shop")
    shop.write_items(built, shop.ITEMS + CACHE)
    shop.add_long_items(built)
    return built


@pytest.fixture
def one(start: Start) -> Iterator[Running]:
    """A gateway of one worker, which remembers an item and a long page."""
    running = start("--workers", "1", "--threads", "2")
    for path in ("/v1/items/0001", shop.LONG):
        assert running.status(path) == 200
    yield running
    assert "Traceback" not in running.log(), running.log()


def answered(running: Running) -> list[bool]:
    """Of each worker that has ended with a lane, whether that has answered anything.

    How much depends on the clock: once in a while a request has to look after what was purged, which takes a thread.
    """
    return [found != "0" for found in re.findall(r"the lane has answered (\d+) of", running.log())]


def asked(running: Running, path: str = "/v1/items/0001") -> list[bytes]:
    """Ask for what is in memory, more often than once in a while."""
    return [running.get(path)[2] for _ in range(20)]


def test_the_lane_is_on_unless_it_is_off(one: Running, start: Start) -> None:
    """With no word about it, what is in memory comes by the lane; with `--lane off` no worker has one."""
    off = start("--workers", "1", "--lane", "off")
    for running in (one, off):
        assert len(set(asked(running))) == 1
        assert running.end() == 0
    assert answered(one) == [True]
    assert answered(off) == []
    assert "the lane" not in off.log()


def test_a_reload_brings_a_lane_of_the_new_plan(one: Running, folder: Path) -> None:
    """After HUP the lane answers from the new workers' memory, with the new fields."""
    old, before = set(asked(one)), one.workers()
    shop.write_items(folder, shop.RENAMED_ITEMS + CACHE)
    one.signal(signal.SIGHUP)
    one.wait(lambda: not set(before) & set(one.workers()), "another worker serves")
    assert [(len(bodies), b"label" in min(bodies)) for bodies in (old, set(asked(one)))] == [(1, False), (1, True)]
    assert one.end() == 0
    assert answered(one) == [True, True]


def test_an_answer_that_is_on_its_way_is_finished(one: Running) -> None:
    """After TERM a client that reads late gets all of it; then nothing is left."""
    whole = one.get(shop.LONG)[2]
    with connected(one.port, window=4_096) as connection:
        connection.send(ASKED % shop.LONG.encode())
        connection.wire.recv(1, socket.MSG_PEEK)
        one.signal(signal.SIGTERM)
        one.wait(lambda: "Handling signal: term" in one.log(), "it stops")
        reply = connection.reply()
    assert reply is not None
    assert reply.body == whole
    assert one.end() == 0
    assert answered(one) == [True]


def test_a_worker_that_is_killed_in_an_answer(one: Running) -> None:
    """The client has less than it was promised, which it can tell; the next worker answers."""
    (worker,), whole = one.workers(), one.get(shop.LONG)[2]
    with connected(one.port, window=4_096) as connection:
        connection.send(ASKED % shop.LONG.encode())
        head = connection.reading.readline()
        one.halt(worker)  # killed in the midst of a call, it would send on for as long as somebody reads
        os.kill(worker, signal.SIGKILL)
        try:
            rest = connection.reading.read()
        except ConnectionError:
            rest = b""
    assert head == b"HTTP/1.1 200 OK\r\n"
    assert len(rest) < len(whole)
    one.wait(lambda: one.status("/v1/items/0001") == 200, "another worker serves")


def test_half_heads_keep_no_gateway_from_answering(one: Running) -> None:
    """Two hundred of them, and two threads: who asks for what takes a thread is answered."""
    with ExitStack() as clients:
        for _ in range(200):
            clients.enter_context(connected(one.port)).send(b"GET /v1/items HTTP/1.1\r\nHost: sh")
        assert one.status("/v1/items/0002") == 200
        assert one.status("/v1/items/0001") == 200


def test_stopping_waits_for_nobody_who_is_silent(one: Running) -> None:
    """Connections that never said a word, or are idle, do not hold up the end for their whole time."""
    with connected(one.port), connected(one.port) as idle:
        idle.send(ASKED % b"/v1/items/0001")
        assert idle.reply() is not None
        assert one.end() == 0


@pytest.mark.parametrize(
    ("lane", "version", "worker", "said"),
    [
        (True, None, poller.Worker, ""),
        (False, None, wire.Worker, ""),
        (True, "28.0.0", wire.Worker, "the lane is off: gunicorn 28.0.0 is not one that it knows (27.0.x)"),
        (False, "28.0.0", wire.Worker, ""),
    ],
)
def test_a_gunicorn_that_is_not_known_has_no_lane(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    lane: bool,  # noqa: FBT001  # a row of the table
    version: str | None,
    worker: type,
    said: str,
) -> None:
    """Then the plain worker serves, and the log says so in a line; who did not ask for the lane hears nothing of it."""
    if version is not None:
        monkeypatch.setattr("gunicorn.__version__", version)
    monkeypatch.setattr(logging.getLogger("bascule"), "propagate", True)
    found = Server(folder, Process(Address("127.0.0.1", 8080), lane=lane), Settings(), {})
    assert found.cfg.worker_class is worker
    assert [record.getMessage() for record in caplog.records] == ([said] if said else [])
