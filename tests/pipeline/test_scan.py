"""Scan: it finds the dirt that was planted, all of it and nothing else, and says how to find the rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.demo.dirt import DIRT
from app.gateway import Gateway
from app.plan.model import Resource
from app.scan import SAMPLES, Finding, scan, scan_resource
from tests.plan import depot

# What each conversion of the demo's contract says of what `app.demo.dirt` plants, by table and column.
PLANTED: Mapping[tuple[str, str], tuple[str, str]] = {
    ("orders", "ordered_on"): ("ORDHDR", "ORDDT"),
    ("orders", "status"): ("ORDHDR", "ORDST"),
    ("orders", "weight_kg"): ("ORDHDR", "ORDWT"),
    ("orders", "promised_at"): ("ORDHDR", "PRMTM"),
    ("orders", "rush"): ("ORDHDR", "RUSHF"),
    ("order-lines", "due_on"): ("ORDLIN", "LNDUE"),
    ("order-lines", "status"): ("ORDLIN", "LNSTS"),
    ("order-lines", "unit"): ("ORDLIN", "LNUOM"),
    ("order-lines", "planned_week"): ("ORDLIN", "LNWEEK"),
    ("customers", "credit_limit"): ("CUSMAS", "CRLIM"),
    ("customers", "customer_since"): ("CUSMAS", "SINCE"),
    ("customers", "status"): ("CUSMAS", "CSTAT"),
    ("items", "standard_cost"): ("ITMMAS", "ITCST"),
    ("items", "revised_on"): ("ITMMAS", "ITREVD"),
    ("items", "last_counted"): ("ITMMAS", "ITLCT"),
    ("bom-items", "valid_from"): ("BOMSTR", "BEFFD"),
    ("bom-items", "valid_to"): ("BOMSTR", "BDISD"),
    ("jobs", "state"): ("JobOrder", "State"),
    ("job-operations", "state"): ("JobOperation", "State"),
}


@pytest.fixture(scope="module")
def findings(gateway: Gateway) -> list[Finding]:
    """What a scan of version one finds."""
    return list(scan(gateway, "v1"))


@pytest.fixture
def databases(plant: Path) -> Iterator[Mapping[str, sqlite3.Connection]]:
    """Both databases of the plant."""
    opened = {
        name: sqlite3.connect(f"{(plant / name).with_suffix('.db').as_uri()}?mode=ro", uri=True)
        for name in ("erp", "mes")
    }
    yield opened
    for connection in opened.values():
        connection.close()


def resource_of(gateway: Gateway, finding: Finding) -> Resource:
    """The resource of a finding."""
    return gateway.plan.versions["v1"].resources[finding.resource]


def test_the_table_of_what_is_planted_is_whole() -> None:
    """Each kind of dirt that the demo plants shows in one field."""
    assert sorted(PLANTED.values()) == sorted((dirt.table, dirt.column) for dirt in DIRT)


def test_the_planted_dirt_is_found_and_nothing_else(
    gateway: Gateway, findings: list[Finding], databases: Mapping[str, sqlite3.Connection]
) -> None:
    """Every planted value in an active row is counted, in its field alone; of a resource, the most frequent comes first."""
    found = {(finding.resource, finding.field): finding.rows for finding in findings}
    assert len(found) == len(findings)
    expected = {}
    for name, (table, column) in PLANTED.items():
        values = next(dirt.values for dirt in DIRT if (dirt.table, dirt.column) == (table, column))
        source = gateway.plan.versions["v1"].resources[name[0]].source
        active = "ACREC = 'A' AND " if source == "erp" else ""
        marks = ", ".join("?" * len(values))
        count = databases[source].execute(f"SELECT COUNT(*) FROM {table} WHERE {active}{column} IN ({marks})", values)
        expected[name] = count.fetchone()[0]
    queries = {(finding.resource, finding.field) for finding in findings if resource_of(gateway, finding).query}
    assert {name: rows for name, rows in found.items() if name not in queries} == expected
    assert queries <= {("late-jobs", "state")}
    for one, other in pairwise(findings):
        assert one.resource != other.resource or one.rows >= other.rows


def test_the_query_of_a_finding_finds_its_rows(
    gateway: Gateway, findings: list[Finding], databases: Mapping[str, sqlite3.Connection]
) -> None:
    """Run as it is printed, it brings the rows of the sample keys, and as many as were counted."""
    for finding in findings:
        resource = resource_of(gateway, finding)
        if resource.query is not None:
            continue
        rows = databases[resource.source].execute(finding.query).fetchall()
        assert len(rows) == finding.rows, finding
        assert 0 < len(finding.keys) <= SAMPLES
        for key in finding.keys:
            item = depot.get(gateway, f"{resource.path}/{key}")
            issues = depot.body(item).get("_issues", {})
            left_out = resource.fields[finding.field].on_issue == "omit-row"
            assert left_out if item.status == 404 else issues[finding.field] == finding.issue


def test_all_rows_are_read(findings: list[Finding], databases: Mapping[str, sqlite3.Connection]) -> None:
    """A finding says of how many rows, over more pages than one."""
    (orders,) = {finding.of for finding in findings if finding.resource == "orders"}
    assert orders == databases["erp"].execute("SELECT COUNT(*) FROM ORDHDR WHERE ACREC = 'A'").fetchone()[0]
    assert orders > 10_000


@pytest.mark.parametrize("limit", [1, 999, 1000, 1001, 2500])
def test_a_limit_bounds_what_is_read(gateway: Gateway, limit: int) -> None:
    """`limit` rows of each resource are read, not one more, at any side of a page's end."""
    found = scan_resource(gateway, gateway.plan.versions["v1"].resources["orders"], limit)
    assert {finding.of for finding in found} <= {limit}
    assert all(finding.rows <= limit for finding in found)


