"""Changes, judged for one contract: the same change is breaking here and safe there, and who is hit is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.port import Catalog, Column, ColumnType, Index, Table
from app.assembly import Compiled
from app.drift.changes import changes
from app.drift.findings import Finding
from app.drift.judging import Judge
from app.plan.compile import compile_contract
from tests.plan import contracts
from tests.plan.contracts import CATALOGS, ORDERS, TRAITS, changed

ERP = CATALOGS["erp"]
HEADS, LINES = ERP.tables["ORDHDR"], ERP.tables["ORDLIN"]
BY_CUSTOMER = Index("BYCUS", ("CUSNO", "ORDNO"))

Judged = Callable[..., Sequence[Finding]]


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    """Judges what has become of tables; the contract's files and the snapshot of ERP may be other than usual."""

    def judge(*live: Table, orders: str = ORDERS, snapshot: Catalog = ERP) -> Sequence[Finding]:
        contract = contracts.contract(tmp_path, {"v1/orders.yaml": orders})
        catalogs = {**CATALOGS, "erp": snapshot}
        plan = compile_contract(contract, catalogs, dict.fromkeys(catalogs, TRAITS))
        now = Catalog({**snapshot.tables, **{table.name: table for table in live}})
        judge = Judge(Compiled(contract, plan, catalogs), "erp", now)
        return [judge.finding(change) for change in changes(snapshot, now)]

    return judge


def with_column(table: Table, name: str, new: Column | None) -> Table:
    """The table with another column in the place of one, or without it."""
    kept = (new if column.name == name else column for column in table.columns)
    return replace(table, columns=tuple(column for column in kept if column is not None))


def retyped(table: Table, name: str, kind: ColumnType) -> Table:
    """The table with another type of a column."""
    column = table.column(name)
    assert column is not None
    return with_column(table, name, replace(column, type=kind))


