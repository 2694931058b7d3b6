"""Expressions of PromQL, and what of the table of metrics they name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import promql_parser

from app.metrics.table import METRICS, Metric

SCRAPED: Final = {"instance", "job"}  # the labels that Prometheus adds
UP: Final = "up"  # the one series that it adds

BY_SERIES: Final = {name: metric for metric in METRICS for name in metric.series}


@dataclass(frozen=True, slots=True)
class Selected:
    """A selector of an expression: the series, and the labels that it matches."""

    name: str
    labels: frozenset[str]

    @property
    def faults(self) -> list[str]:
        """What the table does not have."""
        if self.name == UP:
            return sorted(self.labels - SCRAPED)
        metric = BY_SERIES.get(self.name)
        return [self.name] if metric is None else sorted(self.labels - labels(metric, self.name))


def labels(metric: Metric, series: str) -> frozenset[str]:
    """The labels of a series once it is scraped."""
    return frozenset({*metric.labels, *SCRAPED, *(("le",) if series.endswith("_bucket") else ())})


def nodes(text: str) -> list[Any]:
    """Every node of an expression. Raises ValueError for what is none."""
    found: list[Any] = []
    promql_parser.walk(promql_parser.parse(text), found.append)
    return found


def selected(text: str) -> list[Selected]:
    """The selectors of an expression."""
    return [
        Selected(node.name or "", frozenset(matcher.name for matcher in node.matchers.matchers))
        for node in nodes(text)
        if isinstance(node, promql_parser.VectorSelector)
    ]


def grouped(text: str) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """For each aggregation, the labels that it groups by, and those that all series below it have."""
    for node in nodes(text):
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            below = [each.name for each in selected(node.expr.prettify()) if each.name != UP]
            common = [labels(BY_SERIES[name], name) for name in below]
            yield frozenset(node.modifier.labels), frozenset.intersection(*common)
