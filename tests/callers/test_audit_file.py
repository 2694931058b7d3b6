"""The file of an audit: whole lines among processes, rotation without loss, and what a full disk leaves behind."""

from __future__ import annotations

import fcntl
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path

import orjson
import pytest

from app.callers import audit_file
from app.callers.audit import AuditFailed, AuditLog
from app.callers.audit_file import Stream, rotated
from app.callers.audit_search import lines
from tests.adapters.guard.fakes import Child, Flag
from tests.callers.audited import PLAIN, audit, faults, rows, written

HOUR = 3600.0
NOBODY = 65_534
ROOM_FOR_FIVE = 2500  # bytes: an event has some 450


def _write(log: AuditLog, times: int) -> None:
    for number in range(times):
        log.write(PLAIN._replace(rows=number))


def test_processes_rotate_without_losing_or_tearing_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four processes at once and dozens of rotations: each line is whole and there once, those of a process in order.

    In one round there are enough, unless a process stands still while it has the lock: then the others fill one file.
    """
    monkeypatch.setattr(audit_file, "GRACE", HOUR)
    path, start, rounds = tmp_path / "audit.jsonl", Flag(), 0
    log = audit(path, 16_000, 2)

    def write() -> None:
        start.hear()
        _write(log, 1000)

    while len(rotated(path)) <= 24:  # a process counts its own lines: with four, a file has four times its size at most
        rounds += 1
        assert rounds < 10
        children = [Child(write) for _ in range(4)]
        for _ in children:
            start.say()
        assert {child.good() for child in children} == {True}
    found: dict[str, list[int]] = {}
    for event in written(path):
        found.setdefault(event["process"], []).append(event["number"])
    assert list(found.values()) == [list(range(1, 1001))] * 4 * rounds
    assert faults(path) == []


def test_a_file_holds_what_it_may(tmp_path: Path) -> None:
    """No file is larger than the size at which it rotates, unless a single line is; readers need to be its owner."""
    path = tmp_path / "a"
    _write(audit(path, ROOM_FOR_FIVE), 30)
    files = [path, *(each for _, each in rotated(path))]
    assert len(files) > 5
    assert max(each.stat().st_size for each in files) <= ROOM_FOR_FIVE
    assert {stat.S_IMODE(each.stat().st_mode) for each in [*files, tmp_path / "a.lock"]} == {0o600}
    _write(audit(tmp_path / "small", 10), 3)
    assert len(written(tmp_path / "small")) == 3
    assert len(rotated(tmp_path / "small")) == 2


def test_old_files_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as asked for are kept, the newest; numbers go on, and no other file of the folder is touched."""
    monkeypatch.setattr(audit_file, "GRACE", -1)
    (tmp_path / "a.000001.gz").touch()
    (tmp_path / "ab.000001").touch()
    _write(audit(tmp_path / "a", ROOM_FOR_FIVE, 2), 40)
    numbers = [number for number, _ in rotated(tmp_path / "a")]
    assert len(numbers) == 2
    assert numbers[0] + 1 == numbers[1] > 5
    assert (tmp_path / "a.000001.gz").exists()
    assert (tmp_path / "ab.000001").exists()


def test_a_file_that_others_may_write_to_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files renamed within the last seconds stay, however many they are."""
    monkeypatch.setattr(audit_file, "GRACE", HOUR)
    _write(audit(tmp_path / "a", ROOM_FOR_FIVE, 1), 40)
    assert len(written(tmp_path / "a")) == 40


@pytest.mark.parametrize("deleted", [False, True])
def test_a_file_that_somebody_else_moved_is_noticed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    deleted: bool,  # noqa: FBT001  # a table's column
) -> None:
    """After a log rotation from outside, or a deletion, the next look goes on with a new file."""
    monkeypatch.setattr(audit_file, "LOOK", 0.0)
    path = tmp_path / "a"
    log = audit(path)
    _write(log, 1)
    path.unlink() if deleted else path.rename(tmp_path / "b")
    _write(log, 1)
    assert [event["number"] for event in written(path)] == [2]


def test_a_line_into_a_deleted_file_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was stopped between its look and its line, until its file was gone, does not lose the line."""
    path = tmp_path / "a"
    log = audit(path)
    _write(log, 1)
    path.unlink()
    before_and_after_the_line = chain([0.0], repeat(1e12))
    monkeypatch.setattr(audit_file, "monotonic", lambda: next(before_and_after_the_line))
    _write(log, 1)
    assert [event["number"] for event in written(path)] == [2]


