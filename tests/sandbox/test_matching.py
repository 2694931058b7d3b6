"""Invented rows are found as a database finds them: the same shapes over the same rows, here and in SQLite, bring the same."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from adapters import registry
from adapters.port import (
    All,
    Any_,
    Catalog,
    Column,
    ColumnType,
    Compare,
    In,
    Like,
    Missing,
    Null,
    Order,
    Shape,
    Source,
    Table,
    Terms,
    Traits,
)
from app.sandbox.matching import Columns, comparable
from app.sandbox.source import Invented, Made

COLUMNS: Final = (
    Column("ID", ColumnType("integer", precision=10, scale=0), nullable=False),
    Column("CODE", ColumnType("char", 4)),
    Column("NAME", ColumnType("varchar", 20)),
    Column("AMOUNT", ColumnType("decimal", precision=9, scale=2)),
    Column("DAY", ColumnType("date")),
    Column("RAW", ColumnType("binary", 4)),
)
ROWS: Final = (
    (1, "A", "Bolt M8", 12.5, dt.date(2026, 1, 31), b"\x00\x01"),
    (2, "B", "bolt m8", None, dt.date(2025, 12, 1), None),
    (3, None, "50% off", 12.5, None, b"\xff"),
    (4, "AB", None, -3, dt.date(2026, 1, 31), b""),
    (5, "A", "a_b", 0, dt.date(2024, 2, 29), b"\x00\x01"),
    (6, None, None, None, None, None),
)
ALL: Final = tuple(column.name for column in COLUMNS)

SHAPES: Final[tuple[tuple[Shape, tuple[Any, ...]], ...]] = (
    *((Shape(ALL, "T", where=Compare("AMOUNT", sign)), (0,)) for sign in ("=", "<>", "<", "<=", ">", ">=")),
    *((Shape(ALL, "T", where=Compare("DAY", sign)), (dt.date(2026, 1, 31),)) for sign in ("=", "<", ">=")),
    (Shape(ALL, "T", where=Compare("CODE", "=")), ("A   ",)),
    (Shape(ALL, "T", where=Compare("RAW", "=")), (b"\x00\x01",)),
    (Shape(ALL, "T", where=In("CODE", 2)), ("A", "AB")),
    (Shape(ALL, "T", where=In("CODE", 2, negated=True)), ("A", "AB")),
    (Shape(ALL, "T", where=In("AMOUNT", 2, negated=True)), (12.5, 0)),
    (Shape(ALL, "T", where=Null("NAME")), ()),
    (Shape(ALL, "T", where=Null("NAME", negated=True)), ()),
    (Shape(ALL, "T", where=Like("NAME", "prefix")), ("Bolt",)),
    (Shape(ALL, "T", where=Like("NAME", "contains")), ("%",)),
    (Shape(ALL, "T", where=Like("NAME", "contains")), ("a_",)),
    (Shape(ALL, "T", where=All((Compare("ID", ">"), Any_((Compare("CODE", "="), Null("DAY")))))), (2, "A")),
    (Shape(ALL, "T", where=Any_(())), ()),
    (Shape(("CODE", "ID"), "T"), ()),
    (Shape((), "T", where=Compare("ID", ">"), count=True), (2,)),
)
ORDERS: Final = (
    (Order("ID"),),
    (Order("CODE"), Order("ID")),
    (Order("AMOUNT", descending=True), Order("ID", descending=True)),
    (Order("DAY"), Order("AMOUNT", descending=True), Order("ID")),
    (Order("NAME", descending=True), Order("CODE"), Order("ID", descending=True)),
)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Source, Source]]:
    """The rows in a SQLite file, and in memory."""
    connection = sqlite3.connect(tmp_path / "t.db")
    connection.execute(
        "CREATE TABLE T (ID INT, CODE CHAR(4), NAME VARCHAR(20), AMOUNT DECIMAL(9,2), DAY DATE, RAW BLOB)"
    )
    stored = [(row[0], row[1] and row[1].ljust(4), *row[2:4], row[4] and row[4].isoformat(), row[5]) for row in ROWS]
    connection.executemany("INSERT INTO T VALUES (?, ?, ?, ?, ?, ?)", stored)
    connection.commit()
    connection.close()
    kind = registry.kind("sqlite")
    database = kind.open("t", {"path": str(tmp_path / "t.db")}, Terms(connections=1))
    database.learn(Catalog({"T": Table("T", COLUMNS)}))
    yield database, invented(kind.traits)
    database.close()


def invented(traits: Traits) -> Invented:
    """The rows in memory."""
    made = Made(Columns(COLUMNS), ROWS)
    return Invented("t", "sqlite", traits, {"T": made}.get)


def plain(source: Source, shape: Shape, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The rows of a shape, with values as they compare."""
    keys = {column.name: comparable(column.type) for column in COLUMNS}
    rows = source.run(shape, values).rows
    if shape.count:
        return [tuple(row) for row in rows]
    return [
        tuple(None if value is None else keys[name](value) for name, value in zip(shape.columns, row, strict=True))
        for row in rows
    ]


