"""Filters: the predicate of each operator, and that it finds, in a real database, what its name says."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from adapters.port import All, Any_, Compare, In, Like, Null, Predicate
from app.gateway import Gateway
from app.plan.filters import predicate
from app.plan.model import Resource
from tests.plan import depot

RANGES: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
}  # fmt: skip
VALUES: Mapping[str, Sequence[str]] = {
    "id": ("0", "7", "60", "120", "121"),
    "name": ("Alpha", "alpha", "", "Beta", "zz"),
    "flag": ("true", "false"),
    "code": ("entered", "released"),
    "day": ("2025-12-31", "2026-01-01", "2026-01-15", "2100-01-01", "1999-12-31"),
    "month": ("2025-12", "2026-01", "2030-01"),
    "moment": (
        "2026-01-31T00:00:00-05:00", "2026-01-31T09:30:00-05:00", "2026-01-30T23:59:59-05:00",
        "2026-02-01T00:00:00-05:00", "2026-01-31T00:00:01-05:00",
    ),
    "start": ("2026-01-31", "1999-12-31", "2026-01-15"),
    "amount": ("0", "-0.01", "1.5", "999.99"),
}  # fmt: skip


@pytest.fixture(scope="module")
def resource(stock: Gateway) -> Resource:
    """The depot's resource."""
    return stock.plan.versions["v1"].resources["stock"]


@pytest.fixture(scope="module")
def items(stock: Gateway) -> list[dict[str, Any]]:
    """Every item, as it is served."""
    found = depot.body(depot.get(stock, "/v1/stock", [("limit", "1000")]))["data"]
    assert len(found) == depot.ROWS * 9 // 10
    assert not [item for item in found if "_issues" in item]
    return list(found)


def found(gateway: Gateway, *parameters: tuple[str, str]) -> set[int]:
    """The identities of the items that a list with these parameters has."""
    answer = depot.get(gateway, "/v1/stock", [*parameters, ("limit", "1000"), ("fields", "id")])
    assert answer.status == 200, answer.body
    return {item["id"] for item in depot.body(answer)["data"]}


def known(field: str, value: Any) -> Any:
    """A value that can be compared."""
    return Decimal(value) if field == "amount" and isinstance(value, str) else value


def api(resource: Resource, field: str, text: str) -> Any:
    """The API value of a parameter's text."""
    return known(field, resource.fields[field].conversion.parse(text))


def where(items: Sequence[Mapping[str, Any]], field: str, holds: Callable[[Any], bool]) -> set[int]:
    """The identities of the items that have a value for which `holds`."""
    return {item["id"] for item in items if item[field] is not None and holds(known(field, item[field]))}


CASES = [(field, value) for field, values in VALUES.items() for value in values]


@pytest.mark.parametrize(("field", "value"), CASES)
def test_equal_finds_every_spelling(
    stock: Gateway, resource: Resource, items: list[dict[str, Any]], field: str, value: str
) -> None:
    """`field=` finds the rows that are served with the value, however they store it, and no others."""
    wanted = api(resource, field, value)
    assert found(stock, (field, value)) == where(items, field, lambda each: each == wanted)


@pytest.mark.parametrize(("field", "value"), CASES)
def test_unequal_leaves_out_what_has_no_value(
    stock: Gateway, resource: Resource, items: list[dict[str, Any]], field: str, value: str
) -> None:
    """`field[ne]=` finds the rows with another value; NULL and sentinels are no value."""
    wanted = api(resource, field, value)
    assert found(stock, (f"{field}[ne]", value)) == where(items, field, lambda each: each != wanted)


@pytest.mark.parametrize("sign", RANGES)
@pytest.mark.parametrize(("field", "value"), [case for case in CASES if case[0] not in {"flag", "code", "name"}])
def test_a_range_leaves_out_what_has_no_value(
    stock: Gateway, resource: Resource, items: list[dict[str, Any]], field: str, value: str, sign: str
) -> None:
    """Ranges compare as the values do; a sentinel lies in none of them, though its stored form would."""
    wanted = api(resource, field, value)
    expected = where(items, field, lambda each: RANGES[sign](each, wanted))
    assert found(stock, (f"{field}[{sign}]", value)) == expected


@pytest.mark.parametrize("field", [field for field in VALUES if field != "id"])
def test_null_tells_what_has_no_value(
    stock: Gateway, resource: Resource, items: list[dict[str, Any]], field: str
) -> None:
    """`field[null]=true` finds what is served as null, NULL and sentinels alike; `false` finds the rest."""
    assert f"{field}[null]" in resource.filters
    without = {item["id"] for item in items if item[field] is None}
    assert without
    assert found(stock, (f"{field}[null]", "true")) == without
    assert found(stock, (f"{field}[null]", "false")) == {item["id"] for item in items} - without


