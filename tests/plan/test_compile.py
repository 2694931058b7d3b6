"""The compiler: every name resolved, and everything that cannot work found at once, at its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from adapters.port import Compare, In
from app.plan import text
from app.plan.compile import compile_contract
from app.plan.model import Plan
from app.shapes import Faults
from tests.plan import contracts
from tests.plan.contracts import CATALOGS, JOBS, LINES, ORDERS, TRAITS, changed

DATES = "cyyddd, cyymmdd, days_since, ddmmyy, ddmmyyyy, mmddyy, mmddyyyy, native, parts, text, yyddd, yymmdd, yyyyddd, yyyymmdd"
NO_ORDER = "the order of the column is not that of its values"


def orders(*changes: tuple[str, str]) -> Mapping[str, str]:
    """The contract with its orders changed."""
    return {"v1/orders.yaml": changed(ORDERS, *changes)}


MISTAKES: Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]] = {
    "a table that is not there": (
        orders(("table: ORDHDR", "table: ORDHRD")),
        ("v1/orders.yaml:3:1: the catalog of 'erp' has no table 'ORDHRD' — did you mean 'ORDHDR'? [unknown-table]",),
    ),
    "a column that is not there": (
        orders(("column: CUSNO", "column: CUSNUM")),
        (
            "v1/orders.yaml:8:14: ORDHDR has no column 'CUSNUM'; expected a column of it — did you mean 'CUSNO'? [unknown-column]",
        ),
    ),
    "a column that is not there, of a field that is joined on": (
        orders(("column: ORDNO, type: string", "column: ORDNUM, type: string")),
        ("v1/orders.yaml:7:12: ORDHDR has no column 'ORDNUM'; expected a column of it — did you mean 'ORDNO'? [unknown-column]",),
    ),
    "one of two columns that is not there": (
        orders(("[UPDDT, UPDTM]", "[UPDDT, UPDTIME]")),
        (
            "v1/orders.yaml:12:33: ORDHDR has no column 'UPDTIME'; expected a column of it — did you mean 'UPDTM'? [unknown-column]",
        ),
    ),
    "two fields on the column of the key": (
        orders(("column: CUSNO, type: string", "column: ORDNO, type: integer")),
        (
            "v1/orders.yaml:8:14: 'customer' and 'number' both map to ORDNO, a column of the key; expected one field for each column of the key [duplicate-key-column]",
        ),
    ),
    "two fields of the key on one column": (
        orders(("key: number", "key: [number, customer]"), ("column: CUSNO, type: string", "column: ORDNO, type: integer")),
        (
            "v1/orders.yaml:7:12: 'number' and 'customer' both map to ORDNO, a column of the key; expected one field for each column of the key [duplicate-key-column]",
        ),
    ),
    "expansions that lead back": (
        {"v1/order-lines.yaml": LINES + "expand:\n  jobs: {resource: jobs, on: {order: order}}\n"},
        (
            "v1/jobs.yaml:10:10: expansions form a cycle: jobs.head -> order-lines.jobs -> jobs [expansion-cycle]",
        ),
    ),
    "an expansion of a resource to itself": (
        {"v1/order-lines.yaml": LINES + "expand:\n  again: {resource: order-lines, on: {item: item}}\n"},
        ("v1/order-lines.yaml:12:11: expansions form a cycle: order-lines.again -> order-lines [expansion-cycle]",),
    ),
    "a join of different types": (
        orders(("jobs: {resource: jobs, on: {number: order}", "jobs: {resource: jobs, on: {ordered_on: order}")),
        (
            "v1/orders.yaml:19:31: orders.ordered_on is of type date, jobs.order of type string; expected fields of one type [type-mismatch]",
        ),
    ),
    "a join on a field that the other resource does not have": (
        orders(("jobs: {resource: jobs, on: {number: order}", "jobs: {resource: jobs, on: {number: ordr}")),
        ("v1/orders.yaml:19:31: jobs has no field 'ordr' — did you mean 'order'? [unknown-field]",),
    ),
    "a conversion of another type": (
        orders(("type: date, stored_as: cyymmdd", "type: date, stored_as: uuid")),
        (f"v1/orders.yaml:10:43: ordered_on: uuid stores a string, not a date — for date: {DATES} [conversion-misfit]",),
    ),
    "a conversion over a column of another type": (
        orders(("column: ORDDT, type: date", "column: MEMO, type: date")),
        (
            "v1/orders.yaml:10:42: ordered_on: cyymmdd reads numbers or text; the column is binary(80) [conversion-misfit]",
        ),
    ),
    "no conversion where the type needs one": (
        orders(("column: CUSNO, type: string", "column: CUSNO, type: date")),
        (
            "v1/orders.yaml:8:29: customer: native reads date or timestamp; the column is char(8) — for date in char(8): cyyddd, cyymmdd, ddmmyy, ddmmyyyy, mmddyy, mmddyyyy, parts, text, yyddd, yymmdd, yyyyddd, yyyymmdd [conversion-misfit]",
        ),
    ),
    "sorts over columns whose order is not that of the values": (
        orders(("sort: [ordered_on, number]", "sort: [ordered_on, entered_on, status]")),
        (
            f"v1/orders.yaml:15:20: 'entered_on' cannot be sorted by: stored as ddmmyy, {NO_ORDER} [no-order]",
            f"v1/orders.yaml:15:32: 'status' cannot be sorted by: stored as codes, {NO_ORDER} [no-order]",
        ),
    ),
    "operators that the field does not have": (
        orders(("ordered_on, changed_at]", "'entered_on[gte]', 'status[gte]', 'status[prefix]']")),
        (
            f"v1/orders.yaml:14:36: entered_on has no range filter: stored as ddmmyy, {NO_ORDER} [no-range]",
            f"v1/orders.yaml:14:55: status has no range filter: stored as codes, {NO_ORDER} [no-range]",
            "v1/orders.yaml:14:70: status has no operator 'prefix' — known: eq, ne, null [unknown-operator]",
        ),
    ),
    "active_when over a column that is not there, and text in numbers": (
        orders(("active_when: {ACREC: A}", "active_when: {ACREK: A, ORDNO: A}")),
        (
            "v1/orders.yaml:5:15: ORDHDR has no column 'ACREK'; expected a column of it — did you mean 'ACREC'? [unknown-column]",
            "v1/orders.yaml:5:25: ORDNO is of type decimal(7,0): not every value of active_when can stand in it; expected numbers [conversion-misfit]",
        ),
    ),
    "several in several files, in the order of their places": (
        {
            **orders(("column: CUSNO", "column: CUSNUM"), ("sort: [ordered_on, number]", "sort: [entered_on]")),
            "v1/jobs.yaml": changed(JOBS, ("table: JobOrder", "table: JobOrders")),
        },
        (
            "v1/jobs.yaml:3:1: the catalog of 'mes' has no table 'JobOrders' — did you mean 'JobOrder'? [unknown-table]",
            "v1/orders.yaml:8:14: ORDHDR has no column 'CUSNUM'; expected a column of it — did you mean 'CUSNO'? [unknown-column]",
            f"v1/orders.yaml:15:8: 'entered_on' cannot be sorted by: stored as ddmmyy, {NO_ORDER} [no-order]",
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_found_where_it_stands(
    tmp_path: Path, files: Mapping[str, str], expected: tuple[str, ...]
) -> None:
    """Each mistake has one fault, at its line and column, that says what was expected or meant, and nothing more."""
    assert contracts.faults(tmp_path, files) == list(expected)


def test_names_that_the_loader_would_have_found(tmp_path: Path) -> None:
    """The compiler trusts nobody: a source, a resource, a field or a key that is not there is its own fault, too."""
    sound = contracts.contract(tmp_path, {})
    found = sound.versions["v1"]
    broken = {
        "orders": replace(found.resources["orders"], key=("nummer", "customer", "customer"), filter=("stat",), sort=("x",)),
        "jobs": replace(found.resources["jobs"], source="mess"),
    }  # fmt: skip
    faulty = replace(sound, versions={"v1": replace(found, resources=broken)})
    with pytest.raises(Faults) as caught:
        compile_contract(faulty, CATALOGS, dict.fromkeys(CATALOGS, TRAITS))
    assert [(fault.code, fault.message, fault.hint) for fault in caught.value] == [
        ("unknown-source", "there is no source 'mess'", "did you mean 'mes'?"),
        (
            "unknown-resource",
            "jobs.head leads to 'order-lines', which this version does not have",
            "did you mean 'orders'?",
        ),
        ("unknown-field", "orders has no field 'nummer' for its key", "did you mean 'number'?"),
        ("duplicate-key-column", "the key names 'customer' twice", ""),
        ("unknown-field", "orders has no field 'stat' to filter by", "did you mean 'status'?"),
        (
            "unknown-field",
            "orders has no field 'x' to sort by",
            "known: changed_at, customer, entered_on, number, ordered_on, status, total",
        ),
        (
            "unknown-resource",
            "orders.lines leads to 'order-lines', which this version does not have",
            "did you mean 'orders'?",
        ),
    ]


def test_compiling_is_pure(tmp_path: Path) -> None:
    """The same contract gives an equal plan text and the same digest each time; the contract stays as it was."""
    read = contracts.contract(tmp_path, {})
    before = repr(read)
    first, second = (compile_contract(read, CATALOGS, dict.fromkeys(CATALOGS, TRAITS)) for _ in range(2))
    assert text.render(first) == text.render(second)
    assert first.digest == second.digest
    assert len(first.digest) == 16
    assert repr(read) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"20": released', '"22": released'),  # no schema shows a code
        ("implied: 2", "implied: 3"),
        ("fresh: 30s", "fresh: 31s"),
        ("max: 5", "max: 6"),
        ("{ACREC: A}", "{ACREC: B}"),
        ("key: number", "summary: All orders\nkey: number"),
    ],
)
def test_the_digest_changes_with_anything(tmp_path: Path, old: str, new: str) -> None:
    """Whatever changes in a contract changes the digest, also what the plan's text does not show."""
    assert contracts.plan(tmp_path / "a").digest != contracts.plan(tmp_path / "b", orders((old, new))).digest


