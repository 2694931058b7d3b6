"""One request end to end: what each answer carries, whatever is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.port import Health, Unavailable
from app.exchange import PROBLEM_JSON, Answer, Inbound
from app.gateway import Gateway
from app.observations import Failed, Observation, Served
from app.pipeline import respond
from app.plan import query
from app.problems import PROBLEMS
from app.settings import Settings
from tests.pipeline.sources import watched
from tests.plan.depot import body, get, header

TIMING = re.compile(r"[a-z][a-z0-9_-]*;dur=\d+\.\d\d(, [a-z][a-z0-9_-]*;dur=\d+\.\d\d)*")  # Server-Timing, section 2


def is_problem(answer: Answer, code: str) -> bool:
    """Whether an answer is the problem of that code, told as RFC 9457 wants it."""
    said = body(answer)
    assert answer.media_type == PROBLEM_JSON
    assert header(answer, "Cache-Control") == "no-store"
    assert (said["code"], said["status"]) == (code, answer.status) == (code, PROBLEMS[code].status)
    assert said["type"] == f"https://gw/problems/{code}"
    assert said["instance"] == "/requests/r1"
    assert said["retryable"] is PROBLEMS[code].retryable
    return True


def test_a_list_is_data_and_page(stock: Gateway) -> None:
    """A list has items and a page, a weak ETag, and a link to the next page."""
    answer = get(stock, "/v1/stock", [("limit", "2"), ("fields", "id")])
    assert (answer.status, answer.media_type) == (200, "application/json")
    page = body(answer)
    assert page["data"] == [{"id": 1}, {"id": 2}]
    assert page["page"].keys() == {"limit", "next"}
    assert (header(answer, "ETag") or "").startswith('W/"')
    assert header(answer, "Vary") == "Accept"
    assert header(answer, "X-Request-Id") == "r1"
    assert header(answer, "Content-Length") == str(len(answer.body))
    link = f'<https://gw/v1/stock?limit=2&fields=id&cursor={page["page"]["next"]}>; rel="next"'
    assert header(answer, "Link") == link


def test_an_item_is_the_bare_object(stock: Gateway) -> None:
    """One item by its key, with a strong ETag."""
    answer = get(stock, "/v1/stock/7", [("fields", "id,amount")])
    assert body(answer) == {"id": 7, "amount": None}
    assert (header(answer, "ETag") or "").startswith('"')
    assert is_problem(get(stock, "/v1/stock/10"), "not-found")  # it is there, but not active
    assert is_problem(get(stock, "/v1/stock/4711"), "not-found")
    assert is_problem(get(stock, "/v1/stock/x"), "invalid-key")


def test_the_next_page_is_where_the_link_leads(stock: Gateway) -> None:
    """The link has the parameters of the request, with the new cursor in place of the old one, however it was written."""
    found: list[int] = []
    text = "limit=40&fields=id&sort=-id"
    for _ in range(9):
        answer = respond(stock, Inbound("GET", "/v1/stock", text, base_url="https://gw"))
        found += [item["id"] for item in body(answer)["data"]]
        link = header(answer, "Link")
        if link is None:
            break
        text = link.partition("?")[2].partition(">")[0].replace("cursor", "%63ursor")
        assert text.count("%63ursor=") == 1
    assert found == [number for number in range(120, 0, -1) if number % 10]


def test_not_modified_says_what_200_would_and_nothing_of_a_body(stock: Gateway) -> None:
    """304 repeats the headers that name the answer; length and type would be of a body that is not there."""
    first = get(stock, "/v1/stock/7")
    again = get(stock, "/v1/stock/7", if_none_match=header(first, "ETag") or "")
    assert (again.status, again.body, again.media_type) == (304, b"", "")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert header(again, name) == header(first, name)
    assert header(again, "Content-Length") is None
    assert get(stock, "/v1/stock/7", if_none_match='"other"').status == 200


def test_head_is_get_without_its_body(stock: Gateway, gateway: Gateway) -> None:
    """HEAD has the headers of GET, the length and type too; so has a HEAD that fails."""
    for opened, path in ((stock, "/v1/stock"), (stock, "/v1/stock/7"), (stock, "/v1/stock/x"), (gateway, "/v1/orders")):
        asked, headed = get(opened, path), get(opened, path, method="HEAD")
        assert headed.body == b""
        assert (headed.status, headed.media_type) == (asked.status, asked.media_type)
        for name in ("ETag", "Content-Length", "Link", "Sunset"):
            assert [each for each in headed.headers if each[0] == name] == [
                each for each in asked.headers if each[0] == name
            ]


def test_options_and_other_methods(stock: Gateway) -> None:
    """OPTIONS lists what is served and has no body; what is not served is 405 with the same list."""
    options = get(stock, "/v1/stock", method="OPTIONS")
    assert (options.status, options.body, options.media_type) == (204, b"", "")
    assert header(options, "Allow") == "GET, HEAD, OPTIONS"
    assert header(options, "Content-Length") is None
    for method in ("POST", "PUT", "PATCH", "DELETE", "get", "X\r\nY: z"):
        refused = get(stock, "/v1/stock", method=method)
        assert is_problem(refused, "method-not-allowed")
        assert header(refused, "Allow") == "GET, HEAD, OPTIONS"
    assert is_problem(get(stock, "/v1/nothing", method="OPTIONS"), "not-found")


def test_a_trailing_slash_leads_on(stock: Gateway) -> None:
    """308 to the address without it, query and all; it has no body and says so."""
    answer = get(stock, "/v1/stock/", [("limit", "2"), ("name", "ü")])
    assert (answer.status, answer.body, answer.media_type) == (308, b"", "")
    assert header(answer, "Location") == "https://gw/v1/stock?limit=2&name=%C3%BC"
    assert header(answer, "Content-Length") == "0"
    assert header(get(stock, "/v1/stock/7/"), "Location") == "https://gw/v1/stock/7"


def test_the_format_that_is_asked_for_by_name_wins(stock: Gateway) -> None:
    """`format` is for links that cannot say Accept: it decides alone."""
    assert is_problem(get(stock, "/v1/stock", accept="text/csv"), "not-acceptable")
    assert get(stock, "/v1/stock", [("format", "json")], accept="text/csv").status == 200


def test_requests_of_any_size_are_refused_for_their_size(stock: Gateway) -> None:
    """A megabyte of query and ten thousand parameters are refused by count, before anything is decoded."""
    long = respond(
        stock, Inbound("GET", "/v1/stock", "name=" + "x" * 1_000_000, base_url="https://gw", request_id="r1")
    )
    assert is_problem(long, "query-too-long")
    narrow, _ = watched(replace(stock, settings=Settings(max_query_bytes=1_000_000)))
    assert is_problem(get(narrow, "/v1/stock", [("name", "x")] * 10_000), "too-many-values")
    assert get(stock, "/v1/stock", [("name", str(number)) for number in range(200)]).status == 200


@pytest.mark.parametrize(
    ("path", "text"),
    [("/v1/stock", "name=%FF"), ("/v1/stock", "name=\xff"), ("/v1/stock", "name=%00"), ("/v1/stock/%FF", ""),
     ("/v1/stock/%00", ""), ("/v1/stock/a\r\nX: y", "")],
)  # fmt: skip
def test_what_is_no_text_is_refused(stock: Gateway, path: str, text: str) -> None:
    """NUL, bytes that are no UTF-8 and bare line ends are 400, wherever they stand."""
    answer = respond(stock, Inbound("GET", path, text, base_url="https://gw", request_id="r1"))
    assert is_problem(answer, "malformed-request")


RAW = st.text(st.characters(max_codepoint=255), max_size=40)
LIKELY = st.sampled_from(["/v1/stock", "/v1/stock/7", "/v1/stock/", "/v1/stock/7/", "/v1/orders", "/v1/orders/"])


@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "G\r\nX: y"]),
    path=st.one_of(RAW, LIKELY, st.tuples(LIKELY, RAW).map("".join)),
    text=st.one_of(RAW, RAW.map("limit=1&sort=id&name[ne]={}".format), RAW.map("limit=1&name=a&".__add__)),
    headers=st.dictionaries(st.sampled_from(["accept", "if-none-match"]), RAW),
)
@settings(max_examples=300)
def test_nothing_in_a_request_gets_into_a_header(
    stock: Gateway, gateway: Gateway, method: str, path: str, text: str, headers: Mapping[str, str]
) -> None:
    """Any request is answered, and no header of the answer can end another, whatever stands in the request."""
    for opened in (stock, gateway):
        answer = respond(opened, Inbound(method, path, text, headers, "https://gw", "r1"))
        assert answer.status in {200, 204, 304, 308, 400, 404, 405, 406, 422}
        for name, value in answer.headers:
            assert re.fullmatch(r"[A-Za-z-]+", name)
            assert value.isascii()
            assert value.isprintable(), (name, value)
        assert TIMING.fullmatch(header(answer, "Server-Timing") or "")
        assert (header(answer, "Content-Length") is None) == (answer.status in {204, 304})


def test_a_link_cannot_be_broken_out_of(stock: Gateway) -> None:
    """Signs that end the address of a Link are encoded, and still mean the same parameter."""
    text = 'limit=1&name[ne]=<>"; x'
    answer = respond(stock, Inbound("GET", "/v1/stock", text, base_url="https://gw"))
    link = header(answer, "Link") or ""
    assert re.fullmatch(r'<[^<>" ]*>; rel="next"', link)
    assert query.pairs(link[1:].partition("?")[2].partition(">")[0], 9)[1] == ("name[ne]", '<>"; x')


def test_a_defect_is_told_to_the_operator_alone(stock: Gateway) -> None:
    """An exception that nobody expected is 500 with a request id; its text goes to the log."""
    told: list[Observation] = []
    broken, _ = watched(stock, told.append, depot=ZeroDivisionError("ORDHDR at AS400"))
    answer = get(broken, "/v1/stock")
    assert is_problem(answer, "internal-error")
    assert b"ORDHDR" not in answer.body
    (failed,) = [each for each in told if isinstance(each, Failed)]
    assert (failed.request_id, "ZeroDivisionError: ORDHDR at AS400" in failed.text) == ("r1", True)
    (served,) = [each for each in told if isinstance(each, Served)]
    assert (served.status, served.problem) == (500, "internal-error")


def test_what_was_served_is_told(stock: Gateway) -> None:
    """Every request is one observation, with the stages that it went through."""
    told: list[Observation] = []
    opened, _ = watched(stock, told.append)
    get(opened, "/v1/stock/7")
    (served,) = [each for each in told if isinstance(each, Served)]
    assert (served.method, served.path, served.status, served.problem) == ("GET", "/v1/stock/7", 200, "")
    assert [name for name, _ in served.stages] == ["query", "depot", "depot-wait", "shape"]
    assert (served.route, served.caller) == ("/v1/stock/{key}", "anonymous")
    (cost,) = served.costs
    assert (cost.source, cost.statements, cost.rows) == ("depot", 1, 1)


def test_a_deprecated_version_says_so_in_every_answer(gateway: Gateway) -> None:
    """Also in 404 and 422; the successor's resource has its own name."""
    for path, status in (("/v1/bom-items", 200), ("/v1/orders/x", 422), ("/v1/orders/0000000", 404)):
        answer = get(gateway, path, [("limit", "1")] if status == 200 else ())
        assert answer.status == status
        assert (header(answer, "Deprecation"), header(answer, "Sunset")) == (
            "@1788220800", "Wed, 01 Sep 2027 23:59:59 GMT",
        )  # fmt: skip
        links = [value for name, value in answer.headers if name == "Link"]
        assert '<https://gw/v2/docs>; rel="deprecation"; type="text/html"' in links
    assert '<https://gw/v2/orders/0000000>; rel="successor-version"' in links
    assert header(get(gateway, "/v2/orders/0000000"), "Deprecation") is None


