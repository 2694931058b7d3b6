"""Counts: what became of requests, and what reached the sources, over all workers of a host since it was started.

In charge of numbers in shared memory that is made before the fork: each process has a row of its own, so that to count takes no
lock among processes. It must not know who reads them. It reads observations, and nothing else.

The figure that matters most is made of two of them: statements at a source for a thousand requests.
"""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Iterable, Mapping
from typing import Final

from app.forks import alone, begin_anew_in_children, lives, semaphores
from app.observations import Observation, Served, StatementRun

ROWS: Final = 256  # processes; those that come after share the last row
REQUESTS: Final = "requests"
OUTCOMES: Final = ("hit", "stale", "collapsed", "miss", "bypass")
AGES: Final = "milliseconds"  # the ages of all answers that were kept, together


def outcome(cache_status: str) -> str:
    """What became of a request, by its `Cache-Status`; empty where the cache was not asked."""
    if "; hit" in cache_status:
        return "stale" if "ttl=-" in cache_status else "hit"
    if "; collapsed" in cache_status:
        return "collapsed"
    if "fwd=bypass" in cache_status:
        return "bypass"
    return "miss" if "fwd=" in cache_status else ""


class Counts:
    """The reader of observations that counts. Make it before the fork. Safe for threads and processes."""

    def __init__(self, sources: Iterable[str]) -> None:
        self._sources = tuple(sources)
        words = (REQUESTS, *OUTCOMES, AGES, *self._sources)
        self._columns = {word: column for column, word in enumerate(words, start=1)}
        self._width = len(words) + 1
        self._cells = memoryview(mmap.mmap(-1, ROWS * self._width * 8)).cast("q")
        (self._taking,) = semaphores(1)
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process, with a row of its own."""
        self._lock = threading.Lock()
        self._start = -1

    def __call__(self, observation: Observation) -> None:
        """Read one observation."""
        if isinstance(observation, Served):
            found = outcome(observation.cache)
            with self._lock:
                self._add(REQUESTS, 1)
                if found:
                    self._add(found, 1)
                    self._add(AGES, int(observation.age * 1000))
        elif isinstance(observation, StatementRun) and observation.source in self._columns:
            with self._lock:
                self._add(observation.source, 1)

    def requests(self) -> Mapping[str, int]:
        """How many requests there were, and what became of them."""
        return {word: self._total(word) for word in (REQUESTS, *OUTCOMES)}

    def statements(self) -> Mapping[str, int]:
        """How many statements each source was sent."""
        return {name: self._total(name) for name in self._sources}

    def age(self) -> float:
        """The mean age of what was served, in seconds."""
        served = sum(self._total(word) for word in OUTCOMES)
        return self._total(AGES) / 1000 / served if served else 0.0

    def _add(self, word: str, number: int) -> None:
        """Call it locked."""
        start = self._start if self._start >= 0 else self._row()
        self._cells[start + self._columns[word]] += number

    def _total(self, word: str) -> int:
        return sum(self._cells[self._columns[word] :: self._width].tolist())

    def _row(self) -> int:
        """Where this process's row begins: a free one, or a dead process's, which goes on. Its first cell names who has it."""
        own = os.getpid()
        with alone(self._taking):
            owners = self._cells[:: self._width].tolist()
            row = next((row for row, owner in enumerate(owners) if owner in {0, own} or not lives(owner)), ROWS - 1)
            self._cells[row * self._width] = own
        self._start = row * self._width
        return self._start
