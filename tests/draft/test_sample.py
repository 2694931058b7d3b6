"""A sample is bounded in rows and time, comes from both ends of the key, and is told before it is read."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters import registry
from adapters.port import Column, ColumnType, Index, Lane, Rows, Shape, Source, Table, Terms, TimedOut
from app.draft import sample


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    """A table of 100 rows by number, and one without a key."""
    path = tmp_path / "stock.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "CREATE TABLE ITEM (ITNO INT NOT NULL PRIMARY KEY, NAME CHAR(4)); CREATE TABLE LOG (LINE INT)"
        )
        connection.executemany("INSERT INTO ITEM VALUES (?, 'x')", [(number,) for number in range(100)])
        connection.executemany("INSERT INTO LOG VALUES (?)", [(number,) for number in range(100)])
    connection.close()
    opened = registry.kind("sqlite").open("stock", {"path": str(path)}, Terms())
    yield opened
    opened.close()


def table(source: Source, name: str) -> Table:
    """A table of the source's catalog."""
    return source.catalog([name]).tables[name]


def test_half_of_a_sample_comes_from_each_end(source: Source) -> None:
    """The first rows by the key are the oldest ones: the last are read as well, within the same bound."""
    found = sample.read(source, table(source, "ITEM"), rows=10)
    assert [row[0] for row in found.rows] == [0, 1, 2, 3, 4, 95, 96, 97, 98, 99]
    assert not found.whole


@pytest.mark.parametrize(("rows", "whole"), [(101, True), (120, True), (1000, True), (99, False)])
def test_a_small_table_is_read_whole(source: Source, rows: int, whole: bool) -> None:  # noqa: FBT001  # a table's column
    """No row comes twice where the two halves meet, and the sample says that these are all."""
    found = sample.read(source, table(source, "ITEM"), rows=rows)
    numbers = [row[0] for row in found.rows]
    assert numbers == sorted(set(numbers))
    assert (len(numbers), found.whole) == (min(rows, 100), whole)


def test_without_a_key_the_first_rows_come(source: Source) -> None:
    """There is no other end to read from."""
    found = sample.read(source, table(source, "LOG"), rows=10)
    assert (len(found.rows), found.whole) == (10, False)
    assert sample.read(source, table(source, "LOG")).whole


def test_a_unique_index_serves_as_the_key(source: Source) -> None:
    """Files of old systems declare no key, but have an index."""
    log = replace(table(source, "LOG"), indexes=(Index("LOGL1", ("LINE",), unique=True),))
    assert [row[0] for row in sample.read(source, log, rows=4).rows] == [0, 1, 98, 99]


def test_what_will_be_read_is_told_before(source: Source) -> None:
    """Every statement with its bound, as a person would type it."""
    both = sample.statement(source, table(source, "ITEM"), 10).splitlines()
    assert len(both) == 2
    assert all("LIMIT 5" in line for line in both)
    assert "DESC" in both[1]
    assert "LIMIT 10" in sample.statement(source, table(source, "LOG"), 10)


def test_columns_that_cannot_be_read_are_left_out(source: Source) -> None:
    """A type that the gateway does not know is not asked for."""
    item = table(source, "ITEM")
    strange = replace(item, columns=(*item.columns, Column("SHAPE", ColumnType("other"))))
    assert sample.read(source, strange, rows=2).columns == ("ITNO", "NAME")


class Slow:
    """A source whose second statement does not come in time; it remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Shape, float | None, Lane]] = []

    def learn(self, catalog: Any) -> None:
        """Nothing to learn."""

    def run(
        self, shape: Shape, values: Sequence[Any], deadline: float | None = None, lane: Lane = "interactive"
    ) -> Rows:
        """Rows for the first statement."""
        self.asked.append((shape, deadline, lane))
        if len(self.asked) > 1:
            raise TimedOut("too late")
        return Rows([(number, "x") for number in range(values[0])], "")


def test_one_deadline_bounds_all_statements(source: Source) -> None:
    """What was read before time ran out is the sample; nobody who waits before a screen waits for it."""
    slow = Slow()
    before = time.monotonic()
    found = sample.read(slow, table(source, "ITEM"), rows=10, seconds=7)  # type: ignore[arg-type]  # no more of a source is used
    assert (len(found.rows), found.whole) == (5, False)
    deadlines = {deadline for _, deadline, _ in slow.asked}
    assert len(deadlines) == 1
    assert before + 7 <= next(iter(deadlines or {0.0})) <= time.monotonic() + 7  # type: ignore[operator]  # a deadline is given
    assert {lane for _, _, lane in slow.asked} == {"background"}
    assert all(shape.limited for shape, _, _ in slow.asked)
