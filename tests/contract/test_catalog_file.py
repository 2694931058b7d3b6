"""Catalog files: what is written reads back equal, whether it is read as a whole or table by table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.port import Base, Catalog, Column, ColumnType, ForeignKey, Index, Table, TableKind
from app.contract import catalog_file
from app.contract.catalog_blocks import cut
from app.contract.catalog_file import KINDS, read, read_whole, repeated, rounded, writable, write
from app.contract.columns import BASES, column_type
from app.shapes import Fault, Faults

WRITTEN = """\
tables:
  ORDHDR:
    text: Order headers
    kind: logical
    short: ORDER00001
    rows: 13000
    columns:
      ORDNO: {type: "decimal(7,0)", null: false, short: "ORD#", heading: Order No., text: Order number}
      ORMRK: {type: "char(80)", null: true, ccsid: 65535, text: "Remarks: free text"}
      NO: {type: "timestamp(6)", null: true}
      ORSEQ: {type: "integer(19,0)", null: true}
      ORPRI: {type: integer, null: true}
      "#LIB": {type: other, null: true}
    key: [ORDNO]
    indexes:
      ORDHDR_BY_NO: {columns: [NO, ORDNO], unique: false}
    foreign_keys:
      - {columns: [NO, ORDNO], table: CUSMAS, references: [A, B], name: OF_CUSTOMER}
      - {columns: [ORDNO], table: OTHER.ORDERS, references: [NO]}
queries:
  late_jobs.sql:
    columns:
      JobId: {type: uuid, null: false}
"""
CATALOG = Catalog(
    {
        "ORDHDR": Table(
            "ORDHDR",
            (
                Column(
                    "ORDNO",
                    ColumnType("decimal", precision=7, scale=0),
                    nullable=False,
                    text="Order number",
                    heading="Order No.",
                    short="ORD#",
                ),
                Column("ORMRK", ColumnType("char", 80, ccsid=65535), text="Remarks: free text"),
                Column("NO", ColumnType("timestamp", 6)),
                Column("ORSEQ", ColumnType("integer", precision=19, scale=0)),
                Column("ORPRI", ColumnType("integer")),
                Column("#LIB", ColumnType("other")),
            ),
            ("ORDNO",),
            (Index("ORDHDR_BY_NO", ("NO", "ORDNO")),),
            "Order headers",
            "logical",
            13_000,
            (
                ForeignKey("OF_CUSTOMER", ("NO", "ORDNO"), "CUSMAS", ("A", "B")),
                ForeignKey("", ("ORDNO",), "OTHER.ORDERS", ("NO",)),
            ),
            "ORDER00001",
        )
    },
    {"late_jobs.sql": Table("late_jobs.sql", (Column("JobId", ColumnType("uuid"), nullable=False),))},
)


def whole(text: str) -> Catalog | set[Fault]:
    """What a text says when it is read as a whole, or its faults."""
    faults: list[Fault] = []
    catalog = read_whole(text, "a.yaml", faults.append)
    return set(faults) if catalog is None else catalog


def by_table(text: str, used: Collection[str] = ()) -> Catalog | set[Fault]:
    """What it says when its tables are read one by one, the `used` ones first, however small it is."""
    faults: list[Fault] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(catalog_file, "_LARGE", -1)
        catalog = read(text, "a.yaml", faults.append, used)
    try:
        return set(faults) if catalog is None else Catalog(dict(catalog.tables), catalog.queries)
    except Faults as found:
        return set(found)


def read_back(text: str) -> Catalog:
    """The catalog of a text that has no fault and can be read either way."""
    catalog = whole(text)
    assert isinstance(catalog, Catalog)
    assert cut(text) is not None, "what is written can be cut"
    assert by_table(text) == by_table(text, list(catalog.tables)) == catalog
    return catalog


def test_a_catalog_is_written_a_line_a_column() -> None:
    """The text of the format, to the letter; it reads back as what it was written from."""
    assert write(CATALOG) == WRITTEN
    assert read_back(WRITTEN) == CATALOG


def test_a_catalog_is_written_in_one_order() -> None:
    """However a source lists its tables and indexes, two snapshots differ only where the source differs."""
    tables = {name: Table(name, (Column("A", ColumnType("date")),)) for name in ("B", "A", "C")}
    backwards = dict(reversed(tables.items()))
    assert write(Catalog(tables)) == write(Catalog(backwards))


def test_a_source_without_tables_has_a_catalog() -> None:
    """An empty catalog is written and read, too."""
    assert read_back(write(Catalog({}))) == Catalog({})


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (0, 0),
        (7, 7),
        (99, 99),
        (100, 100),
        (104, 100),
        (105, 110),
        (12_345, 12_000),
        (999, 1000),
        (4_996_012, 5_000_000),
    ],
)
def test_rows_are_told_to_two_digits(rows: int, told: int) -> None:
    """A table that grows by a little makes no difference to the file; what was rounded stays as it is."""
    assert rounded(rows) == told
    assert rounded(told) == told


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("{columns: [B], table: T, references: [B]}", "the table has no column 'B'"),
        ("{columns: [A], table: T, references: [B, C]}", "2 stand here"),
        ("{columns: [A], references: [B]}", "a foreign key needs 'table'"),
        ("{columns: [], table: T, references: []}", "an empty list stands here"),
        ("A", "'A' stands here"),
    ],
)
def test_a_foreign_key_has_to_be_one(wrong: str, told: str) -> None:
    """Its own columns are the table's, and pair with those of the other, of which nothing need be known."""
    found = whole(f"tables: {{X: {{columns: {{A: {{type: date}}}}, foreign_keys: [{wrong}]}}}}")
    assert isinstance(found, set)
    assert told in {fault.message for fault in found}


