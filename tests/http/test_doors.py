"""The door that Flask is: what it hands to the pipeline, and what it makes of an answer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from adapters.port import Unavailable
from app.exchange import Answer
from app.observations import Failed, Observation
from app.problems import PROBLEMS
from app.settings import Settings
from app.web import bridge
from app.web.factory import create_app
from tests.http import plans


def environ(**more: Any) -> dict[str, Any]:
    """A WSGI environment of a request for `/v1/orders`."""
    return {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/v1/orders", "SERVER_NAME": "gateway.example",
        "SERVER_PORT": "8080", "wsgi.url_scheme": "http", **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"RAW_URI": "/v1/parts/A%2F7?x=1"}, "/v1/parts/A%2F7"),
        ({"REQUEST_URI": "/v1/parts/A%2F7"}, "/v1/parts/A%2F7"),
        ({"RAW_URI": "http://proxy.example/v1/parts/A?x=http://b/c"}, "/v1/parts/A"),
        ({"RAW_URI": "*", "PATH_INFO": "/"}, "/"),
        ({"PATH_INFO": "/v1/parts/\u00c3\u009c,1%"}, "/v1/parts/%C3%9C,1%25"),
        ({"RAW_URI": "/mount/v1/orders", "SCRIPT_NAME": "/mount"}, "/v1/orders"),
        ({"SCRIPT_NAME": "/mount"}, "/v1/orders"),
    ],
)
def test_path_is_the_one_that_was_sent(given: dict[str, str], path: str) -> None:
    """The raw path, whatever the server calls it; without one, the decoded path encoded anew. No mount point in it."""
    assert bridge.raw_path(environ(**given)) == path


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({"HTTP_HOST": "api.example.com"}, "http://api.example.com"),
        ({"HTTP_HOST": "[::1]:80", "wsgi.url_scheme": "https"}, "https://[::1]:80"),
        ({"HTTP_HOST": "h:1", "SCRIPT_NAME": "/mount"}, "http://h:1/mount"),
        ({"HTTP_HOST": "evil.example/path?"}, "http://gateway.example:8080"),
        ({"HTTP_HOST": 'a"><script>'}, "http://gateway.example:8080"),
        ({}, "http://gateway.example:8080"),
    ],
)
def test_links_start_with_the_clients_address(given: dict[str, str], address: str) -> None:
    """The host that the client asked, if it is one; never anything that could break out of a link."""
    assert bridge.own_url(environ(**given)) == address


def test_headers_are_read_when_asked_for() -> None:
    """Headers go by lower-case name; what is no header of the request is not among them."""
    headers = bridge.Headers(environ(HTTP_IF_NONE_MATCH='"a"', HTTP_ACCEPT="*/*"))
    assert headers["if-none-match"] == '"a"'
    assert headers.get("authorization") is None
    assert sorted(headers) == ["accept", "if-none-match"]
    assert len(headers) == 2


@pytest.mark.parametrize("given", ["a", "A-b_9" * 12])
def test_request_id_of_the_client_is_kept(client: FlaskClient, given: str) -> None:
    """A decent identifier comes back, and names the request in a problem."""
    answer = client.get("/v2/nothing", headers={"X-Request-Id": given})
    assert answer.headers.getlist("X-Request-Id") == [given]
    assert answer.get_json()["instance"] == f"/requests/{given}"


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "é", 'a"b'])
def test_request_id_is_replaced(client: FlaskClient, given: str) -> None:
    """Anything else is replaced by a fresh one."""
    answer = client.get("/v2/parts", headers={"X-Request-Id": given.encode().decode("latin-1")})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])


def test_key_with_a_slash(client: FlaskClient) -> None:
    """A key holds `/` as `%2F`, `,` as `%2C` and other letters as UTF-8; a composite key has a comma between its parts."""
    assert client.get("/v2/parts/A%2F7").get_json() == {"name": "A/7"}
    assert client.get("/v2/parts/%C3%9C%2C1").get_json() == {"name": "Ü,1"}
    assert client.get("/v2/order-lines/4711,2").get_json()["part"] == "Ü,1"


def test_answers_are_sent_as_they_are(client: FlaskClient) -> None:
    """Nothing is added to an answer's headers, and none is sent twice but for Link."""
    answer = client.get("/v1/orders/4711")
    names = [name for name, _ in answer.headers if name != "Link"]
    assert len(names) == len(set(names))
    assert len(answer.headers.getlist("Link")) == 2
    assert answer.content_type == "application/json"
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_head_keeps_the_length(client: FlaskClient) -> None:
    """HEAD answers as GET does, without the body."""
    get, head = client.get("/v2/parts"), client.head("/v2/parts")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.content_type == get.content_type


