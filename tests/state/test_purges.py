"""Purges as they are kept, on every kind of database."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from app.state import PurgeLog, PurgeRecord, State, StateError, metadata, purges
from app.state.purges import RETENTION
from tests.adapters.guard.fakes import Child
from tests.callers.keys_scene import Clock
from tests.patient import FILE

NOW = 1_000.0  # by the clock of `state`
BEGIN = 1_000_000  # the id of a log that begins then


def test_a_log_begins_with_the_first_question(state: State) -> None:
    """Its first id is the time; it stays what it is until something is purged."""
    assert state.purges(0) == PurgeLog(0, 0, {})
    assert (state.last_purge(), state.last_purge()) == (BEGIN, BEGIN)
    assert state.purges(0) == PurgeLog(BEGIN, BEGIN, {})
    assert state.newest_purges(10) == []


def test_purges_have_rising_ids(state: State) -> None:
    """One for each tag, in the order of coming, also where all come in one millisecond; a tag that is said twice is one."""
    assert state.purge(["source:erp", "item:v1/orders/4711", "source:erp"], "key:1") == BEGIN + 2
    assert state.purge(["everything"], "cli:ada") == BEGIN + 3
    ids = {"source:erp": BEGIN + 1, "item:v1/orders/4711": BEGIN + 2, "everything": BEGIN + 3}
    assert state.last_purge() == BEGIN + 3
    assert state.purges(0) == PurgeLog(BEGIN + 3, BEGIN, ids)
    assert state.purges(BEGIN + 2) == PurgeLog(BEGIN + 3, BEGIN, {"everything": BEGIN + 3})
    assert state.purges(BEGIN + 3) == PurgeLog(BEGIN + 3, BEGIN, {})


def test_of_each_tag_the_last_purge_is_kept(state: State) -> None:
    """A writer that purges the same list at every order needs one row; the log is as whole as before."""
    state.purge(["lists:v1/orders", "item:v1/orders/1"], "key:1")
    assert state.purge(["lists:v1/orders"], "key:2") == BEGIN + 3
    assert state.newest_purges(10) == [
        PurgeRecord(BEGIN + 3, "lists:v1/orders", NOW, "key:2"),
        PurgeRecord(BEGIN + 2, "item:v1/orders/1", NOW, "key:1"),
    ]
    assert [each.id for each in state.newest_purges(1)] == [BEGIN + 3]
    assert state.purges(0).floor == BEGIN


def test_to_purge_nothing_is_nothing(state: State) -> None:
    """No row, no new id."""
    assert state.purge([], "key:1") == BEGIN
    assert state.newest_purges(10) == []


def test_old_purges_are_forgotten(tmp_path: Path) -> None:
    """Eight days later, with the next purge; the log says how far it reaches back, and ids go on."""
    clock = Clock(NOW)
    state = State(FILE, tmp_path, clock)
    first = state.purge(["source:erp", "source:mes"], "key:1")
    clock.at += 1
    second = state.purge(["source:crm"], "key:1")
    clock.at = NOW + RETENTION + 0.5
    third = state.purge(["source:erp"], "key:1")
    assert state.purges(0) == PurgeLog(third, first, {"source:crm": second, "source:erp": third})
    clock.at += 2 * RETENTION
    fourth = state.purge(["source:mes"], "key:1")
    assert state.purges(0) == PurgeLog(fourth, third, {"source:mes": fourth})
    clock.at = 0.0  # a clock that went back
    assert state.purge(["source:mes"], "key:1") == fourth + 1
    state.close()


def test_there_are_never_too_many(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound the oldest go, and the log reaches back no further than to them."""
    monkeypatch.setattr(purges, "MOST", 3)
    state.purge([f"item:v1/orders/{number}" for number in range(5)], "key:1")
    kept = {f"item:v1/orders/{number}": BEGIN + 1 + number for number in (2, 3, 4)}
    assert state.purges(0) == PurgeLog(BEGIN + 5, BEGIN + 2, kept)


def test_a_log_that_is_made_anew_lies_above_the_one_before(tmp_path: Path) -> None:
    """What was begun before is older than its floor."""
    clock = Clock(NOW)
    state = State(FILE, tmp_path, clock)
    before = state.purge(["everything"], "key:1")
    metadata.drop_all(state.engine)
    state.close()
    clock.at += 60
    state = State(FILE, tmp_path, clock)
    assert state.last_purge() == state.purges(0).floor > before
    state.close()


def test_processes_purge_together(tmp_path: Path) -> None:
    """Each purge of each process has an id of its own."""
    state = State(FILE, tmp_path)
    children = [
        Child(lambda name=name: [state.purge([f"item:{name}/{number}"], name) for number in range(20)])  # type: ignore[misc]  # mypy knows no default of a lambda
        for name in ("a", "b")
    ]
    assert all(child.good() for child in children)
    found = state.newest_purges(100)
    assert len(found) == 40
    assert all(later.id > earlier.id for later, earlier in pairwise(found))
    assert state.last_purge() == found[0].id
    state.close()


def test_a_state_that_is_gone_says_so(tmp_path: Path) -> None:
    """Every question and order fails as StateError."""
    state = State(FILE, tmp_path)
    metadata.drop_all(state.engine)
    for ask in (
        state.last_purge,
        lambda: state.purges(0),
        lambda: state.newest_purges(1),
        lambda: state.purge(["x"], ""),
    ):
        with pytest.raises(StateError):
            ask()
    state.close()
