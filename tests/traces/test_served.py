"""A running gateway sends its traces to a collector on this machine, and writes its log as JSON."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.settings import BadSetting, Settings
from app.traces import opening
from tests import shop
from tests.serving.running import Running

pytestmark = pytest.mark.usefixtures("patient_gateways")


@dataclass
class Collector:
    """Takes OTLP over HTTP; `spans` are those that came, as the protocol has them."""

    spans: list[Any] = field(default_factory=list)
    resources: list[dict[str, str]] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)

    def take(self, path: str, body: bytes) -> None:
        """Take one request."""
        self.paths.add(path)
        for each in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append(texts(each.resource.attributes))
            self.spans += [span for scope in each.scope_spans for span in scope.spans]


def texts(attributes: Iterable[Any]) -> dict[str, str]:
    """Those attributes that are texts, by name."""
    return {each.key: each.value.string_value for each in attributes}


@pytest.fixture
def collector() -> Iterator[tuple[Collector, str]]:
    """A collector, and its address."""
    taken = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.take(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield taken, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_running_gateway_is_traced(collector: tuple[Collector, str], tmp_path: Path) -> None:
    """Each request's span with its statement's, from workers; what waits at the end is sent, too. Its log is JSON throughout."""
    taken, address = collector
    settings = {
        "BASCULE_TRACES": address,
        "BASCULE_TRACES_RATIO": "1",
        "BASCULE_LOG_FORMAT": "json",
        "BASCULE_LOG_LEVEL": "debug",
    }
    running = Running.start(shop.build(tmp_path / "shop"), tmp_path / "log", "--workers", "2", settings=settings)
    try:
        for number in ("0001", "0002"):
            assert running.status(f"/v1/items/{number}") == 200
        running.wait(lambda: len(taken.spans) >= 4, "spans have come")
        assert running.status("/v1/items/0003") == 200
    finally:
        assert running.end() == 0
    requests = [span for span in taken.spans if span.name == "GET /v1/items/{key}"]
    statements = {span.parent_span_id: texts(span.attributes) for span in taken.spans if span.name == "SELECT ITEM"}
    assert len(requests) == 3
    assert {span.span_id for span in requests} == set(statements)
    assert all(each["db.system.name"] == "sqlite" and "?" in each["db.query.text"] for each in statements.values())
    assert taken.paths == {"/v1/traces"}
    assert {each["service.name"] for each in taken.resources} == {"bascule"}
    lines = [json.loads(line) for line in running.log().splitlines() if not line.startswith("Shop")]
    assert {line["logger"] for line in lines} >= {"bascule", "gunicorn.error"}
    assert {line["message"] for line in lines} >= {"Served", "StatementRun", "PlanLoaded"}


@pytest.mark.parametrize("text", ["collector:4318", "ftp://collector", "http://", "4318"])
def test_an_address_that_is_none_is_named(text: str) -> None:
    """With what was expected."""
    with pytest.raises(BadSetting, match=r"BASCULE_TRACES: .*expected the address of a collector"):
        opening.open_traces(Settings(traces=text), {})


@pytest.mark.parametrize("text", ["", "1.1", "-0.1", "nan", "1%"])
def test_a_ratio_that_is_none_is_named(text: str) -> None:
    """With what was expected."""
    with pytest.raises(BadSetting, match=r"BASCULE_TRACES_RATIO=.*expected a number from 0 to 1"):
        opening.ratio_of(text)


def test_the_path_of_the_protocol_is_added() -> None:
    """To the address of a collector that has none of its own."""
    assert opening.endpoint_of("http://c:4318") == opening.endpoint_of("http://c:4318/") == "http://c:4318/v1/traces"
    assert opening.endpoint_of("https://c/otlp/v1/traces") == "https://c/otlp/v1/traces"


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants no traces needs no library."""
    monkeypatch.setattr(opening, "LIBRARY", ("opentelemetry.nowhere", "nowhere.at.all"))
    with pytest.raises(BadSetting, match=r"pip install 'bascule\[traces\]'"):
        opening.open_traces(Settings(traces="http://127.0.0.1:4318"), {})
    assert opening.open_traces(Settings(), {}) is None
