"""Patience: something that may not answer is asked, and waited for no longer than somebody before a screen would.

In charge of the threads in which it is asked. It must not know what is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from app.state import StateError

T = TypeVar("T")

MOST: Final = 8  # questions that hang, after which nobody asks until one of them is answered


class Patience:
    """Asks in threads of its own, for so many seconds each. Safe for threads, and for forks: it holds no lock."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._asking: frozenset[threading.Thread] = frozenset()

    def asked(self, ask: Callable[[], T]) -> T:
        """What is answered. Raises StateError: what is asked raised it, or has not answered in time."""
        self._asking = frozenset(each for each in self._asking if each.is_alive())
        if len(self._asking) >= MOST:
            raise StateError("the state does not answer")
        answers: list[T] = []
        failures: list[Exception] = []

        def work() -> None:
            try:
                answers.append(ask())
            except Exception as failure:  # noqa: BLE001  # whoever waits for it raises it
                failures.append(failure)

        thread = threading.Thread(target=work, name="bascule-console", daemon=True)
        try:
            thread.start()
        except RuntimeError as scarce:
            raise StateError(f"this machine has no room for another thread: {scarce}") from scarce
        self._asking |= {thread}
        thread.join(self._seconds)
        if failures:
            raise failures[0]
        if not answers:
            raise StateError(f"the state has not answered within {self._seconds:g} s")
        return answers[0]
