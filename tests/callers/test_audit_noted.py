"""Events that are written soon: together, in order, and none of them lost unless the process is."""

from __future__ import annotations

import os
import resource
import threading
from pathlib import Path

import pytest

from app.callers import audit as audits
from app.callers.audit import AuditFailed, Event
from tests.adapters.guard.fakes import PATIENCE, Child, eventually
from tests.callers.audited import PLAIN, audit, faults, written


def _as_it_is(event: Event) -> Event:
    return event


def test_what_is_noted_is_written_without_anybody_asking(tmp_path: Path) -> None:
    """A thread of its own does it."""
    log = audit(tmp_path / "audit.jsonl")
    for number in range(5):
        log.note(_as_it_is, PLAIN._replace(request_id=f"r{number}"))
    eventually(lambda: (tmp_path / "audit.jsonl").exists() and len(written(tmp_path / "audit.jsonl")) == 5)
    assert [each["request_id"] for each in written(tmp_path / "audit.jsonl")] == [f"r{number}" for number in range(5)]
    assert faults(tmp_path / "audit.jsonl") == []
    log.close()


def test_what_must_be_written_comes_behind_what_was_noted(tmp_path: Path) -> None:
    """Both stand in the file when `write` returns, in the order in which they came."""
    log = audit(tmp_path / "audit.jsonl")
    log.note(_as_it_is, PLAIN._replace(request_id="first"))
    log.write(PLAIN._replace(request_id="second"))
    assert [each["request_id"] for each in written(tmp_path / "audit.jsonl")] == ["first", "second"]
    log.close()


def test_closing_writes_what_is_pending(tmp_path: Path) -> None:
    """A worker that ends takes nothing along."""
    log = audit(tmp_path / "audit.jsonl")
    for _ in range(1000):
        log.note(_as_it_is, PLAIN)
    log.close()
    assert len(written(tmp_path / "audit.jsonl")) == 1000
    assert faults(tmp_path / "audit.jsonl") == []


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    """Each notes its own, in its own order."""
    log = audit(tmp_path / "audit.jsonl")

    def note(name: str) -> None:
        for number in range(300):
            log.note(_as_it_is, PLAIN._replace(caller=name, rows=number))

    crowd = [threading.Thread(target=note, args=(f"key:{index}",)) for index in range(6)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    log.close()
    events = written(tmp_path / "audit.jsonl")
    for index in range(6):
        assert [each["rows"] for each in events if each["caller"] == f"key:{index}"] == list(range(300))
    assert faults(tmp_path / "audit.jsonl") == []


def test_a_crowd_that_is_faster_than_the_file_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is pending is bounded."""
    monkeypatch.setattr(audits, "MOST_PENDING", 50)
    monkeypatch.setattr(audits, "SOON", 60.0)
    log = audit(tmp_path / "audit.jsonl")
    for _ in range(120):
        log.note(_as_it_is, PLAIN)
        assert len(log._pending) <= 50
    assert len(written(tmp_path / "audit.jsonl")) >= 70
    log.close()


def test_a_child_has_a_writer_of_its_own(tmp_path: Path) -> None:
    """What its parent has pending is the parent's."""
    log = audit(tmp_path / "audit.jsonl")
    log.note(_as_it_is, PLAIN._replace(request_id="parent"))

    def work() -> None:
        log.note(_as_it_is, PLAIN._replace(request_id="child"))
        log.close()

    assert Child(work).good()
    log.close()
    assert sorted(each["request_id"] for each in written(tmp_path / "audit.jsonl")) == ["child", "parent"]


def test_a_file_that_is_full_keeps_its_chain(tmp_path: Path) -> None:
    """Of a batch that was cut, the lines that arrived are in the record, the others are counted; the chain goes on behind them."""
    path = tmp_path / "audit.jsonl"

    def work() -> None:
        log = audit(path, told=[])
        log.write(PLAIN)
        size = path.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (5 * size, resource.RLIM_INFINITY))
        for _ in range(9):
            log.note(_as_it_is, PLAIN)
        log.flush()
        assert 0 < log.lost < 9, log.lost
        with pytest.raises(AuditFailed):
            log.write(PLAIN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        log.write(PLAIN)
        log.close()
        os._exit(
            0 if len([line for line in path.read_bytes().splitlines() if line.endswith(b'"}')]) >= 11 - log.lost else 1
        )

    assert Child(work).good()
    assert [each for each in faults(path) if "torn" not in str(each)] == []


def test_one_that_cannot_be_made_hurts_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is told of, as a defect is."""
    log = audit(tmp_path / "audit.jsonl")
    log.note(_as_it_is, PLAIN)
    log.note(PLAIN._replace, "no keyword")
    log.note(_as_it_is, PLAIN)
    log.close()
    assert len(written(tmp_path / "audit.jsonl")) == 2
    assert "could not be made" in caplog.text


def test_one_that_comes_while_the_writer_goes_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who notes something between the writer's last look and its end has it written all the same."""
    monkeypatch.setattr(audits, "REST", 0.01)
    monkeypatch.setattr(audits, "SOON", 0.0)
    log = audit(tmp_path / "audit.jsonl")

    class Late(threading.Event):
        """Has an event noted just after the writer has found that there is none."""

        noted = False

        def is_set(self) -> bool:
            found = super().is_set()
            if not found and not self.noted and threading.current_thread().name == "bascule-audit":
                self.noted = True
                threading.Thread(target=log.note, args=(_as_it_is, PLAIN)).start()
                assert self.wait(PATIENCE)
            return found

    log._wanted = Late()
    log.note(_as_it_is, PLAIN)
    eventually(lambda: (tmp_path / "audit.jsonl").exists() and len(written(tmp_path / "audit.jsonl")) == 2)
    log.close()
