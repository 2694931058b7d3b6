"""What no index serves is warned of, at its place, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.port import Catalog, Index, Table
from app.contract.load import load
from app.plan.compile import compile_contract
from app.shapes import Fault, Faults
from tests.plan.contracts import GATEWAY, KINDS, TRAITS, changed, column, write

ORDERS = """\
resource: orders
source: erp
table: ORDHDR
key: number
fields:
  company: {column: CONO, type: integer}
  number: {column: ORDNO, type: string, stored_as: {integer: {digits: 7}}}
  customer: {column: CUSNO, type: string}
  status: {column: ORDST, type: enum, stored_as: {"10": entered, "20": released, "21": released}}
  ordered_on: {column: ORDDT, type: date, stored_as: cyymmdd}
  entered_on: {columns: [CC, YY, MM, DD], type: date, stored_as: parts}
  changed_at: {columns: [UPDDT, UPDTM], type: datetime, stored_as: [cyymmdd, hhmmss]}
  reference: {column: REF, type: string}
"""
LINES = """\
resource: order-lines
source: erp
table: ORDLIN
key: [order, line]
fields:
  order: {column: ORDNO, type: string, stored_as: {integer: {digits: 7}}}
  line: {column: LINNO, type: integer}
  item: {column: ITMNO, type: string}
"""
COLUMNS = (
    column("CONO", "decimal", 3),
    column("ORDNO", "decimal", 7),
    column("CUSNO", "char", 8),
    column("ORDST", "char", 2),
    column("ORDDT", "decimal", 7),
    *(column(name, "decimal", 2) for name in ("CC", "YY", "MM", "DD")),
    column("UPDDT", "decimal", 7),
    column("UPDTM", "decimal", 6),
    column("REF", "varchar", 20, null=True),
    column("ACREC", "char", 1),
)
LINE_COLUMNS = (column("ORDNO", "decimal", 7), column("LINNO", "decimal", 4), column("ITMNO", "char", 15))

Ways = Sequence[Sequence[str]]


def index(*columns: str, unique: bool = False) -> Index:
    """An index named after its first column."""
    return Index(f"{columns[0]}X", columns, unique)


def table(*indexes: Index, key: tuple[str, ...] = ("ORDNO",)) -> Table:
    """The orders' table."""
    return Table("ORDHDR", COLUMNS, key, indexes)


def warned(
    folder: Path,
    orders: str,
    head: Table,
    lines: Table | None = None,
    files: Mapping[str, str] | None = None,
    *,
    listed: bool = True,
) -> list[Fault]:
    """The warnings of a contract over these tables."""
    contract = load(
        write(
            folder, {"gateway.yaml": GATEWAY, "v1/orders.yaml": orders, "v1/order-lines.yaml": LINES, **(files or {})}
        ),
        KINDS,
        {},
    )
    queries = {"late.sql": replace(head, name="late.sql", key=(), indexes=())}
    line_table = lines or Table("ORDLIN", LINE_COLUMNS, ("ORDNO", "LINNO"))
    catalog = Catalog({"ORDHDR": head, "ORDLIN": line_table}, queries)
    found: list[Fault] = []
    traits = {"erp": replace(TRAITS, indexes=listed), "mes": TRAITS}
    compile_contract(contract, {"erp": catalog, "mes": Catalog({})}, traits, found.append)
    return found


def codes(warnings: Sequence[Fault]) -> list[str]:
    """Their codes."""
    return [warning.code for warning in warnings]


FILTERS: Sequence[tuple[str, Index | None, str]] = (
    # an entry, an index beside the primary key, and what is said
    ("number", None, ""),
    ("customer[eq]", None, "unindexed-filter"),
    ("customer[eq]", index("CUSNO"), ""),
    ("customer[ne]", index("CUSNO"), ""),
    ("customer[prefix]", index("CUSNO", "ORDNO"), ""),
    ("customer[eq]", index("ORDDT", "CUSNO"), "unindexed-filter"),
    ("customer[contains]", index("CUSNO"), "unindexed-search"),
    ("customer", index("CUSNO"), "unindexed-search"),
    ("customer", None, "unindexed-filter unindexed-search"),
    ("status", None, "unindexed-filter"),
    ("status", index("ORDST", "ORDDT"), ""),
    ("ordered_on[gte]", index("ORDDT"), ""),
    ("changed_at", index("UPDDT"), ""),
    ("changed_at", index("UPDDT", "UPDTM", "ORDNO"), ""),
    ("changed_at", index("UPDTM", "UPDDT"), "unindexed-filter"),
    ("entered_on[eq]", index("CC", "YY", "MM", "DD"), ""),
    ("entered_on[eq]", index("DD", "MM", "CC", "YY"), ""),
    ("entered_on[gte]", index("DD", "MM", "CC", "YY"), "unindexed-filter"),
    ("entered_on[gte]", index("CC", "YY", "MM", "DD", "ORDNO"), ""),
    ("entered_on[eq]", index("CC", "YY"), "unindexed-filter"),
    ("entered_on[eq]", index("CC", "YY", unique=True), ""),
    ("reference[null]", None, "unindexed-filter"),
    ("reference[null]", index("REF"), ""),
)


