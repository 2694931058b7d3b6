"""The ledger among processes and without threads; what it counts is proved beside the pipeline."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.observations import DataIssueFound
from app.state import Ledger, State
from app.state.issues import IssueKey, Tally
from tests.adapters.guard.fakes import PATIENCE, Child
from tests.patient import FILE


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


class _Witness:
    """A lock that tells when somebody wants it."""

    def __init__(self, lock: threading.Lock, wanted: threading.Event) -> None:
        self._lock, self._wanted = lock, wanted

    def __enter__(self) -> None:
        self._wanted.set()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_its_end_waits_for_what_is_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer that has just begun to write is no reason for a worker to end without it."""
    state = State(FILE, tmp_path)
    ledger, begun, go_on, write = Ledger(state), threading.Event(), threading.Event(), state.add_issues

    def slow(found: Mapping[IssueKey, Tally]) -> None:
        begun.set()
        assert go_on.wait(PATIENCE)
        write(found)

    monkeypatch.setattr(state, "add_issues", slow)
    ledger(_found("a"))
    with ThreadPoolExecutor(1) as pool:
        flushed = pool.submit(ledger.flush)
        assert begun.wait(PATIENCE)
        ledger.flushing = _Witness(ledger.flushing, go_on)  # type: ignore[assignment]  # a stand-in
        ledger.close()
        assert _samples(state) == [(1, ("a",))]
        go_on.set()
        flushed.result()
    state.close()