def test_who_finds_the_lock_taken_goes_on(tmp_path: Path) -> None:
    """While another process rotates, lines are written to the full file; nobody waits."""
    path, lock = tmp_path / "a", os.open(tmp_path / "a.lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    log = audit(path, ROOM_FOR_FIVE)
    _write(log, 10)
    assert (len(rows(path)), rotated(path)) == (10, [])
    os.close(lock)
    _write(log, 2)
    assert len(rotated(path)) == 1


def test_who_comes_second_does_not_rotate_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that another process renamed just before the lock was had is left alone, and so is the new one."""
    path, alone = tmp_path / "a", audit_file._alone
    first, second = audit(path, ROOM_FOR_FIVE), audit(path, ROOM_FOR_FIVE)
    _write(first, 4)
    _write(second, 1)

    @contextmanager
    def beaten(lock: Path) -> Iterator[bool]:
        monkeypatch.setattr(audit_file, "_alone", alone)
        _write(first, 2)
        assert len(rotated(path)) == 1
        with alone(lock) as free:
            yield free

    monkeypatch.setattr(audit_file, "_alone", beaten)
    _write(second, 1)
    assert len(rotated(path)) == 1
    assert len(written(path)) == 8
    assert faults(path) == []


def test_a_file_that_cannot_be_renamed_grows(tmp_path: Path) -> None:
    """The operator hears of it, not at each line, and no line is lost."""
    told: list[str] = []
    (tmp_path / "a.lock").mkdir()
    _write(audit(tmp_path / "a", 8000, told=told), 60)
    assert len(written(tmp_path / "a")) == 60
    assert 0 < len(told) < 30  # about every second one of more than forty lines beyond the size
    assert "was not renamed" in told[0]


def test_an_old_file_that_cannot_be_deleted_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under its own name, and the others are deleted; one that somebody else has deleted is not worth a word."""
    told: list[str] = []
    monkeypatch.setattr(audit_file, "GRACE", -1.0)
    (tmp_path / "a.000001").mkdir()
    (tmp_path / "a.000002").symlink_to(tmp_path / "gone")
    (tmp_path / "a.000003").touch()
    log = audit(tmp_path / "a", 500, files=1, told=told)
    _write(log, 2)
    assert [number for number, _ in rotated(tmp_path / "a")] == [1, 2, 4]
    assert [each.partition(":")[0] for each in told] == ["an old audit file was not deleted"]
    assert "a.000001" in told[0]


def test_a_full_disk_fails_events_and_spoils_none(tmp_path: Path) -> None:
    """A short write is a failure; what it left behind swallows neither this process's next line nor another's."""
    path = tmp_path / "a"
    log = audit(path, told=[])

    def fill() -> bool:
        _write(log, 2)
        resource.setrlimit(
            resource.RLIMIT_FSIZE, (path.stat().st_size + 100, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
        )
        for _ in range(2):  # the first has room for a piece, the second for nothing
            with pytest.raises(AuditFailed):
                log.write(PLAIN)
        return log.lost == 2

    def fill_and_go_on() -> bool:
        good = fill()
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.getrlimit(resource.RLIMIT_FSIZE)[1],) * 2)
        _write(log, 1)
        return good

    assert Child(fill).good()
    _write(log, 1)
    assert Child(fill_and_go_on).good()
    torn = [line.torn for line in lines(path)]
    assert torn == [False, False, True, False, False, True, False]
    assert [line.event["number"] for line in lines(path) if line.event] == [1, 2, 1, 1, 2, 3]
    assert faults(path) == []


def test_a_folder_without_permission_fails_events(tmp_path: Path) -> None:
    """A worker that may not write there says so."""
    folder = tmp_path / "closed"
    folder.mkdir(0o500)
    log = audit(folder / "a", told=[])

    def write() -> None:
        if os.getuid() == 0:
            os.setuid(NOBODY)
        with pytest.raises(AuditFailed, match="Permission denied"):
            log.write(PLAIN)

    assert Child(write).good()


def test_a_pipe_that_nobody_reads_fails_events(tmp_path: Path) -> None:
    """It does not hold the request; with a reader it takes lines, and never rotates."""
    os.mkfifo(tmp_path / "a")
    log = audit(tmp_path / "a", 10, told=[])
    with pytest.raises(AuditFailed, match="No such device"):
        log.write(PLAIN)
    reader = os.open(tmp_path / "a", os.O_RDONLY | os.O_NONBLOCK)
    _write(log, 2)
    assert len(os.read(reader, 65_536).splitlines()) == 2
    assert rotated(tmp_path / "a") == []
    os.close(reader)


def test_long_lines_keep_apart_in_a_shared_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of several times PIPE_BUF, from three processes, arrive whole."""
    monkeypatch.setattr(audit_file, "HOLD", HOUR)
    readable, writable = os.pipe()
    stream = Stream(writable)

    def write() -> None:
        os.close(readable)  # so that it ends when the test does
        for number in range(40):
            stream.write(orjson.dumps([os.getpid(), number, "x" * 12_000]) + b"\n")

    children = [Child(write) for _ in range(3)]
    os.close(writable)
    with os.fdopen(readable, "rb") as file:
        found = [orjson.loads(line) for line in file]
    assert {child.good() for child in children} == {True}
    assert len(found) == 120
    assert {len(text) for _, _, text in found} == {12_000}