@pytest.mark.parametrize(("entry", "extra", "said"), FILTERS)
def test_a_filter_needs_an_index_that_begins_with_its_columns(
    entry: str, extra: Index | None, said: str, tmp_path: Path
) -> None:
    """Equal values in any order of columns, ranges in theirs; two columns by the one that decides; `contains` never."""
    head = table(*([extra] if extra else []))
    assert " ".join(codes(warned(tmp_path, f"{ORDERS}filter: ['{entry}']\n", head))) == said


SORTS: Sequence[tuple[str, Index | None, str]] = (
    ("number", None, ""),
    ("ordered_on", None, "unindexed-sort"),
    ("ordered_on", index("ORDDT", "ORDNO"), ""),
    ("ordered_on", index("ORDDT", "ORDNO", "CUSNO"), ""),
    ("ordered_on", index("ORDDT"), "unindexed-sort"),
    ("ordered_on", index("ORDDT", "CUSNO", "ORDNO"), "unindexed-sort"),
    ("ordered_on", index("ORDDT", unique=True), ""),
    ("reference", index("REF", unique=True), "unindexed-sort"),  # of NULL, a unique index has many
    ("changed_at", index("UPDDT", "ORDNO"), "unindexed-sort"),
    ("changed_at", index("UPDDT", "UPDTM", "ORDNO"), ""),
)


@pytest.mark.parametrize(("field", "extra", "said"), SORTS)
def test_a_sort_needs_an_index_in_the_order_of_its_pages(
    field: str, extra: Index | None, said: str, tmp_path: Path
) -> None:
    """The sort's columns, then the key's; a unique index of columns that are never NULL may end before the key."""
    head = table(*([extra] if extra else []))
    assert " ".join(codes(warned(tmp_path, f"{ORDERS}sort: [{field}]\n", head))) == said


@pytest.mark.parametrize(
    ("key", "primary", "extra", "said"),
    [
        ("number", ("ORDNO",), None, ""),
        ("number", ("CONO", "ORDNO"), None, "unindexed-key"),
        ("number", ("CONO", "ORDNO"), index("ORDNO"), ""),
        ("[company, number]", ("CONO", "ORDNO"), None, ""),
        ("[number, company]", ("CONO", "ORDNO"), None, "unindexed-key"),
        ("[number, company]", ("ORDNO",), None, ""),
    ],
)
def test_a_key_is_the_order_of_every_list(
    key: str, primary: tuple[str, ...], extra: Index | None, said: str, tmp_path: Path
) -> None:
    """Its columns in their order: a list without a sort is ordered by them, and an item found by them."""
    head = table(*([extra] if extra else []), key=primary)
    assert " ".join(codes(warned(tmp_path, changed(ORDERS, ("key: number", f"key: {key}")), head))) == said


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("{CONO: 1}", ""),
        ("{CONO: [1]}", ""),
        ("{CONO: [1, 2]}", "unindexed-key unindexed-filter unindexed-sort"),
        ("{ACREC: A}", "unindexed-key unindexed-filter unindexed-sort"),
    ],
)
def test_a_column_that_is_held_to_one_value_may_stand_anywhere(held: str, said: str, tmp_path: Path) -> None:
    """Indexes that begin with the company serve a resource of one company, and of no more."""
    orders = f"{ORDERS}active_when: {held}\nfilter: ['customer[eq]']\nsort: [ordered_on]\n"
    head = table(index("CONO", "CUSNO"), index("CONO", "ORDDT", "ORDNO"), key=("CONO", "ORDNO"))
    assert " ".join(codes(warned(tmp_path, orders, head))) == said


