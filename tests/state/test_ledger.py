"""The ledger among processes and without threads; what it counts is proved beside the pipeline."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.observations import DataIssueFound
from app.state import Ledger, State
from tests.adapters.guard.fakes import Child
from tests.state.conftest import FILE


def _found(key: str) -> DataIssueFound:
    return DataIssueFound("v1", "orders", "ordered_on", "not-a-date", key, "99999999")


def _samples(state: State) -> list[tuple[int, tuple[str, ...]]]:
    return [(issue.seen, issue.samples) for issue in state.issues()]


def test_a_child_writes_its_own_counts(tmp_path: Path) -> None:
    """It neither waits for its parent's lock, nor for a timer that only its parent has, nor writes its parent's counts again."""
    state = State(FILE, tmp_path)
    ledger = Ledger(state)
    ledger(_found("of the parent"))

    def work() -> bool:
        ledger(_found("of the child"))
        timed = ledger.timer is not None
        ledger.close()
        return timed and _samples(state) == [(1, ("of the child",))]

    with ledger.lock:
        child = Child(work)
    assert child.good()
    ledger.close()
    assert _samples(state) == [(2, ("of the child", "of the parent"))]
    state.close()


def test_a_system_without_threads_fails_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The issue is counted all the same, and the next one sets the time of the flush."""
    state = State(FILE, tmp_path)
    ledger = Ledger(state)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as scarce:
        scarce.setattr(threading.Thread, "start", refuse)
        ledger(_found("a"))
    without = ledger.timer
    ledger(_found("b"))
    assert (without is None, ledger.timer is None) == (True, False)
    ledger.close()
    assert _samples(state) == [(2, ("a", "b"))]
    state.close()
