"""Impact: what stands on a column, who used it, and who answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from adapters.port import Table
from app.assembly import Compiled, compile_folder
from app.impact.hit import Impact, impact, readers
from app.impact.standing import KINDS
from app.impact.target import Target, UnknownName, targets
from app.plan.forms import Form
from app.state import UsageRecord
from app.state.usage import OTHER
from tests.pipeline.kept_scene import build

ORDERS = """\
resource: orders
owner: desk@plant.example
source: main
table: ORDHDR
key: number
active_when: {MARGIN: [9001, 9002]}
fields:
  number: {column: ORDNO, type: integer}
  customer: {column: CUST, type: string}
  margin: {column: MARGIN, type: integer, scope: margins}
  text: {column: TEXT, type: string}
filter: [customer, 'number[gte]']
sort: [customer]
unindexed: all
expand:
  lines: {resource: lines, on: {number: order}, many: true}
access: {rows: {customer: claim:customer}, rows_exempt: everybody}
"""
LINES = """\
resource: lines
owner: desk@plant.example
source: side
table: ORDLIN
key: [order, line]
fields:
  order: {column: ORDNO, type: integer}
  line: {column: LINNO, type: integer}
"""
NOTES = """\
resource: notes
source: side
query: notes.sql
key: order
fields:
  order: {column: ORDNO, type: integer}
  note: {column: NOTE, type: string}
"""
SQL = "SELECT n.ORDNO, n.NOTE -- never LINNO\nFROM NOTE n JOIN ORDLIN l ON l.ORDNO = n.ORDNO AND l.CUST <> 'MARGIN'"
LENS = """\
resource: orders
changes:
  - rename: {customer: customer_number}
    because: One word for it.
  - remove: margin
    because: Not for everybody.
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """Orders and lines of two sources, notes of a named query; v2 is a lens."""
    folder = tmp_path_factory.mktemp("impact") / "kept"
    (folder / "queries").mkdir(parents=True)
    (folder / "queries" / "notes.sql").write_text(SQL, encoding="utf-8")
    build(folder, "security: {tokens: 10m}\n", orders=ORDERS, lines=LINES, notes=NOTES)
    (folder / "v2" / "orders.yaml").write_text(LENS, encoding="utf-8")
    return compile_folder(folder, {})


Found = set[tuple[str, str, str, str]]


def standing(found: Impact) -> Found:
    """What stands there: kind, version, resource, name."""
    return {
        (each.standing.kind, each.standing.version, each.standing.resource, each.standing.name) for each in found.used
    }


COLUMNS: Mapping[str, Found] = {
    "main.ORDHDR.CUST": {
        (kind, version, "orders", name)
        for version, name in (("v1", "customer"), ("v2", "customer_number"))
        for kind in ("field", "filter", "sort", "rows")
    },
    "main.ORDHDR.MARGIN": {
        ("field", "v1", "orders", "margin"),
        ("active", "v1", "orders", "MARGIN"),
        ("active", "v2", "orders", "MARGIN"),
    },
    "main.ORDHDR.ORDNO": {
        (kind, version, "orders", name)
        for version in ("v1", "v2")
        for kind, name in (("field", "number"), ("key", "number"), ("filter", "number"), ("expansion", "lines"))
    },
    "side.ORDLIN.ORDNO": {
        *(("field", version, "lines", "order") for version in ("v1", "v2")),
        *(("key", version, "lines", "order") for version in ("v1", "v2")),
        *(("expansion", version, "orders", "lines") for version in ("v1", "v2")),
        ("query", "v1", "notes", "notes.sql"),
        ("query", "v2", "remarks", "notes.sql"),
    },
    "side.ORDLIN.LINNO": {
        *(("field", version, "lines", "line") for version in ("v1", "v2")),
        *(("key", version, "lines", "line") for version in ("v1", "v2")),
    },
    "side.ORDLIN.CUST": {("query", "v1", "notes", "notes.sql"), ("query", "v2", "remarks", "notes.sql")},
    "side.ORDLIN.MARGIN": set(),
    "side.notes.sql.NOTE": {("field", "v1", "notes", "note"), ("field", "v2", "remarks", "note")},
}


@pytest.mark.parametrize("name", COLUMNS)
def test_what_stands_on_a_column(compiled: Compiled, name: str) -> None:
    """Every way to depend on it, in every version; lenses and queries, too. Words of a comment or a text are no names."""
    assert standing(impact(compiled, name)) == COLUMNS[name]


def test_every_kind_is_found() -> None:
    """The table above has each kind that people are told of."""
    assert {kind for found in COLUMNS.values() for kind, *_ in found} == set(KINDS)


