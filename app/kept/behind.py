"""Behind: reads that nobody waits for, by a few threads of a worker's own.

In charge of there being few of them, and of none before a fork. It must not know what they read.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from app.forks import begin_anew_in_children
from app.observations import log
from app.threads import begun

THREADS: Final = 2  # a small share of what a source may be asked at a time: nobody looks at these reads
MOST_WAITING: Final = 256
REST: Final = 5.0  # seconds without work after which a thread ends


class Behind:
    """Work that is done behind the requests. Safe for threads and forks."""

    def __init__(self, threads: int = THREADS) -> None:
        self._most = threads
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process: whatever the parent had to do, it does."""
        self._work: deque[Callable[[], None]] = deque()
        self._changed = threading.Condition()
        self._threads = self._idle = 0

    def submit(self, work: Callable[[], None]) -> bool:
        """Have it done soon. False: too much waits already, or no thread can be had."""
        with self._changed:
            if len(self._work) >= MOST_WAITING:
                return False
            self._work.append(work)
            if self._idle >= len(self._work):
                self._changed.notify()
                return True
            if self._threads < self._most and not self._begin() and not self._threads:
                self._work.remove(work)
                return False
        return True

    def _begin(self) -> bool:
        """Start one more thread. Call it locked."""
        thread = begun("behind", self._go_on)
        self._threads += thread is not None
        return thread is not None

    def _go_on(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except BaseException:  # noqa: BLE001  # nobody waits for it who could be told, and the thread is needed
                log.exception("a read behind the requests failed")

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            self._idle += 1
            found = self._changed.wait_for(lambda: bool(self._work), REST)
            self._idle -= 1
            if found:
                return self._work.popleft()
            self._threads -= 1
            return None
