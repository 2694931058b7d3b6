"""Notes of sources as they are kept: the newer of two stands."""

from __future__ import annotations

from dataclasses import replace

from app.state import ChangeNote, FailureNote, State

FAILED = FailureNote("erp", "Unavailable", "connection refused", "r1", 100.0)
OPENED = ChangeNote("erp", "opened", "5 of 5 calls failed", 100.0)


def test_the_newest_failure_stands(state: State) -> None:
    """Whoever writes it, and whenever; of each source there is one."""
    newer = replace(FAILED, error="TimedOut", at=101.0)
    state.note_sources([FAILED, replace(FAILED, source="mes")], [])
    state.note_sources([newer], [])
    state.note_sources([FAILED], [])
    assert state.source_notes() == ([newer, replace(FAILED, source="mes")], [])


def test_since_when_a_source_is_so_is_who_told_it_first(state: State) -> None:
    """Another worker that tells the same a minute later changes nothing; another event does, unless it is older."""
    state.note_sources([], [OPENED])
    state.note_sources([], [replace(OPENED, at=160.0)])
    assert state.source_notes()[1] == [OPENED]
    state.note_sources([], [replace(OPENED, event="quiet", at=90.0)])
    assert state.source_notes()[1] == [OPENED]
    closed = replace(OPENED, event="closed", text="", at=200.0)
    state.note_sources([], [closed])
    assert state.source_notes() == ([], [closed])
