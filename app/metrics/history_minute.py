"""A minute of history: what was served in it, and what its sources were asked, in numbers.

In charge of adding and taking away such numbers, and of the tree as which the state keeps a minute. It must not know who counts,
when a minute begins, nor what is made of it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from app.metrics.bounds import BOUNDS
from app.state.history import Numbers

CLASSES = 6  # of statuses, by their first digit
FAILED = 5  # the class of what the gateway or a source is to blame for

_BUCKETS: Final = (*map(str, BOUNDS), "+Inf")  # as a kept histogram names its counts


def _histogram() -> list[int]:
    """One count for each of BOUNDS, and one for what lies beyond the last."""
    return [0] * len(_BUCKETS)


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

    def since(self, before: AtSource) -> AtSource:
        """What was counted after `before`."""
        statements, rows = self.statements - before.statements, self.rows - before.rows
        return AtSource(statements, rows, _less(self.took, before.took), _fewer(self.failures, before.failures))


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

    def at(self, source: str) -> AtSource:
        """What a source was asked; nothing, where it was not."""
        return self.sources.get(source) or AtSource()

    def add(self, other: Minute) -> None:
        """Count what another has counted."""
        self.statuses = _added(self.statuses, other.statuses)
        self.took = _added(self.took, other.took)
        _count(self.outcomes, other.outcomes)
        for name, source in other.sources.items():
            self.sources.setdefault(name, AtSource()).add(source)

    def since(self, before: Minute) -> Minute:
        """What was counted after `before`, an earlier reading of the same counts; sources that were not asked are not in it."""
        later = {name: source.since(before.at(name)) for name, source in self.sources.items()}
        asked = {name: source for name, source in later.items() if source != AtSource()}
        statuses, took = _less(self.statuses, before.statuses), _less(self.took, before.took)
        return Minute(statuses, took, _fewer(self.outcomes, before.outcomes), asked)


def plain(minute: Minute) -> Numbers:
    """The minute as a tree of numbers. A histogram names the bound of each count: another release may have other bounds."""
    tree = asdict(minute)
    for each in (tree, *tree["sources"].values()):
        each["took"] = {bound: count for bound, count in zip(_BUCKETS, each["took"], strict=True) if count}
    return tree


def parsed(tree: Any) -> Minute:
    """The minute of a tree that some process has written, as far as this release can read it.

    A histogram over other bounds is left out: the minute has its counts without their times. So is whatever has another form.
    """
    said = _dictionary(tree)
    sources = {name: _source(_dictionary(found)) for name, found in _dictionary(said.get("sources")).items()}
    return Minute(_classes(said.get("statuses")), _times(said.get("took")), _words(said.get("outcomes")), sources)


def _source(said: dict[str, Any]) -> AtSource:
    statements, rows = _whole(said.get("statements")), _whole(said.get("rows"))
    return AtSource(statements, rows, _times(said.get("took")), _words(said.get("failures")))


def _classes(said: Any) -> list[int]:
    found = [_whole(count) for count in said] if isinstance(said, list) else []
    return [*found, *_no_classes()][:CLASSES]


def _times(said: Any) -> list[int]:
    found = _words(said)
    return _histogram() if found.keys() - set(_BUCKETS) else [found.get(bound, 0) for bound in _BUCKETS]


def _words(said: Any) -> dict[str, int]:
    return {word: _whole(count) for word, count in _dictionary(said).items()}


def _dictionary(said: Any) -> dict[str, Any]:
    return said if isinstance(said, dict) else {}


def _whole(said: Any) -> int:
    return said if isinstance(said, int) else 0


def _added(one: list[int], other: list[int]) -> list[int]:
    return [left + right for left, right in zip(one, other, strict=True)]


def _less(one: list[int], other: list[int]) -> list[int]:
    return [left - right for left, right in zip(one, other, strict=True)]


def _count(counts: dict[str, int], more: dict[str, int]) -> None:
    for name, number in more.items():
        counts[name] = counts.get(name, 0) + number


def _fewer(counts: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    """What each has more than before; what has not is left out."""
    return {name: more for name, number in counts.items() if (more := number - before.get(name, 0))}
