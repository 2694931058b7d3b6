"""Catalog files: what is written reads back equal, whether it is read as a whole or table by table."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.port import Base, Catalog, Column, ColumnType, ForeignKey, Index, Table, TableKind
from app.contract import catalog_file
from app.contract.catalog_blocks import cut
from app.contract.catalog_file import KINDS, read, read_whole, rounded, write
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


def test_a_catalog_of_queries_alone_reads_back_equal() -> None:
    """A contract may use no table at all."""
    alone = replace(CATALOG, tables={})
    assert read_back(write(alone)) == alone


@given(TYPES)
def test_a_type_reads_as_it_is_written(type_: ColumnType) -> None:
    """`str` and the reader are two ends of one spelling; the code page stands beside it."""
    assert str(column_type(str(type_))) == str(type_)


# Texts that people have been at.

PLAIN = """\
tables:
  A:
    text: The first
    columns:
      ID: {type: integer, null: false}
      NAME: {type: varchar, null: true, text: "A: name, \\"quoted\\" # no comment"}
    key: [ID]
    indexes:
      A_ID: {columns: [ID], unique: true}
  "B #2":
    rows: 12
    columns:
      ID: {type: date, null: true}
    foreign_keys:
      - {columns: [ID], table: A, references: [ID]}
queries:
  q.sql:
    columns:
      N: {type: integer, null: true}
