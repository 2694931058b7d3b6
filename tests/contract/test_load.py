"""A sound folder becomes the values of the model, and the sound part of a faulty one can still be used."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import get_args

import pytest

from adapters import registry
from adapters.port import Catalog, Column, ColumnType, Table, Window
from app.contract.load import load, survey
from app.contract.model import CacheSpec, ChangeSpec, ExpandSpec, FieldSpec, LensSpec, PageSpec, SourceSpec
from app.contract.words import TYPES
from app.conversions.base import ApiType
from app.shapes import Place
from tests.contract.conftest import GATEWAY, KINDS, ORDERS, Write

PLANT = Path(__file__).parents[2] / "openapi" / "plant"
FULL = {
    "gateway.yaml": """\
title: Plant 3
description: All of it
timezone: America/Detroit
sources:
  erp: {kind: paper, path: erp.db, password: "${TOKEN}", connections: 2, deadline: 500ms, quiet: [{from: 02:00, to: 03:30, days: sun, reason: Save}], budget: {request: 900, day: 1000}}
  mes: {kind: stone, timezone: UTC}
cache: {memory: 1MB}
state: postgresql://gateway@db/state
security: open
strict: true
""",
    "v1/version.yaml": """\
status: deprecated
deprecated_on: 2026-09-01
sunset_on: 2027-09-01
""",
    "v1/orders.yaml": """\
resource: orders
summary: Orders
description: All orders
owner: desk@example.com
source: erp
query: orders.sql
key: [number, line]
fields:
  number: {column: ORDNO, type: string, stored_as: {integer: {digits: 7}}}
  line: {column: LINNO, type: integer, example: 1}
  at: {columns: [DT, TM], type: datetime, stored_as: [cyymmdd, hhmmss], on_issue: omit-row}
  terms: {column: 0010, type: enum, open: true, stored_as: {10: net, "20": cash}, description: Terms}
  day: {column: DT, type: date, stored_as: {cyymmdd: {on_issue: fail}}}
filter: [number, "day[gte]"]
sort: [number]
page: {max: 20}
expand:
  same: {resource: orders, on: {number: number}, many: true}
cache: {fresh: 1m}
active_when: {ACREC: A, CONO: [1, 007]}
unindexed: [same, "day[gte]"]
""",
    "v2/version.yaml": """\
extends: v1
released_on: 2026-09-01
changes:
  - {rename: {orders: purchases}, because: One word}
  - {remove: lines, because: Unused}
""",
    "v2/purchases.yaml": """\
resource: purchases
changes:
  - {rename: {number: no}, because: Short}
  - {retype: {line: {type: number}}, because: Charts}
  - {add: {late: {column: LATE, type: string}}, because: Wanted}
  - {split: {at: {on: date, time: time}}, because: Days}
  - {remove: [terms, day], because: Unused}
