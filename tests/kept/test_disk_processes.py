"""Kept entries among processes: one ends, one is killed, several write at once, one is forked."""

from __future__ import annotations

import os
from contextlib import closing
from sqlite3 import connect

import pytest

from app.kept import disk_file
from app.kept.disk import Disk
from app.kept.disk_file import KeptFile
from app.kept.disk_rows import sealed
from tests.kept.disk_scene import HOUR, PATIENT, SIZE, Scene, key, outcome, scene, started, value

__all__ = ["scene"]  # a fixture

_WRITE_FOR_EVER = """
disk = Disk(Path(sys.argv[1]), SIZE)
for number in range(10**7):
    disk.put(key(number), value(number), 10**7 - number)  # the first ones last longest, however many come
    disk.flush()
    print(number, flush=True)
"""

_WRITE_AND_END = """
disk = Disk(Path(sys.argv[1]), SIZE)
for number in range(20):
    disk.put(key(number), value(number), 3600)
    disk.flush()
"""

_READ = """
disk = Disk(Path(sys.argv[1]), SIZE)
print(sum(disk.get(key(number)) == value(number) for number in range(20)))
"""

_WRITE_SOME = """
disk = Disk(Path(sys.argv[1]), SIZE, tell=print)
first = int(sys.argv[2])
for number in range(first, first + 100):
    disk.put(key(number), value(number, 3000), 3600)
    if number % 4 == 3:
        disk.flush()
wrong = [n for n in range(1100) if disk.get(key(n)) not in (None, value(n, 3000))]
kept = [n for n in range(first, first + 100) if disk.get(key(n)) == value(n, 3000)]
print(len(wrong), len(kept), disk.dropped, disk.torn)
"""

_FORK = """
import os, threading
disk = Disk(Path(sys.argv[1]), SIZE, tell=print)
disk.put(key(1), value(1), 3600)
disk.flush()
ending = threading.Event()
def read_on():
    while not ending.is_set():
        disk.get(key(1))
readers = [threading.Thread(target=read_on) for _ in range(3)]
for each in readers:
    each.start()
for number in range(2, 12):
    disk.put(key(100 + number), value(100 + number), 3600)  # waits while the process is forked: the parent writes it
    child = os.fork()
    if child == 0:
        disk.put(key(number), value(number), 3600)
        disk.flush()
        os._exit(disk.get(key(number)) != value(number) or disk.get(key(1)) != value(1))
    disk.flush()
    assert os.waitpid(child, 0)[1] == 0
ending.set()
for each in readers:
    each.join()
print(sum(disk.get(key(n)) == value(n) for n in (*range(1, 12), *range(102, 112))))
disk.close()
"""


def test_another_process_finds_what_was_put(scene: Scene) -> None:
    """A process that begins after another one has ended has all of its entries."""
    assert outcome(_WRITE_AND_END, str(scene.path)) == ""  # without `close`
    assert outcome(_READ, str(scene.path)) == "20\n"


@pytest.mark.parametrize("lines", [1, 9, 60])
def test_a_process_that_is_killed_while_it_writes(scene: Scene, lines: int) -> None:
    """After kill -9 the file is sound, what was written before is there, and others write on."""
    process = started(_WRITE_FOR_EVER, str(scene.path))
    assert process.stdout is not None
    written = [int(process.stdout.readline()) for _ in range(lines)]
    process.kill()
    process.communicate()
    assert written == list(range(lines))
    last = written[-1]
    read = f"disk = Disk(Path(sys.argv[1]), SIZE, tell=print)\nprint(disk.get(key({last})) == value({last}))\n"
    write = "disk.put(key(-1), value(-1), 10**8)\ndisk.flush()\nprint(disk.get(key(-1)) == value(-1))\n"
    assert outcome(read + write, str(scene.path)) == "True\nTrue\n"
    assert scene.integrity() == "ok"


def test_a_reader_goes_on_when_the_writer_is_killed(scene: Scene) -> None:
    """A process that has the file open does not suffer from one that is killed in the middle of it."""
    disk = Disk(scene.path, SIZE, tell=scene.told.append)
    assert disk.get(key(0)) is None
    for _ in range(3):
        process = started(_WRITE_FOR_EVER, str(scene.path))
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
        process.communicate()
        assert disk.get(key(0)) == value(0)
        disk.put(key(-1), value(-1), 10**8)
        disk.flush()
        assert disk.get(key(-1)) == value(-1)
    assert scene.told == []


