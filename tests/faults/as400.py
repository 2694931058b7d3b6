"""The stand-in for an AS/400 as a plant: Apache Derby, IBM's driver on the other side of the proxy.

In charge of what the suite needs of it. Derby has no function that waits, so it is given one: a class of a few bytes, in a jar
that is stored in the database. It is one process, so that a session cannot be killed alone.
"""

from __future__ import annotations

import os
import struct
import subprocess
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from tests.faults.plants import BINS, NAP, PARTS, Plant, name_of
from tests.standins import serve
from tests.standins.as400.server import DATABASE, PASSWORD, USER, Standin, _java, missing

_ESTABLISHED: Final = "01"  # the state of a connection in /proc/net/tcp
_NAPPING: Final = (
    "SELECT COUNT(*) FROM SYSCS_DIAG.TRANSACTION_TABLE"
    " WHERE SQL_TEXT LIKE '%NAP(PTNO%' AND SQL_TEXT NOT LIKE '%TRANSACTION_TABLE%'"
)
_FUNCTION: Final = "PARAMETER STYLE JAVA LANGUAGE JAVA NO SQL EXTERNAL NAME 'Nap.nap'"


class As400(Plant):
    """Derby behind the shim that makes it understand IBM's driver."""

    kind = "as400"
    cancels_gently = False  # Derby cannot interrupt over DRDA, so IBM's driver ends the session: 40003, SQL30081N

    def __init__(self, folder: Path) -> None:
        self._out = folder / "out"
        (folder / "derby.properties").write_text("derby.drda.logConnections=true\n", encoding="ascii")
        self._standin = Standin(folder)
        self._standin.create()
        write_jar(folder / "nap.jar")
        _run(folder, _statements(folder / "nap.jar"))
        self._runs = False
        self.start()
        self.port = self._standin.port

    def source(self, port: int) -> str:  # noqa: ARG002  # the connection string has it
        return 'kind: as400-standin, connection: "${STANDIN}"'

    def environment(self, port: int) -> Mapping[str, str]:
        path = serve.environment()["PYTHONPATH"]
        return {"STANDIN": self._standin.connection_string(port), "PYTHONPATH": path}

    def naps(self, seconds: float = NAP) -> str:
        return f"SELECT PTNO, PTNAME, PTBIN FROM PART WHERE NAP(PTNO, {seconds * 1000:.0f}) > 0"

    def start(self) -> None:
        if not self._runs:
            self._standin.start()
            self._runs = True

    def stop(self) -> None:
        self.kill()

    def kill(self) -> None:
        if self._runs:
            self._standin.kill()
            self._runs = False

    def await_up(self) -> None:
        self.start()

    def napping(self) -> int:
        with closing(self._standin.connect()) as connection:
            return int(connection.execute(_NAPPING).fetchone()[0])

    def sessions(self) -> int:
        """As the system counts the connections at the server's port; whoever asks has closed its own by then."""
        lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        ends = [(fields[1], fields[3]) for fields in map(str.split, lines)]
        return sum(local.endswith(f":{self.port:04X}") and state == _ESTABLISHED for local, state in ends)

    def logins(self) -> int:
        """All that were ever opened, by the suite itself too."""
        return self._out.read_text(encoding="utf-8", errors="replace").count("Connection number:")


def _statements(jar: Path) -> Iterator[str]:
    yield "CREATE TABLE PART (PTNO INTEGER NOT NULL PRIMARY KEY, PTNAME VARCHAR(40) NOT NULL, PTBIN INTEGER NOT NULL)"
    yield "CREATE INDEX PARTBIN ON PART (PTBIN, PTNO)"
    for number in range(1, PARTS + 1):
        yield f"INSERT INTO PART VALUES ({number}, '{name_of(number)}', {number % BINS})"
    yield f"CALL SQLJ.INSTALL_JAR('{jar}', 'NAPS', 0)"
    yield f"CALL SYSCS_UTIL.SYSCS_SET_DATABASE_PROPERTY('derby.database.classpath', '{USER}.NAPS')"
    yield "CREATE FUNCTION NAP (PART INTEGER, MILLISECONDS INTEGER) RETURNS INTEGER " + _FUNCTION


def _run(folder: Path, statements: Iterable[str]) -> None:
    """Run statements in Derby's own shell while no server runs: IBM's driver cannot call its procedures."""
    script = folder / "plant.sql"
    url = f"jdbc:derby:{DATABASE};user={USER};password={PASSWORD}"
    script.write_text("".join(f"{each};\n" for each in (f"connect '{url}'", *statements)), encoding="utf-8")
    done = subprocess.run(
        [*_java(), f"-Dderby.system.home={folder}", "org.apache.derby.tools.ij", script.name],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "ERROR" not in done.stdout, done.stdout


@contextmanager
def as400() -> Iterator[As400]:
    """A stand-in of one's own for the length of a block; without what it takes, a test is skipped or fails."""
    if lack := missing():
        (pytest.fail if os.environ.get("BASCULE_TEST_REQUIRE") == "all" else pytest.skip)(f"no AS/400 stand-in: {lack}")
    with TemporaryDirectory(prefix="bascule-faults-") as folder:
        plant = As400(Path(folder))
        try:
            yield plant
        finally:
            plant.stop()


def write_jar(path: Path) -> None:
    """A jar with the class `Nap`, whose `static int nap(int part, int milliseconds)` sleeps and gives the part back."""
    with zipfile.ZipFile(path, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n\n")
        jar.writestr("Nap.class", _nap_class())


def _nap_class() -> bytes:
    """The class as a compiler writes it: The Java Virtual Machine Specification, chapter 4, version 52 (Java 8)."""
    names = ("Nap", "java/lang/Object", "java/lang/Thread", "nap", "(II)I", "Code", "sleep", "(J)V")
    texts = b"".join(struct.pack(">BH", 1, len(name)) + name.encode("ascii") for name in names)  # entries 1 to 8
    classes = b"".join(struct.pack(">BH", 7, name) for name in (1, 2, 3))  # 9 to 11
    method = struct.pack(">BHH", 12, 7, 8) + struct.pack(">BHH", 10, 11, 12)  # 12: sleep(J)V, 13: Thread.sleep(J)V
    constants = struct.pack(">H", 14) + texts + classes + method
    code = bytes((0x1B, 0x85, 0xB8, 0, 13, 0x1A, 0xAC))  # iload_1, i2l, invokestatic 13, iload_0, ireturn
    body = struct.pack(">HHI", 2, 2, len(code)) + code + struct.pack(">HH", 0, 0)  # 2 stack slots, 2 locals
    public_static = struct.pack(">HHHH", 0x0009, 4, 5, 1) + struct.pack(">HI", 6, len(body)) + body
    head = struct.pack(">IHH", 0xCAFEBABE, 0, 52) + constants
    return head + struct.pack(">HHHHHH", 0x0021, 9, 10, 0, 0, 1) + public_static + struct.pack(">H", 0)