def test_the_kinds_are_those_of_the_port() -> None:
    """Every kind of table that the port knows can stand in a catalog."""
    assert tuple(KINDS.words) == get_args(TableKind)


def test_the_bases_are_those_of_the_port() -> None:
    """Every type that the port knows can stand in a catalog."""
    assert get_args(Base) == BASES


SIZED = st.integers(1, 32_000)
TYPES = st.one_of(
    st.builds(ColumnType, st.sampled_from(BASES), ccsid=st.none() | st.integers(1, 65535)),
    st.builds(ColumnType, st.sampled_from(["char", "varchar", "binary", "time", "timestamp", "timestamptz"]), SIZED),
    st.builds(ColumnType, st.just("decimal"), precision=st.integers(1, 63), scale=st.integers(0, 63)),
    st.builds(ColumnType, st.just("integer"), precision=st.integers(1, 20), scale=st.just(0)),
)
WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(lambda text: text.strip() != "")
NAMES = WORDS.filter(lambda text: "\0" not in text)
COLUMNS = st.lists(
    st.builds(Column, NAMES, TYPES, st.booleans(), *(st.just("") | NAMES for _ in range(3))),
    min_size=1,
    max_size=4,
    unique_by=lambda column: column.name,
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A table with a key, indexes and foreign keys over its own columns."""
    columns = draw(COLUMNS)
    some = st.lists(st.sampled_from([column.name for column in columns]), min_size=1, unique=True).map(tuple)
    indexes = st.lists(st.builds(Index, NAMES, some, st.booleans()), max_size=3, unique_by=lambda index: index.name)
    keys = some.flatmap(
        lambda own: st.builds(ForeignKey, st.just("") | NAMES, st.just(own), NAMES, st.tuples(*[NAMES] * len(own)))
    )
    return Table(
        draw(NAMES),
        tuple(columns),
        draw(st.just(()) | some),
        tuple(sorted(draw(indexes), key=lambda index: index.name)),
        draw(st.just("") | NAMES),
        draw(st.sampled_from(get_args(TableKind))),
        draw(st.none() | st.integers(0, 10**12).map(rounded)),
        tuple(
            sorted(draw(st.lists(keys, max_size=2)), key=lambda key: (key.columns, key.table, key.references, key.name))
        ),
        draw(st.just("") | NAMES),
    )


CATALOGS = st.lists(tables(), max_size=3, unique_by=lambda table: table.name).map(
    lambda listed: Catalog({table.name: table for table in listed})
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(CATALOGS)
def test_any_catalog_reads_back_equal(catalog: Catalog) -> None:
    """Whatever names and texts a source has: blanks, quotes, line breaks, words that YAML would take for something else."""
    assert read_back(write(catalog)) == catalog


DATE = ColumnType("date")


def test_what_has_no_name_is_not_written() -> None:
    """Tables without columns, blank names, and the keys and indexes over such columns: no file could say them."""
    columns = (Column("A", DATE), Column(" ", DATE), Column("B", DATE))
    table = Table(
        "T",
        columns,
        ("A", " "),
        (Index("", ("A",)), Index("I", ("A", "B")), Index("J", ("A", " ")), Index("K", ())),
        foreign=(
            ForeignKey("", ("A",), "U", ("A",)),
            ForeignKey("", (" ",), "U", ("A",)),
            ForeignKey("", ("A",), "U", ("\t",)),
            ForeignKey("", ("A",), "", ("A",)),
        ),
    )
    tables = {"T": table, "U": Table("U", ()), "V": Table("V", (Column("\n", DATE),)), " ": Table(" ", columns)}
    kept = Table("T", (columns[0], columns[2]), (), (table.indexes[1],), foreign=(table.foreign[0],))
    queries = {"q.sql": Table("q.sql", columns), "r.sql": Table("r.sql", columns[1:2])}
    written = Catalog({"T": kept}, {"q.sql": Table("q.sql", (columns[0], columns[2]))})
    assert read_back(write(Catalog(tables, queries))) == written == writable(Catalog(tables, queries))
    assert writable(written) == written


def test_a_query_names_a_column_once() -> None:
    """Names that stand twice are found, with the query that says them."""
    twice = Table("q.sql", tuple(Column(name, DATE) for name in ("A", "B", "A", "C", "C", "C")))
    once = Table("r.sql", (Column("A", DATE), Column("a", DATE)))
    assert repeated(Catalog({}, {"q.sql": twice, "r.sql": once})) == {"q.sql": ["A", "C"]}


def test_a_catalog_of_queries_alone_reads_back_equal() -> None:
    """A contract may use no table at all."""
    alone = replace(CATALOG, tables={})
    assert read_back(write(alone)) == alone


@given(TYPES)
def test_a_type_reads_as_it_is_written(type_: ColumnType) -> None:
    """`str` and the reader are two ends of one spelling; the code page stands beside it."""
    assert str(column_type(str(type_))) == str(type_)
