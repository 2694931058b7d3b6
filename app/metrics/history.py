"""History: what was served and what it has cost, minute by minute and hour by hour, for the operator's charts.

In charge of costing a request next to nothing, and of losing no count. It must not know how the state keeps what it is told, nor
what a chart makes of it.

What a scraper is told is not counted again: a minute is what the process's own totals have more at its end than at its beginning. Costs
are counted here, since no scraper is told who called.

A timer's thread writes what has come together every few seconds, by the minute and the hour (UTC) in which it came; the state adds up what
all processes write. A state that cannot be written loses nothing: counts wait here, within bounds. A process that is killed loses
what it has not written.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from app.forks import begin_anew_in_children
from app.metrics.costs import Costs
from app.metrics.history_minute import Minute, plain
from app.metrics.metrics import Metrics
from app.metrics.totals import totals
from app.observations import ADMIN_PORT, Observation, Served, SourceFailed, StatementRun
from app.outages import Outage
from app.state import StateError
from app.state.costs import CostKey, CostTally
from app.state.history import Numbers
from app.threads import later

FLUSH_SECONDS: Final = 10.0
KEPT: Final = 25 * 60  # minutes: a day, and what the hour that has begun takes
MINUTE: Final = 60  # seconds
HOUR: Final = 3600  # seconds
DAY: Final = 24  # hours
LONGEST: Final = 35  # days for which costs are kept, where usage is not kept for less

Counted = tuple[dict[int, Minute], dict[CostKey, CostTally]]
Write = Callable[[Mapping[int, Numbers], Mapping[CostKey, CostTally], tuple[int, int]], None]
"""Adds to minutes and hours, and forgets those before a minute and an hour. Raises StateError."""


class History:
    """The reader of observations that keeps history of what `metrics` counts. Safe for threads and forks. `clock` is that on the wall.

    It hands on to `metrics` whatever it is told, so that a minute ends before the first request of the next is counted: nobody else
    may tell `metrics` what is charted. `days` is how long costs are kept, LONGEST at most; 0: callers are not counted.
    """

    def __init__(
        self,
        metrics: Metrics,
        write: Write,
        days: int,
        seconds: float = FLUSH_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.days = min(days, LONGEST)
        self._metrics, self._write, self._seconds, self._clock = metrics, write, seconds, clock
        self._outage = Outage("history cannot be written, and is kept until it can: %s", "history can be written again")
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process: the parent writes what it has counted."""
        self._flushing = threading.Lock()
        self._timer: threading.Timer | None = None
        self._costs = Costs()
        self._waiting: dict[int, Minute] = {}  # minutes that are over, and what could not be written
        self._writing: Counted = {}, {}  # what a flush has taken: a state that hangs holds it for long
        self._before: Minute | None = None  # the totals at the end of what was put aside last
        self._number, self._ends = -1, 0.0

    def __call__(self, observation: Observation) -> None:
        """Read one observation. The first one after a flush sets the time of the next."""
        if not _charted(observation):
            self._metrics(observation)
            return
        now = self._clock()
        with self._metrics.cells.lock:
            if now >= self._ends:
                self._begin(int(now // MINUTE))
            self._metrics.count(observation)
            if self.days and isinstance(observation, Served):
                self._costs.note(observation, now)

    @property
    def _lock(self) -> threading.Lock:
        """One for all that a process counts, so that a request takes it once."""
        return self._metrics.cells.lock

    def known(self) -> Counted:
        """A copy of what waits to be written, or is being written."""
        with self._lock:
            minutes = {number: _copy(minute) for number, minute in self._waiting.items()}
            costs = self._costs.known()
            now = {self._number: self._since()[0]} if self._number >= 0 else {}
            for number, minute in (*self._writing[0].items(), *now.items()):
                minutes.setdefault(number, Minute()).add(minute)
            for key, tally in self._writing[1].items():
                costs.setdefault(key, CostTally()).add(tally)
            return minutes, costs

    def flush(self) -> None:
        """Write what was counted. What is counted meanwhile is written next time."""
        with self._flushing:
            with self._lock:
                timer, self._timer = self._timer, None
                self._put_aside()
                minutes, self._waiting = self._waiting, {}
                costs = self._costs.taken()
                self._writing = minutes, costs
            if timer is not None:
                timer.cancel()
            if minutes or costs:
                self._flush(minutes, costs)

    def close(self) -> None:
        """Write what is left. It may be used again."""
        self.flush()

    def _begin(self, number: int) -> None:
        """End the minute that went on, if one did, and begin another. Call it locked."""
        self._put_aside()
        self._number, self._ends = number, float((number + 1) * MINUTE)
        if self._before is None:  # the row may be that of an ended process, with all that it has counted
            self._before = totals(self._metrics)
        self._costs.begin(number * MINUTE // HOUR)
        if self._timer is None:
            self._timer = later(self._seconds, self.flush)

    def _put_aside(self) -> None:
        """What was counted in the minute waits to be written; the next observation begins one. Call it locked."""
        if self._number >= 0:
            minute, self._before = self._since()
            self._waiting.setdefault(self._number, Minute()).add(minute)
        self._number, self._ends = -1, 0.0

    def _since(self) -> tuple[Minute, Minute]:
        """What was counted since something was put aside, and the totals now. Call it locked, in a minute that goes on."""
        now = totals(self._metrics)
        return now.since(self._before or Minute()), now

    def _flush(self, minutes: dict[int, Minute], costs: dict[CostKey, CostTally]) -> None:
        now = self._clock()
        oldest = int(now // MINUTE) - KEPT, int(now // HOUR) - self.days * DAY
        try:
            self._write({number: plain(minute) for number, minute in minutes.items()}, costs, oldest)
        except StateError as error:
            self._outage.begins(error)
            self._put_back(minutes, costs, oldest[0])
        except BaseException:
            self._put_back(minutes, costs, oldest[0])
            raise
        else:
            with self._lock:
                self._writing = {}, {}
            self._outage.ends()

    def _put_back(self, minutes: dict[int, Minute], costs: dict[CostKey, CostTally], oldest: int) -> None:
        """What could not be written waits again, but for minutes that nobody would keep."""
        with self._lock:
            self._writing = {}, {}
            for number, minute in minutes.items():
                if number >= oldest:
                    self._waiting.setdefault(number, Minute()).add(minute)
            self._costs.put_back(costs)


def _charted(observation: Observation) -> bool:
    """Whether it is in the charts, where an operator who looks at them is not."""
    if isinstance(observation, Served):
        return bool(observation.route) or not observation.path.startswith(ADMIN_PORT)
    return isinstance(observation, StatementRun | SourceFailed)


def _copy(minute: Minute) -> Minute:
    copied = Minute()
    copied.add(minute)
    return copied