filter: [late]
sort: [late]
unindexed: [late]
""",
    "queries/orders.sql": "SELECT 1\n",
    "catalog/erp.yaml": "queries: {orders.sql: {columns: {ORDNO: {type: 'decimal(7,0)', null: false}}}}\n",
}


def test_gateway_yaml_is_read_in_full(write: Write) -> None:
    """Every word of gateway.yaml, with secrets resolved, paths absolute, and quantities in seconds and bytes."""
    folder = write(FULL)
    contract = load(folder, KINDS, {"TOKEN": "s3cret"})
    assert contract.sources == {
        "erp": SourceSpec(
            "erp",
            "paper",
            {"path": str(folder / "erp.db"), "password": "s3cret"},
            "America/Detroit",
            2,
            0.5,
            (Window(time(2), time(3, 30), frozenset({6}), "Save"),),
            900,
            1000,
        ),
        "mes": SourceSpec("mes", "stone", {}, "UTC", 8, 5.0),
    }
    assert (contract.title, contract.description, contract.folder) == ("Plant 3", "All of it", str(folder))
    assert (contract.cache.memory, contract.state) == (1048576, "postgresql://gateway@db/state")
    assert (contract.open, contract.strict) == (True, True)
    assert contract.queries == {"orders.sql": "SELECT 1\n"}
    columns = (Column("ORDNO", ColumnType("decimal", precision=7, scale=0), nullable=False),)
    assert contract.catalogs == {"erp": Catalog({}, {"orders.sql": Table("orders.sql", columns)})}


def test_a_resource_is_read_in_full(write: Write) -> None:
    """Every word of a resource; an `on_issue` among a conversion's options is the field's."""
    version = load(write(FULL), KINDS, {"TOKEN": "s3cret"}).versions["v1"]
    orders = version.resources["orders"]
    assert orders.fields == {
        "number": FieldSpec("number", "string", ("ORDNO",), {"integer": {"digits": 7}}),
        "line": FieldSpec("line", "integer", ("LINNO",), example=1),
        "at": FieldSpec("at", "datetime", ("DT", "TM"), ["cyymmdd", "hhmmss"], on_issue="omit-row"),
        "terms": FieldSpec("terms", "enum", ("0010",), {"10": "net", "20": "cash"}, "Terms", open=True),
        "day": FieldSpec("day", "date", ("DT",), {"cyymmdd": {"on_issue": "fail"}}, on_issue="fail"),
    }
    assert (orders.key, orders.filter, orders.sort) == (("number", "line"), ("number", "day[gte]"), ("number",))
    assert (orders.source, orders.table, orders.query, orders.cache) == (
        "erp",
        None,
        "orders.sql",
        CacheSpec(60.0, negative=5.0),
    )
    assert (orders.summary, orders.description, orders.owner) == ("Orders", "All orders", "desk@example.com")
    assert orders.page == PageSpec(20, 20)
    assert orders.expand == {"same": ExpandSpec("same", "orders", {"number": "number"}, many=True)}
    assert orders.active_when == {"ACREC": ("A",), "CONO": (1, 7)}
    assert orders.unindexed == ("same", "day[gte]")
    assert (version.status, version.deprecated_on, version.sunset_on) == (
        "deprecated",
        date(2026, 9, 1),
        date(2027, 9, 1),
    )


def test_columns_may_stand_behind_a_conversion(write: Write) -> None:
    """A conversion over several columns that names them says the same as the field's `columns`; faults find each of them."""
    named = """\
  address: {type: string, stored_as: {lines: [ADR1, 007]}}
  due:
    type: date
    stored_as: {parts: [CC, YY, MM, DD]}
    on_issue: fail
"""
    apart = """\
  address: {columns: [ADR1, 007], type: string, stored_as: lines}
  due: {columns: [CC, YY, MM, DD], type: date, stored_as: parts, on_issue: fail}
"""
    files = [{"v1/orders.yaml": ORDERS.replace("filter:", f"{fields}filter:")} for fields in (named, apart)]
    first, second = (load(write(each), KINDS, {}).versions["v1"].resources["orders"].fields for each in files)
    assert first == second
    assert first["address"].columns == ("ADR1", "007")
    assert [first["due"].column_place(index) for index in (0, 3)] == [
        Place("v1/orders.yaml", 11, 25),
        Place("v1/orders.yaml", 11, 37),
    ]
    assert second["due"].column_place(3) == Place("v1/orders.yaml", 9, 31)


def test_a_retyped_field_may_name_its_columns_so(write: Write) -> None:
    """In a lens, too, the columns of `stored_as` are those of the field."""
    retype = "resource: orders\nchanges: [{retype: {status: {type: string, stored_as: {lines: [A, B]}}}, because: x}]\n"
    found = load(write({"v2/version.yaml": "extends: v1\n", "v2/orders.yaml": retype}), KINDS, {})
    field = found.versions["v2"].lenses["orders"].changes[0].fields["status"]
    assert (field.columns, field.stored_as) == (("A", "B"), "lines")


def test_a_lens_is_read_in_full(write: Write) -> None:
    """Every change of a version and of a resource, in the order of the file."""
    version = load(write(FULL), KINDS, {"TOKEN": "s3cret"}).versions["v2"]
    assert (version.extends, version.status, version.released_on) == ("v1", "current", date(2026, 9, 1))
    assert version.changes == (
        ChangeSpec("rename", "One word", rename={"orders": "purchases"}),
        ChangeSpec("remove", "Unused", remove=("lines",)),
    )
    late = FieldSpec("late", "string", ("LATE",))
    assert version.lenses["purchases"] == LensSpec(
        "purchases",
        (
            ChangeSpec("rename", "Short", rename={"number": "no"}),
            ChangeSpec("retype", "Charts", fields={"line": FieldSpec("line", "number", ())}),
            ChangeSpec("add", "Wanted", fields={"late": late}),
            ChangeSpec("split", "Days", split={"at": {"on": "date", "time": "time"}}),
            ChangeSpec("remove", "Unused", remove=("terms", "day")),
        ),
        ("late",),
        ("late",),
        ("late",),
    )


def test_values_know_where_they_stand(write: Write) -> None:
    """The node of a field, an expansion and a change lead later faults to their lines."""
    contract = load(write(FULL), KINDS, {"TOKEN": "s3cret"})
    orders = contract.versions["v1"].resources["orders"]
    assert orders.fields["at"].node.at("columns", 1) == Place("v1/orders.yaml", 11, 22)
    assert orders.expand["same"].node.at("resource") == Place("v1/orders.yaml", 18, 10)
    assert orders.node.at("filter", 1) == Place("v1/orders.yaml", 14, 18)
    assert contract.versions["v2"].lenses["purchases"].changes[0].node.at("rename", "number").line == 3


