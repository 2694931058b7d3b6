"""What every generated Python client does with what a gateway answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from app.describe.clients import python_runtime
from app.describe.clients.python_runtime import Gateway, ProblemError, Resource
from tests.clients.scripted import Answer, listing, problem, scripted

SHAPES = {
    "Order": {"ordered_on": "date", "changed_at": "date-time", "total": "decimal", "lines": "Line", "customer": "Customer"},
    "Line": {"price": "decimal"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client would have waited each time."""
    found: list[float] = []
    monkeypatch.setattr(python_runtime, "time", SimpleNamespace(sleep=found.append))  # that of no other thread
    return found


def orders(url: str, **settings: Any) -> Resource[Any, Any, Mapping[str, Any], Mapping[str, Any]]:
    """The orders of a gateway there."""
    return Resource(Gateway(url, **settings), "/v1/orders", "Order", SHAPES)


def test_values_become_what_python_has_for_them() -> None:
    """Dates, moments, decimals, also of what is nested; null stays null, a member that nobody knows stays as it is."""
    stored = {
        "number": "0004711", "ordered_on": "2026-01-31", "changed_at": "2026-01-31T09:30:05Z", "total": "12.50",
        "lines": [{"price": "0.10", "text": "a"}], "customer": None, "new": "2026-01-31",
    }  # fmt: skip
    with scripted(Answer(200, stored)) as told:
        found = orders(told.url).get("0004711")
    assert found == {
        **stored,
        "ordered_on": dt.date(2026, 1, 31),
        "changed_at": dt.datetime(2026, 1, 31, 9, 30, 5, tzinfo=dt.UTC),
        "total": Decimal("12.50"),
        "lines": [{"price": Decimal("0.10"), "text": "a"}],
    }


def test_keys_and_options_are_written_as_the_gateway_reads_them() -> None:
    """Parts of a key are percent-encoded; several values repeat a parameter; dates, decimals and booleans have the API's spelling."""
    with scripted(listing([])) as told:
        found = orders(f"{told.url}/")
        found.get(("HY-50/225", "a,b", 1))
        asked = {
            "status": ["released", "held"], "ordered_on[gte]": dt.date(2026, 1, 1), "total[lt]": Decimal("1E+2"),
            "rush[null]": True, "sort": "-ordered_on",
        }  # fmt: skip
        found.list(asked)
    assert [each.path for each in told.asked] == [
        "/v1/orders/HY-50%2F225,a%2Cb,1",
        "/v1/orders?status=released&status=held&ordered_on%5Bgte%5D=2026-01-01&total%5Blt%5D=100&rush%5Bnull%5D=true&sort=-ordered_on",
    ]


def test_pages_follow_their_cursors() -> None:
    """Every item comes once; each page is asked for with the same options; a page says where it stands and how old it is."""
    answers = (
        listing([{"number": "1"}, {"number": "2"}], "n.1", **{"data-as-of": "2026-01-31T14:30:05Z"}),
        listing([{"number": "3"}]),
    )
    with scripted(*answers) as told:
        first, second = orders(told.url).pages({"status": "held"})
    assert [each["number"] for page in (first, second) for each in page.data] == ["1", "2", "3"]
    assert (first.next, first.limit, first.total) == ("n.1", 2, None)
    assert first.as_of == dt.datetime(2026, 1, 31, 14, 30, 5, tzinfo=dt.UTC)
    assert (second.next, second.as_of) == (None, None)
    assert [each.path for each in told.asked] == ["/v1/orders?status=held", "/v1/orders?status=held&cursor=n.1"]
    with scripted(*answers) as told:
        assert [each["number"] for each in orders(told.url).each()] == ["1", "2", "3"]


def test_what_has_not_changed_is_not_sent_again() -> None:
    """An ETag is shown the next time; after 304 the answer is the one that is kept, and what a caller did to it is forgotten."""
    with scripted(Answer(200, {"number": "1"}, {"ETag": 'W/"a"'}), Answer(304)) as told:
        found = orders(told.url, credential="k")
        found.get("1").clear()
        assert found.get("1") == {"number": "1"}
    assert [each.headers.get("if-none-match") for each in told.asked] == [None, 'W/"a"']


