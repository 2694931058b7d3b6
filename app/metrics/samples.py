"""Samples: the numbers of each metric of the table, with the values of its labels.

In charge of reading the cells by their layout. It must not know a format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from app.metrics import layout as at
from app.metrics.layout import HISTOGRAM
from app.metrics.metrics import Metrics
from app.metrics.outcomes import OUTCOMES
from app.metrics.standing import Standing
from app.metrics.table import ERRORS, GRADES, METHODS, STATES, STATUSES


class Sample(NamedTuple):
    """The values of the labels, in the table's order, and the number; for a histogram its counts, and their sum at the end."""

    labels: tuple[str, ...]
    value: float | Sequence[float]


@dataclass(frozen=True)
class Scrape:
    """All numbers at one moment, those of all processes together."""

    metrics: Metrics
    standing: Standing
    head: Sequence[float]
    blocks: Sequence[tuple[str, Sequence[float]]]

    @classmethod
    def of(cls, metrics: Metrics, standing: Standing) -> Scrape:
        """Read them now. Only what somebody has touched is read."""
        cells, routes = metrics.cells, metrics.layout.routes
        blocks = [(routes[number], values) for number, values in cells.taken()]
        return cls(metrics, standing, cells.sums(), blocks)


Samples = Callable[[Scrape], Iterable[Sample]]


def samples(scrape: Scrape, name: str) -> Iterable[Sample]:
    """The samples of a metric of the table."""
    return _SAMPLES[name](scrape)


def _requests(scrape: Scrape) -> Iterator[Sample]:
    words = [(method, status) for method in METHODS for status in STATUSES]
    for route, values in scrape.blocks:
        for (method, status), count in zip(words, values[at.REQUESTS : at.DURATIONS], strict=True):
            if count:
                yield Sample((route, method, status), count)


def _durations(scrape: Scrape) -> Iterator[Sample]:
    for route, values in scrape.blocks:
        yield Sample((route,), values[at.DURATIONS : at.DURATIONS + HISTOGRAM])


def _issues(scrape: Scrape) -> Iterator[Sample]:
    return (Sample((route,), values[at.ISSUES]) for route, values in scrape.blocks if values[at.ISSUES])


def _outcomes(scrape: Scrape) -> Iterator[Sample]:
    return (Sample((word,), scrape.head[at.OUTCOME + place]) for place, word in enumerate(OUTCOMES))


def _sections(scrape: Scrape) -> Iterator[tuple[str, Sequence[float]]]:
    """Each source with its section of the head."""
    for place, source in enumerate(scrape.metrics.layout.sources):
        start = scrape.metrics.layout.section(place)
        yield source, scrape.head[start : start + at.SOURCE]


def _head(place: int, scrape: Scrape) -> Iterator[Sample]:
    yield Sample((), scrape.head[place])


def _of_source(place: int, scrape: Scrape) -> Iterator[Sample]:
    return (Sample((source,), section[place]) for source, section in _sections(scrape))


def _histogram_of_source(place: int, scrape: Scrape) -> Iterator[Sample]:
    sections = _sections(scrape)
    return (Sample((source,), section[place : place + HISTOGRAM]) for source, section in sections)


def _statements(scrape: Scrape) -> Iterator[Sample]:
    for source, section in _sections(scrape):
        yield Sample((source,), sum(section[at.STATEMENTS : at.STATEMENTS + HISTOGRAM - 1]))


def _failures(scrape: Scrape) -> Iterator[Sample]:
    for source, section in _sections(scrape):
        for word, count in zip(ERRORS, section[at.ERROR : at.ERROR + len(ERRORS)], strict=True):
            if count:
                yield Sample((source, word), count)


def _states(scrape: Scrape) -> Iterator[Sample]:
    for source, health in scrape.standing.sources.items():
        for word in STATES:
            yield Sample((source, word), float(word == health.state))


def _findings(scrape: Scrape) -> Iterator[Sample]:
    for source, drifted in scrape.standing.drift.items():
        for grade in GRADES:
            yield Sample((source, grade), drifted.findings[grade])


def _loaded(scrape: Scrape) -> Iterator[Sample]:
    """The last one: of a row that a worker has taken over from the parent, too."""
    found = max((head[at.PLAN_LOADED] for head in scrape.metrics.cells.heads()), default=0.0)
    if found:
        yield Sample((), found)


def _one(value: Callable[[Scrape], float]) -> Samples:
    return lambda scrape: [Sample((), value(scrape))]


_SAMPLES: Final[Mapping[str, Samples]] = {
    "bascule_http_requests_total": _requests,
    "bascule_http_request_duration_seconds": _durations,
    "bascule_cache_requests_total": _outcomes,
    "bascule_cache_served_age_seconds_total": partial(_head, at.AGES),
    "bascule_cache_arena_size_bytes": _one(lambda scrape: scrape.standing.arena_size),
    "bascule_cache_arena_used_bytes": _one(lambda scrape: scrape.standing.arena_used),
    "bascule_cache_arena_evictions_total": _one(lambda scrape: scrape.standing.arena_evicted),
    "bascule_source_statements_total": _statements,
    "bascule_source_statement_duration_seconds": partial(_histogram_of_source, at.STATEMENTS),
    "bascule_source_connection_wait_seconds": partial(_histogram_of_source, at.WAITS),
    "bascule_source_rows_total": partial(_of_source, at.ROWS),
    "bascule_source_failures_total": _failures,
    "bascule_source_retries_total": partial(_of_source, at.RETRIES),
    "bascule_source_breaker_openings_total": partial(_of_source, at.OPENINGS),
    "bascule_source_statements_abandoned_total": partial(_of_source, at.ABANDONED),
    "bascule_source_state": _states,
    "bascule_source_connections": lambda scrape: [
        Sample((source,), health.leased) for source, health in scrape.standing.sources.items()
    ],
    "bascule_source_connections_limit": lambda scrape: [
        Sample((source,), limit) for source, limit in scrape.standing.limits.items()
    ],
    "bascule_data_issues_total": _issues,
    "bascule_drift_findings": _findings,
    "bascule_drift_checked_timestamp_seconds": lambda scrape: [
        Sample((source,), drifted.checked_at) for source, drifted in scrape.standing.drift.items()
    ],
    "bascule_plan_loaded_timestamp_seconds": _loaded,
    "bascule_plans_refused_total": partial(_head, at.PLANS_REFUSED),
    "bascule_gateway_failures_total": partial(_head, at.FAILURES),
    "bascule_workers": _one(lambda scrape: scrape.metrics.living()),
    "bascule_workers_expected": _one(lambda scrape: scrape.metrics.workers),
    "bascule_build_info": lambda scrape: [Sample((scrape.standing.version,), 1.0)],
}
