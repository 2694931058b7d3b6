"""Reads: pages that miss nothing and repeat nothing, items by key, and batches that fit a statement."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.port import All, Any_, Compare, In, Order
from app.gateway import Gateway
from app.plan import query as queries
from app.plan import read
from app.plan.model import Plan, Resource
from app.plan.query import Query
from app.problems import ProblemError
from tests.plan import contracts, depot
from tests.plan.contracts import LINES, ORDERS, changed

SORTS = [
    "",
    "id",
    "-id",
    "name",
    "-name",
    "day",
    "-day",
    "-month,name",
    "month,-name",
    "moment",
    "-moment",
    "-amount,day",
]


def pages(gateway: Gateway, *parameters: tuple[str, str]) -> Iterator[list[dict[str, Any]]]:
    """A walk through a list, by the cursors that it gives out; between two pages the caller may change the data."""
    cursor: list[tuple[str, str]] = []
    while True:
        answer = depot.get(gateway, "/v1/stock", [*parameters, *cursor])
        assert answer.status == 200, answer.body
        page = depot.body(answer)
        yield page["data"]
        if page["page"]["next"] is None:
            return
        cursor = [("cursor", page["page"]["next"])]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", ["1", "7", "54"])
def test_a_walk_is_one_long_page(stock: Gateway, sort: str, limit: str) -> None:
    """Pages of any size bring what one page of all would, in its order: under equal values, NULLs, both directions."""
    asked = [("sort", sort)] if sort else []
    (whole,) = pages(stock, *asked, ("limit", "1000"))
    walked = list(pages(stock, *asked, ("limit", limit)))
    assert [item for page in walked for item in page] == whole
    assert {len(page) for page in walked[:-1]} <= {int(limit)}
    assert len(whole) == depot.ROWS * 9 // 10


def test_a_walk_keeps_to_its_filter(stock: Gateway) -> None:
    """The filter holds on every page."""
    asked = [("code", "released"), ("day[ne]", "2026-01-01"), ("sort", "-month")]
    (whole,) = pages(stock, *asked, ("limit", "1000"))
    assert [item for page in pages(stock, *asked, ("limit", "5")) for item in page] == whole
    assert {item["code"] for item in whole} == {"released"}


@pytest.mark.parametrize("sort", ["name", "-name", "-day"])
def test_rows_that_come_and_go_disturb_nobody(tmp_path: Path, sort: str) -> None:
    """While rows are inserted and deleted between pages, every row that stays is seen exactly once."""
    folder = depot.build(tmp_path / "depot")
    gateway = depot.opened(folder)
    seen: list[int] = []
    with sqlite3.connect(folder / "depot.db", isolation_level=None) as writer:
        for turn, page in enumerate(pages(gateway, ("sort", sort), ("limit", "10"))):
            seen += [item["id"] for item in page]
            writer.execute("DELETE FROM STOCK WHERE ID = ?", (page[-1]["id"],))  # where the cursor stands
            for offset, name in enumerate(("      ", "zzzz  ", None)):
                row = (1000 + turn * 10 + offset, name)
                writer.execute(
                    "INSERT INTO STOCK SELECT ?, 'A', ?, FLAG, CODE, DAY, MONTH, DT, TM, CC, YY, MM, DD, AMOUNT FROM STOCK LIMIT 1",
                    row,
                )
    writer.close()
    gateway.close()
    assert len(seen) == len(set(seen))
    assert {number for number in range(1, depot.ROWS + 1) if number % 10} <= set(seen)


def test_counting_is_of_the_whole_list(stock: Gateway) -> None:
    """`count=exact` tells how many items the filter lets through, whatever page is shown."""
    for number in ("1", "1000"):
        answer = depot.body(
            depot.get(stock, "/v1/stock", [("code", "released"), ("count", "exact"), ("limit", number)])
        )
        assert answer["page"]["total"] == len(
            depot.body(depot.get(stock, "/v1/stock", [("code", "released"), ("limit", "1000")]))["data"]
        )


@pytest.mark.parametrize("other", ["sort=-id", "sort=id&code=released", "code=released&code=entered", "name=x"])
def test_a_cursor_of_another_query_is_refused(stock: Gateway, other: str) -> None:
    """A cursor goes with the filter and the sort that it was given out for, and with no other resource or version."""
    cursor = depot.body(depot.get(stock, "/v1/stock", [("limit", "5")]))["page"]["next"]
    pairs = [("cursor", cursor), *queries.pairs(other, 9)]
    assert depot.body(depot.get(stock, "/v1/stock", pairs))["code"] == "cursor-mismatch"
    assert depot.get(stock, "/v1/stock", [("cursor", cursor), ("limit", "9")]).status == 200


def test_a_cursor_of_another_version_or_resource_is_refused(gateway: Gateway) -> None:
    """The same table under another address is another query."""
    cursor = depot.body(depot.get(gateway, "/v1/orders", [("limit", "5")]))["page"]["next"]
    for path in ("/v2/orders", "/v1/order-lines", "/v1/customers"):
        answer = depot.get(gateway, path, [("cursor", cursor)])
        assert (answer.status, depot.body(answer)["code"]) == (400, "cursor-mismatch")


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """The small contract's plan."""
    return contracts.plan(tmp_path)


def a_query(resource: Resource, **more: Any) -> Query:
    """A query of all fields."""
    return Query(resource, tuple(resource.fields), **more)


