"""Expand: related items by API value, one batch an expansion, and what is said where a batch does not come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.plan.model import Expansion, Resource, Version
from app.plan.rows import Item
from app.problems import ProblemError
from app.stages.expand import TOO_MANY, Key, expand, needed
from tests.plan import contracts
from tests.plan.contracts import LINES, changed


@dataclass
class Batches:
    """What each resource holds, and the batches that were asked for. `failing` resources fail, `endless` have too much."""

    rows: Mapping[str, Sequence[Item]]
    failing: Sequence[str] = ()
    endless: Sequence[str] = ()
    asked: list[tuple[str, Sequence[Key], tuple[str, ...]]] = field(default_factory=list)

    def __call__(
        self, target: Resource, expansion: Expansion, keys: Sequence[Key], fields: tuple[str, ...]
    ) -> list[Item] | None:
        """The rows whose remote fields are among the keys."""
        self.asked.append((target.name, keys, fields))
        if target.name in self.failing:
            raise ProblemError("source-unavailable")
        if target.name in self.endless:
            return None
        return [dict(row) for row in self.rows[target.name] if tuple(row[name] for name in expansion.remote) in keys]


ROWS: Mapping[str, Sequence[Item]] = {
    "order-lines": [
        {"order": "0000001", "line": 1, "item": "A"},
        {"order": "0000001", "line": 2, "item": "B"},
        {"order": "0000002", "line": 1, "item": "A"},
    ],
    "jobs": [{"number": "J1", "order": "0000002"}, {"number": "J2", "order": None}],
}


@pytest.fixture
def version(tmp_path: Path) -> Version:
    """The small contract, where a line leads to nothing and a job to its order's lines, of which it has one."""
    return contracts.plan(tmp_path).versions["v1"]


def orders(*numbers: str | None) -> list[Item]:
    """Orders with these numbers."""
    return [{"number": number, "status": "released"} for number in numbers]


def expanded(version: Version, items: list[Item], tree: Mapping[str, Any], read: Batches, *fields: str) -> bool:
    """Expand orders that were read with `fields`."""
    return expand(version, version.resources["orders"], items, fields or ("number", "status"), tree, read)


def test_one_batch_for_a_whole_page(version: Version) -> None:
    """All keys of a page go into one read, each once; every item gets its own related items, or none."""
    items, read = orders("0000001", "0000002", "0000001", "0000003"), Batches(ROWS)
    assert expanded(version, items, {"lines": {}}, read)
    assert read.asked == [
        ("order-lines", [("0000001",), ("0000002",), ("0000003",)], ("order", "line", "item")),
    ]
    assert [[line["line"] for line in item["lines"]] for item in items] == [[1, 2], [1], [1, 2], []]


def test_one_batch_an_expansion_and_level(version: Version) -> None:
    """Expansions of expansions are read for all items of the level at once."""
    items, read = orders("0000001", "0000002"), Batches(ROWS)
    assert expanded(version, items, {"lines": {}, "jobs": {"head": {}}}, read)
    assert [name for name, _, _ in read.asked] == ["order-lines", "jobs", "order-lines"]
    assert items[1]["jobs"] == [
        {"number": "J1", "order": "0000002", "head": {"order": "0000002", "line": 1, "item": "A"}}
    ]
    assert items[0]["jobs"] == []


def test_nothing_to_look_for_asks_nothing(version: Version) -> None:
    """Without items, or without a value to join on, no statement is sent."""
    read = Batches(ROWS)
    assert expanded(version, [], {"lines": {}}, read)
    items = orders(None)
    assert expanded(version, items, {"lines": {}}, read)
    assert items[0]["lines"] == []
    assert read.asked == []


def test_one_related_item_is_it_or_null(version: Version) -> None:
    """An expansion that is not `many` is an item, or null where there is none; that is no issue."""
    jobs = version.resources["jobs"]
    items: list[Item] = [{"number": "J1", "order": "0000002"}, {"number": "J2", "order": None}]
    assert expand(version, jobs, items, ("number", "order"), {"head": {}}, Batches(ROWS))
    assert items[0]["head"]["line"] == 1
    assert items[1] == {"number": "J2", "order": None, "head": None}


def test_a_source_that_is_down_leaves_a_hole(version: Version) -> None:
    """The page still answers: the expansion is null everywhere, `_issues` says why, and the answer is not whole."""
    items = orders("0000001", "0000002")
    items[0]["_issues"] = {"status": "unknown-code"}
    assert not expanded(version, items, {"lines": {}, "jobs": {}}, Batches(ROWS, failing=["jobs"]))
    assert [item["jobs"] for item in items] == [None, None]
    assert items[0]["_issues"] == {"status": "unknown-code", "jobs": "source-unavailable"}
    assert items[1]["_issues"] == {"jobs": "source-unavailable"}
    assert len(items[0]["lines"]) == 2
    assert [list(item)[-1] for item in items] == ["_issues", "_issues"]


def test_a_hole_further_down_is_said_where_it_is(version: Version) -> None:
    """A failing expansion of an expansion makes the answer incomplete; the level above is served."""
    items = orders("0000002")
    assert not expanded(version, items, {"jobs": {"head": {}}}, Batches(ROWS, failing=["order-lines"]))
    assert items[0]["jobs"][0]["head"] is None
    assert items[0]["jobs"][0]["_issues"] == {"head": "source-unavailable"}
    assert "_issues" not in items[0]


def test_too_many_rows_are_not_half_served(version: Version) -> None:
    """More related rows than one answer may have are an issue, never a list that was cut."""
    items = orders("0000001")
    assert not expanded(version, items, {"lines": {}}, Batches(ROWS, endless=["order-lines"]))
    assert items == [{"number": "0000001", "status": "released", "lines": None, "_issues": {"lines": TOO_MANY}}]


def test_fields_that_only_join_are_not_shown(version: Version) -> None:
    """What an expansion joins on is read, and left out again, with what is said of it, where nobody asked for it."""
    resource = version.resources["orders"]
    assert needed(resource, ("status",), {"lines": {}, "jobs": {}}) == ("status", "number")
    items = orders("0000001", None)
    items[1]["_issues"] = {"number": "not-digits", "status": "unknown-code"}
    assert expanded(version, items, {"lines": {}}, Batches(ROWS), "status")
    assert items[0] == {"status": "released", "lines": [dict(row) for row in ROWS["order-lines"][:2]]}
    assert items[1] == {"status": "released", "lines": [], "_issues": {"status": "unknown-code"}}


def test_two_forms_of_one_thing_are_joined(tmp_path: Path) -> None:
    """Enums and text join by the value that clients see, however each side stores it."""
    text = changed(
        LINES, ("item: {column: ITMNO, type: string}", "item: {column: ITMNO, type: enum, stored_as: {X: '0000001'}}")
    )
    files = {
        "v1/order-lines.yaml": text,
        "v1/orders.yaml": changed(
            contracts.ORDERS, ("on: {number: order}, many: true}\n  jobs", "on: {number: item}, many: true}\n  jobs")
        ),
    }
    version = contracts.plan(tmp_path, files).versions["v1"]
    items = orders("0000001")
    assert expanded(
        version, items, {"lines": {}}, Batches({"order-lines": [{"order": "9", "line": 1, "item": "0000001"}]})
    )
    assert len(items[0]["lines"]) == 1
