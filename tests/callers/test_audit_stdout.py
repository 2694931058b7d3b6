"""Standard output as an audit: nobody waits long for a reader that has stopped, and what it missed is counted."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.callers import audit as audits
from app.callers import audit_file
from app.callers.audit import AuditFailed, AuditLog
from app.callers.audit_file import ShortWrite, Stream
from tests.adapters.guard.fakes import Child, Flag
from tests.callers.audited import PLAIN, SECRET, faults, rows

FOR_EVER = 1e5  # seconds
LONG = PLAIN._replace(name="x" * 10_000)  # several times PIPE_BUF: a full pipe cuts it


@dataclass
class Pipe:
    """Standard output that is read on command."""

    readable: int
    writable: int

    def drain(self) -> bytes:
        """All that stands in it."""
        found = b""
        while True:
            try:
                found += os.read(self.readable, 1 << 20)
            except BlockingIOError:
                return found


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    """A pipe in place of standard output; a line waits a hundredth of a second."""
    made = Pipe(*os.pipe())
    os.set_blocking(made.readable, False)
    monkeypatch.setattr(audits, "_STDOUT", made.writable)
    monkeypatch.setattr(audit_file, "HOLD", 0.01)
    yield made
    os.close(made.readable)
    os.close(made.writable)


def stopped(log: AuditLog) -> None:
    """Write until there is no more room."""
    for _ in range(1000):
        try:
            log.write(LONG)
        except AuditFailed:
            return
    pytest.fail("the pipe never filled")


def test_who_must_be_written_down_fails_where_nobody_reads(pipe: Pipe, tmp_path: Path) -> None:
    """It is refused, told once, and goes on when somebody reads again: whole lines, one chain, a torn piece on a row of its own."""
    told: list[str] = []
    log = AuditLog("", 0, 1, stdout=True, secret=SECRET, tell=told.append)
    stopped(log)
    for _ in range(3):
        with pytest.raises(AuditFailed, match="0 of"):
            log.write(PLAIN)
    assert (len(told), log.lost) == (1, 4)
    (tmp_path / "out").write_bytes(pipe.drain())
    log.write(PLAIN)
    log.write(PLAIN)
    (tmp_path / "out").write_bytes((tmp_path / "out").read_bytes() + pipe.drain())
    assert told[1:] == ["the audit is written to standard output again; 4 events are not in it"]
    torn = [row for row in rows(tmp_path / "out") if not row.endswith(b'"}')]
    assert len(torn) == 1
    assert faults(tmp_path / "out") == []


def test_only_the_first_one_waits(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nobody reads, each further event is refused at once: a crowd does not wait one after the other."""
    log = AuditLog("", 0, 1, stdout=True, tell=lambda _: None)
    stopped(log)
    monkeypatch.setattr(audit_file, "HOLD", FOR_EVER)
    with pytest.raises(AuditFailed):
        log.write(PLAIN)
    pipe.drain()
    log.write(PLAIN)


def test_a_reader_that_is_slow_is_waited_for(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that is longer than the pipe arrives whole where somebody reads, also just after nobody did."""
    log = AuditLog("", 0, 1, stdout=True, tell=lambda _: None)
    stopped(log)
    pipe.drain()
    monkeypatch.setattr(audit_file, "HOLD", FOR_EVER)
    os.set_blocking(pipe.readable, True)
    wanted, found = 300_000, b""

    def write() -> None:
        log.write(PLAIN._replace(name="y" * wanted))

    writer = threading.Thread(target=write)
    writer.start()
    while found.count(b"y") < wanted:
        found += os.read(pipe.readable, 4096)
    writer.join()
    assert log.lost == 1


def test_a_copy_that_nobody_reads_holds_nobody(pipe: Pipe, tmp_path: Path) -> None:
    """The record has every event and no request fails; what the copy lacks is told once."""
    told: list[str] = []
    log = AuditLog(str(tmp_path / "a"), 0, 1, stdout=True, secret=SECRET, tell=told.append)
    for _ in range(40):
        log.write(LONG)
    assert len(rows(tmp_path / "a")) == 40
    assert faults(tmp_path / "a") == []
    assert (len(told), log.lost) == (1, 0)
    assert len(pipe.drain()) < (tmp_path / "a").stat().st_size


def test_a_piece_that_another_process_left_is_ended(pipe: Pipe) -> None:
    """Whoever writes next begins a new row, whichever process was cut."""
    stream = Stream(pipe.writable)

    def fill() -> None:
        with pytest.raises(ShortWrite):
            stream.write(b"x" * 1_000_000 + b"\n")

    assert Child(fill).good()
    pipe.drain()
    stream.write(b"whole\n")
    stream.write(b"next\n")
    assert pipe.drain() == b"\nwhole\nnext\n"


def test_a_process_that_does_not_let_go_is_not_waited_for(pipe: Pipe) -> None:
    """One that was stopped amid a line costs the others that line's place, and no request."""
    stream, held, done = Stream(pipe.writable), Flag(), Flag()

    def hold() -> None:
        fcntl.lockf(stream._lock, fcntl.LOCK_EX)
        held.say()
        done.hear()

    child = Child(hold)
    held.hear()
    with pytest.raises(TimeoutError) as failure:
        stream.write(b"line\n")
    assert failure.value.errno == errno.ETIMEDOUT
    done.say()
    assert child.good()
    stream.write(b"line\n")
    assert pipe.drain() == b"line\n"
