"""Charts: minutes of history as the points of a chart, and as the figures of an hour.

In charge of the arithmetic: shares, percentiles, statements for a thousand requests. It must not know where minutes come from, nor how
a chart is drawn. Times are milliseconds, moments whole minutes since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.metrics.bounds import quantile
from app.metrics.history_minute import FAILED, Minute

SPARED: Final = ("hit", "stale", "collapsed")  # what the cache said of requests that had nothing read for themselves
ASKED: Final = (*SPARED, "miss")  # and of all that it was asked for


@dataclass(frozen=True, slots=True)
class Span:
    """How far a chart goes: so many points of so many minutes."""

    step: int
    points: int

    def moments(self, minute: int) -> range:
        """The first minutes of the points; the last of them holds `minute`."""
        last = minute - minute % self.step
        return range(last - (self.points - 1) * self.step, last + 1, self.step)


SPANS: Final[Mapping[str, Span]] = {"hour": Span(1, 60), "day": Span(15, 96)}


def points(minutes: Mapping[int, Minute], span: Span, minute: int) -> list[Minute]:
    """The sums of the minutes of each point, until `minute`."""
    moments = span.moments(minute)
    found = [Minute() for _ in moments]
    for number, each in minutes.items():
        at = (number - moments.start) // span.step
        if 0 <= at < span.points:
            found[at].add(each)
    return found


def chart(found: Sequence[Minute], sources: Iterable[str]) -> dict[str, Any]:
    """The rows of numbers that a chart of these points has; null where a point has nothing to say."""
    return {
        "requests": [each.requests for each in found],
        "errors": [each.statuses[FAILED] for each in found],
        "p50_ms": [_percentile(each.took, 0.5) for each in found],
        "p95_ms": [_percentile(each.took, 0.95) for each in found],
        "p99_ms": [_percentile(each.took, 0.99) for each in found],
        "hit_ratio": [_hit_ratio(each) for each in found],
        "sources": {name: _of_source(found, name) for name in sources},
    }


def _of_source(found: Sequence[Minute], name: str) -> dict[str, Any]:
    return {
        "statements": [each.at(name).statements for each in found],
        "per_1000_requests": [_per_1000(each.at(name).statements, each.requests) for each in found],
        "failures": [each.at(name).failed for each in found],
        "p95_ms": [_percentile(each.at(name).took, 0.95) for each in found],
    }


def figures(minutes: Iterable[Minute]) -> dict[str, Any]:
    """The figures of some minutes together."""
    whole = Minute()
    for each in minutes:
        whole.add(each)
    statements = sum(source.statements for source in whole.sources.values())
    return {
        "requests": whole.requests,
        "errors": whole.statuses[FAILED],
        "hit_ratio": _hit_ratio(whole),
        "p95_ms": _percentile(whole.took, 0.95),
        "statements_per_1000_requests": _per_1000(statements, whole.requests),
    }


def _percentile(took: Sequence[int], share: float) -> float | None:
    seconds = quantile(took, share)
    return None if seconds is None else round(seconds * 1000, 2)


def _hit_ratio(minute: Minute) -> float | None:
    """The share of requests that had nothing read for themselves, of those that the cache was asked for."""
    spared, asked = (sum(minute.outcomes.get(word, 0) for word in words) for words in (SPARED, ASKED))
    return round(spared / asked, 4) if asked else None


def _per_1000(statements: int, requests: int) -> float | None:
    """Statements for a thousand requests; a statement that no request stands beside was sent ahead of one."""
    return round(1000 * statements / requests, 1) if requests else None
