"""The promises about statements that are run again and again, on connections that may keep what they prepared."""

from __future__ import annotations

from typing import Any, Final

import pytest

from adapters.conformance.bench import PATIENCE, Bench, Row, whole
from adapters.port import Column, ColumnType, Compare, In, Missing, Order, Shape, Source, SourceError

_OFTEN: Final = 8  # drivers that prepare by themselves do so after some runs
_MANY: Final = 40  # more statements than a connection keeps
_NAMES: Final = ("Bolt", "a name of some length", "", "x", None, "Größe", "O'Ring")
_COLUMNS: Final = (whole("ID"), Column("V", ColumnType("varchar", 40)))
_ROWS: Final = [(number, name) for number, name in enumerate(_NAMES, start=1)]
_ITEM: Final = Shape(("ID", "V"), "PREP", where=Compare("ID", "="))
_TEXT, _NUMBER = Column("V", ColumnType("varchar", 40)), Column("V", ColumnType("integer"))

# What somebody else makes of the table between two reads.
_CHANGES: Final[dict[str, tuple[tuple[Column, ...], Row]]] = {
    "a column is added": ((whole("ID"), _NUMBER, Column("W", ColumnType("varchar", 9))), (1, 7, "new")),
    "a number becomes text": ((whole("ID"), _TEXT), (1, "seven")),
    "a number becomes a longer text": ((whole("ID"), Column("V", ColumnType("varchar", 200))), (1, "seven " * 30)),
    "a number becomes a fraction": ((whole("ID"), Column("V", ColumnType("float"))), (1, 7.5)),
    "a number becomes a date": ((whole("ID"), Column("V", ColumnType("date"))), (1, "2024-02-29")),
    "the columns change places": ((_TEXT, whole("ID")), ("seven", 1)),
}


class PreparedPromises(Bench):
    """What was prepared for one read never decides what another one sees."""

    def _prepared(self, source: Source) -> None:
        self.make("PREP", _COLUMNS, _ROWS, key=["ID"])
        self.learn(source, "PREP")

    def test_a_statement_is_run_again_with_other_values(self, source: Source) -> None:
        """Longer, shorter, NULL, not there: no value, row or length is left over from the run before."""
        self._prepared(source)
        by_name = Shape(("ID",), "PREP", where=Compare("V", "="))
        for _ in range(_OFTEN):
            for number, name in (*_ROWS, (99, "nobody"), *reversed(_ROWS)):
                expected = [(number, name)] if number < 99 else []
                assert self.answer(source, _ITEM, number) == expected
                if name:
                    assert self.answer(source, by_name, name) == [number for number, _ in expected]

    def test_more_statements_than_can_be_kept(self, source: Source) -> None:
        """Each has its own rows, however many others came in between."""
        self._prepared(source)
        for _ in range(2):
            for count in range(1, _MANY):
                shape = Shape(("ID",), "PREP", where=In("ID", count), order=(Order("ID"),))
                values = [1 + number % len(_ROWS) for number in range(count)]
                assert self.answer(source, shape, *values) == sorted(set(values))

    def test_a_page_that_leaves_rows_unread_is_read_again(self, source: Source) -> None:
        """Pages of any size, by one statement: the next run begins at its own first row."""
        self._prepared(source)
        page = Shape(("ID",), "PREP", where=Compare("ID", ">"), order=(Order("ID"),), limited=True)
        for limit in (3, 1, 100, 2, 7, 3):
            for first in (0, 4, 99):
                expected = [number for number, _ in _ROWS if number > first][:limit]
                assert self.answer(source, page, first, limit) == expected

    def test_a_statement_that_failed_is_prepared_anew(self) -> None:
        """A table that went away and came back is read as it is now, over the same connection."""
        source = self.open_source(connections=1, seconds=PATIENCE)
        self._prepared(source)
        for _ in range(2):
            for _ in range(_OFTEN):
                assert self.answer(source, _ITEM, 1) == [(1, "Bolt")]
            self.execute(f"DROP TABLE {self.quote('PREP')}")
            with pytest.raises(Missing):
                source.run(_ITEM, (1,))
            self.make("PREP", _COLUMNS, _ROWS, key=["ID"])
        assert self.answer(source, _ITEM, 2) == [(2, "a name of some length")]
        source.close()

    @pytest.mark.parametrize("change", _CHANGES)
    def test_a_table_that_changed_is_read_as_it_is(self, change: str) -> None:
        """Right after it somebody may be told that the read failed; nobody is given anything but what is stored."""
        columns, row = _CHANGES[change]
        source = self.open_source(connections=1, seconds=PATIENCE)
        self.make("PREP", (whole("ID"), _NUMBER), [(1, 7)])
        self.learn(source, "PREP")
        known = source.catalog(["PREP"])
        for _ in range(_OFTEN):
            assert [value for _, value in self.answer(source, _ITEM, 1)] == [7]
        self.make("PREP", columns, [row])
        fresh = self.open_source(connections=1, seconds=PATIENCE)
        fresh.learn(known)
        expected = self._seen(fresh)
        for _ in range(self.overlooked.value):
            self._seen(source)
        assert self._seen(source) in (expected, "failed")
        assert [self._seen(source) for _ in range(_OFTEN)] == [expected] * _OFTEN
        fresh.close()
        source.close()

    def _seen(self, source: Source) -> list[Any] | str:
        """What a read shows, or that it failed as a source may."""
        try:
            return self.answer(source, _ITEM, 1)
        except SourceError:
            return "failed"
