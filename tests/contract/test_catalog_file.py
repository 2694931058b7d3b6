"""Catalog files: what is written reads back equal."""

from __future__ import annotations

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.port import Base, Catalog, Column, ColumnType, Index, Table
from app.contract.catalog_file import read, write
from app.contract.columns import BASES, column_type
from app.shapes import Fault
from tests.contract.test_files import parsed

WRITTEN = """\
tables:
  ORDHDR:
    text: Order headers
    columns:
      ORDNO: {type: "decimal(7,0)", null: false, text: Order number}
      ORMRK: {type: "char(80)", null: true, ccsid: 65535, text: "Remarks: free text"}
      NO: {type: "timestamp(6)", null: true}
      ORSEQ: {type: "integer(19,0)", null: true}
      ORPRI: {type: integer, null: true}
      "#LIB": {type: other, null: true}
    key: [ORDNO]
    indexes:
      ORDHDR_BY_NO: {columns: [NO, ORDNO], unique: false}
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
                Column("ORDNO", ColumnType("decimal", precision=7, scale=0), nullable=False, text="Order number"),
                Column("ORMRK", ColumnType("char", 80, ccsid=65535), text="Remarks: free text"),
                Column("NO", ColumnType("timestamp", 6)),
                Column("ORSEQ", ColumnType("integer", precision=19, scale=0)),
                Column("ORPRI", ColumnType("integer")),
                Column("#LIB", ColumnType("other")),
            ),
            ("ORDNO",),
            (Index("ORDHDR_BY_NO", ("NO", "ORDNO")),),
            "Order headers",
        )
    },
    {"late_jobs.sql": Table("late_jobs.sql", (Column("JobId", ColumnType("uuid"), nullable=False),))},
)


def read_back(text: str) -> Catalog | None:
    """The catalog of a text that has no fault."""
    faults: list[Fault] = []
    catalog = read(parsed(text), faults.append)
    assert faults == []
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
    st.builds(Column, NAMES, TYPES, st.booleans(), st.just("") | NAMES),
    min_size=1,
    max_size=4,
    unique_by=lambda column: column.name,
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A table with a key and indexes over its own columns."""
    columns = draw(COLUMNS)
    some = st.lists(st.sampled_from([column.name for column in columns]), min_size=1, unique=True).map(tuple)
    indexes = draw(
        st.lists(st.builds(Index, NAMES, some, st.booleans()), max_size=3, unique_by=lambda index: index.name)
    )
    ordered = tuple(sorted(indexes, key=lambda index: index.name))
    return Table(draw(NAMES), tuple(columns), draw(st.just(()) | some), ordered, draw(st.just("") | NAMES))


@settings(max_examples=60)
@given(st.lists(tables(), max_size=3, unique_by=lambda table: table.name))
def test_any_catalog_reads_back_equal(listed: list[Table]) -> None:
    """Whatever names and texts a source has: blanks, quotes, line breaks, words that YAML would take for something else."""
    catalog = Catalog({table.name: table for table in listed})
    assert read_back(write(catalog)) == catalog


@given(TYPES)
def test_a_type_reads_as_it_is_written(type_: ColumnType) -> None:
    """`str` and the reader are two ends of one spelling; the code page stands beside it."""
    assert str(column_type(str(type_))) == str(type_)
