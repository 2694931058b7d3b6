"""Counting: one more for a caller and a form at each answered read; written to the state every few seconds.

In charge of costing a request next to nothing, and of losing no count. It must not know what a form says, nor how it is kept.

A count is one step of a dictionary under a lock. A timer's thread writes what has come together, by the day (UTC) on which it
was counted. A state that cannot be written loses nothing: counts wait here. What waits is bounded: beyond MOST pairs of a caller
and a form, a read is counted as OTHER's, by its resource alone; beyond MOST_FORMS of one caller, as that caller's. A process that is killed
loses what it has not written.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from app.forks import begin_anew_in_children
from app.outages import Outage
from app.plan.forms import bare
from app.state import StateError
from app.state.usage import MOST_FORMS, OTHER, UsageKey, kept_caller
from app.threads import later

FLUSH_SECONDS: Final = 10.0
MOST: Final = 4096  # pairs of a caller and a form that wait to be written
DAY: Final = 86_400  # seconds

Write = Callable[[Mapping[UsageKey, int], str], None]
"""Keeps counts, and forgets the days before one (ISO). Raises StateError."""


class Usage:
    """Counts the reads of a gateway; `days` is how long they are kept. Safe for threads and forks. `clock` is that on the wall."""

    def __init__(
        self, write: Write, days: int, seconds: float = FLUSH_SECONDS, clock: Callable[[], float] = time.time
    ) -> None:
        self._write = write
        self._days = days
        self._seconds = seconds
        self._clock = clock
        self._outage = Outage("usage cannot be written, and is kept until it can: %s", "usage can be written again")
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process: the parent writes what it has counted."""
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._timer: threading.Timer | None = None
        self._waiting: Counter[UsageKey] = Counter()  # of days that are over, and what could not be written
        self._counts: dict[tuple[str, str], int] = {}  # of the day that ends at `_ends`
        self._forms: Counter[str] = Counter()  # of each caller among them
        self._day, self._ends = "", 0.0

    def note(self, caller: str, form: str) -> None:
        """Count an answered read; `form` is the text of one. The first one after a flush sets the time of the next."""
        key = caller, form
        with self._lock:
            if self._clock() >= self._ends:
                self._begin_day()
            calls = self._counts.get(key)
            if calls is None:
                self._first(key)
            else:
                self._counts[key] = calls + 1

    def _begin_day(self) -> None:
        """Call it locked."""
        self._put_aside()
        today = int(self._clock() // DAY)
        self._day, self._ends = _iso(today), float((today + 1) * DAY)

    def _put_aside(self) -> None:
        """What was counted today waits to be written. Call it locked."""
        for (caller, form), calls in self._counts.items():
            self._waiting[self._day, caller, form] += calls
        self._counts, self._forms = {}, Counter()

    def _first(self, key: tuple[str, str]) -> None:
        """Count the first read of a pair. Call it locked."""
        caller, form = key
        if (self._day, *key) not in self._waiting:
            if self._forms[caller] >= MOST_FORMS:
                key = caller, bare(form)
            elif len(self._counts) + len(self._waiting) >= MOST:
                key = OTHER, bare(form)
        self._forms[caller] += key not in self._counts
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._timer is None:
            self._timer = later(self._seconds, self.flush)

    def flush(self) -> None:
        """Write what was counted. A read that is counted meanwhile is written next time."""
        with self._flushing:
            with self._lock:
                timer, self._timer = self._timer, None
                self._put_aside()
                found, self._waiting = self._waiting, Counter()
            if timer is not None:
                timer.cancel()
            if found:
                self._flush(found)

    def _flush(self, found: Counter[UsageKey]) -> None:
        try:
            self._write(_sound(found), _iso(int(self._clock() // DAY) - self._days + 1))
        except StateError as error:
            self._outage.begins(error)
            self._put_back(found)
        except BaseException:
            self._put_back(found)
            raise
        else:
            self._outage.ends()

    def _put_back(self, found: Counter[UsageKey]) -> None:
        """What could not be written waits again; where there is no more room, the rest as OTHER's."""
        with self._lock:
            for (day, caller, form), calls in found.items():
                key = day, caller, form
                if key not in self._waiting and len(self._waiting) + len(self._counts) >= MOST:
                    key = day, OTHER, bare(form)
                self._waiting[key] += calls

    def close(self) -> None:
        """Write what is left. It may be used again."""
        self.flush()


def _iso(day: int) -> str:
    """The day of that number since 1970."""
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def _sound(found: Mapping[UsageKey, int]) -> Counter[UsageKey]:
    sound: Counter[UsageKey] = Counter()
    for (day, caller, form), calls in found.items():
        sound[day, kept_caller(caller), form] += calls
    return sound
