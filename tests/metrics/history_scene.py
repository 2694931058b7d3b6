"""What the tests of history share: a clock that stands still, a state that may break, and observations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.metrics.history import HOUR, MINUTE, History
from app.metrics.history_minute import Minute
from app.metrics.metrics import Metrics
from app.metrics.totals import totals
from app.observations import Cost, Observation, Served, SourceFailed, StatementRun
from app.state import CostTally, StateError
from app.state.costs import CostKey
from app.state.history import Numbers, summed
from tests.metrics.numbers import LAYOUT

NOON = 20_778 * 86_400 + 43_200.0  # of 2026-11-21, UTC
HIT = "bascule; hit; ttl=5"
MISS = "bascule; fwd=miss; stored"


def served(status: int = 200, took: float = 0.002, **changes: Any) -> Served:
    """A request for an order by one key, answered from what was kept."""
    words = {"cache": HIT, "route": "/v1/orders/{key}", "caller": "key:a", **changes}
    return Served("r1", "GET", words.pop("path", "/v1/orders/4711"), status, took, **words)


def read(rows: int = 1, milliseconds: float = 30.0, **changes: Any) -> Served:
    """A request that read the order."""
    return served(cache=MISS, costs=(Cost("erp", 1, rows, milliseconds),), **changes)


def ran(rows: int = 1, took: float = 0.03) -> StatementRun:
    """Its statement."""
    return StatementRun("erp", "SELECT …", rows, 0.0, took)


def failed(error: str = "TimedOut") -> SourceFailed:
    """One that was not answered."""
    return SourceFailed("erp", error, "given up at its deadline")


def counted(*observations: Observation) -> Minute:
    """A minute in which these were observed."""
    metrics = Metrics(LAYOUT)
    for each in observations:
        metrics(each)
    with metrics.cells.lock:
        return totals(metrics).since(Minute())


@dataclass
class Book:
    """What was written. `broken`: it cannot be written."""

    now: float = NOON
    broken: bool = False
    minutes: dict[int, Any] = field(default_factory=dict)
    costs: dict[CostKey, CostTally] = field(default_factory=dict)
    oldest: list[tuple[int, int]] = field(default_factory=list)

    def history(self, days: int = 400, seconds: float = 3600.0) -> History:
        """A history that is written here; by itself after so many seconds."""
        return History(Metrics(LAYOUT), self.write, days, seconds, lambda: self.now)

    def write(
        self, minutes: Mapping[int, Numbers], costs: Mapping[CostKey, CostTally], oldest: tuple[int, int]
    ) -> None:
        """Write it down."""
        if self.broken:
            raise StateError("state: broken")
        self.oldest.append(oldest)
        for minute, numbers in minutes.items():
            self.minutes[minute] = summed(self.minutes[minute], numbers) if minute in self.minutes else numbers
        for key, tally in costs.items():
            self.costs.setdefault(key, CostTally()).add(tally)

    @property
    def requests(self) -> int:
        """How many were written."""
        return sum(sum(each["statuses"]) for each in list(self.minutes.values()))


THIS_MINUTE, THIS_HOUR = int(NOON // MINUTE), int(NOON // HOUR)
