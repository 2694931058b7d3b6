"""Notes of sources: what is noted, how soon it is written, what is never written."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.metrics import history_sources
from app.metrics.history_sources import LONGEST_TEXT, SourceNotes
from app.observations import Observation, SourceChanged, SourceFailed
from app.state import ChangeNote, FailureNote, State, StateError
from tests.adapters.guard.fakes import Child, eventually
from tests.metrics.history_scene import NOON, served
from tests.patient import FILE


@dataclass
class Board:
    """What was written, and in how many writes. `broken`: it cannot be written."""

    now: float = NOON
    broken: bool = False
    failures: list[FailureNote] = field(default_factory=list)
    changes: list[ChangeNote] = field(default_factory=list)
    writes: int = 0

    def notes(self) -> SourceNotes:
        """Notes that are written here."""
        return SourceNotes(self.write, lambda: self.now)

    def write(self, failures: Iterable[FailureNote], changes: Iterable[ChangeNote]) -> None:
        """Write them down."""
        if self.broken:
            raise StateError("state: broken")
        self.writes += 1
        self.failures += failures
        self.changes += changes


def down(text: str = "connection refused", error: str = "Unavailable") -> Observation:
    """The source did not answer."""
    return SourceFailed("erp", error, text, "r1")


def test_a_failure_is_written_by_itself() -> None:
    """At once, without anybody's asking, with its moment and its request."""
    board = Board()
    notes = board.notes()
    notes(served())
    notes(down())
    eventually(lambda: board.failures)
    assert board.failures == [FailureNote("erp", "Unavailable", "connection refused", "r1", NOON)]
    notes.close()


def test_a_crowd_of_failures_is_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of them is the one that is kept; one of the same class waits for its turn, another one does not."""
    monkeypatch.setattr(history_sources, "AT_ONCE", 3600.0)
    monkeypatch.setattr(history_sources, "AGAIN", 1800.0)
    board = Board()
    notes = board.notes()
    for number in range(1_000):
        notes(down(f"refused {number}"))
    first = notes._due
    notes(down(error="TimedOut"))
    assert notes._due == first
    notes.flush()
    assert [(each.error, each.text) for each in board.failures] == [("TimedOut", "connection refused")]
    assert board.writes == 1
    before = time.monotonic()
    notes(down("again", "TimedOut"))
    assert before + 1800.0 <= notes._due <= time.monotonic() + 1800.0
    notes.close()


def test_something_new_does_not_wait_for_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer that is set for the same failure makes way for a change."""
    monkeypatch.setattr(history_sources, "PAUSE", 0.0)
    board = Board()
    notes = board.notes()
    notes(down())
    notes.flush()
    notes(down())
    notes(SourceChanged("erp", "opened", "5 of 5 calls failed"))
    eventually(lambda: board.changes)
    assert board.changes == [ChangeNote("erp", "opened", "5 of 5 calls failed", NOON)]
    notes.close()


def test_what_the_guard_says_hides_no_failure() -> None:
    """Neither that the circuit is open nor that a window is on says what was wrong; nor is every notice a change."""
    board = Board()
    notes = board.notes()
    notes(down())
    for error in ("CircuitOpen", "Quiet"):
        notes(down("left alone", error))
    for event in ("retried", "abandoned", "returned", "spent"):
        notes(SourceChanged("erp", event))
    notes.close()
    assert [each.error for each in board.failures] == ["Unavailable"]
    assert board.changes == []


def test_an_event_that_is_told_again_changes_nothing() -> None:
    """Since when a source is as it is, is when it became so."""
    board = Board()
    notes = board.notes()
    notes(SourceChanged("erp", "quiet"))
    board.now += 60
    notes(SourceChanged("erp", "quiet"))
    assert notes.known()[1] == [ChangeNote("erp", "quiet", "", NOON)]
    notes(SourceChanged("erp", "awake"))
    assert notes.known()[1] == [ChangeNote("erp", "awake", "", NOON + 60)]
    notes.close()


def test_a_circuit_that_another_worker_closed_is_noted_when_it_opens_again(tmp_path: Path) -> None:
    """Each opening and each closing is told by one worker alone, so that none of them repeats another."""
    state, now = State(FILE, tmp_path), [NOON]
    one, other = (SourceNotes(state.note_sources, lambda: now[0]) for _ in range(2))
    for notes, event in ((one, "opened"), (other, "closed"), (one, "opened"), (other, "closed")):
        now[0] += 60
        notes(SourceChanged("erp", event))
        notes.flush()
        assert state.source_notes()[1] == [ChangeNote("erp", event, "", now[0])]
    assert other.known()[1] == [ChangeNote("erp", "closed", "", now[0])]
    state.close()


def test_no_long_text_is_written() -> None:
    """A driver's text may be as long as it likes; its beginning is kept."""
    board = Board()
    notes = board.notes()
    notes(down("refused" + "x" * 1_000))
    notes(SourceChanged("erp", "opened", "failed" + "x" * 1_000))
    notes.close()
    (failure,), (change,) = board.failures, board.changes
    assert (failure.text[:8], len(failure.text)) == ("refusedx", LONGEST_TEXT)
    assert (change.text[:7], len(change.text)) == ("failedx", LONGEST_TEXT)


def test_a_broken_state_loses_no_note(caplog: pytest.LogCaptureFixture) -> None:
    """It is written with the next one; the log says so once."""
    board = Board(broken=True)
    notes = board.notes()
    with caplog.at_level(logging.WARNING, "bascule"):
        for _ in range(3):
            notes(down())
            notes.flush()
    assert len(caplog.records) == 1
    board.broken = False
    notes(SourceChanged("mes", "opened"))
    notes.close()
    assert [each.source for each in board.failures] + [each.source for each in board.changes] == ["erp", "mes"]


def test_a_system_without_threads_fails_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noted all the same, and the next note sets the time."""
    monkeypatch.setattr(history_sources, "AGAIN", 3600.0)
    board = Board()
    notes = board.notes()

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as scarce:
        scarce.setattr(threading.Thread, "start", refuse)
        notes(down())
    timers = [notes._timer]
    notes(down())
    timers.append(notes._timer)
    assert [timer is None for timer in timers] == [True, False]
    notes.close()
    assert len(board.failures) == 1


def test_a_worker_writes_what_it_has_met_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child begins with nothing, though it was made while its parent held the lock; both are there to read."""
    monkeypatch.setattr(history_sources, "AT_ONCE", 3600.0)  # no thread of the parent's writes while the child is made
    state = State(FILE, tmp_path)
    notes = SourceNotes(state.note_sources, lambda: NOON)
    notes(SourceChanged("erp", "opened"))

    def work() -> bool:
        begun = notes.known()
        notes(SourceFailed("mes", "TimedOut", "given up"))
        notes.close()
        return begun == ([], [])

    with notes._lock:
        child = Child(work)
    assert child.good()
    notes.close()
    failures, changes = state.source_notes()
    assert ([each.source for each in failures], [each.source for each in changes]) == (["mes"], ["erp"])
    state.close()
