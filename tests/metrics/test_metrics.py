"""Metrics: what is observed is counted, over all processes, and read as it was counted."""

from __future__ import annotations

import os
import time

import pytest

from adapters.port import Health
from app.metrics.bounds import BOUNDS
from app.metrics.layout import Layout
from app.metrics.metrics import Metrics
from app.metrics.standing import Drifted, Standing
from app.metrics.table import ADMIN, METRICS, OTHER
from app.observations import (
    ADMIN_PORT,
    DataIssueFound,
    Failed,
    PlanLoaded,
    PlanRefused,
    SourceChanged,
    SourceChecked,
    SourceFailed,
)
from tests.http import plans
from tests.metrics.numbers import LAYOUT, ORDER, ORDERS, scraped, series, served, statement

HTTP = "bascule_http_request_duration_seconds"


def test_what_is_observed_is_counted() -> None:
    """Requests by outcome, the mean age of what was served, statements by source; anything else not at all."""
    metrics = Metrics(LAYOUT)
    for status, age in [("bascule; hit; ttl=1", 4.0), ("bascule; hit; ttl=1", 8.0), ("bascule; fwd=bypass", 0.0)]:
        metrics(served(status, age))
    metrics(served(""))
    metrics(statement())
    metrics(statement("elsewhere"))
    metrics(SourceChecked("erp", 0, 0, 0, 1.0))
    assert metrics.requests() == {"requests": 4, "hit": 2, "stale": 0, "collapsed": 0, "miss": 0, "bypass": 1}
    assert metrics.statements() == {"erp": 1, "mes": 0}
    assert metrics.age() == 4.0


def test_the_admin_port_is_not_among_the_requests() -> None:
    """Those that statements are set beside: an operator who looks on makes no cache look better. A scraper sees them apart."""
    metrics = Metrics(LAYOUT)
    for path in (f"{ADMIN_PORT}/cache", f"{ADMIN_PORT}/metrics", "/livez"):
        metrics(served(route="")._replace(path=path))
    assert metrics.requests()["requests"] == 1
    assert scraped(metrics)[series("bascule_http_requests_total", route=ADMIN, method="GET", status="2xx")] == 2


def test_nothing_has_no_age() -> None:
    """Before the first request."""
    assert Metrics(LAYOUT).age() == 0.0


def test_processes_count_together() -> None:
    """Any of them tells what all have counted, ended ones too."""
    metrics = Metrics(LAYOUT, 2)
    metrics(served("bascule; hit; ttl=1"))
    for _ in range(30):
        child = os.fork()
        if not child:
            metrics(served("bascule; hit; ttl=1", route=ORDER))
            os._exit(0)
        os.waitpid(child, 0)
    assert metrics.requests()["hit"] == 31
    found = scraped(metrics)
    assert found[series("bascule_http_requests_total", route=ORDER, method="GET", status="2xx")] == 30
    assert found[series("bascule_workers")] == 0
    assert found[series("bascule_workers_expected")] == 2


def test_a_request_is_counted_by_route_method_and_class() -> None:
    """And by nothing that a caller chooses: an unknown method, an unknown path are `other`."""
    metrics = Metrics(LAYOUT)
    for each in [
        served(number=200),
        served(number=304),
        served(number=404),
        served(number=503),
        served(route="", number=404),
        served(route="/v9/never", number=404),
        served(route="", number=401)._replace(path=f"{ADMIN_PORT}/cache"),
        served()._replace(method="HEAD"),
        served()._replace(method="OPTIONS"),
        served(number=405)._replace(method="BREW"),
    ]:
        metrics(each)
    name = "bascule_http_requests_total"
    counted = {key[1]: value for key, value in scraped(metrics).items() if key[0] == name}
    assert counted == {
        series(name, route=ORDERS, method="GET", status="2xx")[1]: 1,
        series(name, route=ORDERS, method="GET", status="3xx")[1]: 1,
        series(name, route=ORDERS, method="GET", status="4xx")[1]: 1,
        series(name, route=ORDERS, method="GET", status="5xx")[1]: 1,
        series(name, route=OTHER, method="GET", status="4xx")[1]: 2,
        series(name, route=ADMIN, method="GET", status="4xx")[1]: 1,
        series(name, route=ORDERS, method="HEAD", status="2xx")[1]: 1,
        series(name, route=ORDERS, method="OPTIONS", status="2xx")[1]: 1,
        series(name, route=ORDERS, method=OTHER, status="4xx")[1]: 1,
    }


def test_durations_lie_in_the_buckets_of_their_bounds() -> None:
    """Cumulative, as Prometheus has them; the sum and the count beside them."""
    metrics = Metrics(LAYOUT)
    for took in (BOUNDS[0], BOUNDS[3], 99.0):
        metrics(served(took=took))
    found = scraped(metrics)
    buckets = {dict(labels)["le"]: value for (name, labels), value in found.items() if name == f"{HTTP}_bucket"}
    assert buckets == {str(bound): 1 if bound < BOUNDS[3] else 2 for bound in BOUNDS} | {"+Inf": 3}
    assert found[series(f"{HTTP}_count", route=ORDERS)] == 3
    assert found[series(f"{HTTP}_sum", route=ORDERS)] == pytest.approx(BOUNDS[0] + BOUNDS[3] + 99.0)


