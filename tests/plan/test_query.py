"""A query string understood: what each mistake is answered with, and that all of them are answered at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from app.contract.words import RESERVED_PARAMETERS
from app.plan import query
from app.plan.model import Version
from app.plan.query import Query
from app.problems import Detail, ProblemError
from tests.plan import contracts


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    """The small contract's one version."""
    return contracts.plan(tmp_path_factory.mktemp("query")).versions["v1"]


def read(version: Version, text: str, resource: str = "orders", *, item: bool = False) -> Query:
    """What a raw query string asks of a list, or of an item."""
    pairs = query.pairs(text, 200)
    reader = query.item_query if item else query.list_query
    return reader(version, version.resources[resource], pairs)


def refused(version: Version, text: str, *, item: bool = False) -> ProblemError:
    """The problem that a query string is answered with."""
    with pytest.raises(ProblemError) as caught:
        read(version, text, item=item)
    return caught.value


def wrong(parameter: str, detail: str, hint: str = "", code: str = "invalid-value") -> Detail:
    """One mistake."""
    return Detail(detail, parameter, code, hint)


LIMIT = "expected a whole number from 1 to 5"
MOST = "the most is limit=5"
MISTAKES: Mapping[str, Detail] = {
    "statsu=released": wrong("statsu", "there is no such parameter", "did you mean 'status'?", "unknown-parameter"),
    "Status=released": wrong("Status", "there is no such parameter", "did you mean 'status'?", "unknown-parameter"),
    "limmit=3": wrong("limmit", "there is no such parameter", "did you mean 'limit'?", "unknown-parameter"),
    "total=3": wrong("total", "total cannot be filtered by", "", "unknown-parameter"),
    "total[gt]=3": wrong("total[gt]", "total cannot be filtered by", "", "unknown-parameter"),
    "offset=3": wrong("offset", "there is no such parameter", "", "unknown-parameter"),
    "=3": wrong("", "there is no such parameter", "", "unknown-parameter"),
    "status[eq]=released": wrong("status[eq]", "status has no operator [eq]", "did you mean 'status'?", "unknown-operator"),
    "status[neq]=released": wrong("status[neq]", "status has no operator [neq]", "did you mean 'ne'?", "unknown-operator"),
    "status[gte]=released": wrong("status[gte]", "status has no operator [gte]", "known: ne, null", "unknown-operator"),
    "ordered_on[ge]=2026-01-01": wrong(
        "ordered_on[ge]", "ordered_on has no operator [ge]", "did you mean 'gte'?", "unknown-operator"
    ),
    "status=relased": wrong("status", "expected one of entered, released", "did you mean 'released'?"),
    "ordered_on=2026-02-30": wrong("ordered_on", "expected a day of the calendar, such as 2026-02-28", "2026-02-28"),
    "ordered_on[gte]=01/31/2026": wrong("ordered_on[gte]", "expected a day of the calendar, such as 2026-02-28"),
    "status[null]=yes": wrong("status[null]", "expected true or false", "known: false, true"),
    "customer[prefix]=": wrong("customer[prefix]", "expected at least one character"),
    "ordered_on[gte]=2026-01-01&ordered_on[gte]=2026-01-02": wrong("ordered_on[gte]", "expected once"),
    "limit=1&limit=2": wrong("limit", "expected once"),
    "limit=0": wrong("limit", LIMIT),
    "limit=-1": wrong("limit", LIMIT),
    "limit=": wrong("limit", LIMIT),
    "limit=abc": wrong("limit", LIMIT),
    "limit=2.0": wrong("limit", LIMIT),
    "limit=%D9%A3": wrong("limit", LIMIT),
    "limit=+5": wrong("limit", LIMIT),
    "limit=6": wrong("limit", LIMIT, MOST),
    "limit=1000000000": wrong("limit", LIMIT, MOST),
    "limit=" + "9" * 5000: wrong("limit", LIMIT),
    "sort=total": wrong("sort", "'total' cannot be sorted by", "known: number, ordered_on"),
    "sort=orderd_on": wrong("sort", "'orderd_on' cannot be sorted by", "did you mean 'ordered_on'?"),
    "sort=number,-number": wrong("sort", "'number' stands twice"),
    "sort=": wrong("sort", "'' cannot be sorted by", "known: number, ordered_on"),
    "fields=numbr": wrong("fields", "there is no field 'numbr'", "did you mean 'number'?"),
    "fields=": wrong(
        "fields",
        "there is no field ''",
        "known: changed_at, customer, entered_on, jobs, lines, number, ordered_on, status, total",
    ),
    "fields=number,lines": wrong("fields", "lines is not expanded", "add expand=lines"),
    "expand=line": wrong("expand", "orders has no expansion 'line'", "did you mean 'lines'?"),
    "expand=jobs.haed": wrong("expand", "jobs has no expansion 'haed'", "did you mean 'head'?"),
    "expand=lines.": wrong("expand", "order-lines has no expansion ''"),
    "count=estimated": wrong("count", "expected exact", "known: exact"),
    "format=csv": wrong("format", "expected json", "known: json"),
    "cursor=": wrong("cursor", "expected `page.next` of the page before", "leave it out for the first page"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MISTAKES.items(), ids=[text[:40] for text in MISTAKES])
def test_a_mistake_is_named(version: Version, text: str, expected: Detail) -> None:
    """Each kind of mistake is 422 with its parameter, what was expected, and the nearest valid thing."""
    problem = refused(version, text)
    assert problem.errors == (expected,)
    assert problem.problem.code == expected.code
    assert problem.problem.status == 422
    assert problem.detail == f"{expected.parameter}: {expected.detail}"


def test_all_mistakes_come_at_once(version: Version) -> None:
    """One answer names every mistake, so that a client corrects them in one go."""
    text = (
        "statsu=x&status=relased&status=shiped&limit=0&sort=total,colour&fields=numbr&expand=line&count=all&format=xml"
    )
    problem = refused(version, text)
    assert [(each.parameter, each.code) for each in problem.errors] == [
        ("status", "invalid-value"),
        ("status", "invalid-value"),
        ("statsu", "unknown-parameter"),
        ("expand", "invalid-value"),
        ("fields", "invalid-value"),
        ("sort", "invalid-value"),
        ("sort", "invalid-value"),
        ("limit", "invalid-value"),
        ("count", "invalid-value"),
        ("format", "invalid-value"),
    ]
    assert problem.detail.endswith(", and 9 more")


def test_an_item_takes_no_filters(version: Version) -> None:
    """What only a list can be asked is unknown to an item."""
    problem = refused(version, "status=released&sort=number&limit=3", item=True)
    assert [each.parameter for each in problem.errors] == ["status", "sort", "limit"]
    assert {each.code for each in problem.errors} == {"unknown-parameter"}


def test_what_a_list_can_be_asked(version: Version) -> None:
    """Every parameter is understood: values are API values, fields keep the resource's order, expansions are a tree."""
    found = read(
        version,
        "customer=C1&customer=C2&customer=C1&ordered_on[gte]=2026-01-01&status[null]=false&sort=-ordered_on,number"
        "&fields=total,jobs,number&expand=jobs.head,lines&limit=3&count=exact&cursor=abc&format=json",
    )
    assert [(each.parameter, values) for each, values in found.filters] == [
        ("customer", ("C1", "C2")),
        ("ordered_on[gte]", ("2026-01-01",)),
        ("status[null]", (False,)),
    ]
    assert found.sort == (("ordered_on", True), ("number", False))
    assert found.fields == ("number", "total")
    assert found.expand == {"jobs": {"head": {}}}
    assert (found.limit, found.count, found.cursor, found.format) == (3, True, "abc", "json")


def test_what_is_not_said_is_usual(version: Version) -> None:
    """Without parameters: every field, the default page, nothing expanded, no total."""
    found = read(version, "")
    assert found.fields == tuple(version.resources["orders"].fields)
    assert (found.limit, found.count, found.cursor, found.sort, found.expand, found.filters) == (
        2,
        False,
        "",
        (),
        {},
        (),
    )
    assert read(version, "", item=True).limit == 0


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("a=1&b=2", [("a", "1"), ("b", "2")]),
        ("a&b=", [("a", ""), ("b", "")]),
        ("&&a=1&", [("a", "1")]),
        ("a=b=c", [("a", "b=c")]),
        ("a%5Bgte%5D=1", [("a[gte]", "1")]),
        ("a[gte]=1", [("a[gte]", "1")]),
        ("a=x+y%2Bz%20w", [("a", "x y+z w")]),
        ("a=M%C3%BCller", [("a", "Müller")]),
        ("a=M\xc3\xbcller", [("a", "Müller")]),  # raw UTF-8, as curl sends it and WSGI has it
        ("a=100%&b=%zz", [("a", "100%"), ("b", "%zz")]),
    ],
)
def test_parameters_are_decoded_once(text: str, pairs: list[tuple[str, str]]) -> None:
    """Percent-encoding, plus signs and raw UTF-8 are read; a percent sign that encodes nothing is one."""
    assert query.pairs(text, 10) == pairs


