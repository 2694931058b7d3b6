"""Spans: requests and what they asked of sources, by OpenTelemetry's library and its stable conventions for HTTP and databases.

In charge of names and attributes, and of handing spans to an exporter of the library. It must not know when that is done, nor who
is sampled. It is imported by who wants traces alone: the library is an extra.

    GET /v1/orders/{key}      a server's span: route, status, what became of the request at the cache, the problem's code
     └─ SELECT ORDHDR         a client's span for each statement: system, operation, table, text; never a value

No caller, no key and no query of a request stands in a span: the path is the one that logs may hold.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
)

from app.metrics.outcomes import outcome
from app.observations import Served, StatementRun
from app.traces.context import Parent
from app.traces.statements import words
from app.traces.traces import Asked, Ended

Attributes = dict[str, str | int | float]

METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
SERVICE = "OTEL_SERVICE_NAME"  # an operator's own name for the service


class Lost(Exception):
    """An exporter did not take a batch."""


class Spans:
    """Hands each batch to an exporter of the library. `systems` are the `db.system.name` of the sources."""

    def __init__(self, exporter: SpanExporter, systems: Mapping[str, str]) -> None:
        self._exporter, self._systems = exporter, systems
        self._batch = _Batch()
        named = {} if SERVICE in os.environ else {"service.name": "bascule"}
        resource = Resource.create({**named, "service.version": version("bascule")})
        provider = TracerProvider(ALWAYS_ON, resource, shutdown_on_exit=False)
        provider.add_span_processor(self._batch)
        self._tracer = provider.get_tracer("bascule", version("bascule"))

    def export(self, requests: Sequence[Ended]) -> None:
        """Make the spans, and send them. Raises Lost."""
        for request in requests:
            make(self._tracer, self._systems, request)
        if self._exporter.export(self._batch.take()) is not SpanExportResult.SUCCESS:
            raise Lost("the collector does not answer, or refuses them")

    def close(self) -> None:
        """Close the exporter."""
        self._exporter.shutdown()


class _Batch(SpanProcessor):
    """Keeps the spans that have ended, for who takes them."""

    def __init__(self) -> None:
        self._spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        """Keep it."""
        self._spans.append(span)

    def take(self) -> Sequence[ReadableSpan]:
        """All since the last time."""
        taken, self._spans = self._spans, []
        return taken


def make(tracer: Tracer, systems: Mapping[str, str], request: Ended) -> None:
    """The spans of a request, begun and ended at the times that were observed."""
    seen, come_from = request.observation, request.parent
    context, links = Context(), []
    if come_from is not None and come_from.trusted:
        context = trace.set_span_in_context(NonRecordingSpan(_context(come_from)), context)
    elif come_from is not None:
        links = [Link(_context(come_from))]
    began = request.ended - _nanoseconds(seen.took)
    method = seen.method if seen.method in METHODS else "HTTP"
    span = tracer.start_span(
        f"{method} {seen.route}" if seen.route else method,
        context,
        SpanKind.SERVER,
        of_request(seen),
        links,
        min([began, *(each.ended - _nanoseconds(each.observation.took) for each in request.asked)]),
    )
    if seen.status >= 500:
        span.set_status(Status(StatusCode.ERROR))
    for each in request.asked:
        _asked(tracer, systems, span, each)
    span.end(request.ended)


def of_request(seen: Served) -> Attributes:
    """What a server's span says."""
    known = seen.method in METHODS
    found: Attributes = {
        "http.request.method": seen.method if known else "_OTHER",
        "http.response.status_code": seen.status,
        "url.path": seen.path,
        "bascule.request_id": seen.request_id,
    }
    more: Attributes = {
        "http.request.method_original": "" if known else seen.method,
        "http.route": seen.route,
        "error.type": (seen.problem or str(seen.status)) if seen.status >= 500 else "",
        "bascule.problem": seen.problem,
        "bascule.cache.outcome": outcome(seen.cache),
    }
    return found | {name: value for name, value in more.items() if value}


def of_statement(seen: StatementRun) -> Attributes:
    """What a statement's span says beside its source: its text has marks where values are bound."""
    said = words(seen.statement)
    found: Attributes = {
        "db.operation.name": said.operation,
        "db.query.summary": said.summary,
        "db.query.text": seen.statement,
        "db.response.returned_rows": seen.rows,
        "bascule.connection.wait": seen.waited,
    }
    return found | ({"db.collection.name": said.collection} if said.collection else {})


def _asked(tracer: Tracer, systems: Mapping[str, str], parent: Span, asked: Asked) -> None:
    seen = asked.observation
    attributes: Attributes = {"db.system.name": systems[seen.source], "bascule.source": seen.source}
    if isinstance(seen, StatementRun):
        attributes |= of_statement(seen)
    else:
        attributes["error.type"] = seen.error
    span = tracer.start_span(
        str(attributes.get("db.query.summary") or seen.source),
        trace.set_span_in_context(parent, Context()),
        SpanKind.CLIENT,
        attributes,
        start_time=asked.ended - _nanoseconds(seen.took),
    )
    if not isinstance(seen, StatementRun):
        span.set_status(Status(StatusCode.ERROR))
    span.end(asked.ended)


def _context(parent: Parent) -> SpanContext:
    return SpanContext(parent.trace, parent.span, is_remote=True, trace_flags=TraceFlags(int(parent.sampled)))


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
