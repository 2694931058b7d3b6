"""SIGTERM: what has begun is answered, then nothing is left."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

from tests import shop
from tests.security.raw import connected
from tests.serving.conftest import Start
from tests.serving.running import PATIENCE, ROOT, Running, command, environment, free_port

STEPS = 200_000
SECONDS = 2.0
ASKED = b"GET %s HTTP/1.1\r\nHost: shop.example\r\n\r\n"


def test_a_request_that_has_begun_is_answered(start: Start, folder: Path) -> None:
    """A request of some seconds is answered with 200 after SIGTERM; then the gateway ends with 0."""
    shop.add_slow_resource(folder, steps_of(SECONDS))
    running = start()
    with connected(running.port) as connection:
        connection.send(ASKED % b"/v1/slow")
        running.wait(lambda: _reads(running, folder / "shop.db"), "the source is asked")
        running.signal(signal.SIGTERM)
        reply = connection.reply()
    assert reply is not None, running.log()
    assert reply.status == 200
    assert running.end() == 0
    assert running.status("/livez") == 0


def _reads(running: Running, database: Path) -> bool:
    """Whether a worker has opened the database, which it does at its first request."""
    opened = [each for pid in running.workers() for each in Path(f"/proc/{pid}/fd").iterdir()]
    return any(each.resolve() == database.resolve() for each in opened)


def test_who_comes_too_late_is_told_at_once(start: Start, folder: Path) -> None:
    """While the last answer is taken nobody can connect any more: who could would wait for its end, and be reset then."""
    shop.add_long_items(folder)
    running = start("--workers", "2")
    with connected(running.port, window=4_096) as connection:
        connection.send(ASKED % shop.LONG.encode())
        connection.wire.recv(1, socket.MSG_PEEK)
        running.signal(signal.SIGTERM)
        running.wait(lambda: not _connects(running.port), "nobody listens any more")
        reply = connection.reply()
    assert reply is not None, running.log()
    assert len(json.loads(reply.body)["data"]) == shop.LONG_ITEMS


def _connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return False
    return True


def test_nothing_is_left(start: Start) -> None:
    """After SIGTERM no worker runs."""
    running = start("--workers", "2")
    running.wait(lambda: len(running.workers()) == 2, "both workers run")
    workers = running.workers()
    assert running.end() == 0
    assert [pid for pid in workers if Path(f"/proc/{pid}").exists()] == [], running.log()


def test_a_worker_that_has_just_begun_hears_that_it_is_over(folder: Path, tmp_path: Path) -> None:
    """A signal that comes before the worker has its handlers is not lost: it ends by itself, and is not killed half a minute later."""
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command(folder, "--bind", f"127.0.0.1:{free_port()}"),
            cwd=ROOT,
            env=environment(),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    running = Running(process, 0, log)
    try:
        while not (workers := running.workers()):
            assert process.poll() is None, running.log()
            time.sleep(0.0005)
        running.halt(workers[0])
        running.signal(signal.SIGTERM)
        running.wait(lambda: "Handling signal: term" in running.log(), "the parent was told")
        os.kill(workers[0], signal.SIGCONT)
        assert running.end() == 0
    finally:
        running.end()
    assert f"Worker exiting (pid: {workers[0]})" in running.log()
    assert "Traceback" not in running.log()


def steps_of(seconds: float) -> int:
    """To what SQLite counts on this machine in about `seconds`."""
    connection = sqlite3.connect(":memory:")
    try:
        started = time.perf_counter()
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT MAX(i) FROM n", [STEPS]
        ).fetchall()
        return int(STEPS * seconds / (time.perf_counter() - started))
    finally:
        connection.close()
