"""Totals: what one process has counted up to now, as a minute of history would say it.

In charge of reading the process's own row by the layout. It must not know when it is read, nor what the numbers are kept for.

Two totals of one process mean something together: their difference was counted between them (`Minute.since`).
"""

from __future__ import annotations

from collections.abc import Sequence

from app.metrics import layout as at
from app.metrics.history_minute import AtSource, Minute
from app.metrics.layout import HISTOGRAM
from app.metrics.metrics import Metrics
from app.metrics.outcomes import OUTCOMES
from app.metrics.table import ADMIN, ERRORS, METHODS, STATUSES

BUCKETS = HISTOGRAM - 1  # the counts of a histogram; behind them stands the sum
UNSEEN = 2  # classes of statuses before 2xx, which no answer has


def totals(metrics: Metrics) -> Minute:
    """What this process has counted, but for what was asked of the admin port. Call it with the cells locked."""
    head, blocks = metrics.cells.mine()
    routes = metrics.layout.routes
    public = [numbers[: at.ISSUES] for block, numbers in blocks if routes[block] != ADMIN]
    whole = [int(sum(column)) for column in zip(*public, strict=True)] or [0] * at.ISSUES
    return Minute(_statuses(whole), _counts(whole, at.DURATIONS, BUCKETS), _outcomes(head), _sources(metrics, head))


def _statuses(block: Sequence[int]) -> list[int]:
    """Requests by class of status, whatever their method."""
    kinds = len(STATUSES)
    counts = block[at.REQUESTS : at.REQUESTS + len(METHODS) * kinds]
    return [0] * UNSEEN + [sum(counts[place::kinds]) for place in range(kinds)]


def _outcomes(head: Sequence[float]) -> dict[str, int]:
    return dict(zip(OUTCOMES, _counts(head, at.OUTCOME, len(OUTCOMES)), strict=True))


def _sources(metrics: Metrics, head: Sequence[float]) -> dict[str, AtSource]:
    starts = {source: metrics.layout.section(place) for place, source in enumerate(metrics.layout.sources)}
    return {source: _source(head[start : start + at.SOURCE]) for source, start in starts.items()}


def _source(section: Sequence[float]) -> AtSource:
    took = _counts(section, at.STATEMENTS, BUCKETS)
    failures = dict(zip(ERRORS, _counts(section, at.ERROR, len(ERRORS)), strict=True))
    return AtSource(sum(took), int(section[at.ROWS]), took, failures)


def _counts(numbers: Sequence[float], start: int, many: int) -> list[int]:
    return [int(number) for number in numbers[start : start + many]]
