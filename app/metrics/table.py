"""The table of metrics: what a scraper is told. One definition for the exposition, the docs, the dashboard's and the alerts' tests.

In charge of names, kinds, units and labels. It must not know where a number comes from.

Names follow Prometheus: base units, `_seconds`, `_bytes`, `_total`. What a label may say is bounded by the contract and the code: a
route as the document has it, a source, a word of a closed list. Never a key, a caller, a customer, a path as it was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args, get_type_hints

from adapters import port
from adapters.port import Health, SourceError
from app.metrics.outcomes import OUTCOMES

Kind = Literal["counter", "gauge", "histogram"]

OTHER: Final = "other"  # the label's value for what is in no closed list
ADMIN: Final = "admin"  # the route of whatever is asked of the admin port
METHODS: Final = ("GET", "HEAD", "OPTIONS", OTHER)
STATUSES: Final = ("2xx", "3xx", "4xx", "5xx")
_FAILURES = (each for each in vars(port).values() if isinstance(each, type) and issubclass(each, SourceError))
ERRORS: Final = (*sorted(each.__name__ for each in _FAILURES if each is not SourceError), OTHER)
STATES: Final[tuple[str, ...]] = get_args(get_type_hints(Health)["state"])
GRADES: Final = ("breaking", "risky", "safe")

LABELS: Final = {
    "route": "the path as the document has it, as `/v1/orders/{key}`; `admin` for the admin port, `other` for pages, probes and unknown paths",
    "method": f"one of {', '.join(METHODS)}",
    "status": f"the class of the status: one of {', '.join(STATUSES)}",
    "outcome": f"what became of the request at the cache: one of {', '.join(OUTCOMES)}",
    "source": "a source, as the contract names it",
    "error": f"the class of the failure: one of {', '.join(ERRORS)}",
    "state": f"how the source is, as far as is known without asking it: one of {', '.join(STATES)}",
    "grade": f"how grave a finding of drift is: one of {', '.join(GRADES)}",
    "version": "of the gateway",
}
"""What each label says; there are no others."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `unit` is a base unit, with which the name ends; a counter's name ends with `_total` beside it."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""

    @property
    def series(self) -> tuple[str, ...]:
        """The names of its series, as an expression may have them."""
        if self.kind != "histogram":
            return (self.name,)
        return tuple(f"{self.name}_{word}" for word in ("bucket", "sum", "count"))


METRICS: Final = (
    Metric(
        "bascule_http_requests_total",
        "counter",
        "Requests that were answered, whatever the answer.",
        ("route", "method", "status"),
    ),
    Metric(
        "bascule_http_request_duration_seconds",
        "histogram",
        "The time from a request's head to its answer.",
        ("route",),
        "seconds",
    ),
    Metric(
        "bascule_cache_requests_total", "counter", "Requests that the cache was asked for, by outcome.", ("outcome",)
    ),
    Metric(
        "bascule_cache_served_age_seconds_total",
        "counter",
        "The ages of the data of all answers that the cache was asked for, together.",
        (),
        "seconds",
    ),
    Metric("bascule_cache_arena_size_bytes", "gauge", "Memory for kept answers that all workers share.", (), "bytes"),
    Metric("bascule_cache_arena_used_bytes", "gauge", "How much of it is in use.", (), "bytes"),
    Metric("bascule_cache_arena_evictions_total", "counter", "Kept answers that others have driven out of it."),
    Metric("bascule_source_statements_total", "counter", "Statements that a source has answered.", ("source",)),
    Metric(
        "bascule_source_statement_duration_seconds",
        "histogram",
        "The time from a statement to its last row; the wait for a connection is not in it.",
        ("source",),
        "seconds",
    ),
    Metric(
        "bascule_source_connection_wait_seconds",
        "histogram",
        "The time that a statement waited for a connection, a log-in included.",
        ("source",),
        "seconds",
    ),
    Metric("bascule_source_rows_total", "counter", "Rows that statements have brought.", ("source",)),
    Metric(
        "bascule_source_failures_total",
        "counter",
        "Reads that a source did not answer, those that the gateway did not let through included.",
        ("source", "error"),
    ),
    Metric("bascule_source_retries_total", "counter", "Reads that were done again on a new connection.", ("source",)),
    Metric(
        "bascule_source_breaker_openings_total", "counter", "How often the circuit to a source opened.", ("source",)
    ),
    Metric(
        "bascule_source_statements_abandoned_total",
        "counter",
        "Statements that were given up at their deadline and did not come back.",
        ("source",),
    ),
    Metric(
        "bascule_source_state", "gauge", "1 for the state that a source is in, 0 for the others.", ("source", "state")
    ),
    Metric("bascule_source_connections", "gauge", "Connections that all workers hold open.", ("source",)),
    Metric("bascule_source_connections_limit", "gauge", "Connections that the contract grants them.", ("source",)),
    Metric(
        "bascule_data_issues_total", "counter", "Stored values that did not decode, by the list's route.", ("route",)
    ),
    Metric(
        "bascule_drift_findings",
        "gauge",
        "What the last look at a source has found; absent before the first.",
        ("source", "grade"),
    ),
    Metric(
        "bascule_drift_checked_timestamp_seconds",
        "gauge",
        "When a source was last looked at for drift, in seconds since 1970.",
        ("source",),
        "seconds",
    ),
    Metric("bascule_plan_loaded_timestamp_seconds", "gauge", "When the plan in force was loaded.", (), "seconds"),
    Metric("bascule_plans_refused_total", "counter", "Reloads that were refused: the contract had faults."),
    Metric("bascule_gateway_failures_total", "counter", "Failures of the gateway itself: defects, each in the log."),
    Metric("bascule_workers", "gauge", "Worker processes that live."),
    Metric("bascule_workers_expected", "gauge", "Worker processes that there should be."),
    Metric("bascule_build_info", "gauge", "1; the label is the version.", ("version",)),
)

BY_NAME: Final = {metric.name: metric for metric in METRICS}