@pytest.mark.parametrize(
    ("joined", "indexes", "said"),
    [
        ("{number: order}", (), ""),
        ("{number: item}", (), "unindexed-expansion"),
        ("{number: item}", (index("ITMNO"),), ""),
        ("{customer: item, number: order}", (), "unindexed-expansion"),
        ("{customer: item, number: order}", (index("ITMNO", "ORDNO"),), ""),
        ("{customer: item, number: order}", (index("ORDNO", "ITMNO", "LINNO"),), ""),
        ("{customer: item, number: order}", (index("ITMNO", unique=True),), ""),
    ],
)
def test_an_expansion_needs_an_index_of_the_other_table(
    joined: str, indexes: tuple[Index, ...], said: str, tmp_path: Path
) -> None:
    """All that is joined on, in any order; one unique column is enough."""
    expanding = f"{ORDERS}expand:\n  lines: {{resource: order-lines, on: {joined}, many: true}}\n"
    lines = Table("ORDLIN", LINE_COLUMNS, ("ORDNO", "LINNO"), indexes)
    assert " ".join(codes(warned(tmp_path, expanding, table(), lines))) == said


EVERYTHING = f"""\
{ORDERS}filter: [customer, 'ordered_on[gte]']
sort: [ordered_on]
expand:
  same: {{resource: order-lines, on: {{number: item}}}}
"""


def test_each_warning_has_its_whole_text(tmp_path: Path) -> None:
    """File, line and column, what would happen, which index would help, and how it is accepted."""
    found = warned(tmp_path, EVERYTHING, table(index("ORDDT", "CUSNO"), key=("CONO", "ORDNO")))
    assert [str(warning) for warning in found] == [
        "v1/orders.yaml:4:1: warning: each page sorts all of ORDHDR by the key: no index has ORDNO in this order; expected an index of (ORDNO) — or accept it: unindexed: [number] [unindexed-key]",
        "v1/orders.yaml:14:10: warning: a filter by customer reads all of ORDHDR: no index begins with CUSNO; expected an index of (CUSNO) — or accept it: unindexed: [customer] [unindexed-filter]",
        "v1/orders.yaml:14:10: warning: customer[contains] reads all of ORDHDR: no index can serve it; expected an entry for each other operator, such as 'customer[prefix]' — or accept it: unindexed: ['customer[contains]'] [unindexed-search]",
        "v1/orders.yaml:15:8: warning: a sort by ordered_on sorts all of ORDHDR: no index has ORDDT, ORDNO in this order; ORDDTX has ORDDT alone; expected an index of (ORDDT, ORDNO) — or accept it: unindexed: [ordered_on] [unindexed-sort]",
        "v1/orders.yaml:17:9: warning: same reads all of ORDLIN: no index begins with ITMNO; expected an index of (ITMNO) — or accept it: unindexed: [same] [unindexed-expansion]",
    ]


@pytest.mark.parametrize(
    ("accepted", "left"),
    [
        ("[number]", "filter search sort expansion"),
        ("[customer]", "key sort expansion"),
        ("['customer[contains]']", "key filter sort expansion"),
        ("['customer[eq]']", "key filter search sort expansion"),  # it has other operators, too
        ("[ordered_on]", "key filter search expansion"),
        ("['ordered_on[gte]']", "key filter search sort expansion"),
        ("same", "key filter search sort"),
        ("all", ""),
        ("[number, customer, ordered_on, same]", ""),
    ],
)
def test_what_is_accepted_is_not_warned_of(accepted: str, left: str, tmp_path: Path) -> None:
    """A field with all that is asked of it, one operator, an expansion, the key by its fields, or everything."""
    head = table(index("ORDDT", "CUSNO"), key=("CONO", "ORDNO"))
    found = warned(tmp_path, f"{EVERYTHING}unindexed: {accepted}\n", head)
    assert " ".join(code.removeprefix("unindexed-") for code in codes(found)) == left


def test_of_a_view_there_is_one_warning(tmp_path: Path) -> None:
    """Without a key and an index nothing can be judged; `all` says that somebody has."""
    orders = f"{ORDERS}filter: [customer]\nsort: [ordered_on]\n"
    (warning,) = warned(tmp_path / "a", orders, table(key=()))
    assert str(warning) == (
        "v1/orders.yaml:3:1: warning: the catalog lists no key and no index of ORDHDR: it is a view, or everything reads all of it"
        " — if what may be asked of it is fast, say so: unindexed: all [unknown-indexes]"
    )
    assert warned(tmp_path / "b", f"{orders}unindexed: all\n", table(key=())) == []


def test_of_a_named_query_there_is_one_warning(tmp_path: Path) -> None:
    """What is behind a query no catalog tells."""
    late = changed(ORDERS, ("table: ORDHDR", "query: late.sql"))
    (warning,) = warned(tmp_path, f"{late}filter: [customer]\n", table(), files={"queries/late.sql": "SELECT 1"})
    assert str(warning).startswith("v1/orders.yaml:3:1: warning: nobody knows which indexes late.sql uses — if")