def test_an_answer_without_a_body_has_no_type() -> None:
    """304, 204 and redirects carry nothing, so they say nothing of its type."""
    sent = bridge.response(Answer(304, media_type="", headers=(("ETag", '"a"'),)))
    assert "Content-Type" not in sent.headers
    assert bridge.response(Answer(200)).content_type == "application/json"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_other_methods_are_the_pipelines(client: FlaskClient, method: str) -> None:
    """A method that is not served is refused by the pipeline, with Allow, on lists and on items."""
    for path in ("/v2/orders", "/v2/orders/4711"):
        answer = client.open(path, method=method)
        assert (answer.status_code, answer.get_json()["code"]) == (405, "method-not-allowed")
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_options_are_the_pipelines(client: FlaskClient) -> None:
    """OPTIONS on a resource lists its methods, without a body."""
    answer = client.options("/v2/orders/4711")
    assert (answer.status_code, answer.data, answer.headers["Allow"]) == (204, b"", "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "path", ["/nothing", "/v3/orders", "/v2/nothing", "//v2/orders", "/v2//orders", "/v2/order%73"]
)
def test_unknown_paths_are_problems(client: FlaskClient, path: str) -> None:
    """Every path that leads nowhere is a 404 problem, never a page of Flask's and never a redirect of werkzeug's."""
    answer = client.get("/", environ_overrides={"RAW_URI": path, "REQUEST_URI": path, "PATH_INFO": path})
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert answer.get_json()["code"] == "not-found"


def test_trailing_slash_redirects(client: FlaskClient) -> None:
    """`/v2/orders/` leads to `/v2/orders` for good, the query with it."""
    answer = client.get("/v2/orders/?limit=1")
    assert (answer.status_code, answer.headers["Location"]) == (308, "http://localhost/v2/orders?limit=1")


def test_pages_refuse_in_the_same_form(client: FlaskClient) -> None:
    """What a page, a probe or a file is not is a problem as well, with Allow where the method is wrong."""
    wrong = client.post("/v2/docs")
    assert (wrong.status_code, wrong.get_json()["code"]) == (405, "method-not-allowed")
    assert "GET" in wrong.headers["Allow"]
    for path in ("/problems/no-such", "/static/no-such.js"):
        answer = client.get(path)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")
        assert answer.headers["X-Request-Id"]


def test_a_defect_of_a_page_is_told_and_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that fails answers a problem without a word of why; the operator is told the traceback."""
    told: list[Observation] = []
    app = create_app(plans.gateway(told.append))

    def broken(**_: Any) -> str:
        raise ZeroDivisionError("a secret")

    monkeypatch.setitem(app.view_functions, "portal.problems", broken)
    answer = app.test_client().get("/problems", headers={"X-Request-Id": "mine"})
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal-error")
    assert b"secret" not in answer.data
    (failed,) = [each for each in told if isinstance(each, Failed)]
    assert failed.request_id == "mine"
    assert "ZeroDivisionError: a secret" in failed.text


def test_probes_tell_life_from_readiness() -> None:
    """The process lives while its only source is down, but is not ready; neither probe may be cached."""
    healthy = create_app(plans.gateway()).test_client()
    down = create_app(plans.gateway(failure=Unavailable("host qqhost is gone"))).test_client()
    assert (healthy.get("/livez").status_code, down.get("/livez").status_code) == (200, 200)
    assert healthy.get("/readyz").get_json() == {"status": "ready", "sources": {"qqhost": "ok"}}
    answer = down.get("/readyz")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert answer.get_json()["sources"] == {"qqhost": "unavailable"}


def test_base_url_is_the_settings(client: FlaskClient) -> None:
    """Links start with the address that is set, whatever host a request names; without one, with the request's."""
    fixed = create_app(plans.gateway(settings=Settings(base_url="https://api.example.com"))).test_client()
    for asked, base in ((fixed, "https://api.example.com"), (client, "http://other.example")):
        problem = asked.get("/v2/nothing", headers={"Host": "other.example"}).get_json()
        assert problem["type"] == f"{base}/problems/not-found"
        assert PROBLEMS[problem["code"]].status == 404
