"""Spans: names, attributes and times by the stable conventions, as the library's own exporter in memory has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from app.observations import Served, SourceFailed, StatementRun
from app.traces.context import parent, strange
from app.traces.spans import Lost, Spans
from app.traces.traces import Asked, Ended
from tests.traces.test_context import GOOD, SPAN_ID, TRACE_ID

SYSTEMS = {"erp": "ibm.db2"}
SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND
SERVED = Served(
    "r1", "GET", "/v1/orders/4711", 200, 0.5, cache="bascule; fwd=uri-miss; stored", route="/v1/orders/{key}"
)
RUN = StatementRun("erp", 'SELECT "A"."X" FROM "A" WHERE "A"."X" = ?', 3, 0.1, 0.25, "r1")


def spans(served: Served = SERVED, asked: Sequence[Asked] = (), trace: str = "") -> list[ReadableSpan]:
    """What is exported of a request; the server's span is the last."""
    memory = InMemorySpanExporter()
    Spans(memory, SYSTEMS).export([Ended(served, NOW, asked, parent(trace) if trace else None)])
    return list(memory.get_finished_spans())


def said(span: ReadableSpan) -> Mapping[str, Any]:
    """The attributes of a span."""
    assert span.attributes is not None
    return dict(span.attributes)


def test_a_request_is_a_servers_span() -> None:
    """Named by method and route; begun and ended when it was; the cache's outcome beside the conventions' own."""
    (span,) = spans()
    assert (span.name, span.kind, span.start_time, span.end_time) == (
        "GET /v1/orders/{key}", SpanKind.SERVER, NOW - SECOND // 2, NOW,
    )  # fmt: skip
    assert said(span) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/v1/orders/{key}",
        "url.path": "/v1/orders/4711",
        "bascule.request_id": "r1",
        "bascule.cache.outcome": "miss",
    }
    assert span.status.status_code is StatusCode.UNSET
    assert span.resource.attributes["service.name"] == "bascule"


def test_a_statement_is_a_clients_span_below_it() -> None:
    """Named by its summary, with the stable conventions of databases; its text is the one with marks."""
    statement, request = spans(asked=[Asked(RUN, NOW - SECOND // 8)])
    assert (statement.name, statement.kind) == ("SELECT A", SpanKind.CLIENT)
    assert statement.parent is not None
    assert statement.parent.span_id == request.context.span_id
    assert statement.context.trace_id == request.context.trace_id
    assert (statement.start_time, statement.end_time) == (NOW - SECOND // 8 - SECOND // 4, NOW - SECOND // 8)
    assert said(statement) == {
        "db.system.name": "ibm.db2",
        "db.operation.name": "SELECT",
        "db.collection.name": "A",
        "db.query.summary": "SELECT A",
        "db.query.text": RUN.statement,
        "db.response.returned_rows": 3,
        "bascule.source": "erp",
        "bascule.connection.wait": 0.1,
    }


def test_failures_say_what_failed() -> None:
    """The source's class of failure, the gateway's problem; the driver's text, which may hold anything, in neither."""
    served = SERVED._replace(status=503, problem="source-unavailable")
    failed, request = spans(
        served, [Asked(SourceFailed("erp", "Unavailable", "host 10.1.2.3 is down", "r1", 0.1), NOW)]
    )
    assert said(failed)["error.type"] == "Unavailable"
    assert said(request)["error.type"] == said(request)["bascule.problem"] == "source-unavailable"
    assert {failed.status.status_code, request.status.status_code} == {StatusCode.ERROR}
    assert "10.1.2.3" not in failed.to_json() + request.to_json()


def test_a_refusal_is_no_error_of_the_server() -> None:
    """A 404 has its problem and no error (the conventions for a server's span)."""
    (span,) = spans(SERVED._replace(status=404, problem="not-found"))
    assert span.status.status_code is StatusCode.UNSET
    assert "error.type" not in said(span)
    assert said(span)["bascule.problem"] == "not-found"


def test_a_method_that_nobody_knows_is_no_name() -> None:
    """It may be anything, so the name does not have it."""
    (span,) = spans(SERVED._replace(method="BREW", route=""))
    assert span.name == "HTTP"
    assert (said(span)["http.request.method"], said(span)["http.request.method_original"]) == ("_OTHER", "BREW")


def test_a_trusted_parent_is_continued() -> None:
    """Same trace, and its span is the parent."""
    (span,) = spans(trace=GOOD)
    assert span.parent is not None
    assert (span.context.trace_id, span.parent.span_id) == (int(TRACE_ID, 16), int(SPAN_ID, 16))
    assert span.links == ()


def test_a_strangers_parent_is_a_link() -> None:
    """A trace of its own, from which the stranger's can be found."""
    (span,) = spans(trace=strange(GOOD))
    assert span.parent is None
    assert span.context.trace_id != int(TRACE_ID, 16)
    assert [link.context.trace_id for link in span.links] == [int(TRACE_ID, 16)]


def test_an_exporter_that_refuses_is_told() -> None:
    """So that its outage is; the batch is not sent again."""
    memory = InMemorySpanExporter()
    made = Spans(memory, SYSTEMS)
    memory.shutdown()
    with pytest.raises(Lost, match="collector"):
        made.export([Ended(SERVED, NOW, (), None)])
