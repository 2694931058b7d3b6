"""Patience: something that may not answer is asked, and waited for no longer than somebody before a screen would.

In charge of the threads in which it is asked, and of knowing that it hangs: then nobody waits for it, but for one who tries, now and
then, with a question that costs nothing. It must not know what is asked.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import Final, Generic, TypeVar

from app.state import StateError
from app.threads import begun

T = TypeVar("T")

MOST: Final = 8  # questions that hang, after which nobody asks until one of them is answered
PAUSE: Final = 1.0  # seconds between two who try what hangs
TRIAL: Final = 0.5  # seconds that a trial may take

log = logging.getLogger("bascule")


class Unanswered(StateError):
    """It was asked, and has not answered in time: what it was told to do may have been done, or be done yet."""


class Patience:
    """Asks in threads of its own. Safe for threads, and for forks: it holds no lock.

    `trial` is a question that is answered at once by what is well; `now` a monotonic clock.
    """

    def __init__(self, trial: Callable[[], object], now: Callable[[], float] = monotonic) -> None:
        self._trial = trial
        self._now = now
        self._asking: frozenset[threading.Thread] = frozenset()
        self._hangs = False
        self._try_at = 0.0
        self._answered_at = 0.0

    def asked(self, ask: Callable[[], T], seconds: float) -> T:
        """What is answered within so many seconds. Raises what `ask` raises, StateError where it hangs, and Unanswered."""
        if self._hangs:
            self._tried()
        return self._answer(ask, seconds)

    def _tried(self) -> None:
        """Try whether it hangs still, if nobody has just now. Two who try at once do no harm. Raises StateError if so."""
        if self._now() < self._try_at:
            raise StateError("the state does not answer")
        self._try_at = self._now() + TRIAL + PAUSE
        self._answer(self._trial, TRIAL)

    def _answer(self, ask: Callable[[], T], seconds: float) -> T:
        question, asked_at = _Question(ask), self._now()
        self._begin(question)
        if not question.ended.wait(seconds):
            question.given_up = True
            self._asking = frozenset(each for each in self._asking if each.is_alive())
            if self._answered_at < asked_at:  # nobody had an answer meanwhile: it is no matter of the question
                self._hangs, self._try_at = True, self._now() + PAUSE
            raise Unanswered(f"the state has not answered within {seconds:g} s")
        return question.answer()

    def _begin(self, question: _Question[T]) -> None:
        self._asking = frozenset(each for each in self._asking if each.is_alive())
        if len(self._asking) >= MOST:
            raise StateError("the state does not answer")
        thread = begun("console", self._put, question)
        if thread is None:
            raise StateError("this machine has no room for another thread")
        self._asking |= {thread}

    def _put(self, question: _Question[T]) -> None:
        """Put a question; its answer shows that nothing hangs, however late it comes. Who waits for it finds that noted."""
        asked_at = self._now()
        if question.put():
            self._answered_at, self._hangs = self._now(), False
        question.ended.set()
        if question.given_up:
            log.warning("the state has answered after %.1f s: too late for who asked", self._now() - asked_at)


class _Question(Generic[T]):
    """A question, and its answer once `ended` is set. `given_up`: nobody waits for it any more."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._found: list[T] = []
        self._failure: Exception | None = None
        self.ended = threading.Event()
        self.given_up = False

    def put(self) -> bool:
        """Ask. Whether there was an answer, be it that what was asked for is not there."""
        try:
            self._found.append(self._ask())
        except Exception as failure:  # noqa: BLE001  # whoever waits for it raises it
            self._failure = failure
        return not isinstance(self._failure, StateError)

    def answer(self) -> T:
        """What was answered. Raises what the question raised."""
        if self._failure is not None:
            raise self._failure
        return self._found[0]
