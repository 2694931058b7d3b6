"""Row functions: the generated one says the same as decoding field by field, on any row and on every row of the demo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.port import Shape
from app.conversions.base import Issue
from app.describe import schemas
from app.gateway import Gateway
from app.plan import rows
from app.plan.model import Resource
from app.plan.rows import BadRow, Dirt, Item, projection
from tests.plan import contracts, depot
from tests.plan.contracts import ORDERS, changed

NUMBERS = st.one_of(st.none(), st.integers(-(10**9), 10**9), st.decimals(-(10**7), 10**7, places=2))
DAYS = st.one_of(NUMBERS, st.sampled_from([0, 9999999, 1260131, 1260230, 991231, Decimal(1260131)]))
TEXTS = st.one_of(st.none(), st.text(max_size=8), st.sampled_from(["Y", "10", "21 ", "202601", "202613", " "]))
STORED: Mapping[str, st.SearchStrategy[Any]] = {
    "ID": NUMBERS, "NAME": TEXTS, "FLAG": TEXTS, "CODE": TEXTS, "DAY": DAYS, "MONTH": TEXTS, "DT": DAYS, "TM": NUMBERS,
    "CC": NUMBERS, "YY": NUMBERS, "MM": st.integers(0, 13), "DD": st.integers(0, 32), "AMOUNT": NUMBERS,
}  # fmt: skip


def one_by_one(
    resource: Resource, columns: Sequence[str], stored: Sequence[Sequence[Any]]
) -> tuple[list[Item], list[Dirt]]:
    """What the rows become when each field is decoded by itself: the definition that the row function is held to."""
    items: list[Item] = []
    dirt: list[Dirt] = []
    for row in stored:
        values = dict(zip(columns, row, strict=True))
        read = {
            name: field.conversion.decode(*(values[column.name] for column in field.columns))
            for name, field in resource.fields.items()
        }
        key = tuple(None if isinstance(read[name], Issue) else read[name] for name in resource.key)
        issues = {name: value.code for name, value in read.items() if isinstance(value, Issue)}
        for name, code in issues.items():
            held = tuple(values[column.name] for column in resource.fields[name].columns)
            dirt.append(Dirt(name, code, key, held))
        item = {name: None if name in issues else value for name, value in read.items()}
        if not any(resource.fields[name].on_issue == "omit-row" for name in issues):
            items.append({**item, "_issues": issues} if issues else item)
    return items, dirt


@given(data=st.data())
@settings(max_examples=60)
def test_the_row_function_says_what_each_field_says(stock: Gateway, data: st.DataObject) -> None:
    """Whatever a driver brings, items and dirt are those of decoding field by field, in order."""
    resource = stock.plan.versions["v1"].resources["stock"]
    made = projection(resource, tuple(resource.fields))
    row = st.tuples(*(STORED[column] for column in made.columns))
    stored = data.draw(st.lists(row, max_size=5))
    dirt: list[Dirt] = []
    items = made.items(stored, dirt)
    assert (items, dirt) == one_by_one(resource, made.columns, stored)
    assert [list(item) for item in items] == [list(item) for item in one_by_one(resource, made.columns, stored)[0]]


def whole_tables(gateway: Gateway, version: str) -> Iterator[tuple[Resource, Sequence[str], Sequence[Sequence[Any]]]]:
    """Each resource of the demo plant with all the rows of its table."""
    for resource in gateway.plan.versions[version].resources.values():
        columns = projection(resource, tuple(resource.fields)).columns
        shape = Shape(columns, resource.table, resource.query)
        yield resource, columns, gateway.sources[resource.source].run(shape, ()).rows


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_demo_plant_is_read_as_its_fields_are(gateway: Gateway, version: str) -> None:
    """All rows of all tables of the demo, dirt included: no difference between the row function and the fields."""
    seen = found = 0
    for resource, columns, stored in whole_tables(gateway, version):
        some = stored if version == "v1" else stored[:: len(stored) // 2000 + 1]
        dirt: list[Dirt] = []
        items = projection(resource, tuple(resource.fields)).items(some, dirt)
        assert (items, dirt) == one_by_one(resource, columns, some), resource.name
        seen, found = seen + len(some), found + len(dirt)
    assert seen > (140_000 if version == "v1" else 10_000)
    assert found


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_items_are_what_their_schemas_say(gateway: Gateway, version: str) -> None:
    """What the row function makes, marshmallow's schema of the resource accepts and leaves as it is."""
    bodies = schemas(gateway.plan.versions[version]).items
    for resource, _, stored in whole_tables(gateway, version):
        some = stored[:: len(stored) // 300 + 1]
        items = projection(resource, tuple(resource.fields)).items(some, [])
        schema = bodies[resource.name]()
        assert [schema.load(item) for item in items] == items, resource.name


@pytest.fixture
def orders(tmp_path: Path) -> Resource:
    """The small contract's orders; a total that cannot be read fails the answer."""
    text = changed(ORDERS, ("stored_as: {implied: 2}}", "stored_as: {implied: 2}, on_issue: fail}"))
    return contracts.resource(tmp_path, {"v1/orders.yaml": text})


def a_row(columns: Sequence[str], **stored: Any) -> tuple[Any, ...]:
    """A sound order, but for some columns."""
    sound = {"ORDNO": 4711, "CUSNO": "C1001   ", "ORDST": "20", "ORDDT": 1260131, "ENTDT": 310126,
             "UPDDT": 1260131, "UPDTM": 93000, "ORDTOT": 12345} | stored  # fmt: skip
    return tuple(sound[column] for column in columns)


def test_what_does_not_decode_is_null_and_said(orders: Resource) -> None:
    """By default a field is null, `_issues` says how it failed, and the dirt knows the row's key."""
    made = projection(orders, ("number", "status", "ordered_on"))
    dirt: list[Dirt] = []
    (item,) = made.items([a_row(made.columns, ORDST="7X", ORDDT=1260230)], dirt)
    assert item == {
        "number": "0004711",
        "status": None,
        "ordered_on": None,
        "_issues": {"status": "unknown-code", "ordered_on": "not-a-date"},
    }
    assert dirt == [
        Dirt("status", "unknown-code", ("0004711",), ("7X",)),
        Dirt("ordered_on", "not-a-date", ("0004711",), (1260230,)),
    ]


def test_fail_fails(orders: Resource) -> None:
    """`on_issue: fail` ends the answer with the field and the key, and the dirt is told before."""
    made = projection(orders, tuple(orders.fields))
    dirt: list[Dirt] = []
    with pytest.raises(BadRow) as caught:
        made.items([a_row(made.columns), a_row(made.columns, ORDTOT="??")], dirt)
    assert (caught.value.found.field, caught.value.found.key) == ("total", ("0004711",))
    assert dirt == [caught.value.found]


@pytest.mark.parametrize("fields", [("number", "customer"), ("customer",), ()])
def test_a_row_that_is_left_out_is_left_out_of_every_answer(orders: Resource, fields: tuple[str, ...]) -> None:
    """Whether a row is there does not depend on the fields that are asked for."""
    made = projection(orders, fields)
    dirt: list[Dirt] = []
    items = made.items([a_row(made.columns), a_row(made.columns, ORDNO=-1)], dirt)
    assert len(items) == 1
    assert tuple(items[0]) == fields
    assert [(found.field, found.key) for found in dirt] == [("number", (None,))]


def test_other_columns_are_selected_and_not_shown(orders: Resource) -> None:
    """The columns of the key and of a sort come with every row, for positions and for the keys of dirt."""
    made = projection(orders, ("customer",), ("ORDDT", "ORDNO"))
    assert made.columns == ("CUSNO", "ORDNO", "ORDDT")
    assert made.position("ORDDT") == 2
    assert made.items([a_row(made.columns)], []) == [{"customer": "C1001"}]


def test_nothing_of_a_contract_is_code(orders: Resource) -> None:
    """A field whose name would end the generated text stands in it as a literal."""
    name = "x': evil(), '"
    field = replace(orders.fields["customer"], name=name)
    resource = replace(orders, fields={**orders.fields, name: field})
    made = projection(resource, (name,))
    assert made.items([a_row(made.columns)], []) == [{name: "C1001"}]


def test_decoded_values_are_kept_within_bounds(orders: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    """A memo starts anew when it is full, keeps nothing that raised, and belongs to its conversion, not to a projection."""
    monkeypatch.setattr(rows, "MEMO_SIZE", 16)
    conversion = copy(orders.fields["ordered_on"].conversion)  # the field's own is full of other days by now
    memo = rows._memo(conversion)
    for day in range(1, 32):
        for month in (1, 3):
            assert memo[1260000 + month * 100 + day] == f"2026-{month:02}-{day:02}"
            assert len(memo) <= 16
    kept = len(memo)
    with pytest.raises(Exception, match="not-a-date"):
        memo[1260230]
    assert len(memo) == kept
    assert rows._memo(conversion) is memo


def test_projections_are_kept(stock: Gateway) -> None:
    """A row function is made once for the same fields; callers who choose fields at will cannot fill the memory."""
    resource = stock.plan.versions["v1"].resources["stock"]
    assert projection(resource, ("id",)) is projection(resource, ("id",))
    assert rows._projection.cache_info().maxsize == rows.PROJECTIONS


def test_the_depot_is_clean(stock: Gateway) -> None:
    """What the tests of filters rest on: each of its rows decodes."""
    resource = stock.plan.versions["v1"].resources["stock"]
    made = projection(resource, tuple(resource.fields))
    dirt: list[Dirt] = []
    assert len(made.items(stock.sources["depot"].run(Shape(made.columns, "STOCK"), ()).rows, dirt)) == depot.ROWS
    assert dirt == []
