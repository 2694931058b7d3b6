"""The surface: headers of every answer, CORS by list, one host, and sizes, whichever door answers."""

from __future__ import annotations

import gzip
from dataclasses import asdict
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.observations import Observation, Served
from app.settings import BadSetting, Settings
from app.web import cors, portal, surface
from app.web.factory import create_app
from tests.http import plans

PORTAL, OTHER = "https://portal.example.com", "https://evil.example.com"
PAGES = ("/", "/v2/docs", "/problems", "/problems/not-found")
ANSWERS = (
    "/v2/orders", "/v2/orders/4711", "/v2/orders/none", "/v2/orders/", "/v2/orders?limt=1", "/v3/orders", "/livez",
    "/readyz", "/v2/openapi.json", "/.well-known/api-catalog", "/static/pages.css", "/static/none.css", "/nothing",
)  # fmt: skip
BROWSER = {"Accept": "text/html"}


def client(**chosen: Any) -> FlaskClient:
    """A client of a gateway with these settings."""
    return create_app(plans.gateway(settings=Settings(**{**asdict(Settings()), **chosen}))).test_client()


@pytest.fixture(scope="module")
def crossing() -> FlaskClient:
    """A client of a gateway whose answers one other site may read."""
    return client(cors_origins=f"{PORTAL}, http://localhost:3000")


def vary(answer: TestResponse) -> list[str]:
    """What an answer varies by."""
    return [part.strip() for part in answer.headers.get("Vary", "").split(",") if part.strip()]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_has_the_standing_headers(path: str, method: str) -> None:
    """Found or not, by Flask or before it: each once, and what is no page may load and run nothing."""
    headers = client().open(path, method=method, buffered=True).headers
    for name, value in surface.ANSWER:
        assert headers.getlist(name) == [value]
    assert "Server" not in headers
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", PAGES)
def test_pages_keep_their_own_policy(path: str) -> None:
    """A page says what it loads; it may use no camera, no place and no payment, and there is one policy alone."""
    headers = client().get(path, headers=BROWSER).headers
    policy = portal.DOCS_POLICY if path.endswith("/docs") else portal.PAGE_POLICY
    assert headers.getlist("Content-Security-Policy") == [policy]
    for name, value in surface.PAGE:
        assert headers.getlist(name) == [value]


@pytest.mark.parametrize("path", ["/v2/orders", "/v2/docs", "/nothing"])
def test_over_tls_it_stays_tls(path: str) -> None:
    """A browser that came by https is told to come by nothing else; over http the header would mean nothing."""
    secure = client().get(path, base_url="https://api.example.com")
    assert secure.headers.getlist("Strict-Transport-Security") == ["max-age=31536000"]


def test_a_trusted_proxy_tells_of_tls() -> None:
    """TLS that ends at a proxy counts where the proxy is trusted, and nowhere else."""
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example.com"}
    for trusted, base in (("10.0.0.0/8", "https://api.example.com"), ("", "http://localhost")):
        asked = client(trusted_proxies=trusted)
        answer = asked.get("/v2/none", headers=said, environ_base={"REMOTE_ADDR": "10.0.0.5"})
        assert answer.get_json()["type"] == f"{base}/problems/not-found"
        assert ("Strict-Transport-Security" in answer.headers) is bool(trusted)


@pytest.mark.parametrize("path", ["/v2/orders", "/v2/orders/none", "/v2/openapi.json", "/nothing"])
def test_a_listed_origin_may_read(crossing: FlaskClient, path: str) -> None:
    """Answers, problems and documents name the origin that asked, and the headers that its script may see."""
    answer = crossing.get(path, headers={"Origin": PORTAL})
    assert answer.headers.getlist("Access-Control-Allow-Origin") == [PORTAL]
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Link", "Retry-After", "X-Request-Id", "RateLimit", "Data-As-Of"} <= set(exposed)
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        OTHER, "null", "*", "", "http://portal.example.com", "https://portal.example.com.evil.example", f"{PORTAL}:8443",
        "https://PORTAL.example.com", f"{PORTAL}/", f"{PORTAL}, {OTHER}", "https://xportal.example.com", "file://",
    ],
)  # fmt: skip
def test_any_other_origin_may_not(crossing: FlaskClient, origin: str) -> None:
    """An origin is compared whole and letter by letter; the answer to another is the one without CORS."""
    for method in ("GET", "OPTIONS"):
        asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        answer = crossing.open("/v2/orders", method=method, headers=asked)
        assert [name for name, _ in answer.headers if name.startswith("Access-Control-")] == []


