"""A Redis server of the tests' own: found, started on a free port, killed where a test asks for it.

Debian's package is `redis-server`. Without it the tests that need it are skipped, or fail where BASCULE_TEST_REQUIRE is `all`.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.state import redis_client
from tests.serving.running import free_port

_START_SECONDS = 60.0


def required_program() -> str:
    """Where the server is; without it the test is skipped, or fails where nothing may be skipped."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
            pytest.fail("no Redis server can be had: apt-get install redis-server")
        pytest.skip("no Redis server: apt-get install redis-server")
    return found


class Server:
    """A server that keeps nothing, on a port that stays its own."""

    def __init__(self, program: str, folder: Path, password: str = "") -> None:
        self.port = free_port()
        self.url = f"redis://:{password}@127.0.0.1:{self.port}/1" if password else f"redis://127.0.0.1:{self.port}/0"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._command += ["--requirepass", password] if password else []
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT, cwd=self._folder)
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), _START_SECONDS).close()
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stall(self) -> None:
        """Let it take connections and say nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)  # until it has

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


@pytest.fixture
def redis() -> Iterator[Server]:
    """A running server, empty."""
    program = required_program()
    with tempfile.TemporaryDirectory(prefix="bascule-redis-") as folder:
        server = Server(program, Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.kill()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are awaited for longer: a machine that is busy with other tests may take its time."""
    monkeypatch.setattr(redis_client, "ANSWER_SECONDS", 30.0)
    monkeypatch.setattr(redis_client, "LONGEST_SECONDS", 60.0)
    monkeypatch.setattr(redis_client, "CONNECT_SECONDS", 30.0)