@pytest.mark.parametrize("text", ["a=%FF", "a=\xff", "%C3=1", "a=%C3%28", "a=\u20ac"])
def test_what_is_no_utf8_is_malformed(text: str) -> None:
    """Bytes that are no text are 400: no guess is made at their code page."""
    with pytest.raises(ProblemError) as caught:
        query.pairs(text, 10)
    assert (caught.value.problem.code, caught.value.problem.status) == ("malformed-request", 400)


@pytest.mark.parametrize("text", ["a=%00", "a=b%00c", "%00=1", "a=\0"])
def test_nul_is_malformed(text: str) -> None:
    """A NUL character gets nowhere near a driver."""
    with pytest.raises(ProblemError, match="NUL"):
        query.pairs(text, 10)


def test_too_many_parameters() -> None:
    """Ten thousand parameters are refused before one of them is looked at."""
    with pytest.raises(ProblemError) as caught:
        query.pairs("&".join(["a=%FF"] * 10_000), 200)
    assert caught.value.problem.code == "too-many-values"
    assert caught.value.detail == "10000 parameters; at most 200 are read"


def test_an_unencoded_plus_in_a_moment_is_a_plus(version: Version) -> None:
    """An offset's plus that was not encoded arrives as a blank, which means nothing else there: the moment is the same."""
    plain, encoded = (
        read(version, f"changed_at[gte]=2026-01-01T00:00:00{plus}01:00").filters[0][1] for plus in ("+", "%2B")
    )
    assert plain == encoded == ("2025-12-31T18:00:00-05:00",)