def test_a_table_is_all_its_columns(compiled: Compiled) -> None:
    """And a named query is what it returns."""
    whole = standing(impact(compiled, "main.ORDHDR"))
    assert whole == {("field", "v1", "orders", "text"), ("field", "v2", "orders", "text")}.union(
        *(COLUMNS[name] for name in COLUMNS if name.startswith("main."))
    )
    assert {each[2] for each in standing(impact(compiled, "side.notes.sql"))} == {"notes", "remarks"}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("main.ordhdr.cust", Target("main", "ORDHDR", columns=("CUST",))),
        ("side.notes.sql.note", Target("side", query="notes.sql", columns=("NOTE",))),
        ("orders.customer", Target("main", "ORDHDR", columns=("CUST",))),
        ("orders.customer_number", Target("main", "ORDHDR", columns=("CUST",))),
        ("remarks.note", Target("side", query="notes.sql", columns=("NOTE",))),
        ("orders", Target("main", "ORDHDR")),
    ],
)
def test_names_that_are_understood(compiled: Compiled, name: str, found: Target) -> None:
    """Whatever the case of its letters; a field of any version stands for its column."""
    assert targets(compiled, name) == (found,)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("main.ORDHRD.CUST", "has no table 'ORDHRD' — did you mean 'ORDHDR'?"),
        ("main.ORDHRD", "has no table 'ORDHRD' — did you mean 'ORDHDR'?"),
        ("main.ORDHDR.CUSTM", "main.ORDHDR has no column 'CUSTM' — did you mean 'CUST'?"),
        ("main", "'main' is a source: name a table of it"),
        ("orders.custmer", "orders has no field 'custmer' — did you mean 'customer'?"),
        ("order.customer", "there is no source and no resource 'order' — did you mean 'orders'?"),
        ("", "there is no source and no resource ''"),
    ],
)
def test_names_that_are_not_get_the_nearest(compiled: Compiled, name: str, said: str) -> None:
    """In one sentence."""
    with pytest.raises(UnknownName) as unknown:
        targets(compiled, name)
    assert said in str(unknown.value)


def test_a_source_is_looked_for_before_a_resource(compiled: Compiled) -> None:
    """A name may be both."""
    both = replace(compiled, catalogs={**compiled.catalogs, "orders": compiled.catalogs["main"]})
    assert targets(both, "orders.ORDHDR") == (Target("orders", "ORDHDR"),)
    assert targets(both, "orders.customer") == (Target("main", "ORDHDR", columns=("CUST",)),)


@pytest.fixture(scope="module")
def two_names(compiled: Compiled) -> Compiled:
    """The same, over an IBM i: ORDLIN is the short name of ORDER_LINE, CUST that of its CUSTOMER_NUMBER."""
    side = compiled.catalogs["side"]
    lines = side.tables["ORDLIN"]
    columns = tuple(
        replace(column, name="CUSTOMER_NUMBER", short="CUST") if column.name == "CUST" else column
        for column in lines.columns
    )
    tables = {
        "PRODLIB.ORDER_LINE": replace(lines, name="PRODLIB.ORDER_LINE", short="ORDLIN", columns=columns),
        "PRODLIB.NOTE": Table("PRODLIB.NOTE", columns[:1], short="NOTE"),
    }
    return replace(compiled, catalogs={**compiled.catalogs, "side": replace(side, tables=tables)})


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("side.PRODLIB.ORDLIN", "side.PRODLIB.ORDER_LINE"),
        ("side.PRODLIB.ORDLIN.CUST", "side.PRODLIB.ORDER_LINE.CUSTOMER_NUMBER"),
        ("side.prodlib.ordlin.customer_number", "side.PRODLIB.ORDER_LINE.CUSTOMER_NUMBER"),
        ("side.PRODLIB.ORDER_LINE.cust", "side.PRODLIB.ORDER_LINE.CUSTOMER_NUMBER"),
        ("side.PRODLIB.NOTE", "side.PRODLIB.NOTE"),
    ],
)
def test_a_short_name_means_the_long_one(two_names: Compiled, name: str, found: str) -> None:
    """Of tables and of columns; what is shown is the catalog's own name."""
    assert [str(target) for target in targets(two_names, name)] == [found]


