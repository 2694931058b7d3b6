"""docs/reference/metrics.md, from the table of metrics."""

from __future__ import annotations

from app.metrics.bounds import BOUNDS
from app.metrics.table import LABELS, METRICS, Metric

PAGE = "reference/metrics.md"

_HEAD = """\
# Metrics

Generated from `app/metrics/table.py`. `GET /metrics` of the admin port tells them, for all workers of a host together:
[how to watch a gateway](../how-to/watch-it.md). A series is there from the first time that there is something to tell.

| metric | kind | labels | meaning |
|---|---|---|---|
"""


def render() -> str:
    """The page."""
    labels = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in LABELS.items())
    bounds = ", ".join(f"{bound:g}" for bound in BOUNDS)
    return (
        f"{_HEAD}{''.join(map(_row, METRICS))}\n"
        "## Labels\n\nWhat a label may say is bounded by the contract and the code. Keys, callers, queries and paths as they were sent stand in "
        f"none.\n\n| label | says |\n|---|---|\n{labels}\n"
        f"## Histograms\n\nThe upper bounds of all of them, in seconds: {bounds}.\n"
    )


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |\n"