def test_past_its_sunset_a_version_is_gone(gateway: Gateway) -> None:
    """410 with the links to what came after, for every path and method of the version."""
    versions = gateway.plan.versions
    over = replace(versions["v1"], deprecated_on=date(2020, 1, 1), sunset_on=date(2021, 1, 1))
    ended, sources = watched(replace(gateway, plan=replace(gateway.plan, versions={**versions, "v1": over})))
    for path in ("/v1/orders", "/v1/orders/0004711"):
        for method in ("GET", "POST"):
            answer = get(ended, path, method=method)
            assert is_problem(answer, "version-gone")
            assert any(name == "Link" and "successor-version" in value for name, value in answer.headers)
    assert not any(source.asked for source in sources.values())
    assert get(ended, "/v2/orders", [("limit", "1")]).status == 200


def test_readiness_is_that_of_any_source(gateway: Gateway) -> None:
    """One source that answers is worth serving; each says how it is."""
    assert gateway.ready() == (True, {"erp": "ok", "mes": "ok"})
    known: Any = {name: _Down() for name in gateway.sources}
    assert replace(gateway, sources=known).ready() == (False, {"erp": "unavailable", "mes": "unavailable"})
    assert replace(gateway, sources={**known, "mes": gateway.sources["mes"]}).ready()[0]


class _Down:
    def health(self) -> Health:
        """Nothing is known yet."""
        return Health("untried")

    def ping(self, deadline: float | None = None) -> None:
        """Nobody answers."""
        del deadline
        raise Unavailable("as400-prod")
