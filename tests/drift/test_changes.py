"""Two catalogs, compared: what is a change, and what is none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.port import Catalog, Column, ColumnType, ForeignKey, Index, Table
from app.drift.changes import Change, changes, retyped, table_changes
from app.drift.codes import CODES

A = Column("A", ColumnType("integer", precision=10, scale=0), nullable=False)
B = Column("B", ColumnType("varchar", 20))
C = Column("C", ColumnType("char", 3))
D = Column("D", ColumnType("decimal", precision=9, scale=2))
TABLE = Table("T", (A, B, C, D), ("A",), (Index("TB", ("B", "A")),))

_WITH_LENGTH = st.builds(
    ColumnType,
    st.sampled_from(("char", "varchar", "binary", "timestamp")),
    length=st.none() | st.integers(1, 6),
    ccsid=st.none() | st.sampled_from((37, 273)),
)
_WITH_DIGITS = st.builds(
    ColumnType,
    st.sampled_from(("integer", "decimal")),
    precision=st.none() | st.integers(3, 9),
    scale=st.integers(0, 2),
)
TYPES = _WITH_LENGTH | _WITH_DIGITS | st.builds(ColumnType, st.sampled_from(("date", "float", "boolean", "other")))


def found(new: Table, old: Table = TABLE) -> list[tuple[str, tuple[str, ...]]]:
    """The codes and columns of what has changed."""
    return [(each.code, each.columns) for each in table_changes(old, new)]


def test_tables_and_queries_that_come_and_go() -> None:
    """Each is told by its name, the queries after the tables; all codes are of the table of codes."""
    other = replace(TABLE, name="U")
    old, new = Catalog({"T": TABLE}, {"q.sql": TABLE}), Catalog({"U": other}, {})
    assert [(each.code, each.table, each.query) for each in changes(old, new)] == [
        ("table-gone", "T", False),
        ("table-added", "U", False),
        ("table-gone", "q.sql", True),
    ]
    assert {each.code for each in changes(old, new)} <= set(CODES)


def test_what_people_write_and_what_sources_count_is_no_change() -> None:
    """Texts, headings, second names, row counts, references and the order of columns stand on nothing."""
    told = tuple(replace(each, text="new", heading="new", short="NEW") for each in reversed(TABLE.columns))
    new = replace(TABLE, columns=told, text="new", rows=7, short="NEW", foreign=(ForeignKey("F", ("B",), "U", ("A",)),))
    assert found(new) == []


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ((A, replace(B, name="X"), C, D), [("column-renamed", ("B",))]),
        ((replace(A, name="X"), replace(B, name="Y"), C, D), [("column-renamed", ("A",)), ("column-renamed", ("B",))]),
        ((A, replace(C, name="X"), C, D), [("column-removed", ("B",)), ("column-added", ("X",))]),
        ((A, C, D, replace(B, name="X")), [("column-removed", ("B",)), ("column-added", ("X",))]),
        ((A, C, D), [("column-removed", ("B",))]),
        ((A, B, C, D, replace(B, name="X")), [("column-added", ("X",))]),
        ((A, replace(B, name="X"), replace(B, name="Y"), C, D), [("column-removed", ("B",)), ("column-added", ("X",)), ("column-added", ("Y",))]),
        ((A, C, B, D), []),
    ],
    ids=["one", "two", "another type", "another place", "removed", "added", "two for one", "moved"],
)  # fmt: skip
def test_a_column_is_renamed_where_one_of_its_type_stands_in_its_place(
    columns: tuple[Column, ...], expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    """And else one is gone, and another has come; a column that has only moved is neither."""
    key = tuple(column.name for column in columns if column.name == "A")
    assert found(replace(TABLE, columns=columns, key=key), replace(TABLE, key=key)) == expected


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (ColumnType("varchar", 20), ColumnType("varchar", 30), "type-wider"),
        (ColumnType("varchar", 20), ColumnType("varchar"), "type-wider"),
        (ColumnType("varchar", 20), ColumnType("varchar", 10), "type-narrower"),
        (ColumnType("char", 20), ColumnType("varchar", 20), "type-changed"),
        (ColumnType("integer", precision=10, scale=0), ColumnType("integer", precision=19, scale=0), "type-wider"),
        (ColumnType("integer", precision=5, scale=0), ColumnType("decimal", precision=7, scale=2), "type-wider"),
        (ColumnType("decimal", precision=9, scale=2), ColumnType("decimal", precision=9, scale=0), "type-changed"),
        (ColumnType("decimal", precision=9, scale=2), ColumnType("decimal"), "type-wider"),
        (ColumnType("decimal", precision=7, scale=0), ColumnType("varchar", 7), "type-changed"),
        (ColumnType("timestamp", 3), ColumnType("timestamp", 6), "type-wider"),
        (ColumnType("date"), ColumnType("timestamp"), "type-changed"),
        (ColumnType("char", 8, ccsid=37), ColumnType("char", 8, ccsid=273), ""),
    ],
)
def test_types_are_wider_narrower_or_of_another_kind(old: ColumnType, new: ColumnType, code: str) -> None:
    """A decimal has room on both sides of its point; a code page is no part of a type."""
    assert retyped(old, new) == code


@given(TYPES, TYPES)
def test_what_is_wider_one_way_is_narrower_the_other(old: ColumnType, new: ColumnType) -> None:
    """For any two types; and a type is no change to itself."""
    opposite = {"type-wider": "type-narrower", "type-narrower": "type-wider"}
    there, back = retyped(old, new), retyped(new, old)
    assert retyped(old, old) == ""
    assert back == opposite.get(there, there) or {there, back} == {"type-wider"}  # equal room, another base
    assert not there or there in CODES


@given(st.lists(TYPES, min_size=1, max_size=4), st.booleans())
def test_a_catalog_is_no_change_to_itself(types: list[ColumnType], nullable: bool) -> None:  # noqa: FBT001  # hypothesis passes it
    """Whatever stands in it."""
    columns = tuple(Column(f"C{number}", kind, nullable) for number, kind in enumerate(types))
    table = Table("T", columns, ("C0",), (Index("I", ("C0",), unique=True),))
    assert changes(Catalog({"T": table}, {"q": table}), Catalog({"T": table}, {"q": table})) == ()


def test_indexes_are_what_they_do() -> None:
    """One that was made anew under another name is the same; that of the primary key is the key's to tell."""
    assert found(replace(TABLE, indexes=(Index("OTHER", ("B", "A")), Index("TA", ("A",), unique=True)))) == []
    assert found(replace(TABLE, indexes=(Index("TB", ("A", "B")),))) == [
        ("index-lost", ("B", "A")),
        ("index-added", ("A", "B")),
    ]
    assert found(replace(TABLE, key=())) == [("key-changed", ("A",))]
    assert found(TABLE, replace(TABLE, key=())) == []