def test_the_canonical_text_tells_queries_apart(version: Version) -> None:
    """Equal questions have one text, whatever the order of their parameters; others have others."""
    same = {read(version, text).text for text in ("status=released&customer=C1&customer=C2", "customer=C2&customer=C1&status=released")}  # fmt: skip
    assert len(same) == 1
    texts = ["", "status=released", "status[ne]=released", "sort=number", "sort=-number", "limit=1", "fields=number",
             "expand=lines", "expand=jobs", "expand=jobs.head", "count=exact", "cursor=a", "customer=C1", "customer=C2",
             "customer=C1&customer=C2", "customer=C1%27%2C+%27C2"]  # fmt: skip
    assert len({read(version, text).text for text in texts}) == len(texts)
    assert read(version, "", "jobs").text != read(version, "", "order-lines").text


def test_the_sources_of_a_query(version: Version) -> None:
    """A query asks the source of its resource, and those of its expansions, however deep."""
    orders = version.resources["orders"]
    assert query.sources(version, orders, {}) == {"erp"}
    assert query.sources(version, orders, {"jobs": {"head": {}}}) == {"erp", "mes"}


def test_the_parameters_of_every_list_are_no_fields(tmp_path: Path) -> None:
    """A field cannot have the name of a parameter that every list takes, so that no name means two things."""
    assert set(query.LIST_PARAMETERS) == set(RESERVED_PARAMETERS)
    assert set(query.ITEM_PARAMETERS) <= set(query.LIST_PARAMETERS)
    assert not set(contracts.resource(tmp_path).fields) & set(query.LIST_PARAMETERS)