ROW = {"NAME": "Alpha ", "FLAG": "Y", "CODE": "10", "DAY": 1260101, "MONTH": "202601", "DT": 1260131, "TM": 0,
       "CC": 20, "YY": 26, "MM": 1, "DD": 31, "AMOUNT": 5}  # fmt: skip


def spoilt(*changes: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of the depot, each with some columns spoilt."""
    return [(number, "A", *{**ROW, **change}.values()) for number, change in enumerate(changes, 1)]


def test_samples_over_several_columns_are_no_mixture(tmp_path: Path) -> None:
    """The query for a field over two columns names pairs; NULL among the samples is found as NULL."""
    rows = spoilt(
        {"DT": 1260230, "TM": 1}, {"DT": 1260131, "TM": 250000}, {"DT": 1260131, "TM": 1},
        {"MM": 2, "DD": 30}, {"YY": 25, "MM": 1, "DD": 32}, {"YY": 26, "MM": 1, "DD": 30}, {"YY": None},
    )  # fmt: skip
    folder = depot.build(tmp_path / "depot", rows)
    gateway = depot.opened(folder)
    findings = {(each.field, each.issue): each for each in scan(gateway, "v1")}
    gateway.close()
    with sqlite3.connect(folder / "depot.db") as connection:
        found = {name: [row[-1] for row in connection.execute(each.query)] for name, each in findings.items()}
    connection.close()
    assert found == {("moment", "not-a-date"): [1], ("moment", "not-a-time"): [2], ("start", "not-a-date"): [4, 5, 7]}


def test_dirt_that_fails_answers_does_not_stop_a_scan(tmp_path: Path) -> None:
    """`on_issue: fail` and `omit-row` are for answers: a scan counts such rows and goes on."""
    rows = spoilt({"DAY": 1260230}, {}, {"DAY": 1260231}, {"MONTH": "202613"})
    gateway = depot.opened(depot.build(tmp_path / "depot", rows))
    resource = gateway.plan.versions["v1"].resources["stock"]
    fields = dict(resource.fields)
    fields["day"], fields["month"] = (
        replace(fields["day"], on_issue="fail"),
        replace(fields["month"], on_issue="omit-row"),
    )
    findings = scan_resource(gateway, replace(resource, fields=fields))
    gateway.close()
    assert [(each.field, each.rows, each.of, each.keys) for each in findings] == [
        ("day", 2, 4, ["1", "3"]),
        ("month", 1, 4, ["4"]),
    ]
