"""Patience: what may not answer is waited for no longer than somebody before a screen would."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from app.state import StateError
from app.web import patience as patience_module
from app.web.patience import MOST, PAUSE, Patience, Unanswered

LONG = 30.0  # seconds: what is well answers at once, on an idle machine


class Hand:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _well() -> bool:
    return True


def test_who_hangs_is_not_waited_for() -> None:
    """After one that was waited for in vain all others are refused at once, until one who tries is answered."""
    freed, clock = threading.Event(), Hand()
    patience = Patience(_well, clock)
    with pytest.raises(Unanswered, match="has not answered within"):
        patience.asked(freed.wait, 0.05)
    with pytest.raises(StateError, match="does not answer"):
        patience.asked(_well, LONG)
    clock.now += PAUSE
    assert patience.asked(_well, LONG)
    assert patience.asked(_well, LONG), "nothing hangs any more: no pause is kept"
    freed.set()


def test_who_has_an_answer_finds_it_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is let go before it is known that nothing hangs: the next one would be refused for what hung before."""
    put, let_go = patience_module._Question.put, list[bool]()

    def watched(question: patience_module._Question[Any]) -> bool:
        found = put(question)
        let_go.append(question.ended.is_set())
        return found

    monkeypatch.setattr(patience_module._Question, "put", watched)
    assert Patience(_well).asked(_well, LONG)
    assert let_go == [False]


def test_a_trial_that_hangs_has_the_next_wait_for_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One tries at a time, with the question that costs nothing, and the pause begins anew."""
    monkeypatch.setattr(patience_module, "TRIAL", 0.05)
    freed, clock = threading.Event(), Hand()
    patience = Patience(freed.wait, clock)
    with pytest.raises(Unanswered):
        patience.asked(freed.wait, 0.05)
    clock.now += PAUSE
    with pytest.raises(Unanswered, match=r"within 0\.05 s"):
        patience.asked(_well, LONG)
    with pytest.raises(StateError, match="does not answer"):
        patience.asked(_well, LONG)
    freed.set()


def test_no_more_than_a_few_hang() -> None:
    """While MOST questions hang no thread is begun for another; once they are done there is room again."""
    freed, clock = threading.Event(), Hand()
    patience = Patience(_well, clock)
    for _ in range(MOST):
        with pytest.raises(Unanswered):
            patience._answer(freed.wait, 0.01)
    clock.now += PAUSE
    with pytest.raises(StateError, match="does not answer"):
        patience.asked(_well, LONG)
    hanging = list(patience._asking)
    assert len(hanging) == MOST
    freed.set()
    for thread in hanging:
        thread.join(LONG)
    assert patience.asked(_well, LONG)
    assert patience._asking.isdisjoint(hanging)


def test_what_is_raised_there_is_raised_here() -> None:
    """Whatever it is: also a defect."""

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Patience(_well).asked(fail, LONG)


def test_a_machine_without_threads_has_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told as an outage of the state: what one worker knows can still be said."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(StateError, match="no room"):
        Patience(_well).asked(_well, LONG)