def test_sources_are_counted() -> None:
    """Statements with their rows and waits, failures by class, what happened to the source; never those of a stranger."""
    metrics = Metrics(LAYOUT)
    metrics(statement(rows=3, took=0.25, waited=0.5))
    for observation in (
        SourceFailed("erp", "TimedOut", "late"),
        SourceFailed("erp", "NeverHeardOf", "?"),
        SourceFailed("elsewhere", "TimedOut", "late"),
        SourceChanged("erp", "opened"),
        SourceChanged("erp", "retried"),
        SourceChanged("erp", "abandoned"),
        SourceChanged("erp", "closed"),
        SourceChanged("elsewhere", "opened"),
    ):
        metrics(observation)
    found = {key: value for key, value in scraped(metrics).items() if ("source", "erp") in key[1]}
    assert found[series("bascule_source_rows_total", source="erp")] == 3
    assert found[series("bascule_source_statements_total", source="erp")] == 1
    assert found[series("bascule_source_statement_duration_seconds_sum", source="erp")] == 0.25
    assert found[series("bascule_source_connection_wait_seconds_sum", source="erp")] == 0.5
    assert found[series("bascule_source_failures_total", source="erp", error="TimedOut")] == 1
    assert found[series("bascule_source_failures_total", source="erp", error=OTHER)] == 1
    for word in ("breaker_openings", "retries", "statements_abandoned"):
        assert found[series(f"bascule_source_{word}_total", source="erp")] == 1


def test_what_else_happens_is_counted() -> None:
    """Data issues by resource, refused plans, defects; when the plan was loaded."""
    metrics, before = Metrics(LAYOUT), time.time()
    metrics(DataIssueFound("v1", "orders", "ordered_on", "not a date", "4711", "99"))
    metrics(PlanRefused("folder", ("a fault",)))
    metrics(Failed("r", "Traceback"))
    metrics(PlanLoaded("folder", ("v1",), 2))
    found = scraped(metrics)
    assert found[series("bascule_data_issues_total", route=ORDERS)] == 1
    assert found[series("bascule_plans_refused_total")] == 1
    assert found[series("bascule_gateway_failures_total")] == 1
    assert before <= found[series("bascule_plan_loaded_timestamp_seconds")] <= time.time()


def test_how_the_gateway_stands_is_told() -> None:
    """States one-hot, connections with their limit, drift by grade, the arena, the version."""
    standing = Standing(
        "1.2.3", {"erp": Health("open", leased=3)}, {"erp": 8}, {"erp": Drifted({"breaking": 2, "risky": 1, "safe": 0}, 5.0)},
        100, 40, 7,
    )  # fmt: skip
    found = scraped(Metrics(LAYOUT), standing)
    states = {dict(labels)["state"]: value for (name, labels), value in found.items() if name == "bascule_source_state"}
    assert {word for word, value in states.items() if value} == {"open"}
    assert len(states) == 6
    assert found[series("bascule_source_connections", source="erp")] == 3
    assert found[series("bascule_source_connections_limit", source="erp")] == 8
    assert found[series("bascule_drift_findings", source="erp", grade="breaking")] == 2
    assert found[series("bascule_drift_checked_timestamp_seconds", source="erp")] == 5
    assert found[series("bascule_cache_arena_used_bytes")] == 40
    assert found[series("bascule_cache_arena_evictions_total")] == 7
    assert found[series("bascule_build_info", version="1.2.3")] == 1


def test_counting_goes_on_over_a_reload() -> None:
    """Where routes and sources are the same; else it begins anew."""
    metrics = Metrics(LAYOUT, 2)
    metrics(served())
    assert Metrics(LAYOUT, 2, metrics).requests()["requests"] == 1
    assert Metrics(Layout((ORDERS, OTHER, ADMIN), ("erp", "mes")), 2, metrics).requests()["requests"] == 0
    assert Metrics(LAYOUT, 3, metrics).requests()["requests"] == 0


def test_each_route_of_a_plan_has_a_place() -> None:
    """The list and the items of every resource of every version, and what else is named."""
    plan = plans.gateway().plan
    layout = Layout.of(plan, ("erp",), "/links/{link}")
    assert {"/v1/orders", "/v1/orders/{key}", "/v2/parts", "/links/{link}", OTHER, ADMIN} <= set(layout.routes)
    assert len(layout.routes) == 2 * sum(len(version.resources) for version in plan.versions.values()) + 3


def test_every_metric_of_the_table_is_told() -> None:
    """With the labels of the table, no other: once there is something to tell."""
    metrics = Metrics(LAYOUT)
    for observation in (
        served("bascule; hit; ttl=1"),
        statement(),
        SourceFailed("erp", "Busy", ""),
        DataIssueFound("v1", "orders", "f", "i", "k", "s"),
        PlanLoaded("folder", (), 0),
    ):
        metrics(observation)
    grades = {"breaking": 0, "risky": 0, "safe": 0}
    standing = Standing("1", {"erp": Health("ok")}, {"erp": 8}, {"erp": Drifted(grades, 1.0)})
    told: dict[str, set[str]] = {}
    for name, labels in scraped(metrics, standing):
        told.setdefault(name, set()).update(label for label, _ in labels if label != "le")
    expected = {name: set(metric.labels) for metric in METRICS for name in metric.series}
    assert {name: labels for name, labels in told.items() if not name.endswith("_created")} == expected
