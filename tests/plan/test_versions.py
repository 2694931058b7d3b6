"""Lenses: what a version changes in another, and what it must not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from app.plan.model import Resource
from tests.plan import contracts

V2: Mapping[str, str] = {"v2/version.yaml": "extends: v1\n"}


def lens(*changes: str, name: str = "orders", more: str = "") -> Mapping[str, str]:
    """A version v2 with one lens."""
    steps = "".join(f"  - {{{change}, because: a reason}}\n" for change in changes)
    return {**V2, f"v2/{name}.yaml": f"resource: {name}\nchanges:\n{steps}{more}"}


def second(folder: Path, files: Mapping[str, str], name: str = "orders") -> Resource:
    """A resource of v2."""
    return contracts.resource(folder, files, name, "v2")


def parameters(resource: Resource) -> set[str]:
    """The names of a resource's filters."""
    return set(resource.filters)


def test_a_rename_is_followed_everywhere(tmp_path: Path) -> None:
    """Key, filters, sorts, own expansions and those of other resources speak of the field by its new name."""
    plan = contracts.plan(
        tmp_path, {**lens("rename: {number: order_number}"), **lens("rename: {order: order_number}", name="jobs")}
    )
    orders, jobs = (plan.versions["v2"].resources[name] for name in ("orders", "jobs"))
    assert orders.key == ("order_number",)
    assert "order_number[gte]" in orders.filters
    assert "number" not in orders.filters
    assert orders.sorts == ("ordered_on", "order_number")
    assert orders.expansions["lines"].local == ("order_number",)
    assert orders.expansions["jobs"].remote == ("order_number",)
    assert jobs.expansions["head"].local == ("order_number",)
    assert next(iter(orders.fields)) == "order_number"
    assert plan.versions["v1"].resources["orders"].key == ("number",)


def test_names_may_be_swapped(tmp_path: Path) -> None:
    """A rename happens at once: two fields can take each other's name."""
    found = second(tmp_path, lens("rename: {customer: status, status: customer}"))
    assert found.fields["customer"].type == "enum"
    assert found.fields["status"].columns[0].name == "CUSNO"


def test_a_retyped_field_keeps_what_is_not_said(tmp_path: Path) -> None:
    """Columns and conversion stay, the type is new; v1 has its own."""
    plan = contracts.plan(tmp_path, lens("retype: {total: {type: number}}"))
    old, new = (plan.versions[name].resources["orders"].fields["total"] for name in ("v1", "v2"))
    assert (old.type, new.type) == ("decimal", "number")
    assert old.columns == new.columns
    assert (old.conversion.read(150), new.conversion.read(150)) == ("1.50", 1.5)


def test_an_added_field_can_be_filtered_by(tmp_path: Path) -> None:
    """The lens's own `filter` and `sort` name what is new."""
    added = "add: {line_text: {column: CUSNO, type: string}}"
    found = second(tmp_path, lens(added, more="filter: [line_text]\nsort: [line_text]\n"))
    assert "line_text[prefix]" in found.filters
    assert found.sorts == ("ordered_on", "number", "line_text")


def test_a_split_field_stands_where_it_stood(tmp_path: Path) -> None:
    """The parts take the field's place among the fields and in the filters, one with its operator too."""
    files = {**lens("split: {changed_at: {changed_on: date, changed_time: time}}")}
    found = second(tmp_path, files)
    assert list(found.fields)[5:7] == ["changed_on", "changed_time"]
    assert {"changed_on[gte]", "changed_time"} <= parameters(found)
    assert [field.columns[0].name for field in list(found.fields.values())[5:7]] == ["UPDDT", "UPDTM"]
    only = {"v1/orders.yaml": contracts.changed(contracts.ORDERS, ("ordered_on, changed_at]", "'changed_at[gte]']"))}
    assert {"changed_on[gte]", "changed_time[gte]"} <= parameters(second(tmp_path, {**files, **only}))