def test_a_short_contract_has_defaults(write: Write) -> None:
    """What is left out has the documented value."""
    contract = load(write({}), KINDS, {})
    assert (contract.cache.memory, contract.state, contract.open) == (67108864, "sqlite:///state.db", False)
    assert contract.strict is False
    assert contract.sources["erp"].timezone == "UTC"
    assert contract.versions["v1"].status == "current"
    orders = contract.versions["v1"].resources["orders"]
    assert (orders.page, orders.cache, orders.key) == (PageSpec(50, 500), None, ("number",))
    assert orders.unindexed == ()


def test_other_files_are_left_alone(write: Write) -> None:
    """Backups, hidden files and folders of other names are nobody's contract."""
    files = {"v1/orders.yaml.bak": "x", "v1/.orders.yaml": "x", "notes/a.yaml": "x", "README.md": "x"}
    assert list(load(write(files), KINDS, {}).versions["v1"].resources) == ["orders"]


def test_versions_come_in_their_order(write: Write) -> None:
    """v10 comes after v2."""
    files = {f"v{number}/version.yaml": "status: draft\n" for number in (10, 2)}
    assert list(load(write(files), KINDS, {}).versions) == ["v1", "v2", "v10"]


def test_the_sound_part_leaves_out_what_depends_on_a_fault(write: Write) -> None:
    """A faulty source takes its resources along, and they the expansions and lenses that lead to them."""
    jobs = ORDERS.replace("orders", "jobs").replace("erp", "mes")
    found = survey(
        write(
            {
                "gateway.yaml": GATEWAY + "  mes: {kind: papyrus}\n",
                "v1/jobs.yaml": jobs,
                "v1/orders.yaml": ORDERS + "expand: {jobs: {resource: jobs, on: {number: number}}}\n",
                "v1/items.yaml": ORDERS.replace("orders", "items").replace("type: integer", "type: int"),
                "v2/version.yaml": "extends: v1\nchanges: [{rename: {items: parts}, because: x}]\n",
                "v2/jobs.yaml": "resource: jobs\nchanges: [{remove: status, because: x}]\n",
                "v2/orders.yaml": "resource: orders\nchanges: [{remove: status, because: x}]\n",
                "v3/version.yaml": "extends: v2\nstatus: old\n",
                "v4/version.yaml": "extends: v3\n",
            }
        ),
        KINDS,
        {},
    )
    assert [fault.code for fault in found.faults] == ["unknown-kind", "wrong-value", "wrong-value"]
    assert found.contract is not None
    versions = found.contract.versions
    assert list(versions) == ["v1", "v2"]
    assert list(versions["v1"].resources) == ["orders"]
    assert versions["v1"].resources["orders"].expand == {}
    assert list(versions["v2"].lenses) == ["orders"]
    assert versions["v2"].changes[0].rename == {}


def test_the_sound_part_of_a_faulty_resource_is_kept(write: Write) -> None:
    """A faulty field goes, with whatever names it; the rest is compiled, and so is what lies at a faulty source."""
    faulty = ORDERS.replace("status:", "status: {column: ORDST, type: strin}\n  state:") + "tree: {}\n"
    faulty += "unindexed: [status, number, all]\n"
    found = survey(
        write({"gateway.yaml": GATEWAY.replace("erp: {", "erp: {colour: red, "), "v1/orders.yaml": faulty}), KINDS, {}
    )
    assert sorted(fault.code for fault in found.faults) == ["not-served-yet", "unknown-word", "wrong-value"]
    assert found.contract is not None
    orders = found.contract.versions["v1"].resources["orders"]
    assert "state" in orders.fields
    assert "status" not in orders.fields
    assert "status" not in (*orders.filter, *orders.sort)
    assert orders.unindexed == ("number", "all")


def test_nothing_is_left_without_gateway_yaml(write: Write) -> None:
    """A gateway.yaml that does not parse leaves no contract, and the other files' faults are still found."""
    found = survey(write({"gateway.yaml": "{", "v1/orders.yaml": ORDERS + "x: y\n"}), KINDS, {})
    assert found.contract is None
    assert [fault.place.file for fault in found.faults] == ["gateway.yaml", "v1/orders.yaml"]


def test_the_demo_plant_is_sound() -> None:
    """The contract that the demo serves has no fault, and its catalogs are read."""
    kinds = {name: registry.kind(name) for name in registry.kinds()}
    contract = load(PLANT, kinds, {})
    assert list(contract.versions) == ["v1", "v2"]
    assert set(contract.catalogs) == set(contract.sources)


def test_the_types_are_those_of_the_conversions() -> None:
    """The words of `type` and the conversions' own list are one."""
    assert tuple(TYPES.words) == get_args(ApiType)


@pytest.mark.parametrize("text", ["security: open\n", ""])
def test_security_is_open_only_where_it_says_so(write: Write, text: str) -> None:
    """Without the word, nobody has said that everybody may call."""
    assert load(write({"gateway.yaml": GATEWAY + text}), KINDS, {}).open is bool(text)