def test_another_credential_has_answers_of_its_own() -> None:
    """What one caller was shown is no answer to another."""
    with scripted(Answer(200, {"number": "1"}, {"ETag": '"a"'})) as told:
        gateway = Gateway(told.url, "first")
        gateway.fetch("/v1/orders", {})
        gateway.credential = "second"
        gateway.fetch("/v1/orders", {})
    assert [each.headers["authorization"] for each in told.asked] == ["Bearer first", "Bearer second"]
    assert "if-none-match" not in told.asked[1].headers


def test_few_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was used longest ago leaves first."""
    monkeypatch.setattr("app.describe.clients.python_runtime._KEPT", 2)
    with scripted(Answer(200, {}, {"ETag": '"a"'})) as told:
        found = orders(told.url)
        for key in ("1", "2", "3", "1", "3"):
            found.get(key)
    assert ["if-none-match" in each.headers for each in told.asked] == [False, False, False, False, True]


def test_what_may_pass_is_asked_again_when_the_gateway_says(waits: list[float]) -> None:
    """`Retry-After` is waited for; a connection that breaks is waited for less, and longer each time."""
    busy = problem(503, "source-busy", retryable=True, after="7")
    with scripted(busy, Answer(0), Answer(200, {"number": "1"})) as told:
        assert orders(told.url).get("1") == {"number": "1"}
    assert (len(told.asked), waits[0]) == (3, 7.0)
    assert 0.4 <= waits[1] <= 1.0


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        (problem(404, "not-found", retryable=False), 1),
        (problem(503, "source-spent", retryable=False, after="5"), 1),
        (problem(503, "source-quiet", retryable=True, after="3600"), 1),
        (problem(504, "source-timeout", retryable=True), 3),
    ],
)
def test_what_does_not_pass_is_raised(answer: Answer, asked: int, waits: list[float]) -> None:
    """At once, where it would not help or take too long; else after the last attempt."""
    with scripted(answer) as told, pytest.raises(ProblemError) as raised:
        orders(told.url).get("1")
    assert (raised.value.code, raised.value.status) == (answer.body["code"], answer.status)
    assert (len(told.asked), len(waits)) == (asked, asked - 1)


def test_a_problem_tells_everything() -> None:
    """Each member of the document, and how long to wait."""
    errors = [{"code": "unknown-parameter", "detail": "`limitt` is not a parameter here.", "hint": "limit"}]
    refused = problem(422, "invalid-request", retryable=False, after="9", errors=errors)
    with (
        scripted(refused) as told,
        pytest.raises(ProblemError, match="422 invalid-request: It is invalid-request") as raised,
    ):
        orders(told.url).list({"limitt": 5})
    assert {name: getattr(raised.value, name) for name in refused.body} == refused.body
    assert raised.value.retry_after == 9.0


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", "[]", ""])
def test_what_is_no_problem_document_is_a_problem_all_the_same(body: str) -> None:
    """A proxy's page has a status, and no code."""
    with scripted(Answer(502, body)) as told, pytest.raises(ProblemError) as raised:
        orders(told.url, attempts=1).get("1")
    assert (raised.value.status, raised.value.code, raised.value.title, raised.value.retryable) == (
        502,
        "",
        "Bad Gateway",
        True,
    )


def test_no_redirect_takes_the_credential_elsewhere() -> None:
    """An answer that leads to another host is an error, and the host is not asked."""
    with scripted(listing([])) as other, scripted(Answer(302, "", {"Location": f"{other.url}/v1/orders"})) as told:
        with pytest.raises(ProblemError) as raised:
            orders(told.url, credential="secret").list()
        assert (raised.value.status, other.asked) == (302, [])


def test_where_no_gateway_is_an_error_of_the_system(waits: list[float]) -> None:
    """After the last attempt it is the system's own error; an address that is none is refused at once."""
    with scripted(Answer()) as told:
        pass
    with pytest.raises(OSError, match="refused"):
        orders(told.url, attempts=2).get("1")
    assert len(waits) == 1
    with pytest.raises(ValueError, match="no address of a gateway"):
        Gateway("file:///etc/passwd")