def test_what_is_removed_is_gone(tmp_path: Path) -> None:
    """A removed field is no filter and no sort; an expansion can be removed like a field."""
    found = second(tmp_path, lens("remove: [ordered_on, lines]", "remove: total"))
    assert {"ordered_on", "total"}.isdisjoint(found.fields)
    assert not {name for name in found.filters if name.startswith("ordered_on")}
    assert found.sorts == ("number",)
    assert list(found.expansions) == ["jobs"]


def test_resources_are_renamed_and_removed(tmp_path: Path) -> None:
    """Expansions follow a resource to its new name, and go with one that goes."""
    changes = "changes:\n  - {rename: {order-lines: positions}, because: x}\n  - {remove: jobs, because: y}\n"
    version = contracts.plan(tmp_path, {"v2/version.yaml": f"extends: v1\n{changes}"}).versions["v2"]
    assert list(version.resources) == ["positions", "orders"]
    assert version.resources["positions"].path == "/v2/positions"
    assert version.resources["orders"].expansions["lines"].resource == "positions"
    assert "jobs" not in version.resources["orders"].expansions


def test_versions_chain(tmp_path: Path) -> None:
    """v3 changes what v2 made of v1, and each keeps its own; a resource of v3 alone is added."""
    files = {
        **lens("rename: {customer: client}"),
        "v2/version.yaml": "extends: v1\nstatus: deprecated\ndeprecated_on: 2026-01-01\n",
        "v3/version.yaml": "extends: v2\n",
        "v3/orders.yaml": "resource: orders\nchanges:\n  - {rename: {client: buyer}, because: one more}\n",
        "v3/tasks.yaml": contracts.changed(contracts.JOBS, ("resource: jobs", "resource: tasks")),
    }
    versions = contracts.plan(tmp_path, files).versions
    names = [list(versions[name].resources["orders"].fields)[1] for name in ("v1", "v2", "v3")]
    assert names == ["customer", "client", "buyer"]
    assert [(change.resource, change.what) for change in versions["v3"].changes] == [
        ("orders", "client renamed to buyer"),
        ("tasks", "resource tasks added"),
    ]
    assert versions["v2"].successor == "v3"
    assert versions["v3"].successor is None


def test_changes_become_a_changelog(tmp_path: Path) -> None:
    """Each change is a line with its reason."""
    steps = (
        "rename: {customer: client}",
        "retype: {total: {type: number}}",
        "split: {changed_at: {changed_on: date, changed_time: time}}",
        "add: {memo: {column: MEMO, type: binary}}",
        "remove: entered_on",
    )
    changes = contracts.plan(tmp_path, lens(*steps)).versions["v2"].changes
    assert [change.what for change in changes] == [
        "customer renamed to client",
        "total is now of type number",
        "changed_at split into changed_on and changed_time",
        "memo added",
        "entered_on removed",
    ]
    assert {(change.resource, change.because) for change in changes} == {("orders", "a reason")}