@pytest.mark.parametrize(
    "name", ["side.PRODLIB.ORDER_LINE.CUSTOMER_NUMBER", "side.PRODLIB.ORDLIN.CUST", "side.PRODLIB.ORDLIN"]
)
def test_sql_may_say_either_name(two_names: Compiled, name: str) -> None:
    """The query that says ORDLIN and CUST stands on the table and the column of those short names."""
    assert {("query", "v1", "notes", "notes.sql"), ("query", "v2", "remarks", "notes.sql")} <= standing(
        impact(two_names, name)
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("side.PRODLIB.ORDLNI", "has no table 'PRODLIB.ORDLNI' — did you mean 'PRODLIB.ORDLIN'?"),
        ("side.PRODLIB.ORDLIN.CUTS", "side.PRODLIB.ORDER_LINE has no column 'CUTS' — did you mean 'CUST'?"),
    ],
)
def test_a_short_name_may_be_the_nearest(two_names: Compiled, name: str, said: str) -> None:
    """Whoever writes short names is told short names."""
    with pytest.raises(UnknownName) as unknown:
        targets(two_names, name)
    assert said in str(unknown.value)


LIST = Form("v1", "orders", fields=("number", "customer"), filters=("number[gte]",), sorts=("customer",))
ITEM = Form("v2", "orders", item=True, fields=("number",))
EXPANDED = Form(
    "v1", "orders", fields=("text",), expansions=(("orders", "lines"),), along=(("lines", ("order", "line")),)
)
NOTE = Form("v1", "notes", fields=("note",))
RECORDS = (
    UsageRecord("key:a", LIST, 10, "2026-11-01", "2026-11-19"),
    UsageRecord("key:b", ITEM, 5, "2026-11-02", "2026-11-20"),
    UsageRecord("key:b", EXPANDED, 3, "2026-11-03", "2026-11-03"),
    UsageRecord("key:c", NOTE, 2, "2026-11-03", "2026-11-04"),
    UsageRecord(OTHER, Form("v1", "orders", bare=True), 7, "2026-11-03", "2026-11-04"),
)


def counted(found: Impact) -> dict[tuple[str, str, str], tuple[int, int, str]]:
    """Calls, callers and last day of what was used, by kind, version and name."""
    return {
        (each.standing.kind, each.standing.version, each.standing.name): (
            each.use.calls,
            each.use.callers,
            each.use.last,
        )
        for each in found.used
        if each.use is not None
    }


def test_how_often_each_was_used(compiled: Compiled) -> None:
    """A field where it was served, a filter where it filtered, a key where an item was read, a row scope at each read."""
    assert counted(impact(compiled, "main.ORDHDR.ORDNO", RECORDS)) == {
        ("field", "v1", "number"): (10, 1, "2026-11-19"),
        ("filter", "v1", "number"): (10, 1, "2026-11-19"),
        ("expansion", "v1", "lines"): (3, 1, "2026-11-03"),
        ("field", "v2", "number"): (5, 1, "2026-11-20"),
        ("key", "v2", "number"): (5, 1, "2026-11-20"),
    }
    assert counted(impact(compiled, "main.ORDHDR.CUST", RECORDS)) == {
        ("field", "v1", "customer"): (10, 1, "2026-11-19"),
        ("sort", "v1", "customer"): (10, 1, "2026-11-19"),
        ("rows", "v1", "customer"): (13, 2, "2026-11-19"),
        ("rows", "v2", "customer_number"): (5, 1, "2026-11-20"),
    }
    assert counted(impact(compiled, "side.ORDLIN.LINNO", RECORDS)) == {("field", "v1", "line"): (3, 1, "2026-11-03")}


def test_who_used_it_is_named_once(compiled: Compiled) -> None:
    """With all reads that used any of it, each counted once; who used none of it is not."""
    found = impact(compiled, "main.ORDHDR.ORDNO", RECORDS)
    assert [(each.of[0], each.calls, each.last) for each in found.callers] == [
        ("key:a", 10, "2026-11-19"),
        ("key:b", 8, "2026-11-20"),
    ]


def test_whom_to_write_to(compiled: Compiled) -> None:
    """The owners of the resources that are hit, and which of them have none."""
    found = impact(compiled, "side.ORDLIN.ORDNO")
    paths = {owner: set(paths) for owner, paths in found.owners.items()}
    assert paths == {"desk@plant.example": {"/v1/lines", "/v1/orders", "/v2/lines", "/v2/orders"}}
    assert set(found.unowned) == {"/v1/notes", "/v2/remarks"}


def test_who_still_reads_a_version() -> None:
    """The last seen first, also who was not seen in the days that were asked for."""
    old = UsageRecord("key:old", LIST, 100, "2026-01-01", "2026-02-01")
    found = readers("v1", RECORDS[:1], (*RECORDS, old))
    assert [(each.caller, each.calls, each.last) for each in found] == [
        ("key:a", 10, "2026-11-19"),
        (OTHER, 0, "2026-11-04"),
        ("key:c", 0, "2026-11-04"),
        ("key:b", 0, "2026-11-03"),
        ("key:old", 0, "2026-02-01"),
    ]
    assert found[3].resources == ("lines", "orders")
    assert readers("v3", RECORDS, RECORDS) == []
