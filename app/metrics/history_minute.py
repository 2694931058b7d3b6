"""A minute of history: what was served in it, and what its sources were asked, in numbers.

In charge of counting one observation, and of the tree of numbers as which the state keeps a minute. It must not know when a minute
begins, nor what is made of it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from app.metrics.bounds import BOUNDS, bucket
from app.observations import Served, SourceFailed, StatementRun
from app.state.history import Numbers

CLASSES = 6  # of statuses, by their first digit
FAILED = 5  # the class of what the gateway or a source is to blame for


def _histogram() -> list[int]:
    """One count for each of BOUNDS, and one for what lies beyond the last."""
    return [0] * (len(BOUNDS) + 1)


def _no_classes() -> list[int]:
    return [0] * CLASSES


@dataclass(slots=True)
class AtSource:
    """What one source was asked. `took` is a histogram of the time of statements, `failures` are by class."""

    statements: int = 0
    rows: int = 0
    took: list[int] = field(default_factory=_histogram)
    failures: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """How many statements were not answered."""
        return sum(self.failures.values())

    def add(self, other: AtSource) -> None:
        """Count what another has counted."""
        self.statements += other.statements
        self.rows += other.rows
        self.took = _added(self.took, other.took)
        _count(self.failures, other.failures)


@dataclass(slots=True)
class Minute:
    """Requests by class of status (`statuses[5]`: 5xx), a histogram of their time, what the cache said of them, and the sources."""

    statuses: list[int] = field(default_factory=_no_classes)
    took: list[int] = field(default_factory=_histogram)
    outcomes: dict[str, int] = field(default_factory=dict)
    sources: dict[str, AtSource] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """How many were answered, well or not."""
        return sum(self.statuses)

    def served(self, observation: Served, outcome: str) -> None:
        """Count a request; `outcome` is what the cache said, empty where it was not asked."""
        self.statuses[observation.status // 100] += 1
        self.took[bucket(observation.took)] += 1
        if outcome:
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    def ran(self, observation: StatementRun) -> None:
        """Count a statement that was answered."""
        source = self._source(observation.source)
        source.statements += 1
        source.rows += observation.rows
        source.took[bucket(observation.took)] += 1

    def failed(self, observation: SourceFailed) -> None:
        """Count a statement that was not."""
        _count(self._source(observation.source).failures, {observation.error: 1})

    def at(self, source: str) -> AtSource:
        """What a source was asked; nothing, where it was not."""
        return self.sources.get(source) or AtSource()

    def add(self, other: Minute) -> None:
        """Count what another has counted."""
        self.statuses = _added(self.statuses, other.statuses)
        self.took = _added(self.took, other.took)
        _count(self.outcomes, other.outcomes)
        for name, source in other.sources.items():
            self._source(name).add(source)

    def _source(self, name: str) -> AtSource:
        found = self.sources.get(name)
        if found is None:
            found = self.sources[name] = AtSource()
        return found


def plain(minute: Minute) -> Numbers:
    """The minute as a tree of numbers."""
    return asdict(minute)


def parsed(numbers: Any) -> Minute:
    """The minute of a tree that some process has written."""
    sources = {name: AtSource(**found) for name, found in numbers["sources"].items()}
    return Minute(numbers["statuses"], numbers["took"], numbers["outcomes"], sources)


def _added(one: list[int], other: list[int]) -> list[int]:
    return [left + right for left, right in zip(one, other, strict=True)]


def _count(counts: dict[str, int], more: dict[str, int]) -> None:
    for name, number in more.items():
        counts[name] = counts.get(name, 0) + number
