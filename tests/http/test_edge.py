"""Two doors, one pipeline: the edge before Flask and Flask itself answer the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from app.web.edge import Edge
from app.web.factory import create_app
from app.web.surface import Surface
from tests.http import plans

APP = create_app(plans.gateway())
assert isinstance(APP.wsgi_app, Surface)
EDGE = APP.wsgi_app.application
ETAG = Client(APP).get("/v2/parts").headers["ETag"]

CLOCKS = {"Server-Timing", "Data-As-Of", "Age", "Cache-Control", "Cache-Status"}  # say when, or what was there before


def asked(method: str, target: str, headers: dict[str, str]) -> dict[str, Any]:
    """The WSGI environment of a request as gunicorn would hand it on."""
    path, _, query = target.partition("?")
    builder = EnvironBuilder(path=path, query_string=query, method=method, headers=list(headers.items()))
    return {**builder.get_environ(), "RAW_URI": target, "HTTP_X_REQUEST_ID": "one"}


def answered(door: Any, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status, headers without clocks, and body of a door's answer."""
    body: Iterable[bytes]
    body, status, headers = run_wsgi_app(door, environ, buffered=True)
    return status, sorted((name, value) for name, value in headers if name not in CLOCKS), b"".join(body)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize(
    "target",
    [
        "/v2/orders",
        "/v1/orders?limit=1&count=exact",
        "/v2/orders?limit=0&limt=1",
        "/v2/orders/4711?expand=lines.item&fields=number,lines",
        "/v1/orders/9999",
        "/v2/orders/",
        "/v2/orders/4711/",
        "/v2/orders%2F4711",
        "/v2//orders",
        "/v2/parts/A%2F7",
        "/v2/parts/A/7",
        "/v2/parts/%C3%9C%2C1",
        "/v2/parts/%FF",
        "/v2/parts?cursor=forged",
        "/v2/order-lines/4711,2",
        "/v2/order-lines/4711",
        "/v3/orders",
        "/v2/docs",
        "/v2",
        "/livez",
        "/",
    ],
)
def test_both_doors_answer_alike(method: str, target: str) -> None:
    """Whatever is asked of whatever path, status, headers and body do not depend on the door."""
    assert isinstance(EDGE, Edge)
    environ = asked(method, target, {"Accept": "application/json"})
    assert answered(EDGE, dict(environ)) == answered(EDGE.application, dict(environ))


@pytest.mark.parametrize("headers", [{"If-None-Match": ETAG}, {"Accept": "text/csv"}, {"Host": "bad host"}])
def test_both_doors_read_the_same_headers(headers: dict[str, str]) -> None:
    """304, 406 and a host that is none, by either door."""
    assert isinstance(EDGE, Edge)
    environ = asked("GET", "/v2/parts", {})
    environ.update({f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()})
    assert answered(EDGE, dict(environ)) == answered(EDGE.application, dict(environ))