def test_processes_write_at_once(scene: Scene) -> None:
    """Two processes write and read side by side: nothing wrong, nothing lost, and the bound holds for both together."""
    writers = [started(_WRITE_SOME, str(scene.path), first) for first in ("0", "1000")]
    printed = [each.communicate(timeout=4 * PATIENT)[0] for each in writers]
    for each in printed:
        wrong, kept, dropped, torn = map(int, each.split())
        assert (wrong, dropped, torn) == (0, 0, 0)
        assert kept > 10
    assert scene.integrity() == "ok"
    assert scene.taken() <= SIZE


def test_a_fork_in_the_midst_of_it(scene: Scene) -> None:
    """Parent and children go on with connections of their own, while threads of the parent read; nothing is written twice."""
    assert outcome(_FORK, str(scene.path)) == "21\n"
    assert scene.integrity() == "ok"


def test_what_cannot_be_closed_is_not_used_in_a_child(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that inherits a connection in use leaves the file alone, for it would undo its parent's locks."""
    monkeypatch.setattr(disk_file, "STILL", 0.01)
    scene.filled(1)
    file = scene.disk()._file
    assert file.read(key(1)) is not None
    opened = file._opened
    assert opened is not None
    lent = opened._take()
    file.stand_still()
    file.go_on()
    assert file.read(key(1)) is not None
    opened._give_back(lent)
    assert opened.wait(0)
    inherited = _forked_with_a_connection_lent(file)
    with pytest.raises(disk_file.Unusable, match="forked"):
        file.read(key(1))
    inherited.close()


def test_a_write_that_meets_a_fork_is_made_behind_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was closed between its opening and its use is opened anew: nothing is lost, and nobody is told of a failure."""
    file = scene.disk()._file
    assert file.read(key(1)) is None
    closed, look = file._opened, file._open
    file.close()
    met = iter([closed])
    monkeypatch.setattr(file, "_open", lambda: next(met, None) or look())
    assert file.write([sealed(key(1), scene.wall, scene.wall + HOUR, value(1))]) == 0
    row = file.read(key(1))
    assert row is not None
    assert row.value == value(1)
    file.close()


def _forked_with_a_connection_lent(file: KeptFile) -> disk_file._Opened:
    """What happens in a child, without one; gives what the child may not close."""
    opened = file._opened
    assert opened is not None
    lent = opened._take()
    file.stand_still()
    file.forked()
    opened._give_back(lent)
    return opened


def test_who_waits_for_the_check_gives_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process checks the file, reading gives nothing after a moment; it is told once, and goes on later."""
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(disk_file, "OPENING", 0.02)
    scene.filled(1)
    lock = os.open(scene.beside(".lock"), os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    disk = scene.disk()
    assert [disk.get(key(1)), disk.get(key(1))] == [None, None]
    scene.let_pass(1)
    assert disk.get(key(1)) is None
    os.close(lock)
    assert disk.get(key(1)) is None  # it is let alone for a second after a failure
    scene.let_pass(1)
    assert disk.get(key(1)) == value(1)
    assert [each.split(":")[0].split(f" {scene.path}")[0] for each in scene.told] == [
        "kept answers cannot be read from",
        "kept answers are read from",
    ]


def test_the_file_is_checked_once_for_all(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only who finds the file in nobody's use checks it: a worker that joins does not."""
    scene.filled(1)
    checked = list[str]()
    monkeypatch.setattr(disk_file, "examine", lambda _: checked.append("checked"))
    disks = [scene.disk() for _ in range(3)]
    assert [each.get(key(1)) for each in disks] == [value(1)] * 3
    assert checked == ["checked"]
    for each in disks:
        each.close()
    disks[0].get(key(1))
    assert checked == ["checked", "checked"]


def test_a_writer_elsewhere_holds_nobody_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the write lock, reading goes on with what is there; what cannot be written is told."""
    monkeypatch.setattr(disk_file, "WRITING", 0.01)
    scene.filled(1)
    disk = scene.disk()
    assert disk.get(key(1)) == value(1)
    with closing(connect(scene.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM kept")
        for number in (2, 3):
            disk.put(key(number), value(number), HOUR)
            disk.flush()
        assert [disk.get(key(each)) for each in (1, 2, 3)] == [value(1), None, None]
        other.execute("ROLLBACK")
    assert (len(scene.told), disk.dropped) == (1, 2)
    assert "locked" in scene.told[0]
    disk.put(key(4), value(4), HOUR)
    disk.flush()
    assert disk.get(key(4)) == value(4)
    assert len(scene.told) == 2


def test_a_file_that_is_locked_as_a_whole(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that another program has for itself alone is told once, and read again when it lets go."""
    monkeypatch.setattr(disk_file, "WRITING", 0.01)
    scene.filled(1)
    disk = scene.disk()
    with closing(connect(scene.path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(3):
            assert disk.get(key(1)) is None
            scene.let_pass(1)
        other.execute("ROLLBACK")
    assert disk.get(key(1)) == value(1)
    assert len(scene.told) == 2