def test_a_page_is_a_total_order_and_one_row_more(plan: Plan) -> None:
    """The key ends every order, in the direction of the last sort; the values are in the port's order."""
    orders = plan.versions["v1"].resources["orders"]
    filters = ((orders.filters["customer"], ("C1", "C2")), (orders.filters["status"], ("released",)))
    page = read.page(
        a_query(orders, sort=(("ordered_on", True),), filters=filters, limit=2), ("number",), (1260131, None)
    )
    assert page.shape.where == All((In("CUSNO", 2), In("ORDST", 2), Compare("ACREC", "=")))
    assert page.shape.order == (Order("ORDDT", True), Order("ORDNO", True))
    assert page.shape.after == (False, True)
    assert page.shape.limited
    assert page.values == ("C1", "C2", "20", "21", "A", 1260131, 3)
    assert page.position((4711, 1260131)) == (1260131, 4711)


def test_a_key_is_looked_up_by_its_columns(plan: Plan) -> None:
    """One spelling a field is one equation a column; the shape is the same for every key."""
    lines = plan.versions["v1"].resources["order-lines"]
    first, second = (read.item(a_query(lines), ("0004711", number), ("item",)) for number in (1, 2))
    assert first.shape is second.shape
    assert first.shape.where == All((Compare("ORDNO", "="), Compare("LINNO", "=")))
    assert (first.values, second.values) == ((4711, 1), (4711, 2))


def test_a_key_of_several_spellings(tmp_path: Path) -> None:
    """A key that is stored in several ways is looked up in all of them."""
    text = changed(ORDERS, ("key: number", "key: [status, number]"))
    orders = contracts.resource(tmp_path, {"v1/orders.yaml": text})
    statement = read.item(a_query(orders), ("released", "0004711"), ("total",))
    assert statement.shape.where == All((In("ORDST", 2), Compare("ORDNO", "="), Compare("ACREC", "=")))
    assert statement.values == ("20", "21", 4711, "A")


def test_a_key_that_cannot_be_stored_is_an_invalid_key(tmp_path: Path) -> None:
    """What a conversion refuses to store is the caller's mistake, named, and not the gateway's failure."""
    text = changed(ORDERS, ("key: number", "key: [ordered_on, number]"))
    orders = contracts.resource(tmp_path, {"v1/orders.yaml": text})
    with pytest.raises(ProblemError) as caught:
        read.item(a_query(orders), ("0001-01-01", "0004711"), ("total",))
    assert caught.value.problem.code == "invalid-key"
    assert [each.parameter for each in caught.value.errors] == ["ordered_on"]


def test_filters_that_no_statement_can_carry_are_refused(plan: Plan) -> None:
    """More values than the source takes in one statement are too many, before it is asked."""
    orders = plan.versions["v1"].resources["orders"]
    numbers = tuple(f"{number:07}" for number in range(70))
    with pytest.raises(ProblemError) as caught:
        read.page(a_query(orders, filters=((orders.filters["number"], numbers),), limit=2), ("number",), None)
    assert caught.value.problem.code == "too-many-values"


def batches(plan: Plan, keys: list[tuple[Any, ...]], most: int = 100) -> list[read.Statement]:
    """The statements of the expansion of orders into lines."""
    resources = plan.versions["v1"].resources
    lines = replace(resources["order-lines"], traits=replace(contracts.TRAITS, max_parameters=most))
    expansion = resources["orders"].expansions["lines"]
    return list(read.batches(lines, expansion, keys, tuple(lines.fields), 11))


@pytest.mark.parametrize(("keys", "most", "statements"), [(1, 100, 1), (64, 100, 1), (65, 100, 2), (500, 32766, 1), (9000, 32766, 1), (17000, 32766, 2)])  # fmt: skip
def test_a_batch_is_one_statement_while_it_fits(plan: Plan, keys: int, most: int, statements: int) -> None:
    """All keys go into one statement as long as the source takes so many values, lists filled up included."""
    found = batches(plan, [(f"{number:07}",) for number in range(1, keys + 1)], most)
    assert len(found) == statements
    assert all(len(statement.values) <= most for statement in found)
    asked = {value for statement in found for value in statement.values[:-1]}
    assert asked == set(range(1, keys + 1))


def test_keys_that_cannot_be_stored_have_no_related_rows(plan: Plan) -> None:
    """A key that the other table cannot hold is left out; where none is left, nothing is asked."""
    (statement,) = batches(plan, [("0004711",), ("far too long",), ("x",)])
    assert statement.shape.where == Compare("ORDNO", "=")
    assert statement.values == (4711, 11)
    assert batches(plan, [("x",)]) == []
    assert batches(plan, []) == []


def test_composite_joins_are_alternatives(tmp_path: Path) -> None:
    """Several fields of a join are equal together; no more alternatives stand in one OR than SQLite takes."""
    text = changed(
        ORDERS, ("on: {number: order}, many: true}\n  jobs", "on: {number: order, customer: item}, many: true}\n  jobs")
    )
    resources = (
        contracts.plan(tmp_path, {"v1/orders.yaml": text, "v1/order-lines.yaml": LINES}).versions["v1"].resources
    )
    lines = replace(resources["order-lines"], traits=replace(contracts.TRAITS, max_parameters=32766))
    expansion = resources["orders"].expansions["lines"]
    keys = [(f"{number:07}", f"I{number}") for number in range(read.MOST_TERMS + 1)]
    first, second = read.batches(lines, expansion, keys, tuple(lines.fields), 11)
    assert isinstance(first.shape.where, Any_)
    assert len(first.shape.where.terms) == read.MOST_TERMS
    assert second.shape.where == Any_((All((Compare("ORDNO", "="), Compare("ITMNO", "="))),))
    assert second.values == (read.MOST_TERMS, f"I{read.MOST_TERMS}", 11)
