"""Requests that nobody should send: each is refused in words that help and give nothing away, and the gateway lives on."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from werkzeug.datastructures import Headers

from app.gateway import Gateway
from app.plan.cursor import Cursors
from app.plan.model import Resource
from app.settings import Settings
from app.web.factory import create_app
from tests.http.client import Client, Reply
from tests.http.secrets import LEGACY, told
from tests.http.test_exchanges import each_resource

INJECTIONS = (
    "' OR '1'='1",
    "'; DROP TABLE orders; --",
    "1) OR (1=1",
    "0 UNION ALL SELECT name FROM sqlite_master",
    '" OR ""="',
    "\\' OR 1=1 --",
    "%' OR '%'='",
    "_%",
    "*/1/*",
    "${jndi:ldap://x}{{7*7}}",
    "<script>alert(1)</script>",
    "../../../etc/passwd",
)


def refused(reply: Reply, status: int, code: str, *echoes: str) -> list[dict[str, str]]:
    """The details of a problem, which is the one that was expected and tells nothing that it should not."""
    assert (reply.status, reply.code) == (status, code), reply.body
    assert told(reply, *echoes) == []
    return list(reply.json.get("errors", []))


@pytest.fixture(scope="module")
def patient(gateway: Gateway) -> Client:
    """A client of a gateway that reads a query of any length, so that other limits are met."""
    return Client(create_app(replace(gateway, settings=Settings(max_query_bytes=10_000_000))))


@pytest.mark.parametrize("size", [16_385, 100_000, 1_048_576])
def test_a_query_that_is_too_long(ask: Client, size: int) -> None:
    """A query of a megabyte is refused by its length, before anything in it is read; the longest one is read."""
    start = "customer_number="
    refused(ask.get(f"/v2/orders?{start}{'x' * (size - len(start))}"), 414, "query-too-long")
    refused(ask.get(f"/v2/orders?{start}{'x' * (16_384 - len(start))}"), 422, "invalid-value")


@pytest.mark.parametrize("parameter", ["status=released", "limit=1", "nonsense=1", "cursor=x", "expand=lines", "="])
def test_ten_thousand_parameters(ask: Client, patient: Client, parameter: str) -> None:
    """However short they are: refused by their length, or by their number where that length may be sent."""
    query = "&".join([parameter] * 10_000)
    if len(query) > 16_384:
        refused(ask.get(f"/v2/orders?{query}"), 414, "query-too-long")
    refused(patient.get(f"/v2/orders?{query}"), 422, "too-many-values")


def test_as_many_parameters_as_may_be(ask: Client) -> None:
    """Two hundred parameters are read, of one filter too; one more is too many; separators alone are none."""
    assert ask.get("/v2/orders?" + "&".join(["number=1"] * 200)).status == 200
    assert ask.get("/v2/orders?limit=1" + "&" * 10_000).status == 200
    refused(ask.get("/v2/orders?" + "&".join(["number=1"] * 201)), 422, "too-many-values")


@pytest.mark.parametrize(
    "bad", ["%00", "a%00b", "%FF", "%C3%28", "%ED%A0%80", "%C0%AF", "%F5%80%80%80", "\xff", "\xc3"]
)
@pytest.mark.parametrize(
    "place",
    ["?customer_number={}", "?{}=1", "?cursor={}", "?sort={}", "/{}", "/1?fields={}", "?customer_number[contains]={}"],
)
def test_what_is_no_text(ask: Client, place: str, bad: str) -> None:
    """NUL, and bytes that are no UTF-8 (overlong forms and halves of surrogates too), are malformed wherever they stand."""
    refused(ask.get("/v2/orders" + place.format(bad)), 400, "malformed-request")


@each_resource
@pytest.mark.parametrize("bad", ["%00", "%FF"])
def test_a_key_that_is_no_text(ask: Client, resource: Resource, bad: str) -> None:
    """In a key, at any place in it."""
    key = ",".join(["1"] * (len(resource.key) - 1) + [bad])
    refused(ask.get(f"{resource.path}/{key}"), 400, "malformed-request")


@pytest.mark.parametrize("bad", ["%01", "%1F", "%0B"])
def test_control_characters_are_no_value(ask: Client, bad: str) -> None:
    """Text with them is refused by filters and keys; it could not be stored."""
    refused(ask.get(f"/v2/customers?name={bad}"), 422, "invalid-value")
    refused(ask.get(f"/v2/customers?name[contains]={bad}"), 422, "invalid-value")
    refused(ask.get(f"/v2/customers/{bad}"), 422, "invalid-key")


@pytest.mark.parametrize(
    "limit", ["0", "-1", "1000000000", "501", "1.0", "1e2", "0x10", "ten", "", " 5", "9" * 5_000, "%D9%A3"]
)
def test_a_limit_that_is_none(ask: Client, limit: str) -> None:
    """Refused, never cut to what is possible; the answer says what is."""
    (detail,) = refused(ask.get(f"/v2/orders?limit={limit}"), 422, "invalid-value")
    assert (detail["parameter"], detail["detail"]) == ("limit", "expected a whole number from 1 to 500")


@pytest.mark.parametrize(
    ("query", "code", "parameter", "hint"),
    [
        ("limitt=5", "unknown-parameter", "limitt", "did you mean 'limit'?"),
        ("Status=released", "unknown-parameter", "Status", "did you mean 'status'?"),
        ("custmer_number=C1001", "unknown-parameter", "custmer_number", "did you mean 'customer_number'?"),
        ("ordered_on[gtee]=2026-01-01", "unknown-operator", "ordered_on[gtee]", "did you mean 'gte'?"),
        ("status[eq]=released", "unknown-operator", "status[eq]", "did you mean 'status'?"),
        ("status[prefix]=re", "unknown-operator", "status[prefix]", ""),
        ("status=relased", "invalid-value", "status", "did you mean 'released'?"),
        ("rush=yes", "invalid-value", "rush", ""),
        ("ordered_on=2026-02-30", "invalid-value", "ordered_on", "2026-02-28"),
        ("ordered_on[gte]=1026-01-01", "invalid-value", "ordered_on[gte]", "1900"),
        ("number=12345678", "invalid-value", "number", ""),
        ("sort=orderd_on", "invalid-value", "sort", "did you mean 'ordered_on'?"),
        ("sort=number,-number", "invalid-value", "sort", ""),
        ("sort=", "invalid-value", "sort", ""),
        ("expand=", "invalid-value", "expand", ""),
        ("expand=line", "invalid-value", "expand", "did you mean 'lines'?"),
        ("expand=lines.itm", "invalid-value", "expand", "did you mean 'item'?"),
        ("fields=nummer", "invalid-value", "fields", "did you mean 'number'?"),
        ("fields=lines", "invalid-value", "fields", "add expand=lines"),
        ("fields=", "invalid-value", "fields", ""),
        ("count=all", "invalid-value", "count", ""),
        ("format=xml", "invalid-value", "format", ""),
        ("weight_kg=5", "unknown-parameter", "weight_kg", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_named(ask: Client, query: str, code: str, parameter: str, hint: str) -> None:
    """Each unknown parameter, operator or value is refused, with the nearest valid one where there is one."""
    (detail,) = refused(ask.get(f"/v2/orders?{query}"), 422, code)
    assert (detail["code"], detail["parameter"]) == (code, parameter)
    assert hint in detail.get("hint", "")


def test_all_mistakes_are_named_at_once(ask: Client) -> None:
    """One answer is enough to correct a request."""
    details = refused(
        ask.get("/v2/orders?limit=0&limitt=1&status=x&sort=y&expand=z&ordered_on[x]=1&number=a"), 422, "invalid-value"
    )
    assert {each["parameter"] for each in details} == {
        "limit",
        "limitt",
        "status",
        "sort",
        "expand",
        "ordered_on[x]",
        "number",
    }


@pytest.fixture(scope="module")
def given(ask: Client) -> str:
    """A cursor that was given out for released orders, newest first."""
    page = ask.get("/v2/orders?status=released&sort=-ordered_on&limit=2").json["page"]
    return str(page["next"])


@pytest.mark.parametrize(
    "target",
    [
        "/v2/orders",
        "/v2/orders?status=held&sort=-ordered_on",
        "/v2/orders?status=released",
        "/v2/orders?status=released&sort=ordered_on",
        "/v2/orders?status=released&sort=-ordered_on&rush=true",
        "/v1/orders?status=released&sort=-ordered_on",
        "/v2/shipments",
    ],
)
def test_a_cursor_of_another_query(ask: Client, given: str, target: str) -> None:
    """A cursor continues one query: with another filter, sort, resource or version it is refused."""
    mark = "&" if "?" in target else "?"
    refused(ask.get(f"{target}{mark}cursor={given}"), 400, "cursor-mismatch", given)
    assert ask.get(f"/v2/orders?status=released&sort=-ordered_on&cursor={given}").status == 200


def forgeries(given: str) -> list[str]:
    """Cursors that were not given out."""
    payload, _, signature = given.partition(".")
    return [
        given[:-1],
        given + "x",
        payload,
        f"{payload}.",
        f".{signature}",
        f"{payload[:-2]}AA.{signature}",
        f"{payload}.{signature[::-1]}",
        given.swapcase(),
        "eyJhZnRlciI6WyI0NzExIl19",
        "null",
        "'",
        "x" * 8_193,
        "%F0%9F%94%A5",
        Cursors(b"another secret").write("0123456789abcdef", ["a"]),
    ]


def test_a_forged_cursor(ask: Client, given: str) -> None:
    """What was not given out is refused as such: cut, lengthened, changed, unsigned, or signed by somebody else."""
    for forged in forgeries(given):
        refused(ask.get(f"/v2/orders?status=released&sort=-ordered_on&cursor={forged}"), 400, "invalid-cursor", forged)
    refused(ask.get("/v2/orders?cursor="), 422, "invalid-value")


@each_resource
def test_sql_in_filters(ask: Client, resource: Resource) -> None:
    """In every filter, SQL is a value like any other: what cannot be one is refused, what can finds only itself."""
    total = ask.get(f"{resource.path}?count=exact&limit=1").json["page"]["total"]
    for each in resource.filters.values():
        for text in INJECTIONS:
            reply = ask.get(f"{resource.path}?{quote(each.parameter)}={quote(text)}&count=exact&limit=1")
            if reply.status == 422:
                refused(reply, 422, "invalid-value", text)
            elif each.operator in {"eq", "prefix", "contains"}:
                assert reply.json["page"]["total"] == 0, (each.parameter, text)
            elif each.operator == "ne":
                assert reply.json["page"]["total"] <= total
    assert ask.get(f"{resource.path}?count=exact&limit=1").json["page"]["total"] == total


@each_resource
@pytest.mark.parametrize("parameter", ["sort", "fields", "expand", "count", "format", "limit"])
def test_sql_in_words(ask: Client, resource: Resource, parameter: str) -> None:
    """Nothing but the words of the document is a sort, a field or an expansion."""
    for text in INJECTIONS:
        reply = ask.get(f"{resource.path}?{parameter}={quote(text)}")
        known = {"sort": bool(resource.sorts), "expand": bool(resource.expansions)}.get(parameter, True)
        assert reply.code in ({"invalid-value"} if known else {"invalid-value", "unknown-parameter"})
        refused(reply, 422, reply.code, text, *text.split(","), *text.split("."))


@each_resource
def test_sql_in_keys(ask: Client, resource: Resource) -> None:
    """A key that is SQL is a key that nothing has, or can have."""
    for text in INJECTIONS:
        key = ",".join([quote(text, safe="")] * len(resource.key))
        reply = ask.get(f"{resource.path}/{key}")
        assert (reply.status, reply.code) in {(404, "not-found"), (422, "invalid-key")}
        assert told(reply, text) == []


@each_resource
@pytest.mark.parametrize("size", [200, 20_000])
def test_giant_keys(ask: Client, resource: Resource, size: int) -> None:
    """A key longer than any that is stored is refused or not found, whatever its length and however many its parts."""
    parts = ("9" * size, "%C3%BC" * size, "%2C" * size)
    for key in [",".join([part] * len(resource.key)) for part in parts] + ["," * size, "1," * size + "1"]:
        reply = ask.get(f"{resource.path}/{key}")
        assert (reply.status, reply.code) in {(404, "not-found"), (422, "invalid-key")}
        assert told(reply) == []
        assert len(reply.body) < 2_000


@pytest.mark.parametrize(
    "text", ["0001-01-01", "9999-12-31", "0000-01-01", "1900-01-01", "2100-12-31", "2026-13-01", "-2026-01-01"]
)
def test_days_at_the_ends_of_time(ask: Client, text: str) -> None:
    """A day that cannot be stored is refused; one that can be, and nothing has, finds nothing."""
    for parameter in ("ordered_on", "ordered_on[gt]", "ordered_on[lte]"):
        reply = ask.get(f"/v2/orders?{parameter}={text}&limit=1")
        assert reply.status == 200 or refused(reply, 422, "invalid-value")


@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00", "2026-11-01T01:30:00-05:00",
     "2026-11-01T01:30:00-04:00", "2026-03-08T02:30:00-05:00", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01"],
)  # fmt: skip
def test_moments_at_the_ends_of_time(ask: Client, text: str) -> None:
    """A moment out of the calendar, in the hour that comes twice or the one that is left out, is answered or refused."""
    for target in ("/v2/orders?changed_at[gte]={}", "/v2/jobs?due_at[lt]={}", "/v2/jobs?due_at={}"):
        reply = ask.get(f"{target.format(text)}&limit=1")
        assert reply.status == 200 or refused(reply, 422, "invalid-value")


@pytest.mark.parametrize(
    "text", ["9" * 30, "-" + "9" * 30, "9007199254740991", "-9007199254740991", "1e400", "NaN", "1_000", "+1", "٣"]
)
def test_numbers_beyond_reason(ask: Client, text: str) -> None:
    """A number that no column holds finds nothing or is refused; it never fails."""
    for parameter in ("id", "id[gt]", "id[lte]", "id[ne]"):
        reply = ask.get(f"/v2/shipments?{parameter}={quote(text)}&limit=1")
        assert reply.status == 200 or refused(reply, 422, "invalid-value", text)
    reply = ask.get(f"/v2/shipments/{quote(text)}")
    assert (reply.status, reply.code) in {(404, "not-found"), (422, "invalid-key")}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Accept", "application/json;q=x, */*;q=-1"),
        ("Accept", "," * 5_000),
        ("Accept", "\xff"),
        ("If-None-Match", 'W/"' + "x" * 100_000),
        ("If-None-Match", ",,,,*"),
        ("If-None-Match", "\xff\xfe"),
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "host=evil.example"),
        ("Range", "bytes=0-1"),
    ],
)
def test_odd_headers(ask: Client, name: str, value: str) -> None:
    """Headers that say nothing sensible are read as well as they can be, or as if they were not there."""
    for target in ("/v2/orders?limit=1", "/v2/orders/0000001"):
        reply = ask.ask("GET", target, {name: value})
        assert reply.status in {200, 404, 406}
        assert b"evil" not in reply.body + str(reply.headers).encode()
        assert reply.status == 200 or told(reply) == []


@pytest.mark.parametrize(
    "tail", ["%0d%0aSet-Cookie:%20a=b/", "%0d%0aSet-Cookie:%20a=b", "%22%3E%3Cscript%3E/", "%E2%80%A8/"]
)
def test_no_header_is_split(ask: Client, tail: str) -> None:
    """What a path holds stays encoded in `Location` and `Link`; nothing is echoed into a header of its own."""
    for version in ("v1", "v2"):
        reply = ask.get(f"/{version}/customers/{tail}?fields=name")
        assert "Set-Cookie" not in reply.headers
        sent = [*reply.headers.getlist("Location"), *reply.headers.getlist("Link")]
        assert not any(re.search(r"[\r\n]|<script", value) for value in sent)


def test_headers_stay_short(ask: Client) -> None:
    """A long query or key is not said again in a header; the cursor in the body leads on all the same."""
    query = "limit=1&" + "&".join(f"number={number}" for number in range(1001, 1190))
    page = ask.get(f"/v2/orders?{query}")
    assert page.link("next") == ""
    assert ask.get(f"/v2/orders?{query}&cursor={page.json['page']['next']}").data != page.data
    lost = ask.get(f"/v1/orders/{'9' * 20_000}")
    assert lost.link("successor-version") == "/v2/orders"
    assert max(len(value) for answer in (page, lost) for _, value in answer.headers) < 1_000


def test_what_is_looked_for_would_be_found() -> None:
    """The search for secrets finds a table, a column, a source's file, SQL and a traceback."""
    for text in ("no such table ORDHDR", "JobOrder", "column CUSNO", "erp.db", "/srv/gateway/app.py", "SELECT x FROM y",
                 "Traceback (most recent call last)", "sqlite3.OperationalError"):  # fmt: skip
        assert told(_saying(text)) != []
    assert told(_saying("expected a whole number from 1 to 500")) == []
    assert {"ORDHDR", "CUSNO", "JobOrder", "OrderNo"} <= LEGACY


def _saying(text: str) -> Reply:
    return Reply(422, Headers(), text.encode())