@pytest.mark.parametrize("number", range(len(SHAPES)))
def test_a_predicate_finds_what_a_database_finds(both: tuple[Source, Source], number: int) -> None:
    """Comparisons, lists, nulls, blanks behind a char, wildcards that are none; and counts."""
    shape, values = SHAPES[number]
    there, here = (plain(source, shape, values) for source in both)
    assert here == there


@pytest.mark.parametrize("order", ORDERS)
def test_pages_are_those_of_a_database(both: tuple[Source, Source], order: tuple[Order, ...]) -> None:
    """From any row to the next page, whatever is null in it, in any direction."""
    whole = Shape(ALL, "T", order=order)
    there, here = (plain(source, whole, ()) for source in both)
    assert here == there
    for row in there:
        position = [row[ALL.index(each.column)] for each in order]
        shape = Shape(ALL, "T", order=order, after=tuple(value is None for value in position), limited=True)
        values = (*(value for value in position if value is not None), 3)
        following = [plain(source, shape, values) for source in both]
        assert following[0] == following[1] == there[there.index(row) + 1 :][:3]


def test_nulls_come_last_where_the_kind_has_them_last() -> None:
    """An AS/400 sorts NULL behind every value: so does what stands in for it, in the order and behind a position."""
    source = invented(registry.kind("as400").traits)
    order = (Order("CODE"), Order("ID"))
    whole = [row[0] for row in source.run(Shape(("ID",), "T", order=order), ()).rows]
    assert whole == [1, 5, 4, 2, 3, 6]
    shape = Shape(("ID",), "T", order=order, after=(False, False))
    assert [row[0] for row in source.run(shape, ("B", 2)).rows] == [3, 6]


@pytest.mark.parametrize(
    ("base", "one", "other"),
    [
        ("decimal", 12.5, "12.5"),
        ("timestamp", dt.datetime(2026, 1, 2), "2026-01-02 00:00:00"),  # noqa: DTZ001  # local, as the column is
        ("timestamp", dt.date(2026, 1, 2), "2026-01-02"),
        ("date", dt.datetime(2026, 1, 2), "2026-01-02"),  # noqa: DTZ001  # as above
        ("time", dt.time(9, 30), "09:30:00"),
        ("uuid", UUID(int=7), str(UUID(int=7)).upper()),
        ("boolean", True, 1),
        ("char", "A", "A  "),
    ],
)
def test_values_compare_as_what_they_are(base: Any, one: Any, other: Any) -> None:
    """Whatever Python object stands for a number, a day, a moment or an identifier."""
    key = comparable(ColumnType(base))
    assert key(one) == key(Decimal(other) if base == "decimal" else other)


def test_what_is_not_there_is_missing() -> None:
    """A table or a column that no resource reads is as good as gone."""
    source = invented(registry.kind("sqlite").traits)
    for shape in (Shape(ALL, "NONE"), Shape(("NONE",), "T"), Shape(ALL, "T", where=Null("NONE"))):
        with pytest.raises(Missing):
            source.run(shape, ())


def test_a_stand_in_is_always_well() -> None:
    """Nothing of it connects, and it says of itself what a source says."""
    source = invented(registry.kind("sqlite").traits)
    source.learn(Catalog({}))
    source.ping()
    source.close()
    assert source.health().state == "ok"
    assert (source.tables(), source.catalog(), source.kind) == ((), Catalog({}), "sqlite")
    assert "invented" in source.explain(Shape(ALL, "T"), ())
