"""Looks as they are kept, on every kind of database: a row is a lease, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.state import LookRecord, State
from app.state.looks import RETENTION
from tests.callers.keys_scene import Clock
from tests.patient import FILE

NOW = 1_000.0  # by the clock of `state`


def test_a_look_is_one_s_own_until_its_lease_ends(state: State) -> None:
    """The first who asks has it; of each source and plan there is another."""
    assert state.claim_look("erp", "p1", 60.0) == LookRecord("erp", "p1", NOW + 60.0)
    assert state.claim_look("erp", "p1", 60.0) is None
    assert state.claim_look("mes", "p1", 60.0) is not None
    assert state.claim_look("erp", "p2", 60.0) is not None
    assert [each.source for each in state.looks("p1")] == ["erp", "mes"]


def test_what_was_found_is_there_for_the_next_look(tmp_path: Path) -> None:
    """All of it, in whatever process."""
    clock = Clock(NOW)
    one, other = State(FILE, tmp_path, clock), State(FILE, tmp_path, clock)
    claimed = one.claim_look("erp", "p1", 60.0)
    assert claimed is not None
    noted = replace(claimed, due_at=NOW + 100.0, checked_at=NOW, risky=2, failures=1, failure="Quiet", findings='["ü"]')
    one.note_look(noted)
    assert other.looks("p1") == [noted]
    clock.at = NOW + 99.0
    assert other.claim_look("erp", "p1", 60.0) is None
    clock.at = NOW + 100.0
    assert other.claim_look("erp", "p1", 60.0) == replace(noted, due_at=NOW + 160.0)
    assert one.claim_look("erp", "p1", 60.0) is None
    one.close()
    other.close()


def test_looks_of_plans_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    """A month after they were due, with the next look of another plan."""
    clock = Clock(NOW)
    state = State(FILE, tmp_path, clock)
    assert state.claim_look("erp", "old", 60.0) is not None
    clock.at = NOW + 60.0 + RETENTION
    record = state.claim_look("erp", "new", 60.0)
    assert record is not None
    state.note_look(record)
    assert len(state.looks("old")) == 1
    clock.at += 1.0
    state.note_look(record)
    assert state.looks("old") == []
    assert state.looks("new") == [record]
    state.close()
