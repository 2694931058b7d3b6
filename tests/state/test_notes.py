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
    quiet = replace(OPENED, event="quiet")
    state.note_sources([], [quiet])
    state.note_sources([], [replace(quiet, at=160.0)])
    assert state.source_notes()[1] == [quiet]
    state.note_sources([], [replace(quiet, event="awake", at=90.0)])
    assert state.source_notes()[1] == [quiet]
    awake = replace(quiet, event="awake", at=200.0)
    state.note_sources([], [awake])
    assert state.source_notes() == ([], [awake])


def test_what_happens_again_is_as_new_as_it_is(state: State) -> None:
    """A circuit that opened and closed between two writes is noted as closed: it closed now, not when it did before."""
    closed, again = (replace(OPENED, event="closed", at=at) for at in (100.0, 160.0))
    state.note_sources([], [closed])
    state.note_sources([], [again])
    assert state.source_notes()[1] == [again]
    state.note_sources([], [replace(OPENED, at=159.0)])
    assert state.source_notes()[1] == [again], "what comes too late changes nothing"


def test_of_two_events_of_one_moment_the_later_written_stands(state: State) -> None:
    """A clock may stand still between a circuit's opening and its closing; who writes second was told second."""
    closed = replace(OPENED, event="closed")
    state.note_sources([], [OPENED])
    state.note_sources([], [closed])
    assert state.source_notes()[1] == [closed]
    state.note_sources([], [replace(OPENED, event="closed", at=99.0), replace(OPENED, at=99.5)])
    assert state.source_notes()[1] == [closed]
