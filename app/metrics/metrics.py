"""Metrics: the reader of observations that counts, for all workers of a host together.

In charge of which number an observation adds to, at next to no cost for the request. It must not know who reads the numbers.

The figure that matters most is made of two of them: statements at a source for a thousand requests.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.forks import begin_anew_in_children
from app.metrics import layout as at
from app.metrics.bounds import BOUNDS, bucket
from app.metrics.cells import Cells
from app.metrics.layout import Layout
from app.metrics.outcomes import OUTCOMES, outcome
from app.metrics.table import ADMIN, ERRORS, METHODS, OTHER, STATUSES
from app.observations import (
    ADMIN_PORT,
    DataIssueFound,
    Failed,
    Observation,
    PlanLoaded,
    PlanRefused,
    Served,
    SourceChanged,
    SourceFailed,
    StatementRun,
)

_METHOD: Final = {method: place * len(STATUSES) - 2 for place, method in enumerate(METHODS)}  # 2xx is the first status
_OTHER_METHOD: Final = _METHOD[OTHER]
_OUTCOME: Final = {word: at.OUTCOME + place for place, word in enumerate(OUTCOMES)}
_ERROR: Final = {word: at.ERROR + place for place, word in enumerate(ERRORS)}
_SUM: Final = len(BOUNDS) + 1  # of a histogram
_CHANGES: Final = {"retried": at.RETRIES, "opened": at.OPENINGS, "abandoned": at.ABANDONED}


class Metrics:
    """The numbers of a gateway, for `workers` processes. Make it before the fork. Safe for threads and processes.

    `before` are those of a gateway that this one replaces: where routes and sources are the same, counting goes on in them;
    else it begins anew.
    """

    def __init__(self, layout: Layout, workers: int = 1, before: Metrics | None = None) -> None:
        self.layout, self.workers = layout, workers
        goes_on = before is not None and (before.layout, before.workers) == (layout, workers)
        cells = before.cells if before is not None and goes_on else None
        self.cells: Cells = cells or Cells(layout.head, len(layout.routes), at.ROUTE, workers)
        self._numbers = self.cells.numbers
        self._parent = os.getpid()
        self._blocks = {route: block for block, route in enumerate(layout.routes)}
        self._sections = {source: layout.section(place) for place, source in enumerate(layout.sources)}
        self._readers: Mapping[type, Callable[[Any], None]] = {
            Served: self._served,
            StatementRun: self._answered,
            SourceFailed: self._failed,
            SourceChanged: self._changed,
            DataIssueFound: self._found,
            PlanLoaded: self._loaded,
            PlanRefused: lambda _: self._one_more(at.PLANS_REFUSED),
            Failed: lambda _: self._one_more(at.FAILURES),
        }
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process."""
        self._places: dict[str, int] = {}  # where the blocks begin that this process has taken

    def __call__(self, observation: Observation) -> None:
        """Read one observation."""
        with self.cells.lock:
            self.count(observation)

    def count(self, observation: Observation) -> None:
        """Read one observation, where whoever calls holds the lock of the cells."""
        reader = self._readers.get(type(observation))
        if reader is not None:
            reader(observation)

    def begin(self) -> None:
        """Be seen as a process that lives, before there is anything to count."""
        with self.cells.lock:
            self.cells.own()

    # What is counted, locked.

    def _served(self, observation: Served) -> None:
        word = outcome(observation.cache)
        took = observation.took
        numbers = self._numbers
        route = observation.route or (ADMIN if observation.path.startswith(ADMIN_PORT) else OTHER)
        place = self._places.get(route)
        if place is None:
            place = self._block(route)
        at_status = place + _METHOD.get(observation.method, _OTHER_METHOD) + observation.status // 100
        numbers[at_status] += 1
        numbers[place + at.DURATIONS + bucket(took)] += 1
        numbers[place + at.DURATIONS + _SUM] += took
        if word:
            start = self.cells.start  # who has a block has a row
            numbers[start + _OUTCOME[word]] += 1
            numbers[start + at.AGES] += observation.age

    def _answered(self, observation: StatementRun) -> None:
        section = self._sections.get(observation.source)
        if section is None:
            return
        start = self.cells.own() + section
        self._observe(start + at.STATEMENTS, observation.took)
        self._observe(start + at.WAITS, observation.waited)
        self._numbers[start + at.ROWS] += observation.rows

    def _failed(self, observation: SourceFailed) -> None:
        section = self._sections.get(observation.source)
        if section is not None:
            self._one_more(section + _ERROR.get(observation.error, _ERROR[OTHER]))

    def _changed(self, observation: SourceChanged) -> None:
        section, place = self._sections.get(observation.source), _CHANGES.get(observation.event)
        if section is not None and place is not None:
            self._one_more(section + place)

    def _found(self, observation: DataIssueFound) -> None:
        place = self._block(f"/{observation.version}/{observation.resource}")
        self._numbers[place + at.ISSUES] += 1

    def _loaded(self, _: PlanLoaded) -> None:
        self._numbers[self.cells.own() + at.PLAN_LOADED] = time.time()

    def _one_more(self, place: int) -> None:
        """One more in this row's head."""
        self._numbers[self.cells.own() + place] += 1

    def _observe(self, histogram: int, seconds: float) -> None:
        self._numbers[histogram + bucket(seconds)] += 1
        self._numbers[histogram + _SUM] += seconds

    def _block(self, route: str) -> int:
        """Where a route's block begins in this process's row; what the plan does not have is OTHER's."""
        known = route if route in self._blocks else OTHER
        place = self._places.get(known)
        if place is None:
            place = self._places[known] = self.cells.take(self._blocks[known])
        return place

    # What was counted.

    def requests(self) -> Mapping[str, int]:
        """How many requests there were, but for those to the admin port, and what became of them."""
        admin = self._blocks[ADMIN]
        answered = sum(sum(block[: at.DURATIONS]) for number, block in self.cells.taken() if number != admin)
        head = self.cells.sums()
        return {"requests": int(answered), **{word: int(head[place]) for word, place in _OUTCOME.items()}}

    def statements(self) -> Mapping[str, int]:
        """How many statements each source has answered."""
        head = self.cells.sums()
        starts = {name: section + at.STATEMENTS for name, section in self._sections.items()}
        return {name: int(sum(head[start : start + _SUM])) for name, start in starts.items()}

    def age(self) -> float:
        """The mean age of what was served, in seconds."""
        head = self.cells.sums()
        served = sum(head[place] for place in _OUTCOME.values())
        return head[at.AGES] / served if served else 0.0

    def living(self) -> int:
        """How many worker processes live, of those that have begun."""
        return sum(process != self._parent for process in self.cells.processes())
