"""A report of costs: who and what has cost the sources how much, the costliest first.

In charge of summing up and ranking. It must not know whose a caller's key is: it is told. Milliseconds at sources are those of
their statements; the time of an answer is that of the request as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.metrics.costs import REFUSED
from app.state import CostRecord, CostTally

SPANS: Final[Mapping[str, int]] = {"hour": 1, "day": 24, "week": 7 * 24}  # whole hours before the one that goes on
SHOWN: Final = 50


@dataclass(slots=True)
class Spent:
    """What requests have cost. `asked` is about the requests themselves, `sources` about each source, `refused` came too often."""

    asked: CostTally = field(default_factory=CostTally)
    sources: dict[str, CostTally] = field(default_factory=dict)
    refused: CostTally = field(default_factory=CostTally)

    @property
    def total(self) -> CostTally:
        """All sources together."""
        found = CostTally()
        for each in self.sources.values():
            found.add(each)
        return found

    def add(self, record: CostRecord) -> None:
        """Count a record."""
        if record.route == REFUSED:
            self.refused.add(record.tally)
        elif record.source:
            self.sources.setdefault(record.source, CostTally()).add(record.tally)
        else:
            self.asked.add(record.tally)


def by_caller(records: Iterable[CostRecord]) -> dict[str, Spent]:
    """What each caller has cost."""
    return _by(records, lambda record: record.caller)


def report(records: Iterable[CostRecord], names: Mapping[str, str]) -> dict[str, Any]:
    """The costliest callers and resources; `names` says whose key a caller has."""
    found = list(records)
    callers = by_caller(found)
    routes = _by((each for each in found if each.route != REFUSED), lambda record: record.route)
    whole = sum(spent.total.milliseconds for spent in callers.values())
    return {
        "callers": [_caller(name, names.get(name, ""), spent, whole) for name, spent in _costliest(callers)],
        "resources": [_resource(route, spent) for route, spent in _costliest(routes)],
    }


def _by(records: Iterable[CostRecord], place: Callable[[CostRecord], str]) -> dict[str, Spent]:
    found: dict[str, Spent] = {}
    for record in records:
        found.setdefault(place(record), Spent()).add(record)
    return found


def _costliest(found: Mapping[str, Spent]) -> list[tuple[str, Spent]]:
    ranked = sorted(found.items(), key=lambda each: (-each[1].total.milliseconds, -each[1].asked.requests, each[0]))
    return ranked[:SHOWN]


def _caller(identity: str, name: str, spent: Spent, whole: float) -> dict[str, Any]:
    share = spent.total.milliseconds / whole if whole else 0.0
    sources = {source: _cost(tally) for source, tally in sorted(spent.sources.items())}
    costs = _cost(spent.total)
    return {
        "caller": identity,
        "name": name,
        "requests": spent.asked.requests,
        **costs,
        "share": round(share, 4),
        "sources": sources,
    }


def _resource(route: str, spent: Spent) -> dict[str, Any]:
    asked = spent.asked
    mean = asked.milliseconds / asked.requests if asked.requests else 0.0
    times = {"mean_ms": round(mean, 2), "max_ms": round(asked.longest, 2)}
    return {"route": route, "requests": asked.requests, **times, **_cost(spent.total)}


def _cost(tally: CostTally) -> dict[str, Any]:
    return {"statements": tally.statements, "rows": tally.rows, "milliseconds": round(tally.milliseconds, 1)}