def test_a_plan_cannot_be_changed(tmp_path: Path) -> None:
    """Plans are shared by threads: their values are frozen."""
    plan: Plan = contracts.plan(tmp_path)
    with pytest.raises(FrozenInstanceError):
        plan.title = "mine"  # type: ignore[misc]  # that is what is tried


def test_the_key_of_an_item_is_there_and_is_left_out_with_its_row_otherwise(tmp_path: Path) -> None:
    """A field of the key is not nullable, unless it has a sentinel; a row whose key cannot be read cannot be addressed."""
    number = contracts.resource(tmp_path).fields["number"]
    assert (number.nullable, number.on_issue) == (False, "omit-row")
    dated = orders(("key: number", "key: [number, ordered_on]"))
    assert contracts.resource(tmp_path, dated).fields["ordered_on"].nullable


@pytest.mark.parametrize(
    ("said", "predicate", "values"),
    [
        ("{ACREC: A}", Compare("ACREC", "="), ("A",)),
        ("{ACREC: [A, B]}", In("ACREC", 2), ("A", "B")),
        ("{ORDNO: [1, '02']}", In("ORDNO", 2), (1, 2)),
        ("{ACREC: 1}", Compare("ACREC", "="), ("1",)),
    ],
)
def test_active_when_speaks_the_columns_type(tmp_path: Path, said: str, predicate: object, values: object) -> None:
    """What is always asked for is bound as the column's own type, however YAML read it."""
    found = contracts.resource(tmp_path, orders(("{ACREC: A}", said)))
    assert (found.active, found.active_values) == ((predicate,), values)