def test_of_a_kind_that_lists_no_indexes_there_is_one_warning_a_resource(tmp_path: Path) -> None:
    """Nothing is made of indexes that a catalog of such a kind happens to hold."""
    found = warned(tmp_path, f"{ORDERS}filter: [customer]\n", table(), listed=False)
    assert [(warning.place.file, warning.code) for warning in found] == [
        ("v1/order-lines.yaml", "unknown-indexes"),
        ("v1/orders.yaml", "unknown-indexes"),
    ]
    assert "the catalog of 'erp' lists no indexes" in str(found[0])


def test_an_expansion_to_a_view_is_left_to_the_view(tmp_path: Path) -> None:
    """The resource whose indexes are unknown has its own warning, and it alone."""
    expanding = f"{ORDERS}expand: {{lines: {{resource: order-lines, on: {{number: order}}, many: true}}}}\n"
    found = warned(tmp_path, expanding, table(), Table("ORDLIN", LINE_COLUMNS))
    assert [(warning.place.file, warning.code) for warning in found] == [("v1/order-lines.yaml", "unknown-indexes")]


def test_a_warning_of_an_inherited_resource_comes_once(tmp_path: Path) -> None:
    """v2 finds at the same place what v1 has found."""
    found = warned(tmp_path, f"{ORDERS}sort: [ordered_on]\n", table(), files={"v2/version.yaml": "extends: v1\n"})
    assert codes(found) == ["unindexed-sort"]


LENS = """\
resource: orders
changes:
  - {rename: {customer: buyer}, because: x}
  - {split: {changed_at: {changed_on: date, changed_time: time}}, because: x}
  - {remove: reference, because: x}
  - {add: {region: {column: REF, type: string}}, because: x}
filter: ['region[eq]']
"""


@pytest.mark.parametrize(("accepted", "said"), [("", ["unindexed-filter"]), ("unindexed: [region]\n", [])])
def test_what_is_accepted_follows_a_lens(accepted: str, said: list[str], tmp_path: Path) -> None:
    """Renamed, split and removed fields keep or lose their acceptance; a lens may add one for what it adds."""
    orders = f"{ORDERS}filter: [customer, changed_at, reference]\nunindexed: ['customer[eq]', customer, changed_at, reference]\n"
    files = {"v2/version.yaml": "extends: v1\n", "v2/orders.yaml": LENS + accepted}
    found = warned(tmp_path, orders, table(), files=files)
    assert codes(found) == said
    assert [warning.place.file for warning in found] == ["v2/orders.yaml"] * len(said)


def test_a_lens_accepts_no_field_that_is_not_there(tmp_path: Path) -> None:
    """The nearest field of the changed resource is named."""
    lens = LENS + "unindexed: [customer, regoin, all]\n"
    with pytest.raises(Faults) as caught:
        warned(tmp_path, ORDERS, table(), files={"v2/version.yaml": "extends: v1\n", "v2/orders.yaml": lens})
    first, second = map(str, caught.value)
    assert first.startswith("v2/orders.yaml:8:13: orders has no field 'customer'")
    assert second == "v2/orders.yaml:8:23: orders has no field 'regoin' — did you mean 'region'? [unknown-field]"


def test_a_strict_contract_refuses_what_another_warns_of(tmp_path: Path) -> None:
    """The same texts, as faults, together with all others; nobody is warned."""
    strict = {"gateway.yaml": GATEWAY + "strict: true\n"}
    with pytest.raises(Faults) as caught:
        warned(tmp_path, f"{ORDERS}sort: [ordered_on]\npage: {{max: 20}}\n", table(), files=strict)
    (fault,) = caught.value
    assert (fault.code, fault.severity) == ("unindexed-sort", "fault")
    assert str(fault).startswith("v1/orders.yaml:14:8: a sort by ordered_on sorts all of ORDHDR")


def test_a_faulty_resource_is_not_warned_of(tmp_path: Path) -> None:
    """A field that does not compile is a fault; what indexes would do for its resource is nobody's business yet."""
    strict = {"gateway.yaml": GATEWAY + "strict: true\n"}
    faulty = changed(ORDERS, ("column: ORDNO,", "column: ORDNR,")) + "sort: [ordered_on]\n"
    with pytest.raises(Faults) as caught:
        warned(tmp_path, faulty, table(), files=strict)
    assert [fault.code for fault in caught.value] == ["unknown-column"]