SPLIT = "expected as many parts as the field has columns, each with a conversion of its own"
FAULTS: Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]] = {
    "rename of nothing": (
        lens("rename: {custmer: client}"),
        ("v2/orders.yaml:3:15: there is no field 'custmer' to rename — did you mean 'customer'? [unknown-field]",),
    ),
    "rename to a field": (
        lens("rename: {customer: status}"),
        ("v2/orders.yaml:3:15: orders has a field 'status' already [duplicate-word]",),
    ),
    "two renames to one name": (
        lens("rename: {customer: who, status: who}"),
        ("v2/orders.yaml:3:30: orders has a field 'who' already [duplicate-word]",),
    ),
    "rename to an expansion": (
        lens("rename: {customer: lines}"),
        ("v2/orders.yaml:3:15: orders has an expansion 'lines' already [duplicate-word]",),
    ),
    "retype of nothing": (
        lens("retype: {totl: {type: number}}"),
        ("v2/orders.yaml:3:15: there is no field 'totl' to retype — did you mean 'total'? [unknown-field]",),
    ),
    "add what is there": (
        lens("add: {total: {column: ORDTOT, type: integer}}"),
        ("v2/orders.yaml:3:12: orders has a field 'total' already [duplicate-word]",),
    ),
    "add over no column": (
        lens("add: {memo: {column: MEMOO, type: binary}}"),
        (
            "v2/orders.yaml:3:19: ORDHDR has no column 'MEMOO'; expected a column of it — did you mean 'MEMO'? [unknown-column]",
        ),
    ),
    "split into more than there are columns": (
        lens("split: {changed_at: {a: date, b: time, c: time}}"),
        (f"v2/orders.yaml:3:14: 'changed_at' cannot be split into 3 parts; {SPLIT} [cannot-split]",),
    ),
    "split of one column": (
        lens("split: {total: {a: integer, b: integer}}"),
        (f"v2/orders.yaml:3:14: 'total' cannot be split into 2 parts; {SPLIT} [cannot-split]",),
    ),
    "split of nothing": (
        lens("split: {changedat: {a: date, b: time}}"),
        ("v2/orders.yaml:3:14: there is no field 'changedat' to split — did you mean 'changed_at'? [unknown-field]",),
    ),
    "split into a field": (
        lens("split: {changed_at: {ordered_on: date, at: time}}"),
        ("v2/orders.yaml:3:27: orders has a field 'ordered_on' already [duplicate-word]",),
    ),
    "split of the key": (
        lens("split: {number: {a: integer, b: integer}}"),
        ("v2/orders.yaml:3:14: 'number' is part of the key of orders [key-removed]",),
    ),
    "remove of the key": (
        lens("remove: number"),
        ("v2/orders.yaml:3:6: 'number' is part of the key of orders [key-removed]",),
    ),
    "remove of nothing": (
        lens("remove: [total, custmer]"),
        ("v2/orders.yaml:3:22: there is no field 'custmer' to remove — did you mean 'customer'? [unknown-field]",),
    ),
    "remove of what is joined on, here and elsewhere": (
        lens("remove: order", name="jobs"),
        (
            "v2/jobs.yaml:3:6: the expansion 'head' of jobs joins on 'order' — remove 'head' first [field-in-use]",
            "v2/jobs.yaml:3:6: the expansion 'jobs' of orders joins on 'order' — remove it from orders too [field-in-use]",
        ),
    ),
    "mistakes in the lens's own filter and sort": (
        lens("remove: total", more="filter: [custmer, 'entered_on[gte]']\nsort: [entered_on]\n"),
        (
            "v2/orders.yaml:4:10: orders has no field 'custmer' to filter by — did you mean 'customer'? [unknown-field]",
            "v2/orders.yaml:4:19: entered_on has no range filter: stored as ddmmyy, the order of the column is not that of its values [no-range]",
            "v2/orders.yaml:5:8: 'entered_on' cannot be sorted by: stored as ddmmyy, the order of the column is not that of its values [no-order]",
        ),
    ),
    "a lens over nothing": (
        lens("remove: total", name="ordes"),
        ("v2/ordes.yaml:1:1: there is no resource 'ordes' to change — did you mean 'orders'? [unknown-resource]",),
    ),
    "resources that are not there, and names that are": (
        {
            "v2/version.yaml": "extends: v1\nchanges:\n  - {rename: {ordrs: x, jobs: orders}, because: x}\n  - {remove: [jbos], because: x}\n"
        },
        (
            "v2/version.yaml:3:15: there is no resource 'ordrs' to rename — did you mean 'orders'? [unknown-resource]",
            "v2/version.yaml:3:25: there is a resource 'orders' already [duplicate-resource]",
            "v2/version.yaml:4:15: there is no resource 'jbos' to remove — did you mean 'jobs'? [unknown-resource]",
        ),
    ),
}


@pytest.mark.parametrize(("files", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_a_lens_that_cannot_work_says_why(tmp_path: Path, files: Mapping[str, str], expected: tuple[str, ...]) -> None:
    """Each mistake has its fault at its place, in the file of the lens, and draws no others after it."""
    assert contracts.faults(tmp_path, files) == list(expected)


def test_fields_can_move_when_their_expansions_do(tmp_path: Path) -> None:
    """A field that others join on can go where each of these expansions goes in the same version."""
    files = {**lens("remove: [order, head]", name="jobs"), **lens("remove: jobs")}
    assert "order" not in second(tmp_path, files, "jobs").fields
