"""What the tests of the disk share: keys, a clock that is set by hand, and scripts that run in processes of their own."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import connect
from types import ModuleType

import pytest

from app.kept import disk, disk_file
from app.kept.disk import Disk
from tests.house.source import ROOT

SIZE = 1 << 20  # bytes; the least that a file may be bounded to
HOUR = 3600.0
PATIENT = 60.0  # seconds after which what must come fails its test
WAITS = ((disk, "FLUSH"), (disk_file, "OPENING"), (disk_file, "READING"), (disk_file, "WRITING"), (disk_file, "STILL"))


def key(number: int) -> bytes:
    """A digest, as all keys are."""
    return hashlib.blake2b(str(number).encode(), digest_size=16).digest()


def value(number: int, size: int = 10_000) -> bytes:
    """Bytes that nobody else has."""
    return (f"{number}:" * size).encode()[:size]


@dataclass
class Scene:
    """A folder, the clocks, and what was told."""

    path: Path
    wall: float = 1_700_000_000.0
    steady: float = 500.0
    told: list[str] = field(default_factory=list)

    def disk(self, size: int = SIZE) -> Disk:
        """A disk with these clocks."""
        return Disk(self.path, size, lambda: self.wall, lambda: self.steady, self.told.append)

    def let_pass(self, seconds: float) -> None:
        """Both clocks go on."""
        self.wall += seconds
        self.steady += seconds

    def beside(self, suffix: str) -> Path:
        """A file of the same name with an ending of its own."""
        return self.path.with_name(self.path.name + suffix)

    def taken(self) -> int:
        """The bytes of the file and its log."""
        return sum(each.stat().st_size for each in (self.path, self.beside("-wal")) if each.exists())

    def filled(self, *numbers: int) -> None:
        """Entries of 10 KB for an hour, and nobody has the file open."""
        disk = self.disk()
        for each in numbers:
            disk.put(key(each), value(each), HOUR)
            disk.flush()  # one by one: no more than an eighth of the bound may wait
        disk.close()

    def count(self) -> int:
        """How many rows stand in the file."""
        with closing(connect(self.path)) as connection:
            return int(connection.execute("SELECT count(*) FROM kept").fetchone()[0])

    def integrity(self) -> str:
        """What SQLite says of the file as a whole."""
        with closing(connect(self.path)) as connection:
            return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """An empty folder of the test's own."""
    return Scene(tmp_path / "kept.db")


def be_patient(put: Callable[[ModuleType, str, object], None] = setattr) -> None:
    """Nothing is given up because somebody else has not had the processor."""
    for module, name in WAITS:
        put(module, name, PATIENT)


def started(script: str, *arguments: str) -> subprocess.Popen[str]:
    """A process that runs a script, which sees `sys`, `Path`, `Disk`, `key` and `value`."""
    return subprocess.Popen(
        [sys.executable, "-c", _PREAMBLE + script, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def outcome(script: str, *arguments: str) -> str:
    """What a script prints; it has to end well."""
    process = started(script, *arguments)
    printed, _ = process.communicate(timeout=4 * PATIENT)
    assert process.returncode == 0
    return printed


_PREAMBLE = """
import sys
from pathlib import Path
from app.kept import disk, disk_file
from app.kept.disk import Disk
from tests.kept.disk_scene import SIZE, be_patient, key, value
be_patient()
"""