def test_without_the_setting_no_origin_may() -> None:
    """CORS is off unless origins are listed."""
    answer = client().get("/v2/orders", headers={"Origin": PORTAL})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" not in vary(answer)


@pytest.mark.parametrize(
    ("path", "varies"),
    [("/v2/orders", ["Accept", "Accept-Encoding", "Origin"]), ("/", ["Accept", "Origin"]), ("/livez", ["Origin"])],
)
def test_caches_keep_origins_apart(crossing: FlaskClient, path: str, varies: list[str]) -> None:
    """Every answer varies by Origin beside what it varies by anyway, also one that was asked for without an origin."""
    for headers in ({}, {"Origin": PORTAL}, {"Origin": OTHER}):
        answer = crossing.get(path, headers=headers)
        assert vary(answer) == varies
        assert len(answer.headers.getlist("Vary")) == 1


@pytest.mark.parametrize("path", ["/v2/orders", "/v2/orders/4711", "/v2/order-lines/4711,2", "/v2/parts/A%2F7", "/"])
def test_a_preflight_is_answered(crossing: FlaskClient, path: str) -> None:
    """A browser that asks beforehand is told methods and headers, without a body and without reaching the pipeline."""
    asked = {
        "Origin": PORTAL,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,x-api-key",
    }
    answer = crossing.options(path, headers=asked)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == PORTAL
    assert {"GET", "HEAD"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    assert not {"POST", "PUT", "PATCH", "DELETE"} & set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    assert answer.headers["Access-Control-Allow-Headers"] == ", ".join(cors.ALLOWED)
    assert answer.headers["Access-Control-Max-Age"] == str(cors.MAX_AGE)
    assert "Allow" not in answer.headers, "the pipeline's own answer to OPTIONS has it"


def test_what_is_no_preflight_is_not_answered_here(crossing: FlaskClient) -> None:
    """An unknown path, or OPTIONS without the question, goes on to where every request goes."""
    asked = {"Origin": PORTAL, "Access-Control-Request-Method": "GET"}
    unknown = crossing.options("/v3/orders", headers=asked)
    plain = crossing.options("/v2/orders", headers={"Origin": PORTAL})
    assert (unknown.status_code, "Access-Control-Allow-Methods" in unknown.headers) == (404, False)
    assert (plain.status_code, plain.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "text",
    [
        "*", "null", "portal.example.com", f"{PORTAL}/", f"{PORTAL}/app", "https://Portal.example.com", f"{PORTAL}:443",
        "http://localhost:80", "https://*.example.com", "file://", "ftp://portal.example.com",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused(text: str) -> None:
    """A listed origin that no browser would send, or that anybody could, stops the start by name."""
    with pytest.raises(BadSetting, match=r"BASCULE_CORS_ORIGINS: '.+' is no origin"):
        client(cors_origins=f"http://localhost:3000,{text}")


@pytest.mark.parametrize("base_url", ["", "https://api.example.com"])
@pytest.mark.parametrize("path", ["/v2/orders", "/v2/openapi.json", "/", "/nothing"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_another_host_is_misdirected(base_url: str, path: str, method: str) -> None:
    """A name that is not served is 421, before anything is read; the answer does not repeat the name anywhere."""
    asked = client(hosts="api.example.com, localhost", base_url=base_url)
    answer = asked.open(path, method=method, base_url="http://evil.example", headers={"X-Request-Id": "mine"})
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (421, "mine")
    assert answer.content_type == "application/problem+json"
    assert "evil" not in answer.get_data(as_text=True) + str(answer.headers)
    if method != "HEAD":
        assert answer.get_json()["type"] == f"{base_url}/problems/misdirected-host"
        assert answer.content_length == len(answer.data)


@pytest.mark.parametrize("host", ["api.example.com", "API.example.com:8443", "localhost:8080", "[::1]:8080"])
def test_a_listed_host_is_served(host: str) -> None:
    """Case and port do not matter."""
    asked = client(hosts="api.example.com, localhost, [::1]")
    assert asked.get("/v2/orders", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_are_answered_under_any_name(path: str) -> None:
    """A load balancer asks by address; a probe has no link that a name could spoil."""
    answer = client(hosts="api.example.com").get(path, headers={"Host": "10.0.0.9:8080"})
    assert answer.status_code == 200
    assert "10.0.0.9" not in answer.get_data(as_text=True)


def test_the_host_of_a_trusted_proxy_is_checked_too() -> None:
    """What counts is the host that the client asked, as a trusted proxy says it; who is not trusted says nothing."""
    asked = client(hosts="api.example.com", trusted_proxies="10.0.0.5")
    for peer, host, said, status in (
        ("10.0.0.5", "inside", "api.example.com", 200),
        ("10.0.0.5", "api.example.com", "evil.example", 421),
        ("10.0.0.6", "inside", "api.example.com", 421),
        ("10.0.0.6", "api.example.com", "evil.example", 200),
    ):
        headers = {"Host": host, "X-Forwarded-Host": said}
        answer = asked.get("/v2/orders", headers=headers, environ_base={"REMOTE_ADDR": peer})
        assert answer.status_code == status


@pytest.mark.parametrize("host", ["", "a b", "a,b", "user@host", "host/path", "<script>"])
def test_what_is_no_host_is_malformed(host: str) -> None:
    """A Host that can be none is 400, without being repeated."""
    answer = client().get("/v2/orders", headers={"Host": host})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed-request")
    assert answer.get_json()["type"] == "/problems/malformed-request"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("size", "large"), [(1000, False), (1001, True)])
def test_a_body_is_bounded(method: str, size: int, large: bool) -> None:  # noqa: FBT001  # a table's column
    """A body of more than is taken is 413, whatever it is for; a smaller one that nobody asked for is passed over."""
    answer = client(max_body_bytes=1000).open("/v2/orders", method=method, data=b"x" * size)
    assert (answer.status_code == 413) is large
    if large:
        assert answer.get_json()["code"] == "request-too-large"
        assert "1001 bytes; at most 1000" in answer.get_json()["detail"]


def test_a_length_that_is_none_is_malformed() -> None:
    """A Content-Length that is no number is 400."""
    answer = client().get("/v2/orders", environ_overrides={"CONTENT_LENGTH": "1e3"})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed-request")


def test_flask_is_bounded_as_well() -> None:
    """A form that a later operation reads has bounds of its own, also where its length is not said."""
    config = create_app(plans.gateway(settings=Settings(max_body_bytes=1000))).config
    assert (config["MAX_CONTENT_LENGTH"], config["MAX_FORM_MEMORY_SIZE"]) == (1000, 1000)
    assert config["MAX_FORM_PARTS"] == 100


def test_a_body_is_never_inflated() -> None:
    """A small body that would be a large one in gzip is taken for the bytes that it is."""
    bomb = gzip.compress(b"0" * 10_000_000)
    answer = client(max_body_bytes=len(bomb)).post("/v2/orders", data=bomb, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 405


def test_what_is_refused_is_told() -> None:
    """A request that gets no further than the surface is an observation like any other."""
    told: list[Observation] = []
    app = create_app(plans.gateway(told.append, settings=Settings(hosts="api.example.com")))
    app.test_client().get("/v2/orders", headers={"Host": "evil.example", "X-Request-Id": "mine"})
    (served,) = [each for each in told if isinstance(each, Served)]
    assert (served.request_id, served.path, served.status, served.problem) == (
        "mine",
        "/v2/orders",
        421,
        "misdirected-host",
    )


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
@pytest.mark.parametrize(("method", "said", "status"), [("POST", "GET", 405), ("GET", "DELETE", 200)])
def test_a_method_is_the_one_that_was_sent(name: str, method: str, said: str, status: int) -> None:
    """No header changes the method of a request."""
    assert client().open("/v2/orders", method=method, headers={name: said}).status_code == status
