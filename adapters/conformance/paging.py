"""The promises about pages: walking them gives every row exactly once, in the order of one big ORDER BY."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from adapters.conformance.bench import Bench, whole
from adapters.port import Column, ColumnType, Compare, Order, Shape, Source

_COLUMNS: Final = (
    Column("A", ColumnType("integer")),
    Column("C", ColumnType("char", 4)),
    Column("D", ColumnType("date")),
    Column("X", ColumnType("float")),
    whole("K1"),
    whole("K2"),
)

# Every combination of few values, NULL among them, so that most sort values are equal to many others.
_ROWS: Final = [
    (a, c, d, x, number // 7, number % 7)
    for number, (a, c, d, x) in enumerate(
        itertools.product((None, -1, 7), (None, "", "AB"), (None, "2024-02-29", "9999-12-31"), (None, 0.1))
    )
]

_KEY: Final = (Order("K1"), Order("K2"))

ORDERS: Final[tuple[tuple[Order, ...], ...]] = (
    _KEY,
    (Order("K1", descending=True), Order("K2", descending=True)),
    (Order("K1"), Order("K2", descending=True)),
    (Order("A"), *_KEY),
    (Order("A", descending=True), *_KEY),
    (Order("A", descending=True), Order("K1", descending=True), Order("K2", descending=True)),
    (Order("C"), Order("A", descending=True), *_KEY),
    (Order("D", descending=True), Order("C", descending=True), Order("A"), *_KEY),
    (Order("X"), *_KEY),
    (Order("X", descending=True), Order("D"), *_KEY),
)


def _directions(orders: Sequence[Order]) -> str:
    return " ".join(f"{'-' * order.descending}{order.column}" for order in orders)


class PagingPromises(Bench):
    """Keyset pages, NULLs, ties, and counts."""

    def _paged(self, source: Source) -> None:
        self.make("PAGED", _COLUMNS, _ROWS, key=["K1", "K2"])
        self.learn(source, "PAGED")

    @staticmethod
    def _walk(source: Source, shape: Shape, size: int, *values: Any) -> list[tuple[Any, ...]]:
        """All rows, page by page; the columns of the order come first in each row."""
        rows: list[tuple[Any, ...]] = []
        last: tuple[Any, ...] | None = None
        while True:
            after = None if last is None else tuple(value is None for value in last)
            page = Shape(shape.columns, shape.table, shape.query, shape.where, shape.order, after, limited=True)
            given = [value for value in last or () if value is not None]
            found = [tuple(row) for row in source.run(page, [*values, *given, size]).rows]
            rows += found
            if len(found) < size or len(rows) > 10 * len(_ROWS):
                return rows
            last = found[-1][: len(shape.order)]

    @pytest.mark.parametrize("orders", ORDERS, ids=_directions)
    @pytest.mark.parametrize("size", [1, 4])
    def test_pages_add_up(self, source: Source, orders: tuple[Order, ...], size: int) -> None:
        """Whatever the directions, ties and NULLs, the pages are the one big answer, cut."""
        self._paged(source)
        shape = Shape(tuple(order.column for order in orders), "PAGED", order=orders)
        whole_answer = [tuple(row) for row in source.run(shape, ()).rows]
        assert len(whole_answer) == len(_ROWS)
        assert self._walk(source, shape, size) == whole_answer

    def test_pages_add_up_under_a_filter(self, source: Source) -> None:
        """The filter's values come before the page's."""
        self._paged(source)
        orders = (Order("C", descending=True), *_KEY)
        shape = Shape(("C", "K1", "K2"), "PAGED", where=Compare("A", "="), order=orders)
        whole_answer = [tuple(row) for row in source.run(shape, (7,)).rows]
        assert len(whole_answer) == 18
        assert self._walk(source, shape, 5, 7) == whole_answer

    def test_pages_of_a_query_add_up(self, source: Source) -> None:
        """A named query's columns could all be NULL, and are paged all the same."""
        self._paged(source)
        columns = ", ".join(map(self.quote, ("A", "K1", "K2")))
        text = f"SELECT {columns} FROM {self.quote('PAGED')}"  # noqa: S608  # names of this suite's own
        self.learn(source, "PAGED", queries={"paged": text})
        shape = Shape(("A", "K1", "K2"), query=text, order=(Order("A", descending=True), *_KEY))
        assert self._walk(source, shape, 4) == [tuple(row) for row in source.run(shape, ()).rows]

    def test_the_limit_ends_a_page(self, source: Source) -> None:
        """No more rows come than the page has; where `paged` says that the source itself stops, it is told where."""
        self._paged(source)
        shape = Shape(("K1", "K2"), "PAGED", order=_KEY)
        everything, page = source.run(shape, ()), source.run(replace(shape, limited=True), (3,))
        assert [tuple(row) for row in page.rows] == [tuple(row) for row in everything.rows[:3]]
        assert (page.statement != everything.statement) == source.traits.paged

    def test_nulls_sort_where_the_traits_say(self, source: Source) -> None:
        """`nulls_first` is what the source does."""
        self._paged(source)
        rows = self.answer(source, Shape(("A",), "PAGED", order=(Order("A"),)))
        assert (rows[0] is None) == source.traits.nulls_first
        assert (rows[-1] is None) != source.traits.nulls_first

    def test_count_counts_what_the_filter_lets_through(self, source: Source) -> None:
        """`count` gives one row with one number."""
        self._paged(source)
        assert self.answer(source, Shape(("A",), "PAGED", count=True)) == [len(_ROWS)]
        assert self.answer(source, Shape((), "PAGED", where=Compare("A", "="), count=True), 7) == [18]
        assert self.answer(source, Shape((), "PAGED", where=Compare("A", "="), count=True), 8) == [0]