def lines(findings: Sequence[Finding]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Code, grade and uses of each."""
    return [(each.code, each.grade, tuple(map(str, each.uses))) for each in findings]


def test_a_column_is_followed_to_everything_that_stands_on_it(judged: Judged) -> None:
    """Its field, the key, filters, sorts, and expansions at both of their ends, also those of another source's resources."""
    assert lines(judged(with_column(HEADS, "ORDNO", None))) == [
        ("column-removed", "breaking", ("v1/orders: key; field number; filter number; sort number; expand lines, jobs",)),
    ]  # fmt: skip
    assert lines(judged(with_column(LINES, "ORDNO", None))) == [
        (
            "column-removed",
            "breaking",
            (
                "v1/jobs: expand head",
                "v1/order-lines: key; field order; filter order; sort order",
                "v1/orders: expand lines",
            ),
        ),
    ]


def test_a_column_behind_a_field_of_two_columns_hits_the_field(judged: Judged) -> None:
    """The time of a moment is gone: the moment is, with its filters."""
    (finding,) = judged(with_column(HEADS, "UPDTM", None))
    assert finding.uses[0].fields == ("changed_at",)
    assert "changed_at[gte]" in finding.uses[0].filters


def test_a_column_that_chooses_rows_is_used(judged: Judged) -> None:
    """No field shows it, and nothing can be read without it."""
    assert lines(judged(with_column(HEADS, "ACREC", None))) == [
        ("column-removed", "breaking", ("v1/orders: which rows are served",)),
    ]


def test_a_column_that_nobody_uses_is_safe(judged: Judged) -> None:
    """Whatever becomes of it; there is nothing to be done about it then."""
    (gone,) = judged(with_column(HEADS, "MEMO", None))
    (other,) = judged(retyped(HEADS, "MEMO", ColumnType("date")))
    assert [(each.code, each.grade, each.uses, each.hint) for each in (gone, other)] == [
        ("column-removed", "safe", (), ""),
        ("type-changed", "safe", (), ""),
    ]


def test_a_wider_column_is_safe_where_no_schema_says_how_wide(judged: Judged) -> None:
    """A code has its names, a date its form; text has a longest length that clients were told."""
    assert lines(judged(retyped(HEADS, "ORDST", ColumnType("char", 3))))[0][:2] == ("type-wider", "safe")
    assert lines(judged(retyped(HEADS, "CUSNO", ColumnType("char", 10)))) == [
        ("type-wider", "risky", ("v1/orders: field customer; filter customer",)),
    ]


def test_a_type_that_the_conversion_cannot_read_is_breaking(judged: Judged) -> None:
    """Also where the size alone has changed; the message says why."""
    (finding,) = judged(retyped(HEADS, "ORDNO", ColumnType("decimal", precision=5, scale=0)))
    assert (finding.code, finding.grade) == ("type-narrower", "breaking")
    assert "v1/orders.number cannot be stored in it: digits: 7 do not fit" in finding.message


def test_nulls_are_safe_where_they_were_promised(judged: Judged) -> None:
    """An enum over a column may be null already, for a code that nobody knows; an order's customer may not."""
    customer, status = (HEADS.column(name) for name in ("CUSNO", "ORDST"))
    assert customer is not None
    assert status is not None
    found = judged(with_column(HEADS, "ORDST", replace(status, nullable=True)))
    assert lines(found)[0][:2] == ("null-allowed", "safe")
    found = judged(with_column(HEADS, "CUSNO", replace(customer, nullable=True)))
    assert lines(found)[0][:2] == ("null-allowed", "risky")


def test_a_lost_key_is_safe_where_another_keeps_rows_apart(judged: Judged) -> None:
    """A unique index over the same column is as good; one over more columns is not."""
    for index, grade in (
        (Index("U", ("ORDNO",), unique=True), "safe"),
        (Index("U", ("ORDNO", "CUSNO"), unique=True), "risky"),
    ):
        found = judged(replace(HEADS, key=(), indexes=(index,)))
        assert [(each.code, each.grade) for each in found] == [("key-changed", grade), ("index-added", "safe")]


def test_a_wider_key_is_risky(judged: Judged) -> None:
    """One address of an order stands for several rows then."""
    assert lines(judged(replace(HEADS, key=("ORDNO", "CUSNO")))) == [("key-changed", "risky", ("v1/orders: key",))]


def test_a_lost_index_is_judged_by_what_it_served(judged: Judged) -> None:
    """Risky where a filter has none left; safe where another serves it, or the contract accepts that none does."""
    heads = replace(HEADS, indexes=(BY_CUSTOMER,))
    snapshot = Catalog({**ERP.tables, "ORDHDR": heads})
    (lost,) = judged(HEADS, snapshot=snapshot)
    assert (lost.grade, lost.columns) == ("risky", ("CUSNO", "ORDNO"))
    assert "a filter by customer reads all of ORDHDR" in lost.message
    assert [use.fields for use in lost.uses] == [()]
    other = replace(HEADS, indexes=(Index("C", ("CUSNO", "ORDST")),))
    assert [each.grade for each in judged(other, snapshot=snapshot)] == ["safe", "safe"]
    accepting = changed(ORDERS, ("sort: [", "unindexed: [customer]\nsort: ["))
    assert [each.grade for each in judged(HEADS, orders=accepting, snapshot=snapshot)] == ["safe"]


UNIQUE = Index("BYNUM", ("ORDNO",), unique=True)
KEYLESS = replace(HEADS, key=(), indexes=(UNIQUE, BY_CUSTOMER))


@pytest.mark.parametrize(
    ("indexes", "accepted", "grade"),
    [
        ((BY_CUSTOMER, Index("N", ("ORDNO",))), "", "risky"),  # as quick as before, and no longer one row each
        ((BY_CUSTOMER,), "unindexed: all\n", "risky"),  # slowness was accepted, and nothing else
        ((BY_CUSTOMER,), "", "risky"),
        ((BY_CUSTOMER, Index("N", ("ORDNO",), unique=True)), "", None),  # it is the same under another name
        ((BY_CUSTOMER, Index("N", ("ORDNO", "CUSNO"), unique=True)), "", "risky"),
    ],
)
def test_a_lost_unique_index_under_a_key_that_the_table_does_not_declare(
    judged: Judged, indexes: tuple[Index, ...], accepted: str, grade: str | None
) -> None:
    """It kept the address of an order from standing for several rows, whatever else finds them."""
    found = judged(
        replace(KEYLESS, indexes=indexes),
        orders=changed(ORDERS, ("sort: [", f"{accepted}sort: [")),
        snapshot=Catalog({**ERP.tables, "ORDHDR": KEYLESS}),
    )
    assert [(each.grade, each.id) for each in found if each.code == "index-lost"] == [
        (grade, "index-lost:erp.ORDHDR.ORDNO:unique") for grade in [grade] if grade
    ]
    for lost in (each for each in found if each.code == "index-lost"):
        assert "nothing else keeps the key of v1/orders unique" in lost.message
        assert [use.key for use in lost.uses] == [True]


def test_a_unique_index_that_kept_no_key_is_judged_by_what_it_served(judged: Judged) -> None:
    """The key is kept by the table itself, or by another index, or was never kept by this one."""
    by_customer = replace(BY_CUSTOMER, unique=True)
    for before in (replace(HEADS, indexes=(by_customer,)), replace(KEYLESS, indexes=(UNIQUE, by_customer))):
        now = replace(before, indexes=(*before.indexes[:-1], replace(by_customer, unique=False)))
        lost, _ = judged(now, snapshot=Catalog({**ERP.tables, "ORDHDR": before}))
        assert (lost.code, lost.grade) == ("index-lost", "safe")


def test_a_unique_index_that_also_names_what_chooses_rows_keeps_the_key(judged: Judged) -> None:
    """Dead orders may have the number of a living one: among those that are served it is unique, until the index is gone."""
    before = replace(
        KEYLESS, indexes=(Index("U", ("ORDNO", "ACREC"), unique=True), Index("N", ("ORDNO",)), BY_CUSTOMER)
    )
    snapshot = Catalog({**ERP.tables, "ORDHDR": before})
    (lost,) = judged(replace(before, indexes=before.indexes[1:]), snapshot=snapshot)
    assert (lost.grade, lost.id) == ("risky", "index-lost:erp.ORDHDR.ORDNO+ACREC:unique")


def test_two_lost_indexes_over_the_same_columns_have_two_names(judged: Judged) -> None:
    """The unique one is another than the plain one."""
    before = replace(KEYLESS, indexes=(UNIQUE, Index("N", ("ORDNO",)), BY_CUSTOMER))
    found = judged(replace(before, indexes=(BY_CUSTOMER,)), snapshot=Catalog({**ERP.tables, "ORDHDR": before}))
    assert [each.code for each in found] == ["index-lost"] * 2
    assert len({each.id for each in found}) == 2


def test_two_lost_indexes_that_served_the_same_are_both_told(judged: Judged) -> None:
    """Either one back would do, so neither is safe."""
    heads = replace(HEADS, indexes=(BY_CUSTOMER, Index("C", ("CUSNO",))))
    found = judged(HEADS, snapshot=Catalog({**ERP.tables, "ORDHDR": heads}))
    assert [(each.code, each.grade) for each in found] == [("index-lost", "risky")] * 2


def test_only_what_the_index_served_is_hit(judged: Judged) -> None:
    """Its last column is the key's, which has an index of its own: neither the key nor a filter by it is slower."""
    snapshot = Catalog({**ERP.tables, "ORDHDR": replace(HEADS, indexes=(BY_CUSTOMER,))})
    (lost,) = judged(HEADS, snapshot=snapshot)
    assert [str(use) for use in lost.uses] == ["v1/orders: filter customer"]
    assert "customer[gte]" in lost.uses[0].filters


def test_a_lost_key_hits_whoever_was_served_by_it(judged: Judged) -> None:
    """Lines are still told apart by their new key, and nobody finds those of an order by it: not even other sources."""
    (finding,) = judged(replace(LINES, key=("LINNO",)))
    assert finding.grade == "risky"
    assert sorted(map(str, finding.uses)) == [
        "v1/jobs: expand head",
        "v1/order-lines: key; filter order; sort order",
        "v1/orders: expand lines",
    ]


def test_an_index_behind_an_expansion_hits_who_expands(judged: Judged) -> None:
    """The lines of an order are found by an index beside their key: orders read all lines without it."""
    beside = replace(LINES, key=("LINNO",), indexes=(Index("L", ("ORDNO", "ITMNO")),))
    (lost,) = judged(replace(beside, indexes=()), snapshot=Catalog({**ERP.tables, "ORDLIN": beside}))
    assert lost.grade == "risky"
    assert "lines reads all of ORDLIN" in lost.message
    assert "v1/orders: expand lines" in map(str, lost.uses)