"""
EDITS = {
    "a comment": ("  A:\n", "# of mine\n  # mine\n  A: # the first\n          # deep\n"),
    "blank lines": ("    key", "\n   \n    key"),
    "blanks at the end": ("    key: [ID]", "    key: [ID]   "),
    "other quotes": ('"B #2"', "'B #2'"),
    "an apostrophe in quotes": ("The first", "'It''s the first'"),
    "quotes where none are needed": ("  A:", '  "A":'),
    "an escape in a name": ('"B #2"', '"B\\x41\\u00df"'),
    "a blank before the colon": ("  A:", "  A :"),
    "a table in brackets": (
        '  "B #2":\n    rows: 12\n    columns:\n',
        "  C: {columns: {X: {type: date}}}\n  D:\n    columns:\n",
    ),
    "words at another depth": ("      A_ID:", "            A_ID:"),
    "a table at another depth": (
        PLAIN[PLAIN.index("    rows: 12") : PLAIN.index("queries")],
        "   rows: 12\n   columns: {X: {type: date}}\n",
    ),
    "an umlaut": ("The first", "Größe"),
    "no queries": (PLAIN[PLAIN.index("queries") :], ""),
    "the queries in front": (PLAIN, PLAIN[PLAIN.index("queries") :] + PLAIN[: PLAIN.index("queries")]),
    "no line break at the end": ("      N: {type: integer, null: true}\n", "      N: {type: integer, null: true}"),
}
LEFT = {
    "tables at another depth": ("  A:", "   A:"),
    "an anchor": ("{type: date, null: true}", "&d {type: date, null: true}"),
    "an alias": ("{type: date, null: true}", "*d"),
    "a tag": ("rows: 12", "rows: !!int 12"),
    "a quoted text of two lines": ("The first", '"The\n      first"'),
    "a text of two lines": ("The first", "The\n      first"),
    "a text of several lines": ("The first", "|\n      The\n      first"),
    "brackets over two lines": ("key: [ID]", "key: [\n  ID]"),
    "a list a line an item": ("key: [ID]", "key:\n      -  - ID"),
    "a quote that ends in the next table": ("The first", '"The first\n  B:\n    text: "'),
    "a table twice": ('"B #2"', '"A"'),
    "a name that is blank": ("  A:", '  "  ":'),
    "a name that is no text": ("  A:", "  [A]:"),
    "a name with a NUL": ("  A:", '  "A\\0":'),
    "a name that is too long": ("  A:", f"  {'A' * 1100}:"),
    "a table too little indented": ("  A:", " A:"),
    "tables as a list": ("  A:", "  - A:"),
    "an unknown section": ("queries:", "query:"),
    "a section twice": ("queries:", "tables:"),
    "no tables in the section": (PLAIN[: PLAIN.index("queries")], "tables:\n"),
    "tables after an empty section": ("tables:\n", "tables: {}\n"),
    "a word before the tables": ("tables:\n", "tables:\n    X: 1\n"),
    "a second document": ("queries:", "---\nqueries:"),
    "a tab": ("    key", "\tkey"),
    "a sign that ends a line elsewhere": ("The first", "The\u2028first"),
    "a comma in a text": ("The first", "First, of all"),
    "a text alone": ("    key: [ID]", "    key"),
}


def edited(name: str) -> str:
    """The plain text with one of the edits."""
    old, new = {**EDITS, **LEFT}[name]
    assert PLAIN.count(old) >= 1
    return PLAIN.replace(old, new, 1)


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_text_that_was_edited_is_still_cut(name: str, ends: str) -> None:
    """Comments, blank lines, quotes and depths make no other catalog of it, and it need not be read as a whole."""
    text = edited(name).replace("\n", ends)
    assert cut(text) is not None
    catalog = whole(text)
    assert isinstance(catalog, Catalog)
    assert by_table(text) == by_table(text, list(catalog.tables)) == catalog


@pytest.mark.parametrize("name", LEFT)
def test_a_text_of_another_form_is_read_as_a_whole(name: str) -> None:
    """Where one block may depend on another, or a line on the next, nothing is cut."""
    text = edited(name)
    assert cut(text) is None
    assert by_table(text) == whole(text)


def test_a_table_that_is_not_asked_for_is_not_read() -> None:
    """Its faults are told, with those of the whole file, when somebody asks for it; not before, and not by its name alone."""
    text = PLAIN.replace("rows: 12", "rows: many").replace("[ID], unique: true", "[ODD], unique: true")
    found: list[Fault] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(catalog_file, "_LARGE", -1)
        catalog = read(text, "a.yaml", found.append, ["C"])
        assert catalog is not None
        assert read(text, "a.yaml", found.append, ["A"]) is None
    assert list(catalog.tables) == ["A", "B #2"]
    assert ("A" in catalog.tables, "C" in catalog.tables, catalog.tables.get("C"), len(catalog.tables)) == (
        True,
        False,
        None,
        2,
    )
    with pytest.raises(Faults) as raised:
        catalog.tables["B #2"]
    assert set(raised.value) == set(found) == whole(text)
    assert {fault.place.line for fault in found} == {9, 11}


def test_a_small_file_is_read_as_a_whole() -> None:
    """All of its faults are told at once, used or not: that takes no time."""
    found: list[Fault] = []
    assert read(PLAIN.replace("rows: 12", "rows: many"), "a.yaml", found.append, []) is None
    assert len(found) == 1


PIECES = [
    "#",
    " #",
    ":",
    ": ",
    '"',
    "'",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "!",
    "|",
    ">",
    "-",
    "- ",
    "\n",
    "\r\n",
    "\t",
]
PIECES += [
    " ",
    "  ",
    "    ",
    "\n  A:\n",
    "\n  C: ",
    "\n\n",
    "---\n",
    "...\n",
    "%",
    "@",
    "`",
    "?",
    "? ",
    "\\",
    "\x85",
    "\u2028",
    "ß",
    "0",
]


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """A text with some pieces put in, taken out, or moved."""
    text = draw(st.sampled_from([PLAIN, WRITTEN, edited("a comment"), edited("words at another depth")]))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.integers(0, 6)))
        text = text[:at] + draw(st.sampled_from(["", *PIECES])) + text[end:]
    return text


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(mangled())
def test_a_mangled_text_says_the_same_either_way(text: str) -> None:
    """The same values, or the same faults at the same places."""
    assert by_table(text) == whole(text)


@pytest.mark.parametrize("line", range(PLAIN.count("\n")))
def test_each_line_counts(line: int) -> None:
    """Without a line, or with it twice, the text says the same either way."""
    lines = PLAIN.splitlines(keepends=True)
    for text in _without(lines, line):
        assert by_table(text) == whole(text)


def _without(lines: list[str], line: int) -> Iterator[str]:
    yield "".join(lines[:line] + lines[line + 1 :])
    yield "".join(lines[: line + 1] + lines[line:])