@pytest.mark.parametrize(
    ("sign", "text", "holds"),
    [
        ("prefix", "Al", lambda text: text.startswith("Al")),
        ("prefix", "1_", lambda text: text.startswith("1_")),
        ("contains", "0%", lambda text: "0%" in text),
        ("contains", "rge", lambda text: "rge" in text),
        ("contains", "Ä", lambda text: "Ä" in text),
        ("prefix", "%", lambda text: text.startswith("%")),
    ],
)
def test_text_is_searched_as_it_is(
    stock: Gateway, items: list[dict[str, Any]], sign: str, text: str, holds: Callable[[str], bool]
) -> None:
    """`prefix` and `contains` know no wildcards, and tell upper case from lower."""
    assert found(stock, (f"name[{sign}]", text)) == where(items, "name", holds)


def test_repeated_values_are_one_of_them(stock: Gateway, items: list[dict[str, Any]]) -> None:
    """A repeated parameter is OR for `=` and none of them for `[ne]`; different parameters are AND."""
    several = [("name", "Alpha"), ("name", "Beta"), ("name", "Alpha")]
    assert found(stock, *several) == where(items, "name", lambda name: name in {"Alpha", "Beta"})
    unequal = [("name[ne]", "Alpha"), ("name[ne]", "Beta")]
    assert found(stock, *unequal) == where(items, "name", lambda name: name not in {"Alpha", "Beta"})
    moments = [("moment", VALUES["moment"][0]), ("moment", VALUES["moment"][1])]
    assert found(stock, *moments) == found(stock, moments[0]) | found(stock, moments[1])
    both = [("name", "Alpha"), ("day[gte]", "2026-01-01")]
    assert found(stock, *both) == found(stock, both[0]) & found(stock, both[1])


def test_what_is_not_active_is_never_there(stock: Gateway) -> None:
    """No filter brings a row back that `active_when` leaves out."""
    assert found(stock, ("id", "10")) == set()
    assert found(stock, ("id[ne]", "1")).isdisjoint(range(10, depot.ROWS + 1, 10))


DAY = Compare("DAY", ">=")
SHAPES: Mapping[str, tuple[str, tuple[Any, ...], Predicate, tuple[Any, ...]]] = {
    "one value is an equation": ("id", (7,), Compare("ID", "="), (7,)),
    "several are filled to a power of two": ("id", (7, 8, 9), In("ID", 4), (7, 8, 9, 9)),
    "every spelling is named": ("flag", (True,), In("FLAG", 2), ("Y", "J")),
    "sentinels are left out beside the values": (
        "day[ne]", ("2026-01-01",), In("DAY", 4, negated=True), (1260101, 0, 9999999, 9999999),
    ),
    "a sentinel above a lower bound is left out": (
        "day[gte]", ("2026-01-01",), All((DAY, In("DAY", 1, negated=True))), (1260101, 9999999),
    ),
    "a sentinel below an upper bound is left out": (
        "day[lt]", ("2026-01-01",), All((Compare("DAY", "<"), In("DAY", 1, negated=True))), (1260101, 0),
    ),
    "a column without sentinels is compared alone": ("amount[lte]", ("1.50",), Compare("AMOUNT", "<="), (150,)),
    "two columns are compared one after the other, from where an index can start": (
        "moment[gt]", ("2026-01-31T09:30:00-05:00",),
        All((
            All((
                Compare("DT", ">="),
                Any_((Compare("DT", ">"), All((Compare("DT", "="), Compare("TM", ">"))))),
            )),
            In("DT", 1, negated=True),
        )),
        (1260131, 1260131, 1260131, 93000, 9999999),
    ),
    "two columns are equal together": (
        "moment", ("2026-01-31T09:30:00-05:00",),
        Any_((All((Compare("DT", "="), Compare("TM", "="))),)),
        (1260131, 93000),
    ),
    "two columns differ where one does; NULL behind the first is another time": (
        "moment[ne]", ("2026-01-31T09:30:00-05:00",),
        All((
            Any_((Any_((Compare("DT", "<>"), Null("DT"))), Any_((Compare("TM", "<>"), Null("TM"))))),
            Null("DT", negated=True),
            In("DT", 4, negated=True),
        )),
        (1260131, 93000, 0, 9999999, 999999, 999999),
    ),
    "null is NULL or a sentinel": (
        "day[null]", (True,), Any_((Null("DAY"), In("DAY", 2))), (0, 9999999),
    ),
    "text is handed on as it is": ("name[contains]", ("0%",), Like("NAME", "contains"), ("0%",)),
}  # fmt: skip


@pytest.mark.parametrize(("parameter", "values", "shape", "bound"), SHAPES.values(), ids=SHAPES.keys())
def test_the_predicate_converts_values_and_never_columns(
    resource: Resource, parameter: str, values: tuple[Any, ...], shape: Predicate, bound: tuple[Any, ...]
) -> None:
    """A predicate compares bare columns with stored forms: an index on the column serves it."""
    assert predicate(resource.filters[parameter], values) == (shape, bound)
