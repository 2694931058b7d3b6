"""A server that IBM's Db2 driver can talk to: Apache Derby behind the shim.

In charge of starting it on free ports of 127.0.0.1, of running statements on it, of killing it and starting it again, and of
stopping it. It must not know the gateway. It is no IBM i: what it lacks is told in the package's own words.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pyodbc

from tests.serving.running import free_port
from tests.standins.as400 import driver

USER: Final = "BASCULE"
PASSWORD: Final = "let-me-in"  # of a server that only this machine can reach
DATABASE: Final = "S10ABC12"

_HERE: Final = Path(__file__).parent
_ROOT: Final = _HERE.parents[2]
_JARS: Final = tuple(Path(f"/usr/share/java/{name}.jar") for name in ("derby", "derbynet", "derbytools", "derbyclient"))
_START_SECONDS: Final = 60.0
_ATTEMPTS: Final = 3  # to find two ports that stay free until they are taken
_LONG_LITERAL: Final = re.compile(r"'((?:[^']|'')*[\U00010000-\U0010ffff](?:[^']|'')*)'")
_SETTINGS: Final = {
    "derby.locks.waitTimeout": "3",
    "derby.locks.deadlockTimeout": "1",
    "derby.stream.error.file": "derby.log",
    "derby.connection.requireAuthentication": "true",
    "derby.authentication.provider": "BUILTIN",
    f"derby.user.{USER}": PASSWORD,
    "derby.storage.pageCacheSize": "200",
}


def missing() -> str:
    """What the stand-in lacks on this machine, or empty."""
    if shutil.which("java") is None:
        return "no Java: apt install default-jre-headless"
    if not all(jar.exists() for jar in _JARS):
        return "no Apache Derby: apt install libderby-java libderbyclient-java derby-tools"
    return driver.missing()


class Standin:
    """A server. `port` is where the driver finds it, from its first start on; something else may be put in between."""

    host: Final = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self.driver = driver.build(folder)
        self.port = self._derby_port = 0
        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def words(self, port: int | None = None) -> Mapping[str, str]:
        """The words of a connection string, by way of this port if one is given."""
        return {
            "DRIVER": str(self.driver),
            "DATABASE": DATABASE,
            "HOSTNAME": self.host,
            "PORT": str(port or self.port),
            "PROTOCOL": "TCPIP",
            "UID": USER,
            "PWD": PASSWORD,
            "AUTHENTICATION": "SERVER",
            "LONGDATACOMPAT": "1",
        }

    def connection_string(self, port: int | None = None) -> str:
        """The whole string."""
        return ";".join(f"{word}={_quoted(value)}" for word, value in self.words(port).items())

    def connect(self) -> pyodbc.Connection:
        """A connection that can change things."""
        connection = pyodbc.connect(self.connection_string(), autocommit=True, timeout=30)
        set_up(connection)
        return connection

    def execute(self, *statements: str) -> None:
        """Run statements, each on its own."""
        with closing(self.connect()) as connection:
            for statement in statements:
                text, values = _without_long_characters(statement)
                connection.execute(text, values).close()

    def start(self) -> None:
        """Start both processes, at the ports that they had if there were any, and return when they answer."""
        for _ in range(_ATTEMPTS - 1):
            if self.port:
                break
            try:
                self._start_at(free_port(), free_port())
            except pyodbc.Error:  # somebody else has taken one of the ports meanwhile
                self.kill()
                self.port = 0
            else:
                return
        self._start_at(self.port or free_port(), self._derby_port or free_port())

    def _start_at(self, port: int, derby_port: int) -> None:
        self.port, self._derby_port = port, derby_port
        self._run("derby", self._derby(), self._folder)
        self._run("shim", self._shim(), _ROOT)
        self._await()

    def kill(self) -> None:
        """End the server at once, as a power cut would. What was committed is there after `start`."""
        for name in list(self._processes):
            self._end(name)

    def cut(self) -> None:
        """End every connection; the server itself goes on, and answers when this returns."""
        self._end("shim")
        self._run("shim", self._shim(), _ROOT)
        self._await()

    def create(self) -> None:
        """Make the database, with the catalog views that Db2 for i has."""
        script = self._folder / "create.sql"
        url = f"jdbc:derby:{DATABASE};create=true;user={USER};password={PASSWORD}"
        script.write_text(f"connect '{url}';\n{(_HERE / 'qsys2.sql').read_text(encoding='utf-8')}", encoding="utf-8")
        done = subprocess.run(
            [*_java(), f"-Dderby.system.home={self._folder}", "org.apache.derby.tools.ij", script.name],
            cwd=self._folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "ERROR" not in done.stdout, done.stdout

    def _derby(self) -> list[str]:
        settings = [f"-D{name}={value}" for name, value in _SETTINGS.items()]
        where = ["-h", self.host, "-p", str(self._derby_port), "-noSecurityManager"]
        home = f"-Dderby.system.home={self._folder}"
        return [*_java(), home, *settings, "org.apache.derby.drda.NetworkServerControl", "start", *where]

    def _shim(self) -> list[str]:
        return [sys.executable, "-m", "tests.standins.as400.shim", str(self.port), str(self._derby_port)]

    def _run(self, name: str, command: list[str], folder: Path) -> None:
        with (self._folder / "out").open("ab") as out:
            self._processes[name] = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)

    def _end(self, name: str) -> None:
        process = self._processes.pop(name)
        process.kill()
        process.wait()

    def _await(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.connect().close()
            except pyodbc.Error:
                ended = any(process.poll() is not None for process in self._processes.values())
                if ended or time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                return


@contextmanager
def started() -> Iterator[Standin]:
    """A server with an empty database for the length of a block; `missing()` says whether there can be one."""
    with TemporaryDirectory(prefix="bascule-as400-") as folder:
        standin = Standin(Path(folder))
        standin.create()
        try:
            standin.start()
            yield standin
        finally:
            standin.kill()


def set_up(connection: pyodbc.Connection) -> None:
    """What a connection needs before its first parameter: Derby cannot read the UTF-16 that the driver sends otherwise."""
    connection.setencoding("utf-8", ctype=pyodbc.SQL_CHAR)


def _without_long_characters(statement: str) -> tuple[str, list[str]]:
    """A statement whose literals with characters of four bytes are bound: Derby misreads those in a statement's text."""
    values = [found[1].replace("''", "'") for found in _LONG_LITERAL.finditer(statement)]
    return _LONG_LITERAL.sub("?", statement), values


def _java() -> list[str]:
    options = ["-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx256m"]
    return ["java", *options, "-cp", os.pathsep.join(map(str, _JARS))]


def _quoted(value: str) -> str:
    return "{" + value.replace("}", "}}") + "}" if set(value) & set(";{} ") else value
