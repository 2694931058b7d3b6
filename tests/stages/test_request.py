"""What is decided about a request before anything is read: where it leads, what it accepts, what it has already."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.formats.negotiate import negotiate
from app.plan.model import Plan
from app.problems import ProblemError
from app.stages.conditional import not_modified
from app.stages.route import Route, route
from tests.plan import contracts


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A plan of two versions."""
    folder: Path = tmp_path_factory.mktemp("route")
    return contracts.plan(
        folder, {"v2/version.yaml": "extends: v1\nchanges:\n  - {rename: {jobs: tasks}, because: x}\n"}
    )


@pytest.mark.parametrize(
    ("path", "version", "resource", "segment", "canonical"),
    [
        ("/v1/orders", "v1", "orders", None, ""),
        ("/v2/tasks", "v2", "tasks", None, ""),
        ("/v1/orders/4711", "v1", "orders", "4711", ""),
        ("/v1/orders/A%2FB", "v1", "orders", "A%2FB", ""),
        ("/v1/orders/A/B", "v1", "orders", "A/B", ""),
        ("/v1/order-lines/1,2", "v1", "order-lines", "1,2", ""),
        ("/v1/orders/%C3%9C", "v1", "orders", "%C3%9C", ""),
        ("/v1/orders/\xc3\x9c", "v1", "orders", "\xc3\x9c", ""),
        ("/v1/orders/", "v1", "orders", None, "/v1/orders"),
        ("/v1/orders//", "v1", "orders", None, "/v1/orders"),
        ("/v1/orders/4711/", "v1", "orders", "4711", "/v1/orders/4711"),
    ],
)
def test_a_path_leads_to_a_resource(
    plan: Plan, path: str, version: str, resource: str, segment: str | None, canonical: str
) -> None:
    """A list or an item of one version; a trailing slash leads to the address without it."""
    found = plan.versions[version]
    assert route(plan, path) == Route(found, found.resources[resource], segment, canonical)


@pytest.mark.parametrize(
    "path",
    ["", "/", "//", "/v1", "/v1/", "/v3/orders", "/v1/tasks", "/V1/orders", "/v1/Orders", "orders", "*", "//v1/orders",
     "/v1//orders", "/v1/orders.json", "/v1%2Forders", "http://gw/v1/orders"],
)  # fmt: skip
def test_any_other_path_is_404(plan: Plan, path: str) -> None:
    """What no version has is not found."""
    with pytest.raises(ProblemError) as caught:
        route(plan, path)
    assert (caught.value.problem.code, caught.value.problem.status) == ("not-found", 404)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/v1/orders/%FF", "UTF-8"),
        ("/v1/orders/\xff", "UTF-8"),
        ("/v1/orders/\u20ac", "UTF-8"),
        ("/%C3/orders", "UTF-8"),
        ("/v1/orders/%00", "NUL"),
        ("/v1/orders/\0", "NUL"),
        ("/v1/orders/a\r\nX-Evil: 1", "control character"),
        ("/v1/orders/a\x7f", "control character"),
    ],
)
def test_a_path_that_is_no_text_is_400(plan: Plan, path: str, why: str) -> None:
    """Nothing is guessed about bytes that are no UTF-8, and nothing unprintable goes any further."""
    with pytest.raises(ProblemError, match=why) as caught:
        route(plan, path)
    assert caught.value.problem.status == 400


@pytest.mark.parametrize(
    "accept",
    [
        None, "", "*/*", "application/json", "application/*", "Application/JSON", "application/json;charset=utf-8",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/csv, application/json;q=0.1",
        "application/json ; q=0.5", "*/*;q=0, application/json", "application/*;q=0, application/json;q=0.001", ",", " , ",
        "application/json;q=0, application/json",
    ],
)  # fmt: skip
def test_json_is_sent_to_whoever_takes_it(accept: str | None) -> None:
    """The most specific range decides; a missing header takes anything (RFC 9110, 12.5.1)."""
    assert negotiate(accept) == "application/json"


@pytest.mark.parametrize(
    "accept",
    [
        "text/csv", "text/*", "application/xml", "application/json;q=0", "application/json;q=0.0, */*", "*/*;q=0",
        "application/*;q=0, */*", "application/json;q=x", "application/json;q=nan", "application/json;q=-1", "json",
        "application/problem+json",
    ],
)  # fmt: skip
def test_who_takes_something_else_is_told(accept: str) -> None:
    """An exclusion by name holds against a wildcard; a weight that is none excludes."""
    with pytest.raises(ProblemError) as caught:
        negotiate(accept)
    assert (caught.value.problem.status, caught.value.detail) == (406, "served: application/json")


@pytest.mark.parametrize(
    ("header", "etag", "expected"),
    [
        (None, '"a"', False),
        ("", '"a"', False),
        ('"a"', '"a"', True),
        ('"b"', '"a"', False),
        ('"b", "a"', '"a"', True),
        ('W/"a"', '"a"', True),
        ('"a"', 'W/"a"', True),
        ('W/"b",W/"a"', 'W/"a"', True),
        ("*", '"a"', True),
        (" * ", '"a"', True),
        ("a", '"a"', False),
        ('"a', '"a"', False),
        ('"A"', '"a"', False),
    ],
)
def test_who_has_the_answer_already_is_told(header: str | None, etag: str, *, expected: bool) -> None:
    """If-None-Match compares weakly, against each of its entries (RFC 9110, 13.1.2)."""
    assert not_modified(header, etag) is expected