def test_nulls_kinds_and_code_pages() -> None:
    """Each has a code of its own, in both directions where there are two."""
    tagged = replace(B, type=replace(B.type, ccsid=37))
    nulls = (replace(A, nullable=True), replace(B, nullable=False), C, D)
    assert found(replace(TABLE, columns=nulls)) == [("null-allowed", ("A",)), ("null-refused", ("B",))]
    assert found(replace(TABLE, columns=(A, tagged, C, D))) == [("ccsid-changed", ("B",))]
    assert table_changes(TABLE, replace(TABLE, kind="view")) == (
        Change("kind-changed", "T", "it was a table and is a view"),
    )


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (ColumnType("decimal", precision=12, scale=2), ColumnType("float"), ""),
        (ColumnType("integer", precision=10, scale=0), ColumnType("integer"), ""),
        (ColumnType("char", 8), ColumnType("varchar"), ""),
        (ColumnType("varchar", 20), ColumnType("varchar", 30), "type-wider"),
        (ColumnType("decimal", precision=12, scale=2), ColumnType("varchar"), "type-changed"),
        (ColumnType("date"), ColumnType("varchar"), "type-changed"),
    ],
)
def test_what_is_not_told_of_a_query_has_not_changed(old: ColumnType, new: ColumnType, code: str) -> None:
    """Neither nulls, nor a size where the source says none; of a table, each of these is a change."""
    snapshot = Table("q.sql", (Column("N", old, nullable=False),))
    live = Table("q.sql", (Column("N", new),))
    found_ = changes(Catalog({}, {"q.sql": snapshot}), Catalog({}, {"q.sql": live}))
    assert [each.code for each in found_] == [code] * bool(code)
    assert {each.code for each in table_changes(snapshot, live)} > {code} - {""}
